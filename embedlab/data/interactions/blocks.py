"""Blocks: some thousand choices of a source at a time, each part of them as codes into the different cells.

A table cut by a plain separator is read by Arrow as soon as its first rows are known. What the reader of all tables
treats in its own way (a lone quotation mark, a row of another width) raises Objection, and the file is read again row
by row. So both ways give the same rows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.data.interactions.columns import ItemColumns, Look, columns_for, names_choices
from embedlab.data.interactions.layouts import COLONS, Layout, layout_of
from embedlab.data.reading.cells import rows_of
from embedlab.data.reading.dialect import detect_dialect
from embedlab.data.reading.headers import is_number
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.plain import bounded_lines, head_text, text_chunks
from embedlab.data.reading.sources import Source
from embedlab.data.reading.suggest import as_text, columns_of
from embedlab.data.reading.tables import LOOK_CHARS, Table, delimited, records

TEXTS, RECORDS = ("csv", "tsv", "text"), ("jsonl", "json", "parquet", "sheet")
LOOK = 200  # rows from which the columns are told
HEAD = 500  # lines that are always read row by row
BLOCK = 1 << 15


class Objection(Exception):
    """Raised where the quick way of reading a table might differ from the other one."""


@dataclass(frozen=True, eq=False)
class Coded:
    """A part of some choices: the code of each row, int (n,), into the different cells, without blanks around them."""

    codes: np.ndarray
    cells: list[str]

    @classmethod
    def of(cls, cells: Iterable[str]) -> "Coded":
        """These cells, one a row."""
        known: dict[str, int] = {}
        codes = [known.setdefault(cell, len(known)) for cell in cells]
        return cls(np.array(codes, np.int64), [cell.strip() for cell in known])


@dataclass(frozen=True)
class Opened:
    """A source whose layout and columns are known. blocks: its choices, role -> part. look: its first rows."""

    layout: str
    columns: ItemColumns
    look: Look
    blocks: Iterator[dict[str, Coded]]


def opened(source: Source, said: ItemColumns, *, quick: bool = True, n_sessions: int = 0) -> Opened:
    """A source of choices, its columns as said or detected; its choices are read as they are asked for.

    n_sessions: how many sessions were read before, for their numbers go on. BadInput for a file that is no table, and
    as `columns_for` does. Reading may raise Objection if `quick`.
    """
    if source.kind in TEXTS:
        lines = head_text(source).split("\n")
        layout = layout_of(lines, source.options, table=source.kind != "text" or bool(said.named))
        return _sessions(source, layout, n_sessions) if layout.of_lines else _table(source, layout, said, quick)
    if source.kind in RECORDS:
        return _records(source, said)
    raise BadInput(
        f"{source.name} is a document, not a table of choices. Save the table as .csv, .parquet or .xlsx, with a "
        "column for users and one for items."
    )


@dataclass(frozen=True)
class TextTable:
    """The table in a text. rest: the lines that are not in it, for the quick way. cut: how these must be written."""

    table: Table
    rest: Iterator[str]
    cut: re.Pattern


def text_table(source: Source, layout: Layout, *, quick: bool = False) -> TextTable:
    """The table in a text; if `quick` only its first HEAD lines, provided that they are written plainly."""
    lines: Iterator[str] = bounded_lines(text_chunks(source), source.limits.max_document_chars, source)
    if layout.kind == "colons":
        lines = (line.replace(COLONS, "\t") for line in lines)
    head = list(islice(lines, HEAD))
    options = layout.options
    if options.header is None:
        options = replace(options, header=_named(head, source, options))
    cut = _plain_lines(head, source, options)
    table_lines, rest = iter(head), lines
    if not quick or not cut.fullmatch("\n".join(head)):
        table_lines, rest = chain(head, lines), iter(())
    table = delimited(replace(source, options=options), lines=table_lines)
    if layout.kind == "colons":
        source.tally.separator = COLONS
    return TextTable(table, rest, cut)


_NO_MARKS = re.compile(r'[^"]*+')


def _plain_lines(head: Sequence[str], source: Source, options: ReadOptions) -> re.Pattern:
    """What lines must match so that Arrow cuts them like the reader of all tables: no quotation mark, or marks around
    whole cells that end in their line."""
    if sum(map(len, head)) >= LOOK_CHARS or not any('"' in line for line in head[:LOOK]):
        return _NO_MARKS
    dialect = detect_dialect(head, options, tabs=source.kind == "tsv")
    if dialect.quotes != "always" or dialect.escaped or len(dialect.separator) != 1:
        return _NO_MARKS
    separator = re.escape(dialect.separator)
    cell = rf'(?:"(?:[^"\n]++|"")*+"|[^"\n{separator}]*+)'
    line = rf"{cell}(?:{separator}{cell})*+"
    return re.compile(rf"{line}(?:\n{line})*+")


def _named(head: Sequence[str], source: Source, options: ReadOptions) -> bool | None:
    """Whether the first row names the columns: surely where it says user and item, and never where all are numbers."""
    if not any(line.strip() for line in head):
        return None
    try:
        rows = rows_of(head, detect_dialect(head, options, tabs=source.kind == "tsv"), limit=1 << 20)
        cells = [cell.strip() for cell in next(rows).cells]
    except BadInput:  # said when the file is read
        return None
    if all(map(is_number, cells)):
        return False
    return True if names_choices(cells) else None


def no_rows(source: Source) -> BadInput:
    """The error for a table without any row."""
    return BadInput(f"{source.name} holds no rows. Choose a table with at least one row below its header.")


def _table(source: Source, layout: Layout, said: ItemColumns, quick: bool) -> Opened:
    text = text_table(source, layout, quick=quick)
    table = text.table
    rows = (row.cells for row in table.rows)
    first = list(islice(rows, LOOK))
    if not first:
        raise no_rows(source)
    look = Look.of(source.name, table.columns, table.named, first)
    columns = columns_for(look, said)
    separator = layout.options.separator or source.tally.separator or ""
    quick_ones = _quick_blocks(text, columns, separator)
    blocks = chain(_of_rows(chain(first, rows), table.columns, columns), quick_ones)
    return Opened("table", columns, look, blocks)


def _of_rows(rows: Iterable[Sequence[str]], names: Sequence[str], columns: ItemColumns) -> Iterator[dict[str, Coded]]:
    """Blocks of rows of cells; a row that ends early has empty cells."""
    places = {role: names.index(column) for role, column in columns.roles().items()}
    rows = iter(rows)
    while some := list(islice(rows, BLOCK)):
        yield {role: Coded.of(row[i] if i < len(row) else "" for row in some) for role, i in places.items()}


def _quick_blocks(text: TextTable, columns: ItemColumns, separator: str) -> Iterator[dict[str, Coded]]:
    """Blocks of the lines that are not in the table; Objection to those that are not written plainly."""
    while some := list(islice(text.rest, BLOCK)):
        block = "\n".join(some)
        if len(separator) != 1 or separator == " " or not separator.isascii() or not text.cut.fullmatch(block):
            raise Objection
        if block.strip("\n"):
            yield _by_arrow(block.encode("utf-8", "surrogatepass"), text.table.columns, columns, separator)


def _by_arrow(data: bytes, names: Sequence[str], columns: ItemColumns, separator: str) -> dict[str, Coded]:
    import pyarrow as pa
    from pyarrow import csv

    text = pa.dictionary(pa.int32(), pa.string())
    try:
        table = csv.read_csv(
            pa.BufferReader(data),
            csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=list(names)),
            csv.ParseOptions(delimiter=separator, quote_char='"', escape_char=False),
            csv.ConvertOptions(
                column_types=dict.fromkeys(columns.named, text),
                include_columns=columns.named,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        raise Objection from error
    return {role: _coded(table[column].combine_chunks()) for role, column in columns.roles().items()}


def _coded(column) -> Coded:
    if hasattr(column, "chunk"):  # some versions keep one chunk as it is
        column = column.chunk(0)
    cells = [cell.strip() for cell in column.dictionary.to_pylist()]
    return Coded(column.indices.to_numpy(zero_copy_only=False).astype(np.int64), cells)


def _records(source: Source, said: ItemColumns) -> Opened:
    """Rows of Parquet, JSON or a spreadsheet."""
    stream = (record for record in records(source))
    first = list(islice(stream, LOOK))
    rows = [record for record in first if isinstance(record, dict)]
    if len(rows) < len(first) or not rows:
        raise BadInput(f"{source.name} holds texts without columns. Choices need a column for users and one for items.")
    names = columns_of(rows)
    named = source.tally.header is not False and not all(re.fullmatch(r"column \d+", name) for name in names)
    look = Look.of(source.name, names, named, [_cells(row, names) for row in rows])
    columns = columns_for(look, said)
    cells = (_cells(record, names) for record in chain(rows, stream) if isinstance(record, dict))
    return Opened("table", columns, look, _of_rows(cells, names, columns))


def _cells(record: dict, names: Sequence[str]) -> list[str]:
    return [as_text(record.get(name)) for name in names]


def _sessions(source: Source, layout: Layout, before: int) -> Opened:
    """Lines that hold the items of a user each, separated by blanks."""
    lists = layout.kind == "lists"
    source.tally.kind = "a table of lists: a user and the items" if lists else "a table of sessions, one a line"
    lines = bounded_lines(text_chunks(source), source.limits.max_document_chars, source)
    sessions = (words for line in lines if (words := line.split()))
    first = list(islice(sessions, 5))
    look = Look.of(source.name, ["line"], False, [[" ".join(words)] for words in first])
    return Opened(layout.kind, ItemColumns(), look, _of_sessions(chain(first, sessions), before, lists=lists))


def _of_sessions(sessions: Iterable[list[str]], before: int, *, lists: bool) -> Iterator[dict[str, Coded]]:
    users: list[str] = []
    items: list[str] = []
    for number, words in enumerate(sessions, before + 1):
        chosen = words[1:] if lists else words
        users += [words[0] if lists else f"session {number}"] * len(chosen)
        items += chosen
        if len(items) >= BLOCK:
            yield {"user": Coded.of(users), "item": Coded.of(items)}
            users, items = [], []
    if items:
        yield {"user": Coded.of(users), "item": Coded.of(items)}
