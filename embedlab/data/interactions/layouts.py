"""Layouts of texts that hold choices: a table, a table cut at two colons as MovieLens has it, or sessions in lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from embedlab.data.reading.dialect import detect_dialect
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.suggest import is_index

COLONS = "::"
LOOK = 200  # lines


@dataclass(frozen=True)
class Layout:
    """How the lines of a text hold choices.

    kind: "table", "colons" (a table cut at two colons), "sessions" (the items of a user in a line) or "lists" (the
    user, then the items). options: how a table is read.
    """

    kind: str
    options: ReadOptions

    @property
    def of_lines(self) -> bool:
        """Whether each line holds all items of a user."""
        return self.kind in ("sessions", "lists")


def layout_of(lines: Sequence[str], options: ReadOptions, *, table: bool = False) -> Layout:
    """The layout of a text that begins with these lines. table: the user says that it is a table."""
    lines = [line for line in lines if line.strip()][:LOOK]
    if options.separator is not None:
        return Layout("table", options)
    if _cut_at_colons(lines):
        return Layout("colons", replace(options, separator="\t", quotes=False))
    if detect_dialect(lines, options, blanks=True).separator != " ":
        return Layout("table", options)
    widths = Counter(len(line.split()) for line in lines)
    usual, n = widths.most_common(1)[0] if widths else (0, 0)
    if n >= 0.9 * len(lines) or table or options.of_table:
        return Layout("table", replace(options, separator=" ") if usual > 1 else options)
    numbered = len(lines) > 2 and is_index([line.split()[0] for line in lines])
    return Layout("lists" if numbered else "sessions", options)


def _cut_at_colons(lines: Sequence[str]) -> bool:
    counts = {line.count(COLONS) for line in lines}
    return len(counts) == 1 and 0 not in counts
