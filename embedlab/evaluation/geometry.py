"""The shape of the space: six numbers that need no human judgements, each beside its value on random vectors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from embedlab.core.progress import Progress, Report, span
from embedlab.evaluation.results import BenchmarkResult, interval, mean_interval
from embedlab.evaluation.scoring import Measure, Scoring, bounded, few
from embedlab.projections.graph import knn
from embedlab.vectors.embedding import normalised

MOST = 10_000  # vectors measured at most: the most frequent words, or an even sample of documents
K = 10
SAME = 1e-4  # one less the cosine of two vectors that count as duplicates
GROUPS = 20  # of the jackknife
ABOUT = {
    "isotropy": (
        "How evenly the vectors point in all directions (Mu and Viswanath 2018, on unit vectors). "
        "1 is perfectly even; near 0, all vectors lie in a narrow cone and every cosine is high."
    ),
    "mean cosine": (
        "Cosine of two vectors picked at random. It is near 0 unless all vectors lean one way, "
        "which makes cosines between words less informative."
    ),
    "hubness": (
        "Skewness of how often a vector is among the ten nearest of others (Radovanović et al. 2010). "
        "Near 0, all occur about equally often; when large, a few hubs are neighbours of everything."
    ),
    "effective dimension": (
        "How many directions carry the variance: the participation ratio, at most the number of dimensions."
    ),
    "frequency bias": (
        "Share of the variance in log frequency that ridge regression predicts from the vectors of held-out words. "
        "When high, a word's position mostly reflects its frequency."
    ),
    "duplicates": (
        "Share of vectors that have a twin of practically the same direction. No cosine can tell twins apart."
    ),
}


@dataclass(frozen=True, eq=False)
class Space:
    """The vectors to measure with their names. frequency: log frequency of each word, None for documents."""

    vectors: np.ndarray
    names: Sequence[str]
    frequency: np.ndarray | None = None

    @property
    def kind(self) -> str:
        return "document" if self.frequency is None else "word"

    def rows(self) -> np.ndarray:
        """Rows to measure: not zero, and of more than MOST the most frequent words or an even sample of documents."""
        rows = np.flatnonzero(self.vectors.any(axis=1))
        if self.kind == "word" or len(rows) <= MOST:
            return rows[:MOST]
        return rows[np.unique(np.linspace(0, len(rows) - 1, MOST).astype(np.int64))]


def score_geometry(space: Space, scoring: Scoring) -> BenchmarkResult:
    """Isotropy, with five more numbers of the shape of the space under `metrics`; `rows` are the greatest hubs.

    The interval of hubness and duplicates is a bootstrap over vectors, that of the others a jackknife over twenty
    groups of them.
    """
    digest = blake2b(f"geometry {space.kind}s".encode(), digest_size=8).hexdigest()
    rows, n = space.rows(), len(space.vectors)
    measure = Measure("geometry", "isotropy", digest, len(rows), n)
    if len(rows) < 3 * K:
        note = f"The shape of a space needs {3 * K} vectors that are not zero; this run has {len(rows)}."
        return scoring.no_result(measure, note)
    own = np.asarray(space.vectors[rows], np.float32)
    counted = None if space.frequency is None else space.frequency[rows]
    found, times = _measured(own, counted, scoring.seed, span(scoring.report, 0.0, 0.5))
    random, _ = _measured(scoring.noise(*own.shape), counted, scoring.seed, span(scoring.report, 0.5, 1.0))
    return scoring.result(
        measure,
        found["isotropy"],
        random["isotropy"],
        note=f"{few(len(rows))} {_measured_part(space, len(rows))}".strip(),
        rows=[
            {space.kind: space.names[rows[i]], "among the ten nearest of": int(times[i])}
            for i in np.argsort(-times, kind="stable")[:50]
        ],
        metrics=[
            {"name": key} | bounded(value) | {"baseline": random[key][0], "about": ABOUT[key]}
            for key, value in found.items()
        ],
    )


def _measured_part(space: Space, n: int) -> str:
    """A sentence that says so when only a part of the vectors was measured."""
    if n == len(space.vectors):
        return ""
    which = "most frequent words" if space.kind == "word" else "documents, evenly sampled,"
    return f"Measured on {n:,} {which} of {len(space.vectors):,}."


def _measured(vectors: np.ndarray, frequency: np.ndarray | None, seed: int, report: Report):
    """({measure: (value, low, high)}, k-occurrence of each vector)."""
    unit = normalised(vectors).astype(np.float32)
    indices, distances = knn(unit, K, report=span(report, 0.0, 0.7))
    times = np.bincount(indices.ravel(), minlength=len(unit))
    report(Progress(0.7, 1, "Measuring the shape"))
    order = np.random.default_rng(seed).permutation(len(unit))
    groups = np.array_split(order, GROUPS)
    found = {
        "isotropy": jackknife(groups, *_isotropy(unit)),
        "mean cosine": jackknife(
            groups, lambda rows: np.append(unit[rows].astype(np.float64).sum(axis=0), len(rows)), _mean_cosine
        ),
        "hubness": (skewness(times), *_skewness_interval(times, seed)),
        "effective dimension": jackknife(groups, lambda rows: _moments(vectors[rows]), _participation),
    }
    if frequency is not None:
        target = frequency - frequency.mean()
        found["frequency bias"] = jackknife(groups, *_predictable(unit - unit.mean(axis=0), target))
    twins = distances[:, 0] < SAME
    found["duplicates"] = (float(twins.mean()), *mean_interval(twins, seed=seed))
    report(Progress(1, 1, "Measuring the shape"))
    return found, times


def jackknife(groups: list[np.ndarray], sums: Callable[[np.ndarray], np.ndarray], value: Callable[[np.ndarray], float]):
    """(value, low, high) of a function of sums over rows. The 95 % interval leaves out one group of rows at a time."""
    each = np.array([sums(rows) for rows in groups])
    whole = each.sum(axis=0)
    left_out = np.array([value(whole - one) for one in each])
    n = len(groups)
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    middle = value(whole)
    return float(middle), float(middle - 1.96 * error), float(middle + 1.96 * error)


def _isotropy(unit: np.ndarray):
    """Sums and value of min Z(c) / max Z(c), Z(c) = sum exp(c.v), over the eigenvectors c and their opposites."""
    _, axes = np.linalg.eigh(unit.T.astype(np.float64) @ unit)
    axes = np.concatenate([axes, -axes], axis=1).astype(np.float32)
    return (lambda rows: np.exp(unit[rows] @ axes).sum(axis=0, dtype=np.float64)), (lambda z: z.min() / z.max())


def _mean_cosine(sums: np.ndarray) -> float:
    """Mean cosine of all pairs of different unit vectors, from their sum and number."""
    total, n = sums[:-1], sums[-1]
    return (total @ total - n) / (n * (n - 1))


def _moments(vectors: np.ndarray) -> np.ndarray:
    """Number, sum and products of the rows, flat, float64."""
    vectors = vectors.astype(np.float64)
    return np.concatenate([[len(vectors)], vectors.sum(axis=0), (vectors.T @ vectors).ravel()])


def _participation(moments: np.ndarray) -> float:
    """(sum of eigenvalues)^2 / sum of squared eigenvalues of the covariance that the moments give."""
    dim = int((np.sqrt(4 * len(moments) - 3) - 1) / 2)
    mean = moments[1 : dim + 1] / moments[0]
    covariance = moments[dim + 1 :].reshape(dim, dim) / moments[0] - np.outer(mean, mean)
    return np.trace(covariance) ** 2 / max((covariance**2).sum(), 1e-300)


def _predictable(vectors: np.ndarray, target: np.ndarray):
    """Sums and value of the share of variance in `target` that ridge regression predicts for held-out words."""
    half = np.arange(len(target)) % 2 == 0
    predicted = np.empty(len(target))
    for train in (half, ~half):
        x, mean = vectors[train].astype(np.float64), target[train].mean()
        gram = x.T @ x
        gram[np.diag_indices_from(gram)] += 1e-2 * np.trace(gram) / len(gram)
        predicted[~train] = vectors[~train] @ np.linalg.solve(gram, x.T @ (target[train] - mean)) + mean
    lost, spread = (target - predicted) ** 2, target**2
    return (lambda rows: np.array([lost[rows].sum(), spread[rows].sum()])), (
        lambda sums: max(1 - sums[0] / max(sums[1], 1e-12), 0.0)
    )


def skewness(values: np.ndarray) -> float:
    """The third standardised moment, 0 if all are equal."""
    centred = values - np.mean(values)
    spread = np.mean(centred**2)
    return float(np.mean(centred**3) / spread**1.5) if spread > 0 else 0.0


def _skewness_interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    """Bootstrap interval: how often each count is drawn is multinomial, and moments follow from that."""
    distinct, counts = np.unique(values, return_counts=True)
    share = np.random.default_rng(seed).multinomial(len(values), counts / len(values), 1_000) / len(values)
    mean = share @ distinct
    powers = distinct[None] - mean[:, None]
    spread = (share * powers**2).sum(axis=1)
    return interval((share * powers**3).sum(axis=1) / np.maximum(spread, 1e-300) ** 1.5)
