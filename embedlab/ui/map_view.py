"""The parts of the Map page: settings, the job that computes, the figure with its selection, neighbours, files."""

from functools import partial

import pandas as pd
import streamlit as st

from embedlab import jobs, plots
from embedlab.errors import EmbedLabError
from embedlab.lab import map_spec
from embedlab.projections import PROJECTIONS, Projection
from embedlab.ui import map_trust
from embedlab.ui.forms import config_form
from embedlab.ui.frame import dark, empty, phone, workspace
from embedlab.ui.watch import watch
from embedlab.views import MapView, map_file, map_view
from embedlab.work import map_id
from embedlab.workspace import Run, Workspace

MIME = {".html": "text/html", ".csv": "text/csv", ".png": "image/png", ".svg": "image/svg+xml"}


def settings(here: Workspace, run: Run) -> dict:
    """The question the map answers, from the widgets above it."""
    left, middle, right, last = st.columns([3, 2, 2, 2])
    method = left.segmented_control("Projection", list(PROJECTIONS), default="umap", required=True, key="map.method", persist_state="session",
                                    format_func=lambda name: PROJECTIONS[name].title)
    dims = middle.segmented_control("Dimensions", [2, 3], default=2, required=True, key="map.dims", persist_state="session",
                                    format_func="{}-D".format)
    kinds = ["words", "documents"] if here.run_corpus(run) is not None else ["words"]
    what = right.segmented_control("Points", kinds, default="words", required=True, key=f"map.what.{len(kinds)}", persist_state="session",
                                   format_func=str.capitalize)
    limit = last.number_input("Most points", 50, 100_000, 5000, step=1000, key="map.limit", persist_state="session",
                              help="The most frequent words are drawn, or documents evenly spaced; the map says how many of how many.")
    st.caption(PROJECTIONS[method].about)
    with st.expander(f"Settings of {PROJECTIONS[method].title}"):
        values = config_form(PROJECTIONS[method].config, key=f"map.{method}", columns=4)
        seed = st.number_input("Seed", 0, 2**31 - 1, 1, key="map.seed", persist_state="session", width=180)
    return map_spec(run.id, method, what=what, dims=dims, limit=int(limit), seed=int(seed), settings=values)


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
        st.session_state["map_jobs"][id] = jobs.start(here, "map", spec, title=title)
        st.rerun()
    others = here.maps(run.id)
    empty("This map has not been drawn yet", f"{len(others)} other map(s) of this run are stored and appear at once when you choose their settings."
          if others else "It is computed in the background, then stored: next time it appears at once.")
    return None


@st.cache_resource(max_entries=4, show_spinner="Reading the map")
def load(run_id: str, id: str) -> MapView:
    """A stored map with its points, kept for the sessions that look at it."""
    here = workspace()
    return map_view(here, here.run(run_id), here.stored_map(run_id, id))


@st.fragment
def show(run_id: str, spec: dict) -> None:
    """The figure and what belongs to it; a selection reruns only this."""
    view = load(run_id, map_id(spec))
    map_trust.panel(spec, view)
    name, target, hits = controls(view)
    try:
        colour = view.colour(name, target)
    except EmbedLabError as error:
        st.warning(str(error))
        colour = None
    picture, panel = st.columns([7, 3], gap="medium")
    with picture:
        figure = plots.map_figure(view.projection, view.texts, colour=colour, counts=view.counts, highlight=hits, dark=dark(), height=680,
                                  width=330 if phone() else 640)
        key = f"map_{map_id(spec)}_{name}"
        event = st.plotly_chart(figure, key=key, on_select="rerun", selection_mode=("points", "box", "lasso"), theme=None,
                                config={"displaylogo": False, "scrollZoom": True, "displayModeBar": True})
        if colour is not None and colour.note:
            st.caption(colour.note)
        for note in view.projection.notes:
            st.caption(f":material/info: {note}")
    with panel:
        selection(view, picked(event) or hits)
    take_away(view, name, target)


def controls(view: MapView) -> tuple[str, str, list[int]]:
    """Colour, the word distance is measured to, and the search hits."""
    available = view.colours()
    left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
    name = left.selectbox("Colour by", list(available), format_func=available.get, key=f"colour_{view.projection.what}_{len(available)}",
                          persist_state="session")
    target = ""
    if name == "distance":
        target = middle.text_input("Word to measure from", value=view.run.embedding.words[0], key="distance_to").strip()
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


def selection(view: MapView, rows: list[int]) -> None:
    """The points selected with the lasso, box, click or search, and the true neighbours of one of them."""
    noun = view.projection.what.removesuffix("s")
    if not rows:
        st.markdown("**Nothing selected**")
        how = "Click a point, or draw with the lasso or box tool above the map." if view.projection.n_components == 2 else \
            "Click a point or search for it; the lasso and box tools need the map in 2-D."
        st.caption(f"{how} The nearest neighbours of the {noun} appear here.")
        return
    names = [view.items.words[row] for row in rows]
    st.markdown(f"**{len(rows):,} {noun}{'s' if len(rows) > 1 else ''} selected**")
    chosen = st.selectbox("Neighbours of", names[:500], key="map_neighbours_of")
    found = view.items.neighbours(chosen, k=10)
    drawn = {view.items.words[row] for row in view.projection.ids}
    frame = pd.DataFrame({"Nearest": [n.word for n in found], "Cosine": [n.score for n in found],
                          "On the map": [n.word in drawn for n in found]})
    st.dataframe(frame, hide_index=True, column_config={
        "Cosine": st.column_config.NumberColumn(format="%.3f", help="In the full space, not on the map."),
        "On the map": st.column_config.CheckboxColumn(width="small")}, alt="True nearest neighbours")
    with st.expander("All selected"):
        counts = view.items.counts
        listed = pd.DataFrame({noun.capitalize(): names} | ({"Count": counts[rows]} if counts is not None else {}))
        st.dataframe(listed, hide_index=True, height=240)


def take_away(view: MapView, name: str, target: str) -> None:
    """Files of the map: made when asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Take it away as", list(MIME), format_func={".html": "Interactive page (HTML)", ".csv": "Coordinates (CSV)",
                            ".png": "Picture (PNG)", ".svg": "Vector graphic (SVG)"}.get, key="map_file", width=260)
        file_name = f"map-{view.run.id}-{view.projection.method}{kind}"
        st.download_button("Download", partial(map_file, view, kind, colour=name, target=target, dark=dark()), file_name, MIME[kind],
                           icon=":material/download:", on_click="ignore")
