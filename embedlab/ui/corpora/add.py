"""Adding data of one's own: first what the files hold, then the form for it."""

import streamlit as st

from embedlab.store.workspace import Workspace
from embedlab.ui.corpora import form, items_form

KINDS = {"Texts": form.add, "Who chose what": items_form.add}


def add(here: Workspace) -> None:
    """What the files hold, and the form for texts or for choices."""
    kind = st.segmented_control(
        "The files hold", list(KINDS), default="Texts", required=True, key="files_hold", persist_state="session"
    )
    KINDS[kind](here)
