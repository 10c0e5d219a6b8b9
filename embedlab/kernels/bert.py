"""What lies between the products of a BERT block (Devlin et al. 2019) whose products are of whole numbers of eight
bits.

A product takes codes, uint8 (n, width), which stand for scales[row] * (code - top - 1), and its weights' scales; what
comes out, float32 (n, width), still lacks the scale of its row and the bias. The kernels put these two in, do their own
work on rows that the processor holds near, and round what they leave to codes again, so that little is read twice:

    rounded(x, top, codes, scales)                         the codes of x
    scaled(x, scales, bias)                                x with its scales and the bias, in place
    attention(size, bits)(qkv, starts, n_heads, out)       softmax(Q K^T / sqrt(size)) V of each text
    activated(x, scales, bias, top, codes, new_scales)     the codes of GELU(x)
    normalised(x, scales, bias, state, weight, shift, eps, top, codes, new_scales)
                                                           state = LayerNorm(state + x), and its codes

top is the largest number in a code, 127, or 63 where the processor adds up products in 16 bits and codes must stay
below 128. starts, int64 (n_texts + 1,), are the rows at which texts begin. All release the GIL and use one core.
"""

from functools import lru_cache

import numpy as np
from numba import float32, int32, int64, njit, uint8, uint64, void

from embedlab.kernels.machine import wide_vectors, widest_vectors
from embedlab.kernels.simd_products import block, copied, from_bits, powers, transposed

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_BITS = widest_vectors()
_TINY = 1e-30
_LOG2_E = 1.4426950408889634
# (Phi(x) - 1/2) / x by powers of x^2 for |x| up to 4: GELU within .0003.
_GELU = (0.397709072, -0.0643677726, 0.00869068178, -0.000798973111, 4.65507474e-05, -1.53394261e-06, 2.16163001e-08)


@njit(inline="always")
def _round_row(row, top, codes, i):
    """Write the codes of a row; returns its scale."""
    n = uint64(len(row))
    bits, farthest = row.view(np.int32), int32(0)
    for d in range(
        n
    ):  # as whole numbers, which the compiler compares many at a time; without the sign they have the same order
        farthest = max(farthest, bits[d] & int32(0x7FFFFFFF))
    largest = max(from_bits(farthest), float32(_TINY))
    times = float32(top) / largest
    for d in range(n):
        codes[i, d] = uint8(int32(row[d] * times + float32(top + 1.5)))
    return largest / float32(top)


@njit(void(float32[:, ::1], int64, uint8[:, ::1], float32[::1]), **_FAST)
def rounded(x, top, codes, scales):
    if _BITS == 512:
        wide_vectors()
    for i in range(len(x)):
        scales[i] = _round_row(x[i], top, codes, i)


@njit(void(float32[:, ::1], float32[::1], float32[::1], int64, uint8[:, ::1], float32[::1]), **_FAST)
def activated(x, scales, bias, top, codes, new_scales):
    if _BITS == 512:
        wide_vectors()
    row = np.empty(x.shape[1], np.float32)
    for i in range(len(x)):
        scale = scales[i]
        for d in range(uint64(x.shape[1])):
            value = x[i, d] * scale + bias[d]
            near = min(max(value, float32(-4)), float32(4))
            u = near * near
            a = float32(_GELU[6])
            a = a * u + float32(_GELU[5])
            a = a * u + float32(_GELU[4])
            a = a * u + float32(_GELU[3])
            a = a * u + float32(_GELU[2])
            a = a * u + float32(_GELU[1])
            a = a * u + float32(_GELU[0])
            row[d] = value * (float32(0.5) + near * a)
        new_scales[i] = _round_row(row, top, codes, i)


