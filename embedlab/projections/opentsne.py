"""openTSNE (Poličar, Stražar and Zupan 2024) as the reference engine for t-SNE, given our neighbour graph."""

import numpy as np

from embedlab.core.extras import needs
from embedlab.core.progress import Progress, Report
from embedlab.projections.layout import Show, paced

REPORT_EVERY = 10
INTERPOLATE_FROM = 3_000
THREADS_FROM = 2_000


def optimised(
    start: np.ndarray,
    indices: np.ndarray,
    distances: np.ndarray,
    plan: list,
    *,
    perplexity: float,
    rate: float | None,
    seed: int,
    report: Report,
    show: Show | None,
) -> np.ndarray:
    """Coordinates (n, dims) by openTSNE after all stages of `plan`: interpolation on a grid in two dimensions, else the tree of Barnes and Hut."""
    needs("reference", "t-SNE by openTSNE (also used for many points in three dimensions)", "openTSNE")
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n, dims = start.shape
    # Below some 2,000 points threads cost more than they save, and much more on a busy machine.
    jobs = -1 if n >= THREADS_FROM else 1
    affinities = PerplexityBasedNN(
        perplexity=perplexity, knn_index=PrecomputedNeighbors(indices, distances), n_jobs=jobs
    )
    method = "fft" if dims == 2 and n >= INTERPOLATE_FROM else "bh"
    options = {"negative_gradient_method": method, "n_jobs": jobs, "random_state": seed}
    done, total = 0, sum(stage.steps for stage in plan)
    embedding = TSNEEmbedding(start, affinities, **options)
    for stage in plan:
        if np.std(embedding) < start.std():  # collapsed: see tsne.optimised
            embedding = TSNEEmbedding(start, affinities, **options)
        embedding = embedding.optimize(
            stage.steps,
            exaggeration=stage.exaggeration,
            momentum=stage.momentum,
            learning_rate="auto" if rate is None else rate,
            callbacks=_reporter(report, done, total, show),
            callbacks_every_iters=REPORT_EVERY,
        )
        done += stage.steps
    return np.array(embedding)


def _reporter(report: Report, first: int, total: int, show: Show | None):
    tell = paced(show)

    def call(iteration: int, divergence: float, embedding) -> bool:
        step = first + iteration
        report(Progress(step, total, f"t-SNE step {step:,} of {total:,}", {"divergence": float(divergence)}))
        tell(step / total, embedding)
        return False

    return call
