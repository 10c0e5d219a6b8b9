"""The shape of the space itself: six numbers that need no judgements, each beside its value on random vectors."""

from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from embedlab.core.progress import Progress, Report, silent, span
from embedlab.evaluation.results import BenchmarkResult, interval, mean_interval
from embedlab.evaluation.words.similarity import few
from embedlab.projections.graph import knn
from embedlab.vectors.embedding import normalised

MOST = 10_000  # vectors looked at: the most frequent words, or an even sample of documents
K = 10
SAME = 1e-4  # one less the cosine of two vectors that count as duplicates
GROUPS = 20  # of the jackknife
ABOUT = {
    "isotropy": "How evenly the vectors point in all directions: 1 is a ball, near 0 a narrow cone in which everything looks alike "
    "(Mu and Viswanath 2018, on unit vectors).",
    "mean cosine": "Cosine of two vectors picked at random: near 0 unless all lean one way, and then cosines between words say less.",
    "hubness": "Skewness of how often a vector is among the ten nearest of others: near 0 is fair; large means a few hubs are "
    "neighbours of everything (Radovanović et al. 2010).",
    "effective dimension": "How many directions carry the variance: the participation ratio, at most the length of the vectors.",
    "frequency bias": "Share of the variance in log frequency that a vector alone foretells, by ridge regression on held-out words: "
    "high means position is partly mere frequency.",
    "duplicates": "Share of vectors with a twin of practically the same direction: twins cannot be told apart by any cosine.",
}


def score_geometry(
    vectors: np.ndarray,
    names: list[str],
    *,
    frequency: np.ndarray | None,
    what: str,
    name: str,
    title: str,
    seed: int,
    report: Report = silent,
) -> BenchmarkResult:
    """Isotropy, with five more numbers of the shape of the space under `metrics`; `rows` are the greatest hubs.

    frequency: log frequency of each vector's word, None for documents. what: "words" or "documents". The interval of
    hubness and duplicates is a bootstrap over vectors, that of the others a jackknife over twenty groups of them.
    """
    digest = blake2b(f"geometry {what}".encode(), digest_size=8).hexdigest()
    kept = np.flatnonzero(vectors.any(axis=1))
    kept = (
        kept[:MOST]
        if what == "words"
        else kept[np.unique(np.linspace(0, max(len(kept) - 1, 0), MOST).astype(np.int64))]
        if len(kept) > MOST
        else kept
    )
    if len(kept) < 3 * K:
        return BenchmarkResult(
            name,
            title,
            "geometry",
            "isotropy",
            None,
            None,
            None,
            len(kept),
            len(vectors),
            None,
            None,
            None,
            seed,
            digest,
            f"The shape of a space needs {3 * K} vectors that are not zero; this run has {len(kept)}.",
        )
    own = np.asarray(vectors[kept], np.float32)
    counted = None if frequency is None else frequency[kept]
    noise = np.random.default_rng([seed, 1]).standard_normal(own.shape, np.float32)
    found, times = _measured(own, counted, seed, span(report, 0.0, 0.5))
    random, _ = _measured(noise, counted, seed, span(report, 0.5, 1.0))
    metrics = [
        {"name": key, "score": score, "low": low, "high": high, "baseline": random[key][0], "about": ABOUT[key]}
        for key, (score, low, high) in found.items()
    ]
    hubs = np.argsort(-times, kind="stable")[:50]
    rows = [{what[:-1]: names[kept[i]], "among the ten nearest of": int(times[i])} for i in hubs]
    note = (
        f"Of the {'most frequent words' if what == 'words' else 'documents, an even sample'}, {len(kept):,}."
        if len(kept) < len(vectors)
        else ""
    )
    return BenchmarkResult(
        name,
        title,
        "geometry",
        "isotropy",
        *found["isotropy"],
        len(kept),
        len(vectors),
        *random["isotropy"],
        seed,
        digest,
        f"{few(len(kept))} {note}".strip(),
        [],
        rows,
        metrics=metrics,
    )


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
        found["frequency bias"] = jackknife(groups, *_foretold(unit - unit.mean(axis=0), target))
    twins = distances[:, 0] < SAME
    found["duplicates"] = (float(twins.mean()), *mean_interval(twins, seed=seed))
    report(Progress(1, 1, "Measuring the shape"))
    return found, times


def jackknife(groups: list[np.ndarray], sums: Callable[[np.ndarray], np.ndarray], value: Callable[[np.ndarray], float]):
    """(value, low, high): a function of sums over rows, and its 95 % interval from leaving out a group of rows at a time."""
    each = np.array([sums(rows) for rows in groups])
    whole = each.sum(axis=0)
    left_out = np.array([value(whole - one) for one in each])
    n = len(groups)
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    middle = value(whole)
    return float(middle), float(middle - 1.96 * error), float(middle + 1.96 * error)


def _isotropy(unit: np.ndarray):
    """Sums and value of min Z(c) / max Z(c) over the eigenvectors c of the vectors and their opposites, Z(c) = sum exp(c.v)."""
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


def _foretold(vectors: np.ndarray, target: np.ndarray):
    """Sums and value of the share of variance in `target` that ridge regression foretells for words it has not seen."""
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
