"""Every run: compare, rename, export, import, delete; and what is running now."""

import streamlit as st

from embedlab.ui.parts.frame import page
from embedlab.ui.runs import page as runs_page

st.session_state["page"] = "runs"
with page(
    "Runs", "Everything trained or imported here. Select one run to manage it, or several to compare their settings."
) as here:
    runs_page.running(here)
    runs = runs_page.listed(here)
    selected = runs_page.table(runs) if runs else runs_page.no_runs()
    if len(selected) == 1:
        runs_page.manage(here, selected[0])
    elif len(selected) > 1:
        runs_page.compare(selected)
    runs_page.import_form(here)
