"""What a fine-tune changed: its scores before and after, and the way to both maps; and how it was trained."""

import streamlit as st

from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.ui.parts.text import plain

HELP = (
    "Start and end are scored by the same evaluator on the same held-out data. The interval is a 95 % bootstrap over "
    "its "
    "items."
)


def start_end(run: Run, *, key: str) -> None:
    """A table of scores at the start and the end of training, and a button to both maps; nothing for other runs."""
    rows = run.summary.get("notes", {}).get("start_end") or []
    if rows:
        st.markdown("**Before and after training**", help=HELP)
        st.markdown(
            "\n".join(["| Score | Before | After |", "|---|---|---|", *map(_row, rows)])
        )  # whose cells wrap where it is narrow
        st.caption("Beside each score its 95 % interval.")
    if run.before("words") is not None and st.button("See both maps", icon=":material/compare:", key=f"{key}.both"):
        began = run.began()
        st.session_state["compare.left"], st.session_state["compare.right"] = began.id, run.id
        st.session_state["compare.left.method"] = st.session_state["compare.right.method"] = "umap"
        st.session_state["compare_at_once"] = True
        st.switch_page("pages/compare.py")


def how_trained(run: Run) -> None:
    """A caption on precision, device, length and encoding; nothing for runs that note none of them."""
    if said := family_of(run.spec.model).how_trained(run.summary.get("notes", {}), run.spec.config):
        st.caption(plain(said))


def _row(row: dict) -> str:
    name = row["evaluator"] if row["metric"] in row["evaluator"] else f"{row['evaluator']} ({row['metric']})"
    name = name[:1].upper() + name[1:]
    measured = f":small[{plain(row['on'])}, n = {row['n']:,}]"
    return f"| {plain(name)} {measured} | {_value(row['start'])} | {_value(row['end'])} |"


def _value(found: list) -> str:
    score, low, high = (*found, None, None)[:3]
    return (
        _number(score) if low is None or high is None else f"{_number(score)} :small[{_number(low)} to {_number(high)}]"
    )


def _number(value: float) -> str:
    """With three decimals where all can count, without any from a hundred on."""
    return f"{value:,.{0 if abs(value) >= 100 else 3}f}"
