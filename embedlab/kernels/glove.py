"""GloVe (Pennington, Socher and Manning 2014): co-occurrence counts row by row, AdaGrad over tiles of entries.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when this module is first imported, and cached.

A text here is int32 word ids with -1 after each sentence. A parameter row is [vector | squared gradients], each part
padded with zeros (ones) to `width` floats, a multiple of 16, so that loops need no remainder and one row is one place
in memory.
"""

import numpy as np
from numba import float32, float64, int32, int64, njit, uint64, void

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_EXACT = dict(cache=True, nogil=True, error_model="numpy")


@njit(int64(int32[::1], int64[::1], int64, int32[::1], int64), **_EXACT)
def compact(tokens, ends, n_words, text, at):
    """Append to `text`, from `at` on, the ids below n_words of each sentence, then -1; returns the new end.

    ends: where each sentence of `tokens` ends. Rare words vanish and their neighbours close up, as in the original
    program. A sentence of which nothing stays leaves nothing.
    """
    place = 0
    for s in range(len(ends)):
        first = at
        while place < ends[s]:
            if tokens[place] < n_words:
                text[at] = tokens[place]
                at += 1
            place += 1
        if at > first:
            text[at] = -1
            at += 1
    return at


@njit(void(int32[::1], int64, int64, int64[::1]), **_EXACT)
def count_words(text, first, last, counts):
    """Add to `counts` how often each id occurs in text[first:last]."""
    for place in range(first, last):
        if text[place] >= 0:
            counts[text[place]] += 1


@njit(void(int32[::1], int64, int64, int64[::1], int32[::1]), **_EXACT)
def place_words(text, first, last, at, places):
    """Sort positions first..last by word: at[w] is where the next position of w goes in `places`, and moves on."""
    for place in range(first, last):
        word = text[place]
        if word >= 0:
            places[at[word]] = place
            at[word] += 1


@njit(int64(int32[::1], int32[::1], int64[::1], int64, int64, float64[::1], float64[::1], int32[::1], int32[::1],
            float32[::1], int64[::1]), **_EXACT)
def count_rows(text, places, starts, first, last, weights, total, touched, columns, values, sizes):
    """Count rows first..last of the co-occurrence matrix; returns how many entries were written.

    places[starts[w]:starts[w + 1]] are the positions of word w in `text`, which begins with -1. weights[d - 1] is
    the weight of a neighbour at distance d. total: float64 (n_words,), all zero before and after; touched: int32
    (n_words + 1,), scratch. columns, values: where entries go, columns ascending within a row; sizes: entries of each row.
    """
    written = 0
    for row in range(first, last):
        n = 0
        for k in range(starts[row], starts[row + 1]):
            place = uint64(places[k])  # unsigned, so that no index is checked for counting from the end
            for d in range(len(weights)):
                word = text[place - uint64(d + 1)]
                if word < 0:
                    break
                seen = total[uint64(word)]
                touched[n] = word
                n += seen == 0
                total[uint64(word)] = seen + weights[d]
            for d in range(len(weights)):
                word = text[place + uint64(d + 1)]
                if word < 0:
                    break
                seen = total[uint64(word)]
                touched[n] = word
                n += seen == 0
                total[uint64(word)] = seen + weights[d]
        if n * 16 > len(total):  # nearly full: walking the row is quicker than sorting
            at = written
            for word in range(len(total)):
                if total[word] != 0:
                    columns[at] = word
                    at += 1
        else:
            columns[written:written + n] = np.sort(touched[:n])
        for e in range(written, written + n):
            values[e] = total[columns[e]]
            total[columns[e]] = 0
        sizes[row - first] = n
        written += n
    return written


@njit(uint64(uint64), inline="always", **_EXACT)
def _next(state):
    """xorshift64: Marsaglia 2003."""
    state ^= state << uint64(13)
    state ^= state >> uint64(7)
    state ^= state << uint64(17)
    return state


@njit(void(int32[::1], int32[::1], float32[::1], float32[::1], int64, int64, uint64), **_EXACT)
def shuffle(rows, columns, log_x, weight, first, last, state):
    """Shuffle entries first..last in place (Fisher-Yates); `state` is any number but 0."""
    for e in range(last - 1, first, -1):
        state = _next(state)
        # The high half of a product maps 32 random bits to 0..e - first without a division.
        o = first + int64(((state >> uint64(32)) * uint64(e - first + 1)) >> uint64(32))
        rows[e], rows[o] = rows[o], rows[e]
        columns[e], columns[o] = columns[o], columns[e]
        log_x[e], log_x[o] = log_x[o], log_x[e]
        weight[e], weight[o] = weight[o], weight[e]


@njit(float64(int32[::1], int32[::1], float32[::1], float32[::1], int64, int64, float32[:, ::1], float32[:, ::1],
              float32[:, ::1], float32[:, ::1], float32), **_FAST)
def step(rows, columns, log_x, weight, first, last, words, contexts, word_bias, context_bias, rate):
    """One AdaGrad step for each entry first..last, in order; returns the sum of f(x) / 2 * (w.c + b + b' - log x)^2.

    words, contexts: parameter rows; word_bias, context_bias: (n_words, 2), a bias and its squared gradients. As in
    the authors' program the learning rate is part of the gradient whose square is summed.
    """
    width = words.shape[1] // 2
    loss = 0.0
    for e in range(first, last):
        i, j = uint64(rows[e]), uint64(columns[e])
        w, c = words[i], contexts[j]
        dot = float32(0)
        for d in range(width):
            dot += w[d] * c[d]
        difference = dot + word_bias[i, 0] + context_bias[j, 0] - log_x[e]
        scaled = weight[e] * difference
        loss += 0.5 * float64(scaled) * float64(difference)
        scaled *= rate
        for d in range(width):
            u, v = w[d], c[d]
            gu, gv = scaled * v, scaled * u
            su, sv = w[width + d], c[width + d]
            w[d] = u - gu / np.sqrt(su)
            c[d] = v - gv / np.sqrt(sv)
            w[width + d] = su + gu * gu
            c[width + d] = sv + gv * gv
        word_bias[i, 0] -= scaled / np.sqrt(word_bias[i, 1])
        context_bias[j, 0] -= scaled / np.sqrt(context_bias[j, 1])
        word_bias[i, 1] += scaled * scaled
        context_bias[j, 1] += scaled * scaled
    return loss


@njit(float64(int64[:, ::1], uint64, int32[::1], int32[::1], float32[::1], float32[::1], float32[:, ::1],
              float32[:, ::1], float32[:, ::1], float32[:, ::1], float32), **_FAST)
def train_tiles(tiles, seed, rows, columns, log_x, weight, words, contexts, word_bias, context_bias, rate):
    """Shuffle and step through tiles (first, last) in order; returns the summed loss of all their entries."""
    loss = 0.0
    for t in range(len(tiles)):
        first, last = tiles[t, 0], tiles[t, 1]
        state = _next((seed + uint64(first) * uint64(0x9E3779B97F4A7C15)) | uint64(1))
        shuffle(rows, columns, log_x, weight, first, last, state)
        loss += step(rows, columns, log_x, weight, first, last, words, contexts, word_bias, context_bias, rate)
    return loss
