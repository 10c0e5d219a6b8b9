"""Train a model on a corpus and watch it learn."""

import streamlit as st

from embedlab.ui.parts import frame
from embedlab.ui.train import film, form

st.session_state["page"] = "train"
with frame.page(
    "Train",
    "Choose a corpus and a model, set it up, and watch the loss fall. Training continues if you leave this page.",
) as here:
    stage = st.container()
    left, right = st.columns([3, 2], gap="large")
    with left:
        order = form.order_form(here)
    if order is None:
        st.stop()
    with right:
        form.cost(order)
        if st.button("Train model", type="primary", icon=":material/play_arrow:", width="stretch"):
            form.start(here, order)
        job = form.watched(here)
    if job is not None:
        with stage:
            film.panel(here, job)
        form.results(here, job)
