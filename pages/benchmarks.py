"""Score runs, each number with its coverage, interval and baselines; set runs side by side; benchmarks of one's own."""

import streamlit as st

from embedlab.ui.benchmarks import own, standings, this_run
from embedlab.ui.parts.frame import page, pick_run

VIEWS = {"This run": this_run.this_run, "Compare runs": standings.compare_runs, "Your benchmarks": own.manage}

st.session_state["page"] = "benchmarks"
with page(
    "Benchmarks",
    "How well do the vectors do what people expect of them? Every score says how much it covers and how sure it is.",
) as here:
    run = pick_run(here)
    if run is not None:
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default="This run",
            required=True,
            key="benchmarks_view",
            persist_state="session",
            label_visibility="collapsed",
        )
        VIEWS[view](here, run)
