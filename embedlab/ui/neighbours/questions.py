"""The questions of the Neighbours page, one function a question: what is asked, one call, a list or figure."""

from collections.abc import Callable

import streamlit as st

from embedlab import plots
from embedlab.data.corpus import Corpus
from embedlab.explain.answer_gap import answer_gap
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.ui.neighbours import begin
from embedlab.ui.neighbours import items as of_items
from embedlab.ui.neighbours import why as reason
from embedlab.ui.neighbours.asked import WORD, ask, kept_box, listed_words, one_word, swapped
from embedlab.ui.neighbours.listed import travel
from embedlab.ui.neighbours.texts import context, search, sentences
from embedlab.ui.parts.frame import dark, empty, recall, remember
from embedlab.ui.parts.text import plain
from embedlab.vectors.embedding import Neighbour, beside_random

View = Callable[[Run, Corpus | None, str], None]


def views(run: Run, corpus: Corpus | None) -> dict[str, View]:
    """The questions that make sense for a run.

    Searching by sentence needs a transformer and its documents; items have no sentences.
    """
    if run.recommends:
        return {
            "Nearest": of_items.nearest,
            "Why near": of_items.why_near,
            "Analogy": analogy,
            "Similarity": of_items.similarity,
            "Odd one out": of_items.odd_one_out,
            "Axes": of_items.axes,
        }
    found: dict[str, View] = {
        "Nearest": nearest,
        "Why near": why_near,
        "In context": context,
        "Analogy": analogy,
        "Similarity": similarity,
        "Odd one out": odd_one_out,
        "Axes": axes,
    }
    if run.encoder_folder and run.has_documents and corpus is not None:
        return found | {"Search documents": search}
    return found


@st.fragment
def page(run: Run, corpus: Corpus | None) -> None:
    """The word, the question and the answer; a click reruns no more than these."""
    found = views(run, corpus)
    view = recall("question")
    view = view if view in found else next(iter(found))
    word = one_word(run, corpus)
    st.session_state.setdefault("pick_question", view)
    if st.session_state["pick_question"] not in found:
        st.session_state["pick_question"] = view
    view = st.segmented_control(
        "Question",
        list(found),
        required=True,
        key="pick_question",
        label_visibility="collapsed",
        persist_state="session",
    )
    if st.query_params.get("question") != view:
        remember("question", view)
    found[view](run, corpus, word)


def nearest(run: Run, corpus: Corpus | None, word: str) -> None:
    """The words nearest to the word, each of them a way on; beside them why one of them is near."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.session_state.setdefault("k", 12)
        found = ask(lambda: run.embedding.neighbours(word, k=int(st.session_state["k"])))
        if found is None:
            return
        count = run.embedding.counts
        seen = f", seen {int(count[run.embedding.id(word)]):,} times" if count is not None else ""
        st.markdown(f"**Nearest to “{plain(word)}”**{seen}")
        travel(run, found, key="nearest")
        st.caption(beside_random(run.embedding.random_cosine, found[0].score if found else None))
        if note := family_of(run.spec.model).neighbours_note:
            st.caption(f":material/info: {note}")
        st.number_input("How many", 1, 200, key="k", persist_state="session", width=140)
    with right:
        if corpus is None:
            st.caption(reason.NO_CORPUS)
        elif found:
            names = [n.word for n in found[:8]]
            other = st.pills(
                "Why near", names, default=names[0], key=f"why_{run.id}_{word}", format_func=plain, wrap=True
            )
            if other:
                ask(lambda: reason.why(run, corpus, word, other))
            else:
                sentences(corpus, word, limit=8)


def analogy(run: Run, corpus: Corpus | None, word: str) -> None:
    """A is to B as the word is to what?"""
    kind = "items" if run.recommends else "words"
    a, b = begin.pair_for(run.embedding, word)
    cells = st.columns([3, 3, 4], vertical_alignment="bottom")
    with cells[0]:
        a = kept_box("This", run, key="analogy_a", default=a)
    with cells[1]:
        b = kept_box("is to this", run, key="analogy_b", default=b)
    cells[2].markdown(f"as **{plain(word)}** is to …  \n:small[The three {kind} are left out of the answers.]")
    _whole_examples(begin.examples(run.embedding, (a, b, word)))
    sides = st.columns(2, gap="large")
    for side, (title, method, how) in zip(sides, METHODS, strict=True):
        with side:
            found = ask(
                lambda method=method: run.embedding.analogy(a, b, word, k=10, method=method),
                swap=_swap_either("analogy_a", "analogy_b", (a, b)),
            )
            if found is None:
                return
            st.markdown(f"**{title}**", help=how)
            near = {n.word for n in run.embedding.neighbours(word, k=10)}
            notes = {n.word: f"near “{word}” without the analogy too" for n in found if n.word in near}
            travel(run, found, key=method, notes=notes, top=None if method == "add" else max(1.0, found[0].score))
            if gap := answer_gap(found):
                st.caption(gap.text)
    st.caption(f"In italics: {kind} that are among the ten nearest of “{plain(word)}” itself, analogy or not.")


def _whole_examples(found: list[tuple[str, str, str]]) -> None:
    """Analogies that the run can be asked, as small buttons; a click fills in all three words."""

    def fill(a: str, b: str, c: str) -> None:
        st.session_state["analogy_a"], st.session_state["analogy_b"] = a, b
        remember(WORD, c)

    if found:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Or ask", width="content")
            for number, (a, b, c) in enumerate(found):
                label = f"{plain(a)} : {plain(b)} = {plain(c)} : ?"
                st.button(label, key=f"analogy_example_{number}", on_click=fill, args=(a, b, c), type="tertiary")


METHODS = (
    ("By adding (3CosAdd)", "add", "Cosine with b − a + c."),
    (
        "By multiplying (3CosMul)",
        "mul",
        "cos(b)·cos(c) / cos(a), cosines shifted to 0…1, so that no single word dominates.",
    ),
)


def _swap_either(first: str, second: str, now: tuple[str, str]) -> Callable[[str, str], None]:
    """What puts a suggestion in the place of whichever word it stands for: one of two boxes, or the page's word."""

    def swap(asked: str, word: str) -> None:
        places = {now[0]: first, now[1]: second}
        if asked in places:
            st.session_state[places[asked]] = word
        else:
            remember(WORD, word)

    return swap


