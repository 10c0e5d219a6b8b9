"""Tags: named selections of the words or documents of a run, kept with it to colour, filter and export by."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import Kept, read_json, write_json
from embedlab.data.corpus import Corpus
from embedlab.data.points import KINDS
from embedlab.store.runs import Run

FOLDER, COLUMN = "tags", "tag"
LONGEST = 60  # characters of a name
KEPT = Kept("A tag of this run", "A tag of this run was removed a moment ago.", "Delete its file, and tag again.")
BETWEEN = ", "  # names of a point that has several


@dataclass(frozen=True)
class Tag:
    """A named selection. what: "words" or "documents"; rows: their row numbers in the run, ascending.

    Raises BadInput for a name that is empty or too long, and for an empty selection.
    """

    name: str
    what: str
    rows: tuple[int, ...]

    def __post_init__(self):
        name = " ".join(self.name.split())
        if not name or len(name) > LONGEST:
            raise BadInput(f"A tag needs a name of 1 to {LONGEST} characters; got {len(name)}. Type a shorter one.")
        if self.what not in KINDS or not self.rows:
            raise BadInput(f"The tag {name!r} would mark no {self.what}. Select some first.")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "rows", tuple(sorted({int(row) for row in self.rows})))


def tags_of(run: Run, what: str) -> list[Tag]:
    """The tags of the run's words or documents, by name."""
    folder = run.folder / FOLDER
    stored = (read_json(path, KEPT, needs=("name", "what", "rows")) for path in folder.glob("*.json"))
    found = [Tag(about["name"], about["what"], tuple(about["rows"])) for about in stored if about["what"] == what]
    return sorted(found, key=lambda tag: tag.name.casefold())


def keep_tag(run: Run, tag: Tag) -> None:
    """Store a tag; it replaces one of the same name. Each has its own file, so that two people can tag at once."""
    path = _path(run, tag.what, tag.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"name": tag.name, "what": tag.what, "rows": list(tag.rows)})


def forget_tag(run: Run, what: str, name: str) -> None:
    """Remove a tag; NotFound names those there are."""
    path = _path(run, what, name)
    if not path.exists():
        there = ", ".join(repr(tag.name) for tag in tags_of(run, what)) or "none"
        raise NotFound(f"{run.name!r} has no tag {name!r} of its {what}. There are: {there}.")
    path.unlink(missing_ok=True)


def tag_column(tags: Sequence[Tag], rows: Sequence[int] | np.ndarray) -> list[str | None]:
    """The tags of each of these rows as one text; None for a row that has none."""
    names: dict[int, list[str]] = {}
    for tag in tags:
        for row in tag.rows:
            names.setdefault(row, []).append(tag.name)
    return [BETWEEN.join(names[row]) if row in names else None for row in np.asarray(rows, np.int64).tolist()]


def rows_named(run: Run, corpus: Corpus | None, what: str, items: Sequence[str] | Sequence[int]) -> tuple[int, ...]:
    """The row numbers of words given as texts, or of documents given by number; an error names what there is not."""
    if what == "words":
        return tuple(run.embedding.rows([str(item) for item in items]).tolist())
    n = 0 if corpus is None else corpus.n_documents
    if run.recommends and run.documents is not None:
        n = len(run.documents)
    for item in items:
        if not 0 <= int(item) < n:
            noun = "users" if run.recommends else "documents"
            raise BadInput(f"{run.name!r} has {n:,} {noun}, numbered from 0; got {item}. Give another number.")
    return tuple(int(item) for item in items)


def _path(run: Run, what: str, name: str) -> Path:
    digest = hashlib.blake2b(f"{what}\n{name.casefold()}".encode(), digest_size=8).hexdigest()
    return run.folder / FOLDER / f"{digest}.json"
