"""The Map page: settings, the job that computes the map, the figure, files."""

from functools import partial

import streamlit as st

from embedlab import jobs
from embedlab.core.errors import EmbedLabError
from embedlab.jobs.map_specs import MapSpec
from embedlab.lab.map_files import Shade, map_file
from embedlab.lab.map_view import MapView
from embedlab.projections import PROJECTIONS
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map import figure, link, start, trust
from embedlab.ui.parts.forms import config_form
from embedlab.ui.parts.frame import dark, empty, workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.watch import watch

FILES = {
    ".html": ("Interactive page (HTML)", "text/html"),
    ".csv": ("Coordinates (CSV)", "text/csv"),
    ".png": ("Picture (PNG)", "image/png"),
    ".svg": ("Vector graphic (SVG)", "image/svg+xml"),
    ".zip": ("Embedding Projector (ZIP)", "application/zip"),
}


def settings(here: Workspace, run: Run) -> MapSpec:
    """The map chosen with the widgets above it, which a link may have set."""
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
        help="The map draws the most frequent words, or evenly spaced documents. Its subtitle says how many.",
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
        else "It is computed in the background and saved, so it appears at once next time.",
    )
    return None


def _available(here: Workspace, run: Run, what: str) -> int:
    """How many points a map of the run could draw."""
    return run.summary["words"] if what == "words" else here.run_corpus(run).n_documents


@st.fragment
def show(run_id: str, spec: MapSpec, *, current: bool = True) -> None:
    """The figure and its controls; a selection reruns only this. current: whether the map has the settings above it."""
    try:
        _show(run_id, spec, current)
    except EmbedLabError as error:  # the page's frame does not see what goes wrong in a fragment
        st.error(plain(str(error)), icon=":material/error:")


def _show(run_id: str, spec: MapSpec, current: bool) -> None:
    id = spec.id
    view = figure.load(run_id, id)
    start.on_screen(spec)
    trust.panel(spec, view)
    look = figure.controls(view, id)
    left, right = st.columns([7, 3], gap="medium")
    draw = figure.flat if view.projection.n_components == 2 else figure.solid
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


def take_away(view: MapView, id: str, look: figure.Look) -> None:
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
