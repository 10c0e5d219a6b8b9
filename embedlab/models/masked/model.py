"""Masked language models: a new one, a trained one to continue, their predictions, and how they are saved."""

import logging
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedlab.core.errors import BadSetting
from embedlab.core.files import write_bytes
from embedlab.models.encoders.encoder import Encoder, load_encoder
from embedlab.models.encoders.hub import find_model
from embedlab.models.masked.config import Shape

LATER_DROPOUT = 0.1  # in the saved configuration, for fine-tuning that reads a text in two ways


@dataclass(frozen=True, eq=False)
class Opened:
    """A model with its tokenizer. fresh_head: whether the layer that predicts words is random."""

    model: Any
    tokenizer: Any
    fresh_head: bool = False


def new_model(tokenizer, shape: Shape, max_length: int, *, seed: int):
    """A small BERT with random weights: ModernBERT (Warner et al. 2024), whose rotary positions learn from little text.

    The same seed gives the same weights. In trials on a million words it passed its unigram baseline well before the
    first BERT, whose positions are learned.
    """
    import torch
    from transformers import ModernBertConfig, ModernBertForMaskedLM

    rope = {"rope_type": "default", "rope_theta": 10_000.0}
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=2 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=max(max_length, 512),
        layer_types=["full_attention"] * shape.layers,
        rope_parameters={"full_attention": rope, "sliding_attention": rope},
        mlp_dropout=LATER_DROPOUT,
        embedding_dropout=LATER_DROPOUT,
        pad_token_id=tokenizer.pad_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        initializer_range=0.04 * (128 / shape.width) ** 0.5,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    torch.manual_seed(seed)
    return ModernBertForMaskedLM(config)


def open_model(base: str, *, seed: int) -> Opened:
    """The masked language model of "minilm" (bundled), a folder, or a name on the hub, by the rules of `load_encoder`.

    A model without the part that predicts words gets a new one, drawn with `seed`. BadSetting for what is no such
    model.
    """
    import torch
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    def load(name: str, **options) -> Opened:
        torch.manual_seed(seed)
        name = str(inside_of(Path(name))) if Path(name).is_dir() else name
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False, **options)
        model, told = AutoModelForMaskedLM.from_pretrained(
            name,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
            dtype=torch.float32,
            **options,
        )
        return Opened(model, tokenizer, bool(told["missing_keys"]))

    with quiet():
        opened = find_model(base, load, kind="masked language model")
    if opened.tokenizer.mask_token_id is None:
        raise BadSetting(
            f"The model {base!r} has no [MASK] token, so no word can be hidden from it. Use 'minilm', which is "
            "bundled, or another BERT-like model."
        )
    return opened


def inside_of(folder: Path) -> Path:
    """Where the transformer itself is in the folder of a sentence encoder: there, or in its first module."""
    if (folder / "config.json").exists():
        return folder
    return next(
        (
            child
            for child in sorted(folder.iterdir())
            if child.name.startswith("0") and (child / "config.json").exists()
        ),
        folder,
    )


@contextmanager
def quiet():
    """Silence the library about unused or new weights; the notes of the run report them."""
    logger = logging.getLogger("transformers")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def longest(model, tokenizer, wanted: int) -> int:
    """The context length: as wanted, or as long as the model can see."""
    places = getattr(model.config, "max_position_embeddings", wanted) - (
        2 if model.config.model_type in ("roberta", "xlm-roberta", "camembert") else 0
    )
    return max(4, min(wanted, places, tokenizer.model_max_length))


def logits_at(model, ids, attention, chosen):
    """Scores of every piece of the vocabulary, (n_chosen, vocabulary), at the places where `chosen`, bool (n, length),
    is set.

    The part that predicts is the most costly one, so where its shape is known it is asked at these places alone.
    """
    if hasattr(model, "cls"):
        head = model.cls
    elif hasattr(model, "head") and hasattr(model, "decoder"):
        head = lambda hidden: model.decoder(model.head(hidden))  # noqa: E731
    elif hasattr(model, "lm_head"):
        head = model.lm_head
    else:
        return model(input_ids=ids, attention_mask=attention).logits[chosen]
    return head(model.base_model(input_ids=ids, attention_mask=attention)[0][chosen])


class MaskedEncoder(Encoder):
    """The mean of a masked language model's last layer as a sentence encoder; saved, it is that model whole."""

    def __init__(self, model, tokenizer, max_length: int, card: str = ""):
        self.masked, self.tokenizer = model, tokenizer
        with tempfile.TemporaryDirectory(prefix="masked-") as place, quiet():
            save_model(Path(place), model, tokenizer, max_length)
            loaded = load_encoder(place, max_length)
        super().__init__(loaded.model, max_length)
        self.card = card

    def save(self, folder: Path) -> None:
        """Write a folder that SentenceTransformer, AutoModel and AutoModelForMaskedLM read: JSON, safetensors,
        README.md.
        """
        super().save(folder)
        save_model(folder, self.masked, self.tokenizer, self.max_length)
        write_bytes(folder / "README.md", self.card.encode("utf-8"))


def save_model(folder: Path, model, tokenizer, max_length: int) -> None:
    """Write the model and its tokenizer as transformers does."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model_max_length = max_length
    tokenizer.save_pretrained(str(folder))
    model.save_pretrained(str(folder))
