"""Many runs on the same items: which differences are larger than chance explains, over all pairs of runs together.

Each run has one score per item, or one pseudo-value per item for correlations and effect sizes. If two runs are equally
good, the sign of their difference on an item is chance. So signs are flipped at random, the same for all pairs (the
randomisation test of Fisher; Smucker, Allan and Carterette 2007). A pair counts as different when its t exceeds what
the largest t of all pairs reaches in 95 % of the flips (the maximum statistic; Westfall and Young 1993). A false claim
anywhere in the ranking then happens in 5 % of rankings at most. It does not matter which run is called the best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.evaluation.results import pearson, spearman
from embedlab.evaluation.words.bias import effect_size

FLIPS = 10_000
LEVEL = 0.05
CELLS = 8_000_000  # of the table of signs held at once
SAME = 1e-9  # differences this small, relative to the scores, are rounding


@dataclass(frozen=True)
class Gap:
    """Run a less run b on the n items both could use: both scores, interval and p-value, which hold for all pairs."""

    score_a: float
    score_b: float
    low: float
    high: float
    p: float
    n: int


def gaps_between(
    measure: tuple[str, Sequence[str]], tables: Sequence[dict], pairs: Sequence[tuple[int, int]], *, seed: int
) -> list[Gap]:
    """One Gap for each pair of runs, with 95 % intervals and p-values that hold for all the pairs at once.

    measure: (metric, the columns it is made of). tables: {item: row} for each run; each pair shares an item or more.
    """
    items = np.array(list(dict.fromkeys(item for table in tables for item in table)), object)
    has = np.array([[item in table for item in items] for table in tables])
    known, scores, columns = {}, [], np.zeros((len(pairs), len(items)), np.float32)
    for nth, pair in enumerate(pairs):
        shared = np.flatnonzero(has[pair[0]] & has[pair[1]])
        for run in pair:
            if (run, shared.tobytes()) not in known:
                known[run, shared.tobytes()] = pseudo_values(*measure, [tables[run][item] for item in items[shared]])
        (score_a, one), (score_b, two) = (known[run, shared.tobytes()] for run in pair)
        columns[nth, shared] = np.where(np.abs(one - two) > SAME, one - two, 0)
        scores.append((score_a, score_b, len(shared)))
    length = np.sqrt(np.einsum("pi,pi->p", columns, columns, dtype=np.float64)).astype(np.float32)
    length[length == 0] = np.inf
    if has.all():  # the differences of sums are the sums of differences, and there are fewer runs than pairs
        values = np.array([known[run, shared.tobytes()][1] for run in range(len(tables))])
        basis, ends = np.ascontiguousarray((values - values.mean(axis=0)).T, np.float32), np.array(pairs).T
    else:
        basis, ends = np.ascontiguousarray(columns.T), None
    reached = np.abs(columns.sum(axis=1)) / length
    maxima = np.sort(_largest(basis, ends, length, seed))
    widest = 4.0 if measure[0] == "effect size" else 2.0 if len(measure[1]) > 1 else 1.0
    return [_gap(one, maxima, t, size, widest) for one, t, size in zip(scores, reached, length, strict=True)]


def _gap(score: tuple[float, float, int], maxima: np.ndarray, reached: float, length: float, widest: float) -> Gap:
    """The Gap of a pair with t `reached`, from sorted maxima, the length of its differences and the widest value."""
    (score_a, score_b, n), critical = score, float(maxima[-int(LEVEL * FLIPS)])
    middle = score_a - score_b
    variance = max(float(length) ** 2 / n - middle**2, 0.0) if np.isfinite(length) else 0.0
    # The t of the flips is not centred: t > c says the same as |difference| > c sd / sqrt(n - c^2).
    enough = n > critical**2 * (1 + 1e-5)  # otherwise not even the same difference on every item would be one
    arm = critical * np.sqrt(variance / (n - critical**2)) if enough else 2 * widest
    as_large = FLIPS - int(np.searchsorted(maxima, reached * (1 - 1e-5)))
    return Gap(
        score_a,
        score_b,
        float(max(middle - arm, -widest)),
        float(min(middle + arm, widest)),
        (as_large + 1) / (FLIPS + 1),
        n,
    )


def _largest(basis: np.ndarray, ends: np.ndarray | None, length: np.ndarray, seed: int) -> np.ndarray:
    """The largest t of all pairs in each of the FLIPS random choices of signs, float32 (FLIPS,).

    basis: float32 (n_items, n_pairs) of differences, or (n_items, n_runs) with the two runs of each pair in `ends`.
    """
    rng, n = np.random.default_rng(seed), len(basis)
    step, found = max(1, CELLS // n), []
    for first in range(0, FLIPS, step):
        shape = (min(step, FLIPS - first), n)
        bits = np.unpackbits(np.frombuffer(rng.bytes(shape[0] * n // 8 + 1), np.uint8), count=shape[0] * n)
        signs = bits.reshape(shape).astype(np.float32) * 2 - 1
        sums = signs @ basis
        sums = sums if ends is None else sums[:, ends[0]] - sums[:, ends[1]]
        found.append((np.abs(sums) / length).max(axis=1))
    return np.concatenate(found)


def pseudo_values(metric: str, by: Sequence[str], rows: Sequence[dict]) -> tuple[float, np.ndarray]:
    """(score, what each item adds to it, float64 (n,), with the score as mean), by the influence of each item."""
    if len(by) == 1:
        values = np.array([float(row[by[0]]) for row in rows])
        return float(values.mean()), values
    if metric == "effect size":
        kinds = np.array([row[by[0]] for row in rows])
        return _of_effect(kinds == kinds[0], np.array([float(row[by[1]]) for row in rows]))
    x, y = (np.array([row[column] for row in rows], np.float64) for column in by)
    score = (spearman if metric == "Spearman" else pearson)(x, y)
    if score is None:
        return 0.0, np.zeros(len(x))
    return score, score + (_by_rank(x, y, score) if metric == "Spearman" else _by_value(x, y, score))


def _by_value(x: np.ndarray, y: np.ndarray, r: float) -> np.ndarray:
    """The influence of each item on Pearson's correlation (Devlin, Gnanadesikan and Kettenring 1975)."""
    u, v = ((side - side.mean()) / side.std() for side in (x, y))
    return u * v - r / 2 * (u**2 + v**2)


