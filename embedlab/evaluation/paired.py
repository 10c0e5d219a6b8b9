"""Two runs on one benchmark: is there a difference? And a ranking of several, in which only like is compared with like."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.evaluation.results import (
    BenchmarkResult,
    interval,
    pearson,
    resampled_means,
    resampled_spearman,
    spearman,
)
from embedlab.evaluation.words.bias import effect_size

RESAMPLES = 10_000
RANKED = 5_000  # resamples of a correlation, which costs more than that of a mean
LEVEL = 0.05


@dataclass(frozen=True)
class Difference:
    """Run a less run b on the items that both could use.

    score_a, score_b: on these items alone; difference = score_a - score_b with its 95 % interval low .. high; p: two-sided,
    from a paired bootstrap (Efron and Tibshirani 1993; Berg-Kirkpatrick et al. 2012); n: shared items; only_a, only_b:
    items that one run alone could use and that are left out here.
    """

    metric: str
    score_a: float
    score_b: float
    difference: float
    low: float
    high: float
    p: float
    n: int
    only_a: int
    only_b: int

    @property
    def shown(self) -> bool:
        return self.p < LEVEL

    def sentence(self, a: str, b: str) -> str:
        """The outcome in words, for runs of these names."""
        span = f"{self.metric} differs by {self.difference:+.3f} (95 % interval {self.low:+.3f} to {self.high:+.3f}) on {self.n:,} shared items"
        if not self.shown:
            return f"No difference shown between {a} and {b}: {span}, p {p_text(self.p)}."
        better, worse = (a, b) if self.difference > 0 else (b, a)
        verb = "has the greater effect than" if self.metric == "effect size" else "is better than"
        return f"{better} {verb} {worse}: {span}, p {p_text(self.p)}."


def p_text(p: float) -> str:
    """A p-value as papers print it."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def compare_scores(
    a: BenchmarkResult,
    b: BenchmarkResult,
    rows_a: Sequence[dict] | None = None,
    rows_b: Sequence[dict] | None = None,
    *,
    seed: int = 1,
) -> Difference:
    """The difference of two results on the items that both could use, by a paired bootstrap: the same items are drawn for both.

    rows_a, rows_b: the items behind the scores where the results do not hold them. BadInput if the two are not
    comparable: other benchmark, options or shared vocabulary, or items that are not stored.
    """
    if a.digest != b.digest:
        raise BadInput(
            f"{a.title!r} and {b.title!r} are not the same benchmark with the same options and vocabulary, so their scores "
            "do not compare. Score both runs in the same way."
        )
    if not a.by:
        raise BadInput(
            f"{a.title} is not made of items that can be paired, so two runs are not compared on it. Look at both side by side."
        )
    left, right = (
        {row["item"]: row for row in rows if "item" in row}
        for rows in (a.rows if rows_a is None else rows_a, b.rows if rows_b is None else rows_b)
    )
    shared = [item for item in left if item in right]
    if len(shared) < 3:
        raise BadInput(
            f"The two runs share {len(shared)} scored items of {a.title}; a comparison needs 3. Score both runs again, or train on more text."
        )
    one, two = ([side[item] for item in shared] for side in (left, right))
    value, draws = _statistic(a.metric, a.by, one, two, seed)
    scores, drawn = value, draws[0] - draws[1]
    drawn = drawn[np.isfinite(drawn)]
    low, high = interval(drawn)
    n = len(drawn)
    tail = min((np.sum(drawn <= 0) + 1) / (n + 1), (np.sum(drawn >= 0) + 1) / (n + 1))
    return Difference(
        a.metric,
        scores[0],
        scores[1],
        scores[0] - scores[1],
        low,
        high,
        float(min(1.0, 2 * tail)),
        len(shared),
        len(left) - len(shared),
        len(right) - len(shared),
    )


