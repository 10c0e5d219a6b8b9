"""The first page: what an embedding is, one word to ask it, and the ways to go on."""

import streamlit as st

from embedlab.ui.parts.frame import link, page

st.session_state["page"] = "start"
with page("Start", "An embedding puts alike things near each other.") as here:
    if not here.corpora():
        st.caption("No corpus is ready yet.")
    link("pages/corpora.py", "Choose a text", icon=":material/library_books:")
    link("pages/train.py", "Train a model", icon=":material/model_training:")
