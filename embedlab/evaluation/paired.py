"""Runs on one benchmark: two compared or several ranked, always with equal options and on the items both can use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.evaluation.randomisation import LEVEL, Gap, gaps_between
from embedlab.evaluation.results import BenchmarkResult

LEAST = 3  # items that two runs must share


@dataclass(frozen=True)
class Difference:
    """Run a less run b on the items that both could use.

    score_a, score_b: on these items alone. difference = score_a - score_b with its 95 % interval low .. high. p: of a
    two-sided paired randomisation test. n: shared items. only_a, only_b: items that only one run could use, which are
    left out here. runs: how many were compared. Interval and p hold for all pairs of them at once: a ranking of equal
    runs makes a false claim in 5 % of cases at most.
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
    runs: int = 2

    @property
    def shown(self) -> bool:
        return self.p < LEVEL

    def sentence(self, a: str, b: str) -> str:
        """The outcome in words, for runs of these names."""
        return f"{self.claim(a, b)}: {self.evidence()}."

    def claim(self, a: str, b: str) -> str:
        """What is shown, if anything."""
        if not self.shown:
            return f"No difference shown between {a} and {b}"
        better, worse = (a, b) if self.difference > 0 else (b, a)
        verb = "has the greater effect than" if self.metric == "effect size" else "is better than"
        return f"{better} {verb} {worse}"

    def evidence(self) -> str:
        """The numbers behind the claim."""
        together = f", for all pairs of {self.runs} at once" if self.runs > 2 else ""
        return (
            f"{self.metric} differs by {self.difference:+.3f} (95 % interval {self.low:+.3f} to {self.high:+.3f}"
            f"{together}) on {self.n:,} shared items, p {p_text(self.p)}"
        )


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
    """The difference of two results on the items that both could use, by a paired randomisation test.

    rows_a, rows_b: the items behind the scores where the results do not hold them. BadInput if the two are not
    comparable: other benchmark, options or shared vocabulary, or items that are not stored.
    """
    if a.digest != b.digest:
        raise BadInput(
            f"{a.title!r} and {b.title!r} are not the same benchmark with the same options and vocabulary, so their "
            "scores do not compare. Score both runs in the same way."
        )
    if not a.by:
        raise BadInput(
            f"{a.title} is not made of items that can be paired, so two runs are not compared on it. "
            "Look at both side by side."
        )
    tables = [_by_item(a.rows if rows_a is None else rows_a), _by_item(b.rows if rows_b is None else rows_b)]
    if not _comparable(a, *tables):
        shared = len(tables[0].keys() & tables[1].keys())
        raise BadInput(
            f"The two runs share {shared} scored items of {a.title}; a comparison needs {LEAST}"
            + (", two of each target list. " if a.metric == "effect size" else ". ")
            + "Score both runs again, or train on more text."
        )
    (found,) = gaps_between((a.metric, a.by), tables, [(0, 1)], seed=seed)
    return _difference(a.metric, found, *tables, 2)


def _by_item(rows: Sequence[dict]) -> dict:
    """The rows by their place in the benchmark; rows of early versions have none and are left out."""
    return {row["item"]: row for row in rows if "item" in row}


def _comparable(result: BenchmarkResult, one: Mapping, two: Mapping) -> bool:
    """Whether two runs share enough items: of an association test, two words of each target list."""
    shared = [one[item] for item in one if item in two]
    if result.metric == "effect size":
        kinds = [row[result.by[0]] for row in shared]
        return len(set(kinds)) == 2 and min(kinds.count(kind) for kind in set(kinds)) >= 2
    return len(shared) >= LEAST


def _difference(metric: str, gap: Gap, one: Mapping, two: Mapping, runs: int) -> Difference:
    scores = (gap.score_a, gap.score_b, gap.score_a - gap.score_b)
    return Difference(metric, *scores, gap.low, gap.high, gap.p, gap.n, len(one) - gap.n, len(two) - gap.n, runs)


@dataclass(frozen=True)
class Place:
    """One line of a ranking. difference: of the best run less this one, None for the best; p: its p-value."""

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
        return "behind the best" if self.difference.shown and self.difference.difference > 0 else "no difference shown"


def ranking(results: Sequence[tuple[str, BenchmarkResult, Sequence[dict]]], *, seed: int = 1) -> list[Place]:
    """Runs from the highest score down, each compared with the best on the items both could use.

    The best is chosen from the same items, so p-values and intervals hold for all pairs of the runs at once.
    results: (name, result, rows) of one digest; BadInput otherwise.
    """
    digests = {result.digest for _, result, _ in results}
    if len(digests) > 1:
        raise BadInput(
            f"These are results of {len(digests)} different benchmarks, options or vocabularies, which do not rank "
            "together. Score the runs in the same way."
        )
    order = sorted(results, key=lambda entry: -np.inf if entry[1].score is None else entry[1].score, reverse=True)
    found = _against_the_first(order, seed)
    return [
        Place(name, result, found.get(nth), found[nth].p if nth in found else None if nth == 0 else 1.0)
        for nth, (name, result, _) in enumerate(order)
    ]


def _against_the_first(
    order: Sequence[tuple[str, BenchmarkResult, Sequence[dict]]], seed: int
) -> dict[int, Difference]:
    """Place -> difference of the first less the one at that place, where the two are comparable."""
    result = order[0][1]
    scored = [nth for nth, (_, other, _) in enumerate(order) if other.score is not None and result.by]
    tables = {nth: _by_item(order[nth][2]) for nth in scored}
    pairs = [(a, b) for i, a in enumerate(scored) for b in scored[i + 1 :] if _comparable(result, tables[a], tables[b])]
    if not pairs:
        return {}
    gaps = gaps_between(
        (result.metric, result.by),
        list(tables.values()),
        [(scored.index(a), scored.index(b)) for a, b in pairs],
        seed=seed,
    )
    return {
        b: _difference(result.metric, gap, tables[0], tables[b], len(scored))
        for (a, b), gap in zip(pairs, gaps, strict=True)
        if a == 0
    }
