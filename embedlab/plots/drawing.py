"""What is drawn of a map on paper: points, groups, labels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.plots.labels import Markers, PlacedLabel, Room, place_labels
from embedlab.plots.style import category_look, category_looks, shortened
from embedlab.projections import PROJECTIONS, Projection
from embedlab.projections.colouring.colours import Colour

MOST_LABELS = 60
FEW = 400
RING = 7
# The camera of a 3-D map at rest, and half the angle it sees: labels are placed for this view.
EYE, CENTRE = (1.5, 1.5, 0.9), (0.0, 0.0, -0.12)
HALF_VIEW = np.tan(np.pi / 8)


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is drawn of a map. texts and colour have one entry a drawn point.

    labels: row ids that may carry their text, most important first; None takes the points as drawn, () none.
    highlight: row ids of search hits, ringed and named. kind: of the points, by default what the map says.
    """

    texts: Sequence[str]
    colour: Colour | None = None
    labels: Iterable[int] | None = None
    highlight: Iterable[int] = ()
    most_labels: int = MOST_LABELS
    kind: str = ""

    def check(self, projection: Projection) -> None:
        """BadInput unless there is one entry a point."""
        for name, values in (("texts", self.texts), ("colour values", self.colour)):
            if values is not None and len(values) != len(projection):
                raise BadInput(f"The map has {len(projection):,} points but came with {len(values):,} {name}.")


def map_labels(
    projection: Projection, drawing: Drawing, room: Room, *, flat: np.ndarray | None = None
) -> list[PlacedLabel]:
    """The labels at rest: highlighted points first, then `labels` in their order, as many as fit.

    When `labels` is None all points may have one, in the order drawn, but English function words come last: they are
    the most frequent words and tell the least. flat: where the points of a 3-D map are seen, (n, 2) in pixels with y
    upwards; None for the view from EYE.
    """
    labels = drawing.labels
    if labels is None:
        labels = projection.ids
        if (drawing.kind or projection.what) == "words":
            labels = labels[np.argsort(function_words(drawing.texts), kind="stable")]
    highlight = list(drawing.highlight)
    wanted = projection.positions([*highlight, *labels])
    importance = np.full(len(projection), -np.inf)
    importance[wanted[::-1]] = np.arange(len(wanted))
    sizes = np.full(len(projection), point_size(projection))
    sizes[projection.positions(highlight)] += RING
    names = [""] * len(projection)
    for position in wanted:
        names[position] = shortened(drawing.texts[position])
    if projection.n_components == 2:
        places, ranges = projection.coords, None
    else:
        places = screen(projection.coords, width=room.width, height=room.height) if flat is None else flat
        ranges = ((0, room.width), (0, room.height))
    return place_labels(
        places,
        importance,
        names,
        replace(room, ranges=ranges, limit=drawing.most_labels),
        Markers(sizes, avoided=len(projection) <= FEW),
    )


def screen(coords: np.ndarray, *, width: float, height: float) -> np.ndarray:
    """Where a 3-D map's points appear at rest, (n, 2) in pixels, y upwards: the perspective of the camera at EYE."""
    low, high = coords.min(axis=0), coords.max(axis=0)
    sides = np.maximum(high - low, 1e-9)
    scene = (coords - (low + high) / 2) / np.prod(sides) ** (1 / 3)
    forward = np.subtract(CENTRE, EYE) / np.linalg.norm(np.subtract(CENTRE, EYE))
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    depth = np.maximum((scene - EYE) @ forward, 1e-6)
    flat = np.stack([scene @ right, scene @ np.cross(right, forward)], axis=1) / depth[:, None]
    return flat / HALF_VIEW * height / 2 + [width / 2, height / 2]


def axis_titles(projection: Projection) -> list[str]:
    """The axes' names; those of PCA say how much of the variance they show, the others that they have no unit."""
    if projection.explained:
        return [f"PCA {i + 1} ({share:.1%} of variance)" for i, share in enumerate(projection.explained)]
    unit = "" if PROJECTIONS[projection.method].linear else " (no unit)"
    return [f"{projection.title} {i + 1}{unit}" for i in range(projection.n_components)]


def groups(colour: Colour | None, n: int) -> list[tuple[str, np.ndarray, str, str, bool]]:
    """(name, positions, colour, symbol, muted) of each category that has points; grey ones first, below the others."""
    if colour is None:
        return [("", np.arange(n), category_look(0)[0], "circle", False)]
    found = []
    for code, (name, look) in enumerate(
        zip(colour.categories, category_looks(colour.categories, colour.muted), strict=True)
    ):
        positions = np.flatnonzero(colour.values == code)
        if len(positions):
            found.append((name, positions, *look, name in colour.muted))
    return sorted(found, key=lambda group: not group[4])


def point_size(projection: Projection) -> float:
    """Diameter in pixels of the points of a map: smaller where there are many."""
    steps = ((300, 9), (2_000, 7), (10_000, 5), (float("inf"), 3.5))
    size = next(size for most, size in steps if len(projection) <= most)
    return size if projection.n_components == 2 else size * 0.6
