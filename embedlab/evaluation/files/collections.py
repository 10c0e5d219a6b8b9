"""Collections for retrieval: documents, queries and which documents answer which query.

Layouts: BEIR (corpus.jsonl, queries.jsonl, qrels/test.tsv), TREC (<doc>, <top> and "query 0 document grade" lines) and
SMART, in which Cranfield was first given out (.I .T .W fields).
"""

import html
import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from embedlab.core.errors import BadInput
from embedlab.evaluation.files.members import Member, digest_of

_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Collection:
    """documents, queries: (id, text); relevance: query id -> {document id: grade above 0}; note: what a reader should know."""

    documents: list[tuple[str, str]]
    queries: list[tuple[str, str]]
    relevance: dict[str, dict[str, float]]
    digest: str
    note: str = ""

    task = "search"


def collection(name: str, members: list[Member]) -> Collection | None:
    """The collection that the files make; None if none of them is a part of one, BadInput if a part is missing or broken."""
    beir = {m.name: m for m in members if m.name in ("corpus.jsonl", "queries.jsonl")}
    if beir:
        return _beir(name, members, beir)
    kinds = {m.path: _kind(m) for m in members} if len(members) > 1 else {}
    parts = {kind: [m for m in members if kinds.get(m.path) == kind] for kind in ("documents", "queries", "judgements")}
    if not parts["documents"] and not parts["queries"]:
        return None
    for kind, found in parts.items():
        if not found:
            raise BadInput(
                f"{name} looks like a collection for retrieval, but holds no {kind}: it has "
                f"{', '.join(m.path for m in members[:6])}. It needs documents, queries and judgements."
            )
    documents = [pair for m in parts["documents"] for pair in _documents(m)]
    queries = [pair for m in parts["queries"] for pair in _queries(m)]
    judged = _trec_judgements(_the_test(parts["judgements"]))
    queries, note = _numbered(queries, judged)
    used = [*parts["documents"], *parts["queries"], _the_test(parts["judgements"])]
    return _made(name, documents, queries, judged, digest_of(used), note)


def _made(name, documents, queries, judged, digest, note="") -> Collection:
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


# BEIR


def _beir(name: str, members: list[Member], parts: dict[str, Member]) -> Collection:
    qrels = [m for m in members if "qrels" in PurePosixPath(m.path).parts[:-1] or m.name.startswith("qrels")]
    if len(parts) < 2 or not qrels:
        missing = next((need for need in ("corpus.jsonl", "queries.jsonl") if need not in parts), "qrels/test.tsv")
        raise BadInput(
            f"{name} looks like a BEIR folder but has no {missing}. It needs corpus.jsonl, queries.jsonl and qrels/test.tsv."
        )
    judgements = _the_test(qrels)
    rows = [line.split("\t") for line in judgements.text.splitlines() if line.strip()]
    judged = [
        _judgement(judgements.name, number, row[0], row[1], row[2] if len(row) > 2 else "")
        for number, row in enumerate(rows, 1)
        if number > 1 or (len(row) > 2 and row[2].strip().lstrip("-").isdigit())
        if len(row) > 1
    ]
    documents = [
        (_field(o, "_id", parts["corpus.jsonl"], n), f"{o.get('title') or ''} {o.get('text') or ''}".strip())
        for n, o in _objects(parts["corpus.jsonl"])
    ]
    queries = [
        (_field(o, "_id", parts["queries.jsonl"], n), str(o.get("text") or ""))
        for n, o in _objects(parts["queries.jsonl"])
    ]
    return _made(name, documents, queries, judged, digest_of([*parts.values(), judgements]))


def _objects(member: Member):
    """(line number, object) of each line of a JSON Lines file."""
    for number, line in enumerate(member.text.split("\n"), 1):
        if line.strip():
            try:
                found = json.loads(line)
            except json.JSONDecodeError as error:
                raise BadInput(f"Line {number:,} of {member.name} is no JSON ({error.msg}): {line[:60]!r}.") from None
            if not isinstance(found, dict):
                raise BadInput(
                    f"Line {number:,} of {member.name} should be an object with _id and text; it reads {line[:60]!r}."
                )
            yield number, found


def _field(found: dict, key: str, member: Member, number: int) -> str:
    if key not in found:
        raise BadInput(f"Line {number:,} of {member.name} has no {key!r}; it has {', '.join(found) or 'nothing'}.")
    return str(found[key])


def _the_test(members: list[Member]) -> Member:
    """The judgements to score by: test, else dev, else the first file."""
    for part in ("test", "dev"):
        for member in members:
            if part in member.name.lower():
                return member
    return members[0]


