"""UMAP (McInnes, Healy and Melville 2018), from our exact neighbour graph, by our own kernels or by umap-learn.

Our layout differs from umap-learn's in one point. umap-learn moves both ends of an edge, one edge after the other. Our
kernel sums all forces on a point from the positions of the last epoch, damps the step, and moves that point only. So
threads never write to the same point, and a seed gives the same map bit by bit for any number of threads.
The start is PCA, which keeps the large picture (Kobak and Linderman 2021), or the graph's spectrum. umap-learn stays as
the reference; bench/maps.py compares the two.
"""

from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.parallel import even_ranges, n_threads, team
from embedlab.core.progress import Progress, span
from embedlab.core.settings import check_settings, setting
from embedlab.projections import umap_learn
from embedlab.projections.distances import prepared
from embedlab.projections.graph import Neighbours, two_sided
from embedlab.projections.layout import Layout, LayoutOptions, checked_start, lowered, paced
from embedlab.projections.pca import METRIC_LABELS, principal_components
from embedlab.projections.umap_forces import curve, force_tables

FEWEST_SPECTRAL = 32
EPOCHS, THEIR_EPOCHS = (
    (700, 300),
    (500, 200),
)  # up to 10,000 points and above; ours are short, and some more keep more neighbours
EXTENT = 10.0  # of the start, to either side
EDGES_WORTH_A_THREAD = 20_000
ENGINES = {"embedlab": "EmbedLab", "umap-learn": "umap-learn"}


@dataclass(frozen=True)
class UMAPConfig:
    n_neighbors: int = setting(
        15,
        label="Neighbours",
        low=2,
        high=500,
        help="Number of neighbours that shape the map. Low values show fine local groups. High values show "
        "larger structure and take longer.",
    )
    min_dist: float = setting(
        0.1,
        label="Minimum distance",
        low=0.0,
        high=1.0,
        help="Smallest distance between points. Low values pack groups tightly; high values spread them evenly.",
    )
    metric: str = setting(
        "cosine",
        label="Distance",
        choices=("cosine", "euclidean"),
        labels=METRIC_LABELS,
        help="Distance between vectors. Cosine compares directions, as in the neighbour lists. Euclidean also "
        "compares lengths.",
    )
    epochs: int | None = setting(
        None,
        label="Epochs",
        low=10,
        high=5_000,
        group="More",
        help="Passes of the optimisation. More passes let the map settle, but take longer. Empty means 700, or "
        "300 above 10,000 points (500 and 200 for umap-learn).",
    )
    init: str = setting(
        "pca",
        label="Start",
        choices=("pca", "spectral"),
        group="More",
        labels={"spectral": "Spectral", "pca": "PCA"},
        help="Start of the layout. PCA uses the widest directions and is fast; spectral follows the neighbour graph.",
    )
    spread: float = setting(
        1.0,
        label="Spread",
        low=0.1,
        high=10.0,
        group="More",
        help="Scale of the map. Higher values leave more room between groups.",
    )
    negatives: int = setting(
        5,
        label="Pushes",
        low=1,
        high=50,
        group="More",
        help="Random points that repel at each step. More keep groups further apart, but take longer.",
    )
    engine: str = setting(
        "embedlab",
        label="Engine",
        choices=tuple(ENGINES),
        labels=ENGINES,
        needs={"umap-learn": ("reference", "umap")},
        group="More",
        help="Implementation. Ours is several times faster; umap-learn is the reference.",
    )

    def __post_init__(self):
        check_settings(self)


def seconds(n: int, dim: int, config: UMAPConfig) -> float:
    """About how long a map of n points takes, from bench/maps.py; the other engine takes some twelve times as long."""
    epochs = config.epochs or EPOCHS[n > 10_000]
    search = 2e-11 * n * n * (1 + dim / 100)
    ours = 0.2 + search + 1.6e-8 * n * config.n_neighbors * epochs * (1 + config.negatives) / 6
    return ours if config.engine == "embedlab" else 5 + 12 * ours


def project(
    vectors: np.ndarray,
    config: UMAPConfig,
    options: LayoutOptions = LayoutOptions(),
) -> Layout:
    """A UMAP layout, the same for the same seed. As in the paper, the number of neighbours counts the point itself."""
    notes: list[str] = []
    n, report = len(vectors), options.report
    n_neighbors = int(lowered("The number of neighbours", config.n_neighbors, n - 1, n, notes))
    neighbours = options.neighbours or Neighbours(vectors, config.metric)
    indices, distances = neighbours.nearest(n_neighbors - 1, report=span(report, 0.0, 0.3))
    epochs = config.epochs or (EPOCHS if config.engine == "embedlab" else THEIR_EPOCHS)[n > 10_000]
    config = replace(config, epochs=epochs)
    if config.engine == "umap-learn":
        begin = _start(vectors, config, options, None, notes)
        rest = replace(options, report=span(report, 0.3, 1))
        return Layout(umap_learn.optimised(vectors, config, (indices, distances), begin, rest), tuple(notes))
    report(Progress(0.3, 1, "Weighing neighbours"))
    edges = fuzzy_graph(indices, distances)
    begin = _start(vectors, config, options, edges, notes)
    coords = optimised(begin, edges, config, replace(options, report=span(report, 0.35, 1.0)))
    report(Progress(1, 1, "UMAP map done"))
    return Layout(coords, tuple(notes))


