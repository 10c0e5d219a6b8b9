"""Principal component analysis: the straight projection that keeps most of the variance."""

from dataclasses import dataclass

import numpy as np

from embedlab.progress import Progress, Report, silent
from embedlab.projections.graph import Neighbours, prepared
from embedlab.projections.layout import Layout, Show
from embedlab.settings import check_settings, setting

BLOCK_ROWS = 4096
METRIC_LABELS = {"cosine": "Cosine", "euclidean": "Euclidean"}


@dataclass(frozen=True)
class PCAConfig:
    metric: str = setting("cosine", label="Distance", choices=("cosine", "euclidean"), labels=METRIC_LABELS,
                          help="Cosine brings every vector to length one first, as the neighbour lists do; "
                               "Euclidean also shows length, which grows with frequency.")
    whiten: bool = setting(False, label="Equal spread", group="More",
                           help="Gives every axis the same spread, so that the weaker axes are easier to see.")

    def __post_init__(self):
        check_settings(self)


def project(vectors: np.ndarray, config: PCAConfig, *, n_components: int, seed: int = 1, report: Report = silent,
            neighbours: Neighbours | None = None, start: np.ndarray | None = None, show: Show | None = None) -> Layout:
    """The first principal components and their shares of the variance; what else a projection may be given changes nothing."""
    report(Progress(0, 1, "Computing principal components"))
    coords, explained = principal_components(prepared(vectors, config.metric), n_components)
    notes = ()
    if vectors.shape[1] < n_components:
        notes = (f"The vectors have fewer dimensions ({vectors.shape[1]}) than the map; its other axes are all zero.",)
    if config.whiten:
        spread = coords.std(axis=0)
        coords = coords / np.where(spread > 0, spread, 1)
    report(Progress(1, 1, "Principal components found"))
    return Layout(coords.astype(np.float32), notes, tuple(float(share) for share in explained))


def principal_components(vectors: np.ndarray, n_components: int) -> tuple[np.ndarray, np.ndarray]:
    """(scores float64 (n, n_components), share of the variance each explains (n_components,)).

    Signs are fixed: the largest loading of each component is positive. Components beyond the rank are zero.
    """
    vectors = np.asarray(vectors)
    mean = np.mean(vectors, axis=0, dtype=np.float64)
    variances, loadings = _decomposed(vectors, mean)
    kept = min(n_components, len(variances))
    axes = loadings[:kept]
    signs = np.sign(axes[np.arange(kept), np.abs(axes).argmax(axis=1)])
    axes = axes * np.where(signs == 0, 1, signs)[:, None]
    coords = np.zeros((len(vectors), n_components))
    for block in _blocks(vectors):
        coords[block, :kept] = (vectors[block] - mean) @ axes.T
    explained = np.zeros(n_components)
    explained[:kept] = variances[:kept] / max(variances.sum(), np.finfo(float).tiny)
    return coords, explained


def explained_variance(vectors: np.ndarray, n_components: int = 10, *, metric: str = "euclidean") -> np.ndarray:
    """Share of the variance that each of the first components explains, float64 (n_components,)."""
    return principal_components(prepared(vectors, metric), n_components)[1]


def _decomposed(vectors: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(variances, loadings as rows), largest first: by the covariance matrix, or by SVD when there are fewer rows."""
    n, dim = vectors.shape
    if n <= dim:
        _, singular, loadings = np.linalg.svd(vectors - mean, full_matrices=False)
        return singular ** 2 / n, loadings
    covariance = np.zeros((dim, dim))
    for block in _blocks(vectors):  # products of float32 stay so, which is twice as fast; they are summed in float64
        centred = (vectors[block] - mean).astype(np.result_type(vectors, np.float32), copy=False)
        covariance += centred.T @ centred
    variances, loadings = np.linalg.eigh(covariance / n)
    return np.maximum(variances[::-1], 0), loadings.T[::-1]


def _blocks(vectors: np.ndarray) -> list[slice]:
    return [slice(first, first + BLOCK_ROWS) for first in range(0, len(vectors), BLOCK_ROWS)]
