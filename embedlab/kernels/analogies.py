"""The best answer to an analogy question from a table of cosines: plain arrays in and out, the GIL released.

What 3CosAdd and 3CosMul ask of a candidate depends on three cosines only, so the cosines of all question words with all
candidates are computed once, and a question costs three rows of that table, whatever the dimension.
"""

import numpy as np
from numba import float32, int64, njit, types, void

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath={"nnan", "nsz", "reassoc"})
_COSINES = types.Array(float32, 2, "C", readonly=True)
_ROWS = types.Array(int64, 2, "C", readonly=True)
_IDS = types.Array(int64, 1, "C", readonly=True)
BLOCK = 512  # candidates of which only the highest score is found first, with vector instructions
EPSILON = np.float32(0.001)


@njit(inline="always")
def _score(cosines, a, b, c, j, mul):
    if mul:
        one, half = np.float32(1), np.float32(0.25)
        return (one + cosines[b, j]) * (one + cosines[c, j]) * half / ((one + cosines[a, j]) * np.float32(0.5) + EPSILON)
    return cosines[b, j] - cosines[a, j] + cosines[c, j]


@njit(void(_COSINES, _ROWS, _ROWS, _IDS, types.boolean, types.boolean, int64, int64, int64[::1]), **_FAST)
def best_answers(cosines, places, questions, group, mul, exclude, first, last, out):
    """out[q] becomes the candidate of highest score for questions first <= q < last; equal scores: the earlier one.

    cosines: float32 (n_question_words, n_candidates); places[q]: rows of a, b and c in it; questions[q]: their
    candidates; group[j]: what candidate j counts as, so that all spellings of a, b and c are left out if `exclude`.
    mul: 3CosMul instead of 3CosAdd.
    """
    n = cosines.shape[1]
    for q in range(first, last):
        a, b, c = places[q, 0], places[q, 1], places[q, 2]
        ga, gb, gc = questions[q, 0], questions[q, 1], questions[q, 2]
        best, at = np.float32(-1e30), int64(-1)
        for start in range(0, n, BLOCK):
            end = min(start + BLOCK, n)
            top = np.float32(-1e30)
            if mul:
                for j in range(start, end):
                    top = max(top, _score(cosines, a, b, c, j, True))
            else:
                for j in range(start, end):
                    top = max(top, _score(cosines, a, b, c, j, False))
            if top <= best:
                continue
            for j in range(start, end):
                score = _score(cosines, a, b, c, j, mul)
                if score > best:
                    g = group[j]
                    if exclude and (g == ga or g == gb or g == gc):
                        continue
                    best, at = score, j
        out[q] = max(at, 0)
