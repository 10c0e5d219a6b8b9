"""Two runs, or two maps of one run, side by side: what stayed where it was and what moved."""

import streamlit as st

from embedlab.ui.compare import page
from embedlab.ui.parts import frame

st.session_state["page"] = "compare"
with frame.page(
    "Compare", "Two trainings of the same words side by side: which neighbours stay, which words move, and where to."
) as here:
    pair = page.pair_in_training(here)
    spec = page.sides(here) if pair is None else None
    if spec is not None and page.stored_or_started(here, spec):
        page.show(spec)
    if pair is None:
        page.two_windows(here)
