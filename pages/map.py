"""The map of a run: project, colour, search, select, and take it away."""

import streamlit as st

from embedlab.ui.map import page as map_page
from embedlab.ui.parts.frame import page, pick_run

st.session_state["page"] = "map"
with page(
    "Map",
    "Vectors have hundreds of dimensions; a map shows them in two or three. What is near on it is a hint, not a proof.",
) as here:
    run = pick_run(here)
    if run is not None:
        spec = map_page.settings(here, run)
        shown = map_page.stored_or_started(here, run, spec)
        if shown is not None:
            map_page.show(run.id, shown, current=shown == spec)
