"""The parts of the Map page: settings, the job that computes, the figure with its selection, neighbours, files."""

from functools import partial

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.errors import EmbedLabError
from embedlab.projections import PROJECTIONS, Projection
from embedlab.projections.colours import Colour
from embedlab.specs import map_spec
from embedlab.ui import map_link, map_start, map_trust
from embedlab.ui.forms import config_form
from embedlab.ui.frame import dark, empty, phone, workspace
from embedlab.ui.map_component import last_state, scatter
from embedlab.ui.watch import watch
from embedlab.ui.why import why
from embedlab.views import MapView, map_file, map_view
from embedlab.work import map_id
from embedlab.workspace import Run, Workspace

MIME = {".html": "text/html", ".csv": "text/csv", ".png": "image/png", ".svg": "image/svg+xml"}


def settings(here: Workspace, run: Run) -> dict:
    """The question the map answers, from the widgets above it, which a link may have set."""
    kinds = ["words", "documents"] if here.run_corpus(run) is not None else ["words"]
    map_link.restore(here, run, kinds)
    left, middle, right, last = st.columns([3, 2, 2, 2])
    method = left.segmented_control("Projection", list(PROJECTIONS), default="umap", required=True, key="map.method", persist_state="session",
                                    format_func=lambda name: PROJECTIONS[name].title)
    dims = middle.segmented_control("Dimensions", [2, 3], default=2, required=True, key="map.dims", persist_state="session",
                                    format_func="{}-D".format)
    what = right.segmented_control("Points", kinds, default="words", required=True, key=f"map.what.{len(kinds)}", persist_state="session",
                                   format_func=str.capitalize)
    limit = last.number_input("Most points", 50, 200_000, 5000, step=1000, key="map.limit", persist_state="session",
                              help="The most frequent words are drawn, or documents evenly spaced; the map says how many of how many.")
    st.caption(PROJECTIONS[method].about)
    with st.expander(f"Settings of {PROJECTIONS[method].title}"):
        values = config_form(PROJECTIONS[method].config, key=f"map.{method}", columns=4)
        seed = st.number_input("Seed", 0, 2**31 - 1, 1, key="map.seed", persist_state="session", width=180)
    spec = map_spec(run.id, method, what=what, dims=dims, limit=int(limit), seed=int(seed), settings=values)
    spec = map_start.with_start(here, run, spec)
    map_link.keep_map(map_id(spec))
    return spec


def stored_or_started(here: Workspace, run: Run, spec: dict) -> Projection | None:
    """The map if it has been computed; else the button that computes it in a worker, or the job that does."""
    id = map_id(spec)
    found = here.stored_map(run.id, id)
    if found is not None:
        return found
    working = st.session_state.setdefault("map_jobs", {}).get(id)
    if working and jobs.list_jobs(here, id=working):
        job = watch(working)
        if job.active:
            map_trust.on_the_way(working)
            return None
    title = f"{PROJECTIONS[spec['method']].title} of {run.name}"
    if st.button("Draw map", type="primary", icon=":material/scatter_plot:"):
        map_start.keep(spec)
        st.session_state["map_jobs"][id] = jobs.start(here, "map", spec, title=title)
        st.rerun()
    others = here.maps(run.id)
    empty("This map has not been drawn yet", f"{'One other map' if len(others) == 1 else f'{len(others)} other maps'} of this run appear{'s' * (len(others) == 1)} at once when you choose the settings."
          if others else "It is computed in the background, then stored: next time it appears at once.")
    return None


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


@st.fragment
def show(run_id: str, spec: dict) -> None:
    """The figure and what belongs to it; a selection reruns only this."""
    id = map_id(spec)
    view = load(run_id, id)
    map_start.on_screen(spec)
    map_trust.panel(spec, view)
    name, target, hits = controls(view)
    try:
        colour = shade(run_id, id, name, target)
    except EmbedLabError as error:
        st.warning(str(error))
        colour = None
    left, right = st.columns([7, 3], gap="medium")
    draw = flat if view.projection.n_components == 2 else solid
    draw(view, id, colour, hits, left, right)
    with left:
        notes = [colour.note if colour is not None else "", *view.projection.notes, map_start.story(workspace(), view.run, spec)]
        for note in filter(None, notes):
            st.caption(f":material/info: {note}")
    take_away(view, name, target)


def flat(view: MapView, id: str, colour: Colour | None, hits: list[int], left, right) -> None:
    """The map in two dimensions, with lines from the word that is asked about to its true neighbours."""
    key, projection = f"map_{id}", view.projection
    state = last_state(key, len(projection))
    chosen = state.selected if state.at else map_link.linked_selection(len(projection))
    with right:
        found = selection(view, projection.ids[chosen].tolist() or hits)
    links = None
    if found is not None:
        row, neighbours = found
        at = projection.positions([row])
        links = (int(at[0]), projection.positions(neighbours).tolist()) if len(at) else None
    with left:
        scatter(view.points, key=key, regions=regions(view.run.id, id), halo=map_trust.halo(view.run.id, id), title=f"{projection.title} map", subtitle=projection.drawn, colour=colour, selected=chosen,
                highlight=projection.positions(hits).tolist(), links=links, axes=tuple(plots.axis_titles(projection)),
                ticks=projection.method == "pca", height=680, view=map_link.linked_view(), address=map_link.VIEW)
    map_link.keep_selection(chosen, len(projection))


