"""t-SNE (van der Maaten and Hinton 2008) from our exact neighbour graph, by our own kernels or by openTSNE.

Attraction is summed over the neighbour graph. Repulsion between all points is summed pair by pair up to EXACT_UP_TO
points, beyond by a grid and Fourier transforms as in Linderman et al. 2019, with two changes: the grid holds the two
force fields themselves, so one transform forth and three back suffice, and cubic splines carry points to and from it,
whose smoothing is divided out of the kernel's transform. In three dimensions beyond EXACT_3D_UP_TO points openTSNE
takes over, which has the tree of Barnes and Hut. The start is PCA, which keeps the large picture and makes maps
repeatable (Kobak and Berens 2019), and the learning rate grows with the number of points (Belkina et al. 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.parallel import even_ranges, n_threads, team
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.core.settings import check_settings, setting
from embedlab.projections import opentsne
from embedlab.projections.graph import Neighbours, prepared, two_sided
from embedlab.projections.layout import Layout, LayoutOptions, Show, checked_start, lowered, paced
from embedlab.projections.pca import METRIC_LABELS, principal_components

EARLY_ITERATIONS = 250
REPORT_EVERY = 10
EXACT_UP_TO, EXACT_3D_UP_TO = 1_500, 4_000
EDGES_WORTH_A_THREAD = 50_000
LONGEST_STEP = 5.0
# The spread of the start's widest axis, up to so many points and above. Few points start close together, and a mild
# exaggeration unfolds them along a few axes first. The usual exaggeration of 12 pulls them into one point instead:
# their neighbours are a large part of all points, so no direction is left in which repulsion wins. They then part at
# once, in disorder, and end at a higher divergence. Many points start wide and need no exaggeration (bench/maps.py).
FEW, FEW_SPREAD, MANY_SPREAD = 5_000, 1e-4, 1.0
EXAGGERATION = 2.0
COLLAPSED = 1e-4
COARSEST, FINEST, FEWEST_NODES, MOST_NODES = 0.5, 0.125, 48, 1_500
MARGIN = 32  # nodes between the grid and its periodic image, where splines ring
ENGINES = {"embedlab": "EmbedLab", "opentsne": "openTSNE"}

Edges = tuple[np.ndarray, np.ndarray, np.ndarray]


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
        help="How many neighbours each point tries to keep: low shows small groups, "
        "high shows the larger picture and takes longer.",
    )
    metric: str = setting(
        "cosine",
        label="Distance",
        choices=("cosine", "euclidean"),
        labels=METRIC_LABELS,
        help="How far apart two vectors are: cosine compares directions, as the neighbour lists do; "
        "Euclidean also compares lengths.",
    )
    iterations: int = setting(
        500,
        label="Iterations",
        low=50,
        high=10_000,
        help="Steps after the first 250: more let groups settle and take longer.",
    )
    exaggeration: float | None = setting(
        None,
        label="Early exaggeration",
        low=1,
        high=100,
        group="More",
        help="Pull between neighbours in the first 250 steps. Empty is 2, or none above 5,000 points, where the wider "
        "start keeps the large picture. Higher values form tighter groups, but collapse maps of few points.",
    )
    learning_rate: float | None = setting(
        None,
        label="Learning rate",
        low=1,
        high=1_000_000,
        group="More",
        help="Length of each step: empty fits it to the number of points, too low "
        "leaves one crowded ball, too high scatters the points.",
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
        coords = optimised(
            begin, edges, plan, rate=config.learning_rate, report=report, show=options.show, threads=options.threads
        )
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
    *,
    rate: float | None = None,
    report: Report = silent,
    show: Show | None = None,
    threads: int | None = None,
) -> np.ndarray:
    """Coordinates float32 (n, dims) after all stages of gradient descent from `start`; rate None fits it to n."""
    from embedlab.kernels.tsne import descend

    n, done, total = len(start), 0, sum(stage.steps for stage in plan)
    threads = threads or min(n_threads(), max(1, len(edges[1]) // EDGES_WORTH_A_THREAD))
    places, tell = np.ascontiguousarray(start.T, np.float32), paced(show)
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


class Gradient:
    """The two halves of the gradient at given places.

    A class because it keeps its arrays and the transform of the kernel.

    Calling it gives (pulls, pushes, norm): the gradient is 4 (pulls - pushes / norm), norm the sum of q over all pairs.
    """

    def __init__(self, edges: Edges, dims: int, run: Callable, threads: int):
        starts, _, strengths = edges
        n = len(starts) - 1
        self.edges, self.run, self.threads = edges, run, threads
        self.by_edges, self.by_points = even_ranges(starts, threads), even_ranges(np.arange(n + 1), threads)
        self.pulls, self.pushes = np.empty((dims, n), np.float32), np.empty((dims, n), np.float32)
        self.parts = np.empty(n)
        positive = strengths[strengths > 0].astype(np.float64)
        self.entropy = float((positive * np.log(positive)).sum())
        self.exact = n <= (EXACT_UP_TO if dims == 2 else EXACT_3D_UP_TO)
        self.kernel = None, None, None

    def __call__(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        from embedlab.kernels.tsne import attract

        self.run(lambda first, last: attract(places, *self.edges, first, last, self.pulls), self.by_edges)
        total = self._repel_by_pairs(places) if self.exact else self._repel_by_grid(places)
        return self.pulls, self.pushes, max(total - places.shape[1], 1e-12)  # without each point's own q, which is 1

    def divergence(self, places: np.ndarray, norm: float) -> float:
        """KL(P || Q) at `places`, the smaller the better (eq. 2)."""
        from embedlab.kernels.tsne import stretch

        self.run(lambda first, last: stretch(places, *self.edges, first, last, self.parts), self.by_edges)
        return self.entropy + float(self.parts.sum()) + float(np.log(norm))

    def _repel_by_pairs(self, places: np.ndarray) -> float:
        from embedlab.kernels.tsne import repel

        self.run(lambda first, last: repel(places, first, last, self.pushes, self.parts), self.by_points)
        return float(self.parts.sum())

    def _repel_by_grid(self, places: np.ndarray) -> float:
        from scipy import fft

        from embedlab.kernels.tsne import gather, spread

        low = places.min(axis=1)
        extent = float((places.max(axis=1) - low).max())
        spacing = grid_spacing(extent)
        size = grid_size(int(extent / spacing) + 6)  # splines reach one node below and two above
        nodes = (size - MARGIN) // 2
        if self.kernel[0] != (size, spacing):
            self.kernel = (size, spacing), *kernel_transform(size, spacing, self.threads)
        _, for_sum, for_forces = self.kernel
        corner = (low - 1.5 * spacing).astype(np.float32)
        grid = np.zeros((nodes, nodes), np.float32)
        spread(places, corner, spacing, grid)
        options = {"workers": self.threads, "overwrite_x": True}
        waves = fft.fft(fft.rfft(grid, size, axis=1, **options), size, axis=0, **options)
        # What the potential sums to over all points needs no way back (Parseval); the forces do.
        total = float(((waves.real**2 + waves.imag**2) * for_sum).sum(dtype=np.float64))
        waves *= np.complex64(1j)
        fields = fft.ifft(waves * for_forces, axis=1, **options)[:, :nodes]
        fields = np.ascontiguousarray(fft.irfft(fields, size, axis=2, **options)[:, :, :nodes])
        self.run(lambda first, last: gather(places, corner, spacing, fields, first, last, self.pushes), self.by_points)
        return total


def grid_spacing(extent: float) -> float:
    """Distance of grid nodes for a map of this extent: COARSEST for most, finer for small maps, coarser for huge ones.

    In steps of a factor of the square root of two, so that the kernel's transform serves many iterations.
    """
    wanted = extent / FEWEST_NODES
    finer = float(np.exp2(np.floor(2 * np.log2(max(wanted, 1e-9))) / 2))
    return max(min(max(finer, FINEST), COARSEST), extent / MOST_NODES)


def grid_size(nodes: int) -> int:
    """Side of a periodic grid with room for twice `nodes`, in steps of a tenth, so that its kernel can be reused."""
    from scipy import fft

    steps = np.ceil(np.log(2 * nodes + MARGIN) / np.log(1.1))
    return fft.next_fast_len(int(1.1**steps), real=True)


def kernel_transform(size: int, spacing: float, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(for_sum (size, size // 2 + 1), for_forces (2, ...)): transforms of q = 1 / (1 + d^2), of q^2 dx and of q^2 dy.

    On a periodic grid, as float32: q is even, so its transform is real; the others are odd, so theirs are imaginary.
    Divided by what cubic splines do on the way to the grid and back, so that fields are right at the nodes. for_sum
    weighs the squared transform of the points such that all of it adds up to the sum of q over all pairs.
    """
    from scipy import fft

    offsets = (spacing * np.concatenate([np.arange(size - size // 2), np.arange(-(size // 2), 0)])).astype(np.float32)
    q = 1 / (1 + offsets[:, None] ** 2 + offsets**2)
    fields = np.stack([q, q**2 * offsets[:, None], q**2 * offsets])
    if size % 2 == 0:  # as far one way as the other
        fields[1, size // 2], fields[2, :, size // 2] = 0, 0
    smoothing = (2 + np.cos(2 * np.pi * np.arange(size) / size)) / 3
    waves = fft.rfft2(fields, workers=threads, overwrite_x=True)
    waves /= ((smoothing[:, None] * smoothing[: size // 2 + 1]) ** 2).astype(np.float32)
    twice = np.full(
        size // 2 + 1, 2.0
    )  # half of the transform is left out, but for the columns that are their own mirror
    twice[0] = 1
    twice[-1] = 1 if size % 2 == 0 else 2
    return (waves[0].real * (twice / size**2)).astype(np.float32), np.ascontiguousarray(waves[1:].imag)


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
