"""What every benchmark shares: one scoring with its options, and how item scores become values with intervals."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.progress import Report, silent
from embedlab.evaluation.results import BenchmarkResult, mean_interval

FEW = 30
Estimate = tuple[float | None, float | None, float | None]  # a value and the ends of its 95 % interval
UNKNOWN: Estimate = (None, None, None)


@dataclass(frozen=True)
class Measure:
    """What a score measures: task, metric, digest of the data, and how many of its items could be used."""

    task: str
    metric: str
    digest: str
    n_used: int
    n_total: int


@dataclass(frozen=True)
class Scoring:
    """One scoring of one benchmark: its name and title, the seed of all random numbers, where progress is reported."""

    name: str
    title: str
    seed: int = 1
    report: Report = silent

    def result(self, measure: Measure, score: Estimate, baseline: Estimate, **details) -> BenchmarkResult:
        """The result with its score and that of random vectors. details: other fields of BenchmarkResult."""
        counts = (measure.n_used, measure.n_total)
        return BenchmarkResult(
            *(self.name, self.title, measure.task, measure.metric, *score, *counts, *baseline, self.seed),
            measure.digest,
            **details,
        )

    def no_result(self, measure: Measure, note: str, **details) -> BenchmarkResult:
        """A result without a score. note: the sentence that says why."""
        return self.result(measure, UNKNOWN, UNKNOWN, note=note, **details)

    def noise(self, n: int, dim: int) -> np.ndarray:
        """Gaussian vectors for the baseline, float32 (n, dim)."""
        return np.random.default_rng([self.seed, 1]).standard_normal((n, dim), np.float32)


def mean_of(values: np.ndarray, seed: int) -> Estimate:
    """Mean of item scores with its interval; three times None without items."""
    return (float(np.mean(values)), *mean_interval(values, seed=seed)) if len(values) else UNKNOWN


def bounded(estimate: Estimate) -> dict:
    """The estimate as results store it, under "score", "low" and "high"."""
    return dict(zip(("score", "low", "high"), estimate, strict=True))


def reference(name: str, found: Estimate) -> list[dict]:
    """A reference as results store it: a list of one, or an empty list where it could not be computed."""
    return [] if found[0] is None else [{"name": name} | bounded(found)]


def part_of(name: str, values: np.ndarray, n_total: int, seed: int) -> dict:
    """One category of `BenchmarkResult.parts` from the scores of its used items."""
    return {"name": name} | bounded(mean_of(values, seed)) | {"n_used": len(values), "n_total": n_total}


def few(n: int) -> str:
    """A warning when the bootstrap has too few items to show how uncertain the score is; "" otherwise."""
    return f"Only {n} items could be used, so the score is unreliable whatever its interval says." if n < FEW else ""
