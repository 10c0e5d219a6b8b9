"""The questions of the Neighbours page, one function a question: inputs, one call, a table or figure."""

import html
from collections.abc import Callable

import pandas as pd
import streamlit as st

from embedlab import plots
from embedlab.core.errors import BadInput, UnknownWord
from embedlab.data.corpus import Corpus
from embedlab.explain.concordance import Line, keyword_in_context
from embedlab.models import family_of
from embedlab.store.items import document_points
from embedlab.store.runs import Run
from embedlab.ui.neighbours import why as reason
from embedlab.ui.parts.frame import dark, empty
from embedlab.ui.parts.loaded import encoder
from embedlab.ui.parts.pickers import bar, example, typed_words
from embedlab.ui.parts.text import plain
from embedlab.vectors.embedding import Neighbour, beside_random, mean_cosine, nearest_rows, normalised

MOST_ATTRIBUTES = 12  # columns beside the found documents

View = Callable[[Run, Corpus | None], None]


def views(run: Run, corpus: Corpus | None) -> dict[str, View]:
    """The questions that make sense for a run; searching by sentence needs a transformer and its documents."""
    found: dict[str, View] = {
        "Neighbours": neighbours,
        "Analogy": analogy,
        "Odd one out": odd_one_out,
        "Similarity": similarity,
        "Axes": axes,
        "Why near": why_near,
        "In context": context,
    }
    if run.encoder_folder and run.has_documents and corpus is not None:
        return {"Search": search} | found
    return found


@st.fragment
def neighbours(run: Run, corpus: Corpus | None) -> None:
    """The words nearest to a word; beside them why the chosen one is near, or the sentences of the word itself."""
    left, right = st.columns([3, 1])
    word = left.text_input("Word", value=example(run.embedding, 1)[0], key="word", persist_state="session")
    k = right.number_input("How many", 1, 200, 12, key="k", persist_state="session")
    found = ask(lambda: run.embedding.neighbours(word.strip(), k=int(k)))
    if found is None:
        return
    table, lines = st.columns(2, gap="large")
    with table:
        count = run.embedding.counts
        seen = f", seen {int(count[run.embedding.id(word.strip())]):,} times" if count is not None else ""
        st.markdown(f"**Nearest to “{plain(word.strip())}”**{seen}")
        opened = reason.neighbour_table(run, corpus, word.strip(), found, bar(run.embedding.random_cosine))
        st.caption(beside_random(run.embedding.random_cosine, found[0].score if found else None))
        if note := family_of(run.spec.model).neighbours_note:
            st.caption(f":material/info: {note}")
    with lines:
        if corpus is not None and opened:
            ask(lambda: reason.why(run, corpus, word.strip(), opened))
        elif corpus is not None:
            sentences(corpus, word.strip(), limit=8)


def analogy(run: Run, corpus: Corpus | None) -> None:
    """A is to B as C is to what?"""
    known = (words for words in ANALOGIES if all(word in run.embedding for word in words))
    words = next(known, example(run.embedding, 3))
    cells = st.columns(4)
    a, b, c = (
        cell.text_input(label, value=words[i], key=f"analogy_{i}", persist_state="session").strip()
        for i, (cell, label) in enumerate(zip(cells, ("A", "is to B", "as C"), strict=False))
    )
    cells[3].markdown("is to …")
    cells[3].caption("The three words themselves are left out of the answers.")
    answers = {"3CosAdd": "add", "3CosMul": "mul"}
    sides = st.columns(2, gap="large")
    for side, (title, method) in zip(sides, answers.items(), strict=True):
        with side:
            found = ask(lambda method=method: run.embedding.analogy(a, b, c, k=10, method=method))
            if found is None:
                return
            st.markdown(
                f"**{title}**",
                help="Cosine with b − a + c."
                if method == "add"
                else "cos(b)·cos(c) / cos(a), cosines shifted to 0…1, so that no single word dominates.",
            )
            answer_table(found, "Score", key=title)


# Questions to begin with; the first whose words the run knows is shown.
ANALOGIES = [
    ("france", "paris", "england"),
    ("man", "king", "woman"),
    ("man", "he", "woman"),
    ("good", "better", "bad"),
    ("year", "years", "day"),
]


def odd_one_out(run: Run, corpus: Corpus | None) -> None:
    """Which word fits the others least?"""
    words = typed_words("Words, at least three", example(run.embedding, 4), key="odd")
    found = ask(lambda: run.embedding.odd_one_out(words))
    if found:
        odd, scores = found
        st.markdown(f"The odd one out is **{odd}**.")
        frame = pd.DataFrame({"Word": list(scores), "Cosine with the mean of all": list(scores.values())})
        st.dataframe(
            frame.sort_values(frame.columns[1]), hide_index=True, column_config={frame.columns[1]: bar()}, width=460
        )


def similarity(run: Run, corpus: Corpus | None) -> None:
    """Cosine of every typed word with every other."""
    words = typed_words("Words", example(run.embedding, 8), key="matrix")
    matrix = ask(lambda: run.embedding.similarity_matrix(words))
    if matrix is not None and len(words):
        st.plotly_chart(plots.heatmap(words, matrix, title="Cosine similarity"), key="heatmap")
        st.caption(beside_random(run.embedding.random_cosine))


