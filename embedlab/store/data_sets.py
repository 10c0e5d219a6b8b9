"""Data sets of a workspace: corpora and interactions, in one folder and one table of the catalog, apart by kind."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from embedlab.core.errors import BadInput, NotFound
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.store import catalog as tables
from embedlab.store import trash
from embedlab.store.catalog import now
from embedlab.store.trash import Deleted, Place

if TYPE_CHECKING:
    from pathlib import Path

CORPUS, INTERACTIONS = "corpus", "interactions"
MOST_NAMES = 20  # other names that are kept for a data set
_WRONG_KIND = {
    CORPUS: "holds choices of users, not texts. Choose a corpus, or train a model of items on it.",
    INTERACTIONS: "holds texts, not choices of users. Choose interactions, or add a table of who chose what.",
}


class Shelf(Place, Protocol):
    """What these functions need of a workspace."""

    @property
    def corpora_folder(self) -> "Path": ...


def kind_of(row: dict) -> str:
    """CORPUS or INTERACTIONS, for a row of the catalog."""
    return INTERACTIONS if row["meta"].get("kind") == INTERACTIONS else CORPUS


def rows_of(here: Shelf, kind: str) -> list[dict]:
    """The catalog's rows (id, name, created, meta) of the data sets of a kind, newest first."""
    return [row for row in here.catalog.rows(tables.corpora) if kind_of(row) == kind]


def row_of(here: Shelf, key: str, kind: str | None = None) -> dict:
    """The row of the data set with this id, beginning of an id, or name; NotFound otherwise.

    kind: the one it must have; BadInput if it has the other.
    """
    row = _found(here, key, {CORPUS: "corpus"}.get(kind or "", "data set"))
    if kind is not None and kind_of(row) != kind:
        raise BadInput(f"{row['name']!r} {_WRONG_KIND[kind]}")
    return row


def _found(here: Shelf, key: str, noun: str) -> dict:
    try:
        return here.catalog.find(tables.corpora, key, noun)
    except NotFound:  # it may be another name that the same content was added under
        found = [row for row in here.catalog.rows(tables.corpora) if key in row["meta"].get("also", ())]
        if not found:
            raise
        return found[0]


def opened(here: Shelf, row: dict) -> Corpus | Interactions:
    """The data set of a row, under the names that the catalog has for it."""
    folder, names = here.corpora_folder / row["id"], {"name": row["name"], "also": row["meta"].get("also", [])}
    if kind_of(row) == INTERACTIONS:
        return Interactions(folder, Interactions.open(folder).meta | names)
    return Corpus(folder, Corpus.open(folder).meta | names)


def register(here: Shelf, data: Corpus | Interactions, name: str | None) -> None:
    """List a data set. One that is listed already keeps its name and gets `name` as a further one."""
    row = here.catalog.first(tables.corpora, id=data.id)
    if row is None:
        here.catalog.insert(tables.corpora, id=data.id, name=data.name, created=now(), meta=data.meta)
        return
    also: Sequence[str] = row["meta"].get("also", [])
    if name and name not in (row["name"], *also):
        meta = row["meta"] | {"also": [*also, name][-MOST_NAMES:]}
        here.catalog.update(tables.corpora, data.id, meta=meta)


def delete(here: Shelf, row: dict) -> Deleted:
    """Remove a data set that no run needs, for good after a day. BadInput while runs refer to it."""
    id, kind = row["id"], kind_of(row)
    users = here.catalog.rows(tables.runs, columns=("name",), corpus_id=id)
    if users:
        what = "corpus" if kind == CORPUS else "data set"
        raise BadInput(
            f"{len(users)} run(s) were trained on this {what}, {users[0]['name']!r} among them. Delete them first."
        )
    return trash.put_away(here, trash.noted(kind, id, row["name"]), {"corpora": [row]}, [here.corpora_folder / id])
