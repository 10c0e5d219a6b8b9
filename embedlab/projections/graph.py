"""Nearest neighbours of every vector: one graph serves UMAP, t-SNE and the trust scores.

The graph is exact up to EXACT_UP_TO points. A compiled kernel computes and searches tiles of scores, several at a time,
so memory stays small and the graph is the same for any number of threads. The work grows with n^2 * dim: 10,000 points
of 100 dimensions take a tenth of a second, 100,000 take 5 seconds on two cores. Beyond that, pynndescent builds an
approximate index (Dong, Moses and Li 2011); umap-learn installs it.
"""

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from threading import Lock, local

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.core.files import BROKEN_NPZ, new_file
from embedlab.core.parallel import each, one_blas_thread
from embedlab.core.progress import Progress, Report, silent
from embedlab.projections.distances import prepared

TILE = 1_024  # side of a tile of scores
BLOCK_ROWS, TILE_COLUMNS = 512, 2_048  # of a tile where some rows are compared with all
EXACT_UP_TO = 120_000


class Neighbours:
    """The nearest neighbours of one set of vectors.

    A class because it guards one thing: the graph is computed once, for the largest k that was asked for. It is saved
    in `folder`, if given, under a name made from the vectors and the metric.
    """

    def __init__(self, vectors: np.ndarray, metric: str = "cosine", folder: Path | None = None):
        self.vectors, self.metric = vectors, metric
        self.path = None if folder is None else Path(folder) / f"{vectors_digest(vectors, metric)}.npz"
        self._found: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def known(self) -> bool:
        """Whether there is a graph already, in memory or on disk."""
        return self._found is not None or self.path is not None and self.path.exists()

    def nearest(self, k: int, *, report: Report = silent) -> tuple[np.ndarray, np.ndarray]:
        """(indices int64, distances float32), both (n, k): what `knn` gives for all rows."""
        if self._found is None and self.path is not None:
            self._found = _read(self.path)
        if self._found is None or self._found[0].shape[1] < k:
            self._found = knn(self.vectors, k, metric=self.metric, report=report)
            if self.path is not None:
                _write(self.path, *self._found)
        indices, distances = self._found
        return np.ascontiguousarray(indices[:, :k]), np.ascontiguousarray(distances[:, :k])


def vectors_digest(vectors: np.ndarray, metric: str) -> str:
    """16 hex digits that equal vectors under the same metric share."""
    vectors = np.ascontiguousarray(vectors)
    found = hashlib.blake2b(f"{metric} {vectors.shape} {vectors.dtype}".encode(), digest_size=8)
    found.update(vectors.data.cast("B"))
    return found.hexdigest()


