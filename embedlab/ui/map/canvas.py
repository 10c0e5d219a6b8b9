"""The canvas of the Map page: the stored map with its colour, selection, lines to true neighbours and placed points."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from embedlab import plots
from embedlab.core.errors import EmbedLabError
from embedlab.lab.map_view import MapView, map_view
from embedlab.plots.webmap import Axes, View
from embedlab.projections import PROJECTIONS
from embedlab.projections.colouring.colours import Colour
from embedlab.store.tags import Tag
from embedlab.ui.map import choice, link, place, trust
from embedlab.ui.map.bar import Found
from embedlab.ui.map.component import MapState, last_points, last_state, scatter
from embedlab.ui.map.selected import focus_of
from embedlab.ui.parts.frame import workspace
from embedlab.ui.parts.text import plain

NOTHING = np.zeros(0, np.int64)
KEPT_SETS = 8  # sets of placed points that a click on an older map may refer to


@st.cache_resource(max_entries=4, show_spinner="Reading the map")
def load(run_id: str, id: str, tags: tuple[Tag, ...]) -> MapView:
    """A stored map with its points, kept for the sessions that look at it; tags: those of the run at this moment."""
    here = workspace()
    return replace(map_view(here, here.run(run_id), here.stored_map(run_id, id)), tags=tags)


@st.cache_resource(max_entries=12, show_spinner="Colouring the map")
def shade(_view: MapView, run_id: str, id: str, tags: tuple[Tag, ...], chosen: tuple[str, str]) -> Colour:
    """A colouring of a stored map, cached so that a new selection does not compute it again."""
    return _view.colour(*chosen)


@st.cache_data(max_entries=8, show_spinner="Finding regions")
def regions(_view: MapView, run_id: str, id: str) -> list[tuple]:
    """The named regions of a map."""
    return _view.regions


@dataclass(frozen=True, eq=False)
class Look:
    """How a map is shown. colour: None if it failed; shown: bool for each drawn point, None for all."""

    colour: Colour | None = None
    found: Found = Found()
    asked: place.Asked = place.Asked()
    shown: np.ndarray | None = None


def key_of(id: str) -> str:
    return f"map_{id}"


def state_of(view: MapView, id: str) -> tuple[MapState, np.ndarray]:
    """(what the reader last did on the map, the rows or keys of its points at that time)."""
    key = key_of(id)
    placed_by = st.session_state.setdefault(f"{key}.placed", {})  # the browser may show an older set than is sent now
    order = np.concatenate([view.projection.ids, placed_by.get(last_points(key), NOTHING)])
    return last_state(key, len(order)), order


def selection(view: MapView, id: str, look: Look, *, current: bool) -> choice.Chosen:
    """What is selected, its true neighbours, and the points placed on the map for it."""
    state, order = state_of(view, id)
    linked = view.projection.ids[link.linked_selection(len(view.projection))] if current else NOTHING
    rows = choice.chosen(id, (state.at, order[state.selected]), look.found, linked)
    notes: list[str] = []
    asked, typed, placed = look.asked, None, None
    try:
        typed = place.typed(view, id, asked)
    except EmbedLabError as error:
        notes.append(plain(str(error)))
        asked = replace(asked, texts=())
    rows = rows[rows >= -(0 if typed is None else len(typed.names))]
    if not len(rows):
        named = [*asked.rows, *asked.drawn, *(() if typed is None else typed.keys.tolist())]
        rows = np.asarray(named, np.int64)
    focus = focus_of(view, rows, typed)
    try:
        placed = place.put(view, id, asked, rows, focus)
    except EmbedLabError as error:
        notes.append(plain(str(error)))
    notes.append(place.placed_note(asked, placed))
    return choice.Chosen(rows, focus, typed, placed, notes)


def draw(view: MapView, id: str, look: Look, chosen: choice.Chosen, *, current: bool) -> None:
    """Draw the map. current: whether it is the map that the address names."""
    key, projection, n = key_of(id), view.projection, len(view.projection)
    placed, keys = chosen.placed, NOTHING if chosen.placed is None else chosen.placed.keys
    where = place.places(view, keys)
    colour = look.colour if placed is None or look.colour is None else view.with_placed(look.colour, placed)
    marked = [*look.found.hits, *choice.travelled_to(), *look.asked.drawn, *look.asked.rows, *keys[keys < 0].tolist()]
    sent = scatter(
        place.with_more(view.cloud, placed, view.items.counts),
        View(
            title=f"{projection.title} map of {view.run.name}",
            subtitle=view.drawn_sentence,
            colour=colour,
            selected=where(chosen.rows),
            highlight=where(marked),
            links=None if chosen.focus is None else place.links(where, chosen.focus),
            regions=regions(view, view.run.id, id),
            halo=padded(trust.halo(view.run.id, id), len(keys), 0),
            shown=padded(look.shown, len(keys), True),
            opacity=padded(np.ones(n), len(keys), 0) if len(keys) else None,
            kept=view.kept_counts(placed),
            axes=Axes(tuple(plots.axis_titles(projection)), PROJECTIONS[projection.method].linear),
            height="fill",
            chip=trust.chip(projection),
            note=view.drawn_sentence.removesuffix("."),
            window=link.linked_view(projection.n_components) if current else None,
        ),
        key=key,
        hold=True,
        address=link.VIEW if current else None,
    )
    placed_by = st.session_state[f"{key}.placed"]
    placed_by[sent.of] = keys
    for old in list(placed_by)[:-KEPT_SETS]:
        del placed_by[old]


def padded(values: np.ndarray | None, n: int, fill) -> np.ndarray | None:
    """The values of the drawn points with `n` times `fill` behind them, for what was placed afterwards."""
    return None if values is None else np.concatenate([values, np.full(n, fill, values.dtype)])


def kept_in_link(view: MapView, rows: np.ndarray, *, current: bool) -> str:
    """Put the selection into the address of the map that is asked for; a sentence when it does not fit, else ""."""
    at = view.at[rows[rows >= 0]]
    if not current or link.keep_selection(at[at >= 0], len(view.projection)):
        return ""
    return "The selection is too long for the page's address: a link shows the map without it."
