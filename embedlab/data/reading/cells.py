"""Cells: lines of a delimited table become rows, with quotation marks read as the file means them.

A cell in quotation marks may hold separators, line breaks and doubled marks. A mark that opens a cell and is never
closed where a cell ends is a letter, as in the tab-separated files of GLUE, and swallows nothing.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from embedlab.core.errors import BadInput
from embedlab.data.reading.options import separator_name

_WHITE = re.compile(r'"[^"]*"(?=\s|$)|\S+')
_WIDE_BLANKS = re.compile(r"\t|\s{2,}")
ALIGNED = "  "  # the separator of columns that are aligned by two blanks or more


@dataclass(frozen=True)
class Dialect:
    """How lines are cut into cells.

    separator: one character, "" for a single column, " " for runs of white space, ALIGNED for two blanks or more.
    quotes: "always" (marks around a cell are taken off), "needed" (only where they hide a separator, a line break or a
    mark), or "never". escaped: a mark inside a cell is written \\" and not "". skip: lines above the table.
    """

    separator: str
    quotes: str = "always"
    escaped: bool = False
    skip: int = 0

    @property
    def of_blanks(self) -> bool:
        return self.separator in (" ", ALIGNED)


@dataclass(frozen=True)
class Row:
    """The cells of a row and the line of the file where it begins, counted from 1."""

    line: int
    cells: list[str]


class _Lines:
    """Lines with their numbers, some of which may be given back."""

    def __init__(self, lines: Iterable[str]):
        self.rest, self.number = iter(lines), 0
        self.back: deque[str] = deque()

    def next(self) -> str | None:
        line = self.back.popleft() if self.back else next(self.rest, None)
        self.number += line is not None
        return line

    def give_back(self, lines: list[str]) -> None:
        self.back.extendleft(reversed(lines))
        self.number -= len(lines)


def rows_of(lines: Iterable[str], dialect: Dialect, *, limit: int, name: str = "", note=None) -> Iterator[Row]:
    """The rows of these lines; blank lines are left out.

    limit: the most characters a cell over several lines may have. note: told of each mark that was read as a letter.
    BadInput for a quotation mark that is never closed in a row that makes no sense without it.
    """
    source, width = _Lines(lines), 0
    for _ in range(dialect.skip):
        source.next()
    while (line := source.next()) is not None:
        if not line.strip() and not (dialect.separator == "\t" and "\t" in line):  # cells that are all empty
            continue
        number = source.number
        cells = _plain(line, dialect)
        if cells is None:
            cells = _quoted_row(line, source, dialect, (width, limit, name, note or (lambda line: None)))
        width = width or len(cells)
        yield Row(number, cells)


def _plain(line: str, dialect: Dialect) -> list[str] | None:
    """The cells of a line in which no quotation mark means anything; None for another line."""
    if dialect.separator == " ":
        return [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in _WHITE.findall(line)]
    if dialect.separator == ALIGNED:
        return _WIDE_BLANKS.split(line.strip())
    if dialect.quotes == "never" or '"' not in line:
        return _literal(line, dialect)
    return None


def _literal(line: str, dialect: Dialect) -> list[str]:
    return line.split(dialect.separator) if dialect.separator else [line]


def _quoted_row(line: str, source: _Lines, dialect: Dialect, about: tuple) -> list[str]:
    """The cells of a row that begins with this line and holds quotation marks."""
    width, limit, name, note = about
    first, taken = source.number, []
    cut = cut_row(line, dialect)
    if cut.open_at is None:
        return cut.cells
    length, closed = len(line), False
    while not closed and length <= limit and (more := source.next()) is not None:
        taken.append(more)
        length += len(more) + 1
        if _closing(more, 0, dialect) != -1:
            cut = cut_row("\n".join([line, *taken]), dialect)
            closed = cut.torn or cut.open_at is None
    literal = _lone(line, dialect)
    one_by_one = width > 1 and all(len(_lone(each, dialect)) == width for each in [line, *taken])
    if closed and not cut.torn and not (one_by_one and (dialect.quotes == "needed" or len(cut.cells) != width)):
        return cut.cells
    source.give_back(taken)
    if not closed and width > 1 and len(literal) != width:
        raise BadInput(
            f"Line {first:,} of {name} opens a quotation mark that is never closed, and the line has {len(literal)} "
            f"cells separated by {separator_name(dialect.separator)} where others have {width}. Close the mark, or "
            "say that quotation marks enclose nothing."
        )
    note(first)
    return literal


def _lone(line: str, dialect: Dialect) -> list[str]:
    """The cells of one line in which a mark that never closes is a letter."""
    cut = cut_row(line, dialect)
    return cut.cells if cut.open_at is None else _literal(line, dialect)


@dataclass(frozen=True)
class Cut:
    """Cells of a text, where a quotation mark opens a cell that does not end in it, and whether a cell without marks
    goes over a line break, so that the lines are no row together."""

    cells: list[str]
    open_at: int | None = None
    torn: bool = False


def cut_row(text: str, dialect: Dialect) -> Cut:
    """The cells of one line, or of several lines that may be one row."""
    cells: list[str] = []
    at, separator, torn = 0, dialect.separator, False
    while True:
        start = _past_blanks(text, at) if separator else at
        end = _closing(text, start + 1, dialect) if text.startswith('"', start) else None
        if end == -1:
            return Cut(cells, start, torn)
        after = len(text) + 1 if end is None else _past_blanks(text, end + 1) if separator else end + 1
        if after == len(text) or (separator and after < len(text) and text[after] == separator):
            cells.append(_content(text[start + 1 : end], text[at:after], dialect))
            if after == len(text):
                return Cut(cells, None, torn)
            at = after + 1
            continue
        end = text.find(separator, at) if separator else -1
        cells.append(text[at:] if end == -1 else text[at:end])
        torn = torn or "\n" in cells[-1]
        if end == -1:
            return Cut(cells, None, torn)
        at = end + 1


def _past_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] == " ":
        at += 1
    return at


def _closing(text: str, at: int, dialect: Dialect) -> int:
    """Where the quotation mark stands that ends a cell; -1 if there is none."""
    while (end := text.find('"', at)) != -1:
        if dialect.escaped and _odd_backslashes(text, at, end):
            at = end + 1
        elif text.startswith('""', end):
            at = end + 2
        else:
            return end
    return -1


def _odd_backslashes(text: str, start: int, end: int) -> bool:
    n = 0
    while end - n - 1 >= start and text[end - n - 1] == "\\":
        n += 1
    return n % 2 == 1


def _content(inner: str, whole: str, dialect: Dialect) -> str:
    """A cell without its marks, or with them where they enclose nothing that needs it."""
    needs = '"' in inner or "\n" in inner or (dialect.separator and dialect.separator in inner)
    if dialect.quotes == "needed" and not needs:
        return whole
    if dialect.escaped:
        inner = re.sub(r"\\([\\\"])", r"\1", inner)
    return inner.replace('""', '"')
