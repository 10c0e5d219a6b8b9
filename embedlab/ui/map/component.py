"""The map as a component of the page: one function that draws it and says what the reader has selected.

Arrays travel apart from the page's messages, under addresses made of their content: the browser asks for each once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from embedlab.plots.webmap import Points, describe, script, unpack_selection
from embedlab.projections.colouring.colours import Colour

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
    at: when, in milliseconds of the browser's clock, 0 for never: of two maps the later one speaks for both.
    view: (x, y, zoom) in the browser's units, None for the whole map; hover: the point under the pointer. Both are
    None unless `tell` asked for them. of: what names the points that are meant.
    """

    selected: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    at: int = 0
    view: tuple[float, float, float] | None = None
    hover: int | None = None
    of: str = ""


def scatter(
    points: Points,
    *,
    key: str,
    title: str = "",
    subtitle: str = "",
    colour: Colour | None = None,
    selected: Iterable[int] | None = None,
    highlight: Iterable[int] = (),
    shown: np.ndarray | None = None,
    links: tuple[int, Sequence[int]] | None = None,
    regions: Sequence[tuple[float, float, str, float]] = (),
    halo: np.ndarray | None = None,
    opacity: np.ndarray | None = None,
    morph_to: np.ndarray | None = None,
    t: float = 0.0,
    morph_titles: tuple[str, str] = ("first", "second"),
    axes: tuple[str, str] | None = None,
    ticks: bool = False,
    view: tuple[float, float, float] | None = None,
    hold: bool = False,
    height: int = 600,
    address: str | None = None,
    tell: Sequence[str] = (),
    renderer: str = "",
    kept: tuple[np.ndarray, int] | None = None,
) -> MapState:
    """What the reader has selected on the map that this draws; a new selection reruns the fragment around it.

    Points are meant by their number in `points`, 0 to n - 1. Coordinates, colour and the other arrays are sent when
    they are new to the browser and never again, so colour, filter and selection change at little cost.

    points: keep one object for one map (st.cache_resource), with its names, counts and unimportant points.
    key: the component's; a new map under the same key starts with the whole of it in view, unless `hold` says that it is
    the same one with points added behind.
    colour: one value a point, see `projections.colours`; its legend switches categories on and off in the browser.
    selected: points to show as selected whatever the reader chose here, such as those chosen on another map; None
    keeps the reader's own. [] clears.
    highlight: search hits, ringed and named; when none is in view the map glides to the first.
    shown: bool (n,), False hides a point; hidden points are not hovered, named or selected.
    links: (point, its true nearest neighbours on the map): lines between them, the nearest strongest.
    regions: (x, y, name, weight) in the map's own coordinates, named while one looks from afar, heaviest first.
    halo: radius in pixels of a soft disc around each point, 0 for none, such as how far it moves between runs.
    opacity: 0 to 1 for each point.
    morph_to: (n, 2) other coordinates of the same points, in the frame of the first ones (align them before): a bar
    with slider and play button leads from one to the other, named by `morph_titles`; `t` from 0 to 1 is where it stands.
    axes: names of the two axes; ticks: whether numbers along them mean something, as with PCA.
    view: (x, y, zoom) to look at when the map opens; afterwards the reader moves it.
    address: name of the parameter of the page's address that keeps the view, None for none: read it on the next run.
    tell: "view" and "hover" also rerun the fragment when they change; without them the page hears of selections only.
    renderer: "canvas" draws without WebGL; by default that happens only where WebGL2 is missing.
    kept: (how many of each point's true nearest neighbours are also its nearest on the map, of how many), told on hover.

    Raises BadInput when an array does not fit the points.
    """
    before = _spoken(key)
    positions = ""

    def put(name: str, data: bytes) -> str:
        nonlocal positions
        link = served(key, name, data)
        positions = link if name == "positions" else positions
        return link

    about = describe(
        points,
        put,
        title=title,
        subtitle=subtitle,
        colour=colour,
        selected=selected,
        highlight=highlight,
        shown=shown,
        links=links,
        regions=regions,
        halo=halo,
        opacity=opacity,
        morph_to=morph_to,
        t=t,
        morph_titles=morph_titles,
        axes=axes,
        ticks=ticks,
        view=view,
        height=height,
        renderer=renderer,
        kept=kept,
    )
    picked = before.get("picked") or {}
    about["hold"] = hold
    if picked.get("of") != positions:  # the points are new since: the browser shall take what is selected now
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
    result = _mount(key=key, data=data, on_picked_change=_nothing, on_view_change=_nothing, on_hover_change=_nothing)
    return _state(result, positions, len(points))


def last_state(key: str, n: int) -> MapState:
    """What the reader did on the map `key` of `n` points, before it is drawn again."""
    return _state(_spoken(key), last_points(key), n)


def last_points(key: str) -> str:
    """What names the points of the map `key` that the reader last selected of, as `MapState.of` does; "" before that."""
    return (_spoken(key).get("picked") or {}).get("of") or ""


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
    )


def _spoken(key: str) -> dict:
    spoken = st.session_state.get(key)
    return spoken if spoken is not None else {}


def _nothing() -> None:
    """A state of a component is only returned when it has a callback."""


def served(key: str, name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    """An address of these bytes for this session: the same bytes, the same address."""
    from streamlit.runtime import get_instance

    digest = hashlib.blake2b(data, digest_size=10).hexdigest()
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    link = get_instance().media_file_mgr.add(data, kind, f"{key}.{name}", file_name=digest)
    return f"/{base}{link}" if base else link
