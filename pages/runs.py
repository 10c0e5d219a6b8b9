"""Every run: compare, rename, export, import, delete; and what is running now."""

import streamlit as st

from embedlab.ui.parts import frame
from embedlab.ui.parts.delete import deleted_lately, undo_bar
from embedlab.ui.runs import imports, page
from embedlab.ui.runs.manage import manage

st.session_state["page"] = "runs"
with frame.page(
    "Runs", "Everything trained or imported here. Select one run to manage it, or several to compare their settings."
) as here:
    undo_bar(here, "run")
    imports.imported_bar(here)
    page.running(here)
    runs = page.listed(here)
    selected = page.table(runs) if runs else page.no_runs()
    if len(selected) == 1:
        manage(here, selected[0])
    elif len(selected) > 1:
        page.compare(here, selected)
    imports.import_form(here)
    deleted_lately(here, "run")
