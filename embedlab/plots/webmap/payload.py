"""What the browser is given to draw a map: arrays as bytes, each sent once, and a small description that refers to them.

Bytes a point: 8 for its place (two float32), 2 for its colour (uint16), and only where they are wanted 1 for opacity,
4 for a halo, an eighth for a filter and 1 for how much of its neighbourhood is kept. Names travel apart, in pages, once the points are drawn.
"""

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.plots.style import category_looks, log_ticks, point_scale, shortened
from embedlab.projections.colouring.colours import Colour

SYMBOL_CODES = {"circle": 0, "diamond": 1, "square": 2, "cross": 3}
NAME_WIDTH = 80
ONE_PAGE = 3_000_000  # bytes of names that still travel in one piece
PAGE_ROWS = 8192
LISTED = 500
STEPS = 65_535

Put = Callable[[str, bytes], str]  # (name of the array, its bytes) -> how the browser refers to it


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a map: coords (n, 2) finite; a name and maybe a count each; `quiet`: those named last.

    Points are meant by their number, 0 to n - 1, in the order given: the most important first, for they are named
    first. Keep one `Points` for one map: its bytes are made once.
    """

    coords: np.ndarray
    names: Sequence[str]
    counts: np.ndarray | None = None
    quiet: Sequence[int] = ()

    def __post_init__(self):
        coords = np.asarray(self.coords, np.float32)
        if coords.ndim != 2 or coords.shape[1] != 2 or not len(coords):
            raise BadInput(
                f"A flat map needs two coordinates for each of at least one point; got an array of shape {coords.shape}."
            )
        if not np.isfinite(coords).all():
            raise BadInput("A map needs finite coordinates; some of these are not numbers.")
        for what, values in (("names", self.names), ("counts", self.counts)):
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

    @cached_property
    def name_pages(self) -> tuple[bytes, ...]:
        """The names in UTF-8, one a line: in one piece while they are short, else 8,192 a page."""
        lines = [shortened(" ".join(name.split()), NAME_WIDTH) for name in self.names]
        whole = "\n".join(lines).encode()
        if len(whole) <= ONE_PAGE:
            return (whole,)
        return tuple("\n".join(lines[i : i + PAGE_ROWS]).encode() for i in range(0, len(lines), PAGE_ROWS))

    @property
    def page_size(self) -> int:
        return len(self) if len(self.name_pages) == 1 else PAGE_ROWS


def describe(
    points: Points,
    put: Put,
    *,
    title: str = "",
    subtitle: str = "",
    colour: Colour | None = None,
    selected: Iterable[int] | None = None,
    highlight: Iterable[int] = (),
    shown: np.ndarray | None = None,
    links: tuple[int, Sequence[int]] | tuple[int, Sequence[int], Sequence[int]] | None = None,
    regions: Sequence[tuple[float, float, str, float]] = (),
    halo: np.ndarray | None = None,
    opacity: np.ndarray | None = None,
    morph_to: np.ndarray | None = None,
    t: float = 0.0,
    morph_titles: tuple[str, str] = ("first", "second"),
    axes: tuple[str, str] | None = None,
    ticks: bool = False,
    view: tuple[float, float, float] | None = None,
    height: int = 600,
    renderer: str = "",
    kept: tuple[np.ndarray, int] | None = None,
) -> dict:
    """The JSON description of a map whose arrays `put` has taken. Arguments as in `ui.map_component.scatter`.

    links of a map that changes into another may have a third part, the neighbours there: (point, here, there).
    kept: (how many of each point's true nearest neighbours are also the nearest on the map, of how many), for the hover text.
    """
    n = len(points)
    about = {
        "title": title,
        "subtitle": subtitle,
        "height": height,
        "renderer": renderer,
        "positions": put("positions", points.positions),
        "extent": [1.0, 1.0],
        "names": {
            "size": points.page_size,
            "pages": [put(f"names{i}", page) for i, page in enumerate(points.name_pages)],
        },
        "quiet": [int(i) for i in points.quiet],
        "highlight": [int(i) for i in highlight],
    }
    about["extent"] = _extent(points, morph_to)
    if points.counts is not None:
        about["counts"] = put("counts", np.asarray(points.counts).clip(0, 2**32 - 1).astype("<u4").tobytes())
    if kept is not None:
        about["kept"] = {
            "counts": put(
                "kept", _one_each("numbers of neighbours", kept[0], n).clip(0, 255).astype(np.uint8).tobytes()
            ),
            "of": int(kept[1]),
        }
    if colour is not None:
        about["colour"] = describe_colour(colour, n, put)
    if selected is not None:
        about["selected"] = pack_selection(selected, n)
    if shown is not None:
        about["filter"] = put(
            "filter", np.packbits(_one_each("filter flags", shown, n).astype(bool), bitorder="little").tobytes()
        )
    if halo is not None:
        about["halo"] = put("halo", _one_each("halos", halo, n).astype("<f4").tobytes())
    if opacity is not None:
        about["alpha"] = put(
            "alpha", (_one_each("opacities", opacity, n).clip(0, 1) * 255).round().astype(np.uint8).tobytes()
        )
    if morph_to is not None:
        about["morph"] = {
            "positions": put("morph", points.place(morph_to)),
            "t": float(t),
            "titles": list(morph_titles),
        }
    if links is not None:
        about["links"] = {"from": int(links[0])} | {
            name: [int(i) for i in near] for name, near in zip(("to", "then"), links[1:], strict=False)
        }
    if len(regions):
        about["regions"] = [[*_framed(points, x, y), str(name), float(weight)] for x, y, name, weight in regions]
    if axes is not None:
        about["axes"] = {"titles": list(axes), "ticks": ticks, "origin": points.origin.tolist(), "scale": points.scale}
    if view is not None:
        about["view"] = [float(value) for value in view]
    return about


def describe_colour(colour: Colour, n: int, put: Put) -> dict:
    """A colouring as the browser takes it: codes of two bytes a point, and what a legend needs."""
    values = np.asarray(_one_each("colour values", colour.values, n))
    about = {"name": colour.name, "title": colour.title, "unit": colour.unit, "kind": colour.kind}
    if colour.kind == "category":
        sizes = np.bincount(values, minlength=len(colour.categories))
        light, dark = (category_looks(colour.categories, colour.muted, dark=dark) for dark in (False, True))
        about["categories"] = [
            {
                "name": name,
                "colour": ink,
                "shape": SYMBOL_CODES[symbol],
                "muted": name in colour.muted,
                "size": int(size),
            }
            | ({"dark": night} if night != ink else {})
            for name, (ink, symbol), (night, _), size in zip(colour.categories, light, dark, sizes, strict=True)
        ]
        return about | {"codes": put("codes", values.astype("<u2").tobytes())}
    low, high = float(values.min()), float(values.max())
    codes = np.rint((values.astype(np.float64) - low) / ((high - low) or 1) * STEPS)
    scale = {
        "light": point_scale(dark=False, low_stands_out=colour.low_stands_out),
        "dark": point_scale(dark=True, low_stands_out=colour.low_stands_out),
    }
    return about | {
        "low": low,
        "high": high,
        "log": colour.log,
        "scale": scale,
        "ticks": _ticks(colour, low, high),
        "codes": put("codes", codes.astype("<u2").tobytes()),
    }


def _ticks(colour: Colour, low: float, high: float) -> list[list]:
    """[share of the scale, text] of the numbers under a scale."""
    if colour.log:
        places, texts = log_ticks(colour.values)
    else:
        places = [low, (low + high) / 2, high] if high > low else [low]
        texts = [f"{place:.2f}".rstrip("0").rstrip(".") for place in places]
    return [[(place - low) / ((high - low) or 1), text] for place, text in zip(places, texts, strict=True)]


def pack_selection(selected: Iterable[int], n: int) -> dict:
    """A selection small enough to send: up to 500 points as a list in their order, more as a base64 bit set."""
    chosen = np.fromiter((int(i) for i in selected), np.int64)
    chosen = chosen[(chosen >= 0) & (chosen < n)]
    if len(chosen) <= LISTED:
        return {"list": chosen.tolist()}
    bits = np.zeros(n, bool)
    bits[chosen] = True
    return {"bits": base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()}


def unpack_selection(packed: dict | None, n: int) -> np.ndarray:
    """The selected points, int64, from what `pack_selection` or the browser made; nothing from what is no selection."""
    if not isinstance(packed, dict):
        return np.zeros(0, np.int64)
    if "bits" in packed:
        bits = np.frombuffer(base64.b64decode(packed["bits"]), np.uint8)
        return np.flatnonzero(np.unpackbits(bits, bitorder="little")[:n])
    chosen = np.array([i for i in packed.get("list", ()) if isinstance(i, int)], np.int64)
    return chosen[(chosen >= 0) & (chosen < n)]


def _one_each(what: str, values, n: int) -> np.ndarray:
    values = np.asarray(values)
    if values.shape != (n,):
        raise BadInput(f"The map has {n:,} points but came with {values.size:,} {what}.")
    return values


def _framed(points: Points, x: float, y: float) -> list[float]:
    return [round(float(value), 5) for value in (np.array([x, y]) - points.origin) / points.scale]


def _extent(points: Points, morph_to: np.ndarray | None) -> list[float]:
    """Half the width and height of what is to be seen at first, in the browser's units."""
    sets = [points.coords] if morph_to is None else [points.coords, np.asarray(morph_to)]
    half = np.max([np.abs(coords - points.origin).max(axis=0) for coords in sets], axis=0) / points.scale
    return [max(float(side), 0.05) for side in half]
