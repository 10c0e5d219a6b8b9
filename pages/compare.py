"""Two runs, or two maps of one run, side by side: what stayed where it was and what moved."""

import streamlit as st

from embedlab.ui import compare
from embedlab.ui.frame import page

st.session_state["page"] = "compare"
with page("Compare", "Two trainings of the same words side by side: which neighbours stay, which words move, and where to.") as here:
    pair = compare.pair_in_training(here)
    spec = compare.sides(here) if pair is None else None
    if spec is not None and compare.stored_or_started(here, spec):
        compare.show(spec)
    if pair is None:
        compare.two_windows(here)
