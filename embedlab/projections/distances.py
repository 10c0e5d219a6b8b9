"""Distances between vectors, by cosine or Euclidean, in blocks that fit in memory."""

import numpy as np

from embedlab.core.errors import BadSetting

METRICS = ("cosine", "euclidean")
BLOCK_VALUES = 8_000_000


def blocks(n_rows: int, n: int) -> list[tuple[int, int]]:
    """Row ranges whose distance blocks of n columns stay within BLOCK_VALUES numbers."""
    step = max(1, BLOCK_VALUES // max(n, 1))
    return [(first, min(first + step, n_rows)) for first in range(0, n_rows, step)]


def prepared(vectors: np.ndarray, metric: str) -> np.ndarray:
    """The input of `distances_to_all`: float32 of length one for cosine, centred float64 for Euclidean.

    Euclidean distances come from |a|^2 + |b|^2 - 2ab, which loses digits for close points. float64 around the mean
    keeps them.
    """
    if metric not in METRICS:
        raise BadSetting(f"The distance must be one of {', '.join(METRICS)}; got {metric!r}.")
    if metric == "cosine":
        vectors = np.asarray(vectors, np.float32)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(length == 0, 1, length)
    vectors = np.asarray(vectors, np.float64)
    return vectors - vectors.mean(axis=0)


def distances_to_all(vectors: np.ndarray, rows: np.ndarray, metric: str) -> np.ndarray:
    """Distances (n_rows, n) from some rows of `prepared` vectors to all; infinite from a row to itself.

    Cosine distance is 1 - cosine, so 0 to 2; a zero vector stands at distance 1 from everything.
    """
    product = vectors[rows] @ vectors.T
    if metric == "cosine":
        found = np.maximum(np.subtract(1, product, out=product), 0, out=product)
    else:
        square = np.einsum("ij,ij->i", vectors, vectors)
        product *= -2
        product += square
        product += square[rows, None]
        found = np.sqrt(np.maximum(product, 0, out=product), out=product)
    found[np.arange(len(rows)), rows] = np.inf
    return found


def pair_distances(vectors: np.ndarray, left: np.ndarray, right: np.ndarray, metric: str) -> np.ndarray:
    """Distances float64 (n_pairs,) between the given rows of `prepared` vectors."""
    if metric == "cosine":
        return 1 - np.einsum("ij,ij->i", vectors[left], vectors[right]).astype(np.float64)
    return np.linalg.norm(vectors[left] - vectors[right], axis=1)
