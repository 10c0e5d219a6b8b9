"""The frame every page stands in: workspace, title, errors as sentences, and the choices that pages share.

The backend is imported by the functions that need it: the first page's title stands before a database library is read.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from embedlab.core.errors import EmbedLabError
from embedlab.core.extras import missing_extra
from embedlab.ui.parts.text import plain

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from embedlab.store.runs import Run
    from embedlab.store.workspace import Workspace

log = logging.getLogger("embedlab.ui")
_HEAD: ContextVar[DeltaGenerator | None] = ContextVar("head", default=None)  # the row with the title of this page


@st.cache_resource(show_spinner=False)
def _open(home: str | None, url: str | None) -> Workspace:
    from embedlab.store.workspace import Workspace

    return Workspace.open(home, url)


def workspace() -> Workspace:
    """The workspace of this app, opened once."""
    return _open(os.environ.get("EMBEDLAB_HOME"), os.environ.get("EMBEDLAB_DB"))


@st.cache_resource(show_spinner=False)
def warm_up(home: str) -> bool:
    """Start the workers in the background, and encode the bundled corpora into a workspace that is still empty."""
    from embedlab import jobs
    from embedlab.data.bundled import BUNDLED
    from embedlab.store import trash

    here = workspace()
    jobs.mark_interrupted(here)
    trash.empty(here)
    waiting = []
    if here.is_empty:
        waiting = [
            jobs.create(here, "corpus", {"bundled": key}, title=bundled.title)
            for key, bundled in BUNDLED.items()
            if bundled.available
        ]
    # A moment later, so that starting the workers does not slow down the first page.
    threading.Timer(2.5, _start_workers, (here, waiting)).start()
    return True


def _start_workers(here: Workspace, waiting: list[str]) -> None:
    from embedlab import jobs
    from embedlab.jobs import dask_cluster
    from embedlab.lab import pretrained

    encoded: dict = {}
    if waiting:
        # The smallest one, half a second of work, is there before the workers are.
        encoded = jobs.run_here(here, waiting.pop(0))
    try:
        pretrained.take_in_once(here)
    except EmbedLabError:
        log.exception("the pretrained vectors were not taken in")
    for id in waiting:
        jobs.dispatch_or_fail(here, id)
    if encoded and not pretrained.available():
        _train_first(here, encoded["corpus"])
    dask_cluster.connect(here)


def _train_first(here: Workspace, corpus: str) -> None:
    """Where no pretrained vectors are installed, a run of a bundled corpus is there to begin with."""
    from embedlab import jobs
    from embedlab.jobs.specs import Training, new_training
    from embedlab.models import DEFAULT

    jobs.start_training(here, new_training(here, Training(here.corpus(corpus), DEFAULT, {})))


@contextmanager
def page(title: str, caption: str, *, wide: bool = False) -> Iterator[Workspace]:
    """The page's title and workspace; an EmbedLabError inside becomes a sentence on the page.

    wide: the page fills the window from the rail to the right edge. It has no visible title and draws its own bar.
    """
    with _framed(title, caption, wide=wide):
        yield opened()


@contextmanager
def window(title: str) -> Iterator[None]:
    """A page that fills the window and shows something before the workspace is read: it calls `opened` when it needs
    it. Else like `page`."""
    with _framed(title, "", wide=True):
        yield


def opened() -> Workspace:
    """The workspace, with its workers started in the background."""
    here = workspace()
    if "framed" in st.session_state:
        warm_up(str(here.home))
    return here


@contextmanager
def _framed(title: str, caption: str, *, wide: bool) -> Iterator[None]:
    _enter_through_app()
    if wide:
        with st.container(key="page_title_unseen"):
            st.title(title, anchor=False)
        head, body = None, st.container(key="page_wide", gap=None)
    else:
        head, body = st.container(horizontal=True, vertical_alignment="center", gap="medium"), st.container()
        with head.container(width="stretch"):
            st.title(title, anchor=False)
            st.caption(caption)
    token = _HEAD.set(head)
    try:
        with body, _errors_as_sentences():
            yield
    finally:
        _HEAD.reset(token)


@contextmanager
def beside_title() -> Iterator[None]:
    """A place for the choice that the whole page is about: right of its title, or here on a page that has none."""
    head = _HEAD.get()
    with st.container() if head is None else head.container(width=340):
        yield


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    try:
        yield
    except EmbedLabError as error:
        st.error(plain(str(error)), icon=":material/error:")
    except ImportError as error:
        absent = missing_extra(error)
        if absent is None:
            raise
        st.error(plain(str(absent)), icon=":material/error:")


def _enter_through_app() -> None:
    """On a fresh server Streamlit takes the folder of pages for the app, and runs a page alone: start app.py again."""
    if "framed" not in st.session_state and st.context.headers:
        PagesManager.uses_pages_directory = False  # what st.navigation does, once it has been called
        st.rerun()


def remember(name: str, value) -> None:
    """Keep a choice that pages share, for this browser session and in the page's address."""
    st.session_state[name] = value
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def recall(name: str) -> str | None:
    """A choice made on any page, or carried by the address of this one."""
    return st.session_state.get(name) or st.query_params.get(name)


