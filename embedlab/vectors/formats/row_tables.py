"""Tables with a vector in each row: JSON Lines of embedding services, CSV, Parquet, spreadsheets."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress, Report
from embedlab.data.attributes import attributes_of
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.sources import Source, sources
from embedlab.data.reading.suggest import as_number, as_text, columns_of
from embedlab.data.reading.tables import records
from embedlab.vectors.formats.imported import Rows, VectorOptions, known_column, name_column

TABLES = ("csv", "tsv", "jsonl", "json", "parquet", "sheet")
LIKELY = ("embedding", "embeddings", "vector", "vectors", "values", "emb", "vec", "dense_vector", "features")
LEAST_NUMBERS = 2  # columns of numbers that make a vector together
LOOK = 50


@contextmanager
def opened_table(path: Path, name: str, encoding: str | None = None) -> Iterator[Source]:
    """The first file at `path` as a source of records, inside the block."""
    with closing(sources(path, name=name)) as found:
        yield replace(next(found), options=ReadOptions(encoding=encoding))


def read_rows(source: Source, options: VectorOptions, report: Report) -> Rows:
    """The rows of a table: a column that holds whole vectors, or the columns of numbers together.

    One other column names the rows; all others become attributes. BadInput, with the columns there are, for a table
    without vectors, and for a row whose vector has another length.
    """
    found, rows = [], []
    for record in records(source):
        rows.extend(_unwrapped(record if isinstance(record, dict) else {"text": record}))
        if len(rows) % 5_000 == 0:
            report(Progress(0, 0, f"Reading {source.name}: {len(rows):,} rows"))
    if not rows:
        raise BadInput(f"{source.name} holds no rows.")
    columns = columns_of(rows)
    column = _vector_column(rows, columns, options.vector_column, source.name)
    if column is not None:
        found = [column]
        vectors = _stacked([_vector(row.get(column)) for row in rows], column, source.name)
    else:
        found = _number_columns(rows, columns, options, source.name)
        vectors = _matrix(rows, found, source.name)
    return _named(rows, [name for name in columns if name not in found], vectors, source, options, found)


def _named(rows, others: list[str], vectors: np.ndarray, source: Source, options: VectorOptions, found) -> Rows:
    cells = {column: [as_text(row.get(column)) for row in rows] for column in others}
    cells = {column: values for column, values in cells.items() if any(values)}
    source.tally.columns["vector"] = found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"
    if not cells:
        return Rows(
            [str(i) for i in range(1, len(rows) + 1)],
            vectors,
            notes=("Rows have no name, so their number stands for one.",),
        )
    named = name_column(cells, options.name_column, source.name)
    source.tally.columns["name"] = named
    kept = [{column: row.get(column) for column in cells if column != named} for row in rows]
    return Rows(cells[named], vectors, attributes=attributes_of(kept) if len(cells) > 1 else None)


def _unwrapped(record: Mapping) -> list[Mapping]:
    """The rows in an answer of an embedding service: {"data": [{"embedding": ...}]}, also inside a batch."""
    for column, value in record.items():
        last = column.rpartition(".")[2]
        if last == "data" and isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            rest = {key: cell for key, cell in record.items() if key != column}
            return [rest | item for item in value]
        if last == "embeddings" and isinstance(value, list) and value and isinstance(value[0], list):
            rest = {key: cell for key, cell in record.items() if key != column}
            texts = next((k for k, v in rest.items() if isinstance(v, list) and len(v) == len(value)), None)
            parts = rest.pop(texts) if texts else [None] * len(value)
            return [
                rest | {"embedding": vector} | ({texts: part} if texts else {})
                for vector, part in zip(value, parts, strict=True)
            ]
    return [record]


def _vector_column(rows, columns: list[str], chosen: str | None, file: str) -> str | None:
    """The column that holds whole vectors; None where there is none."""
    if chosen is not None:
        return known_column(chosen, columns, file)
    look = rows[:LOOK]
    holding = [column for column in columns if all(_vector(row.get(column)) is not None for row in look)]
    likely = [column for column in holding if column.rpartition(".")[2].casefold() in LIKELY]
    return next(iter(likely or holding), None)


def _vector(cell) -> Sequence[float] | np.ndarray | None:
    """A cell as numbers: a list, the text of a list, or 32-bit numbers in base64; None for anything else."""
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] == "[":
            try:
                cell = json.loads(text)
            except (ValueError, RecursionError):
                cell = text.strip("[]").replace(",", " ").split()  # as numpy prints an array
                try:
                    cell = [float(part) for part in cell]
                except ValueError:
                    return None
        else:
            return _from_base64(text)
    if not isinstance(cell, list | tuple | np.ndarray) or len(cell) < LEAST_NUMBERS:
        return None
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in cell)
    return cell if numbers else None


def _from_base64(text: str) -> np.ndarray | None:
    if len(text) < 32 or len(text) % 4:
        return None
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) % 4:
        return None
    values = np.frombuffer(data, "<f4")
    sane = np.isfinite(values).all() and np.abs(values).max(initial=0) < 1e6 and np.abs(values).mean() > 1e-12
    return values if sane else None


def _stacked(vectors: list, column: str, file: str) -> np.ndarray:
    dim = len(next((vector for vector in vectors if vector is not None), ()))
    for number, vector in enumerate(vectors, 1):
        if vector is None or len(vector) != dim:
            has = "no vector" if vector is None else f"a vector of {len(vector):,} numbers"
            raise BadInput(
                f"Row {number:,} of {file} has {has} in the column {column!r}; the first has {dim:,} numbers."
            )
    return np.array(vectors, np.float32)


def _number_columns(rows, columns: list[str], options: VectorOptions, file: str) -> list[str]:
    """The columns of numbers that make the vector together: the longest run of them side by side."""
    look = rows[:LOOK]
    numeric = [column != options.name_column and all(_is_number(row.get(column)) for row in look) for column in columns]
    runs, start = [], None
    for i, good in enumerate([*numeric, False]):
        if good and start is None:
            start = i
        elif not good and start is not None:
            runs.append(columns[start:i])
            start = None
    best = max(runs, key=len, default=[])
    if (
        len(best) > LEAST_NUMBERS
        and best[0].strip().casefold() in ("id", "index", "row", "", "column 1")
        and _counts_up(look, best[0])
    ):
        best = best[1:]
    if len(best) < LEAST_NUMBERS:
        listed = ", ".join(map(repr, columns[:20]))
        raise BadInput(
            f"{file} is a table without vectors: no column holds a list of numbers, and no numbers stand side by side. "
            f"Its columns are {listed}."
        )
    return best


def _is_number(cell) -> bool:
    return as_number(as_text(cell)) is not None


def _counts_up(rows, column: str) -> bool:
    values = [as_number(as_text(row.get(column))) for row in rows]
    pairs = zip(values[:-1], values[1:], strict=True)
    return all(one is not None and two is not None and two - one == 1 for one, two in pairs)


def _matrix(rows, columns: list[str], file: str) -> np.ndarray:
    vectors = np.empty((len(rows), len(columns)), np.float32)
    for number, row in enumerate(rows):
        for at, column in enumerate(columns):
            value = as_number(as_text(row.get(column)))
            if value is None:
                raise BadInput(
                    f"Row {number + 1:,} of {file} has {as_text(row.get(column))[:40]!r} in the column {column!r}, "
                    "which is not a number."
                )
            vectors[number, at] = value
    return vectors
