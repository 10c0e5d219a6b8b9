"""Analogies: Google's questions in sections, four words a line without sections, MSR's with tags, and BATS's pairs."""

import re
from dataclasses import dataclass
from itertools import permutations
from pathlib import PurePosixPath

from embedlab.core.errors import BadInput
from embedlab.data.reading.headers import is_number
from embedlab.evaluation.files.members import Member, digest_of
from embedlab.evaluation.files.whole_tables import WholeTable, read_table

MOST_PAIRS = 200  # pairs of one relation: each makes a question with every other
BATS_NAME = re.compile(r"[A-Z]\d\d\b")
_SECTION = re.compile(r":\s*[^\t;,|]*")
_TAG = re.compile(r"[A-Z]{2,4}\$?_[A-Z]{2,4}\$?")


@dataclass(frozen=True)
class Analogies:
    """Questions (a, b, c, expected): a is to b as c is to expected; category[i] names the section of question i.

    also: for a question with several right answers all of them, the expected one first; empty for other files.
    """

    rows: list[tuple[str, str, str, str]]
    categories: list[str]
    digest: str
    also: tuple[tuple[str, ...], ...] = ()
    said: tuple[str, ...] = ()

    task = "analogy"


def analogies(member: Member, lines: list[tuple[int, str]]) -> Analogies | None:
    """The questions in the lines of a file; None if the lines are something else.

    BadInput, with the line, for a file that begins with a section and holds another number of words than four.
    """
    body = [(number, line) for number, line in lines if not is_section(line)]
    sectioned = bool(lines) and is_section(lines[0][1])
    if not body:
        if sectioned:
            raise BadInput(f"{member.name} names categories but holds no question of four words.")
        return None
    table = read_table(member, words=True, lines=body)
    rows, tags = _untagged(table)
    four = sum(_is_question(row) for row in rows)
    if not rows or four < 0.5 * len(rows) and not (sectioned and _of_words(rows)):
        return None
    for number, row in zip(table.lines, rows, strict=True):
        if len(list(filter(None, row))) != 4:
            words = list(filter(None, row))
            raise BadInput(
                f"Line {number} of {member.name} has {len(words)} words; a question has four: {' '.join(words)[:60]!r}."
            )
    return Analogies(
        [tuple(filter(None, row)) for row in rows],
        tags or _categories(lines, table.lines),
        digest_of([member]),
    )


def is_section(line: str) -> bool:
    """Whether a line names a section: a colon and a name, without any separator."""
    return bool(_SECTION.fullmatch(line.strip())) and not re.match(r"\s*:[^\w\s]", line)


def _untagged(table: WholeTable) -> tuple[list[list[str]], list[str]]:
    """(rows of words, the tag of each) where a first column holds MSR's tags such as JJ_JJR; else (all rows, [])."""
    rows = [[row[i] for i in table.contents if i < len(row)] for row in table.rows]
    if rows and all(row and _TAG.fullmatch(row[0]) for row in rows):
        return [row[1:] for row in rows], [row[0] for row in rows]
    return rows, []


def _is_question(row: list[str]) -> bool:
    return len(row) == 4 and all(row) and not any(map(is_number, row)) and not any(" " in cell for cell in row)


def _of_words(rows: list[list[str]]) -> bool:
    """Whether cells are single words without numbers, so that a line that is no question is a slip."""
    return not any(" " in cell or is_number(cell) for row in rows[:50] for cell in row)


def _categories(lines: list[tuple[int, str]], numbers: list[int]) -> list[str]:
    """The section above each question."""
    category, at, found = "questions", 0, []
    for number in numbers:
        while at < len(lines) and lines[at][0] < number:
            if is_section(lines[at][1]):
                category = lines[at][1].strip()[1:].strip() or "questions"
            at += 1
        found.append(category)
    return found


# BATS


def bats(name: str, members: list[Member]) -> Analogies | None:
    """The questions of BATS, of a single file of it or of a folder; None if the files are something else.

    A file holds pairs of one relation, "word TAB answer/answer". Every ordered pair of lines is a question (Gladkova,
    Drozd and Matsuoka 2016), and any of the answers between slashes is right.
    """
    files = [member for member in members if _is_bats(member, alone=len(members) == 1)]
    others = [m for m in members if m not in files and PurePosixPath(m.path).suffix.lower() in (".txt", ".tsv", "")]
    if not files or len(files) <= len(others):
        return None
    rows, categories, also = [], [], []
    for member in files:
        pairs = _bats_pairs(member)
        category = PurePosixPath(member.path).stem
        for (a, b), (c, answers) in permutations(pairs, 2):
            rows.append((a, b[0], c, answers[0]))
            also.append(answers)
            categories.append(category)
    said = (f"Every two of the pairs of a file make a question, {len(rows):,} in {len(files)} files.",)
    return Analogies(rows, categories, digest_of(files), tuple(also), said)


def _is_bats(member: Member, *, alone: bool) -> bool:
    """Whether a file holds pairs of one relation: named as in BATS, or with answers between slashes."""
    if b"\0" in member.data[:4096] or PurePosixPath(member.path).suffix.lower() not in ("", ".txt", ".tsv"):
        return False
    lines = [line.split("\t") for line in member.text.split("\n")[:50] if line.strip()]
    if len(lines) < 2 or not all(len(line) == 2 and all(map(str.strip, line)) for line in lines):
        return False
    slashes = sum("/" in line[1] for line in lines) >= 0.3 * len(lines)
    words = not any(" " in cell.strip() for line in lines for cell in line)
    return bool(words and (slashes or BATS_NAME.match(member.name)))


def _bats_pairs(member: Member) -> list[tuple[str, tuple[str, ...]]]:
    pairs = []
    for number, line in enumerate(member.text.split("\n"), 1):
        if not line.strip():
            continue
        word, _, answers = line.partition("\t")
        answers = tuple(answer.strip() for answer in answers.split("/") if answer.strip())
        if not word.strip() or not answers:
            raise BadInput(
                f"Line {number:,} of {member.name} needs a word, a tab and its answers; it reads {line[:60]!r}."
            )
        pairs.append((word.strip(), answers))
    if len(pairs) > MOST_PAIRS:
        raise BadInput(
            f"{member.name} holds {len(pairs):,} pairs of one relation, which make {len(pairs) * (len(pairs) - 1):,} "
            f"questions; a file may have {MOST_PAIRS} pairs. Split it."
        )
    return pairs


def msr(members: list[Member]) -> Analogies | None:
    """MSR's questions as they are given out, in one file of three words and one of tags and answers; None otherwise."""
    parts = {PurePosixPath(m.path).suffix.lower(): m for m in members}
    if not {".questions", ".answers"} <= set(parts):
        return None
    asked, answered = (
        [line.split() for line in parts[end].text.split("\n") if line.strip()] for end in (".questions", ".answers")
    )
    if len(asked) != len(answered):
        raise BadInput(
            f"{parts['.questions'].name} has {len(asked):,} questions and {parts['.answers'].name} {len(answered):,} "
            "answers. They should have as many lines."
        )
    for number, (words, answer) in enumerate(zip(asked, answered, strict=True), 1):
        if len(words) != 3 or len(answer) != 2:
            raise BadInput(
                f"Line {number:,} of {parts['.questions'].name} should have three words and its answer a tag and a "
                f"word; they read {' '.join(words)[:40]!r} and {' '.join(answer)[:40]!r}."
            )
    rows = [(*words, answer[1]) for words, answer in zip(asked, answered, strict=True)]
    return Analogies(rows, [answer[0] for answer in answered], digest_of([parts[".questions"], parts[".answers"]]))
