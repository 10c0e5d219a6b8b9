"""UMAP (McInnes, Healy and Melville 2018): membership strengths, and epochs of the layout.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when it is first wanted, and cached.

The graph is two-sided, as in `kernels/knn.py`.
"""

from functools import lru_cache

import numpy as np
from numba import float32, float64, int32, int64, njit, uint32, uint64, void

from embedlab.kernels.machine import wide_vectors

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_EXACT = dict(cache=True, nogil=True, error_model="numpy")
SHIFT = 17  # of the bits of a float32, the sign, the exponent and six of the fraction remain: 64 steps an octave
TABLE = 2**(31 - SHIFT)
DAMPING = 0.7  # 0.5 to 1 do as well; at 0.35, and more so without it, points overshoot and large maps lose neighbourhoods
LANES = 16
X, Y, Z = np.uint64(0), np.uint64(1), np.uint64(2)
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

    step(places, moved, starts, columns, every, due, first, last, epoch, rate, attraction, repulsion, n_negative, seed)
    """

    @njit(void(float32[:, ::1], float32[:, ::1], int64[::1], int32[::1], float32[::1], float32[::1], int64, int64, int64,
               float32, float32[::1], float32[::1], int64, uint64), **_FAST)
    def step(places, moved, starts, columns, every, due, first, last, epoch, rate, attraction, repulsion, n_negative, seed):
        """Points first..last of one epoch: read from `places`, written to `moved`, both float32 (n, dims).

        An edge is used each `every` epochs; due (n_edges,) is when next. Each use pulls the point along the edge and
        pushes it from n_negative points drawn at random; all forces of an epoch are taken in one place. A force is the
        difference times attraction or repulsion (TABLE,), which are indexed by the leading bits of the squared
        distance; a push is held to 4 either way. A point of many edges would be thrown beyond all of them, so the step
        is damped: with F the sum of all forces and c that of the pulls' coefficients, each at most MOST, the point moves
        by rate F / (1 + DAMPING rate c), which lies between the explicit and the implicit step of Euler's.

        Forces are worked out LANES at a time. Pushes fill their last group with more draws, and each counts for less in
        return. What a point draws depends on the point, the epoch and the seed only, and what it reads is written by
        nobody: the result is the same whatever the number of threads.
        """
        wide_vectors()
        n, four, most, longest = uint64(len(places)), float32(4), float32(MOST), 0
        for i in range(first, last):
            longest = max(longest, starts[i + 1] - starts[i])
        others = np.empty(longest + LANES, np.int32)
        for i in range(uint64(first), uint64(last)):  # unsigned, so that no index is checked for counting from the end
            x, y, z = places[i, X], places[i, Y], places[i, Z] if dims == 3 else float32(0)
            used = uint64(0)
            for e in range(uint64(starts[i]), uint64(starts[i + uint64(1)])):
                others[used] = columns[e]
                now = due[e] <= float32(epoch)
                due[e] += every[e] if now else float32(0)
                used += uint64(1) if now else uint64(0)
            for t in range(used, used + uint64(LANES)):
                others[t] = int32(i)
            fx, fy, fz, pull = float32(0), float32(0), float32(0), float32(0)
            for group in range(uint64(0), used, uint64(LANES)):
                for lane in range(uint64(LANES)):
                    other = uint64(uint32(others[group + lane]))
                    dx, dy = x - places[other, X], y - places[other, Y]
                    dz = z - places[other, Z] if dims == 3 else float32(0)
                    square = np.float32(dx * dx + dy * dy + dz * dz)
                    force = attraction[uint64(uint32(square.view(np.int32)) >> uint32(SHIFT))]
                    pull += min(-force, most) if group + lane < used else float32(0)
                    fx += force * dx
                    fy += force * dy
                    fz += force * dz
            state = (i * uint64(0x9E3779B97F4A7C15)) ^ (uint64(epoch + 1) * uint64(0xBF58476D1CE4E5B9)) ^ seed
            drawn, px, py, pz = uint64(0), float32(0), float32(0), float32(0)
            for group in range(uint64(0), used * uint64(n_negative), uint64(LANES)):
                for lane in range(uint64(LANES)):
                    # A mixer of 32 bits (two multiplications, three shifts) makes a draw of a counter.
                    bits = uint32(uint32(state >> uint64(16)) + uint32(group + lane) * uint32(0x9E3779B9))
                    bits = uint32((bits ^ (bits >> uint32(16))) * uint32(0x7FEB352D))
                    bits = uint32((bits ^ (bits >> uint32(15))) * uint32(0x846CA68B))
                    other = (uint64(bits ^ (bits >> uint32(16))) * n) >> uint64(32)
                    dx, dy = x - places[other, X], y - places[other, Y]
                    dz = z - places[other, Z] if dims == 3 else float32(0)
                    square = np.float32(dx * dx + dy * dy + dz * dz)
                    force = repulsion[uint64(uint32(square.view(np.int32)) >> uint32(SHIFT))]
                    px += min(max(force * dx, -four), four)
                    py += min(max(force * dy, -four), four)
                    pz += min(max(force * dz, -four), four)
                drawn += uint64(LANES)
            share = float32(used * uint64(n_negative)) / float32(max(drawn, uint64(1)))
            far = rate / (float32(1) + float32(DAMPING) * rate * pull)
            moved[i, X] = x + far * (fx + share * px)
            moved[i, Y] = y + far * (fy + share * py)
            if dims == 3:
                moved[i, Z] = z + far * (fz + share * pz)

    return step
