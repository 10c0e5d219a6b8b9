"""Word2Vec one target after the other, as the original program goes: the exact twin of the faster kernels.

Every pair of skip-gram draws negatives of its own, and every target sees what the one before it changed. What the
kernel takes is said in `word2vec`.
"""

from functools import lru_cache

import numpy as np
from numba import float32, float64, int64, njit, uint64

from embedlab.kernels.logistic import slope_and_loss
from embedlab.kernels.machine import wide_vectors
from embedlab.kernels.sampling import advance, reach_of, survivors, targets_of
from embedlab.kernels.word2vec import FAST, TAKES, add_to_each, mean_of, rate_at


@njit(inline="always")
def _example(outputs, hidden, change, targets, labels, n, rate, width):
    """One step for each target of one example, in order; the input's step gathers in `change`. Returns the loss."""
    loss = float32(0)
    for d in range(uint64(width)):
        change[d] = 0
    for t in range(n):
        row, dot = uint64(targets[t]), float32(0)
        for d in range(uint64(width)):
            dot += hidden[d] * outputs[row, d]
        slope, own = slope_and_loss(dot, labels[t])
        loss += own
        slope *= rate
        for d in range(uint64(width)):
            seen = outputs[row, d]
            change[d] += slope * seen
            outputs[row, d] = seen + slope * hidden[d]
    return loss


@lru_cache
def pairs(width: int, bits: int, cbow: bool):
    """The kernel for rows of `width` floats and vectors of `bits` (256 or 512), for skip-gram or CBOW."""

    @njit(TAKES, **FAST)
    def train(
        tokens, offsets, use, keep, noise, up, n_negatives, words, outputs, window, rate, last_rate, state, most, sums
    ):
        if bits == 512:
            wide_vectors()
        hidden, change = np.zeros(width, np.float32), np.zeros(width, np.float32)
        targets, labels = np.zeros(most, np.int64), np.zeros(most, np.float32)
        sentence = np.empty(np.max(np.diff(offsets)) + 1, np.int32)
        loss, n_examples = 0.0, 0
        for s in range(len(offsets) - 1):
            if not use[s]:
                continue
            state, n = survivors(tokens, offsets[s], offsets[s + 1], keep, sentence, state)
            if n < 2:
                continue
            now = rate_at(rate, last_rate, offsets, s)
            for i in range(n):
                state = advance(state)
                reach = reach_of(state, window)
                first, last = max(0, i - reach), min(n, i + reach + 1)
                for j in range(first, first + 1 if cbow else last):
                    if j == i and not cbow:
                        continue
                    start, end = (first, last) if cbow else (j, j + 1)
                    mean_of(words, sentence, start, end, i, hidden, width)
                    state, n_targets = targets_of(int64(sentence[i]), noise, up, n_negatives, targets, labels, state)
                    loss += float64(_example(outputs, hidden, change, targets, labels, n_targets, now, width))
                    n_examples += 1
                    add_to_each(words, sentence, start, end, i, change, width)
        sums[0] += loss
        sums[1] += n_examples

    return train
