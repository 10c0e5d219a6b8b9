"""The parts of the Map page: settings, the job that computes, the figure with its controls, files."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

from embedlab import jobs, plots
from embedlab.core.errors import EmbedLabError
from embedlab.jobs.map_specs import MapSpec
from embedlab.lab.map_files import Shade, map_file
from embedlab.lab.map_view import MapView, map_view
from embedlab.plots.webmap import Axes, View
from embedlab.projections import PROJECTIONS, Placed
from embedlab.projections.colouring.colours import Colour
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map import link, place, select, start, trust
from embedlab.ui.map.component import last_points, last_state, scatter
from embedlab.ui.map.solid import last_click, solid_scatter
from embedlab.ui.parts.forms import config_form
from embedlab.ui.parts.frame import dark, empty, phone, workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

FILES = {
    ".html": ("Interactive page (HTML)", "text/html"),
    ".csv": ("Coordinates (CSV)", "text/csv"),
    ".png": ("Picture (PNG)", "image/png"),
    ".svg": ("Vector graphic (SVG)", "image/svg+xml"),
    ".zip": ("Embedding Projector (ZIP)", "application/zip"),
}
NOTHING = np.zeros(0, np.int64)
KEPT_SETS = 8  # of points put on a map, which clicks on an older one may mean
MOST_RINGS = 60  # of selected points in 3-D, where nothing else sets them off


def settings(here: Workspace, run: Run) -> MapSpec:
    """The map that is asked for, from the widgets above it, which a link may have set."""
    kinds = ["words", "documents"] if here.run_corpus(run) is not None else ["words"]
    link.restore(here, run, kinds)
    left, middle, right, last = st.columns([3, 2, 2, 2])
    method = left.segmented_control(
        "Projection",
        list(PROJECTIONS),
        default="umap",
        required=True,
        key="map.method",
        persist_state="session",
        format_func=lambda name: PROJECTIONS[name].title,
    )
    dims = middle.segmented_control(
        "Dimensions",
        [2, 3],
        default=2,
        required=True,
        key="map.dims",
        persist_state="session",
        format_func="{}-D".format,
    )
    what = right.segmented_control(
        "Points",
        kinds,
        default="words",
        required=True,
        key=f"map.what.{len(kinds)}",
        persist_state="session",
        format_func=str.capitalize,
    )
    limit = last.number_input(
        "Number of points",
        link.LEAST,
        link.MOST,
        5000,
        step=1000,
        key="map.limit",
        persist_state="session",
        help="The most frequent words are drawn, or documents evenly spaced; the map says how many of how many.",
    )
    st.caption(PROJECTIONS[method].about)
    with st.expander(f"Settings of {PROJECTIONS[method].title}"):
        values = config_form(PROJECTIONS[method].config, key=f"map.{method}", columns=4)
        seed = st.number_input("Seed", 0, 2**31 - 1, 1, key="map.seed", persist_state="session", width=180)
    spec = start.with_start(here, run, MapSpec(run.id, method, what, dims, int(limit), int(seed), values))
    spec.check_installed()
    link.keep_map(spec.id)
    return spec


def stored_or_started(here: Workspace, run: Run, spec: MapSpec) -> MapSpec | None:
    """The spec of the map to show: `spec` once it is computed, before that the spec of the map on screen.

    A map that is not computed yet gets a button that starts its job. None while the job runs, or if there is no map.
    """
    if here.stored_map(run.id, spec.id) is not None:
        return spec
    n = _available(here, run, spec.what)
    if min(n, spec.limit) < link.LEAST:
        empty(
            "Too few points for a map",
            f"This run has {n:,} {spec.what}; a map needs at least {link.LEAST}. Train on more text, or with a lower "
            "minimum count.",
        )
        return None
    job = jobs.newest(here, "map", spec.json)
    if job is not None and job.status != "done" and watch(job.id).active:
        trust.on_the_way(job.id)
        return None
    earlier = start.shown_before(here, run)
    if st.button("Draw map", type="primary", icon=":material/scatter_plot:"):
        start.keep(spec)
        jobs.start(here, "map", spec.json, title=f"{spec.title} of {run.name}")
        st.rerun()
    if earlier is not None:
        st.caption(":material/history: These settings have not been drawn yet. Below is the map drawn before.")
        return earlier
    others = len(here.maps(run.id))
    known = "One other map of this run appears" if others == 1 else f"{others} other maps of this run appear"
    empty(
        "This map has not been drawn yet",
        f"{known} at once when you choose the settings."
        if others
        else "It is computed in the background, then stored: next time it appears at once.",
    )
    return None


def _available(here: Workspace, run: Run, what: str) -> int:
    """How many points a map of the run could draw."""
    return run.summary["words"] if what == "words" else here.run_corpus(run).n_documents


@st.cache_resource(max_entries=4, show_spinner="Reading the map")
def load(run_id: str, id: str) -> MapView:
    """A stored map with its points, kept for the sessions that look at it."""
    here = workspace()
    return map_view(here, here.run(run_id), here.stored_map(run_id, id))


@st.cache_resource(max_entries=12, show_spinner="Colouring the map")
def shade(run_id: str, id: str, name: str, target: str) -> Colour:
    """A colouring of a stored map, kept likewise: a new selection does not work it out again."""
    return load(run_id, id).colour(name, target)


@st.cache_data(max_entries=8, show_spinner="Finding regions")
def regions(run_id: str, id: str) -> list[tuple[float, float, str, float]]:
    """The named regions of a flat map."""
    return load(run_id, id).regions


@dataclass(frozen=True, eq=False)
class Look:
    """How a map is shown. colour: None if it failed; hits: rows that a search found; shown: bool for each drawn point."""

    colour: Colour | None
    hits: list[int]
    asked: place.Asked
    shown: np.ndarray | None


@st.fragment
def show(run_id: str, spec: MapSpec, *, current: bool = True) -> None:
    """The figure and what belongs to it; a selection reruns only this. current: whether it answers the settings above it."""
    try:
        _show(run_id, spec, current)
    except EmbedLabError as error:  # the page's frame does not see what goes wrong in a fragment
        st.error(plain(str(error)), icon=":material/error:")


def _show(run_id: str, spec: MapSpec, current: bool) -> None:
    id = spec.id
    view = load(run_id, id)
    start.on_screen(spec)
    trust.panel(spec, view)
    look = controls(view, id)
    left, right = st.columns([7, 3], gap="medium")
    draw = flat if view.projection.n_components == 2 else solid
    notes = draw(view, id, look, current, (left, right))
    with left:
        notes += [
            look.colour.note if look.colour is not None else "",
            *view.projection.notes,
            start.story(workspace(), view.run, spec),
        ]
        for note in filter(None, notes):
            st.caption(f":material/info: {note}")
    take_away(view, id, look)


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
    return [place.told(look.asked, placed), *kept_in_link(view, rows, current)]


def solid(view: MapView, id: str, look: Look, current: bool, sides: tuple) -> list[str]:
    """The map in three dimensions, likewise."""
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
    return [place.told(look.asked, placed), *kept_in_link(view, rows, current)]


def beside(view: MapView, id: str, look: Look, rows: np.ndarray, right) -> tuple[select.Focus | None, Placed | None]:
    """The panel at the right, and what is put on the map besides its own points; a sentence for what cannot be."""
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


def take_away(view: MapView, id: str, look: Look) -> None:
    """Files of the map as it is shown, made when asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "Take it away as", list(FILES), format_func=lambda kind: FILES[kind][0], key="map_file", width=260
        )
        drawn = None if look.colour is None else Shade(look.colour, look.shown, dark(), trust.halo(view.run.id, id))
        make = partial(map_file, view, kind, drawn)
        st.download_button(
            "Download",
            make,
            f"map-{view.run.id}-{view.projection.method}{kind}",
            FILES[kind][1],
            icon=":material/download:",
            on_click="ignore",
        )
