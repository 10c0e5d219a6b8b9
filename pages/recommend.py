"""Recommendations of a run of items: for a user of the data or somebody new, each with the choices it rests on."""

import streamlit as st

from embedlab.ui.parts.frame import page
from embedlab.ui.recommend import begin, picker
from embedlab.ui.recommend import page as of_page

st.session_state["page"] = "recommend"
with page("Recommend", "What a person may like next, and which of their choices say so.") as here:
    run = picker.pick(here)
    if run is None:
        begin.show(here)
    else:
        of_page.show(here, run)
