"""The Recommend page before any run recommends: train on the bundled data with one click, or add a table."""

import streamlit as st

from embedlab import jobs
from embedlab.jobs.specs import Training, new_training
from embedlab.models import FIRST_RECOMMENDER, family_of
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import remember
from embedlab.ui.parts.watch import watch

READING, TRAINING = "recommend_reading", "recommend_training"  # ids of the jobs of this session
BUNDLED, MODEL = "tastes", FIRST_RECOMMENDER


def show(here: Workspace) -> None:
    """The two ways to begin, or the work that one of them has started."""
    if st.session_state.get(READING) and _read(here):
        return
    if id := st.session_state.get(TRAINING):
        if watch(id).active:
            return
        st.session_state.pop(TRAINING)
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown("**No run recommends anything yet**", width="content")
        st.caption(
            "A model learns from a table of who chose what. Then it recommends items to any person, and says which of "
            "their choices each one rests on.",
            width="content",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.button(
                "Train on the bundled tastes",
                type="primary",
                icon=":material/play_arrow:",
                help=f"900 generated people and 600 films, with {family_of(MODEL).title}. It takes a few seconds.",
                on_click=_begin,
                args=(here,),
            )
            if st.button("Add your own", icon=":material/upload_file:"):
                st.session_state["corpora_view"], st.session_state["files_hold"] = "Add your own", "Who chose what"
                st.switch_page("pages/corpora.py")


def _begin(here: Workspace) -> None:
    """Take the bundled data in; the page then goes on to train on them."""
    st.session_state[READING] = jobs.start(here, "interactions", {"bundled": BUNDLED}, title="Planted tastes")


def _read(here: Workspace) -> bool:
    """Whether the data are still being read; starts the training once they are there."""
    job = watch(st.session_state[READING])
    if job.active:
        return True
    st.session_state.pop(READING)
    if job.status == "done":
        data = here.data_set(job.result["dataset"])
        st.session_state[TRAINING] = id = new_training(here, Training(data, MODEL, {}))
        jobs.start_training(here, id)
        remember("run", id)
        st.rerun()
    return False
