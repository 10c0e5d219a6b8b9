"""Benchmark files: word pairs with human scores, or analogy questions by category, told apart by content."""

import math
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from embedlab.errors import BadInput, NotFound

MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class WordPairs:
    """Rows of (word1, word2, human score)."""

    rows: list[tuple[str, str, float]]
    digest: str

    task = "similarity"


@dataclass(frozen=True)
class Analogies:
    """Questions (a, b, c, expected): a is to b as c is to expected; category[i] names the section of question i."""

    rows: list[tuple[str, str, str, str]]
    categories: list[str]
    digest: str

    task = "analogy"


def load_benchmark(path: str | Path) -> WordPairs | Analogies:
    """The benchmark in a text file; BadInput, with the line, if it is neither of the two kinds.

    Word pairs: "word1 word2 score" a line, by tabs, commas, semicolons or blanks, with or without a header; the score
    is the first column after the words that holds a number (SimLex-999 has a part of speech before it). Analogies:
    four words a line, with lines ": category" between. Lines that start with # are comments.
    """
    path = Path(path)
    lines, digest = _lines(path)
    if not lines:
        raise BadInput(f"{path.name} holds no lines. A benchmark needs word pairs with scores, or analogy questions.")
    if any(line.startswith(":") for _, line in lines) or _is_question(lines[0][1]):
        return _analogies(path.name, lines, digest)
    return _pairs(path.name, lines, digest)


def _lines(path: Path) -> tuple[list[tuple[int, str]], str]:
    """(line number, text) of every line that is neither blank nor a comment, and the digest of the file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path.name} is larger than {MAX_BYTES >> 20} MB, too large for a benchmark of words.")
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"There is no benchmark file {str(path)!r}.") from None
    if b"\0" in data:
        raise BadInput(f"{path.name} is not a text file. Save the benchmark as UTF-8 text.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines = [(i, line.strip()) for i, line in enumerate(text.split("\n"), 1)]
    kept = [(i, line) for i, line in lines if line and not line.startswith("#")]
    return kept, blake2b(data, digest_size=8).hexdigest()


def _is_question(line: str) -> bool:
    """Whether a line is four words and no number."""
    words = line.split()
    return len(words) == 4 and not any(_is_number(word) for word in words) and not re.search(r"[\t,;]", line)


def _analogies(name: str, lines: list[tuple[int, str]], digest: str) -> Analogies:
    rows, categories, category = [], [], "questions"
    for number, line in lines:
        if line.startswith(":"):
            category = line[1:].strip() or "questions"
            continue
        words = line.split()
        if len(words) != 4:
            raise BadInput(f"Line {number} of {name} has {len(words)} words; a question has four: {line[:60]!r}.")
        rows.append(tuple(words))
        categories.append(category)
    if not rows:
        raise BadInput(f"{name} names categories but holds no question of four words.")
    return Analogies(rows, categories, digest)


def _pairs(name: str, lines: list[tuple[int, str]], digest: str) -> WordPairs:
    separator = next((s for s in "\t,;" if s in lines[0][1]), None)
    table = [(number, [cell.strip(" \"") for cell in line.split(separator)]) for number, line in lines]
    if len(table) > 1 and not any(_is_number(cell) for cell in table[0][1][2:]):
        table = table[1:]  # a header
    first = table[0][1]
    column = next((i for i in range(2, len(first)) if _is_number(first[i])), None)
    if column is None:
        raise BadInput(f"{name} is neither word pairs (word1 word2 score) nor analogies (four words a line): line "
                       f"{table[0][0]} reads {' '.join(first)[:60]!r}.")
    return WordPairs([_pair(name, number, cells, column) for number, cells in table], digest)


def _pair(name: str, number: int, cells: list[str], column: int) -> tuple[str, str, float]:
    if len(cells) <= column or not cells[0] or not cells[1] or not _is_number(cells[column]):
        raise BadInput(f"Line {number} of {name} needs two words and a score in column {column + 1}; "
                       f"it reads {' '.join(cells)[:60]!r}.")
    return cells[0], cells[1], float(cells[column])


def _is_number(text: str) -> bool:
    """Whether `text` is a finite number."""
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text)) and math.isfinite(float(text))
