"""Nearest neighbours: the best k of blocks of scores, ranks, and the two-sided form of a neighbour graph.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when this module is first imported, and cached.

A neighbour graph of n points is (n, k) indices with one number an edge. Its two-sided form lists, for each point, the
edges in either direction, columns ascending, as `starts` int64 (n + 1,), `columns` int32 and `values` float32.
"""

import numpy as np
from numba import float32, float64, int32, int64, njit, uint64, void

from embedlab.kernels.machine import wide_vectors

_EXACT = dict(cache=True, nogil=True, error_model="numpy")
# Scores looked at together; nearly all chunks hold nothing good enough and cost a few instructions. Loops over them have a
# length known to the compiler and unsigned indices, which need no check for counting from the end: so they become vectors.
CHUNK = 32
TILE_CHUNK, TILE_PART = 64, 16


@njit([void(float32[::1], int32[::1], float32, int32), void(float64[::1], int32[::1], float64, int32)], **_EXACT)
def _replace_worst(best, where, score, index):
    """Put an entry in place of the root of a heap whose root is the worst: the lowest score, of equals the last index."""
    at, k = 0, len(best)
    while True:
        child = 2 * at + 1
        if child >= k:
            break
        other = child + 1
        if other < k and (best[other] < best[child] or best[other] == best[child] and where[other] > where[child]):
            child = other
        if best[child] > score or best[child] == score and where[child] < index:
            break
        best[at], where[at] = best[child], where[child]
        at = child
    best[at], where[at] = score, index


def _best_of_block(scores, first_column, best, where):
    """Let a block of scores (n_rows, n) compete for the k best of each row, a heap in best and where (n_rows, k).

    Column j of the block stands for point first_column + j. Columns come in ascending order over the calls, so of
    equal scores the first stays.
    """
    for r in range(scores.shape[0]):
        line, heap, ids = scores[r], best[r], where[r]
        n = uint64(len(line))
        worst = heap[0]
        for start in range(uint64(0), n, uint64(CHUNK)):
            better = int32(0)
            if start + uint64(CHUNK) <= n:
                for lane in range(uint64(CHUNK)):
                    better += int32(line[start + lane] > worst)
            if better or start + uint64(CHUNK) > n:
                for j in range(start, min(start + uint64(CHUNK), n)):
                    if line[j] > worst:
                        _replace_worst(heap, ids, line[j], int32(first_column + int64(j)))
                        worst = heap[0]


best_of_block = njit([void(float32[:, ::1], int64, float32[:, ::1], int32[:, ::1]),
                      void(float64[:, ::1], int64, float64[:, ::1], int32[:, ::1])], **_EXACT)(_best_of_block)


@njit(inline="always")
def _any_reaches(line, start, bar, bars, length):
    """How many of so many scores may be good enough for the row or for their column."""
    found = int32(0)
    for lane in range(length):
        found += int32(line[start + lane] >= min(bar, bars[start + lane]))
    return found


def _best_of_tile(scores, first_row, first_column, best, where, best_down, where_down):
    """Let a tile of scores (n_rows, n_columns) compete for the best of each row, and for the best of each column too.

    best, where: heaps (n_rows, k) of the rows; best_down, where_down: those of the columns, without rows where only
    the rows count. Row i stands for point first_row + i, column j for first_column + j. Tiles may come in any order:
    of equal scores the lower point stays.
    """
    wide_vectors()
    n, down = uint64(scores.shape[1]), len(best_down) > 0
    bars = best_down[:, 0].copy() if down else np.full(n, np.inf, scores.dtype)
    for r in range(scores.shape[0]):
        line, heap, ids, own = scores[r], best[r], where[r], int32(first_row + r)
        bar = heap[0]
        for start in range(uint64(0), n, uint64(TILE_CHUNK)):
            whole = start + uint64(TILE_CHUNK) <= n
            if whole and _any_reaches(line, start, bar, bars, uint64(TILE_CHUNK)) == 0:
                continue
            for part in range(start, min(start + uint64(TILE_CHUNK), n), uint64(TILE_PART)):
                if whole and _any_reaches(line, part, bar, bars, uint64(TILE_PART)) == 0:
                    continue
                for j in range(part, min(part + uint64(TILE_PART), n)):
                    score, column = line[j], int32(first_column + int64(j))
                    if score > bar or score == bar and column < ids[0]:
                        _replace_worst(heap, ids, score, column)
                        bar = heap[0]
                    if score > bars[j] or score == bars[j] and down and own < where_down[j, 0]:
                        _replace_worst(best_down[j], where_down[j], score, own)
                        bars[j] = best_down[j, 0]


