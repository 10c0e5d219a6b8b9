"""Judgements of a collection (query, document, grade) and result files of systems (TREC runs)."""

import re
from dataclasses import dataclass, replace

from embedlab.core.errors import BadInput
from embedlab.data.reading.suggest import as_number
from embedlab.evaluation.files.members import Member
from embedlab.evaluation.files.whole_tables import read_table

Judged = list[tuple[str, str, float]]

_NUMBER = r"-?\d+(\.\d+)?([eE][+-]?\d+)?"
_RUN = re.compile(rf"\S+\s+\S+\s+\S+\s+\d+\s+{_NUMBER}\s+\S+")
_ROW = re.compile(rf"(\S+\s+){{2,3}}{_NUMBER}")
_QUERY = frozenset("query-id query_id queryid qid query topic topic-id".split())
_DOCUMENT = frozenset(
    "corpus-id corpus_id corpusid document_id doc_id docid document-id pid passage_id doc document".split()
)
_GRADE = frozenset("score grade relevance rel label rating judgement judgment".split())


@dataclass(frozen=True)
class System:
    """What a system of one's own found: query -> documents, the best first."""

    name: str
    found: dict[str, list[str]]


def are_plain_judgements(lines: list[str]) -> bool:
    """Whether all lines read "query 0 document grade", with nothing else in the second place."""
    return bool(lines) and all(re.fullmatch(r"\S+\s+(0|Q0)\s+\S+\s+-?\d+", line.strip()) for line in lines)


def is_run(lines: list[str]) -> bool:
    """Whether lines read "query Q0 document rank score name", the results of a system."""
    return bool(lines) and all(_RUN.fullmatch(line.strip()) for line in lines)


def are_judgements(lines: list[str]) -> bool:
    """Whether lines read "query 0 document grade" or "query document grade", perhaps below a header."""
    body = lines[1:] if lines and not _ROW.fullmatch(lines[0].strip()) else lines
    return bool(body) and all(_ROW.fullmatch(line.strip()) for line in body)


def system_of(member: Member) -> System:
    """The results of a system, ranked by score as TREC does; BadInput, with the line, for another row."""
    scored: dict[str, list[tuple[float, str]]] = {}
    name = member.name
    for number, line in enumerate(member.text.split("\n"), 1):
        if not line.strip():
            continue
        cells = line.split()
        score = as_number(cells[4]) if len(cells) == 6 else None
        if score is None:
            raise BadInput(
                f"Line {number:,} of {member.name} should read 'query Q0 document rank score name'; it reads "
                f"{line.strip()[:60]!r}."
            )
        scored.setdefault(cells[0], []).append((score, cells[2]))
        name = cells[5]
    ranked = {query: [doc for _, doc in sorted(found, key=lambda one: -one[0])] for query, found in scored.items()}
    return System(name, ranked)


def judgements_of(member: Member) -> Judged:
    """(query, document, grade) of every row, below a header or without one, in any dialect, padded or not.

    The grade of a row "query document 0 0" is 1: so CISI and CACM write that a document is relevant.
    """
    if _of_blanks(member):
        member = replace(member, options=replace(member.options, separator="spaces"))
    table = read_table(member, words=True)
    query, document, grade = _columns(table)
    rows = []
    for number, row in zip(table.lines, table.rows, strict=True):
        value = as_number(row[grade]) if grade is not None and grade < len(row) else None
        if len(row) <= max(query, document):
            raise BadInput(
                f"Line {number:,} of {member.name} should read 'query 0 document grade'; it reads "
                f"{' '.join(row)[:60]!r}."
            )
        if value is None and grade is not None:
            seen = row[grade] if grade < len(row) else ""
            raise BadInput(f"Line {number:,} of {member.name} should end in a grade; it reads {seen[:40]!r} there.")
        rows.append((row[query], row[document], 1.0 if grade is None else value))
    return rows


def _of_blanks(member: Member) -> bool:
    """Whether cells are separated by white space of any kind, blanks and tabs mixed, as where numbers are padded."""
    if member.source.kind not in ("text", "tsv", "csv") or member.options.separator:
        return False
    return are_judgements([line for line in member.text.split("\n")[:50] if line.strip()])


def _columns(table) -> tuple[int, int, int | None]:
    """(query, document, grade) as columns; the grade is None where every row is a relevant document."""
    named = [
        next((i for i, name in enumerate(table.folded) if name in known), None) for known in (_QUERY, _DOCUMENT, _GRADE)
    ]
    if named[0] is not None and named[1] is not None:
        return named[0], named[1], named[2]
    if table.width == 3:
        return 0, 1, 2
    if table.width == 4:
        zeros = [all(as_number(cell) == 0 for cell in table.column(i)) for i in range(4)]
        return (0, 1, None) if zeros[2] and zeros[3] else (0, 2, 3)
    if table.width == 2:
        return 0, 1, None
    raise BadInput(
        f"Line {table.lines[0] if table.lines else 1:,} of {table.name} should read 'query 0 document grade'; it reads "
        f"{table.shown(0) if table.rows else ''!r}."
    )
