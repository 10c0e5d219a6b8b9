"""UMAP (McInnes, Healy and Melville 2018): membership strengths, and epochs of the layout.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when this module is first imported, and cached.

Places are float32 (n, 4): two or three coordinates, the rest zero, so that a point is one load of 16 bytes and one
kernel serves maps of either kind. The graph is two-sided, as in `kernels/knn.py`.
"""

import numpy as np
from numba import float32, float64, int32, int64, njit, uint64, void

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_EXACT = dict(cache=True, nogil=True, error_model="numpy")
SHIFT = 17  # of the bits of a float32, the sign, the exponent and six of the fraction remain: 64 steps an octave
TABLE = 2**(31 - SHIFT)
DAMPING = 0.7  # 0.5 to 1 do as well; at 0.35, and more so without it, points overshoot and large maps lose neighbourhoods
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


@njit(void(float32[:, ::1], float32[:, ::1], int64[::1], int32[::1], float32[::1], float32[::1], int64, int64, int64,
           float32, float32[::1], float32[::1], int64, uint64), **_FAST)
def layout_step(places, moved, starts, columns, every, due, first, last, epoch, rate, attraction, repulsion, n_negative,
                seed):
    """Points first..last of one epoch: read from `places`, written to `moved`.

    An edge is used each `every` epochs; due (n_edges,) is when next. Each use pulls the point along the edge and
    pushes it from n_negative points drawn at random; all forces of an epoch are taken in one place. A force is the
    difference times attraction or repulsion (TABLE,), which are indexed by the leading bits of the squared distance;
    a push is held to 4 either way. A point of many edges would be thrown beyond all of them, so the step is damped:
    with F the sum of all forces and c that of the pulls' coefficients, each at most MOST, the point moves by
    rate F / (1 + DAMPING rate c), which lies between the explicit and the implicit step of Euler's.

    What a point draws depends on the point, the epoch and the seed only, and what it reads is written by nobody: the
    result is the same whatever the number of threads.
    """
    n = uint64(len(places))
    one, four, most, damping = float32(1), float32(4), float32(MOST), float32(DAMPING)
    for i in range(first, last):
        state = (uint64(i) * uint64(0x9E3779B97F4A7C15)) ^ (uint64(epoch + 1) * uint64(0xBF58476D1CE4E5B9)) ^ seed
        x, y, z = places[i, 0], places[i, 1], places[i, 2]
        fx, fy, fz, pull = float32(0), float32(0), float32(0), float32(0)
        for e in range(starts[i], starts[i + 1]):
            if due[e] > epoch:
                continue
            due[e] += every[e]
            other = uint64(columns[e])
            dx, dy, dz = x - places[other, 0], y - places[other, 1], z - places[other, 2]
            square = np.float32(dx * dx + dy * dy + dz * dz)
            force = attraction[uint64(square.view(np.int32) >> SHIFT)]
            pull += min(-force, most)
            fx += force * dx
            fy += force * dy
            fz += force * dz
            for _ in range(n_negative):
                state = state * uint64(6364136223846793005) + uint64(1442695040888963407)
                other = ((state >> uint64(32)) * n) >> uint64(32)
                dx, dy, dz = x - places[other, 0], y - places[other, 1], z - places[other, 2]
                square = np.float32(dx * dx + dy * dy + dz * dz)
                force = repulsion[uint64(square.view(np.int32) >> SHIFT)]
                fx += min(max(force * dx, -four), four)
                fy += min(max(force * dy, -four), four)
                fz += min(max(force * dz, -four), four)
        step = rate / (one + damping * rate * pull)
        moved[i, 0], moved[i, 1], moved[i, 2] = x + step * fx, y + step * fy, z + step * fz
