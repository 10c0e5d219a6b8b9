"""UMAP (McInnes, Healy and Melville 2018): membership strengths, and epochs of the layout.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when it is first wanted, and cached.

The graph is two-sided, as in `kernels/knn.py`.
"""

from functools import lru_cache

import numpy as np
from numba import float32, float64, int32, int64, njit, uint16, uint32, uint64, void

from embedlab.kernels.machine import wide_vectors
from embedlab.kernels.umap_simd import LANES, forces, turns

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_EXACT = dict(cache=True, nogil=True, error_model="numpy")
SHIFT = 17  # of the bits of a float32, the sign, the exponent and six of the fraction remain: 64 steps an octave
TABLE = 2 ** (31 - SHIFT)
DAMPING = (
    0.7  # 0.5 to 1 do as well; at 0.35, and more so without it, points overshoot and large maps lose neighbourhoods
)
MOST = 16.0  # of a pull's coefficient in the damping: points in one place must not hold each other fast


@njit(void(float32[:, ::1], float64, int64, int64, float32[:, ::1]), **_EXACT)
def memberships(distances, target, first, last, out):
    """Membership strengths of rows first..last of `distances` (n, k), ascending: exp(-(d - rho) / sigma).

    rho is the distance to the nearest other point that is not in the same place; sigma is found by bisection such
    that the strengths of a row sum to `target` (section 3.1 there).
    """
    k = distances.shape[1]
    mean = 0.0
    for i in range(first, last):
        rho, mean = 0.0, 0.0
        for j in range(k):
            mean += distances[i, j] / k
            if rho == 0 and distances[i, j] > 0:
                rho = distances[i, j]
        low, high, sigma = 0.0, np.inf, 1.0
        for _ in range(64):
            total = 0.0
            for j in range(k):
                total += np.exp(-max(distances[i, j] - rho, 0.0) / sigma)
            if abs(total - target) < 1e-5:
                break
            if total > target:
                high = sigma
                sigma = (low + high) / 2
            else:
                low = sigma
                sigma = sigma * 2 if high == np.inf else (low + high) / 2
        sigma = max(sigma, 1e-3 * mean, 1e-12)
        for j in range(k):
            out[i, j] = np.exp(-max(distances[i, j] - rho, 0.0) / sigma)


@lru_cache
def layout_step(dims: int):
    """The kernel that takes a step of one epoch in so many dimensions, 2 or 3; compiled when first asked for.

    step(places, moved, starts, columns, shares, first, last, epoch, rate, attraction, repulsion, n_negative, seed)
    """

    @njit(
        void(
            float32[:, ::1],
            float32[:, ::1],
            int64[::1],
            int32[::1],
            uint16[::1],
            int64,
            int64,
            int64,
            float32,
            float32[::1],
            float32[::1],
            int64,
            uint64,
        ),
        **_FAST,
    )
    def step(places, moved, starts, columns, shares, first, last, epoch, rate, attraction, repulsion, n_negative, seed):
        """Points first..last of one epoch: read from `places`, written to `moved`, both float32 (n, dims).

        An edge is used in so many of 2^16 epochs as its share says (columns and shares have LANES spare places behind
        the last edge). Each use pulls the point along the edge and pushes it from n_negative points drawn at random;
        all forces of an epoch are taken in one place. A force is the difference times attraction or repulsion (TABLE,),
        which are indexed by the leading bits of the squared distance; a push is held to 4 either way. A point of many
        edges would be thrown beyond all of them, so the step is damped: with F the sum of all forces and c that of the
        pulls' coefficients, each at most MOST, the point moves by rate F / (1 + DAMPING rate c), which lies between the
        explicit and the implicit step of Euler's.

        Forces are worked out LANES at a time. Pushes fill their last group with more draws, and each counts for less in
        return. What a point draws depends on the point, the epoch and the seed only, and what it reads is written by
        nobody: the result is the same whatever the number of threads.
        """
        wide_vectors()
        longest = 0
        for i in range(first, last):
            longest = max(longest, starts[i + 1] - starts[i])
        others = np.zeros(longest * (1 + n_negative) + 2 * LANES, np.int32)
        found, tables = np.zeros(4, np.float32), np.concatenate((attraction, repulsion))
        for i in range(uint64(first), uint64(last)):  # unsigned, so that no index is checked for counting from the end
            used = turns(columns, shares, uint64(starts[i]), uint64(starts[i + uint64(1)]), uint64(epoch + 1), others)
            wanted = used * uint64(n_negative)
            total = (used + wanted + uint64(LANES - 1)) // uint64(LANES) * uint64(LANES)
            weight = float32(wanted) / float32(max(total - used, uint64(1)))
            state = (i * uint64(0x9E3779B97F4A7C15)) ^ (uint64(epoch + 1) * uint64(0xBF58476D1CE4E5B9)) ^ seed
            forces(
                places,
                i,
                others,
                used,
                total,
                weight,
                uint32(state >> uint64(16)),
                uint32(len(places)),
                tables,
                TABLE,
                SHIFT,
                float32(MOST),
                dims,
                found,
            )
            far = rate / (float32(1) + float32(DAMPING) * rate * found[uint64(3)])
            for d in range(uint64(dims)):
                moved[i, d] = places[i, d] + far * found[d]

    return step
