"""Two trainings that differ in the window, started and compared by one button."""

import streamlit as st

from embedlab import jobs
from embedlab.jobs.specs import Training, new_training
from embedlab.models import DEFAULT
from embedlab.store.workspace import Workspace
from embedlab.ui.compare.sides import SIDES
from embedlab.ui.parts.frame import pick_corpus, recall, remember
from embedlab.ui.parts.watch import watch

WINDOWS = (2, 15)


def two_windows(here: Workspace) -> None:
    """A small window against a large one on a corpus of the reader's choice, trained and compared by one button."""
    small, large = WINDOWS
    with st.container(border=True):
        st.markdown(f"**Window {small} against window {large}**")
        st.caption(
            "A small window groups words that can replace each other; a large window groups words of one topic. "
            "Both trainings use the defaults of Word2Vec and the same seed."
        )
        corpus_id = pick_corpus(here)
        if corpus_id is not None and st.button(
            f"Train window {small} and window {large} on this corpus and compare", icon=":material/play_arrow:"
        ):
            remember("pair", ".".join(_run_with(here, corpus_id, window) for window in WINDOWS))
            st.rerun()


def _run_with(here: Workspace, corpus_id: str, window: int) -> str:
    """The id of a run with this window and otherwise defaults: an existing one, or one that starts training now."""
    corpus = here.corpus(corpus_id)
    id = new_training(here, Training(corpus, DEFAULT, {"window": window}, f"{corpus.name}: window {window}"))
    wanted = here.run(id).spec
    for run in here.runs(corpus_id=corpus_id, model=DEFAULT):
        if run.status == "done" and run.spec.config == wanted.config and run.spec.seed == wanted.seed:
            jobs.cancel(here, id)
            here.delete_run(id)
            return run.id
    return jobs.start_training(here, id)


def pair_in_training(here: Workspace) -> tuple[str, str] | None:
    """The two runs that the button has started, shown while they train; None if there are none or both are done."""
    ids = [id for id in (recall("pair") or "").split(".") if id and here.has_run(id)]
    if len(ids) != 2:
        return None
    runs = [here.run(id) for id in ids]
    if all(run.status == "done" for run in runs):
        for side, id in zip(SIDES, ids, strict=True):
            st.session_state[f"compare.{side}"] = id
            st.session_state[f"compare.{side}.method"] = "umap"
        st.session_state["compare_at_once"] = True
        remember("pair", None)
        return None
    st.markdown("**Training both, then comparing**")
    st.caption("You can leave this page; training continues.")
    for run in runs:
        watch(run.id)
    st.button(
        "Compare other runs",
        icon=":material/close:",
        on_click=remember,
        args=("pair", None),
        help="Training continues.",
    )
    return ids[0], ids[1]
