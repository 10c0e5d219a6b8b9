"""GloVe (Pennington, Socher and Manning 2014): co-occurrence counts row by row, AdaGrad over tiles of entries.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when this module is first imported, and cached.

The kernel that trains is made for one row width, a constant to the compiler, when it is first asked for.

A text here is int32 word ids with -1 after each sentence. A parameter row is [vector | squared gradients], each part
padded with zeros (ones) to `width` floats, a multiple of 16, so that loops need no remainder and one row is one place
in memory. An entry of the matrix is one record of 16 bytes, log x and f(x) taken once: training reads them in order
and never writes them, so that they may as well lie in a file.
"""

from functools import lru_cache

import numpy as np
from numba import boolean, float32, float64, from_dtype, int32, int64, njit, uint64, void

from embedlab.kernels.machine import fetch_line, wide_vectors

AHEAD = 3  # entries from fetching rows to using them
ROWS_AT_ONCE = 2  # entries of so many rows are shuffled together
ENTRY = np.dtype([("row", np.int32), ("column", np.int32), ("log_x", np.float32), ("weight", np.float32)])

_entries = from_dtype(ENTRY)[::1]
_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_EXACT = dict(cache=True, nogil=True, error_model="numpy")


@njit(int64(int32[::1], int64[::1], boolean[::1], int64, int32[::1], int64), **_EXACT)
def compact(tokens, ends, chosen, n_words, text, at):
    """Append to `text`, from `at` on, the ids below n_words of each chosen sentence, then -1; returns the new end.

    ends: where each sentence of `tokens` ends. Rare words vanish and their neighbours close up, as in the original
    program. A sentence of which nothing stays leaves nothing.
    """
    place = 0
    for s in range(len(ends)):
        first = at
        if chosen[s]:
            for token in tokens[place : ends[s]]:
                if token < n_words:
                    text[at] = token
                    at += 1
        place = ends[s]
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


@njit(
    [
        int64(
            int32[::1],
            int32[::1],
            int64[::1],
            int64,
            int64,
            float64[::1],
            float64[::1],
            int32[::1],
            int32[::1],
            kind[::1],
            int64[::1],
        )
        for kind in (float32, float64)
    ],
    **_EXACT,
)
def count_rows(text, places, starts, first, last, weights, total, touched, columns, values, sizes):
    """Count rows first..last of the co-occurrence matrix; returns how many entries were written.

    places[starts[w]:starts[w + 1]] are the positions of word w in `text`, which begins with -1. weights[d - 1] is the
    weight of a neighbour at distance d. total: float64 (n_words,), all zero before and after; touched: int32 (n_words +
    1,), scratch. columns, values: where entries go, columns ascending within a row; sizes: entries of each row.
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
            columns[written : written + n] = np.sort(touched[:n])
        for e in range(written, written + n):
            values[e] = total[columns[e]]
            total[columns[e]] = 0
        sizes[row - first] = n
        written += n
    return written


@njit(
    int64(int64[:, ::1], int32[::1], float64[::1], float64[::1], int32[::1], int32[::1], float32[::1], int64[::1]),
    **_EXACT,
)
def add_rows(ends, parts, sums, total, touched, columns, values, sizes):
    """Rows of a matrix as the sum of its parts, which lie one after the other in `parts` (columns) and `sums`; how many
    entries.

    ends: (n_parts, n_rows + 1), where the rows of each part lie. The rest is as for `count_rows`.
    """
    written = 0
    for row in range(len(sizes)):
        n = 0
        for part in range(len(ends)):
            for e in range(ends[part, row], ends[part, row + 1]):
                touched[n] = parts[e]
                n += total[parts[e]] == 0
                total[parts[e]] += sums[e]
        columns[written : written + n] = np.sort(touched[:n])
        for e in range(written, written + n):
            values[e] = total[columns[e]]
            total[columns[e]] = 0
        sizes[row] = n
        written += n
    return written


@njit(uint64(uint64), inline="always", **_EXACT)
def _next(state):
    """xorshift64: Marsaglia 2003."""
    state ^= state << uint64(13)
    state ^= state >> uint64(7)
    state ^= state << uint64(17)
    return state


@njit(void(_entries, int64, int64, uint64), **_EXACT)
def shuffle(entries, first, last, state):
    """Shuffle entries first..last in place (Fisher-Yates); `state` is any number but 0."""
    for e in range(last - 1, first, -1):
        state = _next(state)
        # The high half of a product maps 32 random bits to 0..e - first without a division.
        o = first + int64(((state >> uint64(32)) * uint64(e - first + 1)) >> uint64(32))
        row, column, log_x, weight = entries[e].row, entries[e].column, entries[e].log_x, entries[e].weight
        entries[e].row, entries[e].column = entries[o].row, entries[o].column
        entries[e].log_x, entries[e].weight = entries[o].log_x, entries[o].weight
        entries[o].row, entries[o].column, entries[o].log_x, entries[o].weight = row, column, log_x, weight


@njit(
    void(int32[::1], float32[::1], int64[::1], int64, int32[::1], float64, float64, uint64, int64[::1], _entries),
    **_EXACT,
)
def lay_out(columns, values, sizes, first, block_of, x_max, alpha, seed, cuts, entries):
    """Counted rows from `first` on as entries, grouped by the block of their column.

    Within a group rows ascend, a few at a time, whose entries are shuffled: those few rows stay in the nearest cache,
    and a step seldom waits for the one before it to end.

    sizes: how many of `columns` and `values` each row has. f(x) = min(1, (x / x_max)^alpha) (equation 9). cuts: int64
    (n_blocks + 1,), all zero; becomes where each group begins.
    """
    for column in columns:
        cuts[block_of[column] + 1] += 1
    for b in range(1, len(cuts)):
        cuts[b] += cuts[b - 1]
    at, end = cuts.copy(), 0
    for row in range(len(sizes)):
        begin, end = end, end + sizes[row]
        for k in range(begin, end):
            block = block_of[columns[k]]
            log_x = np.log(float64(values[k]))
            e = at[block]
            entries[e].row, entries[e].column, entries[e].log_x = first + row, columns[k], log_x
            entries[e].weight = min(1.0, np.exp(alpha * (log_x - np.log(x_max))))
            at[block] += 1
    state = _next((seed ^ (uint64(first + 1) * uint64(0x9E3779B97F4A7C15))) | uint64(1))
    for b in range(len(cuts) - 1):
        begin = cuts[b]
        for e in range(cuts[b], cuts[b + 1]):
            if e + 1 == cuts[b + 1] or entries[e + 1].row // ROWS_AT_ONCE != entries[e].row // ROWS_AT_ONCE:
                shuffle(entries, begin, e + 1, state)
                state, begin = _next(state), e + 1


_model = (float32[:, ::1], float32[:, ::1], float32[:, ::1], float32[:, ::1])


@njit(inline="always")
def _fetch_rows(entry, words, contexts, width):
    """Ask for the rows of an entry that comes soon."""
    i, j = uint64(entry.row), uint64(entry.column)
    for d in range(uint64(0), uint64(2 * width), uint64(16)):
        fetch_line(contexts, j, d)
        fetch_line(words, i, d)


@njit(inline="always")
def _product(words, i, contexts, j, width):
    """Dot product of word vector i and context vector j.

    The next step waits for it, so it is summed in 16 lanes that meet once; short and long ones are better left to the
    compiler.
    """
    dot = float32(0)
    if 96 <= width <= 256:
        for lane in range(uint64(16)):
            part = float32(0)
            for d in range(uint64(0), uint64(width), uint64(16)):
                part += words[i, lane + d] * contexts[j, lane + d]
            dot += part
    else:
        for d in range(uint64(width)):
            dot += words[i, d] * contexts[j, d]
    return dot


@njit(inline="always")
def _adagrad(words, i, contexts, j, scaled, width):
    """Move word row i and context row j by their gradients, `scaled` times each other's vector."""
    w = uint64(width)
    for d in range(w):
        u, v = words[i, d], contexts[j, d]
        gu, gv = scaled * v, scaled * u
        su, sv = words[i, d + w] + gu * gu, contexts[j, d + w] + gv * gv
        # Divided by a root in this form, the compiler takes the hardware's estimate of 1/sqrt and refines it once.
        words[i, d] = u - gu / np.sqrt(su)
        contexts[j, d] = v - gv / np.sqrt(sv)
        words[i, d + w] = su
        contexts[j, d + w] = sv