def knn(
    vectors: np.ndarray,
    k: int,
    *,
    metric: str = "cosine",
    report: Report = silent,
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest other vectors of each row: (indices int64, distances float32), both (n_rows, k), nearest first.

    A vector is never its own neighbour, but an equal one may be, at distance 0. Equal distances keep the order of the
    indices.
    """
    vectors = prepared(vectors, metric)
    n = len(vectors)
    if not 1 <= k < n:
        raise BadSetting(
            f"Each of {n:,} points has {max(n - 1, 0):,} others; {k:,} neighbours were asked for. "
            "Ask for fewer neighbours or draw more points."
        )
    return (_approximate if n > EXACT_UP_TO else _exact)(vectors, k, metric, report)


def nearest_among(new: np.ndarray, old: np.ndarray, k: int, *, metric: str = "cosine") -> tuple[np.ndarray, np.ndarray]:
    """The k nearest old vectors of each new one: (indices int64, distances float32), both (n_new, k), nearest first."""
    both = prepared(np.concatenate([old, new]), metric)
    return _nearest(both[len(old) :], both[: len(old)], k, metric)


def _exact(vectors, k, metric, report) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest vectors of each: every tile of scores is computed once, for its rows and its columns."""
    from embedlab.kernels.knn import sort_heaps

    n = len(vectors)
    where, best = np.full((n, k), -1, np.int32), np.full((n, k), -np.inf, vectors.dtype)
    parts = [slice(first, min(first + TILE, n)) for first in range(0, n, TILE)]
    locks = [Lock() for _ in parts]
    take = _products(vectors, best, where) if metric == "cosine" else _distances(vectors, best, where)

    def search(tile: tuple[int, int]) -> None:
        i, j = tile  # i <= j, so no two wait for each other
        with locks[i], locks[j] if i != j else nullcontext():
            take(parts[i], parts[j])

    # Along the diagonals, so that tiles worked on at a time seldom share a block.
    tiles = [(i, i + d) for d in range(len(parts)) for i in range(len(parts) - d)]
    report(Progress(0, len(tiles), "Finding nearest neighbours"))
    with one_blas_thread():
        each(
            search,
            tiles,
            told=lambda done: report(Progress(done, len(tiles), "Finding nearest neighbours")),
        )
    sort_heaps(best, where)
    if metric == "euclidean":
        return where.astype(np.int64), np.sqrt(np.maximum(-2 * best, 0)).astype(np.float32)
    return where.astype(np.int64), np.maximum(1 - best, 0)


def _products(vectors: np.ndarray, best: np.ndarray, where: np.ndarray) -> Callable[[slice, slice], None]:
    """A function that searches a tile of cosines with a kernel that stores none of them."""
    from embedlab.kernels.knn import PANEL, TOGETHER, best_products

    n, dim = vectors.shape
    rows = np.zeros((-(-(n + TOGETHER) // PANEL) * PANEL, dim), np.float32)
    rows[:n] = vectors
    panels = np.ascontiguousarray(rows.reshape(-1, PANEL, dim).transpose(0, 2, 1))
    return lambda mine, theirs: best_products(
        rows, mine.start, mine.stop, panels, theirs.start, theirs.stop, best, where
    )


def _distances(vectors: np.ndarray, best: np.ndarray, where: np.ndarray) -> Callable[[slice, slice], None]:
    """A function that searches a tile of -|a - b|^2 / 2, in float64."""
    from embedlab.kernels.knn import best_of_tile

    half, own, nobody = np.einsum("ij,ij->i", vectors, vectors) / 2, local(), (best[:0], where[:0])

    def take(mine: slice, theirs: slice) -> None:
        if not hasattr(own, "scores"):  # reused: the system would clear new memory for every tile
            own.scores = np.empty(TILE * TILE)
        a, b = vectors[mine], vectors[theirs]
        score = np.matmul(a, b.T, out=own.scores[: len(a) * len(b)].reshape(len(a), len(b)))
        score -= half[theirs]
        score -= half[mine, None]
        if mine == theirs:
            np.fill_diagonal(score, -np.inf)
        best_of_tile(
            score,
            mine.start,
            theirs.start,
            best[mine],
            where[mine],
            *(nobody if mine == theirs else (best[theirs], where[theirs])),
        )

    return take


def _nearest(new: np.ndarray, old: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of `old` to each of `new`, both as `prepared` together."""
    from embedlab.kernels.knn import best_of_block, sort_heaps

    square = np.einsum("ij,ij->i", old, old)
    where = np.full((len(new), k), -1, np.int32)
    best = np.full((len(new), k), -np.inf, new.dtype)

    def search(first: int) -> None:
        block = slice(first, first + BLOCK_ROWS)
        for column in range(0, len(old), TILE_COLUMNS):
            theirs = slice(column, column + TILE_COLUMNS)
            score = new[block] @ old[theirs].T
            if metric == "euclidean":  # -|a - b|^2 + |a|^2, which orders the columns of a row as distances do
                score *= 2
                score -= square[theirs]
            best_of_block(score, column, best[block], where[block])
        sort_heaps(best[block], where[block])

    with one_blas_thread():
        each(search, range(0, len(new), BLOCK_ROWS))
    if metric == "euclidean":
        own = np.einsum("ij,ij->i", new, new)[:, None]
        return where.astype(np.int64), np.sqrt(np.maximum(own - best, 0)).astype(np.float32)
    return where.astype(np.int64), np.maximum(1 - best, 0)


def _approximate(vectors, k, metric, report) -> tuple[np.ndarray, np.ndarray]:
    """As `_exact`, but about one neighbour in twenty is missed for word vectors. The seed is fixed."""
    from pynndescent import NNDescent

    report(Progress(0, 1, "Indexing neighbours"))
    unit = np.asarray(vectors, np.float32)
    indices, distances = NNDescent(unit, metric="euclidean", n_neighbors=k + 1, random_state=1).neighbor_graph
    report(Progress(1, 1, "Nearest neighbours found"))
    own = indices == np.arange(len(vectors))[:, None]
    own[~own.any(axis=1), -1] = True  # crowded out by equal vectors: the last one goes instead
    indices, distances = indices[~own].reshape(-1, k), distances[~own].reshape(-1, k)
    return indices.astype(np.int64), (distances**2 / 2 if metric == "cosine" else distances).astype(np.float32)


def two_sided(
    indices: np.ndarray, values: np.ndarray, *, scale: float = 1.0, both: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(starts int64 (n + 1,), columns int32, values float32) of the edges of a graph (n, k) in either direction.

    An edge with value a one way and b the other, 0 where there is none, gets scale * (a + b - both * a * b).
    """
    from embedlab.kernels.knn import join, transpose

    n, k = indices.shape
    given = (
        np.arange(0, n * k + 1, k),
        np.ascontiguousarray(indices, np.int32).ravel(),
        np.ascontiguousarray(values, np.float32).ravel(),
    )
    back = np.zeros(n + 1, np.int64), np.empty(n * k, np.int32), np.empty(n * k, np.float32)
    transpose(*given, *back)
    forth = np.zeros(n + 1, np.int64), np.empty(n * k, np.int32), np.empty(n * k, np.float32)
    transpose(*back, *forth)  # twice the other end: the same edges, columns now ascending
    starts, columns, joined = np.zeros(n + 1, np.int64), np.empty(2 * n * k, np.int32), np.empty(2 * n * k, np.float32)
    written = join(*forth, *back, scale, both, starts, columns, joined)
    return starts, columns[:written].copy(), joined[:written].copy()


def _read(path: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """The graph kept at `path`; None when there is none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            indices, distances = stored["indices"], stored["distances"]
    except BROKEN_NPZ:
        return None
    sound = (
        indices.ndim == 2
        and indices.shape == distances.shape
        and indices.size
        and 0 <= indices.min() <= indices.max() < len(indices)
    )
    return (indices.astype(np.int64), distances.astype(np.float32)) if sound else None


def _write(path: Path, indices: np.ndarray, distances: np.ndarray) -> None:
    with new_file(path, durable=False) as file:  # a graph that is lost is computed again
        np.savez(file, indices=indices.astype(np.int32), distances=distances)
