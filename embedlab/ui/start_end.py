"""What a fine-tune changed: its scores before and after, and the way to both maps."""

import pandas as pd
import streamlit as st

from embedlab.workspace import Run

HELP = "Start and end are scored by the same evaluator on the same held-out data; the interval is a 95 % bootstrap over its items."


def start_end(run: Run, *, key: str) -> None:
    """A table of scores at the start and the end of training, and a button to both maps; nothing for other runs."""
    rows = run.summary.get("notes", {}).get("start_end") or []
    if rows:
        st.markdown("**Before and after training**", help=HELP)
        st.dataframe(pd.DataFrame([_row(row) for row in rows]), hide_index=True, alt="Scores before and after training")
    if run.before("words") is not None and st.button("See both maps", icon=":material/compare:", key=f"{key}.both"):
        began = run.began()
        st.session_state["compare.left"], st.session_state["compare.right"] = began.id, run.id
        st.session_state["compare.left.method"] = st.session_state["compare.right.method"] = "umap"
        st.session_state["compare_at_once"] = True
        st.switch_page("pages/compare.py")


def _row(row: dict) -> dict:
    return {"Score": f"{row['evaluator']} ({row['metric']})", "Before": _value(row["start"]), "After": _value(row["end"]),
            "Measured on": f"{row['on']}, n = {row['n']:,}"}


def _value(found: list) -> str:
    score, low, high = (*found, None, None)[:3]
    return f"{score:.4g}" if low is None or high is None else f"{score:.3f} ({low:.3f} to {high:.3f})"
