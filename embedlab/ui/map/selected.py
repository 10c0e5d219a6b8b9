"""The tab Selected: true neighbours of one point, to travel on and to ask why; what a selected group shares; its
tag."""

import html
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.explain.excess import Excess
from embedlab.lab.groups import GroupStory, what_they_share
from embedlab.lab.map_view import MapView
from embedlab.lab.recommending import note_on_vectors
from embedlab.projections import Placed
from embedlab.ui.map import place, tagging
from embedlab.ui.map.bar import Found
from embedlab.ui.map.choice import Chosen, Focus, travel
from embedlab.ui.neighbours.together import why_chosen
from embedlab.ui.neighbours.why import why
from embedlab.ui.parts.frame import remember
from embedlab.ui.parts.near_list import Near, near_list
from embedlab.ui.parts.text import plain

K = 10
MOST_ATTRIBUTES = 12
LISTED = 500
STYLE = """<style>
.excess {list-style: none; margin: 0; padding: 0; font-size: .9rem}
.excess li {display: flex; flex-wrap: wrap; gap: .2rem .6rem; margin: 0; padding: .3rem 0;
  border-top: 1px solid rgb(128 140 150 / .25)}
.excess b {margin-left: auto}
.excess i {font-style: normal; opacity: .8}
</style>"""
GHOSTS_UP_TO = 20_000  # largest map that is sent again with undrawn neighbours at every selection


def focus_of(view: MapView, rows: np.ndarray, typed: Placed | None) -> Focus | None:
    """The true neighbours of the only selected point; None when there is none, or several."""
    if len(rows) != 1:
        return None
    item = int(rows[0])
    try:
        near = view.neighbours(item if item >= 0 else typed.vectors[-1 - item], K)
    except EmbedLabError as error:
        return Focus(item, problem=plain(str(error)))
    large = len(view.projection) > GHOSTS_UP_TO
    return Focus(item, tuple(near), ghosts=st.session_state.get(f"map_ghosts.{large}", not large))


def panel(view: MapView, id: str, chosen: Chosen, found: Found) -> None:
    """What is selected: one point with its neighbours, a group with what it shares, or how to select."""
    rows, focus = chosen.rows, chosen.focus
    texts = () if chosen.typed is None else chosen.typed.names
    names = {int(row): view.items.words[row] if row >= 0 else texts[-1 - row] for row in rows.tolist()[:LISTED]}
    if focus is not None:
        _one(view, id, focus, names[focus.item])
    elif len(rows):
        _group(view, id, rows, names)
    elif found.hits:
        _hits(view, found)
    else:
        _how_to(view)
    drawn = rows[rows >= 0]
    if len(drawn):
        tagging.form(view, drawn)
    tagging.listed(view)
    if view.kind == "items" and (note := note_on_vectors(view.run)):
        st.caption(f":material/info: {note}")


def _how_to(view: MapView) -> None:
    noun = view.points.noun
    st.header(f"Click {view.points.one}", anchor=False)
    st.caption(
        f"Its true nearest {noun}s appear here, with lines to them on the map. Draw around a group with the lasso to "
        "see what it shares. Or type a name into the search."
    )


def _hits(view: MapView, found: Found) -> None:
    st.header(f"{len(found.hits)} found for “{plain(found.query)}”", anchor=False)
    rows = [Near(row, view.items.words[row]) for row in found.hits[:50]]
    near_list(rows, key="map_hits", words="Found", then=travel)


def _one(view: MapView, id: str, focus: Focus, name: str) -> None:
    st.header(plain(name), anchor=False)
    points = view.points_of([focus.item]) if focus.item >= 0 else None
    if points is not None and view.kind != "words":
        facts = [f"{column}: {points.texts(column)[0]}" for column in points.columns[:MOST_ATTRIBUTES]]
        st.caption(" · ".join(plain(fact) for fact in facts))
    if focus.problem:
        st.caption(f":material/info: {focus.problem}")
        return
    cosine, random = view.metric == "cosine", view.items.random_cosine
    st.caption(
        f"Nearest by cosine. :orange[**|**] two random {view.kind}: {random:.2f}. Click to travel."
        if cosine
        else "Nearest by Euclidean distance, as this map measures it. Click to travel."
    )
    furthest = max((value for _, value in focus.near), default=1.0) or 1.0
    rows = [
        Near(
            row,
            view.items.words[row],
            value if cosine else 1 - value / (1.1 * furthest),
            f"{value:.2f}",
            "" if view.is_drawn(row) else "not drawn on this map",
        )
        for row, value in focus.near
    ]
    near_list(rows, key="map_near", mark=random if cosine else None, words=f"Nearest to {name}", then=travel)
    _beside(view, id, focus)
    if view.what == "words" and focus.item >= 0:
        _why(view, focus)
    elif view.kind == "users":
        _what_they_like(view, name)


