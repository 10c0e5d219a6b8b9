"""The map of a run: project, colour, search, select, and take it away."""

import streamlit as st

from embedlab.ui.map import page
from embedlab.ui.parts import frame

st.session_state["page"] = "map"
with frame.page(
    "Map",
    "Vectors have hundreds of dimensions; a map shows them in two or three. What is near on it is a hint, not a proof.",
    wide=True,
) as here:
    page.show(here)
