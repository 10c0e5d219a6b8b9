"""Question a run: neighbours, analogies, odd one out, similarities, axes, sentences of the corpus."""

import streamlit as st

from embedlab.ui.neighbours import questions
from embedlab.ui.parts.frame import page, pick_run
from embedlab.ui.parts.loaded import loaded

st.session_state["page"] = "neighbours"
with page("Neighbours", "Ask the vectors what they have learned, and see the sentences behind the answers.") as here:
    run = pick_run(here, vectors=True)
    if run is not None:
        questions.page(*loaded(run))
