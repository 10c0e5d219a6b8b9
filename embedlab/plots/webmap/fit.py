"""What of a map is seen at first: the bulk of its points, turned so that they fill a wide window."""

import numpy as np

OUTER = 0.005  # share of the points on either side that may lie outside what is seen at first
WORTH = 0.8  # of the whole width: unless leaving points out saves more, nothing is left out
WIDE = 1.45  # width over height of the window that is filled
PITCH = np.radians(18)  # by which a map in three dimensions is turned towards the reader
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

    In three dimensions [x, y, z, radius, half the width, half the height]: those of all sides that the reader sees by
    turning about the upright axis, from a little above.
    """
    middle, half = bulk(seen)
    if seen.shape[1] == 2:
        return [*middle.tolist(), *half.tolist()]
    across, upwards = np.linalg.norm((seen - middle)[:, [0, 2]], axis=1), np.abs(seen[:, 1] - middle[1])
    tall = np.cos(PITCH) * upwards + np.sin(PITCH) * across
    sides = np.quantile([np.hypot(across, upwards), across, tall], 1 - 2 * OUTER, axis=1)
    return [*middle.tolist(), *np.maximum(sides, LEAST).tolist()]


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
