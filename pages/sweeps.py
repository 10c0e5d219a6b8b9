"""Sweeps: many trainings that answer one question, side by side, read with their uncertainty."""

import streamlit as st

from embedlab.ui.frame import page

st.session_state["page"] = "sweeps"
with page("Sweeps", "Train many settings side by side and see which of the differences are more than chance.") as here:
    from embedlab.ui import sweeps, sweeps_form

    views = {"Results": sweeps.results, "Lessons": sweeps_form.lessons, "New sweep": sweeps_form.form}
    sweeps.open_view(here)
    view = st.segmented_control("View", list(views), required=True, key="sweeps_view", label_visibility="collapsed")
    views[view](here)
