"""Two embeddings, or two maps, of the same words: aligned, and what moved between them.

Two trainings share no axes, so positions are compared only after a rotation (orthogonal Procrustes: Schönemann 1966,
"A generalized solution of the orthogonal Procrustes problem"), and meaning by neighbours, which need no rotation: the
share of a word's k nearest neighbours that both have (Jaccard index).
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.files import Kept, read_npz, save_npz
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.core.settings import from_dict
from embedlab.projections import choose_documents, method_named, project
from embedlab.projections.distances import blocks, pair_distances, prepared
from embedlab.projections.graph import Neighbours
from embedlab.vectors.embedding import Embedding

FORMAT = 3
SAMPLE = 500  # words that the neighbours of a word are compared with
FAR = 0.05  # share of them that are nearer than what counts as beside a word without being its neighbour
MOST_WORDS = 50_000
BLOCK_PAIRS = 100_000
Graphs = tuple[Path | None, Path | None]
NO_GRAPHS: Graphs = (None, None)


@dataclass(frozen=True, eq=False)
class Alignment:
    """coords: float32 (n, d), the second map aligned with the first.

    residual: the share of the first map's spread that remains unexplained, 0 (equal) to 1 (unrelated).
    """

    coords: np.ndarray
    residual: float


@dataclass(frozen=True, eq=False)
class Movers:
    """What moved between two embeddings of the same words, from the most to the least frequent word.

    near_a, near_b: int32 (n, k), rows of the k nearest neighbours in each, nearest first; overlap: float32 (n,), the
    Jaccard index of the two, 1 for a word that kept all neighbours; shift: float32 (n,), how much farther away the
    neighbours on one side are on the other side. firm: float32 (n,), how much nearer a word's neighbours are than the
    nearest twentieth of all words, in units of the mean distance, on the side where that is less.

    A word that stands apart from all others has neighbours by chance, and loses them with every seed. So words are
    ordered by how far they moved and by how firm their neighbours are: see docs/compare.md.
    """

    words: list[str]
    near_a: np.ndarray
    near_b: np.ndarray
    overlap: np.ndarray
    shift: np.ndarray
    firm: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    @property
    def k(self) -> int:
        return self.near_a.shape[1]

    @property
    def order(self) -> np.ndarray:
        """Rows in order of movement, largest first, int64: far, from firm neighbours to firm ones."""
        return np.lexsort((self.overlap, -np.maximum(self.shift, 0) * np.maximum(self.firm, 0)))

    @property
    def stayed(self) -> np.ndarray:
        """Rows in order of what stayed, int64: those that kept most neighbours, then those with the firmest ones."""
        return np.lexsort((-self.firm, -self.overlap))

    @property
    def mean(self) -> float:
        """The mean overlap of all words."""
        return float(self.overlap.mean())

    @property
    def baseline(self) -> float:
        """The mean overlap of two unrelated embeddings."""
        return random_overlap(len(self), self.k)

    def lost(self, row: int) -> list[str]:
        """Neighbours that a word had in the first only, nearest first."""
        return [self.words[i] for i in self.near_a[row] if i not in self.near_b[row]]

    def gained(self, row: int) -> list[str]:
        """Neighbours that a word has in the second only, nearest first."""
        return [self.words[i] for i in self.near_b[row] if i not in self.near_a[row]]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Movers with both maps: coords_a and coords_b float32 (n, 2), the second aligned with the first with `residual`.

    methods: how each map was made, by name or with its settings (see `compare`). on_maps: whether neighbours are those
    on the maps, because both show the same vectors.
    """

    movers: Movers
    coords_a: np.ndarray
    coords_b: np.ndarray
    residual: float
    methods: tuple[str | Mapping, str | Mapping]
    on_maps: bool = False

    def save(self, path: Path) -> None:
        """Write one .npz: arrays, and the rest as JSON. A reader sees the whole file or none."""
        about = {
            "format": FORMAT,
            "words": self.movers.words,
            "residual": self.residual,
            "methods": self.methods,
            "on_maps": self.on_maps,
        }
        arrays = {name: getattr(self.movers, name) for name in ARRAYS} | {
            "coords_a": self.coords_a,
            "coords_b": self.coords_b,
        }
        save_npz(path, about, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Comparison":
        """The comparison saved at `path`; NotFound if there is none, BadInput if the file is not one."""
        about, stored = read_npz(
            path, KEPT, about=("words", "residual", "methods", "on_maps"), arrays=(*ARRAYS, "coords_a", "coords_b")
        )
        return cls(
            Movers(about["words"], **{name: stored[name] for name in ARRAYS}),
            stored["coords_a"],
            stored["coords_b"],
            about["residual"],
            tuple(about["methods"]),
            about["on_maps"],
        )


KEPT = Kept("The comparison", "This comparison has not been made yet. Make it first.", "Delete it and compare again.")
ARRAYS = [field.name for field in fields(Movers) if field.name != "words"]


def align(a: np.ndarray, b: np.ndarray) -> Alignment:
    """Map `b` aligned with map `a`, both (n, d) of the same points, by rotation or reflection, scale and shift."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or a.ndim != 2 or not len(a):
        raise BadInput(
            f"Maps can be aligned when they show the same points; got arrays of shape {a.shape} and {b.shape}."
        )
    centre, mine, theirs = a.mean(axis=0), a - a.mean(axis=0), b - b.mean(axis=0)
    left, sizes, right = np.linalg.svd(theirs.T @ mine)
    spread, size = float((mine**2).sum()), float((theirs**2).sum())
    if not spread or not size:
        raise BadInput("A map whose points all lie in one place cannot be aligned. Draw more words.")
    turned = theirs @ (left @ right) * (sizes.sum() / size)
    return Alignment((turned + centre).astype(np.float32), float(max(0.0, 1 - sizes.sum() ** 2 / (spread * size))))


def common_words(a: Embedding, b: Embedding, limit: int | None = None) -> list[str]:
    """Words that both have, the most frequent of the first embedding first, at most `limit`.

    Without counts the order is that of the file, which is by frequency as a rule.
    """
    order = np.arange(len(a)) if a.counts is None else np.argsort(-np.asarray(a.counts), kind="stable")
    return [a.words[i] for i in order.tolist() if a.words[i] in b.ids][:limit]


@dataclass(frozen=True)
class Sides:
    """How each side of a comparison is drawn.

    methods: of each map, a name of PROJECTIONS, or {"method", "params", "seed"} where it has its own settings.
    graphs: folders in which the neighbours of each side are saved for the next comparison.
    """

    methods: tuple[str | Mapping, str | Mapping] = ("umap", "umap")
    seed: int = 1
    graphs: Graphs = NO_GRAPHS


@dataclass(frozen=True)
class Shared:
    """What both sides of a comparison show: at most `limit` words or documents (None: all), `k` neighbours of each."""

    limit: int | None = 2000
    k: int = 10
    what: str = "words"

    def names(self, a: Embedding, b: Embedding) -> list[str]:
        """The names compared: the most frequent words, or documents evenly spaced. BadInput for too few."""
        words = common_words(a, b)
        if self.what == "documents":
            words = [words[i] for i in choose_documents(len(words), limit=self.limit)[0]]
        words = words[: self.limit]
        if len(words) <= self.k:
            raise BadInput(
                f"The two share {len(words):,} {self.what}, too few to compare {self.k} neighbours of each. "
                "Choose runs on the same corpus, or fewer neighbours."
            )
        return words


def movers(
    a: Embedding,
    b: Embedding,
    shared: Shared = Shared(MOST_WORDS),
    *,
    graphs: Graphs = NO_GRAPHS,
    report: Report = silent,
) -> Movers:
    """What moved between two embeddings: neighbours by cosine among the words that both have.

    Neighbours of more than `graph.EXACT_UP_TO` words are approximate. graphs: folders in which the neighbours of each
    side are saved for the next comparison. BadInput when the two share too few words.
    """
    words = shared.names(a, b)
    sides = (Neighbours(e.vectors[e.rows(words)], "cosine", folder) for e, folder in zip((a, b), graphs, strict=True))
    return moved(words, *sides, k=shared.k, report=report)


def moved(words: Sequence[str], a: Neighbours, b: Neighbours, *, k: int, report: Report = silent) -> Movers:
    """What moved between two graphs of the same words: their `k` nearest neighbours on either side."""
    if k < 1:
        raise BadSetting(f"The number of neighbours must be at least 1; got {k}.")
    near_a = a.nearest(k, report=span(report, 0.0, 0.45))[0].astype(np.int32)
    near_b = b.nearest(k, report=span(report, 0.45, 0.9))[0].astype(np.int32)
    report(Progress(0.9, 1, "Comparing neighbours"))
    shift = _stretch(a.vectors, b.vectors, near_a, a.metric) + _stretch(b.vectors, a.vectors, near_b, a.metric)
    firm = np.minimum(_firmness(a.vectors, near_a, a.metric), _firmness(b.vectors, near_b, b.metric))
    report(Progress(1, 1, "Neighbours compared"))
    return Movers(
        list(words), near_a, near_b, jaccard(near_a, near_b), shift.astype(np.float32), firm.astype(np.float32)
    )


def jaccard(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Jaccard index of each row of two arrays (n, k) of distinct ids, float32 (n,)."""
    both = (a[:, :, None] == b[:, None, :]).sum(axis=(1, 2))
    return (both / (a.shape[1] + b.shape[1] - both)).astype(np.float32)


def random_overlap(n: int, k: int) -> float:
    """The expected Jaccard index of two random choices of k from n - 1 others."""
    total = math.comb(n - 1, k)
    return sum(math.comb(k, i) * math.comb(n - 1 - k, k - i) / total * i / (2 * k - i) for i in range(1, k + 1))


def compare(
    a: Embedding, b: Embedding, sides: Sides = Sides(), shared: Shared = Shared(), *, report: Report = silent
) -> Comparison:
    """Both maps of what two embeddings share, aligned, and what moved.

    If both are the same embedding, the two maps are compared by the neighbours on the maps.
    """
    words = shared.names(a, b)
    left, right = (
        Neighbours(e.vectors[e.rows(words)], "cosine", folder) for e, folder in zip((a, b), sides.graphs, strict=True)
    )
    coords_a = _drawn(left, sides, 0, span(report, 0.0, 0.4))
    coords_b = _drawn(right, sides, 1, span(report, 0.4, 0.8))
    laid = align(coords_a, coords_b)
    last = span(report, 0.8, 1.0)
    if a is b:
        pair = Neighbours(coords_a, "euclidean"), Neighbours(laid.coords, "euclidean")
    else:
        pair = left, right
    found = moved(words, *pair, k=shared.k, report=last)
    return Comparison(found, coords_a, laid.coords, laid.residual, tuple(sides.methods), a is b)


def _drawn(side: Neighbours, sides: Sides, i: int, report: Report) -> np.ndarray:
    """The map of side `i`; it uses the graph of the comparison if both have the same metric."""
    method = sides.methods[i]
    asked = {"method": method, "params": {}, "seed": sides.seed} if isinstance(method, str) else method
    config = from_dict(method_named(asked["method"]).config, dict(asked["params"]))
    metric = getattr(config, "metric", side.metric)
    neighbours = side if metric == side.metric else Neighbours(side.vectors, metric, sides.graphs[i])
    return project(side.vectors, asked["method"], config, seed=asked["seed"], report=report, neighbours=neighbours)


def comparison_id(spec: dict) -> str:
    """The id of the comparison that a spec asks for; equal specs have the same id, so it is computed once."""
    return hashlib.blake2b(json.dumps([FORMAT, spec], sort_keys=True).encode(), digest_size=8).hexdigest()


def _stretch(own: np.ndarray, other: np.ndarray, near: np.ndarray, metric: str) -> np.ndarray:
    """How much farther apart the neighbours `near` of `own` are in `other`, in units of the mean distance there."""
    own, other = prepared(own, metric), prepared(other, metric)
    total, (n, k) = np.zeros(len(near)), near.shape
    unit = [_typical(vectors, metric) for vectors in (own, other)]
    step = max(1, BLOCK_PAIRS // k)
    for first in range(0, n, step):
        right = near[first : first + step].ravel()
        left = np.repeat(np.arange(first, first + len(right) // k), k)
        gap = pair_distances(other, left, right, metric) / unit[1] - pair_distances(own, left, right, metric) / unit[0]
        total[first : first + step] = gap.reshape(-1, k).mean(axis=1)
    return total


def _firmness(vectors: np.ndarray, near: np.ndarray, metric: str) -> np.ndarray:
    """How much nearer the neighbours `near` of each word are than the nearest twentieth of 500 random words."""
    from scipy.spatial.distance import cdist

    vectors, n = prepared(vectors, metric), len(near)
    drawn = vectors[np.sort(np.random.default_rng(1).choice(n, min(SAMPLE, n), replace=False))]
    found = np.zeros(n)
    for first, last in blocks(n, len(drawn)):
        rows = np.arange(first, last)
        if metric == "cosine":
            gaps = 1 - vectors[rows] @ drawn.T
        else:
            gaps = cdist(vectors[rows], drawn)
        pairs = pair_distances(vectors, np.repeat(rows, near.shape[1]), near[first:last].ravel(), metric)
        found[first:last] = np.quantile(gaps, FAR, axis=1) - pairs.reshape(len(rows), -1).mean(axis=1)
    return found / _typical(vectors, metric)


def _typical(vectors: np.ndarray, metric: str) -> float:
    """The mean distance of points half the list apart, a scale to compare maps of different size."""
    rows = np.arange(len(vectors))
    return float(pair_distances(vectors, rows, np.roll(rows, len(rows) // 2), metric).mean()) or 1.0
