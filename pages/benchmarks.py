"""Score runs, each number with its coverage, interval and random baseline; compare all runs in one table."""

import streamlit as st

from embedlab.ui import scoring
from embedlab.ui.frame import page, pick_run

st.session_state["page"] = "benchmarks"
with page("Benchmarks", "How well do the vectors do what people expect of them? Every score says how much it covers and how sure it is.") as here:
    run = pick_run(here)
    if run is not None:
        scoring.start_form(here, run)
        scoring.results(here, run)
        scoring.all_runs(here)
