"""Headers: whether the first row of a table names its columns, and names that are each used once."""

import re
from collections.abc import Sequence

from embedlab.core.errors import BadInput

MOST_COLUMNS = 10_000
LOOK = 200
_NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)*|[.,]\d+)([eE][+-]?\d+)?\s*%?\s*")
_SENTENCE = re.compile(r"\s*\S+\s.*\w\s*[.!]+[\"')]*\s*", re.DOTALL)
_IDENTIFIER = re.compile(r"#?[^\W\d]\w*([ _.-]\w+)?", re.UNICODE)
NAMES = frozenset(
    "text texts sentence sentence1 sentence2 sentence_a sentence_b review reviews comment comments content body title "
    "abstract document doc tweet message question question1 question2 answer premise hypothesis query queries passage "
    "label labels class category target sentiment topic genre polarity tag stars rating y score similarity "
    "similarity_score relatedness_score grade relevance word words word1 word2 word_1 word_2 id index _id idx key name "
    "date year time timestamp user user_id item item_id count source author url pos translation summary article "
    "query-id corpus-id anchor positive negative quality is_duplicate gold_label".split()
)


def is_number(text: str) -> bool:
    """Whether a cell is a number, with a decimal point or comma, perhaps as a percentage."""
    return bool(_NUMBER.fullmatch(text))


def is_sentence(text: str) -> bool:
    """Whether a cell reads like a sentence that ends in a full stop or an exclamation mark."""
    return bool(_SENTENCE.fullmatch(text))


def has_header(rows: Sequence[list[str]], *, likely: bool = True) -> bool:
    """Whether the first of these rows names the columns, from how it differs from the rows below it.

    likely: what is assumed where nothing speaks for either.
    """
    first, below = [cell.strip() for cell in rows[0]], rows[1 : LOOK + 1]
    named = [cell for cell in first if cell]
    if not named:
        return False
    if all(re.fullmatch(r"column \d+", cell) for cell in named) or _counted(first, below):
        return True
    if not below:
        known = all(cell.casefold() in NAMES for cell in named)
        return (likely or known) and not any(is_number(cell) or is_sentence(cell) or len(cell) > 60 for cell in named)
    if likely and _stepped(first) and not any(_stepped(row) for row in below[:20]):
        return True
    votes = sum(_vote(cell, [row[i].strip() for row in below if i < len(row)]) for i, cell in enumerate(first) if cell)
    votes -= len({cell.casefold() for cell in named}) < len(named)
    if votes <= -1 or votes >= (1 if likely else 3):
        return votes > 0
    words = all(_IDENTIFIER.fullmatch(cell.strip()) for row in below[:20] for cell in row if cell.strip())
    return all(map(_IDENTIFIER.fullmatch, named)) and (likely or not words)


def _stepped(row: Sequence[str]) -> bool:
    """Whether the numbers of a row are years in order, or 0, 1, 2 ... or 1, 2, 3 ..., as names of columns are."""
    numbers = [int(cell) for cell in row if cell.strip().isdecimal() and len(cell) < 10]
    years = len(numbers) > 1 and all(1900 <= number <= 2100 for number in numbers)
    if years:
        return len({b - a for a, b in zip(numbers, numbers[1:], strict=False)}) == 1 and numbers[0] < numbers[1]
    return len(numbers) > 2 and numbers in (list(range(len(numbers))), list(range(1, len(numbers) + 1)))


def _counted(first: list[str], below: Sequence[list[str]]) -> bool:
    """Whether the first row is 0, 1, 2 ..., as pandas names columns that have no names."""
    numbers = first[1:] if not first[0] else first
    if numbers != [str(i) for i in range(len(numbers))] or not numbers:
        return False
    return not first[0] or any(
        cell.strip() and not cell.strip().isdigit() for row in below for cell in row[: len(first)]
    )


def _vote(cell: str, below: list[str]) -> int:
    """How much one column speaks for a header (above zero) or against it."""
    filled = [value for value in below if value]
    if not filled:
        return 0
    numbers = sum(map(is_number, filled)) / len(filled)
    if is_number(cell):
        return -3 if numbers > 0.5 else 1
    if numbers > 0.9:
        return 3
    if cell in filled:
        return -4
    if cell.casefold() in NAMES:
        return 3
    return _vote_of_words(cell, filled)


def _vote_of_words(cell: str, filled: list[str]) -> int:
    """The vote of a column of words: how a name differs in form from what stands below it."""
    distinct = set(filled)
    if cell.endswith("?") and sum(value.endswith("?") for value in filled) < 0.5 * len(filled):
        return 2
    if len(filled) >= 4 and 2 * len(distinct) <= len(filled):
        return 2  # categories come again and again, and this is none of them
    if is_sentence(cell):
        return -2
    blanks = sum(" " in value for value in filled) / len(filled)
    if _IDENTIFIER.fullmatch(cell) and " " not in cell and blanks > 0.9:
        return 2
    dated = sum(any(letter.isdigit() for letter in value) for value in filled) / len(filled)
    if not any(letter.isdigit() for letter in cell) and dated > 0.9:
        return 2
    return 0


def column_names(cells: Sequence[str], name: str) -> tuple[list[str], dict[str, str]]:
    """(names, those that are not as written: name -> what the file has). Blank and repeated names get a number.

    BadInput for more than MOST_COLUMNS.
    """
    check_width(len(cells), name)
    names: list[str] = []
    renamed: dict[str, str] = {}
    used: set[str] = set()
    nth: dict[str, int] = {}
    written = {cell.strip() for cell in cells}
    for i, cell in enumerate(cells, 1):
        wanted = cell.strip()
        unique = base = wanted or f"column {i}"
        while unique in used or (unique != wanted and unique in written):
            nth[base] = nth.get(base, 1) + 1
            unique = f"{base} {nth[base]}"
        if unique != wanted:
            renamed[unique] = wanted
        used.add(unique)
        names.append(unique)
    return names, renamed


def check_width(n: int, name: str) -> None:
    """Raise BadInput for a table of more than MOST_COLUMNS columns."""
    if n > MOST_COLUMNS:
        raise BadInput(
            f"{name} has {n:,} columns; a table may have {MOST_COLUMNS:,}. Keep the columns you need, or check the "
            "separator."
        )
