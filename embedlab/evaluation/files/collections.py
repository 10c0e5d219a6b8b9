"""Collections for retrieval: documents, queries and which documents answer which query.

Layouts: BEIR (corpus, queries and qrels as JSON Lines, Parquet, CSV or TSV), TREC (<doc>, <top> and "query 0 document
grade" lines), SMART, in which Cranfield was first given out (.I .T .W fields), one table of queries, texts and grades,
and result files of systems beside any of them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from embedlab.core.errors import BadInput
from embedlab.data.reading.collections import entries
from embedlab.data.reading.suggest import as_number
from embedlab.evaluation.files.judgements import Judged, System, are_judgements, is_run, judgements_of, system_of
from embedlab.evaluation.files.members import Member, digest_of
from embedlab.evaluation.files.whole_tables import WholeTable, read_table

_TABLES = (".jsonl", ".json", ".parquet", ".csv", ".tsv", ".xlsx", ".ods")
_PARTS = {  # part of a path -> what the table holds
    "documents": ("corpus", "documents", "docs", "passages", "collection"),
    "queries": ("queries", "query", "topics", "questions"),
    "judgements": ("qrels", "judgements", "judgments", "relevance", "qrel"),
}
_IDS = ("_id", "id", "doc_id", "docid", "document_id", "query_id", "qid", "query-id", "corpus-id", "pid", "docno")
_TEXTS = ("text", "contents", "content", "body", "document", "passage", "query", "question", "abstract")
_LIMIT = 10_000_000


@dataclass(frozen=True)
class Collection:
    """documents, queries: (id, text); relevance: query id -> {document id: grade above 0}.

    note: what a reader should know. systems: results of other systems on the same queries, to be ranked as well.
    """

    documents: list[tuple[str, str]]
    queries: list[tuple[str, str]]
    relevance: dict[str, dict[str, float]]
    digest: str
    note: str = ""
    systems: tuple[System, ...] = ()
    said: tuple[str, ...] = ()

    task = "search"


@dataclass(frozen=True)
class _Parts:
    """The files of a collection by what they hold; `table` is how documents and queries are read."""

    documents: list[Member]
    queries: list[Member]
    judgements: list[Member]
    systems: list[Member]
    read: Callable[[Member], list[tuple[str, str]]]


def collection(name: str, members: list[Member]) -> Collection | None:
    """The collection that the files make; None if they are no part of one, BadInput if a part is missing or broken."""
    parts = _tables(name, members) or _tagged(name, members)
    if parts is None:
        return None
    documents = [pair for member in parts.documents for pair in parts.read(member)]
    queries = [pair for member in parts.queries for pair in parts.read(member)]
    judged_by = the_test(parts.judgements)
    queries, judged, note = _matched(queries, judgements_of(judged_by))
    digest = digest_of([*parts.documents, *parts.queries, judged_by])
    made = _made(name, (documents, queries, judged), digest, note)
    systems = tuple(system_of(member) for member in parts.systems)
    return Collection(made.documents, made.queries, made.relevance, made.digest, made.note, systems)


def _made(name: str, parts: tuple, digest: str, note: str = "") -> Collection:
    documents, queries, judged = parts
    known, asked = {id for id, _ in documents}, {id for id, _ in queries}
    relevance = {}
    for query, document, grade in judged:
        if query in asked and document in known and grade > 0:
            relevance.setdefault(query, {})[document] = grade
    if not relevance:
        raise BadInput(
            f"{name} has {len(documents):,} documents and {len(queries):,} queries, but none of its {len(judged):,} "
            "judgements names a query and a document that are there."
        )
    lost = sum(query in asked and grade > 0 and document not in known for query, document, grade in judged)
    if lost:
        note = f"{note} {lost:,} judgements name documents that are not in the collection and were left out.".strip()
    return Collection(documents, queries, relevance, digest, note)


def the_test(members: list[Member]) -> Member:
    """The judgements to score by: test, else dev, else the first file."""
    for part in ("test", "dev"):
        for member in members:
            if part in member.name.lower():
                return member
    return members[0]


def _matched(queries: list[tuple[str, str]], judged: Judged) -> tuple[list[tuple[str, str]], Judged, str]:
    """(queries, judgements, a sentence) under the same numbers, where the judgements count or pad them otherwise.

    Cranfield's judgements count the queries from 1; the numbers written beside the queries are others. CACM's
    judgements pad the numbers with zeros.
    """
    own, meant = {id for id, _ in queries}, {query for query, _, _ in judged}
    if meant <= own:
        return queries, judged, ""
    bare = {query.lstrip("0") or "0" for query in meant}
    if bare <= own and not meant & own:
        return queries, [(query.lstrip("0") or "0", *rest) for query, *rest in judged], ""
    if not meant <= {str(i) for i in range(1, len(queries) + 1)}:
        return queries, judged, ""
    numbered = [(str(i), text) for i, (_, text) in enumerate(queries, 1)]
    note = (
        "The judgements count the queries from 1 on, as in Cranfield, and do not use the numbers written beside them."
    )
    return numbered, judged, note


# Tables: BEIR and its like


def _tables(name: str, members: list[Member]) -> _Parts | None:
    """The parts of a collection kept as tables, by their paths; None where no file is called corpus or queries."""
    found = {part: [m for m in members if _part(m) == part] for part in _PARTS}
    loose = [m for m in members if _part(m) is None and _test_like(m)]
    if found["documents"] and found["queries"] and not found["judgements"]:
        found["judgements"] = loose  # data/test.parquet, as on the hub
    if not (found["documents"] or found["queries"]) or len(members) < 2:
        return None
    if not found["documents"] and not found["judgements"]:
        return None
    systems = [m for m in members if m not in (*found["documents"], *found["queries"]) and _kind(m) == "run"]
    found["judgements"] = [m for m in found["judgements"] if m not in systems]
    for part, like in (("documents", "corpus.jsonl"), ("queries", "queries.jsonl"), ("judgements", "qrels/test.tsv")):
        if not found[part]:
            raise BadInput(
                f"{name} looks like a BEIR folder but has no {like}. It needs corpus.jsonl, queries.jsonl and "
                "qrels/test.tsv, or the same as Parquet or CSV."
            )
    return _Parts(found["documents"], found["queries"], found["judgements"], systems, _texts_of_table)


def _part(member: Member) -> str | None:
    """What the table at a path holds, by the name of the file or of its folder; None if the path does not say."""
    path = PurePosixPath(member.path)
    if path.suffix.lower() not in (*_TABLES, ".txt") or (
        path.suffix.lower() == ".txt" and "qrels" not in member.path.lower()
    ):
        return None
    for place in (path.stem.lower(), *(part.lower() for part in reversed(path.parts[:-1]))):
        stem = re.split(r"[-_.]", place)[0]
        for part in ("judgements", "queries", "documents"):
            if place in _PARTS[part] or stem in _PARTS[part]:
                return part
    return None


def _test_like(member: Member) -> bool:
    path = PurePosixPath(member.path)
    return path.suffix.lower() in _TABLES and re.split(r"[-_.]", path.stem.lower())[0] in ("test", "dev", "train")


def _texts_of_table(member: Member) -> list[tuple[str, str]]:
    """(id, text) of each row, the title before the text where there is one."""
    table = read_table(member)
    id = _named(table, _IDS)
    text, title = _named(table, _TEXTS), _named(table, ("title",))
    if not table.named and table.width == 2:
        id, text = 0, 1
    if id is None or (text is None and title is None):
        missing = "_id" if id is None else "text"
        raise BadInput(
            f"Line {table.lines[0] if table.lines else 1:,} of {member.name} has no {missing!r}; it has "
            f"{', '.join(table.columns[:10]) or 'nothing'}."
        )
    found = []
    for number, row in zip(table.lines, table.rows, strict=True):
        if not row[id]:
            there = ", ".join(name for name, cell in zip(table.columns, row, strict=False) if cell)
            raise BadInput(
                f"Line {number:,} of {member.name} has no {table.columns[id]!r}; it has {there or 'nothing'}."
            )
        parts = (row[i] for i in (title, text) if i is not None and i < len(row))
        found.append((row[id], " ".join(part for part in parts if part)))
    return found


def _named(table: WholeTable, names: tuple[str, ...]) -> int | None:
    return next((table.folded.index(name) for name in names if name in table.folded), None)


# TREC and SMART


def _tagged(name: str, members: list[Member]) -> _Parts | None:
    """The parts of a collection in tags or fields; None where no file holds any."""
    kinds = {m.path: _kind(m) for m in members} if len(members) > 1 else {}
    kept = {
        kind: [m for m in members if kinds.get(m.path) == kind]
        for kind in ("documents", "queries", "judgements", "run")
    }
    if not kept["documents"] and not kept["queries"]:
        return None
    for kind in ("documents", "queries", "judgements"):
        if not kept[kind]:
            raise BadInput(
                f"{name} looks like a collection for retrieval, but holds no {kind}: it has "
                f"{', '.join(m.path for m in members[:6])}. It needs documents, queries and judgements."
            )
    return _Parts(kept["documents"], kept["queries"], kept["judgements"], kept["run"], _texts_of_tags)


def _kind(member: Member) -> str | None:
    """Whether a file holds documents, queries, judgements or results of a system; None for anything else."""
    if b"\0" in member.data[:4096] and member.data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    start = member.text[:20_000]
    if re.search(r"<doc>.*?<docno>", start, re.IGNORECASE | re.DOTALL):
        return "documents"
    if re.search(r"<top>", start, re.IGNORECASE):
        return "queries"
    if re.match(r"\s*\.I\s+\d+\s*\n\.[A-Z]", start):
        return "queries" if re.search(r"q(ue)?ry|quer|top|\.que", member.name.lower()) else "documents"
    lines = [line for line in start.splitlines()[:-1][:50] or start.splitlines() if line.strip()]
    return "run" if is_run(lines) else "judgements" if are_judgements(lines) else None


def _texts_of_tags(member: Member) -> list[tuple[str, str]]:
    return [(entry.id, entry.whole) for entry in entries([member.text], member.name, _LIMIT)]


# One table of queries, texts and grades


_ASKED = frozenset("query question search_term search query_text anchor".split())
_FOUND = frozenset(
    "document passage text answer title product_title product doc doc_text passage_text positive".split()
)
_GRADED = frozenset("relevance grade rating label score rel judgement judgment".split())


def graded_texts(member: Member, table: WholeTable) -> Collection | None:
    """The collection in a table of query, text, grade or of anchor, positive, negative; None for another table."""
    names = table.folded
    query, text, grade, negative = (
        next((i for i, name in enumerate(names) if name in known), None)
        for known in (_ASKED, _FOUND, _GRADED, frozenset({"negative"}))
    )
    if negative is not None and query is not None and text is not None:
        return _of_trios(member, table, (query, text, negative))
    if query is None or text is None or grade is None:
        return None
    asked = table.column(query)
    if len(set(asked)) == len(asked):
        return None  # each query once: pairs of texts with labels or scores
    for number, row in zip(table.lines, table.rows, strict=True):
        if as_number(row[grade]) is None:
            raise BadInput(
                f"Line {number:,} of {member.name} should end in a grade; it reads {row[grade][:40]!r} there."
            )
    queries, documents = _numbers(asked, "q"), _numbers(table.column(text), "d")
    judged = [(queries[row[query]], documents[row[text]], as_number(row[grade])) for row in table.rows]
    parts = ([(id, text) for text, id in documents.items()], [(id, text) for text, id in queries.items()], judged)
    return _made(member.name, parts, digest_of([member]), "The texts of the table are the collection, each once.")


def _of_trios(member: Member, table: WholeTable, columns: tuple[int, int, int]) -> Collection:
    """Each anchor asks for its positive among all positives and negatives."""
    anchor, positive, negative = columns
    queries = _numbers(table.column(anchor), "q")
    documents = _numbers([*table.column(positive), *table.column(negative)], "d")
    documents.pop("", None)
    judged = [(queries[row[anchor]], documents[row[positive]], 1.0) for row in table.rows if row[positive]]
    parts = ([(id, text) for text, id in documents.items()], [(id, text) for text, id in queries.items()], judged)
    note = "Each anchor asks for its positive among all positives and negatives of the table."
    return _made(member.name, parts, digest_of([member]), note)


def _numbers(texts: list[str], letter: str) -> dict[str, str]:
    """text -> an id of its own, in the order of the texts."""
    return {text: f"{letter}{i}" for i, text in enumerate(dict.fromkeys(texts), 1)}
