"""Tables: CSV, TSV, JSON Lines, JSON and Parquet as streams of records, and which of their columns is the text.

A record is a dict from column to value, or a plain str where a JSON file lists texts without columns.
"""

import csv
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from embedlab.core.errors import BadInput
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.jsons import json_items, json_line_items
from embedlab.data.reading.plain import bounded_lines, head_text, text_chunks
from embedlab.data.reading.sources import Source

LOOK = 100  # rows read before the columns are chosen
_LABEL_NAMES = frozenset("label labels class category target sentiment topic genre polarity tag stars rating y".split())
_SENTENCE = re.compile(r"\s*\S+\s.*\w\s*[.!?]\s*", re.DOTALL)
_NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)*|\.\d+)([eE][+-]?\d+)?\s*%?\s*")

Record = dict | str


@dataclass(frozen=True)
class TablePreview:
    """The first rows of a table as text, and the columns that suit best.

    rows: one dict a row, column -> str. label_column is None when no column looks like one.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    text_column: str
    label_column: str | None
    pair_column: str | None = None
    score_column: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One text, and where the file has them its category, a second text that means the same, and a third that does not.

    score: how alike text and second text are, on the file's own scale. attributes: the cells of all other columns of
    its table row, by column; None for a text that comes from no table.
    """

    text: str
    label: str | None = None
    pair: str | None = None
    negative: str | None = None
    score: float | None = None
    attributes: dict[str, Any] | None = None


def records(source: Source) -> Iterator[Record]:
    """The records of a table source, streaming."""
    if source.kind in ("csv", "tsv"):
        return _csv_records(source)
    if source.kind == "jsonl":
        return json_line_items(source)
    return json_items(source) if source.kind == "json" else _parquet_records(source)


def preview_of(source: Source, n: int) -> TablePreview | None:
    """The first `n` rows of a table source; None when its records are texts without columns."""
    look = [record for record in islice(records(source), max(n, LOOK)) if isinstance(record, dict)]
    if not look:
        return None
    columns = columns_of(look)
    text = suggest_text(look, columns)
    rows = [{column: as_text(record.get(column)) for column in columns} for record in look[:n]]
    if graded := graded_columns(look, columns):
        return TablePreview(tuple(columns), rows, graded.text, None, graded.pair, graded.score)
    return TablePreview(tuple(columns), rows, text, suggest_label(look, columns, text))


def table_documents(source: Source, chosen: Columns) -> Iterator[Document]:
    """The document of each row, with the columns that were not chosen as its attributes; rows without text are left out.

    BadInput when a column is missing, the text column is empty from top to bottom, or a score is no number.
    """
    stream = records(source)
    look = list(islice(stream, LOOK))
    if not look:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")
    tables = [record for record in look if isinstance(record, dict)]
    columns = columns_of(tables)
    for column in chosen.named:
        check_column(column, columns, source)
    if chosen == Columns():
        chosen = graded_columns(tables, columns) or chosen
    text = chosen.text or (suggest_text(tables, columns) if tables else "")
    used = {text, *chosen.named}
    n_rows = n_texts = 0
    for record in chain(look, stream):
        n_rows += 1
        row = record if isinstance(record, dict) else {text: record}
        words = as_text(row.get(text)).strip()
        if words:
            n_texts += 1
            label, pair, negative = (
                as_text(row.get(column)).strip() if column else None
                for column in (chosen.label, chosen.pair, chosen.negative)
            )
            yield Document(
                words,
                label or None,
                pair,
                negative,
                score_of(row.get(chosen.score), chosen.score, n_rows, source) if chosen.score else None,
                {column: cell for column, cell in row.items() if column not in used} or None,
            )
    if not n_texts:
        raise BadInput(
            f"The column {text!r} of {source.name} is empty in all {n_rows:,} rows. "
            f"Choose another text column of {_listed(columns)}."
        )


def score_of(value, column: str, n_row: int, source: Source) -> float | None:
    """A cell of the score column as a number, None for an empty one; BadInput for anything else."""
    text = as_text(value).strip()
    if not text:
        return None
    try:
        score = float(text.replace(",", "."))
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise BadInput(
            f"Row {n_row:,} of {source.name} has {text[:40]!r} in the score column {column!r}, which is not a number. "
            "Choose another score column, or leave it out."
        )
    return score


def graded_columns(rows: list[dict], columns: list[str]) -> Columns | None:
    """The columns of a table of two sentences and a score, as the STS benchmark is kept; None for another table.

    Either they are named so, or no column has a name, exactly two hold sentences and the last column of numbers with a
    fraction in one of them, all from 0 to 5, is the score.
    """
    folded = {column.casefold().replace("_", "").replace(" ", ""): column for column in columns}
    named = [folded.get(name) for name in ("sentence1", "sentence2")]
    score = folded.get("score") or folded.get("similarityscore")
    if all(named) and score:
        return Columns(text=named[0], pair=named[1], score=score)
    if len(rows) < 2 or any(not re.fullmatch(r"column \d+", column) for column in columns):
        return None
    values = {column: [as_text(row.get(column)).strip() for row in rows] for column in columns}
    texts = [column for column in columns if sum(" " in value for value in values[column]) > 0.9 * len(rows)]
    graded = [
        column
        for column in columns
        if all(_is_grade(value) for value in values[column]) and any(float(value) % 1 for value in values[column])
    ]
    return Columns(text=texts[0], pair=texts[1], score=graded[-1]) if len(texts) == 2 and graded else None


