"""Word2Vec (Mikolov et al. 2013): one pass of stochastic gradient descent over a block of sentences.

Plain arrays in, plain arrays out, updated in place; every kernel releases the GIL, so that threads of Python run side
by side on the same rows without locks (Recht et al. 2011, "Hogwild!"). A kernel is made for one row width, which is then
a constant to the compiler, and one vector width; both are compiled when first asked for and cached on disk.

`windows` is the fast skip-gram: the contexts of a window share their negatives and see the output rows as they were
before it, so that a window is two small matrix products over rows copied next to each other (Ji et al. 2016,
"Parallelizing word2vec in shared and distributed memory"). `examples` goes through the examples one by one, each with
negatives of its own: CBOW, and skip-gram as the original program does it.

Rows of `words` and `outputs` are padded with zeros to a multiple of 16 floats. What both kernels take:

    tokens, offsets    int32 ids of the block; int64 (n_sentences + 1,), where each sentence starts in it
    use                uint8 (n_sentences,), 1 for the sentences to go through
    keep               float32 (n_words,), the probability that an occurrence survives subsampling; ids beyond are dropped
    noise              uint64 (n_words,), the alias table of negatives, or empty for hierarchical softmax (see `tables`)
    up                 int32 (2 n_words - 1,), the Huffman tree, or empty for negative sampling (see `tables`)
    curves             float32 (2, N_CURVE): sigmoid and -log sigmoid over [-6, 6]
    rate, last_rate    learning rate at the first and after the last token; 0 and 0 measure the loss and change nothing
    state              the random numbers of this block; most: the longest list of targets there can be
    sums               float64 (2,), to which the summed negative log-likelihood and the number of predictions are added
"""

from functools import lru_cache

import numpy as np
from numba import float32, float64, int32, int64, njit, uint8, uint32, uint64, void

from embedlab.kernels.machine import fetch_line, wide_vectors

# Targets worked on at once. With two contexts, the twelve sums of six fill the registers; the paths of a Huffman tree are of
# many lengths, and groups of three leave fewer places unused. Both are written out: by threes alone, negatives took 0 to 6 % more
# processor time (100 and 300 dimensions, 5 and 10 negatives, both code widths).
NEGATIVES_GROUP, HUFFMAN_GROUP = 6, 3
N_CURVE = 4096
_PLAIN = dict(cache=True, nogil=True, error_model="numpy")
_FAST = _PLAIN | dict(fastmath={"reassoc", "contract", "nsz", "arcp"})  # a number that is none stays one, to be noticed

_COMMON = (int32[::1], int64[::1], uint8[::1], float32[::1], uint64[::1], int32[::1], int64, float32[:, ::1], float32[:, ::1],
           float32[:, ::1], int64, float32, float32, uint64, int64, float64[::1])


def curves() -> np.ndarray:
    """sigmoid(x) and -log sigmoid(x) at N_CURVE places from -6 to 6, float32 (2, N_CURVE)."""
    x = np.linspace(-6, 6, N_CURVE)
    return np.array([1 / (1 + np.exp(-x)), np.logaddexp(0, -x)], np.float32)


# Random numbers and targets. These are inlined as they stand, so that widths and lengths stay constants.


@njit(inline="always")
def _next(state):
    """Knuth's linear congruence modulo 2^64, of which the high bits are used."""
    return state * uint64(6364136223846793005) + uint64(1442695040888963407)


@njit(inline="always")
def _survivors(tokens, first, last, keep, sentence, state):
    """Copy what subsampling leaves of tokens[first:last] into `sentence`; returns the state and how many there are."""
    n = 0
    for place in range(first, last):
        word = tokens[place]
        if word < len(keep):
            state = _next(state)
            if float32(state >> uint64(40)) * float32(2.0**-24) < keep[word]:
                sentence[n] = word
                n += 1
    return state, n


@njit(inline="always")
def _reach(state, window):
    """1 to `window`, from the high half of the state, without a division."""
    return int64(((state >> uint64(33)) * uint64(window)) >> uint64(31)) + 1