def fuzzy_graph(indices: np.ndarray, distances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(starts, columns, strengths) of the fuzzy union of all neighbourhoods (section 3.1), see `graph.two_sided`."""
    return two_sided(indices, memberships(distances), both=1.0)


def memberships(distances: np.ndarray) -> np.ndarray:
    """Strengths float32 (n, k) of the edges to the k nearest; the point itself counts as one more neighbour."""
    from embedlab.kernels.umap import memberships as fill

    distances, (n, k) = np.ascontiguousarray(distances, np.float32), distances.shape
    strengths = np.empty((n, k), np.float32)
    threads = min(n_threads(), max(1, n * k // EDGES_WORTH_A_THREAD))
    with team(threads) as run:
        run(
            lambda first, last: fill(distances, np.log2(k + 1), first, last, strengths),
            even_ranges(np.arange(n + 1), threads),
        )
    return strengths


def optimised(
    start: np.ndarray,
    edges: tuple[np.ndarray, np.ndarray, np.ndarray],
    config: UMAPConfig,
    options: LayoutOptions = LayoutOptions(),
    *,
    first: int = 0,
) -> np.ndarray:
    """Coordinates float32 like `start` after all epochs: points are pulled along edges and pushed from random ones.

    config.epochs: a number. Points before `first` stay where they are, so that new points settle into a finished map.
    """
    from embedlab.kernels.umap import layout_step

    epochs, report = config.epochs, options.report
    starts, columns, shares = scheduled(*_strong(edges, epochs))
    places = np.array(start, np.float32, order="C")
    moved, take = places.copy(), layout_step(start.shape[1])
    attraction, repulsion = force_tables(*curve(config.spread, config.min_dist))
    threads = options.threads or min(n_threads(), max(1, len(columns) // EDGES_WORTH_A_THREAD))
    ranges = [part for part in even_ranges(starts, threads) if part[1] > first]
    ranges = [(max(part[0], first), part[1]) for part in ranges]
    tell = paced(options.show)

    def step(begin: int, end: int, epoch: int) -> None:
        rate = np.float32((1 - epoch / epochs) ** 2)  # squared: more epochs of small steps, which keep more neighbours
        take(
            places,
            moved,
            starts,
            columns,
            shares,
            begin,
            end,
            epoch,
            rate,
            attraction,
            repulsion,
            config.negatives,
            np.uint64(options.seed),
        )

    with team(len(ranges)) as run:
        for epoch in range(epochs):
            report(Progress(epoch, epochs, f"UMAP epoch {epoch + 1:,} of {epochs:,}"))
            run(step, ranges, epoch)
            places, moved = moved, places
            tell((epoch + 1) / epochs, places)
    return places


def _strong(edges, epochs: int):
    """The edges without those too weak to be used once in so many epochs."""
    starts, columns, strengths = edges
    kept = strengths >= strengths.max() / epochs
    counted = np.concatenate([[0], np.cumsum(kept)])
    return counted[starts], columns[kept], strengths[kept]


def scheduled(starts, columns, strengths):
    """(starts, columns, shares uint16), padded for the kernel. shares: in how many of 2^16 epochs an edge is used."""
    from embedlab.kernels.umap import LANES

    shares = np.minimum(np.round(strengths / strengths.max() * 2**16), 2**16 - 1).astype(np.uint16)
    return starts, *(np.concatenate([array, np.zeros(LANES, array.dtype)]) for array in (columns, shares))


def _start(vectors, config: UMAPConfig, options: LayoutOptions, edges, notes: list[str]):
    """Where points begin, at most EXTENT from the middle; "spectral" where umap-learn computes that itself."""
    n_components = options.n_components
    coords = checked_start(options.start, len(vectors), n_components)
    if coords is None and config.init == "spectral":
        if len(vectors) < FEWEST_SPECTRAL:
            notes.append(
                f"The map starts from PCA: a spectral start needs {FEWEST_SPECTRAL} points, there are {len(vectors)}."
            )
        elif edges is None:
            return "spectral"
        else:
            coords = _spectral(edges, n_components, notes)
    if coords is None:
        coords, _ = principal_components(prepared(vectors, config.metric), n_components)
    noise = np.random.default_rng(options.seed).normal(scale=1e-4, size=coords.shape)
    return (EXTENT * coords / max(np.abs(coords).max(), np.finfo(float).tiny) + noise).astype(np.float32)


def _spectral(edges, n_components: int, notes: list[str]) -> np.ndarray | None:
    """The eigenvectors after the first of the graph's normalised Laplacian; None with a note if they do not help."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    starts, columns, strengths = edges
    n = len(starts) - 1
    graph = csr_array((strengths.astype(np.float64), columns, starts), shape=(n, n))
    pieces = connected_components(graph, directed=False, return_labels=False)
    if pieces > 1:
        notes.append(
            f"The map starts from PCA: the neighbour graph falls into {pieces:,} pieces, so a spectral start is "
            "impossible."
        )
        return None
    root = np.sqrt(graph.sum(axis=1))
    graph.data /= root[columns] * np.repeat(root, np.diff(starts))
    try:
        _, found = eigsh(
            graph,
            n_components + 1,
            which="LA",
            v0=root / np.linalg.norm(root),
            ncv=max(20, 4 * n_components),
            maxiter=n * 5,
            tol=1e-4,
        )
    except ArpackNoConvergence:
        notes.append("The map starts from PCA: the spectrum of the neighbour graph could not be found in time.")
        return None
    return found[:, -2 : -2 - n_components : -1]
