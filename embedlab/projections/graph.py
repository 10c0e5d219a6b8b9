"""Nearest neighbours of every vector, exactly: one graph serves t-SNE, UMAP and the trust scores.

Blocks of rows are compared with all rows by one matrix product each, so memory stays at `BLOCK_VALUES` numbers
whatever n is. Work grows with n^2 * dim; up to some 50,000 words that is seconds to a minute.
"""

import numpy as np

from embedlab.errors import BadSetting
from embedlab.progress import Progress, Report, silent

METRICS = ("cosine", "euclidean")
BLOCK_VALUES = 8_000_000


def knn(vectors: np.ndarray, k: int, *, metric: str = "cosine", rows: np.ndarray | None = None,
        report: Report = silent) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest other vectors of each row: (indices int64, distances float32), both (n_rows, k), nearest first.

    `rows` asks for these rows only (still compared with all). A vector is never its own neighbour, though an equal
    one may be, at distance 0. Equal distances keep the order of the indices among those found.
    """
    vectors = prepared(vectors, metric)
    n = len(vectors)
    if not 1 <= k < n:
        raise BadSetting(f"Each of {n:,} points has {max(n - 1, 0):,} others; {k:,} neighbours were asked for. "
                         "Ask for fewer neighbours or draw more points.")
    rows = np.arange(n) if rows is None else np.asarray(rows, np.int64)
    indices = np.empty((len(rows), k), np.int64)
    distances = np.empty((len(rows), k), np.float32)
    for first, last in blocks(len(rows), n):
        report(Progress(first, len(rows), "Finding nearest neighbours"))
        block = distances_to_all(vectors, rows[first:last], metric)
        nearest = np.argpartition(block, k - 1, axis=1)[:, :k]
        nearest.sort(axis=1)
        found = np.take_along_axis(block, nearest, axis=1)
        order = np.argsort(found, axis=1, kind="stable")
        indices[first:last] = np.take_along_axis(nearest, order, axis=1)
        distances[first:last] = np.take_along_axis(found, order, axis=1)
    report(Progress(len(rows), len(rows), "Nearest neighbours found"))
    return indices, distances


def blocks(n_rows: int, n: int) -> list[tuple[int, int]]:
    """Row ranges whose distance blocks of n columns stay within BLOCK_VALUES numbers."""
    step = max(1, BLOCK_VALUES // max(n, 1))
    return [(first, min(first + step, n_rows)) for first in range(0, n_rows, step)]


def prepared(vectors: np.ndarray, metric: str) -> np.ndarray:
    """The vectors as `distances_to_all` wants them: float32 of length one for cosine, centred float64 for Euclidean.

    Euclidean distances come from |a|^2 + |b|^2 - 2ab, which loses the digits that matter for close points; float64
    around the mean keeps them.
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
