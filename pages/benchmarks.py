"""Score runs, each number with its coverage, interval and baselines; set runs side by side; benchmarks of one's own."""

import streamlit as st

from embedlab.ui.benchmarks import of_items, own, standings, this_run
from embedlab.ui.parts.frame import page, pick_run

COMPARE = {"Compare runs": standings.compare_runs}
OF_TEXTS = {"This run": this_run.this_run} | COMPARE | {"Your benchmarks": own.manage}
OF_ITEMS = {"This run": of_items.this_run} | COMPARE

st.session_state["page"] = "benchmarks"
with page(
    "Benchmarks",
    "How well does a model do what people expect of it? Every score says how much it covers and how sure it is.",
) as here:
    run = pick_run(here)
    if run is not None:
        views, key = (OF_ITEMS, "benchmarks_view_items") if run.recommends else (OF_TEXTS, "benchmarks_view")
        view = st.segmented_control(
            "View",
            list(views),
            default="This run",
            required=True,
            key=key,
            persist_state="session",
            label_visibility="collapsed",
        )
        views[view](here, run)
