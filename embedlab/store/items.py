"""What a run can show on maps, in lists and in tables: its words, or the documents of its corpus."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import NotFound
from embedlab.data.corpus import Corpus
from embedlab.data.points import Points, table_of
from embedlab.data.tokens.parts_of_speech import CLASSES, speech_codes
from embedlab.evaluation import document_vectors
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.vectors.embedding import Embedding

if TYPE_CHECKING:
    import pyarrow as pa

TITLE_WIDTH = 60


def items_of(workspace: Workspace, run: Run, what: str) -> Embedding:
    """The vectors a map of `run` may show, with names: its words, or its corpus's documents named by first words."""
    if what == "words":
        return run.embedding
    corpus = _corpus_of(workspace, run)
    vectors = document_vectors(corpus, run.embedding) if run.documents is None else run.documents
    return Embedding([f"{i}. {_title(text)}" for i, text in enumerate(corpus.texts(), 1)], vectors)


def points_of(workspace: Workspace, run: Run, what: str, rows: Sequence[int] | np.ndarray) -> Points:
    """The points with these row numbers of `items_of`, with all their attributes."""
    if what == "words":
        return word_points(run.embedding, rows, run.attributes)
    return document_points(_corpus_of(workspace, run), rows)


def word_points(embedding: Embedding, rows: Sequence[int] | np.ndarray, attributes: "pa.Table | None" = None) -> Points:
    """Words with their rank, their count where it is known, and their usual part of speech in English.

    attributes: what an imported file holds beside them, one row a word.
    """
    rows = np.asarray(rows, np.int64)
    words = [embedding.words[row] for row in rows]
    columns = {} if embedding.counts is None else {"count": np.asarray(embedding.counts)[rows].astype(np.int64)}
    columns |= {"rank": rows + 1, "part of speech": [CLASSES[code] for code in speech_codes(words)]}
    if attributes is not None:
        further = attributes.take(rows)
        columns |= {_free(name, set(columns)): further[name] for name in further.column_names}
    return Points("words", words, table_of(columns))


def document_points(corpus: Corpus, rows: Sequence[int] | np.ndarray) -> Points:
    """Documents named by their number and first words, with label, score and all further columns of their table."""
    import pyarrow as pa

    rows = np.asarray(rows, np.int64)
    stored = corpus.attributes
    further = {} if stored is None else dict(zip(stored.column_names, stored.take(rows).columns, strict=True))
    own = dict(_own_columns(corpus, rows, set(further)))
    names = [f"{row + 1}. {_title(corpus.text(int(row)))}" for row in rows]
    attributes = pa.table(own | further) if own or further else None
    return Points("documents", names, attributes, label=next(iter(own), None) if corpus.has_labels else None)


def _own_columns(corpus: Corpus, rows: np.ndarray, taken: set[str]) -> Iterator[tuple[str, object]]:
    """(name, Arrow column) of the label and the score, where the corpus has them; the label first."""
    import pyarrow as pa

    if corpus.has_labels:
        codes = np.asarray(corpus.labels)[rows]
        names = pa.array(corpus.label_names, pa.string())
        yield _free(corpus.column_of("label"), taken), names.take(pa.array(codes, mask=codes < 0))
    if corpus.has_scores:
        scores = np.asarray(corpus.scores)[rows].astype(np.float64)
        yield _free(corpus.column_of("score"), taken), pa.array(scores, mask=np.isnan(scores))


def _free(name: str, taken: set[str]) -> str:
    """The name, or where a column of the table has it, the name with a mark."""
    while name in taken:
        name += "*"
    return name


def _corpus_of(workspace: Workspace, run: Run) -> Corpus:
    corpus = workspace.run_corpus(run)
    if corpus is None:
        raise NotFound("This run has no corpus, so there are no documents to draw. Draw the words instead.")
    return corpus


def _title(text: str, width: int = TITLE_WIDTH) -> str:
    text = " ".join(text[:400].split())
    return text if len(text) <= width else text[: width - 1].rsplit(" ", 1)[0] + "…"
