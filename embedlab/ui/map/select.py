"""The selection of a map, and the panel beside it: true neighbours of one point, why they are near, the whole list."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.lab.map_view import MapView
from embedlab.projections import Placed
from embedlab.ui.neighbours.why import why
from embedlab.ui.parts.text import plain

CHOSEN = "map_chosen"
K = 10
MOST_ATTRIBUTES = 12
LISTED = 500
GHOSTS_UP_TO = 20_000  # largest map that is sent again with undrawn neighbours at every selection
TOLD_UP_TO = 200_000  # largest map for which a caption says where those neighbours belong


@dataclass(frozen=True)
class Focus:
    """The chosen point and its true neighbours, nearest first: rows of items, or -1, -2 ... for texts.

    ghosts: whether to place the neighbours that are not drawn.
    """

    item: int
    near: tuple[int, ...]
    ghosts: bool


def chosen(
    id: str, click: tuple[int, Sequence[int]], hits: Sequence[int], linked: np.ndarray, *, again: bool = False
) -> np.ndarray:
    """What is selected on the map `id`, int64: rows of items, or -1, -2 ... for texts put on it.

    click: (when, the points of the last click or lasso; 0 for never). A later search replaces the selection. Before
    both, it comes from the link. again: a click on the only selected point clears the selection.
    """
    kept = st.session_state.get(CHOSEN)
    if kept is None or kept["map"] != id:
        kept = {"map": id, "at": 0, "hits": (), "rows": linked}
    at, rows = click
    if at and at != kept["at"]:
        let_go = again and list(rows) == kept["rows"].tolist()
        kept |= {"at": at, "rows": np.asarray(() if let_go else rows, np.int64)}
    elif hits and tuple(hits) != kept["hits"]:
        kept |= {"rows": np.zeros(0, np.int64)}
    st.session_state[CHOSEN] = kept | {"hits": tuple(hits)}
    return kept["rows"]


def panel(view: MapView, id: str, rows: Sequence[int], typed: Placed | None) -> Focus | None:
    """The selected points and the true neighbours of one of them; None without a selection.

    typed: the texts placed on the map, which may be among the points.
    """
    noun = view.projection.what.removesuffix("s")
    texts = () if typed is None else typed.names
    rows = [row for row in rows if row >= -len(texts)]
    if not rows:
        _how_to(view, noun)
        return None
    name_of = {row: view.items.words[row] if row >= 0 else texts[-1 - row] for row in rows}
    st.markdown(f"**{len(rows):,} {noun}{'s' if len(rows) > 1 else ''} selected**")
    item = st.selectbox(
        "Neighbours of", rows[:LISTED], format_func=lambda row: name_of.get(row, ""), key="map_neighbours_of"
    )
    focus = _neighbours(view, id, item, item if item >= 0 else typed.vectors[-1 - item])
    if (
        focus is not None
        and view.projection.what == "words"
        and item >= 0
        and st.toggle("Why are these near?", key="map_why")
    ):
        _why(view, item, focus.near)
    with st.expander("All selected"):
        st.dataframe(_listed(view, name_of, rows), hide_index=True, height=240, alt="All selected points")
    return focus


def _listed(view: MapView, name_of: dict[int, str], rows: Sequence[int]) -> pd.DataFrame:
    """The selected points with their attributes, which texts typed by the reader do not have."""
    points = view.points_of([row for row in rows if row >= 0])
    own = pd.DataFrame({points.noun.capitalize(): [name_of[row] for row in rows]}, index=list(rows))
    if points.attributes is None:
        return own
    further = points.attributes.select(points.columns[:MOST_ATTRIBUTES]).to_pandas()
    return own.join(further.set_axis([row for row in rows if row >= 0], axis=0))


def _how_to(view: MapView, noun: str) -> None:
    st.markdown("**Nothing selected**")
    how = (
        "Click a point, or draw with the lasso or box tool on the map."
        if view.projection.n_components == 2
        else "Click a point or search for it; the lasso and box tools need the map in 2-D."
    )
    st.caption(f"{how} The nearest neighbours of the {noun} appear here, with lines to them on the map.")


def _neighbours(view: MapView, id: str, item: int, asked: int | np.ndarray) -> Focus | None:
    """The table of true neighbours of a row or a vector, or a sentence if it has none."""
    try:
        found = view.neighbours(asked, K)
    except EmbedLabError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return None
    near, closeness = [row for row, _ in found], [value for _, value in found]
    drawn = [view.is_drawn(row) for row in near]
    measure, about = (
        ("Cosine", "In the full space, not on the map.")
        if view.metric == "cosine"
        else ("Distance", "Euclidean distance in the full space, as this map measures it.")
    )
    table = {"Nearest": [view.items.words[row] for row in near], measure: closeness, "On the map": drawn}
    if view.what == "documents":
        points = view.points_of(near)
        table |= {name: points.texts(name) for name in points.columns[:MOST_ATTRIBUTES] if name not in table}
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        column_config={
            "Nearest": st.column_config.TextColumn(width=112 if view.projection.what == "documents" else None),
            measure: st.column_config.NumberColumn(format="%.3f", help=about),
            "On the map": st.column_config.CheckboxColumn(width="small"),
        },
        alt="True nearest neighbours",
    )
    return Focus(
        item,
        tuple(near),
        _missing(view, id, [row for row, is_drawn in zip(near, drawn, strict=True) if not is_drawn], len(near)),
    )


def _missing(view: MapView, id: str, rows: list[int], n: int) -> bool:
    """Whether to place those of n neighbours that the map does not draw; if not, a caption says where they belong."""
    if not rows:
        return False
    large = len(view.projection) > GHOSTS_UP_TO
    put = st.toggle(
        "Place the missing ones",
        not large,
        key=f"map_ghosts.{large}",
        persist_state="session",
        help="Adds these points as hollow points. The existing points stay where they are.",
    )
    count = f"{len(rows)} of these {n} {'is' if len(rows) == 1 else 'are'} not drawn"
    if put:
        st.caption(
            f"{count}; the hollow point{'s show' if len(rows) > 1 else ' shows'} where "
            f"{'they belong' if len(rows) > 1 else 'it belongs'}."
        )
    elif len(view.projection) > TOLD_UP_TO:
        st.caption(f"{count}; raise “Number of points” to draw more.")
    else:
        st.caption(f"{count}. {_where(view, id, tuple(rows))}")
    return put


@st.cache_data(max_entries=64, show_spinner="Finding their places")
def _where(_view: MapView, id: str, rows: tuple[int, ...]) -> str:
    """Where the items of these rows belong on the map `id`, in Markdown."""
    try:
        placed = _view.place(rows)
    except EmbedLabError as error:
        return plain(str(error))
    return " ".join(
        f"“{plain(name)}” belongs beside “{plain(_view.items.words[beside])}”."
        for name, beside in zip(placed.names, placed.beside, strict=True)
    )


def _why(view: MapView, item: int, near: Sequence[int]) -> None:
    other = st.selectbox("Compared with", [view.items.words[row] for row in near], key="map_why_other")
    try:
        why(view.run, view.corpus, view.items.words[item], other, k=4)
    except EmbedLabError as error:  # a word of the initial vectors may not be in the corpus
        st.caption(f":material/info: {plain(str(error))}")
