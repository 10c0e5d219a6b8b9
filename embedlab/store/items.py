"""What a run can show on maps, in lists and in tables: its words or the documents of its corpus; of a run that was
trained on who chose what, its items or users."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import NotFound
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.points import Points, table_of
from embedlab.data.tokens.parts_of_speech import CLASSES, speech_codes
from embedlab.evaluation import document_vectors
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace
from embedlab.vectors.embedding import Embedding

if TYPE_CHECKING:
    import pyarrow as pa

TITLE_WIDTH = 60
GENRE, CHOSEN, CHOICES = "genre", "chosen", "choices"  # attributes of items and users
OF_CHOICES = {"words": "items", "documents": "users"}


def kind_of(run: Run, what: str) -> str:
    """The kind of points that "words" or "documents" of a run are: items and users where it learned from choices."""
    return OF_CHOICES[what] if run.recommends else what


def what_of(kind: str) -> str:
    """What a kind of points is to maps and tags: "words" for items, "documents" for users, else as it is named."""
    return {kind: what for what, kind in OF_CHOICES.items()}.get(kind, kind)


def kinds_of(workspace: Workspace, run: Run) -> list[str]:
    """What a map of the run can draw, of "words" and "documents"."""
    if run.recommends:
        users = run.has_documents and workspace.run_interactions(run) is not None
        return ["words", "documents"] if users else ["words"]
    return ["words", "documents"] if workspace.run_corpus(run) is not None else ["words"]


def number_of(workspace: Workspace, run: Run, what: str) -> int:
    """How many points the run has, without reading their vectors."""
    if what == "words":
        return run.summary["words"]
    return choices_of(workspace, run).n_users if run.recommends else _corpus_of(workspace, run).n_documents


def items_of(workspace: Workspace, run: Run, what: str) -> Embedding:
    """The vectors a map of `run` may show, with names: its words, or its corpus's documents named by first words.

    Of a run that recommends they are its items, and the users by name.
    """
    if what == "words":
        return run.embedding
    if run.recommends:
        return _users(workspace, run)
    corpus = _corpus_of(workspace, run)
    vectors = document_vectors(corpus, run.embedding) if run.documents is None else run.documents
    return Embedding([f"{i}. {_title(text)}" for i, text in enumerate(corpus.texts(), 1)], vectors)


def points_of(workspace: Workspace, run: Run, what: str, rows: Sequence[int] | np.ndarray) -> Points:
    """The points with these row numbers of `items_of`, with all their attributes."""
    if run.recommends:
        return (
            item_points(run.embedding, rows, run.attributes)
            if what == "words"
            else user_points(choices_of(workspace, run), rows)
        )
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
    return Points("words", words, table_of(columns | _further(attributes, rows, set(columns))))


def item_points(embedding: Embedding, rows: Sequence[int] | np.ndarray, attributes: "pa.Table | None" = None) -> Points:
    """Items of a run with how often they were chosen and what else is known of them.

    attributes: one row an item of the embedding. A column "genre" is their label.
    """
    rows = np.asarray(rows, np.int64)
    columns = {} if embedding.counts is None else {CHOSEN: np.asarray(embedding.counts)[rows].astype(np.int64)}
    return _items([embedding.words[row] for row in rows], columns, attributes, rows)


def catalogue_points(data: Interactions, numbers: Sequence[int] | np.ndarray) -> Points:
    """As `item_points`, of items by their number in the data: also those that no training has seen."""
    numbers = np.asarray(numbers, np.int64)
    columns = {CHOSEN: np.asarray(data.vocabulary.counts)[numbers].astype(np.int64)}
    return _items([data.vocabulary.words[i] for i in numbers], columns, data.attributes, numbers)


def user_points(data: Interactions, rows: Sequence[int] | np.ndarray) -> Points:
    """Users by name, with how many items each of them chose."""
    rows = np.asarray(rows, np.int64)
    offsets = np.asarray(data.choices.offsets)
    users = data.users
    return Points("users", [users[row] for row in rows], table_of({CHOICES: offsets[rows + 1] - offsets[rows]}))


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


def choices_of(workspace: Workspace, run: Run) -> Interactions:
    """The choices a run was trained on; NotFound where they have been deleted."""
    data = workspace.run_interactions(run)
    if data is None:
        raise NotFound(
            f"The data of {run.name!r} have been deleted, so its items and users have no names. Add them again."
        )
    return data


def _users(workspace: Workspace, run: Run) -> Embedding:
    data = choices_of(workspace, run)
    if run.documents is None:
        raise NotFound(f"{run.name!r} has no vectors of users. Draw its items, or train a model such as ALS.")
    return Embedding(data.users, np.asarray(run.documents))


def _items(names: list[str], columns: dict, attributes: "pa.Table | None", rows: np.ndarray) -> Points:
    columns |= _further(attributes, rows, set(columns))
    return Points("items", names, table_of(columns) if columns else None, label=GENRE if GENRE in columns else None)


def _further(attributes: "pa.Table | None", rows: np.ndarray, taken: set[str]) -> dict:
    """The columns of a table of attributes at these rows, under names that are free."""
    if attributes is None:
        return {}
    further = attributes.take(rows)
    return {_free(name, taken): further[name] for name in further.column_names}


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
