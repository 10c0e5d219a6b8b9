"""Two runs, or two maps of one run, side by side: what stayed where it was and what moved."""

import streamlit as st

from embedlab.ui.compare import page, pair, sides
from embedlab.ui.parts import frame

st.session_state["page"] = "compare"
with frame.page(
    "Compare", "Two trainings side by side: which neighbours stay, which words or items move, and where to."
) as here:
    training = pair.pair_in_training(here)
    spec = sides.sides(here) if training is None else None
    if spec is not None and page.stored_or_started(here, spec):
        page.show(spec)
    if training is None:
        pair.two_windows(here)
