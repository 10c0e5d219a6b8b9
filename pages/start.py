"""The first page: what an embedding is, one word to ask it, and the ways to go on."""

import streamlit as st

from embedlab.ui.parts import frame
from embedlab.ui.start import page
from embedlab.vectors import pretrained

st.session_state["page"] = "start"
with frame.window("Start"):
    page.style()
    if pretrained.available():
        page.ask()
    here = frame.opened()
    if not pretrained.available():
        page.ask_a_run(here)
    page.doors(here)