@lru_cache
def training(width: int):
    """The kernel that trains parameter rows of `width`: one AdaGrad step for each entry of the tiles, in order.

    tiles: (first, last) entry of each; which: those to go through, in this order. losses[t] becomes the sum over tile t
    of f(x) / 2 * (w.c + b + b' - log x)^2. words, contexts: parameter rows; word_bias, context_bias: (n_words, 2), a
    bias and its squared gradients. As in the authors' program the learning rate is part of the gradient whose square is
    summed. Unlike there, a gradient is summed before it is divided, so no parameter ever moves by more than 1, and the
    common factor of all gradients of an entry stays within 100: together they keep every learning rate from
    overflowing.
    """

    @njit(void(int64[:, ::1], int64[::1], _entries, *_model, float32, float64[::1]), **_FAST)
    def train(tiles, which, entries, words, contexts, word_bias, context_bias, rate, losses):
        wide_vectors()
        for t in which:
            loss, last = 0.0, uint64(tiles[t, 1])
            for e in range(uint64(tiles[t, 0]), last):
                _fetch_rows(entries[min(e + uint64(AHEAD), last - uint64(1))], words, contexts, width)
                entry = entries[e]
                i, j = uint64(entry.row), uint64(entry.column)  # unsigned: no index is checked for being negative
                difference = _product(words, i, contexts, j, width) + (
                    word_bias[i, 0] + context_bias[j, 0] - entry.log_x
                )
                loss += float64(float32(0.5) * entry.weight * difference * difference)
                scaled = max(min((entry.weight * rate) * difference, float32(100)), float32(-100))
                _adagrad(words, i, contexts, j, scaled, width)
                for bias, k in ((word_bias, i), (context_bias, j)):
                    square = bias[k, 1] + scaled * scaled
                    bias[k, 0] -= scaled / np.sqrt(square)
                    bias[k, 1] = square
            losses[t] = loss

    return train


@njit(int64(int32[::1], int32[:, ::1], float32[:, ::1], float32[:, ::1], float32[:, ::1]), **_FAST)
def rank_rivals(words, candidates, word_rows, context_rows, context_bias):
    """How many rivals are ranked above the neighbour of their word, in halves: 2 each, 1 for a tie.

    candidates: (n, 1 + rivals), the neighbour first, -1 where a rival is missing. The rank is by w.c + b'.
    """
    width, halves = word_rows.shape[1] // 2, 0
    for q in range(len(words)):
        i, neighbour = uint64(words[q]), float32(0)
        for k in range(candidates.shape[1]):
            if candidates[q, k] < 0:
                continue
            j = uint64(candidates[q, k])
            score = context_bias[j, 0]
            for d in range(width):
                score += word_rows[i, d] * context_rows[j, d]
            if k == 0:
                neighbour = score
            elif score >= neighbour:
                halves += 2 if score > neighbour else 1
    return halves