def _statistic(metric: str, by: Sequence[str], one: list[dict], two: list[dict], seed: int):
    """((score of one, of two), (scores of each in the same resamples))."""
    if len(by) == 1:
        x, y = (np.array([float(row[by[0]]) for row in rows]) for rows in (one, two))
        gap = resampled_means(x - y, seed=seed, n_resamples=RESAMPLES)
        return (float(x.mean()), float(y.mean())), (gap, np.zeros_like(gap))
    if metric == "effect size":
        return _effects(by, one, two, seed)
    human = np.array([row[by[0]] for row in one], np.float64)
    x, y = (np.array([row[by[1]] for row in rows], np.float64) for rows in (one, two))
    value = spearman if metric == "Spearman" else pearson
    # The same seed draws the same items for both.
    draws = tuple(resampled_spearman(human, side, seed=seed, n_resamples=RANKED) for side in (x, y))
    return (value(human, x) or 0.0, value(human, y) or 0.0), draws


def _effects(by: Sequence[str], one: list[dict], two: list[dict], seed: int):
    """Effect sizes of an association test, the words of each target list drawn apart and alike for both runs."""
    kinds = [row[by[0]] for row in one]
    first = np.array([kind == kinds[0] for kind in kinds])
    if first.all() or first.sum() < 2 or (~first).sum() < 2:
        raise BadInput("The two runs share fewer than two words of a target list. Train on more text.")
    sides = [np.array([row[by[1]] for row in rows]) for rows in (one, two)]
    rng = np.random.default_rng(seed)
    drawn = [np.flatnonzero(mask)[rng.integers(mask.sum(), size=(RANKED, mask.sum()))] for mask in (first, ~first)]
    draws = []
    for s in sides:
        x, y = s[drawn[0]], s[drawn[1]]
        spread = np.concatenate([x, y], axis=1).std(axis=1, ddof=1)
        draws.append((x.mean(axis=1) - y.mean(axis=1)) / np.where(spread > 1e-12, spread, np.inf))
    return tuple(effect_size(s[first], s[~first]) for s in sides), tuple(draws)


@dataclass(frozen=True)
class Place:
    """One line of a ranking. difference: of the best run less this one, None for the best; p: Holm-adjusted over the lines."""

    name: str
    result: BenchmarkResult
    difference: Difference | None
    p: float | None

    @property
    def verdict(self) -> str:
        if self.result.score is None:
            return "no item could be used"
        if self.difference is None:
            return "best" if self.p is None else "not comparable item by item"
        return "behind the best" if self.p < LEVEL else "no difference shown"


def ranking(results: Sequence[tuple[str, BenchmarkResult, Sequence[dict]]], *, seed: int = 1) -> list[Place]:
    """Runs from the highest score down, each compared with the best on shared items; p-values adjusted by Holm 1979.

    results: (name, result, rows) of one digest; BadInput otherwise.
    """
    digests = {result.digest for _, result, _ in results}
    if len(digests) > 1:
        raise BadInput(
            f"These are results of {len(digests)} different benchmarks, options or vocabularies, which do not rank together."
        )
    order = sorted(results, key=lambda entry: -np.inf if entry[1].score is None else entry[1].score, reverse=True)
    best, places = order[0], []
    found = [None if entry is best or entry[1].score is None else _against(best, entry, seed) for entry in order]
    adjusted = iter(holm([one.p for one in found if one is not None]))
    for entry, one in zip(order, found, strict=True):
        places.append(
            Place(entry[0], entry[1], one, next(adjusted) if one is not None else None if entry is best else 1.0)
        )
    return places


def _against(best, entry, seed: int) -> Difference | None:
    try:
        return compare_scores(best[1], entry[1], best[2], entry[2], seed=seed)
    except BadInput:  # stored by an earlier version, or nothing shared
        return None


def holm(p: Sequence[float]) -> list[float]:
    """The p-values adjusted so that the chance of any false claim among them stays at the level (Holm 1979)."""
    order, adjusted, highest = np.argsort(p, kind="stable"), [0.0] * len(p), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = highest
    return adjusted
