"""Word2Vec (Mikolov et al. 2013): one pass of stochastic gradient descent over a block of sentences.

Plain arrays in, plain arrays out, updated in place; every kernel releases the GIL, so that threads of Python run side
by side on the same rows without locks (Recht et al. 2011, "Hogwild!"). A kernel is made for one row width, which is
then a constant to the compiler, and one vector width; both are compiled when first asked for and cached on disk.

`windows` is skip-gram: the contexts of a window share their negatives and are taken two at a time, so that a step is
two small matrix products over rows copied next to each other (after Ji et al. 2016, "Parallelizing word2vec in shared
and distributed memory"). `averages` is CBOW: one example a word, whose targets are scored together before any of them
changes. `word2vec_pairs` holds the kernel that takes the targets one after the other, as the original does.

Rows of `words` and `outputs` are padded with zeros to a multiple of 16 floats. What all kernels take:

    tokens, offsets    int32 ids of the block; int64 (n_sentences + 1,), where each sentence starts in it
    use                uint8 (n_sentences,), 1 for the sentences to go through
    keep               float32 (n_words,), the probability that an occurrence survives subsampling; others are dropped
    noise              uint64 (n_words,), the alias table of negatives, or empty for hierarchical softmax (see `tables`)
    up                 int32 (2 n_words - 1,), the Huffman tree, or empty for negative sampling (see `tables`)
    rate, last_rate    learning rate at the first and after the last token; 0 and 0 measure the loss and change nothing
    state              the random numbers of this block; most: the longest list of targets there can be
    sums               float64 (2,), to which the summed negative log-likelihood and the number of predictions are added
"""

from functools import lru_cache

import numpy as np
from numba import float32, float64, int32, int64, njit, uint8, uint64, void

from embedlab.kernels.logistic import turn_to_slopes
from embedlab.kernels.machine import fetch_row, wide_vectors
from embedlab.kernels.sampling import advance, reach_of, survivors, targets_of
from embedlab.kernels.word2vec_simd import dots, steps

# Targets worked on at once. With two contexts, the twelve sums of six fill the registers of most processors; the paths
# of a Huffman tree are of many lengths, and smaller groups leave fewer places unused.
NEGATIVES_GROUP, HUFFMAN_GROUP = 6, 4
PLAIN = dict(cache=True, nogil=True, error_model="numpy")
FAST = PLAIN | dict(fastmath={"reassoc", "contract", "nsz", "arcp"})  # a number that is none stays one, to be noticed
TAKES = void(
    int32[::1],
    int64[::1],
    uint8[::1],
    float32[::1],
    uint64[::1],
    int32[::1],
    int64,
    float32[:, ::1],
    float32[:, ::1],
    int64,
    float32,
    float32,
    uint64,
    int64,
    float64[::1],
)


