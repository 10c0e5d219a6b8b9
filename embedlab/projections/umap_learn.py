"""umap-learn as the reference engine for UMAP, given our neighbour graph.

umap-learn runs code that numba has made parallel: compute maps in worker processes, one at a time in each, never in
two threads of one process.
"""

import warnings

import numpy as np

from embedlab.core.extras import needs
from embedlab.core.parallel import same_numba_threads
from embedlab.core.progress import Progress, Report
from embedlab.projections.layout import LayoutOptions


def optimised(
    vectors: np.ndarray,
    config,
    graph: tuple[np.ndarray, np.ndarray],
    start: np.ndarray | str,
    options: LayoutOptions,
) -> np.ndarray:
    """Coordinates float32 by umap-learn. config.epochs: a number; start: coordinates, or "spectral"."""
    report, epochs = options.report, config.epochs
    report(Progress(0, 1, "Preparing UMAP"))
    needs("reference", "umap-learn's engine", "umap", "tqdm")
    from umap import UMAP

    indices, distances = graph
    own = np.arange(len(vectors))[:, None]  # umap-learn counts each point as its own first neighbour
    graph = np.hstack([own, indices]), np.hstack([np.zeros_like(own, np.float32), distances])
    bar = _Epochs(report, epochs)
    reducer = UMAP(
        n_neighbors=indices.shape[1] + 1,
        min_dist=config.min_dist,
        spread=config.spread,
        n_components=options.n_components,
        metric=config.metric,
        negative_sample_rate=config.negatives,
        n_epochs=epochs,
        init=start,
        random_state=options.seed,
        n_jobs=1,
        precomputed_knn=graph,
        tqdm_kwds=bar.settings(),
    )
    coords = _fitted(reducer, np.asarray(vectors, np.float32), bar)
    report(Progress(1, 1, "UMAP map done"))
    return np.asarray(coords, np.float32)


def _fitted(reducer, vectors: np.ndarray, bar: "_Epochs") -> np.ndarray:
    from tqdm.auto import tqdm

    try:
        with same_numba_threads(), warnings.catch_warnings():
            # All expected: a graph without a search index cannot place new points, and neither do we.
            warnings.simplefilter("ignore")
            return reducer.fit_transform(vectors)
    finally:
        if bar.stopped:
            # tqdm holds this lock while it writes and does not let go when writing raises.
            tqdm.get_lock().release()


class _Epochs:
    """The file that umap-learn's progress bar writes to: each "epoch number" written becomes one report.

    umap-learn calls nothing else while it optimises, so a cancellation is raised here.
    """

    def __init__(self, report: Report, total: int):
        self.report, self.total, self.stopped = report, total, False

    def settings(self) -> dict:
        return {
            "file": self,
            "disable": False,
            "mininterval": 0.1,
            "miniters": 1,
            "bar_format": "{n}",
            "leave": False,
            "ncols": 80,
        }

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
