"""Spearman's correlation in many resamples: plain arrays in and out, the GIL released."""

import numpy as np
from numba import float64, int64, njit, types, void

_EXACT = dict(cache=True, nogil=True, error_model="numpy")
_DRAWN = types.Array(int64, 2, "C", readonly=True)
_GROUPS = types.Array(int64, 1, "C", readonly=True)


@njit(float64(float64[::1], float64, float64[::1]), **_EXACT)
def _rank(counts, middle, ranks):
    """Fills `ranks` with average ranks less their mean; their sum of squares over all items drawn."""
    before, spread = 0.0, 0.0
    for g in range(len(counts)):
        before += counts[g]
        ranks[g] = before - (counts[g] - 1) / 2 - middle
        spread += counts[g] * ranks[g] * ranks[g]
    return spread


@njit(void(_DRAWN, _GROUPS, _GROUPS, int64, int64, float64[::1]), **_EXACT)
def rank_correlations(drawn, group_x, group_y, n_x, n_y, out):
    """out[r] becomes the rank correlation of the items drawn[r], (n_resamples, n); not a number where one side is all
    equal.

    group_x, group_y: the place of each item's value among the n_x and n_y different ones, in order. An item drawn twice
    makes a tie; tied ranks are averaged, so the ranks of a group follow from how often it and those before it were
    drawn.
    """
    n = drawn.shape[1]
    counts_x, counts_y, ranks_x, ranks_y = np.empty(n_x), np.empty(n_y), np.empty(n_x), np.empty(n_y)
    middle = (n + 1) / 2  # the mean rank, whatever was drawn
    for r in range(len(drawn)):
        counts_x[:] = 0
        counts_y[:] = 0
        for i in drawn[r]:
            counts_x[group_x[i]] += 1
            counts_y[group_y[i]] += 1
        spread_x = _rank(counts_x, middle, ranks_x)
        spread_y = _rank(counts_y, middle, ranks_y)
        product = 0.0
        for i in drawn[r]:
            product += ranks_x[group_x[i]] * ranks_y[group_y[i]]
        out[r] = (
            min(1.0, max(-1.0, product / np.sqrt(spread_x * spread_y))) if spread_x > 0 and spread_y > 0 else np.nan
        )