def _is_grade(value: str) -> bool:
    return bool(re.fullmatch(r"\d(\.\d+)?", value)) and float(value) <= 5


def check_column(column: str, columns: list[str], source: Source) -> None:
    """Raise BadInput, naming the columns there are and the closest one, unless `column` is among them."""
    if column in columns:
        return
    if not columns:
        raise BadInput(
            f"{source.name} has no columns, only texts, so there is no column {column!r}. Leave the columns empty."
        )
    folded = {name.casefold(): name for name in columns}
    close = get_close_matches(column.casefold(), folded, 1, 0.5)
    hint = f" Did you mean {folded[close[0]]!r}?" if close else " Choose one of these."
    raise BadInput(f"{source.name} has no column {column!r}; it has {_listed(columns)}.{hint}")


def _listed(columns: list[str]) -> str:
    names = [repr(name) for name in columns[:20]]
    return ", ".join(names) + (f" and {len(columns) - 20} more" if len(columns) > 20 else "")


def columns_of(rows: list[dict]) -> list[str]:
    """Every column of these rows, in the order in which they first appear."""
    return list(dict.fromkeys(column for row in rows for column in row))


def suggest_text(rows: list[dict], columns: list[str]) -> str:
    """The column with the longest mean text, the first one where several are within a tenth (pairs of sentences).

    A column without a single space, such as addresses of pages, counts for little.
    """

    def weight(column: str) -> float:
        values = [as_text(row.get(column)) for row in rows]
        texts = [value for value in values if not _NUMBER.fullmatch(value)]
        return sum(map(len, texts)) / len(values) * (1.0 if any(" " in value.strip() for value in texts) else 0.1)

    weights = {column: weight(column) for column in columns}
    return next(column for column in columns if weights[column] >= 0.9 * max(weights.values()))


def suggest_label(rows: list[dict], columns: list[str], text: str) -> str | None:
    """A column called like a label, or one with few short values that repeat; None if there is none."""
    others = [column for column in columns if column != text]
    named = [column for column in others if column.casefold() in _LABEL_NAMES]
    if named:
        return named[0]
    for column in others:
        values = [as_text(row.get(column)) for row in rows]
        distinct = set(values)
        if 2 <= len(distinct) <= min(20, len(values) // 2) and max(map(len, distinct)) <= 40:
            return column
    return None


def as_text(value) -> str:
    """A cell as text: nothing for a missing one, JSON for a list or an object."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def _csv_records(source: Source) -> Iterator[dict[str, str]]:
    limit = source.limits.max_document_chars
    csv.field_size_limit(limit)
    delimiter = "\t" if source.kind == "tsv" else sniff_delimiter(head_text(source))
    n_quotes = 0

    def counted() -> Iterator[str]:
        nonlocal n_quotes
        for line in bounded_lines(text_chunks(source), limit, source):
            n_quotes += line.count('"')
            yield line + "\n"

    reader = csv.reader(counted(), delimiter=delimiter)
    try:
        first = next((row for row in reader if any(row)), None)
        if first is None:
            raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")
        data = looks_like_data(first)
        columns = [f"column {i}" for i in range(1, len(first) + 1)] if data else header(first)
        start, end = 1, reader.line_num
        for row in chain([first] if data else [], reader):
            start, end = end + 1, reader.line_num
            if len(row) > len(columns):  # a text with the delimiter in it and no quotes around: keep its end
                row = [*row[: len(columns) - 1], delimiter.join(row[len(columns) - 1 :])]
            if any(row):
                yield dict(zip(columns, row, strict=False))
        if n_quotes % 2 and end > start:  # everything from there on became one cell
            raise csv.Error(f"the row that begins in line {start:,} never ends")
    except csv.Error as error:
        raise BadInput(
            f"Line {reader.line_num:,} of {source.name} cannot be read as a table row ({error}). "
            "Look for a quotation mark that is opened and never closed."
        ) from None


def sniff_delimiter(text: str) -> str:
    """The one of comma, semicolon, tab and bar that most often cuts the first lines into equally many cells."""
    sample = text.split("\n")[:60]

    def score(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in csv.reader((line + "\n" for line in sample), delimiter=delimiter) if row]
        except csv.Error:  # the reader proper says what is wrong
            return 0.0, 1
        usual = max(set(widths), key=widths.count) if widths else 1
        return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 1)

    return max(",;\t|", key=score)


def looks_like_data(row: list[str]) -> bool:
    """Whether a first row is data and no header: a cell is a number, a sentence or longer than 60 characters."""
    return any(_NUMBER.fullmatch(cell) or len(cell) > 60 or _SENTENCE.fullmatch(cell) for cell in row if cell)


def header(row: list[str]) -> list[str]:
    """Column names from a header row: empty ones get a number, repeated ones too."""
    names: list[str] = []
    for i, cell in enumerate(row, 1):
        name = unique = cell.strip() or f"column {i}"
        n = 1
        while unique in names:
            n += 1
            unique = f"{name} {n}"
        names.append(unique)
    return names


def _parquet_records(source: Source) -> Iterator[dict]:
    """The rows of a Parquet table, without columns of bytes (pictures, hashes), which are no text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(source.seekable(), pre_buffer=False)
        names = [
            field.name
            for field in table.schema_arrow
            if not any(
                check(field.type)
                for check in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
            )
        ]
        if table.metadata.num_rows == 0:
            raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row.")
        for batch in table.iter_batches(batch_size=1024, columns=names):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        what = str(error).split("\n")[0][:200]
        raise BadInput(f"{source.name} is not a Parquet file that can be read ({what}). Write it again.") from None
