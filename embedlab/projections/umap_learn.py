"""UMAP (McInnes, Healy and Melville 2018) by umap-learn, from our exact neighbour graph.

Giving umap-learn the finished graph makes a map repeatable, lets the slow part report, and spares the compile of its
own neighbour search. umap-learn runs code that numba has made parallel: compute maps in worker processes, one at a
time in each, never in two threads of one process.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from embedlab.progress import Progress, Report, silent
from embedlab.projections.graph import knn, prepared
from embedlab.projections.layout import Layout, lowered, span
from embedlab.projections.pca import METRIC_LABELS, principal_components
from embedlab.settings import check_settings, setting

FEWEST_SPECTRAL = 32


@dataclass(frozen=True)
class UMAPConfig:
    n_neighbors: int = setting(15, label="Neighbours", low=2, high=500,
                               help="How many neighbours shape the map: low shows fine local groups, "
                                    "high shows the larger picture and takes longer.")
    min_dist: float = setting(0.1, label="Minimum distance", low=0.0, high=1.0,
                              help="How close points may come: low packs groups tightly, high spreads them evenly.")
    metric: str = setting("cosine", label="Distance", choices=("cosine", "euclidean"), labels=METRIC_LABELS,
                          help="How far apart two vectors are: cosine compares directions, as the neighbour lists do; "
                               "Euclidean also compares lengths.")
    epochs: int | None = setting(None, label="Epochs", low=10, high=5_000, group="More",
                                 help="Rounds of optimisation: more settle the map and take longer; empty is 500, "
                                      "or 200 above 10,000 points.")
    init: str = setting("spectral", label="Start", choices=("spectral", "pca"), group="More",
                        labels={"spectral": "Spectral", "pca": "PCA"},
                        help="Where points begin: spectral follows the neighbour graph; PCA, the variance, is faster.")

    def __post_init__(self):
        check_settings(self)


def project(vectors: np.ndarray, config: UMAPConfig, *, n_components: int, seed: int = 1,
            report: Report = silent) -> Layout:
    """A UMAP layout, the same one for the same seed; the number of neighbours counts the point itself, as there."""
    from umap import UMAP

    notes: list[str] = []
    n = len(vectors)
    n_neighbors = int(lowered("The number of neighbours", config.n_neighbors, n - 1, n, notes))
    graph = _graph(vectors, n_neighbors, config.metric, span(report, 0.0, 0.2))
    report(Progress(0.2, 1, "Preparing UMAP"))
    start, use_pca = config.init, config.init == "pca"
    if not use_pca and n < FEWEST_SPECTRAL:
        notes.append(f"The map starts from PCA: a spectral start needs {FEWEST_SPECTRAL} points, there are {n}.")
        use_pca = True
    if use_pca:
        start = _start(prepared(vectors, config.metric), n_components, seed)
    epochs = config.epochs or (500 if n <= 10_000 else 200)
    bar = _Epochs(span(report, 0.25, 1.0), epochs)
    reducer = UMAP(n_neighbors=n_neighbors, min_dist=config.min_dist, n_components=n_components, metric=config.metric,
                   n_epochs=epochs, init=start, random_state=seed, n_jobs=1, precomputed_knn=graph,
                   tqdm_kwds=bar.settings())
    coords = _fitted(reducer, np.asarray(vectors, np.float32), bar)
    report(Progress(1, 1, "UMAP map done"))
    return Layout(np.asarray(coords, np.float32), tuple(notes))


def _graph(vectors: np.ndarray, n_neighbors: int, metric: str, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """(indices, distances) as umap-learn wants them: each point is its own first neighbour."""
    indices, distances = knn(vectors, n_neighbors - 1, metric=metric, report=report)
    own = np.arange(len(vectors))[:, None]
    return np.hstack([own, indices]), np.hstack([np.zeros_like(own, np.float32), distances])


def _start(vectors: np.ndarray, n_components: int, seed: int) -> np.ndarray:
    coords, _ = principal_components(vectors, n_components)
    noise = np.random.default_rng(seed).normal(scale=1e-4, size=coords.shape)
    return (10 * coords / max(np.abs(coords).max(), np.finfo(float).tiny) + noise).astype(np.float32)


def _fitted(reducer, vectors: np.ndarray, bar: "_Epochs") -> np.ndarray:
    import numba
    from tqdm.auto import tqdm

    threads = numba.get_num_threads()
    try:
        with warnings.catch_warnings():
            # All expected: a graph without a search index cannot place new points, and neither do we.
            warnings.simplefilter("ignore")
            return reducer.fit_transform(vectors)
    finally:
        numba.set_num_threads(threads)
        if bar.stopped:
            # tqdm holds this lock while it writes and does not let go when writing raises.
            tqdm.get_lock().release()


class _Epochs:
    """The file that umap-learn's progress bar writes to: each "epoch number" written becomes one report.

    This is the only place where umap-learn lets others in while it optimises, so a cancellation travels through it.
    """

    def __init__(self, report: Report, total: int):
        self.report, self.total, self.stopped = report, total, False

    def settings(self) -> dict:
        return {"file": self, "disable": False, "mininterval": 0.1, "miniters": 1, "bar_format": "{n}", "leave": False,
                "ncols": 80}

    def write(self, text: str) -> None:
        number = text.strip("\r\n \x1b[A")
        if self.stopped or not number.isdigit():
            return
        try:
            self.report(Progress(int(number), self.total, f"UMAP epoch {int(number):,} of {self.total:,}"))
        except BaseException:
            self.stopped = True
            raise

    def flush(self) -> None:
        """Nothing is held back."""