@njit(inline="always")
def _targets(centre, noise, up, n_negatives, targets, labels, state):
    """The rows that `centre` is told by and their labels; returns the state and how many there are.

    Negative sampling: the word itself, 1, and words drawn from Walker's alias table (alias << 32 | threshold), 0;
    one that hits the word is left out. Hierarchical softmax: the inner nodes from the word up to the root.
    """
    n = 0
    if len(noise):
        targets[0], labels[0], n = centre, float32(1), 1
        for _ in range(n_negatives):
            state = _next(state)
            product = (state >> uint64(24)) * uint64(len(noise))
            place = product >> uint64(40)
            entry = noise[place]
            own = ((product >> uint64(8)) & uint64(0xFFFFFFFF)) < (entry & uint64(0xFFFFFFFF))
            drawn = int64(place) if own else int64(entry >> uint64(32))
            if drawn != centre:
                targets[n], labels[n] = drawn, float32(0)
                n += 1
    else:
        n_words = (len(up) + 1) >> 1
        step = int64(up[centre])
        while step >= 0:
            targets[n], labels[n] = step >> 1, float32(1 - (step & 1))
            n += 1
            step = int64(up[n_words + (step >> 1)])
    return state, n


@njit(inline="always")
def _fetch_row(matrix, row, width):
    """Ask for a row that the next window will need, while this one is worked on."""
    for d in range(uint64(0), uint64(width), uint64(16)):
        fetch_line(matrix, uint64(row), d)


@njit(inline="always")
def _on_curve(dot):
    """Where `dot` lies on the curves, clamped to [-6, 6] as in the original program; the mask catches what is no number."""
    scaled = dot * float32((N_CURVE - 1) / 12) + float32((N_CURVE - 1) / 2 + 0.5)
    return uint64(uint32(int32(min(max(scaled, float32(0)), float32(N_CURVE - 1)))) & uint32(N_CURVE - 1))


@njit(inline="always")
def _surprise(curves, place, dot, label):
    """-log sigmoid of `dot`, or of -dot where the label is 0; a straight line beyond the curve."""
    away = -dot if label > 0 else dot
    return curves[1, place if label > 0 else uint64(N_CURVE - 1) - place] + max(away - float32(6), float32(0))


# Skip-gram by windows


@njit(inline="always")
def _gather(outputs, targets, n, size, block, change, width):
    """Copy the n target rows into `block`, one after the other, filled up with zeros to `size` rows; clear `change`."""
    for t in range(uint64(n)):
        row, at = uint64(targets[t]), t * uint64(width)
        for d in range(uint64(width)):
            block[at + d] = outputs[row, d]
    for e in range(uint64(n) * uint64(width), size * uint64(width)):
        block[e] = 0
    for e in range(size * uint64(width)):
        change[e] = 0


@njit(inline="always")
def _scatter(outputs, targets, n, change, width):
    """Add what has gathered in `change` to the target rows."""
    for t in range(uint64(n)):
        row, at = uint64(targets[t]), t * uint64(width)
        for d in range(uint64(width)):
            outputs[row, d] += change[at + d]


@njit(inline="always")
def _scores(pair, block, at, dots, t, width):
    """Dot products of two context rows with six target rows, in one pass over the rows."""
    w = uint64(width)
    w2, w3, w4, w5 = w + w, w + w + w, w + w + w + w, w + w + w + w + w
    a0 = a1 = a2 = a3 = a4 = a5 = b0 = b1 = b2 = b3 = b4 = b5 = float32(0)
    for d in range(w):
        u, v, e = pair[d], pair[d + w], at + d
        a0 += u * block[e]
        b0 += v * block[e]
        a1 += u * block[e + w]
        b1 += v * block[e + w]
        a2 += u * block[e + w2]
        b2 += v * block[e + w2]
        a3 += u * block[e + w3]
        b3 += v * block[e + w3]
        a4 += u * block[e + w4]
        b4 += v * block[e + w4]
        a5 += u * block[e + w5]
        b5 += v * block[e + w5]
    t1, t2, t3, t4, t5 = t + uint64(1), t + uint64(2), t + uint64(3), t + uint64(4), t + uint64(5)
    dots[0, t], dots[0, t1], dots[0, t2], dots[0, t3], dots[0, t4], dots[0, t5] = a0, a1, a2, a3, a4, a5
    dots[1, t], dots[1, t1], dots[1, t2], dots[1, t3], dots[1, t4], dots[1, t5] = b0, b1, b2, b3, b4, b5