def solid(view: MapView, id: str, colour: Colour | None, hits: list[int], left, right) -> None:
    """The map in three dimensions."""
    with left:
        figure = plots.map_figure(view.projection, view.texts, colour=colour, counts=view.counts, highlight=hits, dark=dark(), height=680,
                                  width=330 if phone() else 640)
        event = st.plotly_chart(figure, key=f"map_{id}_3d", on_select="rerun", selection_mode="points", theme=None,
                                config={"displaylogo": False, "scrollZoom": True, "displayModeBar": True})
    with right:
        selection(view, picked(event) or hits)


def controls(view: MapView) -> tuple[str, str, list[int]]:
    """Colour, the word distance is measured to, and the search hits."""
    available = view.colours()
    key = f"colour_{view.projection.what}_{len(available)}"
    map_link.restore_colour(key, available)
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    name = left.selectbox("Colour by", list(available), format_func=available.get, key=key, persist_state="session")
    target = ""
    if name == "distance":
        target = middle.text_input("Word to measure from", value=view.run.embedding.words[0], key="distance_to").strip()
    map_link.keep_colour(name, target)
    query = right.text_input("Search", placeholder=f"Find {view.projection.what} on the map", icon=":material/search:", key="map_search")
    hits: list[int] = []
    if query.strip():
        try:
            hits = view.search(query)
        except EmbedLabError as error:
            st.caption(str(error))
    return name, target, hits


def picked(event) -> list[int]:
    """Rows of the points inside the lasso or box, or clicked; a ringed search hit comes twice and is taken once."""
    rows = (point.get("customdata") for point in event.selection.points)
    rows = (row[0] if isinstance(row, list | tuple) else row for row in rows if row is not None)
    return list(dict.fromkeys(int(row) for row in rows))


def selection(view: MapView, rows: list[int]) -> tuple[int, list[int]] | None:
    """The points selected with the lasso, box, click or search, and the true neighbours of one of them.

    What comes back is the row of that one and those of its neighbours; None while nothing is selected.
    """
    noun = view.projection.what.removesuffix("s")
    if not rows:
        st.markdown("**Nothing selected**")
        how = "Click a point, or draw with the lasso or box tool on the map." if view.projection.n_components == 2 else \
            "Click a point or search for it; the lasso and box tools need the map in 2-D."
        st.caption(f"{how} The nearest neighbours of the {noun} appear here, with lines to them on the map.")
        return None
    names = [view.items.words[row] for row in rows]
    st.markdown(f"**{len(rows):,} {noun}{'s' if len(rows) > 1 else ''} selected**")
    chosen = st.selectbox("Neighbours of", names[:500], key="map_neighbours_of")
    found = view.items.neighbours(chosen, k=10)
    near = [view.items.ids[n.word] for n in found]
    drawn = set(view.projection.ids[view.projection.positions(near)].tolist())
    frame = pd.DataFrame({"Nearest": [n.word for n in found], "Cosine": [n.score for n in found],
                          "On the map": [row in drawn for row in near]})
    st.dataframe(frame, hide_index=True, column_config={
        "Cosine": st.column_config.NumberColumn(format="%.3f", help="In the full space, not on the map."),
        "On the map": st.column_config.CheckboxColumn(width="small")}, alt="True nearest neighbours")
    if missing := len(near) - len(drawn):
        st.caption(f"{missing} of these {len(near)} neighbours {'is' if missing == 1 else 'are'} not drawn on the map; raise “Most points” to draw more.")
    if view.projection.what == "words" and st.toggle("Why are these near?", key="map_why"):
        other = st.selectbox("Compared with", [n.word for n in found], key="map_why_other")
        why(view.run, view.corpus, chosen, other, k=4)
    with st.expander("All selected"):
        counts = view.items.counts
        listed = pd.DataFrame({noun.capitalize(): names} | ({"Count": counts[rows]} if counts is not None else {}))
        st.dataframe(listed, hide_index=True, height=240)
    return view.items.ids[chosen], near


def take_away(view: MapView, name: str, target: str) -> None:
    """Files of the map: made when asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Take it away as", list(MIME), format_func={".html": "Interactive page (HTML)", ".csv": "Coordinates (CSV)",
                            ".png": "Picture (PNG)", ".svg": "Vector graphic (SVG)"}.get, key="map_file", width=260)
        file_name = f"map-{view.run.id}-{view.projection.method}{kind}"
        st.download_button("Download", partial(map_file, view, kind, colour=name, target=target, dark=dark()), file_name, MIME[kind],
                           icon=":material/download:", on_click="ignore")
