"""Question a run: neighbours, analogies, odd one out, similarities, axes, sentences of the corpus."""

import streamlit as st

from embedlab.ui.neighbours import questions
from embedlab.ui.parts.frame import page, pick_run
from embedlab.ui.parts.loaded import loaded

st.session_state["page"] = "neighbours"
with page("Neighbours", "Ask the vectors what they have learned, and see the sentences behind the answers.") as here:
    run = pick_run(here)
    if run is not None:
        run, corpus = loaded(run)
        views = questions.views(run, corpus)
        view = st.segmented_control(
            "Question",
            list(views),
            default=next(iter(views)),
            required=True,
            key="question",
            label_visibility="collapsed",
            persist_state="session",
        )
        views.get(view, questions.neighbours)(run, corpus)
