"""The bar above the map: which run, points and projection it shows, what is searched, and its colour."""

from dataclasses import dataclass

import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.lab.examples import examples_of
from embedlab.lab.map_view import MapView
from embedlab.projections import PROJECTIONS
from embedlab.store.items import kind_of, kinds_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.ui.map import link
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.word_box import BoxLook, word_box, words_file

SEARCH = "map_search"


@dataclass(frozen=True)
class Found:
    """What a search found. hits: rows of drawn points, the best first; exact: whether they are all that was meant."""

    hits: tuple[int, ...] = ()
    exact: bool = False
    query: str = ""


@dataclass(frozen=True)
class Projecting:
    """What is drawn, how, and in how many dimensions."""

    what: str
    method: str
    dims: int


def projecting(here: Workspace, run: Run) -> Projecting:
    """What is to be drawn and how, which a link may have set."""
    kinds = kinds_of(here, run)
    link.restore(here, run, kinds)
    style = {"required": True, "persist_state": "session", "label_visibility": "collapsed", "width": "content"}
    what = "words"
    if len(kinds) > 1:
        what = st.segmented_control(
            "Points",
            kinds,
            default="words",
            key=f"map.what.{len(kinds)}",
            format_func=lambda what: kind_of(run, what).capitalize(),
            **style,
        )
    method = st.segmented_control(
        "Projection",
        list(PROJECTIONS),
        default="umap",
        key="map.method",
        format_func=lambda name: PROJECTIONS[name].title,
        **style,
    )
    dims = st.segmented_control("Dimensions", [2, 3], default=2, key="map.dims", format_func="{}-D".format, **style)
    return Projecting(what, method, dims)


def search(view: MapView) -> Found:
    """What the reader looks for among the drawn points."""
    look = BoxLook(placeholder=f"Find {view.points.one}", label_hidden=True)
    kept = st.session_state.get(SEARCH, "")
    with st.container(width=170):
        query = word_box("Search", key="map_find", words=_names(view, view.run.id, view.what), value=kept, look=look)
    st.session_state[SEARCH] = query = query.strip()
    if not query:
        return Found()
    rows, unknown = view.find(query)
    if rows and not unknown:
        return Found(tuple(rows), True, query)
    try:
        hits = view.search(query)
        return Found(tuple(hits), len(hits) == 1, query)
    except EmbedLabError as error:
        st.toast(plain(str(error)), icon=":material/search_off:")
        return Found(query=query)


@st.cache_resource(max_entries=8, show_spinner=False)
def _names(_view: MapView, run_id: str, what: str) -> bytes:
    """What the search suggests: all points of the run by name."""
    return words_file(_view.items.words)


def colour(view: MapView) -> tuple[str, str]:
    """(name of the colouring chosen, the word or item that distance is measured to or "")."""
    available = view.colours()
    key = f"colour_{view.kind}_{len(available)}"
    link.restore_colour(key, available)
    name = st.selectbox(
        "Colour",
        list(available),
        index=list(available).index(view.default_colour),
        format_func=lambda name: f"Colour: {available.get(name, name)}",
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        width=200,
    )
    target = ""
    if name == "distance":
        target = _target(view)
    link.keep_colour(name, target)
    return name, target


def _target(view: MapView) -> str:
    """What distance is measured from: of items by default the most chosen one."""
    embedding, items = view.run.embedding, view.run.recommends
    return st.text_input(
        "Item to measure from" if items else "Word to measure from",
        value=embedding.words[0] if items else examples_of(embedding).words[0],
        key="distance_to",
        label_visibility="collapsed",
        width=140,
    ).strip()