best_of_tile = njit([void(float32[:, ::1], int64, int64, float32[:, ::1], int32[:, ::1], float32[:, ::1], int32[:, ::1]),
                     void(float64[:, ::1], int64, int64, float64[:, ::1], int32[:, ::1], float64[:, ::1], int32[:, ::1])],
                    **_EXACT)(_best_of_tile)


@njit([void(float32[:, ::1], int32[:, ::1]), void(float64[:, ::1], int32[:, ::1])], **_EXACT)
def sort_heaps(best, where):
    """Sort each row of heaps from `best_of_block`: best score first, equal ones by index."""
    for r in range(best.shape[0]):
        heap, ids = best[r], where[r]
        for last in range(len(heap) - 1, 0, -1):
            score, index = heap[0], ids[0]
            _replace_worst(heap[:last], ids[:last], heap[last], ids[last])
            heap[last], ids[last] = score, index


@njit([int64(float32[:, ::1], int32[:, ::1], int64), int64(float64[:, ::1], int32[:, ::1], int64)], **_EXACT)
def excess_ranks(distances, chosen, k):
    """Sum over the chosen points (n_rows, m) of how far their rank in `distances` (n_rows, n) lies beyond k.

    The rank of a point is one more than the number of points strictly closer.
    """
    total = 0
    for r in range(chosen.shape[0]):
        line = distances[r]
        for c in chosen[r]:
            limit, closer = line[c], 0
            for j in range(len(line)):
                closer += line[j] < limit
            total += max(closer + 1 - k, 0)
    return total


@njit(void(int64[::1], int32[::1], float32[::1], int64[::1], int32[::1], float32[::1]), **_EXACT)
def transpose(starts, columns, values, out_starts, out_columns, out_values):
    """The edges seen from their other ends, columns ascending; out_starts holds n + 1 zeros before."""
    n = len(starts) - 1
    for e in range(starts[n]):
        out_starts[columns[e] + 1] += 1
    for i in range(n):
        out_starts[i + 1] += out_starts[i]
    at = out_starts[:-1].copy()
    for i in range(n):
        for e in range(starts[i], starts[i + 1]):
            place = at[columns[e]]
            out_columns[place], out_values[place] = i, values[e]
            at[columns[e]] += 1


@njit(int64(int64[::1], int32[::1], float32[::1], int64[::1], int32[::1], float32[::1], float32, float32, int64[::1],
            int32[::1], float32[::1]), **_EXACT)
def join(starts, columns, values, back_starts, back_columns, back_values, scale, both, out_starts, out_columns, out_values):
    """The two-sided form of a graph and its transpose, columns ascending in each; returns how many edges there are.

    An edge with value a one way and b the other, 0 where there is none, gets scale * (a + b - both * a * b).
    """
    n = len(starts) - 1
    written = 0
    for i in range(n):
        e, b = starts[i], back_starts[i]
        while e < starts[i + 1] or b < back_starts[i + 1]:
            here = columns[e] if e < starts[i + 1] else n
            there = back_columns[b] if b < back_starts[i + 1] else n
            one, other = float32(0), float32(0)
            if here <= there:
                one = values[e]
                e += 1
            if there <= here:
                other = back_values[b]
                b += 1
            out_columns[written] = min(here, there)
            out_values[written] = scale * (one + other - both * one * other)
            written += 1
        out_starts[i + 1] = written
    return written
