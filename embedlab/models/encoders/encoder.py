"""Sentence encoders: texts in, vectors out, with progress, and the parts that training asks for."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from embedlab.core.device import device, keep_freed_memory
from embedlab.core.errors import TrainingFailed
from embedlab.core.extras import needs
from embedlab.core.files import write_bytes
from embedlab.models.encoders.hub import find_model

LONGEST_TOKEN = 40  # characters; text past max_length such tokens is not looked at


class Encoder:
    """A sentence-transformers model that encodes with progress and saves a plain folder.

    card: Markdown written into README.md beside the model; empty for none. cache: where `encode` keeps vectors if it is
    given no place.
    """

    cache: Path | None = None

    def __init__(self, model, max_length: int):
        self.model = model
        self.max_length = min(max_length, model.max_seq_length or max_length)
        model.max_seq_length = self.max_length
        self.card = ""
        self._eight_bits: tuple[bytes, list] = (b"", [])  # digest of the blocks, and the layers made of them

    @property
    def dim(self) -> int:
        return self.model.get_embedding_dimension()

    def save(self, folder: Path) -> None:
        """Write the model into `folder`: JSON, safetensors and a README, as SentenceTransformer(folder) reads them."""
        self.model.save(str(folder), create_model_card=False, safe_serialization=True)
        if self.card:
            write_bytes(Path(folder) / "README.md", self.card.encode("utf-8"))

    @property
    def pooling(self) -> str | None:
        """How the tokens of a text become one vector, "mean" or "cls".

        None for a model that needs padding, also one with adapters.
        """
        from embedlab.models.encoders.unpadded import pooling_of

        return pooling_of(self.model)

    @property
    def is_transformer(self) -> bool:
        """Whether this module tokenises and encodes; otherwise the library does, with the prompts of the model."""
        from sentence_transformers.base.modules.transformer import Transformer

        return isinstance(self.model[0], Transformer) and not self.model.default_prompt_name

    def tokenise(self, texts: list[str], length: int | None = None) -> list[np.ndarray]:
        """Token ids of each text, int64, at most `length` of them (else max_length), with the marks at both ends."""
        if not texts:
            return []
        found = self.model.tokenizer(
            [self._cut(text) for text in texts],
            truncation=True,
            max_length=length or self.max_length,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
        )["input_ids"]
        return [np.array(ids, np.int64) for ids in found]

    def forward(self, tokens: list[np.ndarray]):
        """Vectors of tokenised texts (or of texts) as a tensor (n, dim) that gradients flow through.

        Dropout follows the mode of the model.
        """
        if isinstance(tokens[0], str):
            tokens = self.tokenise(tokens)
        return (
            self.from_hidden(*self.hidden(tokens))
            if self.pooling
            else self.model(self.padded(tokens))["sentence_embedding"]
        )

    def hidden(self, tokens: list[np.ndarray], n_layers: int = 0):
        """(x, batch, n_layers): the state of all tokens after that many blocks, for `from_hidden` to continue from."""
        from embedlab.models.encoders import unpadded

        bert, batch = self.model[0].model, unpadded.pack(tokens, self.model.device)
        x = unpadded.embed(bert, batch)
        return unpadded.run_layers(unpadded.layers_of(bert)[:n_layers], x, batch, bert.config), batch, n_layers

    def from_hidden(self, x, batch, n_layers: int, eight_bits: list | None = None):
        """Vectors of texts, (n, dim), from the state of their tokens after `n_layers` blocks.

        With eight-bit blocks if they are given.
        """
        from embedlab.models.encoders import unpadded
        from embedlab.models.encoders.int8 import run_layers

        bert = self.model[0].model
        x = (
            run_layers(eight_bits[n_layers:], x, batch, bert.config)
            if eight_bits
            else unpadded.run_layers(unpadded.layers_of(bert)[n_layers:], x, batch, bert.config)
        )
        found = {"sentence_embedding": unpadded.pooled(x, batch, self.pooling)}
        for module in list(self.model)[2:]:
            found = module(found)
        return found["sentence_embedding"]

    @property
    def has_eight_bits(self) -> bool:
        """Whether this model can be run in eight bits, on this processor."""
        from embedlab.models.encoders.int8 import can_run

        return bool(self.pooling) and can_run(self.model)

    def eight_bits(self) -> list:
        """The blocks with weights of eight bits; made once, and again when training has changed a weight."""
        from embedlab.models.encoders.int8 import quantised

        bert, digest = self.model[0].model, hashlib.blake2b(digest_size=16)
        for p in bert.encoder.parameters():  # their contents: torch's fused AdamW leaves the count of changes as it was
            digest.update(np.ascontiguousarray(p.detach().cpu().numpy()).data)
        if self._eight_bits[0] != digest.digest():
            self._eight_bits = digest.digest(), quantised(bert)
        return self._eight_bits[1]

    def encode(
        self,
        n: int,
        text: Callable[[int], str],
        *,
        tick: Callable[[int], None],
        precision: str = "float32",
        cache: Path | None = None,
    ) -> np.ndarray:
        """Vectors of text(0) .. text(n - 1), float32 (n, dim). tick(done) is called after each batch.

        precision: "float32", or "int8" where the model has it (see `encoding`). cache: a folder in which vectors are
        kept by model and text; by default the encoder's own, if it has one.
        """
        from embedlab.models.encoders.inference import Texts, encode

        vectors = encode(self, Texts(n, text), tick=tick, precision=precision, cache=cache or self.cache)
        if not np.isfinite(vectors).all():
            raise TrainingFailed(
                "The model encodes some texts to values that are not numbers. Train with a lower "
                "learning rate, or start from another base model."
            )
        return vectors

    def padded(self, tokens: list[np.ndarray]) -> dict:
        """Tokenised texts as a rectangle of ids, and which of them are texts, int64 (n, longest) each, on the model's
        device.
        """
        import torch

        tokenizer, longest = self.model.tokenizer, max(map(len, tokens))
        ids = np.full((len(tokens), longest), tokenizer.pad_token_id or 0, np.int64)
        mask = np.zeros((len(tokens), longest), np.int64)
        for row, own in enumerate(tokens):
            ids[row, : len(own)], mask[row, : len(own)] = own, 1
        return {
            "input_ids": torch.as_tensor(ids, device=self.model.device),
            "attention_mask": torch.as_tensor(mask, device=self.model.device),
        }

    def _cut(self, text: str) -> str:
        return text[: self.max_length * LONGEST_TOKEN]


def load_encoder(base: str, max_length: int) -> Encoder:
    """The encoder named by `base`: "minilm" (bundled), a folder, or a name on the Hugging Face hub.

    BadSetting if it cannot be loaded. A hub model already in the local cache needs no network. Weights must be
    safetensors; a model that needs its own code is refused.
    """
    needs("transformers", f"The encoder {base!r}")
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    model = find_model(
        base,
        SentenceTransformer,
        kind="sentence encoder",
        device=device(),
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
    )
    keep_freed_memory()
    return Encoder(model.float(), max_length)
