"""A map for the browser: its points, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.plots.style import shortened
from embedlab.plots.webmap.fit import first_box, wide_turn
from embedlab.projections.colouring.colours import Colour

NAME_WIDTH = 80
ONE_PAGE = 3_000_000  # bytes of names that still travel in one piece
PAGE_ROWS = 8192


@dataclass(frozen=True, eq=False)
class PointCloud:
    """The points of a map as the browser takes them: coords (n, 2) or (n, 3) finite, a name each, maybe a count each.

    Points are referred to by their number, 0 to n - 1. The order is that of importance: the first are named first.
    quiet: numbers of points that are named last. facts: further lines of each point's hover text, joined by tabs.
    turned: whether a flat map may be turned so that it fills a wide window, as where directions mean nothing (UMAP,
    t-SNE); regions, links and the like follow. frame_of: another cloud in whose frame these points lie. Keep one cloud
    for one map: its bytes are made once.
    """

    coords: np.ndarray
    names: Sequence[str]
    counts: np.ndarray | None = None
    quiet: Sequence[int] = ()
    facts: Sequence[str] | None = None
    turned: bool = False
    frame_of: PointCloud | None = None

    def __post_init__(self):
        coords = np.asarray(self.coords, np.float32)
        if coords.ndim != 2 or coords.shape[1] not in (2, 3) or not len(coords):
            raise BadInput(
                f"A map needs two or three coordinates a point, and at least one point; got shape {coords.shape}."
            )
        if not np.isfinite(coords).all():
            raise BadInput("A map needs finite coordinates; some of these are not numbers.")
        for what, values in (("names", self.names), ("counts", self.counts), ("facts", self.facts)):
            if values is not None and len(values) != len(coords):
                raise BadInput(f"The map has {len(coords):,} points but came with {len(values):,} {what}.")
        object.__setattr__(self, "coords", coords)

    def __len__(self) -> int:
        return len(self.coords)

    @property
    def dims(self) -> int:
        """2 for a flat map, 3 for one in three dimensions."""
        return self.coords.shape[1]

    @cached_property
    def turn(self) -> np.ndarray:
        """How the map is turned for the browser: a rotation, float64 (dims, dims)."""
        if self.frame_of is not None:
            return self.frame_of.turn
        return wide_turn(self.coords) if self.turned and self.dims == 2 else np.eye(self.dims)

    @cached_property
    def origin(self) -> np.ndarray:
        """The middle of the points as they are seen, float64 (dims,) in the map's own unit: the browser's zero."""
        if self.frame_of is not None:
            return self.frame_of.origin
        seen = self.coords if np.array_equal(self.turn, np.eye(self.dims)) else self.coords @ self.turn.T
        return (seen.min(axis=0).astype(np.float64) + seen.max(axis=0)) / 2 @ self.turn

    @cached_property
    def scale(self) -> float:
        """How much of the map's own unit the browser's unit is: half the longest side."""
        if self.frame_of is not None:
            return self.frame_of.scale
        return float(np.abs((self.coords - self.origin) @ self.turn.T).max()) or 1.0

    @cached_property
    def positions(self) -> bytes:
        """x and y (and z) of every point as little-endian float32 from -1 to 1."""
        return self.place(self.coords)

    @cached_property
    def box(self) -> list[float]:
        """What is seen of the points at first, in the browser's units: see `fit.first_box`."""
        return first_box(self.framed(self.coords))

    def place(self, coords: np.ndarray) -> bytes:
        """Other coordinates of the same points, in the frame of this map, as bytes."""
        coords = np.asarray(coords)
        if coords.shape != self.coords.shape:
            raise BadInput(f"The map has {len(self):,} points; the other one has coordinates of shape {coords.shape}.")
        return self.framed(coords).astype("<f4").tobytes()

    def framed(self, coords: np.ndarray) -> np.ndarray:
        """Places of the map's own unit in the browser's, float64 (n, dims)."""
        return ((coords - self.origin) @ self.turn.T) / self.scale

    def take(self, rows: np.ndarray) -> PointCloud:
        """Some of the points by their numbers, ascending."""
        quiet = np.flatnonzero(np.isin(rows, np.fromiter(self.quiet, np.int64, len(self.quiet)))).tolist()
        return PointCloud(
            self.coords[rows],
            [self.names[row] for row in rows],
            None if self.counts is None else np.asarray(self.counts)[rows],
            quiet,
            None if self.facts is None else [self.facts[row] for row in rows],
            self.turned,
            self.frame_of or self,
        )

    @cached_property
    def name_pages(self) -> Pages:
        """The names in UTF-8, one a line."""
        return Pages.of([shortened(" ".join(name.split()), NAME_WIDTH) for name in self.names])

    @cached_property
    def fact_pages(self) -> Pages | None:
        """The facts in UTF-8, one point a line; None without facts."""
        return None if self.facts is None else Pages.of(self.facts)


