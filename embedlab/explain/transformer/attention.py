"""Attention weights of a transformer for one sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.device import is_out_of_memory
from embedlab.core.errors import BadInput
from embedlab.explain.transformer.predictions import cut
from embedlab.explain.transformer.source import TransformerRun
from embedlab.models.encoders.hub import loading_errors, reason
from embedlab.models.masked.model import inside_of, quiet

MOST_PIECES = 64  # a heat map of more cannot be read


@dataclass(frozen=True, eq=False)
class Attention:
    """weights: float32 (layers, heads, n, n); row i is how piece i shares its attention, and sums to one."""

    pieces: tuple[str, ...]
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class Body:
    """A transformer without its prediction head, and its tokenizer."""

    model: object
    tokenizer: object

    @property
    def layers(self) -> int:
        return self.model.config.num_hidden_layers


def open_body(run: TransformerRun) -> Body:
    """The transformer inside a run; BadInput for a run that has none."""
    from transformers import AutoModel

    def load(folder: str):
        with quiet():
            return AutoModel.from_pretrained(
                folder,
                attn_implementation="eager",
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
            )

    return Body(_loaded(run, load).float().eval(), open_tokenizer(run))


def open_tokenizer(run: TransformerRun):
    """The tokenizer of the transformer inside a run; BadInput for a run that has none."""
    from transformers import AutoTokenizer

    return _loaded(run, lambda folder: AutoTokenizer.from_pretrained(folder, local_files_only=True))


def _loaded(run: TransformerRun, load: Callable):
    folder = _folder(run)
    try:
        return load(str(folder))
    except loading_errors() as error:
        if is_out_of_memory(error):
            raise BadInput(
                f"There is too little memory to load the model of {run.name!r}. Close other programs, or choose "
                "a smaller run."
            ) from None
        raise BadInput(
            f"The model of {run.name!r} does not show its inside: {reason(error)}. Choose another run."
        ) from None


def _folder(run: TransformerRun) -> Path:
    if run.encoder_folder is None:
        raise BadInput(f"{run.name!r} has no transformer. Train a transformer or a masked language model.")
    return inside_of(run.encoder_folder)


def attention_of(body: Body, text: str) -> Attention:
    """Attention weights of every layer and head for the first 64 pieces of a sentence."""
    import torch

    sentence = cut(body.tokenizer, text, max_length=MOST_PIECES)
    with torch.no_grad():
        found = body.model(input_ids=torch.tensor([sentence.ids]), output_attentions=True).attentions
    if not found:
        raise BadInput("This transformer does not return its attention weights. Choose another run.")
    return Attention(sentence.pieces, torch.stack([layer[0] for layer in found]).float().numpy())
