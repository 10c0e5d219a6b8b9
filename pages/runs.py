"""Every run: compare, rename, export, import, delete; and what is running now."""

import streamlit as st

from embedlab.ui.parts import frame
from embedlab.ui.runs import imports, page

st.session_state["page"] = "runs"
with frame.page(
    "Runs", "Everything trained or imported here. Select one run to manage it, or several to compare their settings."
) as here:
    page.running(here)
    runs = page.listed(here)
    selected = page.table(runs) if runs else page.no_runs()
    if len(selected) == 1:
        page.manage(here, selected[0])
    elif len(selected) > 1:
        page.compare(selected)
    imports.import_form(here)
