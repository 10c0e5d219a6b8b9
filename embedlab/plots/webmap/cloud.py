"""A flat map for the browser: its points, and how they are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.plots.style import shortened
from embedlab.projections.colouring.colours import Colour

NAME_WIDTH = 80
ONE_PAGE = 3_000_000  # bytes of names that still travel in one piece
PAGE_ROWS = 8192


@dataclass(frozen=True, eq=False)
class PointCloud:
    """The points of a flat map as the browser takes them: coords (n, 2) finite, a name each, maybe a count each.

    Points are referred to by their number, 0 to n - 1. The order is that of importance: the first are named first.
    quiet: numbers of points that are named last. facts: further lines of each point's hover text, joined by tabs. Keep
    one cloud for one map: its bytes are made once.
    """

    coords: np.ndarray
    names: Sequence[str]
    counts: np.ndarray | None = None
    quiet: Sequence[int] = ()
    facts: Sequence[str] | None = None

    def __post_init__(self):
        coords = np.asarray(self.coords, np.float32)
        if coords.ndim != 2 or coords.shape[1] != 2 or not len(coords):
            raise BadInput(
                f"A flat map needs two coordinates a point, and at least one point; got shape {coords.shape}."
            )
        if not np.isfinite(coords).all():
            raise BadInput("A map needs finite coordinates; some of these are not numbers.")
        for what, values in (("names", self.names), ("counts", self.counts), ("facts", self.facts)):
            if values is not None and len(values) != len(coords):
                raise BadInput(f"The map has {len(coords):,} points but came with {len(values):,} {what}.")
        object.__setattr__(self, "coords", coords)

    def __len__(self) -> int:
        return len(self.coords)

    @cached_property
    def origin(self) -> np.ndarray:
        """The middle of the points, float64 (2,): the browser's zero."""
        return (self.coords.min(axis=0).astype(np.float64) + self.coords.max(axis=0)) / 2

    @cached_property
    def scale(self) -> float:
        """How much of the map's own unit the browser's unit is: half the longer side."""
        return float(np.abs(self.coords - self.origin).max()) or 1.0

    @cached_property
    def positions(self) -> bytes:
        """x and y of every point as little-endian float32 from -1 to 1."""
        return self.place(self.coords)

    def place(self, coords: np.ndarray) -> bytes:
        """Other coordinates of the same points, in the frame of this map, as bytes."""
        coords = np.asarray(coords)
        if coords.shape != self.coords.shape:
            raise BadInput(f"The map has {len(self):,} points; the other one has coordinates of shape {coords.shape}.")
        return ((coords - self.origin) / self.scale).astype("<f4").tobytes()

    def take(self, rows: np.ndarray) -> "PointCloud":
        """Some of the points by their numbers, ascending."""
        quiet = np.flatnonzero(np.isin(rows, np.fromiter(self.quiet, np.int64, len(self.quiet)))).tolist()
        return PointCloud(
            self.coords[rows],
            [self.names[row] for row in rows],
            None if self.counts is None else np.asarray(self.counts)[rows],
            quiet,
            None if self.facts is None else [self.facts[row] for row in rows],
        )

    @cached_property
    def name_pages(self) -> "Pages":
        """The names in UTF-8, one a line."""
        return Pages.of([shortened(" ".join(name.split()), NAME_WIDTH) for name in self.names])

    @cached_property
    def fact_pages(self) -> "Pages | None":
        """The facts in UTF-8, one point a line; None without facts."""
        return None if self.facts is None else Pages.of(self.facts)


@dataclass(frozen=True)
class Pages:
    """Lines of text in UTF-8: in one piece while they are short, else `size` lines a page."""

    pages: tuple[bytes, ...]
    size: int

    @classmethod
    def of(cls, lines: Sequence[str]) -> "Pages":
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


@dataclass(frozen=True, eq=False)
class Axes:
    """The names of a map's two axes; ticks: whether numbers along them have a meaning, as with PCA."""

    titles: tuple[str, str]
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
    regions: (x, y, name, weight) in the map's own coordinates, named from afar, heaviest first.
    halo: radius in pixels of a soft disc around each point, 0 for none. opacity: 0 to 1.
    window: (x, y, zoom) to look at first; afterwards the reader moves it.
    kept: (how many of each point's true nearest neighbours are also its nearest on the map, of how many), for hover.
    height: in pixels. renderer: "canvas" draws without WebGL, "" only where WebGL2 is missing.
    """

    title: str = ""
    subtitle: str = ""
    colour: Colour | None = None
    selected: Iterable[int] | None = None
    highlight: Iterable[int] = ()
    shown: np.ndarray | None = None
    links: tuple | None = None
    regions: Sequence[tuple[float, float, str, float]] = ()
    halo: np.ndarray | None = None
    opacity: np.ndarray | None = None
    morph: Morph | None = None
    axes: Axes | None = None
    window: tuple[float, float, float] | None = None
    kept: tuple[np.ndarray, int] | None = None
    height: int = 600
    renderer: str = ""
