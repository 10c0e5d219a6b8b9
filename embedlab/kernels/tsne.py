"""t-SNE (van der Maaten and Hinton 2008): affinities, the two halves of the gradient, and one step of descent.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.
Signatures are written out: each kernel is compiled once, when this module is first imported, and cached.

Places and forces are float32 (dims, n): a line of memory for each axis, so that several points are read at a time.
What is summed over points is left as one number a point and summed elsewhere in a fixed order, so that a result does
not depend on how points were shared out among threads.
"""

import numpy as np
from numba import float32, float64, int32, int64, njit, void

_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath=True)
_EXACT = dict(cache=True, nogil=True, error_model="numpy")


@njit(void(float32[:, ::1], float64, int64, int64, float32[:, ::1]), **_EXACT)
def affinities(squares, perplexity, first, last, out):
    """p(j|i) of rows first..last: exp(-beta d^2), normed, beta by bisection such that 2^entropy is the perplexity (eq.
    1).

    squares: squared distances (n, k), ascending. Each row is measured from its nearest, which changes nothing but
    keeps the exponentials in range.
    """
    k = squares.shape[1]
    wanted = np.log(perplexity)
    for i in range(first, last):
        low, high, beta = 0.0, np.inf, 1.0 / max(np.mean(squares[i]) - squares[i, 0], 1e-12)
        for _ in range(100):
            total = 0.0
            weighted = 0.0
            for j in range(k):
                gap = float64(squares[i, j]) - squares[i, 0]
                weight = np.exp(-beta * gap)
                total += weight
                weighted += gap * weight
            excess = np.log(total) + beta * weighted / total - wanted
            if abs(excess) < 1e-6:
                break
            if excess > 0:
                low = beta
                beta = beta * 2 if high == np.inf else (low + high) / 2
            else:
                high = beta
                beta = (low + high) / 2
        for j in range(k):
            out[i, j] = np.exp(-beta * (float64(squares[i, j]) - squares[i, 0])) / total


@njit(void(float32[:, ::1], int64[::1], int32[::1], float32[::1], int64, int64, float32[:, ::1]), **_FAST)
def attract(places, starts, columns, strengths, first, last, forces):
    """forces of points first..last: sum over edges of p * q * (y_i - y_j), q = 1 / (1 + d^2)."""
    xs, ys = places[0], places[1]
    if len(places) == 2:
        for i in range(first, last):
            fx, fy = float32(0), float32(0)
            for e in range(starts[i], starts[i + 1]):
                dx, dy = xs[i] - xs[columns[e]], ys[i] - ys[columns[e]]
                pull = strengths[e] / (float32(1) + dx * dx + dy * dy)
                fx += pull * dx
                fy += pull * dy
            forces[0, i], forces[1, i] = fx, fy
    else:
        zs = places[2]
        for i in range(first, last):
            fx, fy, fz = float32(0), float32(0), float32(0)
            for e in range(starts[i], starts[i + 1]):
                dx, dy, dz = xs[i] - xs[columns[e]], ys[i] - ys[columns[e]], zs[i] - zs[columns[e]]
                pull = strengths[e] / (float32(1) + dx * dx + dy * dy + dz * dz)
                fx += pull * dx
                fy += pull * dy
                fz += pull * dz
            forces[0, i], forces[1, i], forces[2, i] = fx, fy, fz


@njit(void(float32[:, ::1], int64[::1], int32[::1], float32[::1], int64, int64, float64[::1]), **_FAST)
def stretch(places, starts, columns, strengths, first, last, out):
    """Sum over the edges of each point first..last of p * log(1 + d^2): its part of the divergence."""
    for i in range(first, last):
        total = 0.0
        for e in range(starts[i], starts[i + 1]):
            square = float32(0)
            for d in range(len(places)):
                gap = places[d, i] - places[d, columns[e]]
                square += gap * gap
            total += strengths[e] * np.log1p(square)
        out[i] = total


