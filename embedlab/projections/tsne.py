"""t-SNE (van der Maaten and Hinton 2008) from our exact neighbour graph, by our own kernels or by openTSNE.

The gradient is in `tsne_gradient`. In three dimensions openTSNE takes over beyond EXACT_3D_UP_TO points, with the tree
of Barnes and Hut. The start is PCA, which keeps the large picture and makes maps repeatable (Kobak and Berens 2019).
The learning rate grows with the number of points (Belkina et al. 2019).
"""

from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.parallel import n_threads, team
from embedlab.core.progress import Progress, span
from embedlab.core.settings import check_settings, setting
from embedlab.projections import opentsne
from embedlab.projections.distances import prepared
from embedlab.projections.graph import Neighbours, two_sided
from embedlab.projections.layout import Layout, LayoutOptions, checked_start, lowered, paced
from embedlab.projections.pca import METRIC_LABELS, principal_components
from embedlab.projections.tsne_gradient import EXACT_3D_UP_TO, Edges, Gradient

EARLY_ITERATIONS = 250
REPORT_EVERY = 10
EDGES_WORTH_A_THREAD = 50_000
LONGEST_STEP = 5.0
# The spread of the start's widest axis, up to so many points and above. Few points start close together, and a mild
# exaggeration unfolds them along a few axes first. The usual exaggeration of 12 pulls them into one point instead:
# their neighbours are a large part of all points, so no direction is left in which repulsion wins. They then part at
# once, in disorder, and end at a higher divergence. Many points start wide and need no exaggeration (bench/maps.py).
FEW, FEW_SPREAD, MANY_SPREAD = 5_000, 1e-4, 1.0
EXAGGERATION = 2.0
COLLAPSED = 1e-4
ENGINES = {"embedlab": "EmbedLab", "opentsne": "openTSNE"}


@dataclass(frozen=True)
class Stage:
    """Steps of gradient descent under one exaggeration of the attraction and one momentum."""

    steps: int
    exaggeration: float
    momentum: float


@dataclass(frozen=True)
class TSNEConfig:
    perplexity: float = setting(
        30.0,
        label="Perplexity",
        low=1,
        high=500,
        help="Number of neighbours that each point keeps near. Low values show small groups. High values show "
        "larger structure and take longer.",
    )
    metric: str = setting(
        "cosine",
        label="Distance",
        choices=("cosine", "euclidean"),
        labels=METRIC_LABELS,
        help="Distance between vectors. Cosine compares directions, as in the neighbour lists. Euclidean also "
        "compares lengths.",
    )
    iterations: int = setting(
        500,
        label="Iterations",
        low=50,
        high=10_000,
        help="Steps after the first 250. More steps let groups settle, but take longer.",
    )
    exaggeration: float | None = setting(
        None,
        label="Early exaggeration",
        low=1,
        high=100,
        group="More",
        help="Extra attraction between neighbours in the first 250 steps. Empty means 2, or none above 5,000 "
        "points. Higher values form tighter groups, but collapse maps of few points.",
    )
    learning_rate: float | None = setting(
        None,
        label="Learning rate",
        low=1,
        high=1_000_000,
        group="More",
        help="Length of each step. Empty adapts it to the number of points. Too low leaves one crowded ball; too "
        "high scatters the points.",
    )
    engine: str = setting(
        "embedlab",
        label="Engine",
        choices=tuple(ENGINES),
        labels=ENGINES,
        needs={"opentsne": ("reference", "openTSNE")},
        group="More",
        help="Implementation. Ours is several times faster; openTSNE is the reference.",
    )

    def __post_init__(self):
        check_settings(self)


def seconds(n: int, dim: int, config: TSNEConfig) -> float:
    """About how long a map of n points takes, from bench/maps.py; the other engine takes some five times as long."""
    steps = config.iterations + 250
    ours = 0.3 + 2e-11 * n * n * (1 + dim / 100) + 8e-7 * n * steps * (1 + config.perplexity / 90)
    return ours if config.engine == "embedlab" else 2 + 5 * ours


