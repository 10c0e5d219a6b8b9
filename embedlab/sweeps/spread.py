"""How much of a difference between points of a sweep is chance: the spread of seeds, pooled over all points.

Few seeds say little about their own spread, but all points together say it well. Measures that are positive, such as
seconds and losses, are looked at by their logarithms, so that no interval reaches below zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from embedlab.evaluation import BENCHMARKS

LEVEL = 0.05
LEAST = 2  # degrees of freedom under which there is no interval: two seeds of one point have one
POSITIVE = ("validation", "loss", "seconds")
ANY, SHARE = (-inf, inf), (0.0, 1.0)
RANGES = {"Spearman": (-1.0, 1.0), "effect size": (-2.0, 2.0)}
SHARES = ("accuracy", "purity", "nDCG@10", "recall@10")


@dataclass(frozen=True)
class Spread:
    """The standard deviation of one training, from `freedom` degrees of freedom over `points` settings.

    log: whether it is that of logarithms.
    """

    deviation: float
    freedom: int
    points: int
    log: bool
    ends: tuple[float, float] = ANY

    def interval(self, mean: float, n: int) -> tuple[float, float]:
        """95 % interval of the mean of n trainings (Student's t), within what the measure can be."""
        from scipy.special import stdtrit

        arm = float(stdtrit(self.freedom, 1 - LEVEL / 2)) * self.deviation / math.sqrt(n)
        low, high = (mean * math.exp(-arm), mean * math.exp(arm)) if self.log else (mean - arm, mean + arm)
        return max(low, self.ends[0]), min(high, self.ends[1])

    def apart(self, a: tuple[float, int], b: tuple[float, int]) -> bool:
        """Whether two (mean, number of seeds) differ by more than the largest difference that chance makes in a sweep.

        Tukey 1949 and Kramer 1956: of all pairs of equal points, any is told apart in 5 % of sweeps at most.
        """
        gap = abs(math.log(a[0] / b[0])) if self.log else abs(a[0] - b[0])
        error = self.deviation * math.sqrt((1 / a[1] + 1 / b[1]) / 2)
        return gap > max(_studentised_range(self.points, self.freedom) * error, 1e-12)


@lru_cache(maxsize=256)
def _studentised_range(points: int, freedom: int) -> float:
    """What the range of `points` equal means exceeds in 5 % of sweeps, in standard errors."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(1 - LEVEL, max(points, 2), freedom))


def spread_of(measure: str, groups: Sequence[Sequence[float]]) -> Spread | None:
    """The pooled spread of a measure, from its values by point; None where the seeds are too few to say."""
    groups = [group for group in groups if len(group)]
    freedom = sum(len(group) - 1 for group in groups)
    if freedom < LEAST:
        return None
    log = measure in POSITIVE and all(value > 0 for group in groups for value in group)
    squares = 0.0
    for group in groups:
        values = [math.log(value) for value in group] if log else group
        mean = math.fsum(values) / len(values)
        squares += math.fsum((value - mean) ** 2 for value in values)
    return Spread(math.sqrt(squares / freedom), freedom, len(groups), log, range_of(measure))


def range_of(measure: str) -> tuple[float, float]:
    """The lowest and the highest value that a measure can have."""
    benchmark = BENCHMARKS.get(measure.partition("/")[0])
    if benchmark is None:
        return SHARE if measure.startswith("same-") else (0.0, inf) if measure in POSITIVE else ANY
    return SHARE if benchmark.metric in SHARES else RANGES.get(benchmark.metric, ANY)
