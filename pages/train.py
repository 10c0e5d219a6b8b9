"""Train a model on texts or choices and watch it learn."""

import streamlit as st

from embedlab.ui.parts import frame
from embedlab.ui.train import action, form, stage

st.session_state["page"] = "train"
with frame.page(
    "Train", "Choose data and a model, then watch words or items find their places. Training goes on if you leave."
) as here:
    left, right = st.columns([5, 6], gap="large")
    with right:
        button, said, state = st.container(), st.empty(), st.container()
    if action.pressed():  # before the form is drawn again, which takes a moment
        with said:
            stage.queued()
    with left:
        order = form.order_form(here)
    if order is None:
        st.stop()
    with button:
        if action.bar(here, order):
            form.start(here, order)
    with state:
        job = stage.watched(here)
    said.empty()
    if job is not None:
        stage.details(here, job)
