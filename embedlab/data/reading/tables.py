"""Tables: CSV, TSV, JSON Lines, JSON, Parquet, spreadsheets and collections as streams of records.

A record is a dict from column to value, or a plain str where a JSON file lists texts without columns. What was
detected, renamed and left out goes to the tally of the source.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from embedlab.core.archives import open_parquet, parquet_batches, value_type
from embedlab.core.errors import BadInput
from embedlab.data.reading.cells import Row, rows_of
from embedlab.data.reading.collections import entries
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.dialect import detect_dialect
from embedlab.data.reading.headers import check_width, column_names, has_header
from embedlab.data.reading.jsons import flat_record, json_items, json_line_items
from embedlab.data.reading.plain import bounded_lines, text_chunks
from embedlab.data.reading.sources import Source
from embedlab.data.reading.spreadsheets import sheet_rows
from embedlab.data.reading.suggest import (
    Record,
    as_number,
    as_text,
    check_columns,
    columns_of,
    label_of,
    listed,
    no_text,
    suggest,
    suggest_label,
    suggest_pair,
)

LOOK = 100  # rows read before the columns are chosen
LOOK_LINES, LOOK_CHARS = 500, 1 << 18
_KINDS = {"csv": "a table", "tsv": "a table", "text": "a table"}


@dataclass(frozen=True)
class Table:
    """A table of rows of cells: names of its columns, whether the file names them, and the rows below the header."""

    columns: list[str]
    named: bool
    rows: Iterator[Row]


@dataclass(frozen=True)
class TablePreview:
    """The first rows of a table as text, and the columns that suit best.

    rows: one dict a row, column -> str. suggested: text, label, second text and score; the text is None when no column
    holds one.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    suggested: Columns


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
    return RECORDS[source.kind](source)


def preview_of(source: Source, n: int) -> TablePreview | None:
    """The first `n` rows of a table source; None when its records are texts without columns."""
    look = [record for record in islice(records(source), max(n, LOOK)) if isinstance(record, dict)]
    if not look:
        return None
    columns = columns_of(look)
    check_width(len(columns), source.name)
    suggested = suggest_pair(look, columns) or suggest(look, columns)
    if not suggested.score:
        left = [column for column in columns if column not in suggested.named]
        suggested = replace(suggested, label=suggest_label(look, left, suggested.text))
    rows = [{column: as_text(record.get(column)) for column in columns} for record in look[:n]]
    return TablePreview(tuple(columns), rows, suggested)


def table_documents(source: Source, chosen: Columns) -> Iterator[Document]:
    """The document of each row, with the columns that were not chosen as its attributes.

    Rows without text are left out and counted.
    BadInput when a column is missing, no column holds text, the text column is empty from top to bottom, or a score is
    no number.
    """
    stream = records(source)
    look = list(islice(stream, LOOK))
    if not look:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")
    columns = columns_of([record for record in look if isinstance(record, dict)])
    chosen = _chosen(look, columns, chosen, source)
    tally, n_rows, roles = source.tally, 0, (chosen, frozenset(chosen.named))
    tally.columns = chosen.roles() if columns else {}
    for record in chain(look, stream):
        n_rows += 1
        if n_rows > source.limits.max_rows:
            raise BadInput(
                f"{source.name} has more than {source.limits.max_rows:,} rows, which is the limit. "
                "Split it and add the parts."
            )
        row = record if isinstance(record, dict) else {chosen.text: record}
        text = as_text(row.get(chosen.text)).strip()
        if text:
            tally.rows += 1
            yield _document(row, text, roles, (n_rows, source))
        else:
            tally.dropped[f"the column {chosen.text!r} is empty" if columns else "the text is empty"] += 1
    if not tally.rows:
        raise BadInput(
            f"The column {chosen.text!r} of {source.name} is empty in all {n_rows:,} rows. "
            f"Choose another text column of {listed(columns)}."
        )


def _chosen(look: Sequence[Record], columns: list[str], chosen: Columns, source: Source) -> Columns:
    """The columns to read: those that are chosen, and the text column that suits best where none is."""
    check_width(len(columns), source.name)
    check_columns(chosen, columns, source.name)
    tables = [record for record in look if isinstance(record, dict)]
    if chosen.text or not tables:
        return chosen
    suits = suggest(tables, columns)
    if suits.text is None and len(tables) == len(look):
        raise no_text(columns, source.name)
    return suits if chosen == Columns() else replace(chosen, text=suits.text)


def _document(row: dict, text: str, roles: tuple[Columns, frozenset[str]], place: tuple[int, Source]) -> Document:
    chosen, used = roles
    pair, negative = (as_text(row.get(column)).strip() if column else None for column in (chosen.pair, chosen.negative))
    label = label_of(as_text(row.get(chosen.label))) if chosen.label else None
    score = score_of(row.get(chosen.score), chosen.score, *place) if chosen.score else None
    attributes = {column: cell for column, cell in row.items() if column not in used}
    return Document(text, label, pair, negative, score, attributes or None)


def score_of(value, column: str, n_row: int, source: Source) -> float | None:
    """A cell of the score column as a number, None for an empty one; BadInput for anything else."""
    text = as_text(value).strip()
    if not text:
        return None
    score = as_number(text)
    if score is None:
        raise BadInput(
            f"Row {n_row:,} of {source.name} has {text[:40]!r} in the score column {column!r}, which is not a number. "
            "Choose another score column, or leave it out."
        )
    return score


