"""What of a map is seen at first: the bulk of its points, turned so that they fill a wide window."""

import numpy as np

OUTER = 0.005  # share of the points on either side that may lie outside what is seen at first
WORTH = 0.8  # of the whole width: unless leaving points out saves more, nothing is left out
WIDE = 1.45  # width over height of the window that is filled
TURNS = 36
GAIN = 1.08  # by how much a turned map must be larger to be turned
MOST_LOOKED_AT = 20_000
LEAST = 0.05  # half a side, in the browser's unit: points in one place are not magnified for ever


def bulk(seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(middle, half a side) of the box that holds the bulk of places (n, dims), float64 (dims,) each.

    The whole, except along an axis where the outermost points would make it much larger.
    """
    whole = np.array([seen.min(axis=0), seen.max(axis=0)], np.float64)
    most = np.quantile(seen, [OUTER, 1 - OUTER], axis=0) if len(seen) > 20 else whole
    wasteful = (most[1] - most[0]) < WORTH * (whole[1] - whole[0])
    low, high = np.where(wasteful, most, whole)
    return (low + high) / 2, np.maximum((high - low) / 2, LEAST)


def first_box(seen: np.ndarray) -> list[float]:
    """What is seen at first of places in the browser's units: [x, y, half the width, half the height].

    In three dimensions [x, y, z, radius], since the reader turns it.
    """
    middle, half = bulk(seen)
    if seen.shape[1] == 2:
        return [*middle.tolist(), *half.tolist()]
    far = np.linalg.norm(seen - middle, axis=1)
    whole, most = float(far.max()), float(np.quantile(far, 1 - 2 * OUTER))
    return [*middle.tolist(), max(most if most < WORTH * whole else whole, LEAST)]


def wide_turn(coords: np.ndarray) -> np.ndarray:
    """The rotation, float64 (2, 2), that lets flat places fill a wide window best; none where it gains little."""
    looked_at = np.asarray(coords[:: len(coords) // MOST_LOOKED_AT + 1], np.float64)
    angles = np.arange(TURNS) * np.pi / TURNS
    angles = np.where(angles > np.pi / 2, angles - np.pi, angles)
    turns = [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]
    sizes = np.array([_size(looked_at @ turn.T) for turn in turns])
    best = int(sizes.argmax())
    return turns[best] if sizes[best] > GAIN * sizes[0] else turns[0]


def _size(seen: np.ndarray) -> float:
    """How large the places can be drawn in a wide window."""
    low, high = np.quantile(seen, [OUTER, 1 - OUTER], axis=0)
    return min(WIDE / max(high[0] - low[0], 1e-12), 1 / max(high[1] - low[1], 1e-12))
