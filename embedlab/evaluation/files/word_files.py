"""Benchmark files told apart by content: words here, texts in `tables`, collections for retrieval in `collections`."""

import re
from dataclasses import dataclass
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.evaluation.files.members import KINDS, Member, digest_of, members_of
from embedlab.evaluation.files.numbers import is_number


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


@dataclass(frozen=True)
class Classes:
    """Rows of (word, class)."""

    rows: list[tuple[str, str]]
    digest: str

    task = "classes"


@dataclass(frozen=True)
class Association:
    """Two lists of target words and two of attribute words, each a (name, words)."""

    targets: tuple[tuple[str, list[str]], tuple[str, list[str]]]
    attributes: tuple[tuple[str, list[str]], tuple[str, list[str]]]
    digest: str

    task = "bias"


def load_benchmark(path: str | Path):
    """The benchmark in a file, folder or ZIP: WordPairs, Analogies, Classes, Association, SentencePairs, LabelledTexts
    or Collection; BadInput, with what was seen, if it is none of them.

    Word pairs: "word1 word2 score" a line, by tabs, commas, semicolons or blanks, with or without a header; the score
    is the first column after the words that holds a number (SimLex-999 has a part of speech before it). Analogies:
    four words a line, with lines ": category" between. Word classes: word, tab (or comma), class. Association tests:
    four lines, "target: name = word, word ..." and "attribute: name = word ...", two of each. Lines that start with #
    are comments in all of these. Sentence pairs and texts with labels: see `tables`; collections: see `collection`.
    """
    from embedlab.evaluation.files.collections import collection
    from embedlab.evaluation.files.text_tables import only_table, table_of, tables_of

    path = Path(path)
    members = members_of(path)
    if not members:
        raise BadInput(f"{path.name} holds no files. Benchmarks are {KINDS}.")
    found = collection(path.name, members)
    if found is not None:
        return found
    alone = only_table(members)
    if alone is None:
        return tables_of(path.name, members)
    return words_of(alone) or table_of(alone)


def described(items) -> str:
    """What a benchmark holds, in a few words: "353 word pairs"."""
    n = len(getattr(items, "rows", ()))
    return {
        "similarity": lambda: f"{n:,} word pairs with scores",
        "analogy": lambda: f"{n:,} analogies in {len(set(items.categories)):,} categories",
        "classes": lambda: f"{n:,} words in {len({kind for _, kind in items.rows}):,} classes",
        "bias": lambda: f"association test of {items.targets[0][0]} and {items.targets[1][0]}",
        "sts": lambda: f"{n:,} sentence pairs with scores",
        "probe": lambda: f"{n:,} texts with {len({row[2] for row in items.rows}):,} labels",
        "search": lambda: f"{len(items.documents):,} documents, {len(items.relevance):,} queries with judgements",
    }[items.task]()


def words_of(member: Member) -> WordPairs | Analogies | Classes | Association | None:
    """What a text file holds if it is about words; None if it seems to be about texts."""
    name, lines, digest = member.name, _lines(member.text), digest_of([member])
    if not lines:
        raise BadInput(f"{name} holds no lines. Benchmarks are {KINDS}.")
    if any(re.match(r"(target|attribute)\b[^=]*=", line, re.IGNORECASE) for _, line in lines):
        return _association(name, lines, digest)
    if any(line.startswith(":") for _, line in lines) or _is_question(lines[0][1]):
        return _analogies(name, lines, digest)
    return _pairs_or_classes(name, lines, digest)


def _lines(text: str) -> list[tuple[int, str]]:
    """(line number, text) of every line that is neither blank nor a comment."""
    lines = [(i, line.strip()) for i, line in enumerate(text.split("\n"), 1)]
    return [(i, line) for i, line in lines if line and not line.startswith("#")]


def _is_question(line: str) -> bool:
    """Whether a line is four words and no number."""
    words = line.split()
    return len(words) == 4 and not any(is_number(word) for word in words) and not re.search(r"[\t,;]", line)


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


def _pairs_or_classes(name: str, lines: list[tuple[int, str]], digest: str) -> WordPairs | Classes | None:
    separator = next((s for s in "\t,;" if s in lines[0][1]), None)
    table = [(number, [cell.strip(' "') for cell in line.split(separator)]) for number, line in lines]
    if _about_texts([cells for _, cells in table]):
        return None
    if separator and all(len(cells) == 2 for _, cells in table):
        return _classes(name, table, digest)
    if len(table) > 1 and not any(is_number(cell) for cell in table[0][1][2:]):
        table = table[1:]  # a header
    first = table[0][1]
    column = next((i for i in range(2, len(first)) if is_number(first[i])), None)
    if column is None:
        raise BadInput(
            f"{name} is neither word pairs (word1 word2 score) nor analogies (four words a line) nor any other "
            f"benchmark: line {table[0][0]} reads {' '.join(first)[:60]!r}. Benchmarks are {KINDS}."
        )
    return WordPairs([_pair(name, number, cells, column) for number, cells in table], digest)


def _about_texts(table: list[list[str]]) -> bool:
    """Whether many rows hold a cell of three words or more, as sentences do and words, even phrases, seldom do."""
    return sum(any(cell.count(" ") >= 2 for cell in cells) for cells in table) > 0.4 * len(table)


def _classes(name: str, table: list[tuple[int, list[str]]], digest: str) -> Classes | None:
    """Rows of word and class. Columns named word and class are a header; a first column of many words is no class file."""
    if [cell.lower() for cell in table[0][1]] in (["word", "class"], ["word", "category"], ["word", "label"]):
        table = table[1:]
    for number, cells in table:
        if not all(cells):
            raise BadInput(f"Line {number} of {name} needs a word and its class; it reads {' '.join(cells)[:60]!r}.")
    rows = [tuple(cells) for _, cells in table]
    sizes = {kind: sum(row[1] == kind for row in rows) for kind in {row[1] for row in rows}}
    if len(sizes) < 2 or max(sizes.values(), default=0) < 2:
        raise BadInput(
            f"{name} reads like word classes (word, tab, class), but a class file needs at least two classes, one of "
            f"them with two words; it has {len(sizes)} over {len(rows)} words."
        )
    return Classes(rows, digest)


def _association(name: str, lines: list[tuple[int, str]], digest: str) -> Association:
    found = {"target": [], "attribute": []}
    for number, line in lines:
        match = re.match(r"(target|attribute)\s*:?\s*([^=]*)=(.*)", line, re.IGNORECASE)
        words = list(dict.fromkeys(word.strip() for word in match[3].split(",") if word.strip())) if match else []
        if len(words) < 2:
            raise BadInput(
                f"Line {number} of {name} should read like 'target: flowers = rose, tulip' with two words or more; it "
                f"reads {line[:60]!r}."
            )
        found[match[1].lower()].append((match[2].strip() or match[1].lower(), words))
    if [len(lists) for lists in found.values()] != [2, 2]:
        raise BadInput(
            f"{name} has {len(found['target'])} target and {len(found['attribute'])} attribute lists; an association "
            "test has two of each."
        )
    return Association(tuple(found["target"]), tuple(found["attribute"]), digest)


def _pair(name: str, number: int, cells: list[str], column: int) -> tuple[str, str, float]:
    if len(cells) <= column or not cells[0] or not cells[1] or not is_number(cells[column]):
        raise BadInput(
            f"Line {number} of {name} needs two words and a score in column {column + 1}; "
            f"it reads {' '.join(cells)[:60]!r}."
        )
    return cells[0], cells[1], float(cells[column])
