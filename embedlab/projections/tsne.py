"""t-SNE (van der Maaten and Hinton 2008) by openTSNE (Poličar, Stražar and Zupan 2024), from our exact neighbour graph.

openTSNE is used because it calls back during optimisation, so a run shows its true progress and can be stopped, and
because it is far faster in two dimensions. Its interpolation method works in 2-D only; 3-D uses Barnes-Hut.
The start is PCA, which keeps the large picture and makes maps repeatable (Kobak and Berens 2019).
"""

from dataclasses import dataclass

import numpy as np

from embedlab.progress import Progress, Report, silent
from embedlab.projections.graph import knn, prepared
from embedlab.projections.layout import Layout, lowered, span
from embedlab.projections.pca import METRIC_LABELS, principal_components
from embedlab.settings import check_settings, setting

EARLY_ITERATIONS = 250
REPORT_EVERY = 10
INTERPOLATE_FROM = 3_000
THREADS_FROM = 2_000


@dataclass(frozen=True)
class TSNEConfig:
    perplexity: float = setting(30.0, label="Perplexity", low=1, high=500,
                                help="How many neighbours each point tries to keep: low shows small groups, "
                                     "high shows the larger picture and takes longer.")
    metric: str = setting("cosine", label="Distance", choices=("cosine", "euclidean"), labels=METRIC_LABELS,
                          help="How far apart two vectors are: cosine compares directions, as the neighbour lists do; "
                               "Euclidean also compares lengths.")
    iterations: int = setting(500, label="Iterations", low=50, high=10_000,
                              help="Steps after the first 250: more let groups settle and take longer.")
    exaggeration: float = setting(12.0, label="Early exaggeration", low=1, high=100, group="More",
                                  help="Pull between neighbours in the first 250 steps: higher forms tighter, "
                                       "better separated groups.")
    learning_rate: float | None = setting(None, label="Learning rate", low=1, high=1_000_000, group="More",
                                          help="Length of each step: empty fits it to the number of points, too low "
                                               "leaves one crowded ball, too high scatters the points.")

    def __post_init__(self):
        check_settings(self)


def project(vectors: np.ndarray, config: TSNEConfig, *, n_components: int, seed: int = 1, report: Report = silent,
            neighbours=None, start=None, show=None) -> Layout:
    """A t-SNE layout. Reports `metrics={"divergence": KL}` as it goes; the whole lowers that divergence.

    With the cosine metric the affinities are Gaussian in the distance between vectors of length one, whose square is
    twice the cosine distance.
    """
    from openTSNE import TSNEEmbedding

    notes: list[str] = []
    n = len(vectors)
    perplexity = lowered("Perplexity", config.perplexity, (n - 1) / 3, n, notes)
    affinities = _affinities(vectors, perplexity, config.metric, span(report, 0.0, 0.15))
    method = "fft" if n_components == 2 and n >= INTERPOLATE_FROM else "bh"
    start = _start(prepared(vectors, config.metric), n_components, seed)
    rate = "auto" if config.learning_rate is None else config.learning_rate
    report = span(report, 0.15, 1.0)
    total = EARLY_ITERATIONS + config.iterations
    # Below some 2,000 points threads cost more than they save, and much more on a busy machine.
    options = {"negative_gradient_method": method, "n_jobs": -1 if n >= THREADS_FROM else 1, "random_state": seed}
    embedding = TSNEEmbedding(start, affinities, **options)
    for first, steps, exaggeration, momentum in ((0, EARLY_ITERATIONS, config.exaggeration, 0.5),
                                                 (EARLY_ITERATIONS, config.iterations, 1.0, 0.8)):
        if np.std(embedding) < start.std():
            # With few points exaggerated attraction beats all repulsion and pulls them into one point, from which
            # no gradient leads out again; the second stage then begins where the first one did.
            embedding = TSNEEmbedding(start, affinities, **options)
        embedding = embedding.optimize(
            steps, exaggeration=exaggeration, momentum=momentum, learning_rate=rate,
            callbacks=_reporter(report, first, total), callbacks_every_iters=REPORT_EVERY)
    report(Progress(total, total, "t-SNE map done"))
    return Layout(np.array(embedding, np.float32), tuple(notes))


def _affinities(vectors, perplexity, metric, report):
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    k = min(len(vectors) - 1, max(1, int(3 * perplexity)))
    indices, distances = knn(vectors, k, metric=metric, report=report)
    if metric == "cosine":
        distances = np.sqrt(2 * distances)
    return PerplexityBasedNN(perplexity=perplexity, knn_index=PrecomputedNeighbors(indices, distances), n_jobs=-1)


def _start(vectors: np.ndarray, n_components: int, seed: int) -> np.ndarray:
    """Principal components at a spread of 1e-4, and a hundredth of that in noise so that equal vectors can part."""
    coords, _ = principal_components(vectors, n_components)
    coords *= 1e-4 / max(coords[:, 0].std(), np.finfo(float).tiny)
    return coords + np.random.default_rng(seed).normal(scale=1e-6, size=coords.shape)


def _reporter(report: Report, first: int, total: int):
    def call(iteration: int, divergence: float, embedding) -> bool:
        step = first + iteration
        report(Progress(step, total, f"t-SNE step {step:,} of {total:,}", {"divergence": float(divergence)}))
        return False
    return call
