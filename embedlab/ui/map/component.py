"""The map as a component of the page: one function that draws it and says what the reader has selected.

Arrays travel apart from the page's messages, under addresses made of their content: the browser asks for each once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from embedlab.plots.webmap import PointCloud, View, describe, script, unpack_selection
from embedlab.ui.parts.served import served

# The program itself is an array like the others: the page's messages carry only these lines. They also keep what is in
# view where points are added, and in the address, which every answer of the server replaces by what it knows.
LOADER = """
export default async function (component) {
  const { data, parentElement } = component;
  const { mount } = await import(new URL(data.code, document.baseURI).href);
  const view = parentElement.querySelector(".em-stage")?.map?.view.toArray();
  if (view && data.about.hold) data.about.view = view;
  if (view && data.address) setTimeout(() => parentElement.isConnected && keepInAddress(data.address, view), 500);
  return mount(component);
}

function keepInAddress(name, view) {
  const address = new URL(window.location.href);
  if (address.searchParams.has(name)) return;
  address.searchParams.set(name, view.join(","));
  window.history.replaceState(window.history.state, "", address);
}
"""
_mount = st.components.v2.component("embedlab_map", html='<div class="em-root"></div>', js=LOADER)


@dataclass(frozen=True, eq=False)
class MapState:
    """What the reader last did on a map.

    selected: the points they chose by click, lasso or box, int64, in their order while there are at most 500;
    at: when, in milliseconds of the browser's clock, 0 for never; the later of two maps counts for both.
    view: (x, y, zoom) in the browser's units, (x, y, z, zoom, yaw, pitch) of a map in three dimensions as in
    `View.window`, None for the whole map; hover: the point under the pointer. Both are None unless `tell` asked for
    them. of: what names the points that are meant. chip: when the chip of `View.chip` was last pressed, like `at`.
    """

    selected: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    at: int = 0
    view: tuple[float, ...] | None = None
    hover: int | None = None
    of: str = ""
    chip: int = 0


def scatter(
    cloud: PointCloud,
    view: View = View(),
    *,
    key: str,
    hold: bool = False,
    address: str | None = None,
    tell: Sequence[str] = (),
) -> MapState:
    """What the reader has done on the map that this draws; a selection or the chip reruns the fragment around it.

    Coordinates, colour and the other arrays are sent when they are new to the browser and never again, so colour,
    filter and selection change at little cost. Keep one cloud for one map (st.cache_resource).

    key: the component's. A new map under the same key starts with the whole of it in view, unless `hold` says that it
    is the same one with points added at the end.
    address: name of the parameter of the page's address that keeps the view, None for none: read it on the next run.
    tell: "view" and "hover" also rerun the fragment when they change; without them the page hears of selections only.

    Raises BadInput when an array does not fit the points.
    """
    before = _spoken(key)
    positions = ""

    def put(name: str, data: bytes) -> str:
        nonlocal positions
        link = served(key, name, data)
        positions = link if name == "positions" else positions
        return link

    about = describe(cloud, put, view)
    picked = before.get("picked") or {}
    about["hold"] = hold
    if picked.get("of") != positions:  # the points have changed: the browser must take the current selection
        about["force"] = True
    else:
        about["seen"] = picked.get("at")
        about.setdefault("selected", {name: picked[name] for name in ("list", "bits") if name in picked})
    data = {
        "about": about,
        "code": served(key, "code", script().encode(), "text/javascript"),
        "address": address,
        "tell": list(tell),
    }
    told = {f"on_{name}_change": _nothing for name in ("picked", "view", "hover", "chip")}
    result = _mount(key=key, data=data, **told)
    return _state(result, positions, len(cloud))


def last_state(key: str, n: int) -> MapState:
    """What the reader did on the map `key` of `n` points, before it is drawn again."""
    return _state(_spoken(key), last_points(key), n)


def last_points(key: str) -> str:
    """The name of the points of the last selection on the map `key`, as in `MapState.of`; "" without one."""
    return (_spoken(key).get("picked") or {}).get("of") or ""


def last_chip(key: str) -> int:
    """When the chip of the map `key` was last pressed, as in `MapState.chip`."""
    return int(_spoken(key).get("chip") or 0)


def _state(result, positions: str, n: int) -> MapState:
    picked = result.get("picked") or {}
    if picked.get("of") != positions:
        picked = {}
    view, hover = result.get("view"), result.get("hover")
    return MapState(
        unpack_selection(picked, n),
        int(picked.get("at") or 0),
        tuple(view) if view else None,
        int(hover) if hover is not None and hover < n else None,
        positions,
        int(result.get("chip") or 0),
    )


def _spoken(key: str) -> dict:
    spoken = st.session_state.get(key)
    return spoken if spoken is not None else {}


def _nothing() -> None:
    """A state of a component is only returned when it has a callback."""
