"""The data of a map for the browser: arrays as bytes, each sent once, and a description that refers to them.

Bytes a point: 8 for its place (two float32; 12 in three dimensions) and 2 for its colour (uint16). Where they are
wanted: 1 for opacity, 4 for a halo, an eighth for a filter, 1 for how much of its neighbourhood is kept. Names and
facts travel apart, in pages, once the points are drawn.
"""

import base64
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.plots.style import GREY, category_looks, log_ticks, plain_ticks, point_scale
from embedlab.plots.webmap.cloud import Morph, Pages, PointCloud, View
from embedlab.plots.webmap.fit import first_box
from embedlab.projections.colouring.colours import Colour

SYMBOL_CODES = {"circle": 0, "diamond": 1, "square": 2, "cross": 3}
LISTED = 500
STEPS = 65_535
STEPS_BESIDE_GREY = 65_279  # the browser has 256 colours of a scale: the last is then that of missing values

Put = Callable[[str, bytes], str]  # (name of the array, its bytes) -> how the browser refers to it


def describe(cloud: PointCloud, put: Put, view: View = View()) -> dict:
    """The JSON description of a map, whose arrays `put` has taken. BadInput when an array does not fit the points."""
    about = {
        "title": view.title,
        "subtitle": view.subtitle,
        "height": view.height,
        "renderer": view.renderer,
        "glide": view.glide,
        "positions": put("positions", cloud.positions),
        "dims": cloud.dims,
        "box": _first_box(cloud, view.morph),
        "names": _paged("names", cloud.name_pages, put),
        "quiet": [int(i) for i in cloud.quiet],
        "highlight": [int(i) for i in view.highlight],
    }
    about |= _of_each_point(cloud, put, view)
    if view.colour is not None:
        about["colour"] = describe_colour(view.colour, len(cloud), put)
    if view.selected is not None:
        about["selected"] = pack_selection(view.selected, len(cloud))
    if view.morph is not None:
        positions = put("morph", cloud.place(view.morph.to))
        about["morph"] = {"positions": positions, "t": float(view.morph.t), "titles": list(view.morph.titles)}
    if view.links is not None:
        start, *ends = view.links
        named = zip(("to", "then"), ends, strict=False)
        about["links"] = {"from": int(start)} | {name: [int(i) for i in near] for name, near in named}
    if len(view.regions):
        about["regions"] = [_region(cloud, region) for region in view.regions]
    if view.axes is not None and not (cloud.turned and cloud.dims == 2):
        about["axes"] = {
            "titles": list(view.axes.titles),
            "ticks": view.axes.ticks,
            "origin": cloud.origin.tolist(),
            "scale": cloud.scale,
        }
    if view.window is not None:
        about["view"] = _window(cloud, view.window)
    if view.chip is not None:
        about["chip"] = {"text": view.chip.text, "tone": view.chip.tone}
    if view.note:
        about["note"] = view.note
    return about


def _of_each_point(cloud: PointCloud, put: Put, view: View) -> dict:
    """The arrays that some maps have beside places and colours."""
    n, found = len(cloud), {}
    if cloud.counts is not None:
        found["counts"] = put("counts", np.asarray(cloud.counts).clip(0, 2**32 - 1).astype("<u4").tobytes())
    if cloud.fact_pages is not None:
        found["facts"] = _paged("facts", cloud.fact_pages, put)
    if view.kept is not None:
        kept = _one_each("numbers of neighbours", view.kept[0], n).clip(0, 255).astype(np.uint8)
        found["kept"] = {"counts": put("kept", kept.tobytes()), "of": int(view.kept[1])}
    if view.shown is not None:
        shown = _one_each("filter flags", view.shown, n).astype(bool)
        found["filter"] = put("filter", np.packbits(shown, bitorder="little").tobytes())
    if view.halo is not None:
        found["halo"] = put("halo", _one_each("halos", view.halo, n).astype("<f4").tobytes())
    if view.opacity is not None:
        opacity = (_one_each("opacities", view.opacity, n).clip(0, 1) * 255).round().astype(np.uint8)
        found["alpha"] = put("alpha", opacity.tobytes())
    return found


def _paged(name: str, pages: Pages, put: Put) -> dict:
    return {"size": pages.size, "pages": [put(f"{name}{i}", page) for i, page in enumerate(pages.pages)]}


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
    low, high = colour.bounds
    gone = colour.missing
    steps = STEPS_BESIDE_GREY if gone.any() else STEPS
    codes = np.rint((values.astype(np.float64) - low) / ((high - low) or 1) * steps)
    codes[gone] = STEPS
    scale = {
        "light": point_scale(dark=False, low_stands_out=colour.low_stands_out),
        "dark": point_scale(dark=True, low_stands_out=colour.low_stands_out),
    }
    return about | {
        "low": low,
        "high": high,
        "log": colour.log,
        "form": colour.form,
        "steps": steps,
        "missing": {"colour": GREY, "size": int(gone.sum())},
        "scale": scale,
        "ticks": _ticks(colour, low, high),
        "codes": put("codes", codes.astype("<u2").tobytes()),
    }


def _ticks(colour: Colour, low: float, high: float) -> list[list]:
    """[share of the scale, text] of the numbers under a scale."""
    if colour.log:
        places, texts = log_ticks(colour.values)
    else:
        places, texts = plain_ticks(colour)
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


def _window(cloud: PointCloud, window: Sequence[float]) -> list[float]:
    wanted = 3 if cloud.dims == 2 else 6
    if len(window) != wanted:
        raise BadInput(
            f"What is seen first of a map in {cloud.dims} dimensions is told by {wanted} numbers; got {len(window)}."
        )
    return [float(value) for value in window]


def _region(cloud: PointCloud, region: tuple) -> list:
    """[its place in the browser's units, name, weight, level]."""
    place, (name, weight, *level) = region[: cloud.dims], region[cloud.dims :]
    framed = [round(float(value), 5) for value in cloud.framed(np.array([place], np.float64))[0]]
    return [*framed, str(name), float(weight), int(level[0]) if level else 0]


def _first_box(cloud: PointCloud, morph: Morph | None) -> list[float]:
    """What is to be seen at first, in the browser's units; of a flat map that changes, both ends."""
    if morph is None or cloud.dims == 3:
        return list(cloud.box)
    ends = np.array([cloud.box, first_box(cloud.framed(np.asarray(morph.to)))])
    low, high = (ends[:, :2] - ends[:, 2:]).min(axis=0), (ends[:, :2] + ends[:, 2:]).max(axis=0)
    return [*((low + high) / 2).tolist(), *((high - low) / 2).tolist()]
