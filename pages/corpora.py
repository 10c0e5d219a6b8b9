"""Corpora: look at the ones that are here, or add a text of one's own."""

import streamlit as st

from embedlab.ui import corpus_form, corpus_views
from embedlab.ui.frame import page

VIEWS = {"Explore": corpus_views.explore, "Add your own": corpus_form.add}

st.session_state["page"] = "corpora"
with page("Corpora", "The text that vectors are learned from. It is encoded once; every training shares it.") as here:
    view = st.segmented_control("View", list(VIEWS), default="Explore", required=True, key="corpora_view", label_visibility="collapsed")
    VIEWS[view](here)
