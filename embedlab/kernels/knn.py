"""Nearest neighbours: the best k of blocks of scores, ranks, and the two-sided form of a neighbour graph.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when this module is first imported, and cached.

A neighbour graph of n points is (n, k) indices with one number an edge. Its two-sided form lists, for each point, the
edges in either direction, columns ascending, as `starts` int64 (n + 1,), `columns` int32 and `values` float32.
"""

import numpy as np
from numba import float32, float64, int32, int64, njit, uint64, void

from embedlab.kernels.machine import wide_vectors, widest_vectors
from embedlab.kernels.simd_products import block, lowest, reaching

_EXACT = dict(cache=True, nogil=True, error_model="numpy")
# Scores looked at together; nearly all chunks hold nothing good enough and cost a few instructions. Loops over them
# have a length known to the compiler and unsigned indices, which need no check for counting from the end: so they
# become vectors.
CHUNK = 32
TILE_CHUNK, TILE_PART = 64, 16
_BITS = widest_vectors()
TOGETHER, PANEL = 8 if _BITS == 512 else 4, _BITS // 16  # rows and columns whose products fill the registers


@njit(
    [
        void(float32[:, ::1], int32[:, ::1], uint64, uint64, float32, int32),
        void(float64[:, ::1], int32[:, ::1], uint64, uint64, float64, int32),
    ],
    **_EXACT,
)
def _replace_worst(best, where, row, k, score, index):
    """Put an entry in place of the root of a heap, the first k of a row, whose root is the worst: the lowest score, of
    equals the last index."""
    at = uint64(0)
    while True:
        child = uint64(2) * at + uint64(1)
        if child >= k:
            break
        other = child + uint64(1)
        if other < k and (
            best[row, other] < best[row, child]
            or best[row, other] == best[row, child]
            and where[row, other] > where[row, child]
        ):
            child = other
        if best[row, child] > score or best[row, child] == score and where[row, child] < index:
            break
        best[row, at], where[row, at] = best[row, child], where[row, child]
        at = child
    best[row, at], where[row, at] = score, index


def _best_of_block(scores, first_column, best, where):
    """Let a block of scores (n_rows, n) compete for the k best of each row, a heap in best and where (n_rows, k).

    Column j of the block stands for point first_column + j. Columns come in ascending order over the calls, so of
    equal scores the first stays.
    """
    k = uint64(best.shape[1])
    for r in range(uint64(scores.shape[0])):
        line = scores[r]
        n = uint64(len(line))
        worst = best[r, uint64(0)]
        for start in range(uint64(0), n, uint64(CHUNK)):
            better = int32(0)
            if start + uint64(CHUNK) <= n:
                for lane in range(uint64(CHUNK)):
                    better += int32(line[start + lane] > worst)
            if better or start + uint64(CHUNK) > n:
                for j in range(start, min(start + uint64(CHUNK), n)):
                    if line[j] > worst:
                        _replace_worst(best, where, r, k, line[j], int32(first_column + int64(j)))
                        worst = best[r, uint64(0)]


best_of_block = njit(
    [
        void(float32[:, ::1], int64, float32[:, ::1], int32[:, ::1]),
        void(float64[:, ::1], int64, float64[:, ::1], int32[:, ::1]),
    ],
    **_EXACT,
)(_best_of_block)


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
    k = uint64(best.shape[1])
    for r in range(uint64(scores.shape[0])):
        line, own = scores[r], int32(first_row + int64(r))
        bar = best[r, uint64(0)]
        for start in range(uint64(0), n, uint64(TILE_CHUNK)):
            whole = start + uint64(TILE_CHUNK) <= n
            if whole and _any_reaches(line, start, bar, bars, uint64(TILE_CHUNK)) == 0:
                continue
            for part in range(start, min(start + uint64(TILE_CHUNK), n), uint64(TILE_PART)):
                if whole and _any_reaches(line, part, bar, bars, uint64(TILE_PART)) == 0:
                    continue
                for j in range(part, min(part + uint64(TILE_PART), n)):
                    score, column = line[j], int32(first_column + int64(j))
                    if score > bar or score == bar and column < where[r, uint64(0)]:
                        _replace_worst(best, where, r, k, score, column)
                        bar = best[r, uint64(0)]
                    if score > bars[j] or score == bars[j] and down and own < where_down[j, uint64(0)]:
                        _replace_worst(best_down, where_down, j, k, score, own)
                        bars[j] = best_down[j, uint64(0)]


