"""The parts of the Start page: a word to ask for, the map that answers, three doors, and the path with its ticks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from embedlab.core.errors import EmbedLabError
from embedlab.plots.webmap import View
from embedlab.ui.map.component import last_state, scatter
from embedlab.ui.parts.frame import phone, recall, remember
from embedlab.ui.parts.near_list import Near, near_list
from embedlab.ui.parts.text import plain
from embedlab.ui.parts.word_box import BoxLook, word_box
from embedlab.ui.start.ready import Answer, Ready, analogy, nearest, ready, ready_of

if TYPE_CHECKING:
    from embedlab.store.runs import Run
    from embedlab.store.workspace import Workspace

HEADLINE = "An embedding puts alike things near each other."
BOX = BoxLook("Type a word: paris, doctor, guitar …", label_hidden=True, large=True)
ANALOGIES = (("france", "paris", "japan"), ("man", "king", "woman"))
MAP = "start_map"


def style() -> None:
    """The few rules of style of this page alone."""
    st.html(f"<style>{_css()}</style>")


@st.cache_resource(show_spinner=False)
def _css() -> str:
    return Path(__file__).with_name("start.css").read_text(encoding="utf-8")


@st.fragment
def ask(run: Run | None = None) -> None:
    """The box, the map and the answer: a word and its neighbours, or an analogy. run: asked instead of the pretrained
    vectors."""
    here = ready() if run is None else ready_of(run.id, run)
    here = here.tall if phone() else here
    _heed_the_map(here)
    with st.container(key="start_head", gap="small"):
        st.header(HEADLINE, anchor=False)
        st.caption(
            f"It gives every word a place, learned from how the word is used in {plain(here.learned_from)}. "
            "Nobody told it what a city is."
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(width=460):
                typed = word_box("Type a word", key="start_word", words=here.file, value=recall("word") or "", look=BOX)
            for i, (a, b, c) in enumerate(ANALOGIES if all(map(here.words.__contains__, sum(ANALOGIES, ()))) else ()):
                if st.button(f"{b} − {a} + {c} = ?", key=f"start_analogy_{i}"):
                    st.session_state["start_analogy"] = i
                    remember("word", None)
                    typed = ""
    if typed != (recall("word") or ""):
        _travel(typed)
    answer = _answer(here)
    with st.container(horizontal=True, gap=None):
        with st.container(key="start_stage", width="stretch", gap=None):
            _draw(here, answer)
        if answer is not None:
            with st.container(key="start_panel", width=320, gap="xsmall"):
                _panel(here, answer, run)


def ask_a_run(here: Workspace) -> None:
    """`ask` where no pretrained vectors are installed: of the newest run, once one is done."""
    done = [run for run in here.runs(sweep=None) if run.has_vectors]
    if done:
        ask(done[0])
        return
    with st.container(key="start_head", gap="small"):
        st.header(HEADLINE, anchor=False)
        st.caption("A first model is being trained on a bundled text, which takes about a minute. It shows here.")
    _until_a_run_is_done(here)


@st.fragment(run_every=2.0)
def _until_a_run_is_done(here: Workspace) -> None:
    if any(run.has_vectors for run in here.runs(sweep=None)):
        st.rerun(scope="app")


def _travel(word: str) -> None:
    """Ask for this word from now on."""
    remember("word", word or None)
    st.session_state.pop("start_analogy", None)


def _heed_the_map(here: Ready) -> None:
    """A point that was just clicked on the map is asked for like a typed word."""
    state = last_state(MAP, len(here.cloud))
    if state.at and state.at != st.session_state.get("start_at"):
        st.session_state["start_at"] = state.at
        if len(state.selected) == 1:
            _travel(here.cloud.names[int(state.selected[0])])


def _answer(here: Ready) -> Answer | None:
    if (chosen := st.session_state.get("start_analogy")) is not None:
        return analogy(here, *ANALOGIES[chosen])
    word = recall("word")
    return nearest(here, word) if word else None


def _draw(here: Ready, answer: Answer | None) -> None:
    asked = [] if answer is None else [here.points[word] for word in answer.asked if word in here.points]
    found = [] if answer is None or answer.unknown else answer.near
    near = [here.points[item.word] for item in found if item.word in here.points]
    links = None
    if asked and near:
        links = (asked[0], near) if len(asked) == 1 else (near[0], asked)
    scatter(
        here.cloud,
        View(
            title="Map of words",
            subtitle=f"{len(here.rows):,} words, {here.learned_from}",
            colour=here.colour,
            regions=here.regions,
            selected=asked if len(asked) == 1 else [*asked, *near[:1]],
            highlight=[] if len(asked) == 1 else near[:1] if asked else near,
            links=links,
            height="fill",
            note=" · ".join(filter(None, (f"{len(here.rows):,} words", here.source))),
        ),
        key=MAP,
        hold=True,
    )


def _panel(here: Ready, answer: Answer, run: Run | None) -> None:
    st.subheader(plain(answer.title), anchor=False)
    if answer.unknown:
        known = f"It is not among the {len(here.words):,} words known here."
        st.caption(f"{known} Did you mean one of these?" if answer.near else f"{known} Try another one.")
        with st.container(horizontal=True, gap="small"):
            for item in answer.near:
                name = item.word
                st.button(plain(name), key=f"start_spelling_{name}", on_click=_travel, args=(name,))
        if here.source:
            _offer_all()
        return
    random = here.embedding.random_cosine
    if len(answer.asked) == 1:
        st.caption(f"Nearest by cosine. The mark stands at two random words, {random:.2f}.")
    if answer.sentence:
        st.caption(plain(answer.sentence))
    rows = [
        Near(item.word, item.word, item.score, f"{item.score:.2f}", "" if item.word in here.points else "not drawn")
        for item in answer.near
    ]
    if went := near_list(rows, key="start_near", mark=random, words=f"Nearest to {answer.title}"):
        _travel(str(went))
        st.rerun(scope="fragment")
    if len(answer.asked) == 1 and st.button("More questions", icon=":material/arrow_forward:", type="tertiary"):
        _ask_more(run)


def _ask_more(run: Run | None) -> None:
    """Ask the same words further questions on the page Neighbours: of `run`, or of the run of the pretrained ones."""
    from embedlab.lab import pretrained
    from embedlab.ui.parts.frame import workspace

    remember("run", (run or pretrained.take_in(workspace())).id)
    st.switch_page("pages/neighbours.py")


def _offer_all() -> None:
    """All words of the package as a run of their own, by one click; it is asked on the page Neighbours."""
    from embedlab.lab import pretrained
    from embedlab.ui.parts.frame import workspace

    st.caption(f"The pretrained vectors have {pretrained.N_WORDS:,} words, rare ones too.")
    if st.button(f"Take in all {pretrained.N_WORDS:,}", icon=":material/download:", key="start_all"):
        with st.spinner("Reading the vectors, a few seconds"):
            run = pretrained.take_in(workspace(), pretrained.N_WORDS)
        remember("run", run.id)
        st.switch_page("pages/neighbours.py")


def doors(here: Workspace) -> None:
    """Three ways to begin, and the path with what is done and what comes next."""
    from embedlab.ui.start import path

    with st.container(key="start_doors"):
        learn, lesson, own, way = st.columns([1, 1, 1, 1.45], gap="small")
        with learn, st.container(key="door_learn"):
            if st.button("**See it learn** Watch words find their places in a small text.", width="stretch"):
                try:
                    path.see_it_learn(here)
                except EmbedLabError as error:
                    st.error(plain(str(error)))
        with lesson, st.container(key="door_lesson"):
            if st.button("**Take a lesson** One question, many trainings, and what they say.", width="stretch"):
                path.go("pages/sweeps.py", sweeps_view="Lessons")
        with own, st.container(key="door_own"):
            if st.button("**Bring your own** A text, a table, or finished vectors.", width="stretch"):
                path.go("pages/corpora.py", corpora_view="Add your own")
        with way, st.container(key="start_path", border=True, gap="xsmall"):
            path.show(here)
