"""The result of a benchmark: a score with its interval, coverage and baseline."""

from dataclasses import asdict, dataclass, field, fields

import numpy as np

from embedlab.core.intervals import share_interval

RESAMPLES = 1_000
BLOCK = 4_000_000  # cells of the resampling table held at once
FEW_VALUES = 64


@dataclass(frozen=True)
class BenchmarkResult:
    """One run on one benchmark. All values are plain, so that `to_dict` is JSON.

    score, low, high: the metric and its 95 % interval over items; None when no item could be used, and `note` says why.
    n_used of n_total items had a vector for everything they name.
    baseline, baseline_low, baseline_high: the same on random vectors.
    references: scores reached without learning, such as word frequency or BM25, as dicts of name, score, low, high.
    metrics: further metrics of the same items, as dicts of name, score, low, high, baseline, about.
    parts: the score by category, as dicts of name, score, low, high, n_used, n_total.
    rows: the used items, one dict each; "item" is its place in the benchmark.
    by: the columns of `rows` that the score is made of, by which two runs are compared. One column holds item scores to
    be averaged, two are correlated; without any, runs cannot be compared item by item.
    options: the chosen values of `ScoreOptions`.
    vocabulary: {"mode": "own" or "shared", "words": how many}; "shared" means only words that all compared runs have.
    missing: words that the run does not have, in order of appearance.
    held_out: of recommendations, what was held out: {"split", "leaked", "cut"}; see `data.interactions.splits.Split`.
    data: digest of the benchmark's data. digest: of the benchmark, its data, options and shared vocabulary; results
    compare if their digests are equal.
    """

    benchmark: str
    title: str
    task: str
    metric: str
    score: float | None
    low: float | None
    high: float | None
    n_used: int
    n_total: int
    baseline: float | None
    baseline_low: float | None
    baseline_high: float | None
    seed: int
    digest: str
    note: str = ""
    parts: list[dict] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    references: list[dict] = field(default_factory=list)
    metrics: list[dict] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    options: dict = field(default_factory=dict)
    vocabulary: dict = field(default_factory=lambda: {"mode": "own"})
    held_out: dict = field(default_factory=dict)
    data: str = ""

    @property
    def coverage(self) -> float:
        """Share of the items that could be used, 0 to 1."""
        return self.n_used / self.n_total if self.n_total else 0.0

    @property
    def beats_chance(self) -> bool | None:
        """Whether the interval lies above that of random vectors; None without a score."""
        if self.low is None or self.baseline_high is None:
            return None
        return self.low > self.baseline_high

    def to_dict(self) -> dict:
        """The result as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict) -> "BenchmarkResult":
        """The result that `to_dict` wrote; unknown keys are ignored."""
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})


def mean_interval(values: np.ndarray, *, seed: int, n_resamples: int = RESAMPLES) -> tuple[float, float]:
    """95 % interval of the mean of `values` (n,).

    Items that are right or wrong give the exact interval of a share. So do equal item scores from 0 to 1, where nothing
    is left to resample. Others give the percentiles of a bootstrap: items are drawn again with replacement.
    """
    values = np.asarray(values, np.float64)
    if np.isin(values, (0, 1)).all() or (np.ptp(values) == 0 and 0 <= values[0] <= 1):
        return share_interval(float(values.sum()), len(values))
    return interval(resampled_means(values, seed=seed, n_resamples=n_resamples))


def resampled_means(values: np.ndarray, *, seed: int, n_resamples: int = RESAMPLES) -> np.ndarray:
    """The mean of each of many resamples of `values` (n,), float64 (n_resamples,)."""
    values = np.asarray(values, np.float64)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= FEW_VALUES:  # how often each value is drawn is multinomial: no table of items is needed
        drawn = np.random.default_rng(seed).multinomial(len(values), counts / len(values), n_resamples)
        return drawn @ distinct / len(values)
    return np.concatenate([drawn @ values for drawn in _resamples(len(values), seed, n_resamples)]) / len(values)


def bootstrap_pearson(x: np.ndarray, y: np.ndarray, *, seed: int, n_resamples: int = RESAMPLES) -> tuple[float, float]:
    """95 % percentile interval of Pearson's correlation of `x` and `y` (n,): pairs are drawn with replacement."""
    found = resampled_pearson(x, y, seed=seed, n_resamples=n_resamples)
    found = found[np.isfinite(found)]
    return interval(found) if len(found) else (-1.0, 1.0)


