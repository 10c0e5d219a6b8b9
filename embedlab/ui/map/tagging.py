"""Tags: a selection that gets a name, is kept with the run, and colours, filters and is exported like an attribute."""

import numpy as np
import streamlit as st

from embedlab.lab.map_view import MapView
from embedlab.store.tags import LONGEST, Tag, forget_tag, keep_tag
from embedlab.ui.map.choice import select_rows
from embedlab.ui.parts.text import plain

NAME = "map_tag_name"


def form(view: MapView, rows: np.ndarray) -> None:
    """A field that names the selection, and a button that keeps it."""
    with st.form("map_tag", border=False, clear_on_submit=True), st.container(horizontal=True, gap="small"):
        st.text_input(
            "Tag",
            key=NAME,
            max_chars=LONGEST,
            placeholder=f"Name {'this one' if len(rows) == 1 else f'these {len(rows):,}'}",
            label_visibility="collapsed",
        )
        st.form_submit_button(
            "Tag",
            icon=":material/label:",
            help="Kept with the run; colour and filter by it.",
            on_click=_keep,
            args=(view, rows),
        )


def listed(view: MapView) -> None:
    """The tags of the run, each to select again or to remove."""
    if not view.tags:
        return
    st.caption("Tags. Choose “tag” as the colour, or show only some under Settings.")
    for tag in view.tags:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.button(
                f"{plain(tag.name)} ({len(tag.rows):,})",
                key=f"map_tag_{tag.name}",
                type="tertiary",
                width="stretch",
                on_click=select_rows,
                args=(np.asarray(tag.rows, np.int64),),
            )
            st.button(
                "Remove",
                key=f"map_untag_{tag.name}",
                icon=":material/close:",
                type="tertiary",
                on_click=_forget,
                args=(view, tag),
            )


def _keep(view: MapView, rows: np.ndarray) -> None:
    if name := st.session_state[NAME].strip():
        keep_tag(view.run, Tag(name, view.what, tuple(rows.tolist())))


def _forget(view: MapView, tag: Tag) -> None:
    forget_tag(view.run, tag.what, tag.name)
