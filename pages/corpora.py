"""Corpora: look at the ones that are here, or add a text of one's own."""

import streamlit as st

from embedlab.ui.parts.frame import page

st.session_state["page"] = "corpora"
with page(
    "Corpora", "The texts and choices that vectors are learned from. Each is read once; every training shares it."
) as here:
    # This is the first page people see: its title stands while tables and charts are still being imported.
    from embedlab.ui.corpora import add, views

    views = {"Explore": views.explore, "Add your own": add.add}
    view = st.segmented_control(
        "View", list(views), default="Explore", required=True, key="corpora_view", label_visibility="collapsed"
    )
    views[view](here)
