"""Intervals as the page shows them: over a few seeds they may leave the range in which a measure can lie, and are cut there.

Two that overlap still do, and two that do not still do not, because every mean lies in that range.
"""

from dataclasses import dataclass, replace
from math import inf

from embedlab.evaluation import BENCHMARKS
from embedlab.sweeps import Board, Estimate, Point

ANY = (-inf, inf)
RANGES = {
    "Spearman": (-1.0, 1.0),
    "effect size": (-2.0, 2.0),
    "accuracy": (0.0, 1.0),
    "purity": (0.0, 1.0),
    "nDCG@10": (0.0, 1.0),
    "recall@10": (0.0, 1.0),
}
OTHERS = {
    "same-class": (0.0, 1.0),
    "same-documents": (0.0, 1.0),
    "validation": (0.0, inf),
    "loss": (0.0, inf),
    "seconds": (0.0, inf),
}
CUT = "Over so few seeds some intervals would leave the range in which their measure can lie; they are cut at its end."


@dataclass(frozen=True)
class Bounded(Point):
    """A point whose intervals stay within what their measures can be."""

    def measure(self, name: str) -> Estimate | None:
        return _cut(super().measure(name), *range_of(name))


def bounded(board: Board) -> Board:
    """The same sweep with every interval cut at the end of its measure's range."""
    return replace(
        board, points=tuple(Bounded(point.number, point.family, point.settings, point.trials) for point in board.points)
    )


def note(board: Board) -> str:
    """A sentence where an interval that the page shows of this bounded sweep has been cut, else ""."""
    cut = any(
        Point.measure(point, name) != point.measure(name)
        for name in board.measures
        if name != "seconds"
        for point in board.points
    )
    return CUT if cut else ""


def range_of(measure: str) -> tuple[float, float]:
    """The lowest and the highest value that a measure can have."""
    benchmark = BENCHMARKS.get(measure.partition("/")[0])
    return RANGES.get(benchmark.metric, ANY) if benchmark else OTHERS.get(measure, ANY)


def _cut(found: Estimate | None, low: float, high: float) -> Estimate | None:
    if found is None or found.low is None:
        return found
    return replace(found, low=max(found.low, low), high=min(found.high, high))
