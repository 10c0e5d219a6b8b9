"""Measures of recommendations, one number a user wherever there can be one.

A list of k items is judged by a user's held-out items H; rel_r is 1 where the item at rank r is one of them, else 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedlab.data.interactions.choices import Choices

RESAMPLES = 300


@dataclass(frozen=True, eq=False)
class Judged:
    """Lists of recommendations and what was held out.

    top: int32 (n_users, k), the items of each list, the best first, -1 where there are fewer than k. hits: bool
    (n_users, k). held: int64 (n_users,), how many items were held out. counts: int64 (n_items,), how often training has
    seen each item.
    """

    top: np.ndarray
    hits: np.ndarray
    held: np.ndarray
    counts: np.ndarray

    @property
    def k(self) -> int:
        return self.top.shape[1]


def judge(top: np.ndarray, held_out: Choices, counts: np.ndarray) -> Judged:
    """Which recommendations are among the held-out items of their user. held_out: of the same users, in order."""
    users = np.repeat(np.arange(len(top)), top.shape[1]).reshape(top.shape)
    width = held_out.n_items + 1
    wanted = held_out.users.astype(np.int64) * width + held_out.items
    hits = np.isin(users.astype(np.int64) * width + top, wanted) & (top >= 0)
    return Judged(top, hits, np.diff(held_out.offsets), counts)


def recall(judged: Judged) -> np.ndarray:
    """sum_r rel_r / |H|, float64 (n_users,)."""
    return judged.hits.sum(axis=1) / judged.held


def hit_rate(judged: Judged) -> np.ndarray:
    """1 where any rel_r is 1."""
    return judged.hits.any(axis=1).astype(np.float64)


def ndcg(judged: Judged) -> np.ndarray:
    """sum_r rel_r / log2(r + 1), divided by the same sum of a perfect list, whose first min(k, |H|) ranks are hits."""
    gains = 1 / np.log2(np.arange(judged.k) + 2)
    best = np.concatenate([[0.0], np.cumsum(gains)])[np.minimum(judged.held, judged.k)]
    return judged.hits @ gains / best


def average_precision(judged: Judged) -> np.ndarray:
    """sum_r rel_r (hits up to r) / r, divided by min(k, |H|)."""
    ranks = np.arange(1, judged.k + 1)
    precision = np.cumsum(judged.hits, axis=1) / ranks
    return (precision * judged.hits).sum(axis=1) / np.minimum(judged.held, judged.k)


def reciprocal_rank(judged: Judged) -> np.ndarray:
    """1 / r of the first hit, 0 without one."""
    return np.where(judged.hits.any(axis=1), 1 / (judged.hits.argmax(axis=1) + 1), 0.0)


def novelty(judged: Judged) -> np.ndarray:
    """The mean of -log2 p over the list, p the share of all choices in training that are of the item; in bits."""
    shares = np.maximum(judged.counts, 1) / max(judged.counts.sum(), 1)
    listed = judged.top >= 0
    bits = np.where(listed, -np.log2(shares)[judged.top], 0.0)
    return bits.sum(axis=1) / np.maximum(listed.sum(axis=1), 1)


def coverage(times: np.ndarray, judged: Judged) -> float:
    """The share of the items seen in training that are in anybody's list. times: how often each is listed."""
    seen = judged.counts > 0
    return float((times[seen] > 0).mean())


def gini(times: np.ndarray, judged: Judged) -> float:
    """How unevenly the lists share out the items seen in training: 0 when all are listed alike, near 1 when few are.

    sum_i (2 i - n - 1) x_i / (n sum_i x_i) with x_1 <= ... <= x_n the times each item is listed.
    """
    x = np.sort(times[judged.counts > 0]).astype(np.float64)
    n = len(x)
    return float(((2 * np.arange(1, n + 1) - n - 1) * x).sum() / (n * x.sum())) if x.sum() else 0.0


@dataclass(frozen=True)
class Measure:
    """name: with {k} for the length of the lists. about: the formula in words. A measure is of each user (`of_user`)
    or of all lists together (`of_lists`)."""

    name: str
    about: str
    of_user: Callable[[Judged], np.ndarray] | None = None
    of_lists: Callable[[np.ndarray, Judged], float] | None = None


MEASURES: tuple[Measure, ...] = (
    Measure("recall@{k}", "hits among the first {k}, divided by the held-out items of the user", recall),
    Measure(
        "NDCG@{k}",
        "sum of 1 / log2(rank + 1) over the hits, divided by that sum for a perfect list of min({k}, held out)",
        ndcg,
    ),
    Measure("hit rate@{k}", "share of users with at least one hit among the first {k}", hit_rate),
    Measure(
        "MAP@{k}",
        "mean over users of the precision at each hit, divided by min({k}, held out)",
        average_precision,
    ),
    Measure("MRR@{k}", "mean over users of 1 / rank of the first hit, 0 without one", reciprocal_rank),
    Measure("coverage@{k}", "share of the items seen in training that are in at least one list", of_lists=coverage),
    Measure("novelty@{k}", "mean of -log2 of the items' shares of all choices, in bits: higher is less known", novelty),
    Measure("Gini@{k}", "how unevenly lists share the items out: 0 all alike, near 1 few for everybody", of_lists=gini),
)


def times_listed(judged: Judged, users: np.ndarray | None = None) -> np.ndarray:
    """How often each item is in the lists of these users, of all by default; int64 (n_items,)."""
    top = judged.top if users is None else judged.top[users]
    return np.bincount(top[top >= 0], minlength=len(judged.counts))


def interval_of_lists(measure: Measure, judged: Judged, *, seed: int) -> tuple[float, float]:
    """95 % interval of a measure of all lists: 1.96 standard errors to each side, by drawing users again.

    Percentiles would not do: a resample holds fewer different users, so that it covers fewer items.
    """
    rng, n = np.random.default_rng(seed), len(judged.top)
    of_lists = measure.of_lists
    if of_lists is None or not n:
        return 0.0, 0.0
    drawn = [of_lists(times_listed(judged, rng.integers(n, size=n)), judged) for _ in range(RESAMPLES)]
    value, error = of_lists(times_listed(judged), judged), 1.96 * float(np.std(drawn))
    return max(0.0, value - error), min(1.0, value + error)