@njit(inline="always")
def _scores_of_three(pair, block, at, dots, t, width):
    """The same with three target rows."""
    w = uint64(width)
    w2 = w + w
    a0 = a1 = a2 = b0 = b1 = b2 = float32(0)
    for d in range(w):
        u, v, e = pair[d], pair[d + w], at + d
        a0 += u * block[e]
        b0 += v * block[e]
        a1 += u * block[e + w]
        b1 += v * block[e + w]
        a2 += u * block[e + w2]
        b2 += v * block[e + w2]
    t1, t2 = t + uint64(1), t + uint64(2)
    dots[0, t], dots[0, t1], dots[0, t2] = a0, a1, a2
    dots[1, t], dots[1, t1], dots[1, t2] = b0, b1, b2


@njit(inline="always")
def _slopes(dots, labels, n, size, two, rate, curves):
    """Turn dot products into (label - sigmoid) * rate, in place, 0 where there is no target; returns the loss."""
    loss = float32(0)
    for r in range(uint64(2)):
        here = float32(1) if r == 0 or two else float32(0)
        for t in range(size):
            used = here if t < uint64(n) else float32(0)
            dot = dots[r, t]
            place = _on_curve(dot)
            loss += used * _surprise(curves, place, dot, labels[t])
            dots[r, t] = (labels[t] - curves[0, place]) * (rate * used)
    return loss


@njit(inline="always")
def _steps(pair, block, change, at, slopes, t, width):
    """Add the slopes times six target rows to the two new context rows, and times the old ones to `change`."""
    w = uint64(width)
    w2, w3, w4, w5 = w + w, w + w + w, w + w + w + w, w + w + w + w + w
    t1, t2, t3, t4, t5 = t + uint64(1), t + uint64(2), t + uint64(3), t + uint64(4), t + uint64(5)
    a0, a1, a2, a3, a4, a5 = slopes[0, t], slopes[0, t1], slopes[0, t2], slopes[0, t3], slopes[0, t4], slopes[0, t5]
    b0, b1, b2, b3, b4, b5 = slopes[1, t], slopes[1, t1], slopes[1, t2], slopes[1, t3], slopes[1, t4], slopes[1, t5]
    for d in range(w):
        u, v, e = pair[d], pair[d + w], at + d
        c0, c1, c2, c3, c4, c5 = block[e], block[e + w], block[e + w2], block[e + w3], block[e + w4], block[e + w5]
        pair[d + w2] += a0 * c0 + a1 * c1 + a2 * c2 + a3 * c3 + a4 * c4 + a5 * c5
        pair[d + w3] += b0 * c0 + b1 * c1 + b2 * c2 + b3 * c3 + b4 * c4 + b5 * c5
        change[e] += a0 * u + b0 * v
        change[e + w] += a1 * u + b1 * v
        change[e + w2] += a2 * u + b2 * v
        change[e + w3] += a3 * u + b3 * v
        change[e + w4] += a4 * u + b4 * v
        change[e + w5] += a5 * u + b5 * v


