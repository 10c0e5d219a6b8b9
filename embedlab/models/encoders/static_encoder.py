"""A static encoder: a table of token vectors and a tokenizer; a text is the mean of its rows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from embedlab.core.extras import needs
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.hub import find_model

TOGETHER = 1024  # texts tokenized at once
ANY_LENGTH = 1_000_000  # a mean has no longest text


class StaticEncoder(Encoder):
    """A sentence-transformers model of one StaticEmbedding; encoding is a lookup and a mean, in numpy."""

    def __init__(self, model):
        self.model, self.max_length, self.card = model, ANY_LENGTH, ""

    @property
    def table(self):
        """The token vectors, a parameter (n_tokens, dim)."""
        return self.model[0].embedding.weight

    @property
    def tokenizer(self):
        return self.model[0].tokenizer

    def encode(
        self,
        n: int,
        text: Callable[[int], str],
        *,
        tick: Callable[[int], None],
        precision: str = "float32",
        cache: Path | None = None,
    ) -> np.ndarray:
        """Vectors of text(0) .. text(n - 1), float32 (n, dim).

        Zeros for a text without tokens. A look-up needs no cache.
        """
        table = self.table.detach().cpu().numpy()
        vectors = np.zeros((n, table.shape[1]), np.float32)
        for first in range(0, n, TOGETHER):
            rows = range(first, min(first + TOGETHER, n))
            vectors[rows.start : rows.stop] = means(table, *token_ids(self.tokenizer, [text(i) for i in rows]))
            tick(rows.stop)
        return vectors


def token_ids(tokenizer, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(ids of all texts one after the other, int64; where each text starts, int64 (n + 1,)), without special tokens."""
    found = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    ids = np.fromiter((i for row in found for i in row), np.int64, int(lengths.sum()))
    return ids, np.concatenate([[0], np.cumsum(lengths)])


def means(table: np.ndarray, ids: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Mean of the table's rows of each text, float32 (n_texts, dim); zeros for a text without ids."""
    from scipy.sparse import csr_array

    lengths = np.diff(starts)
    ones = np.ones(len(ids), np.float32)
    sums = csr_array((ones, ids, starts), shape=(len(lengths), len(table))) @ table
    return (sums / np.maximum(lengths, 1)[:, None]).astype(np.float32)


def static_encoder(tokenizer, table: np.ndarray) -> StaticEncoder:
    """The encoder of a tokenizer (of the tokenizers library) and a table float32 (n_tokens, dim)."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    tokenizer.no_truncation()
    tokenizer.no_padding()
    module = StaticEmbedding(tokenizer, embedding_weights=torch.from_numpy(np.ascontiguousarray(table, np.float32)))
    return StaticEncoder(SentenceTransformer(modules=[module], device="cpu", similarity_fn_name="cosine"))


def load_static(folder: Path) -> StaticEncoder:
    """The static encoder saved in `folder`; BadSetting if it cannot be read or holds no safetensors."""
    needs("transformers", "A static encoder")
    from sentence_transformers import SentenceTransformer

    return StaticEncoder(
        find_model(
            str(folder), SentenceTransformer, kind="static embedding", device="cpu", trust_remote_code=False
        ).float()
    )
