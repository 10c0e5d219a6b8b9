"""Benchmark files told apart by what they hold: words, texts, or collections for retrieval."""

import json
from dataclasses import fields, replace
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import Reading
from embedlab.evaluation.files.analogy_files import Analogies, analogies, bats, is_section, msr
from embedlab.evaluation.files.collections import Collection, collection, graded_texts
from embedlab.evaluation.files.judgements import are_plain_judgements, is_run
from embedlab.evaluation.files.members import KINDS, Member, members_of
from embedlab.evaluation.files.text_tables import LabelledTexts, SentencePairs, only_table, table_of, tables_of
from embedlab.evaluation.files.whole_tables import WholeTable, read_table
from embedlab.evaluation.files.word_files import (
    Association,
    Classes,
    WordPairs,
    association,
    is_about_texts,
    is_association,
    numbered_lines,
    pairs_or_classes,
    without_comments,
)

Items = WordPairs | Analogies | Classes | Association | SentencePairs | LabelledTexts | Collection

SIDECAR = ".reading.json"  # NAME.reading.json beside a benchmark says how it is to be read


def load_benchmark(path: str | Path, options: ReadOptions | None = None) -> Items:
    """The benchmark in a file, folder or ZIP; BadInput, with what was seen, if it is none.

    options: what is not to be detected; without it, what the file NAME.reading.json beside the benchmark says.
    Word pairs: "word1 word2 score" a line in any dialect, with or without a header or an index. Analogies: four words a
    line, perhaps with lines ": category" between; MSR's with tags; BATS's folders. Word classes: word and class.
    Association tests: "target: name = word, word ..." and "attribute: name = word ...", two of each. Lines that begin
    with "# " are comments in all of these. Sentence pairs and texts with labels: see `text_tables`; retrieval: see
    `collections`. docs/formats.md lists them all.
    """
    path = Path(path)
    said = options if options is not None else kept_options(path)
    members = [replace(member, options=said) for member in members_of(path) if not member.name.endswith(SIDECAR)]
    if not members:
        raise BadInput(f"{path.name} holds no files. Benchmarks are {KINDS}.")
    found = collection(path.name, members) or msr(members) or bats(path.name, members)
    if found is not None:
        return found
    alone = only_table(members)
    return tables_of(path.name, members) if alone is None else _single(alone)


def kept_options(path: Path) -> ReadOptions:
    """How a benchmark is to be read by the file beside it; everything is detected where there is none."""
    beside = path.with_name(path.name + SIDECAR)
    if not beside.exists():
        return ReadOptions()
    try:
        said = json.loads(beside.read_text(encoding="utf-8"))
        known = {one.name for one in fields(ReadOptions)}
        return ReadOptions(**{key: value for key, value in said.items() if key in known})
    except (ValueError, AttributeError, TypeError):
        raise BadInput(
            f"{beside.name} should hold an object with encoding, separator, header or quotes. Correct or remove it."
        ) from None


def _single(member: Member) -> Items:
    """The benchmark in one file."""
    if member.source.kind not in ("text", "csv", "tsv"):
        table = read_table(member)
        found = graded_texts(member, table) or (
            table_of(member, table) if is_about_texts(table) else pairs_or_classes(member, table)
        )
        return _told(found, table.reading)
    text, reading = member.read_text()
    lines = numbered_lines(text)
    rows = without_comments(lines)
    if not rows:
        raise BadInput(f"{member.name} holds no lines. Benchmarks are {KINDS}.")
    _refuse_parts(member, [line for _, line in lines])
    if is_association(rows):
        return _told(association(member, rows), reading)
    body = [row for row in rows if not is_section(row[1])] if is_section(rows[0][1]) else rows
    if body and is_about_texts(read_table(member, words=True, lines=body)):
        table = read_table(member, lines=_from(text, rows[0][0]))
        found = graded_texts(member, table) or table_of(member, table)
        return _told(_told(found, table.reading), reading)
    if found := analogies(member, rows):
        return _told(found, reading)
    return _told(_words(member, lines, rows), reading)


def _from(text: str, first: int) -> list[tuple[int, str]]:
    """(line number, line) of every line from `first` on: what is above a table of texts are comments."""
    return list(enumerate(text.split("\n"), 1))[first - 1 :]


def _words(member: Member, lines: list, rows: list) -> Items:
    """Word pairs or classes; short texts with labels by the names of their columns."""
    table = read_table(member, words=True, lines=rows)
    found = _by_names(member, table) or pairs_or_classes(member, table)
    left = len(lines) - len(rows)
    comments = (f"{left:,} lines that begin with # were left out as comments.",) if left else ()
    return _told(replace(found, said=(*found.said, *comments)), table.reading)


def _by_names(member: Member, table: WholeTable) -> Items | None:
    """Texts of one or two words, known by the names that GLUE gives columns; None for anything else."""
    if {"text", "sentence", "review", "sentence1", "question", "premise"} & set(table.folded):
        try:
            return table_of(member, table)
        except BadInput:
            return None
    return None


def _refuse_parts(member: Member, lines: list[str]) -> None:
    """Raise BadInput for a file that is one part of a collection."""
    if len(lines) > 1 and is_run(lines[:50]):
        raise BadInput(
            f"{member.name} holds the results of a system (query Q0 document rank score name). Give it together with "
            "the documents, queries and judgements of its collection, as a folder or ZIP."
        )
    if len(lines) > 1 and are_plain_judgements(lines[:50]):
        raise BadInput(
            f"{member.name} holds judgements of a collection (query 0 document grade). Give it together with the "
            "documents and queries, as a folder or ZIP."
        )


def _told(items: Items, reading: Reading) -> Items:
    """The items with what a reader should know of how the file was read."""
    doubts = reading.sentences() if reading.doubtful else []
    told = [sentence for sentence in doubts if not sentence.startswith((f"{reading.file}:", "Columns"))]
    return replace(items, said=(*items.said, *told))


def described(items: Items) -> str:
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
