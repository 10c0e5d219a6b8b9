"""The tab Settings: number of points, settings of the method, what to place and show, and the map as a file."""

from functools import partial

import numpy as np
import streamlit as st

from embedlab.jobs.map_specs import MapSpec
from embedlab.lab.map_files import Shade, map_file
from embedlab.lab.map_view import MapView
from embedlab.projections import PROJECTIONS
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map import bar, link, only, place, start, trust
from embedlab.ui.parts.forms import config_form
from embedlab.ui.parts.frame import dark

FILES = {
    ".html": ("Interactive page (HTML)", "text/html"),
    ".csv": ("Coordinates and attributes (CSV)", "text/csv"),
    ".png": ("Picture (PNG)", "image/png"),
    ".svg": ("Vector graphic (SVG)", "image/svg+xml"),
    ".zip": ("Embedding Projector (ZIP)", "application/zip"),
}
POINTS = 5000


def form(run: Run, drawn: bar.Projecting) -> MapSpec:
    """The map that is asked for: what the bar says, and the settings that it does not show."""
    limit = st.number_input(
        "Number of points",
        link.LEAST,
        link.MOST,
        POINTS,
        step=1000,
        key="map.limit",
        persist_state="session",
        help="The map draws the most chosen items, or evenly spaced users."
        if run.recommends
        else "The map draws the most frequent words, or evenly spaced documents.",
    )
    chosen = PROJECTIONS[drawn.method]
    st.caption(chosen.about)
    values = config_form(chosen.config, key=f"map.{drawn.method}", columns=2)
    seed = st.number_input("Seed", 0, 2**31 - 1, 1, key="map.seed", persist_state="session")
    return MapSpec(run.id, drawn.method, drawn.what, drawn.dims, int(limit), int(seed), values)


def placed_and_shown(view: MapView) -> tuple[place.Asked, np.ndarray | None]:
    """What the reader wants placed on the map, and the points to show, bool; None for all."""
    asked, shown = place.Asked(), None
    documents = view.kind == "documents"
    if documents or len(view.projection) < view.projection.n_total:
        with st.expander("Place texts" if documents else f"Place more {view.kind}", icon=":material/add_location_alt:"):
            asked = place.ask(view)
    if view.points.columns:
        with st.expander("Show only", icon=":material/filter_alt:"):
            shown = only.shown(view.points)
    return asked, shown


def take_away(view: MapView, id: str, shade: Shade | None) -> None:
    """Files of the map as it is shown, made when asked for."""
    kind = st.selectbox("Take it away as", list(FILES), format_func=lambda kind: FILES[kind][0], key="map_file")
    st.download_button(
        "Download",
        partial(map_file, view, kind, shade),
        f"map-{view.run.id}-{view.projection.method}{kind}",
        FILES[kind][1],
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )


def notes(here: Workspace, run: Run, spec: MapSpec, view: MapView, colour_note: str) -> None:
    """What is to be said about how this map was drawn."""
    for note in filter(None, [view.drawn_sentence, colour_note, *view.projection.notes, start.story(here, run, spec)]):
        st.caption(f":material/info: {note}")


def shade_of(view: MapView, id: str, colour, shown: np.ndarray | None) -> Shade | None:
    """How the map is drawn in a file: as on the page."""
    return None if colour is None else Shade(colour, shown, dark(), trust.halo(view.run.id, id))
