"""The figure of a map with its controls: colour, search, selection, points placed on it."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from embedlab import plots
from embedlab.core.errors import EmbedLabError
from embedlab.lab.map_view import MapView, map_view
from embedlab.plots.webmap import Axes, View
from embedlab.projections import Placed
from embedlab.projections.colouring.colours import Colour
from embedlab.ui.map import link, place, select, trust
from embedlab.ui.map.component import last_points, last_state, scatter
from embedlab.ui.map.solid import last_click, solid_scatter
from embedlab.ui.parts.frame import dark, phone, workspace
from embedlab.ui.parts.text import plain

NOTHING = np.zeros(0, np.int64)

KEPT_SETS = 8  # sets of placed points that a click on an older map may refer to

MOST_RINGS = 60  # of selected points in 3-D, where nothing else sets them off


@st.cache_resource(max_entries=4, show_spinner="Reading the map")
def load(run_id: str, id: str) -> MapView:
    """A stored map with its points, kept for the sessions that look at it."""
    here = workspace()
    return map_view(here, here.run(run_id), here.stored_map(run_id, id))


@st.cache_resource(max_entries=12, show_spinner="Colouring the map")
def shade(run_id: str, id: str, name: str, target: str) -> Colour:
    """A colouring of a stored map, cached so that a new selection does not compute it again."""
    return load(run_id, id).colour(name, target)


@st.cache_data(max_entries=8, show_spinner="Finding regions")
def regions(run_id: str, id: str) -> list[tuple[float, float, str, float]]:
    """The named regions of a flat map."""
    return load(run_id, id).regions


@dataclass(frozen=True, eq=False)
class Look:
    """How a map is shown. colour: None if it failed; hits: rows found by a search; shown: bool for each drawn point."""

    colour: Colour | None
    hits: list[int]
    asked: place.Asked
    shown: np.ndarray | None


def controls(view: MapView, id: str) -> Look:
    """Colour, search, what to place on the map and what to show of it."""
    available = view.colours()
    key = f"colour_{view.projection.what}_{len(available)}"
    link.restore_colour(key, available)
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    name = left.selectbox("Colour by", list(available), format_func=available.get, key=key, persist_state="session")
    target = ""
    if name == "distance":
        target = middle.text_input("Word to measure from", value=view.run.embedding.words[0], key="distance_to").strip()
    link.keep_colour(name, target)
    query = right.text_input(
        "Search", placeholder=f"Find {view.projection.what} on the map", icon=":material/search:", key="map_search"
    )
    hits: list[int] = []
    if query.strip():
        try:
            hits = view.search(query)
        except EmbedLabError as error:
            st.caption(plain(str(error)))
    asked, shown = place.popovers(view)
    try:
        colour = shade(view.run.id, id, name, target)
    except EmbedLabError as error:
        st.warning(plain(str(error)))
        colour = None
    return Look(colour, hits, asked, shown)


def flat(view: MapView, id: str, look: Look, current: bool, sides: tuple) -> list[str]:
    """Draws the flat map, with lines from the point in focus to its true neighbours; returns notes to show below it."""
    left, right = sides
    key, projection, n = f"map_{id}", view.projection, len(view.projection)
    placed_by = st.session_state.setdefault(
        f"{key}.placed", {}
    )  # what the browser shows may be older than what is sent now
    order = np.concatenate([projection.ids, placed_by.get(last_points(key), NOTHING)])
    state = last_state(key, len(order))
    linked = projection.ids[link.linked_selection(n)] if current else NOTHING
    rows = select.chosen(id, (state.at, order[state.selected]), look.hits, linked)
    focus, placed = beside(view, id, look, rows, right)
    keys = NOTHING if placed is None else placed.keys
    where = place.places(view, keys)
    colour = look.colour if placed is None or look.colour is None else view.with_placed(look.colour, placed)
    marked = [*look.hits, *look.asked.drawn, *look.asked.rows, *keys[keys < 0].tolist()]
    with left:
        sent = scatter(
            place.with_more(view.cloud, placed, view.items.counts),
            View(
                title=f"{projection.title} map",
                subtitle=projection.drawn,
                colour=colour,
                selected=where(rows),
                highlight=where(marked),
                links=None if focus is None else place.links(where, focus),
                regions=regions(view.run.id, id),
                halo=padded(trust.halo(view.run.id, id), len(keys), 0),
                shown=padded(look.shown, len(keys), True),
                opacity=padded(np.ones(n), len(keys), 0) if len(keys) else None,
                kept=view.kept_counts(placed),
                axes=Axes(tuple(plots.axis_titles(projection)), projection.method == "pca"),
                height=680,
                window=link.linked_view() if current else None,
            ),
            key=key,
            hold=True,
            address=link.VIEW if current else None,
        )
    placed_by[sent.of] = keys
    for old in list(placed_by)[:-KEPT_SETS]:
        del placed_by[old]
    return [place.placed_note(look.asked, placed), *kept_in_link(view, rows, current)]


def solid(view: MapView, id: str, look: Look, current: bool, sides: tuple) -> list[str]:
    """Draws the map in three dimensions; returns notes as `flat` does."""
    left, right = sides
    key, projection = f"map_{id}_3d", view.projection
    row, at = last_click(key)
    linked = projection.ids[link.linked_selection(len(projection))] if current else NOTHING
    rows = select.chosen(id, (at, [row]), look.hits, linked, again=True)
    focus, placed = beside(view, id, look, rows, right)
    near = () if focus is None else (focus.item, *focus.near)
    marked = [
        row for row in dict.fromkeys([*look.hits, *look.asked.drawn, *rows[:MOST_RINGS].tolist(), *near]) if row >= 0
    ]
    with left:
        drawing = plots.Drawing(
            view.texts,
            look.colour,
            view.counts,
            highlight=marked,
            placed=placed,
            links=None if focus is None else (focus.item, focus.near),
        )
        figure = plots.map_figure(projection, drawing, plots.Canvas(330 if phone() else 640, 680, dark()))
        solid_scatter(
            figure, key=key, camera=link.linked_camera() if current else None, address=link.VIEW if current else None
        )
    return [place.placed_note(look.asked, placed), *kept_in_link(view, rows, current)]


def beside(view: MapView, id: str, look: Look, rows: np.ndarray, right) -> tuple[select.Focus | None, Placed | None]:
    """The panel at the right and the points placed on the map; a caption says what cannot be placed."""
    asked, typed, placed = look.asked, None, None
    with right:
        try:
            typed = place.typed(view, id, asked)
        except EmbedLabError as error:
            st.caption(f":material/info: {plain(str(error))}")
            asked = replace(asked, texts=())
        named = [*asked.rows, *asked.drawn, *(() if typed is None else typed.keys.tolist())]
        focus = select.panel(view, id, rows.tolist() or look.hits or named, typed)
        try:
            placed = place.put(view, id, asked, rows, focus)
        except EmbedLabError as error:
            st.caption(f":material/info: {plain(str(error))}")
    return focus, placed


def padded(values: np.ndarray | None, n: int, fill) -> np.ndarray | None:
    """The values of the drawn points with `n` times `fill` behind them, for what was placed afterwards."""
    return None if values is None else np.concatenate([values, np.full(n, fill, values.dtype)])


def kept_in_link(view: MapView, rows: np.ndarray, current: bool) -> list[str]:
    """Put the selection into the address of the map that is asked for; a sentence when it does not fit."""
    at = view.at[rows[rows >= 0]]
    if not current or link.keep_selection(at[at >= 0], len(view.projection)):
        return []
    return ["The selection is too long for the page's address: a link shows the map without it."]