@njit(inline="always")
def _steps_of_three(pair, block, change, at, slopes, t, width):
    """The same with three target rows."""
    w = uint64(width)
    w2, w3 = w + w, w + w + w
    t1, t2 = t + uint64(1), t + uint64(2)
    a0, a1, a2 = slopes[0, t], slopes[0, t1], slopes[0, t2]
    b0, b1, b2 = slopes[1, t], slopes[1, t1], slopes[1, t2]
    for d in range(w):
        u, v, e = pair[d], pair[d + w], at + d
        c0, c1, c2 = block[e], block[e + w], block[e + w2]
        pair[d + w2] += a0 * c0 + a1 * c1 + a2 * c2
        pair[d + w3] += b0 * c0 + b1 * c1 + b2 * c2
        change[e] += a0 * u + b0 * v
        change[e + w] += a1 * u + b1 * v
        change[e + w2] += a2 * u + b2 * v


@njit(inline="always")
def _two_contexts(words, a, b, two, pair, block, change, dots, labels, n, size, rate, curves, width, group):
    """One step for the context rows a and b (b only if `two`) against all targets; returns the loss before it.

    pair: the rows as they were and as they become, side by side with block in memory that nothing else points to: the
    compiler then knows that no store changes what the next load reads.
    """
    w = uint64(width)
    for d in range(w):
        u, v = words[a, d], words[b, d]
        pair[d], pair[d + w], pair[d + w + w], pair[d + w + w + w] = u, v, u, v
    for t in range(uint64(0), size, uint64(group)):
        if group == 3:
            _scores_of_three(pair, block, t * w, dots, t, width)
        else:
            _scores(pair, block, t * w, dots, t, width)
    loss = _slopes(dots, labels, n, size, two, rate, curves)
    for t in range(uint64(0), size, uint64(group)):
        if group == 3:
            _steps_of_three(pair, block, change, t * w, dots, t, width)
        else:
            _steps(pair, block, change, t * w, dots, t, width)
    for d in range(w):
        words[a, d] += pair[d + w + w] - pair[d]
    if two:
        for d in range(w):
            words[b, d] += pair[d + w + w + w] - pair[d + w]
    return loss