def _judgement(name: str, number: int, query: str, document: str, grade: str) -> tuple[str, str, float]:
    try:
        return query.strip(), document.strip(), float(grade)
    except ValueError:
        raise BadInput(f"Line {number:,} of {name} should end in a grade; it reads {grade[:40]!r} there.") from None


# TREC and SMART


def _kind(member: Member) -> str | None:
    """Whether a file holds documents, queries or judgements; None for anything else."""
    if b"\0" in member.data[:4096]:
        return None
    start = member.text[:20_000]
    if re.search(r"<doc>.*?<docno>", start, re.IGNORECASE | re.DOTALL):
        return "documents"
    if re.search(r"<top>", start, re.IGNORECASE):
        return "queries"
    if re.match(r"\s*\.I\s+\d+\s*\n\.[A-Z]", start):
        return "queries" if re.search(r"q(ue)?ry|quer|top", member.name.lower()) else "documents"
    lines = [line.split() for line in start.splitlines()[:50] if line.strip()]
    if lines and all(len(line) in (3, 4) and re.fullmatch(r"-?\d+(\.\d+)?", line[-1]) for line in lines[:-1] or lines):
        return "judgements"
    return None


def _documents(member: Member) -> list[tuple[str, str]]:
    if member.text.lstrip().startswith(".I"):
        return _smart(member.text)
    found = []
    for block in re.findall(r"<doc>(.*?)</doc>", member.text, re.IGNORECASE | re.DOTALL):
        number = re.search(r"<docno>\s*(.*?)\s*</docno>", block, re.IGNORECASE | re.DOTALL)
        if number is None:
            raise BadInput(f"A document of {member.name} has no <docno>; it begins {' '.join(block.split())[:60]!r}.")
        parts = {
            tag: " ".join(re.findall(rf"<{tag}>(.*?)</{tag}>", block, re.IGNORECASE | re.DOTALL))
            for tag in ("title", "text")
        }
        whole = [_plain(parts["title"]), _plain(parts["text"] or re.sub(r"(?is)<(docno|title)>.*?</\1>", " ", block))]
        found.append((number[1], whole[1] if whole[1].startswith(whole[0]) else " ".join(whole).strip()))
    return found


def _queries(member: Member) -> list[tuple[str, str]]:
    if member.text.lstrip().startswith(".I"):
        return _smart(member.text)
    found = []
    for block in re.findall(r"<top>(.*?)</top>", member.text, re.IGNORECASE | re.DOTALL):
        number = re.search(r"<num>\s*(?:number:)?\s*([^\s<]+)", block, re.IGNORECASE)
        title = re.search(r"<title>(.*?)(?:</title>|<desc>|\Z)", block, re.IGNORECASE | re.DOTALL)
        if number is None or title is None:
            raise BadInput(
                f"A query of {member.name} lacks <num> or <title>; it begins {' '.join(block.split())[:60]!r}."
            )
        found.append((number[1], _plain(title[1])))
    return found


def _smart(text: str) -> list[tuple[str, str]]:
    """(id, text) of records ".I id" with fields .T (title) and .W (words)."""
    found = []
    for record in re.split(r"(?m)^\.I\s+", text)[1:]:
        id, _, rest = record.partition("\n")
        fields = dict(re.findall(r"(?ms)^\.([A-Z])\s*\n(.*?)(?=^\.[A-Z]\s*$|\Z)", rest))
        title, words = _plain(fields.get("T", "")), _plain(fields.get("W", ""))
        found.append((id.strip(), words if words.startswith(title) else f"{title} {words}".strip()))
    return found


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _trec_judgements(member: Member) -> list[tuple[str, str, float]]:
    """(query, document, grade) of lines "query 0 document grade" or "query document grade"."""
    rows = [(n, line.split()) for n, line in enumerate(member.text.splitlines(), 1) if line.strip()]
    for number, row in rows:
        if len(row) not in (3, 4):
            raise BadInput(
                f"Line {number:,} of {member.name} should read 'query 0 document grade'; it reads {' '.join(row)[:60]!r}."
            )
    return [_judgement(member.name, number, row[0], row[-2], row[-1]) for number, row in rows]


def _numbered(
    queries: list[tuple[str, str]], judged: list[tuple[str, str, float]]
) -> tuple[list[tuple[str, str]], str]:
    """The queries under the numbers that the judgements use, and a sentence about it if those are not their own.

    Cranfield's judgements count the queries from 1; the numbers written beside the queries are others.
    """
    own, meant = {id for id, _ in queries}, {query for query, _, _ in judged}
    places = {str(i) for i in range(1, len(queries) + 1)}
    if meant <= own or not meant <= places:
        return queries, ""
    return (
        [(str(i), text) for i, (_, text) in enumerate(queries, 1)],
        "The judgements count the queries from 1 on, as in Cranfield, and do not use the numbers written beside them.",
    )
