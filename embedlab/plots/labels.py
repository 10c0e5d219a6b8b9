"""Positions of labels: the most important first, as many as fit without overlap inside the plot area."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CELL = 3
LINE_HEIGHT = 1.35
MARGIN, AIR = 5, 2
NARROW, WIDE = set("fijlrtI.,:;'|!()[]-\u2019 "), set("mwMWQO@%&\u2026\u2014")
SIDES = ("middle right", "middle left", "top center", "bottom center")


@dataclass(frozen=True)
class PlacedLabel:
    """Point `index` carries its text on `side` (Plotly's words); `box` is (left, top, right, bottom) in pixels."""

    index: int
    side: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Room:
    """The plot area that labels have: width and height in pixels at rest, and their font size.

    ranges: what its axes span, by default `padded_ranges`. equal: both axes have one scale, so the wider side has room
    to spare. limit: the largest number of labels.
    """

    width: int = 900
    height: int = 650
    font: float = 11
    ranges: tuple[tuple[float, float], tuple[float, float]] | None = None
    equal: bool = True
    limit: int = 60

    def holds(self, box: tuple[float, float, float, float]) -> bool:
        """Whether a box lies inside."""
        return box[0] >= 0 and box[1] >= 0 and box[2] <= self.width and box[3] <= self.height


@dataclass(frozen=True, eq=False)
class Markers:
    """The points of a plot. diameter: in pixels, one for all or one each.

    avoided: labels are first placed where they cover no point, and cover points only once that room is used up.
    """

    diameter: float | np.ndarray = 7
    avoided: bool = False


def place_labels(
    coords: np.ndarray,
    importance: np.ndarray,
    texts: Sequence[str],
    room: Room = Room(),
    points: Markers = Markers(),
) -> list[PlacedLabel]:
    """Labels for at most `room.limit` of the points (n, 2), by descending `importance`; empty texts get none."""
    coords = np.asarray(coords, np.float64)
    pixels = to_pixels(coords, room.ranges or padded_ranges(coords), room.width, room.height, equal=room.equal)
    taken = np.zeros((room.height // CELL + 2, room.width // CELL + 2), bool)
    markers = np.zeros_like(taken)
    radii = np.broadcast_to(np.asarray(points.diameter, np.float64) / 2, len(coords))
    if points.avoided:
        for (x, y), radius in zip(pixels, radii, strict=True):
            markers[_cells((x - radius, y - radius, x + radius, y + radius))] = True
    placed: dict[int, PlacedLabel] = {}
    order = [int(i) for i in np.argsort(-np.asarray(importance, np.float64), kind="stable") if texts[i]]
    for blocked in ((taken | markers), taken) if points.avoided else (taken,):
        for index in order:
            if len(placed) >= room.limit:
                break
            if index in placed:
                continue
            beside = Beside(*pixels[index], radii[index])
            found = _fitting(beside, texts[index], blocked, room)
            if found:
                placed[index] = PlacedLabel(index, *found)
                taken[_cells(found[1])] = blocked[_cells(found[1])] = True
    return list(placed.values())


@dataclass(frozen=True)
class Beside:
    """A marker at (x, y) that a label stands beside; sizes in pixels."""

    x: float
    y: float
    radius: float


def _fitting(beside: Beside, text: str, blocked: np.ndarray, room: Room) -> tuple[str, tuple] | None:
    """The first side, and the box there, where the label lies inside and touches no blocked cell."""
    for side in SIDES:
        box = label_box(beside, text, side, font=room.font)
        if room.holds(box) and not blocked[_cells(box)].any():
            return side, box
    return None


def padded_ranges(coords: np.ndarray, share: float = 0.05) -> tuple[tuple[float, float], tuple[float, float]]:
    """What the x and the y axis span: the points and a twentieth more on each side."""
    if not len(coords):
        return (0.0, 1.0), (0.0, 1.0)
    low, high = coords.min(axis=0), coords.max(axis=0)
    pad = np.maximum(high - low, 1e-9 + 0.01 * (high - low).max()) * share
    return tuple((float(a), float(b)) for a, b in zip((low - pad)[:2], (high + pad)[:2], strict=True))


def to_pixels(coords: np.ndarray, ranges, width: float, height: float, *, equal: bool) -> np.ndarray:
    """Pixel positions (n, 2), y downwards, of points on axes with these ranges that fill width x height."""
    (x0, x1), (y0, y1) = ranges
    scale = np.array([width / (x1 - x0), height / (y1 - y0)])
    if equal:
        scale[:] = scale.min()
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    offset = (coords[:, :2] - middle) * scale * [1, -1]
    return offset + [width / 2, height / 2]


def label_box(beside: Beside, text: str, side: str, *, font: float) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in pixels of a text beside a marker, with a little air before and after."""
    x, y, radius = beside.x, beside.y, beside.radius
    wide, high = text_width(text, font) + 2 * AIR, font * LINE_HEIGHT
    gap = radius + MARGIN - AIR
    if side == "middle right":
        return x + gap, y - high / 2, x + gap + wide, y + high / 2
    if side == "middle left":
        return x - gap - wide, y - high / 2, x - gap, y + high / 2
    top = y - radius - MARGIN - high if side == "top center" else y + radius + MARGIN
    return x - wide / 2, top, x + wide / 2, top + high


def text_width(text: str, font: float) -> float:
    """Width in pixels of a line of text, on the generous side: there is no font to measure with."""
    return font * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in NARROW:
        return 0.38
    if character in WIDE:
        return 0.95
    return 0.74 if character.isupper() else 0.6


def _cells(box) -> tuple[slice, slice]:
    """The cells a box touches, rounded outwards: boxes that share no cell do not overlap."""
    left, top, right, bottom = (max(int(value // CELL), 0) for value in box)
    return slice(top, bottom + 1), slice(left, right + 1)
