"""The forces of UMAP by squared distance: the curve of section 3.2, and tables of it for the kernel."""

import numpy as np


def curve(spread: float, min_dist: float) -> tuple[float, float]:
    """(a, b) such that 1 / (1 + a d^2b) comes closest to what min_dist and spread ask for (section 3.2).

    That is 1 up to min_dist, then exp(-(d - min_dist) / spread). Least squares over d in 0 to 3 spreads, by the
    method of Levenberg and Marquardt.
    """
    d = np.linspace(0, 3 * spread, 300)[1:]
    wanted = np.where(d < min_dist, 1.0, np.exp(-(d - min_dist) / spread))

    def residual(p):
        return 1 / (1 + np.exp(p[0] + 2 * p[1] * np.log(d))) - wanted

    p, damping = np.array([0.0, 1.0]), 1e-3
    for _ in range(200):
        r = residual(p)
        slope = -(r + wanted) * (1 - r - wanted)
        jacobian = np.stack([slope, slope * 2 * np.log(d)], axis=1)
        normal = jacobian.T @ jacobian
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -jacobian.T @ r)
        better = (residual(p + step) ** 2).sum() < (r**2).sum()
        damping = damping / 3 if better else damping * 4
        p = p + step if better else p
        if np.abs(step).max() < 1e-10:
            break
    return float(np.exp(p[0])), float(p[1])


def force_tables(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """(attraction, repulsion) float32 (TABLE,): force by difference, at the middle of each step of squared distance.

    Attraction is doubled: the other end of the edge is not moved with it, but has the same edge itself.
    """
    from embedlab.kernels.umap import SHIFT, TABLE

    steps = (np.arange(TABLE, dtype=np.uint32) << SHIFT) + (1 << (SHIFT - 1))
    with np.errstate(all="ignore"):
        square = steps.astype(np.uint32).view(np.float32).astype(np.float64)
        attraction = -4 * a * b * square ** (b - 1) / (1 + a * square**b)
        repulsion = 2 * b / ((0.001 + square) * (1 + a * square**b))
    most = 1e9  # the kernel limits a single push to 4; values must be finite here
    attraction, repulsion = (np.nan_to_num(table, nan=0, posinf=0, neginf=-most) for table in (attraction, repulsion))
    return np.clip(attraction, -most, 0).astype(np.float32), np.clip(repulsion, 0, most).astype(np.float32)