def axes(run: Run, corpus: Corpus | None) -> None:
    """Words placed along two directions that pairs of words define."""
    e = example(run.embedding, 4)
    left, right = st.columns(2)
    x = pairs(
        left.text_input(
            "Horizontal axis, pairs as low-high",
            value=f"{e[0]}-{e[1]}",
            key="axis_x",
            persist_state="session",
            help="Several pairs, separated by commas, make a more stable axis: man-woman, he-she.",
        )
    )
    y = pairs(right.text_input("Vertical axis", value=f"{e[2]}-{e[3]}", key="axis_y", persist_state="session"))
    words = typed_words("Words to place", example(run.embedding, 16), key="axis_words")
    found = ask(lambda: run.embedding.project_on_axes(words, [x, y]))
    if found is not None:
        names = [" / ".join(f"{a} → {b}" for a, b in axis) for axis in (x, y)]
        st.plotly_chart(plots.axes_plot(words, found, (names[0], names[1]), dark=dark()), key="axes_plot")


def why_near(run: Run, corpus: Corpus | None) -> None:
    """Why two words are near: what they share."""
    reason.pair(run, corpus, ask, [word := example(run.embedding, 1)[0], run.embedding.neighbours(word, k=1)[0].word])


def context(run: Run, corpus: Corpus | None) -> None:
    """The sentences of the corpus in which a word occurs."""
    if corpus is None:
        empty("No corpus behind this run", "Imported vectors come without sentences.")
        return
    word = st.text_input(
        "Word", value=example(run.embedding, 1)[0], key="context_word", persist_state="session"
    ).strip()
    sentences(corpus, word, limit=50)


def search(run: Run, corpus: Corpus | None) -> None:
    """The documents nearest to a typed sentence."""
    left, right = st.columns([3, 1])
    query = left.text_input(
        "Sentence", placeholder="Type what the documents should be about", key="query", persist_state="session"
    )
    k = right.number_input("How many", 1, 100, 10, key="search_k", persist_state="session")
    if not query.strip():
        st.caption(f"Searches all {corpus.n_documents:,} documents by meaning, not by spelling.")
        return
    with st.spinner("Encoding the sentence"):
        vector = encoder(str(run.encoder_folder), run.spec.config.get("max_length", 256)).model.encode(
            [query], show_progress_bar=False
        )[0]
    rows, scores = nearest_rows(run.documents, vector, int(k))
    random = _between_documents(run.id, run)
    points = document_points(corpus, rows)
    further = {name: points.column(name).to_pylist() for name in points.columns[:MOST_ATTRIBUTES]}
    own = {"Cosine": scores, "Document": [corpus.text(int(row)) for row in rows], "Number": rows + 1}
    frame = pd.DataFrame(own | {name if name not in own else f"{name}*": cells for name, cells in further.items()})
    st.dataframe(
        frame,
        hide_index=True,
        row_height=70,
        column_config={"Cosine": bar(random), "Document": st.column_config.TextColumn(width="large")},
        alt="Nearest documents with their attributes",
    )
    st.caption(beside_random(random, float(scores[0]) if len(scores) else None, "documents"))


@st.cache_data(max_entries=20, show_spinner=False)
def _between_documents(run_id: str, _run: Run) -> float:
    """The mean cosine of two documents of a run."""
    return mean_cosine(normalised(_run.documents))


def sentences(corpus: Corpus, word: str, *, limit: int) -> None:
    """A word in context, the keyword in the middle."""
    found = ask(lambda: keyword_in_context(corpus, word, limit=limit))
    if found is None:
        return
    drawn = (
        f"{len(found)} of {found.n_total:,} occurrences"
        if found.n_total > len(found)
        else f"{found.n_total:,} occurrences"
    )
    st.markdown(f"**“{plain(word)}” in the corpus** · {drawn}")
    st.html(CONCORDANCE + "".join(concordance_line(line) for line in found) + "</div>")


# The part left of the keyword keeps its end and loses its beginning when there is little room.
CONCORDANCE = """<style>
.kwic {display: grid; grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr) auto;
  column-gap: .5rem; row-gap: .3rem; font-size: .875rem}
.kwic > * {white-space: nowrap; overflow: hidden; text-overflow: ellipsis}
.kwic .left {direction: rtl; text-align: right}
.kwic .where {opacity: .6; font-size: .78rem}
@media (max-width: 640px) {
.kwic .where {display: none} .kwic {grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr)}}
</style><div class="kwic">"""


def concordance_line(line: Line) -> str:
    """One occurrence as four cells: left context, keyword, right context, where it stands."""
    where = f"document {line.document + 1:,}" + (f", {line.label}" if line.label else "")
    cells = (html.escape(part) for part in (line.left, line.keyword, line.right, where))
    left, keyword, right, where = cells
    return (
        f"<span class='left'><bdi>{left}</bdi></span><b>{keyword}</b>"
        f"<span>{right}</span><span class='where'>{where}</span>"
    )


def ask(question: Callable):
    """The answer, or None with a sentence on the page; an unknown word is answered with its closest spellings."""
    try:
        return question()
    except UnknownWord as error:
        st.warning(plain(str(error)), icon=":material/spellcheck:")
    except BadInput as error:
        st.warning(plain(str(error)))
    return None


def answer_table(found: list[Neighbour], score: str, key: str = "") -> None:
    """Words with score and count."""
    frame = pd.DataFrame(
        {"Word": [n.word for n in found], score: [n.score for n in found], "Count": [n.count for n in found]}
    )
    st.dataframe(
        frame if frame["Count"].notna().any() else frame.drop(columns="Count"),
        hide_index=True,
        key=f"answers_{key}",
        column_config={
            score: bar(),
            "Count": st.column_config.NumberColumn(format="localized", help="How often the corpus has it."),
        },
    )


def pairs(text: str) -> list[tuple[str, str]]:
    """Pairs typed as low-high, separated by commas; a hyphen inside a word is kept by writing low:high."""
    split = (part.strip().split(":" if ":" in part else "-", 1) for part in text.split(",") if part.strip())
    return [(cell[0].strip(), cell[1].strip()) for cell in split if len(cell) == 2]