@dataclass(frozen=True)
class Pages:
    """Lines of text in UTF-8: in one piece while they are short, else `size` lines a page."""

    pages: tuple[bytes, ...]
    size: int

    @classmethod
    def of(cls, lines: Sequence[str]) -> Pages:
        """The pages of these lines."""
        whole = "\n".join(lines).encode("utf-8", "replace")
        if len(whole) <= ONE_PAGE:
            return cls((whole,), len(lines))
        parts = (lines[i : i + PAGE_ROWS] for i in range(0, len(lines), PAGE_ROWS))
        return cls(tuple("\n".join(part).encode("utf-8", "replace") for part in parts), PAGE_ROWS)


@dataclass(frozen=True, eq=False)
class Morph:
    """Other coordinates of the same points, which a slider leads to.

    to: (n, 2), in the frame of the first ones, so align them before. titles: names of the two ends. t: where the slider
    stands, 0 to 1.
    """

    to: np.ndarray
    titles: tuple[str, str] = ("first", "second")
    t: float = 0.0


@dataclass(frozen=True)
class Chip:
    """A short line on the map that can be pressed. tone: "good", "warn" or "plain"."""

    text: str
    tone: Literal["good", "warn", "plain"] = "plain"


@dataclass(frozen=True, eq=False)
class Axes:
    """The names of a map's axes, one each; left out where a flat map may be turned, whose axes mean nothing.

    ticks: whether numbers along them have a meaning, as with PCA; only a flat map shows them.
    """

    titles: tuple[str, ...]
    ticks: bool = False


@dataclass(frozen=True, eq=False)
class View:
    """How a cloud of n points is shown. Arrays have one entry a point.

    colour: one value a point; its legend switches categories on and off in the browser.
    selected: points shown as selected, whatever the reader chose; None keeps the reader's own choice, [] clears it.
    highlight: points with a ring and a name, such as search hits; if none is in view the map glides to the first.
    shown: bool, False hides a point; hidden points are not hovered, named or selected.
    links: (point, its true nearest neighbours): lines between them, the nearest strongest. With a morph there may be a
    third part, the neighbours on the other side.
    regions: (x, y, name, weight) or (x, y, name, weight, level) in the map's own coordinates, with z after y in three
    dimensions. Level 0 is named from afar; level 1 takes its place when one comes closer. Heaviest first.
    halo: radius in pixels of a soft disc around each point, 0 for none. opacity: 0 to 1.
    window: (x, y, zoom) to look at first, in the browser's units; (x, y, z, zoom, yaw, pitch) in three dimensions, the
    place that is turned about, and degrees. Afterwards the reader moves it.
    kept: (how many of each point's true nearest neighbours are also its nearest on the map, of how many), for hover.
    height: in pixels, or "fill": from the frame's own upper edge to the bottom of the window, edge to edge and without
    its title lines. chip, note: a line that can be pressed, at the lower left, and a short one beside it.
    glide: whether points that come with other coordinates than before glide to them, as while a map is computed.
    renderer: "canvas" draws without WebGL, "" only where WebGL2 is missing.
    """

    title: str = ""
    subtitle: str = ""
    colour: Colour | None = None
    selected: Iterable[int] | None = None
    highlight: Iterable[int] = ()
    shown: np.ndarray | None = None
    links: tuple | None = None
    regions: Sequence[tuple] = ()
    halo: np.ndarray | None = None
    opacity: np.ndarray | None = None
    morph: Morph | None = None
    axes: Axes | None = None
    window: tuple[float, ...] | None = None
    kept: tuple[np.ndarray, int] | None = None
    height: int | Literal["fill"] = 600
    chip: Chip | None = None
    note: str = ""
    glide: bool = False
    renderer: str = ""