def delimited(source: Source, *, lines: Iterable[str] | None = None, words: bool = False) -> Table:
    """The table in a text whose cells are separated; the dialect is detected from its first lines.

    lines: those that are rows, where not all of the text is. words: rows are words, which blanks may separate and which
    seldom have a header.
    """
    limit, options, tally = source.limits.max_document_chars, source.options, source.tally
    stream = iter(lines if lines is not None else bounded_lines(text_chunks(source), limit, source))
    look = _first_lines(stream)
    dialect = detect_dialect(look, options, tabs=source.kind == "tsv", blanks=words)
    first = list(islice(_tolerant(look, dialect, limit), LOOK))
    if not first:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")
    named = options.header
    if named is None:
        named = has_header([row.cells for row in first], likely=not words)
    columns, renamed = column_names(_names(first, named), source.name)
    tally.kind, tally.separator, tally.header = _KINDS[source.kind], dialect.separator, named
    tally.renamed = renamed if named else {}
    rows = rows_of(chain(look, stream), dialect, limit=limit, name=source.name, note=_lone_mark(source))
    if named:
        next(rows, None)
    return Table(columns, named, _fitted(rows, len(columns), dialect.separator or " ", tally))


def _first_lines(stream: Iterator[str]) -> list[str]:
    """The lines from which a dialect is told: some hundreds, fewer where they are long."""
    look, length = [], 0
    for line in stream:
        look.append(line)
        length += len(line)
        if len(look) >= LOOK_LINES or length >= LOOK_CHARS:
            break
    return look


def _names(first: list[Row], named: bool) -> list[str]:
    """The names in the first row, as many blank ones where it holds none.

    Where all rows have one cell more, as R writes a table, the first column is the names of the rows.
    """
    cells = first[0].cells
    if not named:
        return [""] * len(cells)
    longer = sum(len(row.cells) == len(cells) + 1 for row in first[1:])
    return ["", *cells] if longer and longer == len(first) - 1 else cells


def _tolerant(lines: Sequence[str], dialect, limit: int) -> Iterator[Row]:
    """The rows of the first lines; what is wrong with a later one is said when the file is read."""
    try:
        yield from rows_of(lines, dialect, limit=limit)
    except BadInput:
        return


def _lone_mark(source: Source) -> Callable[[int], None]:
    def note(line: int) -> None:
        source.tally.count("quotation marks open a cell and never close one, and were read as letters.")

    return note


def _fitted(rows: Iterator[Row], width: int, separator: str, tally) -> Iterator[Row]:
    """The rows with as many cells as there are columns; what is missing or too much is counted."""
    for row in rows:
        cells = row.cells
        if len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                tally.count("rows have more cells than there are columns; the rest was added to the last one.")
                cells = [*cells[: width - 1], separator.join(cells[width - 1 :])]
            cells = cells[:width]
        elif len(cells) < width:
            tally.count("rows have fewer cells than there are columns.")
        yield Row(row.line, cells)


def _delimited_records(source: Source) -> Iterator[dict[str, str]]:
    table, empty = delimited(source), True
    for row in table.rows:
        if any(row.cells):
            empty = False
            yield dict(zip(table.columns, row.cells, strict=False))
    if empty:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")


def _sheet_records(source: Source) -> Iterator[dict[str, str]]:
    """The rows of a spreadsheet, with the same eye for a header as any other table."""
    rows = [row for row in sheet_rows(source) if any(cell.strip() for cell in row)]
    if not rows:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")
    named = source.options.header if source.options.header is not None else has_header(rows[: LOOK + 1])
    columns, renamed = column_names(rows[0] if named else [""] * len(rows[0]), source.name)
    source.tally.header, source.tally.renamed = named, renamed if named else {}
    for row in rows[1 if named else 0 :]:
        yield dict(zip(columns, row, strict=False))


def _collection_records(source: Source) -> Iterator[dict[str, str]]:
    """The documents or queries of a TREC or SMART file; a title is part of the text."""
    source.tally.kind = "documents of a collection"
    for entry in entries(text_chunks(source), source.name, source.limits.max_document_chars):
        yield {"id": entry.id, "text": entry.whole, "title": entry.title}


def _parquet_records(source: Source) -> Iterator[dict]:
    """The rows of a Parquet table, without columns of bytes (pictures, hashes), which are no text."""
    source.tally.kind = "a table of Parquet"
    table = open_parquet(source.seekable(), source.name, source.budget)
    check_width(len(table.schema_arrow), source.name)
    names = [field.name for field in table.schema_arrow if not _is_bytes(value_type(field.type))]
    left = len(table.schema_arrow) - len(names)
    if left:
        source.tally.note(f"{left:,} columns of bytes were left out.")
    if table.metadata.num_rows == 0:
        raise BadInput(f"{source.name} holds no rows. Choose a table with at least one row.")
    for batch in parquet_batches(table, names, source.name, source.budget):
        yield from map(flat_record, batch.to_pylist())


def _is_bytes(kind) -> bool:
    import pyarrow.types as kinds

    return kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_fixed_size_binary(kind)


# kind -> its reader
RECORDS: dict[str, Callable[[Source], Iterator[Record]]] = {
    "csv": _delimited_records,
    "tsv": _delimited_records,
    "text": _delimited_records,
    "jsonl": json_line_items,
    "json": json_items,
    "parquet": _parquet_records,
    "sheet": _sheet_records,
    "collection": _collection_records,
}