@njit(void(float32[:, ::1], int64, int64, float32[:, ::1], float64[::1]), **_FAST)
def repel(places, first, last, forces, sums):
    """Exactly, pair by pair: sum over all others of q^2 (y_i - y_j) in forces, of q and the point's own 1 in sums."""
    xs, ys = places[0], places[1]
    n = len(xs)
    if len(places) == 2:
        for i in range(first, last):
            x, y = xs[i], ys[i]
            fx, fy, total = float32(0), float32(0), float32(0)
            for j in range(n):
                dx, dy = x - xs[j], y - ys[j]
                q = float32(1) / (float32(1) + dx * dx + dy * dy)
                total += q
                q *= q
                fx += q * dx
                fy += q * dy
            forces[0, i], forces[1, i], sums[i] = fx, fy, total
    else:
        zs = places[2]
        for i in range(first, last):
            x, y, z = xs[i], ys[i], zs[i]
            fx, fy, fz, total = float32(0), float32(0), float32(0), float32(0)
            for j in range(n):
                dx, dy, dz = x - xs[j], y - ys[j], z - zs[j]
                q = float32(1) / (float32(1) + dx * dx + dy * dy + dz * dz)
                total += q
                q *= q
                fx += q * dx
                fy += q * dy
                fz += q * dz
            forces[0, i], forces[1, i], forces[2, i], sums[i] = fx, fy, fz, total


@njit(void(float32, float32[::1]), inline="always", **_FAST)
def _spline(t, weights):
    """Weights of the nodes at -1, 0, 1 and 2 at t, 0 to 1: cubic B-splines, which sum to one."""
    one, three, six = float32(1), float32(3), float32(6)
    rest = one - t
    weights[0] = rest * rest * rest / six
    weights[3] = t * t * t / six
    weights[1] = float32(2) / three - t * t * (float32(2) - t) / float32(2)
    weights[2] = one - weights[0] - weights[1] - weights[3]


@njit(void(float32[:, ::1], float32[::1], float32, float32[:, ::1]), **_FAST)
def spread(places, corner, spacing, grid):
    """Add one unit for each point to a grid that starts at `corner`, over the 16 nodes around the point."""
    across, down = np.empty(4, np.float32), np.empty(4, np.float32)
    for i in range(places.shape[1]):
        u, v = (places[0, i] - corner[0]) / spacing, (places[1, i] - corner[1]) / spacing
        a, b = int64(u), int64(v)
        _spline(u - float32(a), down)
        _spline(v - float32(b), across)
        for r in range(4):
            for c in range(4):
                grid[a - 1 + r, b - 1 + c] += down[r] * across[c]


@njit(void(float32[:, ::1], float32[::1], float32, float32[:, :, ::1], int64, int64, float32[:, ::1]), **_FAST)
def gather(places, corner, spacing, fields, first, last, forces):
    """Read two force fields (2, rows, columns) at points first..last, the way `spread` writes."""
    across, down = np.empty(4, np.float32), np.empty(4, np.float32)
    for i in range(first, last):
        u, v = (places[0, i] - corner[0]) / spacing, (places[1, i] - corner[1]) / spacing
        a, b = int64(u), int64(v)
        _spline(u - float32(a), down)
        _spline(v - float32(b), across)
        fx, fy = float32(0), float32(0)
        for r in range(4):
            for c in range(4):
                weight = down[r] * across[c]
                fx += weight * fields[0, a - 1 + r, b - 1 + c]
                fy += weight * fields[1, a - 1 + r, b - 1 + c]
        forces[0, i], forces[1, i] = fx, fy


@njit(
    void(
        float32[:, ::1],
        float32[:, ::1],
        float32[:, ::1],
        float32,
        float32,
        float32[:, ::1],
        float32[:, ::1],
        float32,
        float32,
        float32,
    ),
    **_FAST,
)
def descend(places, pulls, pushes, exaggeration, norm, velocity, gains, momentum, rate, longest):
    """One step along -4 (exaggeration * pulls - pushes / norm), with momentum and a gain for each number (Jacobs 1988).

    A gain grows by 0.2 while gradient and velocity point apart, else shrinks by a fifth, not below 0.01. No point moves
    further than `longest` along an axis.
    """
    for d in range(places.shape[0]):
        for i in range(places.shape[1]):
            gradient = float32(4) * (exaggeration * pulls[d, i] - pushes[d, i] / norm)
            v, gain = velocity[d, i], gains[d, i]
            gain = gain + float32(0.2) if (gradient > 0) != (v > 0) else gain * float32(0.8)
            gain = max(gain, float32(0.01))
            v = momentum * v - rate * gain * gradient
            v = min(max(v, -longest), longest)
            gains[d, i], velocity[d, i] = gain, v
            places[d, i] += v