def pick_run(here: Workspace, *, key: str = "run", label: str = "Run", vectors: bool = False) -> Run | None:
    """The finished run chosen beside the title; None, with the way out shown on the page, while there is none.

    vectors: only runs with vectors are offered, and the page says why another one is not shown.
    """
    wanted = recall(key)
    with beside_title():
        run = run_box(here, key=key, label=label, vectors=vectors)
        if run is not None:
            st.caption(describe(run))
    if vectors and wanted:
        _say_without_vectors(here, wanted)
    if run is None:
        empty("No finished run yet", "Train a model and its vectors appear here.", "pages/train.py", "Train a model")
    return run


def run_box(here: Workspace, *, key: str = "run", label: str = "Run", vectors: bool = False) -> Run | None:
    """The finished run chosen in a box of its own; None, and no box, while there is none.

    vectors: only runs with vectors are offered.
    """
    chosen = recall(key)
    done = [
        run
        for run in here.runs()
        if run.status == "done" and (run.sweep is None or run.id == chosen) and (run.has_vectors or not vectors)
    ]  # trials are many
    if not done:
        return None
    by_id = {run.id: run for run in done}
    ids = list(by_id)
    id = st.selectbox(
        label,
        ids,
        index=ids.index(chosen) if chosen in by_id else 0,
        key=f"pick_{key}_{st.session_state.get('page', '')}",
        format_func=lambda id: by_id[id].name if id in by_id else id,
        label_visibility="collapsed",
    )
    remember(key, id)
    return by_id[id]


def _say_without_vectors(here: Workspace, id: str) -> None:
    """Why the run that was chosen on another page is not shown here, if it is one without vectors."""
    found = here.run(id) if here.has_run(id) else None
    if found is not None and found.status == "done" and not found.has_vectors:
        st.caption(
            f":material/info: The items of {plain(found.name)} have no vectors, so it is not shown here. "
            "See what it recommends, or score it."
        )


def describe(run: Run) -> str:
    """One line on a finished run: words or items and users, size, epochs."""
    summary = run.summary
    if "items" in summary:
        facts = [f"{summary['items']:,} items", f"{summary['users']:,} users"]
    else:
        facts = [f"{summary.get('words', 0):,} words"]
    facts.append(f"{summary.get('dim', 0)} dimensions" if run.has_vectors else "no vectors")
    if run.spec.config.get("window") and run.spec.config.get("order", True):
        facts.append(f"window {run.spec.config['window']}")
    if epochs := epochs_of(run):
        facts.append(f"{epochs} epoch{'' if epochs == 1 else 's'}")
    return " · ".join(facts)


