"""The Map page: the map from edge to edge under one bar, and a panel with what is selected, trust and settings."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from embedlab.core.errors import EmbedLabError
from embedlab.jobs.map_specs import MapSpec
from embedlab.store.runs import Run
from embedlab.store.tags import tags_of
from embedlab.store.workspace import Workspace
from embedlab.ui.map import bar, canvas, forming, link, selected, settings, start, trust
from embedlab.ui.map.choice import clicked_since
from embedlab.ui.map.component import last_chip
from embedlab.ui.parts.frame import empty, run_box, workspace
from embedlab.ui.parts.text import plain

PANEL, CHIP = "map_panel_tab", "map_chip"
TABS = ("Selected", "Trust", "Settings")

STYLE = """<style>
.st-key-map_bar {min-height: 56px; padding: 8px 14px; border-bottom: 1px solid rgb(128 140 150 / .25)}
.st-key-map_stage {min-width: 0; flex: 1 1 0}
.st-key-map_panel {flex: none; height: calc(100dvh - 57px); overflow-y: auto; padding: 4px 16px 20px;
  border-left: 1px solid rgb(128 140 150 / .25)}
.st-key-map_waiting {min-height: calc(100dvh - 60px)}
.st-key-map_panel h3 {padding: 0 0 .2rem; font-size: 1.35rem}
@media (max-width: 640px) {
  .st-key-map_bar {flex-wrap: nowrap; overflow-x: auto}
  .st-key-map_bar > div {flex: none}
  .st-key-map_body {flex-direction: column}
  .st-key-map_stage {--em-most: 62dvh; flex: none; width: 100%}
  .st-key-map_body > div {width: 100% !important; flex: none}
  .st-key-map_panel {width: 100% !important; height: auto; border-left: 0; border-radius: 16px 16px 0 0;
    margin-top: -14px; position: relative; z-index: 2; background: var(--st-background-color, Canvas);
    box-shadow: 0 -4px 16px rgb(0 0 0 / .16)}
}
</style>"""


@st.fragment
def show(here: Workspace) -> None:
    """The whole page; what is chosen on it reruns only this."""
    try:
        with st.container(gap=None, key="map_page"):
            st.html(STYLE)
            _show(here)
    except EmbedLabError as error:  # the page's frame does not see what goes wrong in a fragment
        st.error(plain(str(error)), icon=":material/error:")


@dataclass(frozen=True)
class Slots:
    """The places of the page, which are filled in another order than they stand in."""

    search: DeltaGenerator
    colour: DeltaGenerator
    stage: DeltaGenerator
    selected: DeltaGenerator
    trust: DeltaGenerator
    settings: DeltaGenerator


def _show(here: Workspace) -> None:
    with st.container(horizontal=True, key="map_bar", gap="small", vertical_alignment="center"):
        run = run_box(here, vectors=True)
        if run is not None:
            asked = bar.projecting(here, run)
            search, colour = st.container(width="content"), st.container(width="content", horizontal=True)
    if run is None:
        empty("No finished run yet", "Train a model and its map appears here.", "pages/train.py", "Train a model")
        return
    _open_trust_on_demand()
    with st.container(horizontal=True, key="map_body", gap=None):
        stage = st.container(key="map_stage", width="stretch")
        with st.container(key="map_panel", width=300):
            slots = Slots(search, colour, stage, *st.tabs(TABS, key=PANEL, on_change="rerun"))
    with slots.settings:
        spec = settings.form(run, asked)
        spec = start.with_start(here, run, spec)
    spec.check_installed()
    link.keep_map(spec.id)
    drawn = forming.stored_or_started(here, run, spec, slots.stage, slots.selected)
    if drawn is not None:
        _draw(run, drawn, spec, slots)


def _open_trust_on_demand() -> None:
    """The chip on the canvas opens its tab."""
    pressed = last_chip(canvas.key_of(shown.id)) if (shown := start.last_on_screen()) else 0
    if pressed > st.session_state.get(CHIP, 0):
        st.session_state[CHIP] = pressed
        st.session_state[PANEL] = "Trust"


def _draw(run: Run, spec: MapSpec, asked: MapSpec, slots: Slots) -> None:
    """The stored map of `spec` with all that belongs to it. asked: the map that bar and settings ask for."""
    id, current, tags = spec.id, spec == asked, tuple(tags_of(run, spec.what))
    view = canvas.load(run.id, id, tags)
    start.on_screen(spec)
    if clicked_since(id, canvas.state_of(view, id)[0].at):
        st.session_state[bar.SEARCH] = ""
    with slots.search:
        found = bar.search(view)
    with slots.colour:
        named = bar.colour(view)
    with slots.settings:
        put, shown = settings.placed_and_shown(view)
    colour = None
    try:
        colour = canvas.shade(view, run.id, id, tags, named)
    except EmbedLabError as error:
        slots.selected.warning(plain(str(error)))
    look = canvas.Look(colour, found, put, shown)
    chosen = canvas.selection(view, id, look, current=current)
    with slots.stage:
        canvas.draw(view, id, look, chosen, current=current)
    with slots.selected:
        selected.panel(view, id, chosen, found)
        for note in filter(None, [*chosen.notes, canvas.kept_in_link(view, chosen.rows, current=current)]):
            st.caption(f":material/info: {note}")
    with slots.trust:
        trust.panel(spec, view, whole=bool(slots.trust.open))
    with slots.settings:
        settings.take_away(view, id, settings.shade_of(view, id, colour, shown))
        settings.notes(workspace(), run, spec, view, "" if colour is None else colour.note)
