"""Look into a transformer: what it predicts, what a word means in each sentence, where its heads look."""

import streamlit as st

from embedlab.ui.inside import page
from embedlab.ui.parts import frame

st.session_state["page"] = "inside"
with frame.page(
    "Inside",
    "Hide words and see what a transformer predicts, follow one word through its sentences, see attention weights.",
) as here:
    run = page.pick_transformer(here)
    if run is not None:
        views = page.views(run)
        view = st.segmented_control(
            "View",
            list(views),
            default=next(iter(views)),
            required=True,
            key="inside_view",
            label_visibility="collapsed",
            persist_state="session",
        )
        views.get(view, next(iter(views.values())))(here, run)