def _by_rank(x: np.ndarray, y: np.ndarray, r: float) -> np.ndarray:
    """The influence of each item on Spearman's correlation: as on Pearson's of the ranks, and by moving other ranks."""
    from scipy.stats import rankdata

    ranks = [rankdata(side) / len(x) for side in (x, y)]
    u, v = ((rank - rank.mean()) / rank.std() for rank in ranks)
    moved = _share_above(x, v - r * u) / ranks[0].std() + _share_above(y, u - r * v) / ranks[1].std()
    return u * v - r / 2 * (u**2 + v**2) + moved - moved.mean()


def _share_above(values: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """For each item the mean over all items of the slopes of those with larger values; equal ones count half."""
    distinct, group = np.unique(values, return_inverse=True)
    sums = np.bincount(group, slopes, len(distinct))
    return (sums.sum() - np.cumsum(sums) + sums / 2)[group] / len(values)


def _of_effect(first: np.ndarray, values: np.ndarray) -> tuple[float, np.ndarray]:
    """(effect size, pseudo-values); the items of each of the two lists stand for themselves."""
    n, spread = len(values), values.std(ddof=1)
    d = effect_size(values[first], values[~first])
    found, grand = np.zeros(n), values.mean()
    if spread <= 1e-12:
        return d, found
    for mask, sign in ((first, 1), (~first, -1)):
        share, own = mask.sum() / n, values[mask]
        square = (own - grand) ** 2
        slope = sign * (own - own.mean()) / spread - d / (2 * spread**2) * share * (square - square.mean())
        found[mask] = slope / share
    return d, d + found
