"""Where words stand in a corpus and what stands around them: plain arrays in, plain arrays out, the GIL released.

Tokens are int32 word ids, read-only so that memory maps go in as they are. Ids from n_words on are words that a model
does not keep: they vanish and their neighbours close up, as in training. firsts and lasts: where the sentence of each
place begins and ends; a window never leaves it.
"""

import numpy as np
from numba import float64, int32, int64, njit, types, void

_EXACT = dict(cache=True, nogil=True, error_model="numpy")
_TOKENS = types.Array(int32, 1, "C", readonly=True)
_PLACES = types.Array(int64, 1, "C", readonly=True)
_WEIGHTS = types.Array(float64, 1, "C", readonly=True)


@njit(
    [
        void(_TOKENS, int64, int64[::1], int64, int64, int32[::1]),
        void(_TOKENS, int64, int64[::1], int64, int64, int64[::1]),
    ],
    **_EXACT,
)
def place(tokens, begin, at, low, high, out):
    """Sort a block of tokens, the first of them at position `begin`, by word.

    at[w] is where the next position of word w goes, and moves on; those from low to high - 1 go to `out`.
    """
    for i in range(len(tokens)):
        slot = at[tokens[i]]
        at[tokens[i]] = slot + 1
        if low <= slot < high:
            out[slot - low] = begin + i


@njit(void(_TOKENS, _PLACES, int64, _WEIGHTS, float64[::1]), **_EXACT)
def add_totals(tokens, ends, n_words, sums, totals):
    """Add to totals[w] the weight of all that stands in the windows around w.

    ends: where each sentence of `tokens` ends; sums[j]: weight of the j nearest words on one side, sums[0] = 0.
    """
    begin, reach = 0, len(sums) - 1
    for s in range(len(ends)):
        kept = 0
        for i in range(begin, ends[s]):
            kept += tokens[i] < n_words
        before = 0
        for i in range(begin, ends[s]):
            if tokens[i] < n_words:
                totals[tokens[i]] += sums[min(before, reach)] + sums[min(kept - 1 - before, reach)]
                before += 1
        begin = ends[s]


@njit(void(_TOKENS, _PLACES, _PLACES, _PLACES, int64, _WEIGHTS, float64[::1], int64[::1]), **_EXACT)
def count_contexts(tokens, places, firsts, lasts, n_words, weights, weighted, counts):
    """Add the words in the windows around `places`: one to `counts`, weights[d - 1] at distance d to `weighted`."""
    for p in range(len(places)):
        for side in (-1, 1):
            at, met = places[p] + side, 0
            while firsts[p] <= at < lasts[p] and met < len(weights):
                word = tokens[at]
                if word < n_words:
                    weighted[word] += weights[met]
                    counts[word] += 1
                    met += 1
                at += side


@njit(
    void(_TOKENS, _PLACES, _PLACES, _PLACES, int64, int64, int32[::1], int64, int64[::1], int64[::1], int64[::1]),
    **_EXACT,
)
def find_examples(tokens, places, firsts, lasts, n_words, reach, slots, length, cost, here, there):
    """For each wanted context the place whose sentence comes nearest to `length` tokens: here, and there the context's.

    slots: int32 (n_words,), the number of a wanted context, -1 for all others; cost: what the best one so far is off.
    """
    for p in range(len(places)):
        off = abs(lasts[p] - firsts[p] - length)
        for side in (-1, 1):
            at, met = places[p] + side, 0
            while firsts[p] <= at < lasts[p] and met < reach:
                if tokens[at] < n_words:
                    slot = slots[tokens[at]]
                    met += 1
                    if slot >= 0 and off < cost[slot]:
                        cost[slot], here[slot], there[slot] = off, places[p], at
                at += side


@njit(int64(_TOKENS, _PLACES, _PLACES, _PLACES, int64, int64, int64, int64[::1], int64[::1]), **_EXACT)
def find_together(tokens, places, firsts, lasts, n_words, reach, other, here, there):
    """How many of `places` have the word `other` in their window; writes those places and its nearest one in each."""
    found = 0
    for p in range(len(places)):
        nearest = np.int64(reach + 1)
        for side in (-1, 1):
            at, met = places[p] + side, 0
            while firsts[p] <= at < lasts[p] and met < nearest - 1:
                if tokens[at] < n_words:
                    met += 1
                    if tokens[at] == other:
                        nearest, here[found], there[found] = met, places[p], at
                at += side
        found += nearest <= reach
    return found
