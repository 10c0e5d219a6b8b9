"""Arithmetic of recommending: least squares by alternation, and how often items are chosen together.

Plain arrays in, plain arrays out; every kernel releases the GIL and works on a range of rows, so that threads share
them. A sparse matrix is `offsets` int64 (n_rows + 1,) and `columns` int32, with `weights` float32 where it has any.
"""

import numpy as np
from numba import float32, float64, int32, int64, njit, uint64, void

_FAST = dict(cache=True, nogil=True, fastmath=True, error_model="numpy")


@njit([void(float32[:, ::1], float32[::1], float32[::1])], **_FAST)
def _times(matrix, vector, out):
    """out = matrix vector, of a symmetric matrix, by its rows."""
    n = uint64(len(vector))
    for d in range(n):
        out[d] = 0
    for i in range(n):
        weight, row = vector[i], matrix[i]
        for d in range(n):
            out[d] += weight * row[d]


@njit(
    [
        void(
            int64[::1],
            int32[::1],
            float32[::1],
            float32[:, ::1],
            float32[:, ::1],
            float32[::1],
            float32[:, ::1],
            int64,
            int64,
            int64,
        )
    ],
    **_FAST,
)
def solve_rows(offsets, columns, weights, others, gram, penalties, rows, first, last, steps):
    """Improve rows first..last of `rows` (n, k) by `steps` of conjugate gradients, from where they stand.

    Row u goes towards the solution of (G + sum_i (c_i - 1) y_i y_i^T + penalty_u I) x = sum_i c_i y_i over its entries
    i, with y = others (m, k), G = gram = y^T y and c = weights (Hu, Koren and Volinsky 2008, equation 4; conjugate
    gradients as in Takacs, Pilaszy and Tikk 2011). The rows that an equation needs are copied side by side on its first
    pass, and stay near for the others.
    """
    k, most = uint64(rows.shape[1]), int64(0)
    for u in range(first, last):
        most = max(most, offsets[u + 1] - offsets[u])
    near = np.empty((most, k), np.float32)
    left, step, image = np.empty(k, np.float32), np.empty(k, np.float32), np.empty(k, np.float32)
    for u in range(first, last):
        x, penalty = rows[u], penalties[u]
        _times(gram, x, image)
        for d in range(k):
            left[d] = -image[d] - penalty * x[d]
        begin, n = uint64(offsets[u]), uint64(offsets[u + 1] - offsets[u])
        for e in range(n):
            y, own, c, dot = others[columns[begin + e]], near[e], weights[begin + e], float32(0)
            for d in range(k):
                own[d] = y[d]
                dot += y[d] * x[d]
            weight = c - (c - float32(1)) * dot
            for d in range(k):
                left[d] += weight * own[d]
        size = float32(0)
        for d in range(k):
            step[d] = left[d]
            size += left[d] * left[d]
        for _ in range(steps):
            if size < float32(1e-12):
                break
            _times(gram, step, image)
            for d in range(k):
                image[d] += penalty * step[d]
            for e in range(n):
                y, dot = near[e], float32(0)
                for d in range(k):
                    dot += y[d] * step[d]
                weight = (weights[begin + e] - float32(1)) * dot
                for d in range(k):
                    image[d] += weight * y[d]
            along = float32(0)
            for d in range(k):
                along += step[d] * image[d]
            length, before = size / along, size
            size = float32(0)
            for d in range(k):
                x[d] += length * step[d]
                left[d] -= length * image[d]
                size += left[d] * left[d]
            ratio = size / before
            for d in range(k):
                step[d] = left[d] + ratio * step[d]


@njit(
    [
        void(
            int64[::1],
            int32[::1],
            float32[::1],
            float32[:, ::1],
            float32[:, ::1],
            float32[::1],
            float64[:, :, ::1],
            float64[:, ::1],
            int64,
            int64,
        )
    ],
    **_FAST,
)
def normal_equations(offsets, columns, weights, others, gram, penalties, matrices, sides, first, last):
    """Write the left matrices (n, k, k) and right sides (n, k) of the equations that `solve_rows` approaches, of rows
    first..last."""
    k = uint64(others.shape[1])
    for u in range(first, last):
        for i in range(k):
            sides[u, i] = 0
            for d in range(k):
                matrices[u, i, d] = gram[i, d]
            matrices[u, i, i] += penalties[u]
        for e in range(offsets[u], offsets[u + 1]):
            y, c = others[columns[e]], weights[e]
            for i in range(k):
                weight = (c - float32(1)) * y[i]
                sides[u, i] += c * y[i]
                for d in range(k):
                    matrices[u, i, d] += weight * y[d]


@njit(
    [void(int64[::1], int32[::1], float32[::1], int64[::1], int32[::1], float32[::1], float32[:, ::1], int64, int64)],
    **_FAST,
)
def together_rows(item_offsets, users, item_weights, offsets, items, weights, out, first, last):
    """Write rows first..last of the product R^T R: out[i - first, j] = sum over users u of r_ui r_uj.

    R is given twice: by item (item_offsets, users, item_weights) and by user (offsets, items, weights).
    """
    for i in range(first, last):
        row = out[i - first]
        for j in range(uint64(len(row))):
            row[j] = 0
        for e in range(item_offsets[i], item_offsets[i + 1]):
            u, weight = users[e], item_weights[e]
            for f in range(offsets[u], offsets[u + 1]):
                row[items[f]] += weight * weights[f]


@njit([void(int64[::1], int32[::1], float32[:, ::1])], cache=True, nogil=True, error_model="numpy")
def hide_entries(offsets, columns, scores):
    """Set scores[row, column] of every entry to minus infinity."""
    for u in range(len(offsets) - 1):
        for e in range(offsets[u], offsets[u + 1]):
            scores[u, columns[e]] = -np.inf


@njit([void(int64[::1], int32[::1], float32[:, ::1], float32[:, ::1], int64, int64)], **_FAST)
def sum_rows(offsets, columns, table, out, first, last):
    """Write rows first..last of `out` (n_rows, width): the sum of the rows of `table` that each row's entries name."""
    width = uint64(table.shape[1])
    for u in range(first, last):
        total = out[u]
        for d in range(width):
            total[d] = 0
        for e in range(offsets[u], offsets[u + 1]):
            row = table[columns[e]]
            for d in range(width):
                total[d] += row[d]


@njit([void(int64[::1], int32[::1], int32[:, ::1], float32[:, ::1], float32[:, ::1], int64, int64)], **_FAST)
def sum_links(offsets, columns, near, strength, out, first, last):
    """The same where the row of an item is `strength` (n_items, k) at the places `near`, -1 for none, else 0."""
    for u in range(first, last):
        total = out[u]
        for j in range(uint64(len(total))):
            total[j] = 0
        for e in range(offsets[u], offsets[u + 1]):
            item = columns[e]
            for place in range(near.shape[1]):
                if near[item, place] < 0:
                    break
                total[near[item, place]] += strength[item, place]


@njit(
    [float64(int64[::1], int32[::1], float32[::1], float32[:, ::1], float32[:, ::1], int64, int64)],
    **_FAST,
)
def misfit(offsets, columns, weights, others, rows, first, last):
    """The sum of c (1 - x . y)^2 - (x . y)^2 over the entries of rows first..last, with x of `rows`, y of `others`."""
    total, k = 0.0, uint64(rows.shape[1])
    for u in range(first, last):
        x = rows[u]
        for e in range(offsets[u], offsets[u + 1]):
            y, dot = others[columns[e]], float32(0)
            for d in range(k):
                dot += y[d] * x[d]
            total += weights[e] * (1 - dot) ** 2 - dot**2
    return total
