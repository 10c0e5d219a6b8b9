"""Two runs, or two maps of one run, side by side: what stayed where it was and what moved."""

import streamlit as st

from embedlab.ui.compare import page as compare_page
from embedlab.ui.parts.frame import page

st.session_state["page"] = "compare"
with page(
    "Compare", "Two trainings of the same words side by side: which neighbours stay, which words move, and where to."
) as here:
    pair = compare_page.pair_in_training(here)
    spec = compare_page.sides(here) if pair is None else None
    if spec is not None and compare_page.stored_or_started(here, spec):
        compare_page.show(spec)
    if pair is None:
        compare_page.two_windows(here)