@njit(inline="always")
def _fill_slots(labels, n, n_left, group, slot_labels, used):
    """Lay out the labels of n targets as `_predict` lays out dot products; returns how many slots there are, a multiple
    of 16."""
    n_groups = (n + group - 1) // group
    n_slots = (n_groups * group * n_left + 15) // 16 * 16
    for e in range(n_slots):
        used[e] = 0
    for t in range(n):
        at = (t // group) * (group * (n_left - 1)) + t
        for r in range(n_left):
            slot_labels[at + r * group], used[at + r * group] = labels[t], 1
    return n_slots


@njit(inline="always")
def _predict(
    left, a, b, gained, right, places, n, products, slot_labels, used, n_slots, rate, width, bits, n_left, group
):
    """One step of n_left rows of `left`, which begin at a and b, and of n targets at `places` of `right`; returns the
    loss before it.

    The targets change where they are, the steps of the rows of `left` are put into `gained`.
    """
    for d in range(uint64(n_left * width)):
        gained[d] = 0
    n_groups, size = uint64((n + group - 1) // group), uint64(group)
    for g in range(n_groups):
        dots(left, a, b, right, places, g * size, products, g * uint64(n_left * group), width, bits, n_left, group)
    loss = turn_to_slopes(products, slot_labels, used, n_slots, rate)
    for g in range(n_groups):
        steps(
            left,
            a,
            b,
            gained,
            right,
            places,
            g * size,
            products,
            g * uint64(n_left * group),
            width,
            bits,
            n_left,
            group,
        )
    return loss


@njit(inline="always")
def copy_targets(next_targets, next_labels, n, targets, labels):
    """What was drawn ahead becomes what is worked on."""
    for t in range(n):
        targets[t], labels[t] = next_targets[t], next_labels[t]


@njit(inline="always")
def rate_at(rate, last_rate, offsets, s):
    """The learning rate of sentence s: it falls in a straight line over the block."""
    return rate + (last_rate - rate) * (float32(offsets[s]) / float32(offsets[-1]))


# Skip-gram by windows


@njit(inline="always")
def _gather(outputs, targets, n, size, block, start, away, width):
    """Copy the n target rows into `block` from `start` on and once more `away` behind, filled up with zeros to `size`
    rows."""
    w = uint64(width)
    for t in range(uint64(n)):
        row, at = uint64(targets[t]), start + t * w
        for d in range(w):
            seen = outputs[row, d]
            block[at + d] = seen
            block[at + away + d] = seen
    for e in range(start + uint64(n) * w, start + uint64(size) * w):
        block[e] = 0


@njit(inline="always")
def _scatter(outputs, targets, n, block, start, away, width):
    """Add to the target rows what their copies have changed by; a target drawn twice has two copies."""
    w = uint64(width)
    for t in range(uint64(n)):
        row, at = uint64(targets[t]), start + t * w
        for d in range(w):
            outputs[row, d] += block[at + d] - block[at + away + d]


@lru_cache
def windows(width: int, bits: int, group: int):
    """The skip-gram kernel for rows of `width` floats, vectors of `bits` (256 or 512) and targets taken `group` at
    once."""

    @njit(TAKES, **FAST)
    def train(
        tokens, offsets, use, keep, noise, up, n_negatives, words, outputs, window, rate, last_rate, state, most, sums
    ):
        if bits == 512:
            wide_vectors()
        longest = (most + group - 1) // group * group
        # The rows of the targets and, behind them, as they were before the window; both begin at a cache line.
        block = np.zeros(2 * longest * width + 16, np.float32)
        start, away = uint64(-(block.ctypes.data >> 2) & 15), uint64(longest * width)
        places = np.empty(longest, np.uint64)
        for t in range(longest):
            places[t] = start + uint64(t * width)
        gained, products = np.zeros(2 * width, np.float32), np.zeros(2 * longest + 32, np.float32)
        slot_labels, used = np.zeros(2 * longest + 32, np.float32), np.zeros(2 * longest + 32, np.float32)
        targets, labels = np.zeros(longest, np.int64), np.zeros(longest, np.float32)
        next_targets, next_labels = np.zeros(longest, np.int64), np.zeros(longest, np.float32)
        sentence = np.empty(np.max(np.diff(offsets)) + 1, np.int32)
        loss, n_pairs = 0.0, 0
        for s in range(len(offsets) - 1):
            if not use[s]:
                continue
            state, n = survivors(tokens, offsets[s], offsets[s + 1], keep, sentence, state)
            if n < 2:
                continue
            now = rate_at(rate, last_rate, offsets, s)
            next_reach, n_next = 0, 0
            for i in range(-1, n):
                reach, n_targets = next_reach, n_next
                copy_targets(next_targets, next_labels, n_next, targets, labels)
                if i + 1 < n:
                    state = advance(state)
                    next_reach = reach_of(state, window)
                    state, n_next = targets_of(
                        int64(sentence[i + 1]), noise, up, n_negatives, next_targets, next_labels, state
                    )
                    if i + 2 + window < n:
                        fetch_row(words, sentence[i + 2 + window], width)
                if i < 0:
                    continue
                size = (n_targets + group - 1) // group * group
                _gather(outputs, targets, n_targets, size, block, start, away, width)
                n_slots = _fill_slots(labels, n_targets, 2, group, slot_labels, used)
                first, last = max(0, i - reach), min(n, i + reach + 1)
                # Rows are asked for a few at a time: all at once they would hold up the work that could go on
                # meanwhile.
                fetched, at_once = 0, n_next // max(1, (last - first) >> 1) + 1
                j, window_loss = first, float32(0)
                while True:
                    j += j == i
                    if j >= last:
                        break
                    other = j + 1 + (j + 1 == i)
                    two = other < last
                    a, b = uint64(sentence[j]), uint64(sentence[other if two else j])
                    for _ in range(min(at_once, n_next - fetched)):
                        fetch_row(outputs, next_targets[fetched], width)
                        fetched += 1
                    if not two:
                        for t in range(size):
                            used[(t // group) * group + group + t] = 0
                    w = uint64(width)
                    window_loss += _predict(
                        words,
                        a * w,
                        b * w,
                        gained,
                        block,
                        places,
                        n_targets,
                        products,
                        slot_labels,
                        used,
                        n_slots,
                        now,
                        width,
                        bits,
                        2,
                        group,
                    )
                    for d in range(w):
                        words[a, d] += gained[d]
                    if two:
                        for d in range(w):
                            words[b, d] += gained[w + d]
                    j = other + 1
                _scatter(outputs, targets, n_targets, block, start, away, width)
                loss += float64(window_loss)
                n_pairs += last - first - 1
        sums[0] += loss
        sums[1] += n_pairs

    return train


# CBOW


@njit(inline="always")
def mean_of(words, around, first, last, skip, hidden, width):
    """The mean of the word rows around[first:last] without around[skip], into `hidden`."""
    n = 0
    for d in range(uint64(width)):
        hidden[d] = 0
    for j in range(first, last):
        if j != skip:
            row = uint64(around[j])
            n += 1
            for d in range(uint64(width)):
                hidden[d] += words[row, d]
    share = float32(1) / float32(max(n, 1))
    for d in range(uint64(width)):
        hidden[d] *= share


@njit(inline="always")
def add_to_each(words, around, first, last, skip, change, width):
    """Add `change` to the word rows around[first:last] without around[skip]."""
    for j in range(first, last):
        if j != skip:
            row = uint64(around[j])
            for d in range(uint64(width)):
                words[row, d] += change[d]


@lru_cache
def averages(width: int, bits: int, group: int):
    """The CBOW kernel for rows of `width` floats, vectors of `bits` (256 or 512) and targets taken `group` at once."""

    @njit(TAKES, **FAST)
    def train(
        tokens, offsets, use, keep, noise, up, n_negatives, words, outputs, window, rate, last_rate, state, most, sums
    ):
        if bits == 512:
            wide_vectors()
        longest = (most + group - 1) // group * group
        hidden, gained = np.zeros(width, np.float32), np.zeros(width, np.float32)
        places, products = np.zeros(longest, np.uint64), np.zeros(longest + 32, np.float32)
        slot_labels, used = np.zeros(longest + 32, np.float32), np.zeros(longest + 32, np.float32)
        targets, labels = np.zeros(longest, np.int64), np.zeros(longest, np.float32)
        next_targets, next_labels = np.zeros(longest, np.int64), np.zeros(longest, np.float32)
        sentence = np.empty(np.max(np.diff(offsets)) + 1, np.int32)
        loss, n_examples, zero = 0.0, 0, uint64(0)
        for s in range(len(offsets) - 1):
            if not use[s]:
                continue
            state, n = survivors(tokens, offsets[s], offsets[s + 1], keep, sentence, state)
            if n < 2:
                continue
            now = rate_at(rate, last_rate, offsets, s)
            next_reach, n_next = 0, 0
            for i in range(-1, n):
                reach, n_targets = next_reach, n_next
                copy_targets(next_targets, next_labels, n_next, targets, labels)
                if i + 1 < n:
                    state = advance(state)
                    next_reach = reach_of(state, window)
                    state, n_next = targets_of(
                        int64(sentence[i + 1]), noise, up, n_negatives, next_targets, next_labels, state
                    )
                    for t in range(n_next):
                        fetch_row(outputs, next_targets[t], width)
                    if i + 2 + window < n:
                        fetch_row(words, sentence[i + 2 + window], width)
                if i < 0:
                    continue
                for t in range(
                    (n_targets + group - 1) // group * group
                ):  # places left over are given a row that does not move
                    places[t] = uint64(targets[t if t < n_targets else 0]) * uint64(width)
                n_slots = _fill_slots(labels, n_targets, 1, group, slot_labels, used)
                first, last = max(0, i - reach), min(n, i + reach + 1)
                mean_of(words, sentence, first, last, i, hidden, width)
                loss += float64(
                    _predict(
                        hidden,
                        zero,
                        zero,
                        gained,
                        outputs,
                        places,
                        n_targets,
                        products,
                        slot_labels,
                        used,
                        n_slots,
                        now,
                        width,
                        bits,
                        1,
                        group,
                    )
                )
                n_examples += 1
                add_to_each(words, sentence, first, last, i, gained, width)
        sums[0] += loss
        sums[1] += n_examples

    return train
