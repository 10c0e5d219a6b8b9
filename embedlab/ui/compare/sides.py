"""Choosing the two sides of a comparison: runs, maps, and how many words or documents."""

from contextlib import suppress

import streamlit as st

from embedlab.core.errors import BadSetting
from embedlab.jobs.map_specs import CompareSpec, drawn_by, map_title
from embedlab.models import family_of
from embedlab.projections import PROJECTIONS
from embedlab.store import trash
from embedlab.store.runs import START, Run
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.frame import empty, recall, remember
from embedlab.ui.parts.text import plain

WORDS = (500, 1000, 2000, 5000, 10_000, 20_000)

SIDES = ("left", "right")
LIMIT_HELP = {
    "words": "The most frequent words that both have. Rare words move because they occur in little text; choose fewer "
    "words to leave them out.",
    "documents": "Evenly spaced over the corpus.",
}
ITEMS_HELP = (
    "The most chosen items that both have. Rare ones move because few chose them; choose fewer to leave them out."
)


def sides(here: Workspace) -> CompareSpec | None:
    """The comparison chosen with the widgets at the top; None, with advice shown, if there is nothing to compare."""
    wanted = {recall(side) for side in SIDES}
    done = [run for run in here.runs() if run.has_vectors and (run.sweep is None or run.id in wanted)]
    if not done:
        empty(
            "No finished run yet",
            "Train a model, or two at once below, and compare what they have learned.",
            "pages/train.py",
            "Train a model",
        )
        return None
    pair = _first_pair(done)
    done = [side for run in done for side in ([run] if run.before("words") is None else [run, run.began()])]
    ids = {run.id for run in done}
    for side, id, method in zip(SIDES, pair, ("pca" if len(done) == 1 else "umap", "umap"), strict=True):
        known = st.session_state.get(f"compare.{side}") or recall(side)
        if known and known not in ids:
            _note_as_gone(here, side, known)
        st.session_state[f"compare.{side}"] = known if known in ids else id
        st.session_state.setdefault(f"compare.{side}.method", recall(f"{side}.map") or method)
    st.session_state.setdefault("compare.limit", next((n for n in WORDS if str(n) == recall("words")), 2000))
    st.session_state.setdefault("compare.what", "documents" if recall("compared") == "documents" else "words")
    what = st.session_state["compare.what"] if _share_documents(here, done) else "words"
    chosen = [_side(here, side, done, what, column) for side, column in zip(SIDES, st.columns(2), strict=True)]
    what, limit = _what_and_count_of(here, done)
    if chosen[0] == chosen[1]:
        st.caption(
            ":material/info: Both sides are the same run and the same map. Choose another run or another map for "
            "one side."
        )
        return None
    (a, first), (b, second) = chosen
    return CompareSpec(a, b, (first, second), limit, what=what)


def _note_as_gone(here: Workspace, side: str, id: str) -> None:
    """Remember that the run of one side has been deleted, so that the page says so until another is chosen."""
    found = trash.deleted(here, thing=id.removesuffix(START))
    st.session_state[f"compare.{side}.gone"] = f"“{found[0].name}”" if found else f"with the id {id}"


def _share_documents(here: Workspace, done: list[Run]) -> bool:
    """Whether the runs chosen on both sides have vectors of the same documents."""
    by_id = {run.id: run for run in done}
    runs = [by_id.get(st.session_state[f"compare.{side}"]) for side in SIDES]
    if None in runs or runs[0].spec.corpus_id != runs[1].spec.corpus_id or here.run_corpus(runs[0]) is None:
        return False
    return all(not run.has_documents or run.documents is not None for run in runs)  # before training maybe words only


def _what_and_count_of(here: Workspace, done: list[Run]) -> tuple[str, int]:
    """Words, or documents where both sides have them, and how many."""
    what = "words"
    with st.container(horizontal=True, gap="large"):
        if _share_documents(here, done):
            what = st.segmented_control(
                "Compare",
                ["words", "documents"],
                key="compare.what",
                required=True,
                persist_state="session",
                format_func=str.capitalize,
            )
        of_items = any(run.recommends for run in done if run.id == st.session_state["compare.left"])
        limit = st.select_slider(
            "Items" if of_items else what.capitalize(),
            WORDS,
            key="compare.limit",
            format_func="{:,}".format,
            persist_state="session",
            width=440,
            help=ITEMS_HELP if of_items else LIMIT_HELP[what],
        )
    remember("words", str(limit))
    remember("compared", what)
    return what, limit


def _first_pair(done: list[Run]) -> tuple[str, str]:
    """The two newest runs on the same data, the older one first; else the two newest of words or of items, or one run
    twice."""
    for run in done:
        same = [other for other in done if other.spec.corpus_id == run.spec.corpus_id is not None]
        if len(same) > 1:
            return same[1].id, same[0].id
    alike = [run for run in done if family_of(run.spec.model).noun == family_of(done[0].spec.model).noun]
    return alike[min(1, len(alike) - 1)].id, done[0].id


def _side(here: Workspace, side: str, done: list[Run], what: str, column) -> tuple[str, str | dict]:
    """The run of one side, and how its map is drawn."""
    by_id = {run.id: run for run in done}
    id = column.selectbox(
        {"left": "First run", "right": "Second run"}[side],
        list(by_id),
        key=f"compare.{side}",
        persist_state="session",
        format_func=lambda id: by_id[id].name,
        on_change=st.session_state.pop,
        args=(f"compare.{side}.gone", None),
    )
    if gone := st.session_state.get(f"compare.{side}.gone"):
        column.warning(
            f"The run {plain(gone)}, which was shown here, has been deleted. {plain(by_id[id].name)} is shown instead.",
            icon=":material/delete:",
        )
    maps = _maps_of(here, id, what)
    if st.session_state[f"compare.{side}.method"] not in maps:  # of another run
        st.session_state[f"compare.{side}.method"] = "umap"
    method = column.selectbox(
        {"left": "First map", "right": "Second map"}[side],
        list(maps),
        key=f"compare.{side}.method",
        persist_state="session",
        format_func=lambda name: map_title(maps[name]),
        help="Every method with its defaults, and with the settings of this run's maps on the Map page. The map "
        "is computed again for the compared points.",
    )
    remember(side, id)
    remember(f"{side}.map", method)
    return id, maps[method]


def _maps_of(here: Workspace, run_id: str, what: str) -> dict[str, str | dict]:
    """Ways to draw the map of a run: every method with usual settings, and the settings of its stored maps by id."""
    found: dict[str, str | dict] = {name: name for name in PROJECTIONS}
    for row in here.maps(run_id.removesuffix(START)):
        with suppress(BadSetting):  # its settings no longer exist
            drawn = drawn_by(row["spec"])
            if row["spec"]["what"] == what and drawn not in found.values():
                found[row["id"]] = drawn
    return found
