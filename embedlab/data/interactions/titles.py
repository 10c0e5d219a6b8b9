"""Titles: a second table that names the items, and brings what else is known of them, such as genres and years."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.data.attributes import attributes_of
from embedlab.data.interactions.blocks import RECORDS, TEXTS, text_table
from embedlab.data.interactions.layouts import layout_of
from embedlab.data.interactions.storing import Known
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.plain import head_text
from embedlab.data.reading.reading import Reading
from embedlab.data.reading.sources import Source, sources
from embedlab.data.reading.suggest import as_text, columns_of, holds_text, listed
from embedlab.data.reading.tables import records

MOST_ITEMS = 2_000_000
LEAST_MATCH = 0.5  # of the items of the choices
_YEAR = re.compile(r"\((\d{4})\)\s*$")
_NAMES = "title name itemname itemtitle movietitle booktitle productname artistname trackname songname".split()
# The genres of the file u.item of MovieLens 100K, in the order of its flags.
GENRES = (
    "unknown|Action|Adventure|Animation|Children's|Comedy|Crime|Documentary|Drama|Fantasy|Film-Noir|Horror|Musical|"
    "Mystery|Romance|Sci-Fi|Thriller|War|Western"
).split("|")
_U_ITEM = ["movie id", "title", "release date", "video release date", "url", *GENRES]


@dataclass(frozen=True)
class Titles:
    """What a table says of the items, and how it was read. n_found: how many items it has."""

    known: Known
    reading: Reading
    n_found: int


def read_titles(path: Path, name: str, ids: Collection[str], options: ReadOptions = ReadOptions()) -> Titles:
    """The titles and attributes of the items with these ids.

    The column of ids is the one in which most of them stand; the title is a column called so, or the one of texts with
    the most different values. BadInput where less than half of the items are in the table.
    """
    with closing(sources(path, name=name)) as found:
        source = replace(next(found), options=options)
        rows = list(_bounded(_rows(source), name))
        if not rows:
            raise BadInput(f"{name} holds no rows. Choose a table that names the items.")
        columns = columns_of(rows[:1000])
        key = _id_column(rows, columns, set(ids), name)
        title = _title_column(rows, [column for column in columns if column != key])
        own = _first_of_each(rows, key, set(ids))
        source.tally.rows, source.tally.columns = len(own), {"item": key} | ({"title": title} if title else {})
        return Titles(_known(own, key, title), source.tally.reading(name), len(own))


def _rows(source: Source) -> Iterator[dict[str, str]]:
    """The rows of the table, column -> cell."""
    if source.kind in RECORDS:
        for record in records(source):
            if isinstance(record, dict):
                yield {column: as_text(cell).strip() for column, cell in record.items()}
        return
    if source.kind not in TEXTS:
        raise BadInput(f"{source.name} is a document, not a table. Choose a table that names the items.")
    if _is_u_item(source):
        options = ReadOptions(source.options.encoding or "iso-8859-1", "|", header=False, quotes=False)
        yield from map(_with_genres, _text_rows(replace(source, options=options), _U_ITEM))
        return
    yield from _text_rows(source)


def _text_rows(source: Source, names: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    layout = layout_of(head_text(source).split("\n"), source.options, table=True)
    table = text_table(source, layout).table
    columns = list(names) or _movies(table.columns, named=table.named, colons=layout.kind == "colons")
    for row in table.rows:
        yield dict(zip(columns, map(str.strip, row.cells), strict=False))


def _movies(columns: list[str], *, named: bool, colons: bool) -> list[str]:
    """The columns of movies.dat, which has no header; other columns as they are."""
    return ["movie id", "title", "genres"] if colons and not named and len(columns) == 3 else columns


def _is_u_item(source: Source) -> bool:
    """Whether a text is laid out as u.item of MovieLens: 24 cells cut by bars, the last 19 of them 0 or 1."""
    lines = [line for line in source.head.decode("latin-1").split("\n")[:20] if line.strip()]
    cut = [line.strip("\r").split("|") for line in lines[:-1] or lines]
    return bool(cut) and all(len(cells) == len(_U_ITEM) and set(cells[-19:]) <= {"0", "1"} for cells in cut)


def _with_genres(row: dict[str, str]) -> dict[str, str]:
    """A row of u.item with its flags as a list of genres, and the year of its title, else of its release."""
    genres = [genre for genre in GENRES if row.get(genre) == "1"]
    kept = {"movie id": row["movie id"], "title": row["title"], "genres": "|".join(genres)}
    released, titled = row["release date"][-4:], _YEAR.search(row["title"])
    return kept | {"year": titled[1] if titled else released if released.isdigit() else ""}


def _bounded(rows: Iterable[dict], name: str) -> Iterator[dict]:
    for number, row in enumerate(rows, 1):
        if number > MOST_ITEMS:
            raise BadInput(f"{name} has more than {MOST_ITEMS:,} rows, the most that a table of items may have.")
        yield row


def _id_column(rows: list[dict], columns: Sequence[str], ids: set[str], name: str) -> str:
    """The column with most of the ids; BadInput if it has less than LEAST_MATCH of them."""
    found = {column: len(ids & {row.get(column, "") for row in rows}) for column in columns}
    best = max(found, key=found.__getitem__)
    if found[best] < LEAST_MATCH * len(ids):
        raise BadInput(
            f"Only {found[best]:,} of the {len(ids):,} items that were chosen are in {name}, in its column {best!r}; "
            f"it has {listed(list(columns))}. Choose the table that belongs to these choices, or leave it out."
        )
    return best


def _title_column(rows: list[dict], columns: Sequence[str]) -> str | None:
    """A column called title or name; else the one of texts with the most different values; None if there is none."""
    folded = {re.sub(r"[\W_]", "", column.casefold()): column for column in reversed(columns)}
    named = next((folded[name] for name in _NAMES if name in folded), None)
    if named is not None:
        return named
    look = list(islice(rows, 1000))
    texts = [column for column in columns if holds_text([row[column] for row in look if row.get(column)])]
    return max(texts, key=lambda column: len({row.get(column) for row in rows}), default=None)


def _first_of_each(rows: list[dict], key: str, ids: set[str]) -> dict[str, dict]:
    """id -> the first row that has it, of the items that were chosen."""
    own: dict[str, dict] = {}
    for row in rows:
        if row.get(key) in ids:
            own.setdefault(row[key], row)
    return own


def _known(own: dict[str, dict], key: str, title: str | None) -> Known:
    titles = {id: row[title] for id, row in own.items() if row.get(title)} if title else {}
    kept = [_attributes(row, key, title) for row in own.values()]
    if not any("year" in {column.casefold() for column in row} for row in kept):
        for row, text in zip(kept, (titles.get(id, "") for id in own), strict=True):
            if year := _YEAR.search(text):
                row["year"] = year[1]
    return Known(titles, list(own), attributes_of(kept))


def _attributes(row: dict, key: str, title: str | None) -> dict[str, str]:
    """The other cells of a row; genres cut by bars are listed, and the first one stands for itself."""
    kept = {column: cell for column, cell in row.items() if column not in (key, title) and cell}
    genres = [genre for genre in kept.pop("genres", "").split("|") if genre and genre != "(no genres listed)"]
    if genres:
        kept |= {"genres": ", ".join(genres), "genre": kept.get("genre", genres[0])}
    return kept
