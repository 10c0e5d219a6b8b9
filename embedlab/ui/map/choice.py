"""What is selected on a map: by click, lasso, search, link, or a list beside it; the latest counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from embedlab.projections import Placed
from embedlab.ui.map.bar import SEARCH, Found

CHOSEN = "map_chosen"


@dataclass(frozen=True)
class Focus:
    """The one selected point and its true neighbours, nearest first: rows of items, or -1, -2 ... for texts.

    near: (row, closeness); problem: why it has none, else ""; ghosts: whether to place those that are not drawn.
    """

    item: int
    near: tuple[tuple[int, float], ...] = ()
    problem: str = ""
    ghosts: bool = False

    @property
    def rows(self) -> tuple[int, ...]:
        return tuple(row for row, _ in self.near)


@dataclass(frozen=True, eq=False)
class Chosen:
    """What is selected on a map: rows of items, or -1, -2 ... for texts put on it; and what follows from it."""

    rows: np.ndarray
    focus: Focus | None = None
    typed: Placed | None = None
    placed: Placed | None = None
    notes: list[str] = field(default_factory=list)


def chosen(id: str, click: tuple[int, Sequence[int]], found: Found, linked: np.ndarray) -> np.ndarray:
    """What is selected on the map `id`, int64: rows of items, or -1, -2 ... for texts put on it.

    click: (when, the points of the last click or lasso; 0 for never). A later search replaces the selection: by the
    words it names, or by nothing where it only finds some. Before both, it comes from the link.
    """
    kept = st.session_state.get(CHOSEN)
    if kept is None or kept["map"] != id:
        kept = {"map": id, "at": 0, "query": "", "rows": linked}
    at, rows = click
    if at and at != kept["at"]:
        kept |= {"at": at, "rows": np.asarray(rows, np.int64), "travelled": False}
    elif found.query and found.query != kept["query"]:
        kept |= {"rows": np.asarray(found.hits if found.exact else (), np.int64), "travelled": False}
    st.session_state[CHOSEN] = kept | {"query": found.query}
    return kept["rows"]


def clicked_since(id: str, at: int) -> bool:
    """Whether the reader has chosen on the map `id` itself since the page last looked: a search is over then."""
    kept = st.session_state.get(CHOSEN)
    return bool(at) and kept is not None and kept["map"] == id and kept["at"] != at


def travel(row: int) -> None:
    """Select another point, as a click in the list of neighbours does."""
    select_rows(np.asarray([row], np.int64))


def select_rows(rows: np.ndarray) -> None:
    """Select these points instead of what is selected, and end the search."""
    st.session_state[SEARCH] = ""
    if kept := st.session_state.get(CHOSEN):
        st.session_state[CHOSEN] = kept | {"rows": rows, "query": "", "travelled": True}


def travelled_to() -> list[int]:
    """The points selected by a list beside the map, which the map brings into view; none after another choice."""
    kept = st.session_state.get(CHOSEN)
    return kept["rows"].tolist() if kept is not None and kept.get("travelled") else []