@njit(
    void(
        float32[:, ::1],
        float32[::1],
        float32[::1],
        float32[:, ::1],
        float32[::1],
        float32[::1],
        float32,
        int64,
        uint8[:, ::1],
        float32[::1],
    ),
    **_FAST,
)
def normalised(x, scales, bias, state, weight, shift, eps, top, codes, new_scales):
    if _BITS == 512:
        wide_vectors()
    n = uint64(x.shape[1])
    for i in range(len(x)):
        scale, row = scales[i], state[i]
        total = float32(0)
        for d in range(n):
            row[d] += x[i, d] * scale + bias[d]
            total += row[d]
        mean = total / float32(n)
        spread = float32(0)
        for d in range(n):
            spread += (row[d] - mean) * (row[d] - mean)
        by = float32(1) / np.sqrt(spread / float32(n) + eps)
        for d in range(n):
            row[d] = (row[d] - mean) * by * weight[d] + shift[d]
        new_scales[i] = _round_row(row, top, codes, i)


@njit(void(float32[:, ::1], float32[::1], float32[::1]), **_FAST)
def scaled(x, scales, bias):
    """Put in the scales of the rows and the bias, in place."""
    if _BITS == 512:
        wide_vectors()
    for i in range(len(scales)):
        scale = scales[i]
        for d in range(uint64(x.shape[1])):
            x[i, d] = x[i, d] * scale + bias[d]


@lru_cache
def attention(size: int, bits: int = _BITS):
    """The attention of texts for heads of `size` floats, a multiple of 16, in vectors of `bits`."""
    lanes, n_rows = (
        bits // 32,
        8 if bits == 512 else 4,
    )  # of queries at once: with two vectors, their sums fill the registers
    pair = 2 * lanes
    in_head, n_vectors = size // lanes, 2 if size % pair == 0 else 1

    @njit(void(float32[:, ::1], int64[::1], int64, float32[:, ::1]), **_FAST)
    def attend(qkv, starts, n_heads, out):
        if bits == 512:
            wide_vectors()
        width, s = uint64(n_heads * size), uint64(size)
        all_of, results = qkv.reshape(qkv.size), out.reshape(out.size)
        step, row = uint64((np.max(np.diff(starts)) + pair - 1) // pair * pair), uint64(3) * width
        work = np.zeros(
            step * (2 * s + n_rows) + 16, np.float32
        )  # of one head: keys as columns, values and some scores
        columns = uint64(-(work.ctypes.data >> 2) & 15)
        values, scores = columns + step * s, columns + step * uint64(2) * s
        factors, shares = np.full(n_rows, _LOG2_E / np.sqrt(size), np.float32), np.zeros(n_rows, np.float32)
        for text in range(len(starts) - 1):
            first, n = uint64(starts[text]), uint64(starts[text + 1] - starts[text])
            for head in range(n_heads):
                queries = first * row + uint64(head) * s
                keys = queries + width
                copied(all_of, keys + width, row, work, values, s, n, bits, in_head)
                for i in range(uint64(0), n, uint64(lanes)):
                    for d in range(uint64(0), s, uint64(lanes)):
                        transposed(all_of, keys + i * row + d, row, work, columns + d * step + i, step, bits)
                for i in range(uint64(0), n, uint64(n_rows)):
                    for k in range(uint64(0), n, uint64(pair)):
                        block(
                            all_of,
                            queries + i * row,
                            row,
                            work,
                            columns + k,
                            step,
                            work,
                            scores + k,
                            step,
                            s,
                            factors,
                            bits,
                            n_rows,
                            2,
                        )
                    for r in range(min(uint64(n_rows), n - i)):
                        shares[r] = powers(work, scores + r * step, n, bits)
                    to = (first + i) * width + uint64(head) * s
                    for d in range(uint64(0), s, uint64(n_vectors * lanes)):
                        block(
                            work,
                            scores,
                            step,
                            work,
                            values + d,
                            s,
                            results,
                            to + d,
                            width,
                            n,
                            shares,
                            bits,
                            n_rows,
                            n_vectors,
                        )

    return attend
