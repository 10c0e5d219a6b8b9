"""Tables of texts: pairs of sentences with scores (STS-B), and texts with labels (GLUE: SST-2, MRPC, QQP, RTE, CoLA ...).

Columns are known by their names, as GLUE gives them, or else by what they hold: texts have several words a cell, labels
are few and come again and again, scores are numbers.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.evaluation.files.members import KINDS, Member, digest_of
from embedlab.evaluation.files.numbers import is_number

TEXTS = (
    "sentence1",
    "sentence2",
    "#1 string",
    "#2 string",
    "question1",
    "question2",
    "question",
    "sentence",
    "premise",
    "hypothesis",
    "text1",
    "text2",
    "text",
    "review",
    "answer",
)
LABELS = ("label", "quality", "is_duplicate", "gold_label", "sentiment", "class")
SCORES = ("score", "similarity", "similarity_score", "relatedness_score")
MOST_LABELS = 50
TEST_SHARE = 0.2


@dataclass(frozen=True)
class SentencePairs:
    """Rows of (sentence1, sentence2, human score)."""

    rows: list[tuple[str, str, float]]
    digest: str

    task = "sts"


@dataclass(frozen=True)
class LabelledTexts:
    """Rows of (text, second text or "", label). `test` holds the rows that are scored; the others train the probe.

    split: how the two came about, in words.
    """

    rows: list[tuple[str, str, str]]
    test: np.ndarray
    split: str
    digest: str

    task = "probe"


@dataclass(frozen=True)
class _Table:
    name: str
    rows: list[list[str]]
    first: int
    second: int | None
    value: int
    scores: bool


def table_of(member: Member) -> SentencePairs | LabelledTexts:
    """What one table of texts holds; labelled texts are split, one fifth of each label for the test, always the same."""
    table = _read(member)
    digest = digest_of([member])
    if table.scores:
        return SentencePairs(_pairs(table), digest)
    rows = _labelled(table)
    split = f"One fifth of the texts of each label, {TEST_SHARE:.0%}, was held out for the test, always the same ones."
    return LabelledTexts(rows, _held_out([row[2] for row in rows]), split, digest)


def only_table(members: list[Member]) -> Member | None:
    """The one file that can be a benchmark, beside a README or a licence perhaps; None if there are more, or none."""
    tables = members if len(members) == 1 else [m for m in members if _is_table(m)]
    return tables[0] if len(tables) == 1 else None


def _is_table(member: Member) -> bool:
    path = PurePosixPath(member.path)
    return path.suffix.lower() in (".tsv", ".csv", ".txt") and path.stem.lower() not in (
        "readme",
        "license",
        "licence",
        "source",
        "notice",
    )


def tables_of(name: str, members: list[Member]) -> SentencePairs | LabelledTexts:
    """What a folder of tables holds: train and test (or dev) files of texts with labels, or sentence pairs to be scored."""
    tables = [member for member in members if _is_table(member)]
    by_part = {
        part: next((m for m in tables if any(key in m.name.lower() for key in keys)), None)
        for part, keys in (("train", ("train",)), ("test", ("test",)), ("dev", ("dev", "valid", "val")))
    }
    scored = next((m for m in (by_part["test"], by_part["dev"]) if m is not None and _has_answers(m)), None)
    if scored is None:
        seen = ", ".join(member.path for member in members[:6]) + (" ..." if len(members) > 6 else "")
        raise BadInput(
            f"{name} holds {len(members)} files ({seen}), which are no benchmark together. It should hold a train and a "
            "dev or test table, or documents, queries and judgements (corpus.jsonl, queries.jsonl, qrels/test.tsv)."
        )
    test = _read(scored)
    if test.scores:
        return SentencePairs(_pairs(test), digest_of([scored]))
    if by_part["train"] is None:
        return table_of(scored)
    train = _labelled(_read(by_part["train"]))
    rows = train + _labelled(test)
    held_out = np.arange(len(rows)) >= len(train)
    return LabelledTexts(
        rows,
        held_out,
        f"Trained on {by_part['train'].name}, tested on {scored.name}.",
        digest_of([by_part["train"], scored]),
    )


def _has_answers(member: Member) -> bool:
    """Whether a table has a column of labels or scores; the test files that GLUE gives out have none."""
    try:
        _read(member)
    except BadInput:
        return False
    return True


def _read(member: Member) -> _Table:
    """The table and what its columns are; BadInput if that cannot be told."""
    cells = _cells(member.text)
    if not cells:
        raise BadInput(f"{member.name} holds no lines. Benchmarks are {KINDS}.")
    head = [cell.strip().lower() for cell in cells[0]]
    named = _by_name(head)
    if named is not None:
        first, second, value, scores = named
        return _checked(_Table(member.name, cells[1:], first, second, value, scores))
    return _checked(_by_content(member.name, cells))


def _cells(text: str) -> list[list[str]]:
    """The cells of a TSV (no quoting, as GLUE writes it) or CSV file, blank lines left out."""
    start = text[:10_000]
    if "\t" in start:
        rows = (line.rstrip("\r").split("\t") for line in text.split("\n"))
    else:
        rows = csv.reader(io.StringIO(text), delimiter=";" if start.count(";") > start.count(",") else ",")
    return [row for row in rows if any(cell.strip() for cell in row)]


def _by_name(head: list[str]) -> tuple[int, int | None, int, bool] | None:
    """(first text, second text, label or score, whether it is a score) by the names of the columns; None if unnamed."""
    first, second = ([i for i, name in enumerate(head) if name in TEXTS] + [None, None])[:2]
    score = next((head.index(name) for name in SCORES if name in head), None)
    label = next((head.index(name) for name in LABELS if name in head), None)
    if first is None or (score is None and label is None):
        return None
    scores = score is not None and second is not None
    return first, second, score if scores or label is None else label, scores


def _by_content(name: str, cells: list[list[str]]) -> _Table:
    """Columns told apart by what they hold, in a file without a header."""
    width = max(map(len, cells))
    columns = [[row[i].strip() if i < len(row) else "" for row in cells] for i in range(width)]
    words = [np.mean([len(cell.split()) for cell in column[:2000]]) for column in columns]
    texts = [i for i in range(width) if words[i] >= 2][:2]
    rest = [i for i in range(width) if i not in texts]
    few = [i for i in rest if 1 < len(set(columns[i])) <= min(MOST_LABELS, max(2, len(cells) // 2))]
    numbers = [i for i in rest if sum(map(is_number, columns[i])) >= 0.95 * len(cells)]
    if len(texts) == 2 and numbers and len(set(columns[numbers[-1]])) > 2:
        return _Table(name, cells, texts[0], texts[1], numbers[-1], True)
    if texts and few:
        value = min(few, key=lambda i: (len(set(columns[i])), i))
        return _Table(name, cells, texts[0], texts[1] if len(texts) > 1 else None, value, False)
    raise BadInput(
        f"{name} is a table of {len(cells):,} lines and {width} columns in which no texts with labels and no sentence "
        f"pairs with scores were found; its first line reads {' | '.join(cells[0])[:80]!r}. Benchmarks are {KINDS}."
    )


def _checked(table: _Table) -> _Table:
    """The table; BadInput, with the line, for a row that lacks a cell."""
    most = max(table.first, table.second or 0, table.value)
    for number, row in enumerate(table.rows, 1):
        if (
            len(row) <= most
            or not row[table.value].strip()
            or (table.scores and not is_number(row[table.value].strip()))
        ):
            what = "two sentences and a score" if table.scores else "a text and its label"
            raise BadInput(f"Row {number:,} of {table.name} needs {what}; it reads {' | '.join(row)[:80]!r}.")
    if not table.rows:
        raise BadInput(f"{table.name} has a header and no rows.")
    return table


def _pairs(table: _Table) -> list[tuple[str, str, float]]:
    return [(row[table.first].strip(), row[table.second].strip(), float(row[table.value])) for row in table.rows]


def _labelled(table: _Table) -> list[tuple[str, str, str]]:
    second = table.second
    rows = [
        (row[table.first].strip(), "" if second is None else row[second].strip(), row[table.value].strip())
        for row in table.rows
    ]
    if len({row[2] for row in rows}) > MOST_LABELS:
        raise BadInput(
            f"{table.name} has {len({row[2] for row in rows}):,} different labels; a linear probe takes {MOST_LABELS}."
        )
    return rows


def _held_out(labels: list[str]) -> np.ndarray:
    """One fifth of the rows of each label, drawn by a fixed seed so that every run answers the same ones, bool (n,)."""
    labels, test = np.array(labels), np.zeros(len(labels), bool)
    rng = np.random.default_rng(0)
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        test[rows[: round(TEST_SHARE * len(rows))]] = True
    return test