def odd_one_out(run: Run, corpus: Corpus | None, word: str) -> None:
    """Which word fits the others least?"""
    found = ask(lambda: begin.odd_ones(run.embedding, word))
    if found is None:
        return
    default, key = ", ".join(found), f"odd_{word}"
    words = listed_words(run, kept_box("Words, at least three", run, key=key, default=default, several=True))
    found = ask(lambda: run.embedding.odd_one_out(words), swap=swapped(key, default))
    if found:
        odd, scores = found
        st.markdown(f"The odd one out is **{plain(odd)}**: its cosine with the mean of all is the lowest.")
        rows = sorted((Neighbour(each, score, None) for each, score in scores.items()), key=lambda n: n.score)
        with st.container(width=520):
            travel(run, rows, key="odd", notes={odd: "the odd one out"})
        st.caption(beside_random(run.embedding.random_cosine))


def similarity(run: Run, corpus: Corpus | None, word: str) -> None:
    """Cosine of every typed word with every other."""
    found = ask(lambda: begin.several(run.embedding, word, 8))
    if found is None:
        return
    default, key = ", ".join(found), f"matrix_{word}"
    words = listed_words(run, kept_box("Words", run, key=key, default=default, several=True))
    matrix = ask(lambda: run.embedding.similarity_matrix(words), swap=swapped(key, default))
    if matrix is not None and len(words):
        st.plotly_chart(plots.heatmap(words, matrix, title="Cosine similarity"), key="heatmap")
        st.caption(beside_random(run.embedding.random_cosine))


def axes(run: Run, corpus: Corpus | None, word: str) -> None:
    """The word and its neighbours placed along two directions that pairs of words define."""
    default_x, default_y = begin.axes(run.embedding)
    st.session_state.setdefault("axis_x", default_x)
    st.session_state.setdefault("axis_y", default_y)
    left, right = st.columns(2)
    help = "Several pairs, separated by commas, make a steadier axis: man-woman, he-she."
    x = pairs(left.text_input("Horizontal axis, pairs as low-high", key="axis_x", persist_state="session", help=help))
    y = pairs(right.text_input("Vertical axis, pairs as low-high", key="axis_y", persist_state="session", help=help))
    found = ask(lambda: begin.several(run.embedding, word, 16))
    if found is None:
        return
    default, key = ", ".join(found), f"axis_words_{word}"
    words = listed_words(run, kept_box("Words to place", run, key=key, default=default, several=True))
    placed = ask(lambda: run.embedding.project_on_axes(words, [x, y]), swap=_swap_axes(key, default))
    if placed is not None:
        names = [" / ".join(f"{a} → {b}" for a, b in axis) for axis in (x, y)]
        st.plotly_chart(plots.axes_plot(words, placed, (names[0], names[1]), dark=dark()), key="axes_plot")


def _swap_axes(key: str, default: str) -> Callable[[str, str], None]:
    def swap(asked: str, word: str) -> None:
        for place in ("axis_x", "axis_y"):
            st.session_state[place] = st.session_state[place].replace(asked, word)
        swapped(key, default)(asked, word)

    return swap


def why_near(run: Run, corpus: Corpus | None, word: str) -> None:
    """Why the word and another one are near: what they share."""
    if corpus is None:
        empty("No corpus behind this run", reason.NO_CORPUS)
        return
    near = ask(lambda: run.embedding.neighbours(word, k=1))
    if near is None:
        return
    default = near[0].word if near else ""
    other = kept_box("Other word", run, key=f"why_{word}", default=default)
    if other:
        ask(lambda: reason.why(run, corpus, word, other), swap=swapped(f"why_{word}", default))


def pairs(text: str) -> list[tuple[str, str]]:
    """Pairs typed as low-high, separated by commas; a hyphen inside a word is kept by writing low:high."""
    split = (part.strip().split(":" if ":" in part else "-", 1) for part in text.split(",") if part.strip())
    return [(cell[0].strip(), cell[1].strip()) for cell in split if len(cell) == 2]
