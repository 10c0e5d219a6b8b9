"""Names and attributes that stand beside a table of vectors: in a list, a table or a JSON file of as many rows."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.data.attributes import attributes_of
from embedlab.data.reading.suggest import as_text, columns_of
from embedlab.data.reading.tables import records
from embedlab.vectors.formats.imported import COUNT_COLUMNS, NAME_COLUMNS, Rows, name_column
from embedlab.vectors.formats.row_tables import opened_table

LISTS = ("words", "labels", "names", "tokens", "vocab", "vocabulary", "ids", "items", "texts", "metadata", "meta")
SUFFIXES = (".json", ".txt", ".tsv", ".csv", ".jsonl", ".parquet", ".xlsx")


def file_beside(path: Path) -> Path | None:
    """The file that names the rows of `path`: one of the same name, or one called words, labels, metadata ..."""
    stems = [path.stem, *(f"{path.stem}{mark}{stem}" for stem in LISTS for mark in "_-."), *LISTS]
    beside = {file.name.lower(): file for file in sorted(path.parent.iterdir()) if file.is_file() and file != path}
    return next(
        (beside[name] for stem in stems for suffix in SUFFIXES if (name := f"{stem.lower()}{suffix}") in beside), None
    )


def names_wanted(name: str) -> str:
    """The end of a sentence that says which names would be found."""
    stem = name.rpartition(".")[0] or name
    return f"Put the names in {stem}.txt, words.json, labels.txt or metadata.tsv, a line or row for each vector"


def named_rows(vectors: np.ndarray, beside: Path, chosen: str | None) -> Rows:
    """The rows of a table of vectors, with names and attributes from the file beside it; BadInput unless they match."""
    if beside.suffix == ".txt":
        lines = beside.read_bytes().decode("utf-8-sig", errors="backslashreplace").split("\n")
        names = [line.rstrip("\r") for line in lines]
        while names and not names[-1] and len(names) > len(vectors):
            names.pop()
        if len(names) == len(vectors) and not any("\t" in name for name in names):
            return Rows(names, vectors)
    if beside.suffix == ".json":
        listed = json_list(beside.read_bytes(), beside.name)
        if listed is not None:
            return Rows(matching(listed, vectors, beside.name), vectors)
    return table_rows(vectors, _fitted(rows_of_file(beside), len(vectors)), beside.name, chosen)


def rows_of_file(path: Path) -> list:
    """The records of a table file, cells by column."""
    with opened_table(path, path.name) as source:
        return list(records(source))


def _fitted(records: list, n: int) -> list[dict]:
    """The rows of a table beside `n` vectors, whether or not its header was told from its rows."""
    rows = [row if isinstance(row, dict) else {"name": row} for row in records]
    columns = columns_of(rows)
    if len(rows) == n - 1 and columns:  # its first row was taken for a header
        return [dict(zip(columns, columns, strict=True)), *rows]
    if len(rows) == n + 1:  # its header was taken for a row
        header = [as_text(rows[0].get(column)) or column for column in columns]
        return [dict(zip(header, (row.get(column) for column in columns), strict=True)) for row in rows[1:]]
    return rows


def table_rows(vectors: np.ndarray, rows: Sequence, file: str, chosen: str | None) -> Rows:
    """The rows of a table of vectors named by a column of another table, whose other columns become attributes."""
    columns = columns_of(rows)
    matching(rows, vectors, file)
    cells = {column: [as_text(row.get(column)) for row in rows] for column in columns}
    named = name_column(cells, chosen, file)
    likely = (column for column in columns if column.strip().casefold() in COUNT_COLUMNS and column != named)
    counted = next((column for column in likely if all(cell.strip().isdecimal() for cell in cells[column])), None)
    others = [column for column in columns if column not in (named, counted)]
    counts = None if counted is None else np.array([int(cell) for cell in cells[counted]], np.int64)
    attributes = attributes_of([{column: row.get(column) for column in others} for row in rows]) if others else None
    return Rows(cells[named], vectors, counts, attributes, _named_by(named, cells))


def _named_by(named: str, cells: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    likely = [column for column in cells if column.strip().casefold() in NAME_COLUMNS]
    if len(cells) == 1 or likely[:1] == [named]:
        return ()
    return (f"Rows are named by the column {named!r}. Another can be chosen.",)


def matching(names: Sequence, vectors: np.ndarray, file: str) -> Sequence:
    """The names, if there are as many as vectors; BadInput otherwise."""
    if len(names) != len(vectors):
        raise BadInput(f"There are {len(vectors):,} vectors but {len(names):,} rows in {file}; each vector needs one.")
    return names


def json_list(data: bytes, file: str) -> list[str] | None:
    """The texts of a JSON list; None for JSON of another shape. BadInput for what is no JSON."""
    try:
        words = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadInput(f'{file} is not JSON. A list of names looks like ["one", "two"].') from None
    if isinstance(words, dict) and words and all(isinstance(row, int) for row in words.values()):
        return [word for word, _ in sorted(words.items(), key=lambda item: item[1])]
    good = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return words if good else None
