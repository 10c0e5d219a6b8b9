"""Train a model on a corpus and watch it learn."""

import streamlit as st

from embedlab.ui.parts import frame
from embedlab.ui.train import film, form, page

st.session_state["page"] = "train"
with frame.page(
    "Train", "Choose a corpus and a model, set it up, and watch the loss fall. Training goes on if you leave this page."
) as here:
    stage = st.container()
    left, right = st.columns([3, 2], gap="large")
    with left:
        wanted = page.set_up(here)
    if wanted is not None:
        with right:
            page.start(here, wanted)
            job = page.watched(here)
        if job is not None:
            with stage:
                film.panel(here, job)
            form.results(here, job)