def epochs_of(run: Run) -> int | None:
    """The epochs a run was trained for; None where it has none, such as a distilled model."""
    from embedlab.models import family_of

    return family_of(run.spec.model).epochs(run.spec.config, run.summary)


def pick_corpus(here: Workspace, *, key: str = "corpus", label: str = "Corpus") -> str | None:
    """The id of the corpus chosen; None, with the way out shown, while there is none.

    The one that this session added or used last is chosen first, else a bundled one: what another person has added is
    in the list, but not preselected.
    """
    return _pick_row(here, here.corpora(), key, label)


def pick_data(here: Workspace, *, key: str = "corpus", label: str = "Data set") -> str | None:
    """The id of the data set chosen, texts or choices, else as `pick_corpus`."""
    return _pick_row(here, [*here.corpora(), *here.interactions()], key, label)


def _pick_row(here: Workspace, rows: list[dict], key: str, label: str) -> str | None:
    if not rows:
        coming = _corpus_on_its_way(here)
        empty(
            "No corpus yet",
            "The bundled corpora are being prepared; the first is here in a moment."
            if coming
            else "Add your own text.",
            "pages/corpora.py",
            "Open corpora",
        )
        if coming:
            _until_a_corpus_is_there(here)
        return None
    ids = [row["id"] for row in rows]
    names = {row["id"]: f"{row['name']} · {_extent(row['meta'])}" for row in rows}
    chosen = recall(key)
    id = st.selectbox(
        label,
        ids,
        index=ids.index(chosen) if chosen in ids else _first_bundled(rows),
        format_func=names.get,
        key=f"pick_{key}_{st.session_state.get('page', '')}",
    )
    remember(key, id)
    return id


def _extent(meta: dict) -> str:
    return f"{meta['n_interactions']:,} choices" if "n_interactions" in meta else f"{meta['n_tokens']:,} tokens"


def _first_bundled(rows: list[dict]) -> int:
    """The place of the first bundled corpus, in the order of BUNDLED; that of the first of all where there is none."""
    from embedlab.data.bundled import BUNDLED

    titles = [bundled.title for bundled in BUNDLED.values()]
    found = [(titles.index(row["name"]), i) for i, row in enumerate(rows) if row["name"] in titles]
    return min(found)[1] if found else 0


def _corpus_on_its_way(here: Workspace) -> bool:
    from embedlab import jobs

    return bool(jobs.list_jobs(here, kind="corpus", status=["queued", "running"]))


@st.fragment(run_every=1.0)
def _until_a_corpus_is_there(here: Workspace) -> None:
    """Draw the page anew once there is something to choose, or nothing to wait for."""
    if here.corpora() or not _corpus_on_its_way(here):
        st.rerun(scope="app")


def empty(title: str, sentence: str, page: str | None = None, label: str = "") -> None:
    """An empty state: what would be here, and the way to get it."""
    with st.container(border=True, horizontal_alignment="center", vertical_alignment="center"):
        st.markdown(f"**{title}**", width="content")
        st.caption(sentence, width="content", text_alignment="center")
        if page:
            link(page, label, icon=":material/arrow_forward:")


def link(page: str, label: str, *, icon: str | None) -> None:
    """A link to another page of the app; plain text where a page runs by itself, as it does under test."""
    if "framed" in st.session_state:
        st.page_link(page, label=label, icon=icon)
    else:
        st.caption(label)


def metrics(*facts: tuple[str, str] | tuple[str, str, str]) -> None:
    """Numbers with their names (and a help) in a row that wraps where there is little room."""
    with st.container(horizontal=True, gap="medium"):
        for label, value, *help in facts:
            st.metric(label, value, help=help[0] if help else None, width="content")


def phone() -> bool:
    """Whether the reader holds a phone, as its browser says."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return getattr(st.context.theme, "type", "light") == "dark"
