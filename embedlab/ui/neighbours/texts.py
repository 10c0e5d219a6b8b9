"""Questions to the texts behind a run: the sentences with a word, and the documents nearest to a sentence."""

import html

import pandas as pd
import streamlit as st

from embedlab.data.corpus import Corpus
from embedlab.explain.concordance import Line, keyword_in_context
from embedlab.plots.style import shortened
from embedlab.store.items import document_points
from embedlab.store.runs import Run
from embedlab.ui.neighbours.asked import ask
from embedlab.ui.parts.frame import empty
from embedlab.ui.parts.loaded import encoder
from embedlab.ui.parts.pickers import bar
from embedlab.ui.parts.text import plain
from embedlab.vectors.embedding import beside_random, mean_cosine, nearest_rows, normalised

MOST_ATTRIBUTES = 12  # columns beside the found documents
LETTERS = 260  # of a document in a list


def context(run: Run, corpus: Corpus | None, word: str) -> None:
    """The sentences of the corpus in which the word occurs."""
    if corpus is None:
        empty("No corpus behind this run", "Imported vectors come without sentences.")
        return
    sentences(corpus, word, limit=50)


def search(run: Run, corpus: Corpus | None, word: str) -> None:
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
    texts = [shortened(" ".join(corpus.text(int(row)).split()), LETTERS) for row in rows]
    own = {"Cosine": scores, "Document": texts, "Number": rows + 1}
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