def resampled_pearson(x: np.ndarray, y: np.ndarray, *, seed: int, n_resamples: int = RESAMPLES) -> np.ndarray:
    """Pearson's correlation in each resample, float64 (n_resamples,); not a number where all of one side are equal.

    Six sums of a resample make its correlation, so resampling is one matrix product.
    """
    x, y = np.asarray(x, np.float64) - np.mean(x), np.asarray(y, np.float64) - np.mean(y)
    columns = np.stack([x, y, x * x, y * y, x * y], axis=1)
    sums = np.concatenate([drawn @ columns for drawn in _resamples(len(x), seed, n_resamples)]) / len(x)
    sx, sy, sxx, syy, sxy = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip((sxy - sx * sy) / np.sqrt(np.maximum((sxx - sx * sx) * (syy - sy * sy), 0)), -1, 1)


def pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    """Pearson's correlation; None under 3 items or if all are equal."""
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def bootstrap_spearman(x: np.ndarray, y: np.ndarray, *, seed: int, n_resamples: int = RESAMPLES) -> tuple[float, float]:
    """95 % percentile interval of Spearman's rank correlation of `x` and `y` (n,): pairs are drawn with replacement.

    Drawing an item twice makes a tie, so every resample is ranked again, with tied ranks averaged.
    """
    found = resampled_spearman(x, y, seed=seed, n_resamples=n_resamples)
    found = found[np.isfinite(found)]  # a resample of one pair over and over has no correlation
    return interval(found) if len(found) else (-1.0, 1.0)


def resampled_spearman(x: np.ndarray, y: np.ndarray, *, seed: int, n_resamples: int = RESAMPLES) -> np.ndarray:
    """Spearman's correlation in each resample, float64 (n_resamples,); not a number where all of one side are equal."""
    from embedlab.kernels.bootstrap import rank_correlations

    (groups_x, n_x), (groups_y, n_y) = _ties(x), _ties(y)
    found = []
    for drawn in _drawn(len(groups_x), seed, n_resamples):
        found.append(np.empty(len(drawn)))
        rank_correlations(drawn, groups_x, groups_y, n_x, n_y, found[-1])
    return np.concatenate(found)


def _ties(values: np.ndarray) -> tuple[np.ndarray, int]:
    """(the place of each value among the different ones in order, int64; how many there are)."""
    distinct, groups = np.unique(values, return_inverse=True)
    return groups.astype(np.int64), len(distinct)


def spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    """Spearman's rank correlation with tied ranks averaged; None under 3 items or if all are equal."""
    if len(x) < 3:
        return None
    from embedlab.kernels.bootstrap import rank_correlations

    (groups_x, n_x), (groups_y, n_y), value = _ties(x), _ties(y), np.empty(1)
    rank_correlations(np.arange(len(x))[None], groups_x, groups_y, n_x, n_y, value)
    return float(value[0]) if np.isfinite(value[0]) else None


def _drawn(n: int, seed: int, n_resamples: int):
    """The items of each resample, int64 (some, n), a block of resamples at a time."""
    rng = np.random.default_rng(seed)
    step = max(1, BLOCK // n)
    for first in range(0, n_resamples, step):
        yield rng.integers(n, size=(min(step, n_resamples - first), n))


def _resamples(n: int, seed: int, n_resamples: int):
    """How often each of n items occurs in each resample, float64 (some, n), a block of resamples at a time."""
    for drawn in _drawn(n, seed, n_resamples):
        flat = drawn + np.arange(len(drawn))[:, None] * n
        yield np.bincount(flat.ravel(), minlength=len(drawn) * n).reshape(len(drawn), n).astype(np.float64)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The middle 95 % of resampled scores."""
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
