"""What an imported file holds: items with vectors, whatever else its rows say, and how it was read."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.data.reading.reading import Reading
from embedlab.vectors.embedding import Embedding

if TYPE_CHECKING:
    import pyarrow as pa

NAME_COLUMNS = ("word", "token", "term", "name", "title", "label", "text", "input", "content", "document", "id", "key")
COUNT_COLUMNS = ("count", "frequency", "freq")


@dataclass(frozen=True)
class VectorOptions:
    """What a user may say about a file of vectors; None for what is to be detected.

    encoding: of its text. name_column, vector_column: of a table; the columns of numbers together are the vector where
    no column holds whole vectors.
    """

    encoding: str | None = None
    name_column: str | None = None
    vector_column: str | None = None


@dataclass(frozen=True, eq=False)
class Imported:
    """An embedding, the attributes of its rows (an Arrow table, one row an item, or None), and how it was read."""

    embedding: Embedding
    reading: Reading
    attributes: "pa.Table | None" = None


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a file: names (n,), vectors float32 (n, dim), counts int64 (n,) or None, attributes or None."""

    names: Sequence[str]
    vectors: np.ndarray
    counts: np.ndarray | None = None
    attributes: "pa.Table | None" = None
    notes: tuple[str, ...] = field(default_factory=tuple)


def imported(rows: Rows, reading: Reading, *, repeats: str = "first", blanks: bool = False) -> Imported:
    """The embedding of these rows; those whose name is blank are left out and counted, unless `blanks` keeps them.

    repeats: what happens to a name that comes again: "first" keeps its first vector, as files of words have it;
    "number" calls the others "name (2)" and so on, as rows of a table are things of their own.
    """
    if not np.isfinite(rows.vectors).all():
        bad = int(np.flatnonzero(~np.isfinite(rows.vectors).all(axis=1))[0])
        raise BadInput(f"The vector of {rows.names[bad]!r}, row {bad + 1:,}, holds a value that is no number.")
    visible = np.array([blanks or not all(map(_is_blank, name)) for name in rows.names], bool)
    dropped = {"its name has no visible character": int((~visible).sum())}
    notes = list(rows.notes)
    kept, names = np.flatnonzero(visible), list(rows.names)
    if repeats == "first":
        first: dict[str, int] = {}
        for row in kept.tolist():
            first.setdefault(names[row], row)
        dropped["its name was there already, and the first vector stays"] = len(kept) - len(first)
        kept = np.fromiter(first.values(), np.int64, len(first))
    elif renamed := _number_repeats(names, kept.tolist()):
        notes.append(f"{renamed:,} rows have a name that another row has, and got a number behind it.")
    if not len(kept):
        raise BadInput(f"{reading.file} holds no row with a name and a vector.")
    whole = len(kept) == len(names)
    embedding = Embedding(
        [names[row] for row in kept.tolist()],
        rows.vectors if whole else rows.vectors[kept],
        rows.counts if whole or rows.counts is None else rows.counts[kept],
    )
    attributes = rows.attributes if whole or rows.attributes is None else rows.attributes.take(kept)
    reading = replace(
        reading,
        rows=len(kept),
        dropped={reason: number for reason, number in dropped.items() if number},
        notes=(*reading.notes, *notes),
    )
    return Imported(embedding, reading, attributes)


def name_column(columns: Mapping[str, Sequence[str]], chosen: str | None, file: str) -> str:
    """The column that names the rows: the chosen one, else a likely one whose cells all differ, else any such one,
    else the first. columns: name -> cells as text."""
    if chosen is not None:
        return known_column(chosen, columns, file)
    likely = [column for name in NAME_COLUMNS for column in columns if column.strip().casefold() == name]
    for column in dict.fromkeys((*likely, *columns)):
        cells = columns[column]
        if len(set(cells)) == len(cells) and not (column not in likely and all(map(_is_number, cells))):
            return column
    return next(iter(likely or columns))


def known_column(column: str, columns, file: str) -> str:
    """The column of this name, case ignored; BadInput, with those there are, for another."""
    folded = {name.casefold(): name for name in columns}
    if column in columns:
        return column
    if column.casefold() in folded:
        return folded[column.casefold()]
    listed = ", ".join(map(repr, list(columns)[:20]))
    raise BadInput(f"{file} has no column {column!r}. It has {listed or 'no columns'}.")


def _number_repeats(names: list[str], rows: list[int]) -> int:
    """Put a number behind names that were there already; how many got one."""
    again = {name for name, n in Counter(names[row] for row in rows).items() if n > 1}
    seen: Counter[str] = Counter()
    taken, renamed = set(names), 0
    for row in rows:
        name = names[row]
        if name not in again:
            continue
        seen[name] += 1
        if seen[name] == 1:
            continue
        while (fresh := f"{name} ({seen[name]})") in taken:
            seen[name] += 1
        taken.add(fresh)
        names[row] = fresh
        renamed += 1
    return renamed


def _is_blank(char: str) -> bool:
    return char in "\t\u200b\ufeff" or unicodedata.category(char) == "Zs"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
