"""Tables of texts: pairs of sentences with scores (STS-B, SICK), and texts with labels (GLUE: SST-2, MRPC, RTE ...).

Columns are known by their names, as GLUE gives them, or else by what they hold: texts have several words a cell, labels
are few and come again and again, scores are numbers.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.data.reading.suggest import as_number, holds_text, label_of
from embedlab.evaluation.files.members import KINDS, Member, digest_of
from embedlab.evaluation.files.whole_tables import WholeTable, read_table

TEXTS = tuple(
    "sentence1 sentence2 sentence_1 sentence_2 sentence_a sentence_b #1_string #2_string question1 question2 question "
    "sentence premise hypothesis text1 text2 text text_a text_b review content comment tweet answer".split()
)
LABELS = tuple("label quality is_duplicate gold_label sentiment class category entailment_label".split())
SCORES = tuple("score similarity similarity_score relatedness_score relatedness".split())
SPLIT = "semeval_set"  # SICK's column that says which rows are for the test
MOST_LABELS = 50
TEST_SHARE = 0.2


@dataclass(frozen=True)
class SentencePairs:
    """Rows of (sentence1, sentence2, human score)."""

    rows: list[tuple[str, str, float]]
    digest: str
    said: tuple[str, ...] = ()

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
    said: tuple[str, ...] = ()

    task = "probe"


@dataclass(frozen=True)
class TextColumns:
    """Which columns of a table hold the first text, the second, and the label or score."""

    first: int
    second: int | None
    value: int
    scores: bool


def table_of(member: Member, table: WholeTable | None = None) -> SentencePairs | LabelledTexts:
    """What one table of texts holds; of labelled texts one fifth of each label is for the test, always the same."""
    table = table or read_table(member)
    columns, digest = columns_of_texts(table), digest_of([member])
    if columns.scores:
        rows, said = _test_rows(table)
        return SentencePairs(_pairs(rows, columns), digest, said)
    rows = _labelled(table, columns)
    split = f"One fifth of the texts of each label, {TEST_SHARE:.0%}, was held out for the test, always the same ones."
    return LabelledTexts(rows, _held_out([row[2] for row in rows]), split, digest)


def _test_rows(table: WholeTable) -> tuple[WholeTable, tuple[str, ...]]:
    """The rows that are scored: those that SICK marks for the test, all of another table; and a sentence about it."""
    if SPLIT not in table.folded:
        return table, ()
    at = table.folded.index(SPLIT)
    kept = [n for n, row in enumerate(table.rows) if row[at].upper() == "TEST"]
    if not kept:
        return table, ()
    chosen = WholeTable(
        table.name,
        table.columns,
        table.named,
        [table.rows[n] for n in kept],
        [table.lines[n] for n in kept],
        table.reading,
    )
    return chosen, (
        f"The {len(kept):,} rows that {table.columns[at]} marks as TEST are scored, of {len(table.rows):,}.",
    )


def only_table(members: list[Member]) -> Member | None:
    """The one file that can be a benchmark, beside a README or a licence perhaps; None if there are more, or none."""
    tables = members if len(members) == 1 else [m for m in members if _is_table(m)]
    return tables[0] if len(tables) == 1 else None


def _is_table(member: Member) -> bool:
    path = PurePosixPath(member.path)
    kinds = (".tsv", ".csv", ".txt", ".tab", ".jsonl", ".json", ".parquet", ".xlsx", ".ods")
    return path.suffix.lower() in kinds and path.stem.lower() not in (
        "readme",
        "license",
        "licence",
        "source",
        "notice",
    )


def tables_of(name: str, members: list[Member]) -> SentencePairs | LabelledTexts:
    """What a folder of tables holds: train and test (or dev) files of labelled texts, or sentence pairs."""
    tables = [member for member in members if _is_table(member)]
    by_part = {
        part: next((m for m in tables if any(key in m.name.lower() for key in keys)), None)
        for part, keys in (("train", ("train",)), ("test", ("test",)), ("dev", ("dev", "valid", "val")))
    }
    scored = next((m for m in (by_part["test"], by_part["dev"]) if m is not None and _has_answers(m)), None)
    if scored is None:
        seen = ", ".join(member.path for member in members[:6]) + (" ..." if len(members) > 6 else "")
        raise BadInput(
            f"{name} holds {len(members)} files ({seen}), which are no benchmark together. It should hold a train and "
            "a dev or test table, or documents, queries and judgements (corpus.jsonl, queries.jsonl, qrels/test.tsv)."
        )
    test = read_table(scored)
    columns = columns_of_texts(test)
    if columns.scores:
        rows, said = _test_rows(test)
        return SentencePairs(_pairs(rows, columns), digest_of([scored]), said)
    if by_part["train"] is None:
        return table_of(scored, test)
    learned = read_table(by_part["train"])
    train = _labelled(learned, columns_of_texts(learned))
    rows = train + _labelled(test, columns)
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
        columns_of_texts(read_table(member))
    except BadInput:
        return False
    return True


def columns_of_texts(table: WholeTable) -> TextColumns:
    """What the columns of a table are, every row checked; BadInput if that cannot be told."""
    columns = _by_name(table) or _by_content(table)
    _check(table, columns)
    return columns


def _by_name(table: WholeTable) -> TextColumns | None:
    """The columns by their names; None if they have none that are known."""
    head = table.folded
    first, second = ([i for i, name in enumerate(head) if name in TEXTS] + [None, None])[:2]
    score = next((head.index(name) for name in SCORES if name in head), None)
    label = next((head.index(name) for name in LABELS if name in head), None)
    if first is None or (score is None and label is None):
        return None
    scores = score is not None and second is not None
    return TextColumns(first, second, score if scores or label is None else label, scores)


def _by_content(table: WholeTable) -> TextColumns:
    """The columns told apart by what they hold, where they have no names."""
    columns = [table.column(i) for i in range(table.width)]
    words = [np.mean([len(cell.split()) for cell in column[:2000]] or [0]) for column in columns]
    texts = [i for i in table.contents if words[i] >= 2 and holds_text(list(filter(None, columns[i][:2000])))][:2]
    rest = [i for i in table.contents if i not in texts]
    few = [i for i in rest if 1 < len(set(columns[i])) <= min(MOST_LABELS, max(2, len(table.rows) // 2))]
    numbers = [i for i in rest if i in table.numeric]
    if len(texts) == 2 and numbers and len(set(columns[numbers[-1]])) > 2:
        return TextColumns(texts[0], texts[1], numbers[-1], True)
    if texts and few:
        value = min(few, key=lambda i: (len(set(columns[i])), i))
        return TextColumns(texts[0], texts[1] if len(texts) > 1 else None, value, False)
    first = table.columns if table.named else table.rows[0] if table.rows else []
    raise BadInput(
        f"{table.name} is a table of {len(table.rows):,} lines and {table.width} columns in which no texts with labels "
        f"and no sentence pairs with scores were found; its first line reads {' | '.join(first)[:80]!r}. "
        f"Benchmarks are {KINDS}."
    )


def _check(table: WholeTable, columns: TextColumns) -> None:
    """Raise BadInput, with the row, for one that lacks a cell."""
    most = max(columns.first, columns.second or 0, columns.value)
    for number, row in enumerate(table.rows, 1):
        if len(row) <= most or not row[columns.value] or (columns.scores and as_number(row[columns.value]) is None):
            what = "two sentences and a score" if columns.scores else "a text and its label"
            raise BadInput(f"Row {number:,} of {table.name} needs {what}; it reads {' | '.join(row)[:80]!r}.")
    if not table.rows:
        raise BadInput(f"{table.name} has a header and no rows.")


def _pairs(table: WholeTable, columns: TextColumns) -> list[tuple[str, str, float]]:
    return [(row[columns.first], row[columns.second], as_number(row[columns.value])) for row in table.rows]


def _labelled(table: WholeTable, columns: TextColumns) -> list[tuple[str, str, str]]:
    second = columns.second
    rows = [
        (row[columns.first], "" if second is None else row[second], label_of(row[columns.value])) for row in table.rows
    ]
    n_labels = len({row[2] for row in rows})
    if n_labels > MOST_LABELS:
        raise BadInput(f"{table.name} has {n_labels:,} different labels; a linear probe takes {MOST_LABELS}.")
    return rows


def _held_out(labels: list[str]) -> np.ndarray:
    """One fifth of the rows of each label, drawn by a fixed seed so that every run answers the same ones, bool (n,)."""
    labels, test = np.array(labels), np.zeros(len(labels), bool)
    rng = np.random.default_rng(0)
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        test[rows[: round(TEST_SHARE * len(rows))]] = True
    return test
