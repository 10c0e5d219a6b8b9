"""Whole tables: a benchmark file as rows of cells, read by the reader of all tables and held at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from embedlab.core.errors import BadInput
from embedlab.data.reading.headers import is_number
from embedlab.data.reading.reading import Reading
from embedlab.data.reading.suggest import as_text, columns_of, is_index
from embedlab.data.reading.tables import delimited, records
from embedlab.evaluation.files.members import Member

MOST_ROWS = 5_000_000
_INDEX_NAMES = frozenset("id _id idx index nr no number row key pair_id pairid".split())


@dataclass(frozen=True)
class WholeTable:
    """All rows of a file, its columns, and the line or row of the file where each row begins."""

    name: str
    columns: list[str]
    named: bool
    rows: list[list[str]]
    lines: list[int]
    reading: Reading

    @property
    def width(self) -> int:
        return len(self.columns)

    def column(self, i: int) -> list[str]:
        """The cells of one column."""
        return [row[i] if i < len(row) else "" for row in self.rows]

    @property
    def folded(self) -> list[str]:
        """The names of the columns in lower case, with underscores for blanks; empty where the file names none."""
        return [name.strip().lower().replace(" ", "_") if self.named else "" for name in self.columns]

    @cached_property
    def contents(self) -> list[int]:
        """The columns that hold anything but the number of the row or an id."""
        kept = [i for i in range(self.width) if not self._counts_rows(i)]
        return kept if kept else list(range(self.width))

    def _counts_rows(self, i: int) -> bool:
        """Whether a column numbers the rows: by a blank name or one of an id, or by what it holds before two others."""
        name = self.folded[i]
        if self.named and name in _INDEX_NAMES:
            return True
        unnamed = not self.named or self.reading.renamed.get(self.columns[i]) == ""
        return i == 0 and self.width > 2 and unnamed and is_index(self.column(i))

    @cached_property
    def numeric(self) -> set[int]:
        """The columns in which nearly every cell that is not empty is a number."""
        found = set()
        for i in range(self.width):
            filled = [cell for cell in self.column(i) if cell.strip()]
            if filled and sum(map(is_number, filled)) >= 0.9 * len(filled):
                found.add(i)
        return found

    def shown(self, n: int) -> str:
        """The cells of row n for a sentence."""
        return " ".join(self.rows[n])[:60]


def read_table(member: Member, *, words: bool = False, lines: Sequence[tuple[int, str]] | None = None) -> WholeTable:
    """The rows of a benchmark file; BadInput if it holds none.

    words: rows are words, which blanks may separate. lines: (number, text) of the lines that are rows, where others of
    the file are not.
    """
    source = member.source
    if source.kind in ("csv", "tsv", "text"):
        given = [text for _, text in lines] if lines is not None else None
        table = delimited(source, lines=given, words=words)
        rows = list(_bounded(table.rows, member.name))
        numbers = [lines[row.line - 1][0] if lines is not None else row.line for row in rows]
        cells = [[cell.strip() for cell in row.cells] for row in rows]
        reading = source.tally.reading(member.name)
        return WholeTable(member.name, table.columns, table.named, cells, numbers, replace(reading, rows=len(rows)))
    found = [record for record in _bounded(records(source), member.name) if isinstance(record, dict)]
    if not found:
        raise BadInput(f"{member.name} holds texts without columns, which are no benchmark.")
    columns = columns_of(found)
    cells = [[as_text(record.get(column)).strip() for column in columns] for record in found]
    reading, named = source.tally.reading(member.name), source.tally.header is not False
    numbers = list(range(1, len(cells) + 1))
    return WholeTable(member.name, columns, named, cells, numbers, replace(reading, rows=len(cells)))


def _bounded(rows: Iterator, name: str) -> Iterator:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise BadInput(f"{name} has more than {MOST_ROWS:,} rows, the most that a benchmark may have.")
        yield row