def _beside(view: MapView, id: str, focus: Focus) -> None:
    """How many of the true neighbours are beside the point on the map, and where those are that are not drawn."""
    missing = [row for row in focus.rows if not view.is_drawn(row)]
    said = []
    if (beside := view.beside_on_map(focus.item, focus.rows)) is not None:
        said.append(f"{beside} of {len(focus.rows)} true neighbours are beside it on this map; the lines lead to them.")
    if missing:
        said.append(f"{len(missing)} of these {len(focus.rows)} {'is' if len(missing) == 1 else 'are'} not drawn.")
    st.caption(" ".join(said))
    if missing:
        large = len(view.projection) > GHOSTS_UP_TO
        st.toggle(
            "Place the missing ones",
            not large,
            key=f"map_ghosts.{large}",
            persist_state="session",
            help="Adds these points as hollow points. The existing points stay where they are.",
        )
        if not focus.ghosts:
            st.caption(place.where_they_belong(view, id, tuple(missing)))


def _why(view: MapView, focus: Focus) -> None:
    if not st.toggle("Why near?", key="map_why", persist_state="session"):
        return
    names = [view.items.words[row] for row in focus.rows]
    other = st.selectbox("Compared with", names, key="map_why_other")
    try:
        if view.kind == "items":
            why_chosen(view.run, view.items.words[focus.item], other)
        else:
            why(view.run, view.corpus, view.items.words[focus.item], other, k=4)
    except EmbedLabError as error:  # a word of the initial vectors may not be in the corpus
        st.caption(f":material/info: {plain(str(error))}")


def _what_they_like(view: MapView, user: str) -> None:
    """The way from a user to what the run recommends them."""
    if st.button("What is recommended to them", icon=":material/recommend:", key="map_recommend"):
        remember("user", user)
        st.switch_page("pages/recommend.py")


def _group(view: MapView, id: str, rows: np.ndarray, names: dict[int, str]) -> None:
    st.header(f"{len(rows):,} {view.kind} selected", anchor=False)
    drawn = rows[rows >= 0]
    if len(drawn) > 1:
        story = shared(view, view.run.id, id, view.tags, tuple(drawn.tolist()))
        st.markdown(plain(story.sentence))
        st.caption("The most typical. Click one to travel.")
        members = [(name, view.items.ids[name]) for name in story.central]
        near_list([Near(row, name) for name, row in members], key="map_members", words="Members", then=travel)
        if story.over:
            st.caption("More of this than the rest of the map:")
            st.html(_excesses(story.over))
    with st.expander("All selected"):
        st.dataframe(_listed(view, names), hide_index=True, height=240, alt="All selected points")


@st.cache_data(max_entries=16, show_spinner="Comparing the group with the rest")
def shared(_view: MapView, run_id: str, id: str, tags: tuple, rows: tuple[int, ...]) -> GroupStory:
    """What these points of the map `id` have in common."""
    return what_they_share(_view, rows)


def _excesses(found: Sequence[Excess]) -> str:
    lines = [
        f"<li>{html.escape(one.text)}"
        + ("" if one.kind == "number" else f"<b>{one.share:.0%}</b><i>elsewhere {one.elsewhere:.1%}</i>")
        + "</li>"
        for one in found
    ]
    return f"{STYLE}<ul class='excess'>{''.join(lines)}</ul>"


def _listed(view: MapView, names: dict[int, str]) -> pd.DataFrame:
    """The selected points with their attributes, which texts typed by the reader do not have."""
    points = view.points_of([row for row in names if row >= 0])
    own = pd.DataFrame({points.noun.capitalize(): list(names.values())}, index=list(names))
    if points.attributes is None:
        return own
    further = points.attributes.select(points.columns[:MOST_ATTRIBUTES]).to_pandas()
    return own.join(further.set_axis([row for row in names if row >= 0], axis=0))