@lru_cache
def windows(width: int, bits: int, group: int):
    """The skip-gram kernel for rows of `width` floats, vectors of `bits` (256 or 512) and targets taken `group` (3 or 6) at once."""

    @njit(void(*_COMMON), **_FAST)
    def train(tokens, offsets, use, keep, noise, up, n_negatives, words, outputs, curves, window, rate, last_rate, state, most, sums):
        if bits == 512:
            wide_vectors()
        longest = (most + group - 1) // group * group
        block, change = np.zeros(longest * width, np.float32), np.zeros(longest * width, np.float32)
        pair, dots = np.zeros(4 * width, np.float32), np.zeros((2, longest), np.float32)
        targets, labels = np.zeros(longest, np.int64), np.zeros(longest, np.float32)
        next_targets, next_labels = np.zeros(longest, np.int64), np.zeros(longest, np.float32)
        sentence = np.empty(np.max(np.diff(offsets)) + 1, np.int32)
        loss, n_pairs, total = 0.0, 0, float32(offsets[-1])
        for s in range(len(offsets) - 1):
            if not use[s]:
                continue
            state, n = _survivors(tokens, offsets[s], offsets[s + 1], keep, sentence, state)
            if n < 2:
                continue
            now = rate + (last_rate - rate) * (float32(offsets[s]) / total)
            next_reach, n_next = 0, 0
            for i in range(-1, n):
                reach, n_targets = next_reach, n_next
                for t in range(n_next):
                    targets[t], labels[t] = next_targets[t], next_labels[t]
                if i + 1 < n:
                    state = _next(state)
                    next_reach = _reach(state, window)
                    state, n_next = _targets(int64(sentence[i + 1]), noise, up, n_negatives, next_targets, next_labels, state)
                    if i + 2 + window < n:
                        _fetch_row(words, sentence[i + 2 + window], width)
                if i < 0:
                    continue
                size = uint64((n_targets + group - 1) // group * group)
                _gather(outputs, targets, n_targets, size, block, change, width)
                first, last = max(0, i - reach), min(n, i + reach + 1)
                # Rows are asked for a few at a time: all at once they would hold up the work that could go on meanwhile.
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
                        _fetch_row(outputs, next_targets[fetched], width)
                        fetched += 1
                    window_loss += _two_contexts(words, a, b, two, pair, block, change, dots, labels, n_targets, size, now,
                                                 curves, width, group)
                    j = other + 1
                _scatter(outputs, targets, n_targets, change, width)
                loss += float64(window_loss)
                n_pairs += last - first - 1
        sums[0] += loss
        sums[1] += n_pairs

    return train


# Example by example


@njit(inline="always")
def _hidden(words, around, first, last, skip, hidden, width):
    """The mean of the word rows around[first:last] without around[skip], into `hidden`; returns how many they are."""
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
    return n


@njit(inline="always")
def _example(outputs, hidden, change, targets, labels, n, rate, curves, width):
    """One step for each target of one example, in order; the input's step gathers in `change`. Returns the loss."""
    loss = float32(0)
    for d in range(uint64(width)):
        change[d] = 0
    for t in range(n):
        row, dot = uint64(targets[t]), float32(0)
        for d in range(uint64(width)):
            dot += hidden[d] * outputs[row, d]
        place = _on_curve(dot)
        loss += _surprise(curves, place, dot, labels[t])
        slope = (labels[t] - curves[0, place]) * rate
        for d in range(uint64(width)):
            seen = outputs[row, d]
            change[d] += slope * seen
            outputs[row, d] = seen + slope * hidden[d]
    return loss


@lru_cache
def examples(width: int, bits: int, cbow: bool):
    """The kernel that learns from one example after the other: CBOW, or skip-gram with negatives for each pair."""

    @njit(void(*_COMMON), **_FAST)
    def train(tokens, offsets, use, keep, noise, up, n_negatives, words, outputs, curves, window, rate, last_rate, state, most, sums):
        if bits == 512:
            wide_vectors()
        hidden, change = np.zeros(width, np.float32), np.zeros(width, np.float32)
        targets, labels = np.zeros(most, np.int64), np.zeros(most, np.float32)
        next_targets, next_labels = np.zeros(most, np.int64), np.zeros(most, np.float32)
        sentence = np.empty(np.max(np.diff(offsets)) + 1, np.int32)
        loss, n_examples, total = 0.0, 0, float32(offsets[-1])
        for s in range(len(offsets) - 1):
            if not use[s]:
                continue
            state, n = _survivors(tokens, offsets[s], offsets[s + 1], keep, sentence, state)
            if n < 2:
                continue
            now = rate + (last_rate - rate) * (float32(offsets[s]) / total)
            next_reach, n_next = 0, 0
            for i in range(-1, n):
                reach, n_targets = next_reach, n_next
                for t in range(n_next):
                    targets[t], labels[t] = next_targets[t], next_labels[t]
                if i + 1 < n and cbow:
                    state = _next(state)
                    next_reach = _reach(state, window)
                    state, n_next = _targets(int64(sentence[i + 1]), noise, up, n_negatives, next_targets, next_labels, state)
                    for t in range(n_next):
                        _fetch_row(outputs, next_targets[t], width)
                    if i + 2 + window < n:
                        _fetch_row(words, sentence[i + 2 + window], width)
                if i < 0:
                    continue
                if not cbow:
                    state = _next(state)
                    reach = _reach(state, window)
                first, last = max(0, i - reach), min(n, i + reach + 1)
                for j in range(first, first + 1 if cbow else last):
                    if cbow:
                        _hidden(words, sentence, first, last, i, hidden, width)
                    elif j != i:
                        _hidden(words, sentence, j, j + 1, i, hidden, width)
                        state, n_targets = _targets(int64(sentence[i]), noise, up, n_negatives, targets, labels, state)
                    else:
                        continue
                    loss += float64(_example(outputs, hidden, change, targets, labels, n_targets, now, curves, width))
                    n_examples += 1
                    for k in range(first if cbow else j, last if cbow else j + 1):
                        if k != i:
                            row = uint64(sentence[k])
                            for d in range(uint64(width)):
                                words[row, d] += change[d]
        sums[0] += loss
        sums[1] += n_examples

    return train
