"""Sweeps: many trainings that answer one question, side by side, read with their uncertainty."""

import streamlit as st

from embedlab.ui.parts.frame import page

st.session_state["page"] = "sweeps"
with page("Sweeps", "Train many settings side by side and see which of the differences are more than chance.") as here:
    from embedlab.ui.sweeps import form, results

    views = {"Results": results.results, "Lessons": form.lessons, "New sweep": form.form}
    results.open_view(here)
    view = st.segmented_control("View", list(views), required=True, key="sweeps_view", label_visibility="collapsed")
    views[view](here)
