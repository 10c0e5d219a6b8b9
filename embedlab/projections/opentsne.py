"""openTSNE (Poličar, Stražar and Zupan 2024) as the reference engine for t-SNE, given our neighbour graph."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.extras import needs
from embedlab.core.progress import Progress, Report
from embedlab.projections.layout import LayoutOptions, Show, paced

REPORT_EVERY = 10
INTERPOLATE_FROM = 3_000
THREADS_FROM = 2_000


@dataclass(frozen=True)
class Settings:
    """Settings of an optimisation by openTSNE. plan: see `tsne.stages`; rate: None for openTSNE's default."""

    plan: list
    perplexity: float
    rate: float | None


def optimised(
    start: np.ndarray,
    indices: np.ndarray,
    distances: np.ndarray,
    settings: Settings,
    options: LayoutOptions,
) -> np.ndarray:
    """Coordinates (n, dims) by openTSNE after all stages of the plan.

    Forces are interpolated on a grid in two dimensions, else computed with the tree of Barnes and Hut.
    """
    needs("reference", "t-SNE by openTSNE (also used for many points in three dimensions)", "openTSNE")
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    n, dims = start.shape
    # Below some 2,000 points threads cost more than they save, and much more on a busy machine.
    jobs = -1 if n >= THREADS_FROM else 1
    affinities = PerplexityBasedNN(
        perplexity=settings.perplexity, knn_index=PrecomputedNeighbors(indices, distances), n_jobs=jobs
    )
    method = "fft" if dims == 2 and n >= INTERPOLATE_FROM else "bh"
    theirs = {"negative_gradient_method": method, "n_jobs": jobs, "random_state": options.seed}
    done, total = 0, sum(stage.steps for stage in settings.plan)
    embedding = TSNEEmbedding(start, affinities, **theirs)
    for stage in settings.plan:
        if np.std(embedding) < start.std():  # collapsed: see tsne.optimised
            embedding = TSNEEmbedding(start, affinities, **theirs)
        embedding = embedding.optimize(
            stage.steps,
            exaggeration=stage.exaggeration,
            momentum=stage.momentum,
            learning_rate="auto" if settings.rate is None else settings.rate,
            callbacks=_reporter(options.report, done, total, options.show),
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
