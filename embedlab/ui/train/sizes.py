"""What a run with several sizes says about how small its vectors can be."""

import streamlit as st

from embedlab.plots.sizes import size_curve, smallest_size
from embedlab.store.runs import Run


def sizes(run: Run, *, key: str) -> None:
    """The score at each size, start and end, and a sentence on the smallest that will do; nothing for other runs."""
    notes = run.summary.get("notes", {})
    if rows := notes.get("sizes"):
        metric = notes["start_end"][0]["metric"]
        st.plotly_chart(size_curve(rows, metric), key=f"sizes_{key}", config={"displayModeBar": False})
        st.caption(smallest_size(rows))
