"""Benchmarks of words: pairs with scores, word classes, association tests; analogies are in `analogy_files`."""

import re
from collections import Counter
from dataclasses import dataclass

from embedlab.core.errors import BadInput
from embedlab.data.reading.headers import is_number
from embedlab.data.reading.suggest import as_number
from embedlab.evaluation.files.members import KINDS, Member, digest_of
from embedlab.evaluation.files.whole_tables import WholeTable

SCORES = frozenset(
    "score scores similarity simlex999 rating human human_(mean) human_mean mean mean_score gold average avg "
    "relatedness judgement judgment".split()
)
WORD_NAMES = re.compile(r"(word|term|token|w|string)_?[12ab]", re.IGNORECASE)
_ASSOCIATION = re.compile(r"(target|attribute)\s*:?\s*([^=]*)=(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class WordPairs:
    """Rows of (word1, word2, human score). said: what a reader should know of how the file was read."""

    rows: list[tuple[str, str, float]]
    digest: str
    said: tuple[str, ...] = ()

    task = "similarity"


@dataclass(frozen=True)
class Classes:
    """Rows of (word, class)."""

    rows: list[tuple[str, str]]
    digest: str
    said: tuple[str, ...] = ()

    task = "classes"


@dataclass(frozen=True)
class Association:
    """Two lists of target words and two of attribute words, each a (name, words)."""

    targets: tuple[tuple[str, list[str]], tuple[str, list[str]]]
    attributes: tuple[tuple[str, list[str]], tuple[str, list[str]]]
    digest: str
    said: tuple[str, ...] = ()

    task = "bias"


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """(line number, line) of every line that is not blank."""
    return [(i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip()]


def without_comments(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines without those that are comments: "#" and a blank, or "#" on a line that is unlike the others.

    A line such as "#happy, #joy, 9.1" has the shape of its neighbours and is data.
    """
    lines = [(i, line) for i, line in lines if not re.match(r"\s*#(\s|$)", line)]
    others = [line for _, line in lines if not line.lstrip().startswith("#")]
    if not others:
        return lines
    shapes = {_shape(line) for line in others}
    return [(i, line) for i, line in lines if not line.lstrip().startswith("#") or _shape(line) in shapes]


def _shape(line: str) -> tuple[int, ...]:
    """How many of each separator a line has; of words between blanks only where it has no other."""
    counted = tuple(line.count(separator) for separator in "\t;,|")
    return counted if any(counted) else (*counted, len(line.split()))


def is_association(lines: list[tuple[int, str]]) -> bool:
    """Whether these are the lists of an association test: the first line and half of all name a list."""
    found = [bool(_ASSOCIATION.match(line.strip())) for _, line in lines]
    return bool(found) and found[0] and 2 * sum(found) >= len(found)


def association(member: Member, lines: list[tuple[int, str]]) -> Association:
    """The association test in these lines; BadInput, with the line, for anything else."""
    found = {"target": [], "attribute": []}
    for number, line in lines:
        match = _ASSOCIATION.match(line.strip())
        words = list(dict.fromkeys(word.strip() for word in match[3].split(",") if word.strip())) if match else []
        if len(words) < 2:
            raise BadInput(
                f"Line {number} of {member.name} should read like 'target: flowers = rose, tulip' with two words or "
                f"more; it reads {line.strip()[:60]!r}."
            )
        found[match[1].lower()].append((match[2].strip() or match[1].lower(), words))
    if [len(lists) for lists in found.values()] != [2, 2]:
        raise BadInput(
            f"{member.name} has {len(found['target'])} target and {len(found['attribute'])} attribute lists; an "
            "association test has two of each."
        )
    return Association(tuple(found["target"]), tuple(found["attribute"]), digest_of([member]))


def is_about_texts(table: WholeTable) -> bool:
    """Whether many rows hold a cell of three words or more, as sentences do and words, even phrases, seldom do."""
    told = sum(any(len(cell.split()) >= 3 for cell in row) for row in table.rows)
    return told > 0.4 * len(table.rows)


def pairs_or_classes(member: Member, table: WholeTable) -> WordPairs | Classes:
    """The word pairs or classes of a table; BadInput, with what was seen, if it holds neither."""
    words = [i for i in table.contents if i not in table.numeric]
    if len(words) >= 2 and (score := _score_column(table, words)) is not None:
        return _pairs(member, table, (words[0], words[1], score))
    if len(table.contents) == 2 and len(words) == 2 and len(table.rows) > 1:
        return _classes(member, table, words)
    raise not_understood(table)


def not_understood(table: WholeTable) -> BadInput:
    """The error for a table that is no benchmark of words, with a line of it."""
    shown = next((n for n in (1, 0) if n < len(table.rows)), None)
    seen = "" if shown is None else f": line {table.lines[shown]} reads {table.shown(shown)!r}"
    return BadInput(
        f"{table.name} is neither word pairs (word1 word2 score) nor analogies (four words a line) nor any other "
        f"benchmark{seen}. Benchmarks are {KINDS}."
    )


def _score_column(table: WholeTable, words: list[int]) -> int | None:
    """The column of the scores: the one called so, or the first after the two words whose first cell is a number."""
    for i, name in enumerate(table.folded):
        if name in SCORES and i not in words[:2] and any(map(is_number, table.column(i))):
            return i
    after = [i for i in table.contents if i > words[1]]
    first = table.rows[0] if table.rows else []
    return next((i for i in after if i < len(first) and is_number(first[i])), None)


def _pairs(member: Member, table: WholeTable, columns: tuple[int, int, int]) -> WordPairs:
    rows = []
    for number, row in zip(table.lines, table.rows, strict=True):
        cells = [row[i] if i < len(row) else "" for i in columns]
        score = as_number(cells[2])
        if not cells[0] or not cells[1] or score is None:
            raise BadInput(
                f"Line {number} of {table.name} needs two words and a score in column {columns[2] + 1}; "
                f"it reads {' '.join(filter(None, row))[:60]!r}."
            )
        rows.append((cells[0], cells[1], score))
    return WordPairs(rows, digest_of([member]))


def _classes(member: Member, table: WholeTable, columns: list[int]) -> Classes:
    """Rows of word and class."""
    rows = []
    for number, row in zip(table.lines, table.rows, strict=True):
        cells = [row[i] if i < len(row) else "" for i in columns]
        if not all(cells):
            raise BadInput(
                f"Line {number} of {table.name} needs a word and its class; it reads {' '.join(cells)[:60]!r}."
            )
        rows.append(tuple(cells))
    kinds = {row[1] for row in rows}
    if len(kinds) < 2 or len(kinds) == len(rows):
        raise BadInput(
            f"{table.name} reads like word classes (word, tab, class), but a class file needs at least two classes, "
            f"one of them with two words; it has {len(kinds)} over {len(rows)} words."
        )
    if not table.named and member.options.header is None and _begins_with_names(rows):
        said = (f"The first row, {' and '.join(rows[0])}, was taken as the names of the columns.",)
        return Classes(rows[1:], digest_of([member]), said)
    return Classes(rows, digest_of([member]))


def _begins_with_names(rows: list[tuple[str, str]]) -> bool:
    """Whether the class in the first row is the only one of a single word, among two others or more."""
    sizes = Counter(kind for _, kind in rows)
    alone = sizes.pop(rows[0][1]) == 1
    return alone and len(sizes) > 1 and min(sizes.values()) > 1
