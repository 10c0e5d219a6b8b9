"""Principal component analysis: the linear projection that keeps the largest variance."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.parallel import each, one_blas_thread
from embedlab.core.progress import Progress
from embedlab.core.settings import check_settings, setting
from embedlab.projections.distances import prepared
from embedlab.projections.layout import Layout, LayoutOptions

BLOCK_ROWS = 1024  # of 300 dimensions: they stay in the second cache
STRIPES = 8  # a fixed number of sums, each by one thread: the same result on any number of them
SAMPLE = 1000
METRIC_LABELS = {"cosine": "Cosine", "euclidean": "Euclidean"}


@dataclass(frozen=True)
class PCAConfig:
    metric: str = setting(
        "cosine",
        label="Distance",
        choices=("cosine", "euclidean"),
        labels=METRIC_LABELS,
        help="Cosine scales every vector to length one first, as in the neighbour lists. Euclidean also shows "
        "length, which grows with frequency.",
    )
    whiten: bool = setting(
        False,
        label="Equal spread",
        group="More",
        help="Gives every axis the same spread, so that the weaker axes are easier to see.",
    )

    def __post_init__(self):
        check_settings(self)


def seconds(n: int, dim: int, config: PCAConfig) -> float:
    """About how long a map of n points takes."""
    return 0.05 + 2e-9 * n * dim * min(dim, 100)


def project(
    vectors: np.ndarray,
    config: PCAConfig,
    options: LayoutOptions = LayoutOptions(),
) -> Layout:
    """The first principal components and their shares of the variance. Only the dimensions and `report` are used."""
    report, n_components = options.report, options.n_components
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


def principal_components(
    vectors: np.ndarray, n_components: int, *, threads: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(scores float64 (n, n_components), share of the variance each explains (n_components,)).

    Signs are fixed: the largest loading of each component is positive. Components beyond the rank are zero. float32
    vectors are multiplied as such, which is twice as fast, and summed in float64: scores are within 1e-4 of the spread
    of those by SVD in float64 (where components are further apart than that). The same on any number of threads.
    """
    vectors = np.asarray(vectors)
    vectors = vectors.astype(np.result_type(vectors, np.float32), copy=False)
    # An approximate mean is enough here and saves a pass over the data; the rest is subtracted below.
    near = vectors[:: max(1, len(vectors) // SAMPLE)].mean(axis=0)
    mean, variances, loadings = _decomposed(vectors, near, threads)
    kept = min(n_components, len(variances))
    axes = loadings[:kept]
    signs = np.sign(axes[np.arange(kept), np.abs(axes).argmax(axis=1)])
    axes = axes * np.where(signs == 0, 1, signs)[:, None]
    coords, turned = np.zeros((len(vectors), n_components)), np.ascontiguousarray(axes.T, vectors.dtype)

    def score(block: slice) -> None:
        coords[block, :kept] = (vectors[block] - near) @ turned

    with one_blas_thread():
        each(score, _blocks(0, len(vectors)), threads=threads)
    coords[:, :kept] -= mean @ axes.T
    explained = np.zeros(n_components)
    explained[:kept] = variances[:kept] / max(variances.sum(), np.finfo(float).tiny)
    return coords, explained


def explained_variance(vectors: np.ndarray, n_components: int = 10, *, metric: str = "euclidean") -> np.ndarray:
    """Share of the variance that each of the first components explains, float64 (n_components,)."""
    return principal_components(prepared(vectors, metric), n_components)[1]


def _decomposed(
    vectors: np.ndarray, near: np.ndarray, threads: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mean of `vectors` - near, variances, loadings as rows), largest variance first.

    By SVD when there are fewer rows than columns.
    """
    n, dim = vectors.shape
    if n <= dim:
        mean = np.mean(vectors - near, axis=0, dtype=np.float64)
        _, singular, loadings = np.linalg.svd(vectors - near - mean, full_matrices=False)
        return mean, singular**2 / n, loadings
    total, products = np.zeros((STRIPES, dim)), np.zeros((STRIPES, dim, dim))
    bounds = np.linspace(0, n, STRIPES + 1).astype(int).tolist()

    def add(stripe: int) -> None:
        for block in _blocks(*bounds[stripe : stripe + 2]):
            centred = vectors[block] - near
            total[stripe] += centred.sum(axis=0, dtype=np.float64)
            products[stripe] += centred.T @ centred

    with one_blas_thread():
        each(add, range(STRIPES), threads=threads)
    mean = total.sum(axis=0) / n
    variances, loadings = np.linalg.eigh(products.sum(axis=0) / n - np.outer(mean, mean))
    return mean, np.maximum(variances[::-1], 0), loadings.T[::-1]


def _blocks(first: int, last: int) -> list[slice]:
    return [slice(at, min(at + BLOCK_ROWS, last)) for at in range(first, last, BLOCK_ROWS)]
