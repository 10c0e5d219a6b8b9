"""Every run: compare, rename, export, import, delete; and what is running now."""

import streamlit as st

from embedlab.ui import run_list
from embedlab.ui.frame import page

st.session_state["page"] = "runs"
with page("Runs", "Everything trained or imported here. Select one run to manage it, or several to compare their settings.") as here:
    run_list.running(here)
    runs = run_list.listed(here)
    selected = run_list.table(runs) if runs else run_list.no_runs()
    if len(selected) == 1:
        run_list.manage(here, selected[0])
    elif len(selected) > 1:
        run_list.compare(selected)
    run_list.import_form(here)