best_of_tile = njit(
    void(float64[:, ::1], int64, int64, float64[:, ::1], int32[:, ::1], float64[:, ::1], int32[:, ::1]), **_EXACT
)(_best_of_tile)


@njit(void(float32[:, ::1], int64, int64, float32[:, :, ::1], int64, int64, float32[:, ::1], int32[:, ::1]), **_EXACT)
def best_products(rows, first_row, last_row, panels, first_column, last_column, best, where):
    """Let the products of some rows with others compete for the best of both: the scores are looked at as they are
    made.

    rows: float32 (n, dim) with TOGETHER spare rows behind the last; panels: the same rows as columns, float32
    (n_panels, dim, PANEL), zeros behind the last. best, where: heaps (n, k) of all rows. first_column is a multiple of
    PANEL. Columns equal to the rows are a tile on the diagonal, which counts for the rows only. Tiles may come in any
    order: of equal scores the lower point stays.
    """
    if _BITS == 512:
        wide_vectors()
    dim, width, k, down = uint64(rows.shape[1]), uint64(PANEL), uint64(best.shape[1]), first_row != first_column
    flat, columns = rows.reshape(rows.size), panels.reshape(panels.size)
    scores, ones = np.empty(TOGETHER * PANEL + 16, np.float32), np.ones(TOGETHER, np.float32)
    at = uint64(-(scores.ctypes.data >> 2) & 15)
    bars, bars_down = best[first_row:last_row, 0].copy(), np.full(PANEL, np.inf, np.float32)
    for column in range(uint64(first_column), uint64(last_column), width):
        n_columns = min(width, uint64(last_column) - column)
        if down:
            for j in range(n_columns):
                bars_down[j] = best[column + j, uint64(0)]
        for row in range(uint64(first_row), uint64(last_row), uint64(TOGETHER)):
            block(flat, row * dim, dim, columns, column * dim, width, scores, at, width, dim, ones, _BITS, TOGETHER, 2)
            for r in range(min(uint64(TOGETHER), uint64(last_row) - row)):
                line, own = at + r * width, row + r
                bar = bars[own - uint64(first_row)]
                good = reaching(scores, line, bar, bars_down, uint64(0), _BITS)
                while good:
                    j = lowest(good)
                    good &= good - uint64(1)
                    if j >= n_columns:
                        break
                    score, other = scores[line + j], column + j
                    if other != own and (score > bar or score == bar and int32(other) < where[own, uint64(0)]):
                        _replace_worst(best, where, own, k, score, int32(other))
                        bar = best[own, uint64(0)]
                    if down and (
                        score > bars_down[j] or score == bars_down[j] and int32(own) < where[other, uint64(0)]
                    ):
                        _replace_worst(best, where, other, k, score, int32(own))
                        bars_down[j] = best[other, uint64(0)]
                bars[own - uint64(first_row)] = bar


@njit([void(float32[:, ::1], int32[:, ::1]), void(float64[:, ::1], int32[:, ::1])], **_EXACT)
def sort_heaps(best, where):
    """Sort each row of heaps from `best_of_block`: best score first, equal ones by index."""
    for r in range(uint64(best.shape[0])):
        for last in range(best.shape[1] - 1, 0, -1):
            score, index = best[r, uint64(0)], where[r, uint64(0)]
            _replace_worst(best, where, r, uint64(last), best[r, last], where[r, last])
            best[r, last], where[r, last] = score, index


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


@njit(
    int64(
        int64[::1],
        int32[::1],
        float32[::1],
        int64[::1],
        int32[::1],
        float32[::1],
        float32,
        float32,
        int64[::1],
        int32[::1],
        float32[::1],
    ),
    **_EXACT,
)
def join(
    starts, columns, values, back_starts, back_columns, back_values, scale, both, out_starts, out_columns, out_values
):
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
