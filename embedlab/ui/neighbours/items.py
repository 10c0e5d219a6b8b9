"""The questions of the Neighbours page to a run of items: as those to words, with titles chosen from lists.

A title may hold commas and blanks, so several of them are picked, not typed between commas.
"""

import streamlit as st

from embedlab import plots
from embedlab.data.corpus import Corpus
from embedlab.lab.recommending import note_on_vectors
from embedlab.store.runs import Run
from embedlab.ui.neighbours import begin
from embedlab.ui.neighbours.asked import ask, kept_box, swapped
from embedlab.ui.neighbours.listed import travel
from embedlab.ui.neighbours.together import why_chosen
from embedlab.ui.parts.frame import dark
from embedlab.ui.parts.text import plain
from embedlab.vectors.embedding import Neighbour, beside_random

OFFERED = 5_000  # most chosen items that a list of titles holds


def nearest(run: Run, corpus: Corpus | None, word: str) -> None:
    """The items nearest to the item, each of them a way on; beside them why one of them is near."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.session_state.setdefault("k", 12)
        found = ask(lambda: run.embedding.neighbours(word, k=int(st.session_state["k"])))
        if found is None:
            return
        count = run.embedding.counts
        chosen = "" if count is None else f", chosen {int(count[run.embedding.id(word)]):,} times"
        st.markdown(f"**Nearest to “{plain(word)}”**{chosen}")
        travel(run, found, key="nearest")
        st.caption(beside_random(run.embedding.random_cosine, found[0].score if found else None, "items"))
        if note := note_on_vectors(run, "This list compares"):
            st.caption(f":material/info: {note}")
        st.number_input("How many", 1, 200, key="k", persist_state="session", width=140)
    with right:
        names = [each.word for each in found[:5]]
        key = f"why_{run.id}_{word}"
        other = st.pills("Why near", names, default=names[0], key=key, format_func=plain, wrap=True) if names else None
        if other:
            ask(lambda: why_chosen(run, word, other))


def why_near(run: Run, corpus: Corpus | None, word: str) -> None:
    """Why the item and another one are near: who chose both."""
    near = ask(lambda: run.embedding.neighbours(word, k=1))
    if near is None:
        return
    default, key = near[0].word if near else "", f"why_{word}"
    other = kept_box("Other item", run, key=key, default=default)
    if other:
        ask(lambda: why_chosen(run, word, other), swap=swapped(key, default))


def similarity(run: Run, corpus: Corpus | None, word: str) -> None:
    """Cosine of every chosen item with every other."""
    found = ask(lambda: begin.several(run.embedding, word, 8))
    if found is None:
        return
    items = _titles("Items", run, found, key=f"items_matrix_{word}")
    if items:
        matrix = run.embedding.similarity_matrix(items)
        st.plotly_chart(plots.heatmap(items, matrix, title="Cosine similarity"), key="heatmap")
        st.caption(beside_random(run.embedding.random_cosine, what="items"))


def odd_one_out(run: Run, corpus: Corpus | None, word: str) -> None:
    """Which item fits the others least?"""
    found = ask(lambda: begin.odd_ones(run.embedding, word))
    if found is None:
        return
    items = _titles("Items, at least three", run, found, key=f"items_odd_{word}")
    answer = ask(lambda: run.embedding.odd_one_out(items))
    if answer:
        odd, scores = answer
        st.markdown(f"The odd one out is **{plain(odd)}**: its cosine with the mean of all is the lowest.")
        rows = sorted((Neighbour(each, score, None) for each, score in scores.items()), key=lambda n: n.score)
        with st.container(width=520):
            travel(run, rows, key="odd", notes={odd: "the odd one out"})
        st.caption(beside_random(run.embedding.random_cosine, what="items"))


def axes(run: Run, corpus: Corpus | None, word: str) -> None:
    """The item and its neighbours placed along two directions, each from one item to another."""
    found = ask(lambda: begin.several(run.embedding, word, 12))
    if found is None:
        return
    cells, ends = st.columns(4), []
    for cell, where, title in zip(cells, ENDS, begin.poles(run.embedding), strict=False):
        with cell:
            ends.append(_title(where, run, title, key=f"items_axis_{where}"))
    items = _titles("Items to place", run, found, key=f"items_axes_{word}")
    pairs = [[(ends[0], ends[1])], [(ends[2], ends[3])]]
    placed = ask(lambda: run.embedding.project_on_axes(items, pairs)) if items else None
    if placed is not None:
        names = [f"{axis[0][0]} → {axis[0][1]}" for axis in pairs]
        figure = plots.axes_plot(items, placed, (names[0], names[1]), title="Items along two axes", dark=dark())
        st.plotly_chart(figure, key="axes_plot")


ENDS = ("Left", "Right", "Below", "Above")


def _title(label: str, run: Run, default: str, *, key: str) -> str:
    """One item, chosen by title."""
    offered = list(dict.fromkeys([*run.embedding.words[:OFFERED], default]))
    return st.selectbox(label, offered, index=offered.index(default), key=f"{key}_{run.id}", persist_state="session")


def _titles(label: str, run: Run, default: list[str], *, key: str) -> list[str]:
    """Several items, chosen by title."""
    offered = list(dict.fromkeys([*run.embedding.words[:OFFERED], *default]))
    return st.multiselect(label, offered, default=default, key=f"{key}_{run.id}", persist_state="session")
