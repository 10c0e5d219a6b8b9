"""The best answer to an analogy question from a table of cosines: plain arrays in and out, the GIL released.

What 3CosAdd and 3CosMul ask of a candidate depends on three cosines only, so the cosines of all question words with all
candidates are computed once, and a question costs three rows of that table, whatever the dimension.
"""

import numpy as np
from numba import float32, int64, njit, types, void

from embedlab.kernels.machine import wide_vectors

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "reassoc", "contract"})
_COSINES = types.Array(float32, 2, "C", readonly=True)
_ROWS = types.Array(int64, 2, "C", readonly=True)
_IDS = types.Array(int64, 1, "C", readonly=True)
BLOCK = 512  # candidates of which only the highest score is found first, with vector instructions
LOWEST = np.float32(-1e30)
NONE = np.int64(-1 << 40)  # below any bits: no block is passed over while the best score is not positive
EPSILON = np.float32(0.001)


@njit(inline="always")
def _score(a, b, c, mul):
    if mul:
        one, half = np.float32(1), np.float32(0.5)
        return (one + b) * (one + c) * (half * half) / ((one + a) * half + EPSILON)
    return b - a + c


@njit(inline="always")
def _highest(a, b, c, mul, scores, bits):
    """Fills `scores`; the bits of the highest one as a whole number, or any negative number if none is positive.

    Positive floats are ordered as the whole numbers of the same bits, whose maximum the compiler finds in vectors.
    """
    for j in range(len(a)):
        scores[j] = _score(a[j], b[j], c[j], mul)
    top = bits[0]
    for j in range(1, len(a)):
        top = max(top, bits[j])
    return top


@njit(void(_COSINES, _ROWS, _ROWS, _IDS, types.boolean, types.boolean, int64, int64, int64[::1]), **_FAST)
def best_answers(cosines, places, questions, group, mul, exclude, first, last, out):
    """out[q] becomes the candidate of highest score for questions first <= q < last; equal scores: the earlier one.

    cosines: float32 (n_question_words, n_candidates); places[q]: rows of a, b and c in it; questions[q]: their
    candidates; group[j]: what candidate j counts as, so that all spellings of a, b and c are left out if `exclude`.
    mul: 3CosMul instead of 3CosAdd.
    """
    wide_vectors()
    n = cosines.shape[1]
    scores = np.empty(BLOCK, np.float32)
    bits = scores.view(np.int32)
    for q in range(first, last):
        row_a, row_b, row_c = cosines[places[q, 0]], cosines[places[q, 1]], cosines[places[q, 2]]
        ga, gb, gc = questions[q, 0], questions[q, 1], questions[q, 2]
        best, at, beaten = LOWEST, int64(-1), NONE
        for start in range(0, n, BLOCK):
            end = min(start + BLOCK, n)
            a, b, c = row_a[start:end], row_b[start:end], row_c[start:end]
            top = _highest(a, b, c, True, scores, bits) if mul else _highest(a, b, c, False, scores, bits)
            if top <= beaten:
                continue
            for j in range(len(a)):
                if scores[j] > best:
                    g = group[start + j]
                    if exclude and (g == ga or g == gb or g == gc):
                        continue
                    best, at = scores[j], start + j
                    beaten = int64(bits[j]) if bits[j] > 0 else NONE
        out[q] = max(at, 0)