def project(
    vectors: np.ndarray,
    config: TSNEConfig,
    options: LayoutOptions = LayoutOptions(),
) -> Layout:
    """A t-SNE layout. Reports `metrics={"divergence": KL}` as it goes; the whole lowers that divergence.

    With the cosine metric the affinities are Gaussian in the distance between vectors of length one, whose square is
    twice the cosine distance.
    """
    notes: list[str] = []
    n, n_components, report = len(vectors), options.n_components, options.report
    perplexity = lowered("Perplexity", config.perplexity, (n - 1) / 3, n, notes)
    k = min(n - 1, max(1, int(3 * perplexity)))
    indices, distances = (options.neighbours or Neighbours(vectors, config.metric)).nearest(
        k, report=span(report, 0.0, 0.15)
    )
    squares = 2 * distances if config.metric == "cosine" else distances**2
    start = checked_start(options.start, n, n_components)
    plan = stages(config, n, warm=start is not None)
    begin = _start(vectors, config, n_components, options.seed, start)
    report = span(report, 0.15, 1.0)
    if config.engine == "opentsne" or n_components == 3 and n > EXACT_3D_UP_TO:
        coords = opentsne.optimised(
            begin,
            indices,
            np.sqrt(squares),
            opentsne.Settings(plan, perplexity, config.learning_rate),
            replace(options, report=report),
        )
    else:
        edges = affinities(indices, squares, perplexity)
        coords = optimised(begin, edges, plan, replace(options, report=report), rate=config.learning_rate)
    report(Progress(1, 1, "t-SNE map done"))
    return Layout(np.array(coords, np.float32), tuple(notes))


def affinities(indices: np.ndarray, squares: np.ndarray, perplexity: float) -> Edges:
    """(starts, columns, p) of the symmetric affinities, which sum to one over all edges (section 2 and eq. 2 there).

    squares: squared distances (n, k) to the neighbours `indices`, nearest first.
    """
    from embedlab.kernels.tsne import affinities as fill

    rows = np.empty(squares.shape, np.float32)
    fill(np.ascontiguousarray(squares, np.float32), min(perplexity, 0.999 * squares.shape[1]), 0, len(squares), rows)
    return two_sided(indices, rows, scale=1 / (2 * len(rows)))


def stages(config: TSNEConfig, n: int, *, warm: bool) -> list[Stage]:
    """The stages for n points: steps with early exaggeration, then without. A warm start skips the first.

    Many points start wide, and need no exaggeration unless it is asked for.
    """
    late = Stage(config.iterations, 1.0, 0.8)
    if warm:
        return [late]
    if config.exaggeration is None and n > FEW:
        return [Stage(EARLY_ITERATIONS + config.iterations, 1.0, 0.8)]
    return [Stage(EARLY_ITERATIONS, config.exaggeration or EXAGGERATION, 0.5), late]


def optimised(
    start: np.ndarray,
    edges: Edges,
    plan: list[Stage],
    options: LayoutOptions = LayoutOptions(),
    *,
    rate: float | None = None,
) -> np.ndarray:
    """Coordinates float32 (n, dims) after all stages of gradient descent from `start`; rate None fits it to n."""
    from embedlab.kernels.tsne import descend

    n, done, total = len(start), 0, sum(stage.steps for stage in plan)
    report, threads = options.report, options.threads or min(n_threads(), max(1, len(edges[1]) // EDGES_WORTH_A_THREAD))
    places, tell = np.ascontiguousarray(start.T, np.float32), paced(options.show)
    with team(threads) as run:
        gradient = Gradient(edges, len(places), run, threads)
        for stage in plan:
            if np.std(places) < COLLAPSED:
                # With few points a strong exaggeration pulls all into one point, from which no gradient leads out
                # again. The second stage then begins where the first one did.
                places[:] = start.T
            velocity, gains = np.zeros_like(places), np.ones_like(places)
            stride = rate or max(200.0, n / stage.exaggeration)
            for _ in range(stage.steps):
                done += 1
                pulls, pushes, norm = gradient(places)
                if done % REPORT_EVERY == 0:
                    report(
                        Progress(
                            done,
                            total,
                            f"t-SNE step {done:,} of {total:,}",
                            {"divergence": gradient.divergence(places, norm)},
                        )
                    )
                descend(
                    places,
                    pulls,
                    pushes,
                    stage.exaggeration,
                    norm,
                    velocity,
                    gains,
                    stage.momentum,
                    stride,
                    LONGEST_STEP,
                )
                places -= places.mean(axis=1, keepdims=True)
                tell(done / total, places.T)
    return places.T.copy()


def _start(vectors, config: TSNEConfig, n_components: int, seed: int, given: np.ndarray | None) -> np.ndarray:
    """Principal components at FEW_SPREAD or MANY_SPREAD, or the given places at the spread of a finished map.

    A little noise is added, so that equal vectors can part.
    """
    coords, width = given, 0.3 * len(vectors) ** 0.5
    if coords is None:
        coords, width = (
            principal_components(prepared(vectors, config.metric), n_components)[0],
            FEW_SPREAD if len(vectors) <= FEW else MANY_SPREAD,
        )
    coords = coords * (width / max(coords[:, 0].std(), np.finfo(float).tiny))
    return coords + np.random.default_rng(seed).normal(scale=1e-6, size=coords.shape)
