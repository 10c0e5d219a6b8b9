"""Suggestions: which column of a table is the text, the label, a second text or a score, by names and by cells."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from embedlab.core.errors import BadInput
from embedlab.data.reading.columns import Columns

_LABEL_NAMES = frozenset("label labels class category target sentiment topic genre polarity tag stars rating y".split())
_INDEX_NAMES = frozenset("id _id idx index nr no number row key".split())
_WORD = re.compile(r"[^\W\d_]{2,}|[^\W\d_a-zA-Z]")
_CODED = re.compile(
    r"\S+://\S+|www\.\S+|\S+@\S+\.\S+|[0-9a-f-]{16,}|\S*\d\S*|\d{4}-\d\d?-\d\d?[T ].*|\d\d?[./]\d\d?[./]\d{2,4}.*",
    re.IGNORECASE,
)
_VECTOR = re.compile(r"\s*[\[(]?\s*[+-]?\d[\d.eE+-]*(\s*[,;\s]\s*[+-]?\d[\d.eE+-]*)+\s*[\])]?\s*")
_MARK = "__label__"
# Names of two columns whose texts belong together, and of a number that says how well.
_PAIRS = (
    ("question", "answer"),
    ("query", "answer"),
    ("anchor", "positive"),
    ("first", "second"),
    ("text1", "text2"),
    ("texta", "textb"),
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("source", "target"),
)
_SCORES = ("score", "similarity", "similarityscore", "relatednessscore", "relevance", "rating", "grade")

Record = dict | str


def as_text(value) -> str:
    """A cell as text: nothing for a missing one, JSON for a list or an object; BadInput for one nested too deep."""
    if isinstance(value, str):
        return value
    if value is None or value != value:
        return ""
    if not isinstance(value, list | dict):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        raise BadInput(
            "A cell holds lists or objects nested too deep to be read. Save the text in a field of its own."
        ) from None


def as_number(text: str) -> float | None:
    """A cell as a finite number, with a decimal point or comma; None for anything else."""
    text = text.strip().replace("\u2212", "-")
    if "," in text:
        text = text.replace(",", "." if "." not in text and text.count(",") == 1 else "\0")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def columns_of(rows: Sequence[Mapping]) -> list[str]:
    """Every column of these rows, in the order in which they first appear."""
    return list(dict.fromkeys(column for row in rows for column in row))


def values_of(rows: Sequence[Mapping], column: str) -> list[str]:
    """The cells of a column as text, without those that are empty."""
    return [text for row in rows if (text := as_text(row.get(column)).strip())]


def holds_text(values: Sequence[str]) -> bool:
    """Whether cells are texts or words: no numbers, vectors, dates, addresses or codes."""
    worded = sum(bool(_WORD.search(value)) and not _VECTOR.fullmatch(value) for value in values)
    coded = sum(bool(_CODED.fullmatch(value)) for value in values)
    return bool(values) and worded > 0.5 * len(values) and coded <= 0.5 * len(values)


def is_index(values: Sequence[str]) -> bool:
    """Whether cells count the rows: whole numbers from 0 or 1 on."""
    return len(values) > 1 and list(values) in ([str(i + first) for i in range(len(values))] for first in (0, 1))


def suggest_text(rows: Sequence[dict], columns: Sequence[str]) -> str | None:
    """The text column with the longest mean text, the first one where several are within a tenth (pairs of sentences).

    None where no column holds text.
    """
    weights = {}
    for column in columns:
        values = values_of(rows, column)
        if holds_text(values) and not all(isinstance(row.get(column), list | dict | type(None)) for row in rows):
            spaced = any(" " in value for value in values)
            weights[column] = sum(map(len, values)) / len(rows) * (1.0 if spaced else 0.1)
    most = max(weights.values(), default=0)
    return next((column for column, weight in weights.items() if weight >= 0.9 * most), None)


def suggest_label(rows: Sequence[dict], columns: Sequence[str], text: str | None) -> str | None:
    """A column called like a label, or one with few short values that repeat; None if there is none."""
    others = [column for column in columns if column != text]
    named = [column for column in others if column.casefold() in _LABEL_NAMES]
    if named:
        return named[0]
    for column in others:
        values = [as_text(row.get(column)) for row in rows]
        distinct = set(values)
        if column.casefold() in _INDEX_NAMES or any(isinstance(row.get(column), list) for row in rows):
            continue
        if 2 <= len(distinct) <= min(20, len(values) // 2) and max(map(len, distinct)) <= 40:
            return column
    return None


def suggest(rows: Sequence[dict], columns: Sequence[str]) -> Columns:
    """The columns that suit best when the user says nothing: text alone, or two sentences and their score."""
    return graded_columns(rows, columns) or Columns(text=suggest_text(rows, columns))


def suggest_pair(rows: Sequence[dict], columns: Sequence[str]) -> Columns | None:
    """Text and second text by their names, such as question and answer, with a score or a negative text beside them.

    None where no two columns are called so, or one of them holds no text. What a form proposes: whoever reads a file
    without a form gets the longest text.
    """
    folded = {re.sub(r"[\W_]", "", column.casefold()).removesuffix("s"): column for column in columns}
    for pair in _PAIRS:
        first, second = (folded.get(name) for name in pair)
        if first and second and all(holds_text(values_of(rows, column)) for column in (first, second)):
            scores = [folded[name] for name in _SCORES if name in folded]
            score = next((column for column in scores if _are_numbers(values_of(rows, column))), None)
            return Columns(text=first, pair=second, score=score, negative=None if score else folded.get("negative"))
    return None


def _are_numbers(values: Sequence[str]) -> bool:
    return bool(values) and all(as_number(value) is not None for value in values)


def graded_columns(rows: Sequence[dict], columns: Sequence[str]) -> Columns | None:
    """The columns of a table of two sentences and a score, as the STS benchmark is kept; None for another table.

    Either they are named so, or no column has a name, exactly two hold sentences and the last column of numbers with a
    fraction in one of them, all from 0 to 5, is the score.
    """
    folded = {re.sub(r"[\W_]", "", column.casefold()): column for column in columns}
    first, second = (folded.get(f"sentence{a}") or folded.get(f"sentence{b}") for a, b in ("1a", "2b"))
    score = folded.get("score") or folded.get("similarityscore") or folded.get("relatednessscore")
    if first and second and score:
        return Columns(text=first, pair=second, score=score)
    if len(rows) < 2 or any(not re.fullmatch(r"column \d+", column) for column in columns):
        return None
    values = {column: [as_text(row.get(column)).strip() for row in rows] for column in columns}
    texts = [column for column in columns if sum(" " in value for value in values[column]) > 0.9 * len(rows)]
    graded = [column for column in columns if _are_grades(values[column])]
    return Columns(text=texts[0], pair=texts[1], score=graded[-1]) if len(texts) == 2 and graded else None


def _are_grades(values: Sequence[str]) -> bool:
    grades = [as_number(value) if re.fullmatch(r"\d([.,]\d+)?", value) else None for value in values]
    return all(grade is not None and grade <= 5 for grade in grades) and any(grade % 1 for grade in grades if grade)


def label_of(value: str) -> str | None:
    """A label as text, without the mark that fastText puts before it; None for an empty one."""
    return value.strip().removeprefix(_MARK) or None


def check_columns(chosen: Columns, columns: Sequence[str], name: str) -> None:
    """Raise BadInput, naming the columns there are and the closest one, unless all that are chosen are there."""
    for column in chosen.named:
        check_column(column, columns, name)


def check_column(column: str, columns: Sequence[str], name: str) -> None:
    """Raise BadInput, naming the columns there are and the closest one, unless `column` is among them."""
    if column in columns:
        return
    if not columns:
        raise BadInput(f"{name} has no columns, only texts, so there is no column {column!r}. Leave the columns empty.")
    folded = {known.casefold(): known for known in columns}
    close = get_close_matches(column.casefold(), list(folded)[:500], 1, 0.5)
    hint = f" Did you mean {folded[close[0]]!r}?" if close else " Choose one of these."
    raise BadInput(f"{name} has no column {column!r}; it has {listed(columns)}.{hint}")


def listed(columns: Sequence[str]) -> str:
    """The names of columns for a sentence, at most twenty."""
    names = [repr(known[:60]) for known in columns[:20]]
    return ", ".join(names) + (f" and {len(columns) - 20:,} more" if len(columns) > 20 else "")


def no_text(columns: Sequence[str], name: str) -> BadInput:
    """The error for a table in which no column holds text."""
    return BadInput(
        f"No column of {name} holds text, only numbers, codes, dates or lists of numbers; it has {listed(columns)}. "
        "Choose the text column yourself if one of them is text."
    )
