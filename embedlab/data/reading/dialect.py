"""The dialect of a delimited table: separator and quotation marks, from its first lines."""

import re
from collections import Counter
from collections.abc import Sequence

from embedlab.data.reading.cells import ALIGNED, Dialect, rows_of
from embedlab.data.reading.options import ReadOptions

LOOK = 200  # lines looked at
_LIMIT = 1 << 20
_SEP_LINE = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)
_COMMAS = re.compile(r",")
_IN_NUMBER = re.compile(r"(?<=\d),(?=\d)")
_BEFORE_BLANK = re.compile(r",(?=\s)")
_ALIGNED = re.compile(r"\S\s{2,}\S")


def detect_dialect(lines: Sequence[str], options: ReadOptions, *, tabs: bool = False, blanks: bool = False) -> Dialect:
    """The dialect of a table that begins with these lines.

    tabs: the file says that tabs separate (.tsv). blanks: words may be separated by runs of blanks, as in word pairs.
    What `options` says is not detected.
    """
    lines = [line for line in lines[: LOOK + 1]]
    told = _SEP_LINE.fullmatch(lines[0]) if lines else None
    skip = 1 if told else 0
    lines = [line for line in lines[skip:] if line.strip()]
    separator = (
        options.separator or (told and told[1]) or ("\t" if tabs and any("\t" in line for line in lines) else None)
    )
    escaped = _escaped(lines)
    if separator is None:
        separator = _separator(lines, escaped, blanks)
    return Dialect(separator, _quotes(lines, separator, options, escaped), escaped, skip)


def _separator(lines: Sequence[str], escaped: bool, blanks: bool) -> str:
    """The separator that cuts these lines most evenly; "" when none does."""
    scored = {each: _evenness(lines, Dialect(each, escaped=escaped)) for each in _candidates(lines)}
    best = max(scored, key=scored.__getitem__, default="")
    if best and scored[best][0] >= 0.5 and not (scored[best][0] < 0.9 and blanks and _even_blanks(lines)):
        return best
    if any(_ALIGNED.search(line) for line in lines) and _even(lines, ALIGNED):
        return ALIGNED
    if blanks and _even_blanks(lines):
        return " "
    return best if best and scored[best][0] > 0 else (" " if blanks else "")


def _candidates(lines: Sequence[str]) -> list[str]:
    """The characters that may separate, those preferred among equals first."""
    text = "\n".join(lines)
    found = [each for each in "\t;|," if each in text]
    n_commas = len(_COMMAS.findall(text))
    others = [each for each in found if each != ","]
    if "," in found and others and len(_IN_NUMBER.findall(text)) + len(_BEFORE_BLANK.findall(text)) == n_commas:
        if any(_evenness(lines, Dialect(each))[0] == 1 for each in others):
            found.remove(",")  # decimal commas, or those of a sentence
    return found


def _evenness(lines: Sequence[str], dialect: Dialect) -> tuple[float, int, int]:
    """(share of rows of the usual width, whether tabs do it, that width); zeros where the first row is one cell."""
    widths = [len(row.cells) for row in _rows(lines, dialect)]
    usual, n = Counter(widths).most_common(1)[0] if widths else (1, 0)
    if usual < 2 or not widths or widths[0] < 2:
        return 0.0, 0, 1
    # A header may lack the name of the index column, as R writes it.
    even = n + (widths[0] == usual - 1 and n == len(widths) - 1)
    return round(even / len(widths), 2), int(dialect.separator == "\t"), usual


def _rows(lines: Sequence[str], dialect: Dialect) -> list:
    from embedlab.core.errors import BadInput

    found = []
    try:
        for row in rows_of(lines, dialect, limit=_LIMIT):
            found.append(row)
    except BadInput:  # the reader of the whole file says what is wrong
        return found[:-1]
    return found


def _even(lines: Sequence[str], separator: str) -> bool:
    share, _, width = _evenness(lines, Dialect(separator))
    return share >= 0.9 and width > 1


def _even_blanks(lines: Sequence[str]) -> bool:
    return _even(lines, " ")


def _quotes(lines: Sequence[str], separator: str, options: ReadOptions, escaped: bool) -> str:
    """Whether marks around cells are taken off always, where they are needed, or never."""
    if options.quotes is not None:
        return "always" if options.quotes else "never"
    if separator != "\t":
        return "always"
    needed, always = (_rows(lines, Dialect(separator, quotes, escaped)) for quotes in ("needed", "always"))
    columns: dict[int, list[bool]] = {}
    for one, two in zip(needed[1:], always[1:], strict=False):
        for i, (kept, bare) in enumerate(zip(one.cells, two.cells, strict=False)):
            columns.setdefault(i, []).append(kept != bare or any(mark in bare for mark in (separator, "\n", '"')))
    return "always" if any(len(wrapped) > 1 and all(wrapped) for wrapped in columns.values()) else "needed"


def _escaped(lines: Sequence[str]) -> bool:
    """Whether marks inside cells are written with a backslash: somewhere one stands before a letter."""
    return any(re.search(r'\\"\w', line) for line in lines)
