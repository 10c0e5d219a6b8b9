"""What moved: the table of words or documents, and the neighbours of one on both sides."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from embedlab.jobs.map_specs import map_title
from embedlab.plots.style import shortened
from embedlab.ui.compare.shown import Shown, mean_kept
from embedlab.ui.parts.frame import empty

MOST_ROWS = 300

ORDERS = ("Moved most", "Stayed most")


def ranked(shown: Shown) -> np.ndarray:
    """The rows of the table in their order."""
    found = shown.made.movers
    return (found.stayed if st.session_state.get("compare.order") == ORDERS[1] else found.order)[:MOST_ROWS]


def movers_key(key: str) -> str:
    """The key of the table, one for each order: a row that is chosen stays the word that was chosen."""
    return f"{key}.movers.{ORDERS.index(st.session_state.get('compare.order') or ORDERS[0])}"


def movers_table(shown: Shown, key: str, order: np.ndarray) -> None:
    """What moved most, or least; a row that is chosen is shown on both maps."""
    found = shown.made.movers
    st.segmented_control(
        "Order",
        ORDERS,
        default=ORDERS[0],
        required=True,
        key="compare.order",
        label_visibility="collapsed",
        persist_state="session",
    )
    noun = shown.noun.capitalize()
    frame = pd.DataFrame(
        {noun: [found.words[i] for i in order], "Kept": [round(mean_kept(found.overlap[i], found.k)) for i in order]}
    )
    if shown.noun != "document":  # titles of documents are too long to stand beside each other
        frame["Lost"], frame["Gained"] = (
            [", ".join(names(i)[:2]) for i in order] for names in (found.lost, found.gained)
        )
    st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=movers_key(key),
        height=420,
        column_config={
            noun: st.column_config.TextColumn(width=105 if shown.noun != "document" else 225),
            "Kept": st.column_config.NumberColumn(format=f"%d of {found.k}", width=68),
            "Lost": st.column_config.TextColumn(help="The two nearest of the neighbours lost.", width=142),
            "Gained": st.column_config.TextColumn(help="The two nearest of the neighbours gained.", width=142),
        },
        alt=f"{noun}s by how much they moved",
    )
    st.caption(f"{len(order):,} of {len(found):,} {shown.noun}s. Choose a row to see the {shown.noun} on both maps.")


def neighbour_lists(shown: Shown, row: int | None) -> None:
    """The neighbours of one word on both sides, those lost and gained marked."""
    found = shown.made.movers
    if row is None:
        empty(
            f"No {shown.noun} chosen",
            f"Choose a row of the table or a point on a map: both neighbour lists of the {shown.noun} appear here.",
        )
        return
    sides = (
        (shown.runs[0].name, found.near_a[row], found.near_b[row], "lost", "−"),
        (shown.runs[1].name, found.near_b[row], found.near_a[row], "gained", "+"),
    )
    same = shown.runs[0].id == shown.runs[1].id
    heads = [map_title(method) for method in shown.made.methods] if same else [name for name, *_ in sides]
    parts = [
        f"<div><h4>{html.escape(head)}</h4><ol>"
        + "".join(_neighbour(found.words[i], i in theirs, kind, sign) for i in mine)
        + "</ol></div>"
        for head, (_, mine, theirs, kind, sign) in zip(heads, sides, strict=True)
    ]
    kept = round(mean_kept(found.overlap[row], found.k))
    head = f"<p><b>{html.escape(found.words[row])}</b> keeps {kept} of {found.k} nearest neighbours</p>"
    st.html(f"{STYLE}<div class='both'>{head}{''.join(parts)}</div>")


def _neighbour(word: str, kept: bool, kind: str, sign: str) -> str:
    word = html.escape(shortened(word, 48))
    return f"<li>{word}</li>" if kept else f"<li class='{kind}'><span>{word}</span> <em>{sign} {kind}</em></li>"


STYLE = """<style>
.both {display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5rem; font-size: .9rem}
.both p {grid-column: 1 / -1; margin: .35rem 0 .9rem}
.both h4 {font-size: .8rem; font-weight: 600; opacity: .75; margin: 0; padding: 0 0 .35rem; overflow-wrap: anywhere;
  border-bottom: 1px solid rgba(128, 134, 145, .35)}
.both ol {margin: .2rem 0 0; padding-left: 1.6rem}
.both li {padding: .12rem 0; margin: 0; font-size: .9rem; overflow-wrap: anywhere}
.both li::marker {opacity: .5; font-variant-numeric: tabular-nums; font-size: .8rem}
.both em {font-style: normal; font-size: .75rem; padding: .05rem .35rem; border-radius: .6rem; white-space: nowrap}
.both .lost em {background: rgba(213, 94, 0, .2)}
.both .gained em {background: rgba(0, 158, 115, .22)}
.both .lost span {opacity: .75}
</style>"""
