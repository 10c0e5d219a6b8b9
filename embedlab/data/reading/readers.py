"""Readers: a file of any kind becomes a stream of documents, and a Reading that says what was done."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from embedlab.core.errors import BadInput
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.office import office_documents
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.plain import Packed, cut, head_text, packed_lines, split_text, text_chunks, without_markdown
from embedlab.data.reading.reading import Reading
from embedlab.data.reading.sniff import TABLES
from embedlab.data.reading.sources import Limits, Source, sources
from embedlab.data.reading.tables import Document, TablePreview, preview_of, table_documents
from embedlab.data.reading.wiki import wiki_articles

__all__ = [
    "Columns",
    "Document",
    "Limits",
    "Packed",
    "ReadContext",
    "ReadOptions",
    "TablePreview",
    "read_documents",
    "table_preview",
    "text_documents",
]

_LABEL_MARK = "__label__"
_JUDGED = re.compile(r"\S+\s+(0|Q0)\s+\S+\s+-?\d+(\s+\S+\s+\S+)?\s*")


@dataclass(frozen=True)
class ReadContext:
    """Limits, and who is told what while a file is read.

    packed: give the lines of text files without labels as Packed, many at a time. on_read: told after each read how
    many more bytes of the file were read. on_reading: told, when a file has been read to its end, what was done.
    """

    limits: Limits = Limits()
    packed: bool = False
    on_read: Callable[[int], None] | None = None
    on_reading: Callable[[Reading], None] | None = None


def read_documents(
    path: Path,
    *,
    name: str | None = None,
    columns: Columns = Columns(),
    options: ReadOptions = ReadOptions(),
    context: ReadContext = ReadContext(),
) -> Iterator[Document | Packed]:
    """The documents of a file, streaming; memory does not grow with the file.

    Reads .txt .md .csv .tsv .jsonl .json .parquet .xlsx .ods .docx .odt .pptx .epub .pdf, MediaWiki .xml, TREC and
    SMART collections,
    and all of these inside .gz .bz2 .zip.
    name: what the user calls the file, whose suffix says its kind; the path's own name if not given.
    columns: of tables; the text column is the one with the longest texts if not given. Files that are no tables do not
    look at them. A table of two sentences and a score, as STS-B is kept, is known as such when no column is given.
    options: what is not to be detected. Without it, "auto" takes lines of text files, paragraphs of Markdown and Word,
    pages of PDF, articles of MediaWiki. fastText's `__label__x` at the start of a line is a label.
    Raises BadInput with a sentence for anything that cannot be read.
    """
    n, context_limits = 0, context.limits
    for found in sources(path, name=name, limits=context_limits, on_read=context.on_read):
        source = replace(found, options=options)
        for document in _read(source, columns, context.packed):
            n += len(document) if isinstance(document, Packed) else 1
            yield document
        if context.on_reading:
            context.on_reading(source.tally.reading(source.name))
    if not n:
        raise BadInput(f"{name or Path(path).name} holds no text, only white space. Choose a file that holds text.")


def text_documents(text: str, *, split: str = "auto", limits: Limits = Limits()) -> Iterator[Document]:
    """The documents of a pasted text, cut like those of a text file; BadInput if there is none."""
    documents = _labelled(split_text([text.replace("\r\n", "\n")], split, limits))
    n = 0
    for document in documents:
        n += 1
        yield document
    if not n:
        raise BadInput("The text is empty. Paste or type some words.")


def table_preview(
    path: Path, *, name: str | None = None, options: ReadOptions = ReadOptions(), limits: Limits = Limits()
) -> tuple[TablePreview | None, Reading]:
    """The first twenty rows of a table and the columns that suit, and how the file is understood so far.

    None in place of the preview for a file without columns. In an archive the first table counts.
    """
    first: Reading | None = None
    for found in sources(path, name=name, limits=limits):
        source = replace(found, options=options)
        if is_table(source):
            return preview_of(source, 20), source.tally.reading(source.name)
        if first is None and source.kind in ("text", "markdown"):
            next(text_chunks(source), None)
        first = first or source.tally.reading(source.name)
    return None, cast(Reading, first)  # a file without a source has been refused


def is_table(source: Source) -> bool:
    """Whether a source is read by rows and columns: by its kind, or because the user says what only a table has."""
    if source.kind in ("csv", "tsv") and head_text(source).lstrip().startswith(_LABEL_MARK):
        return False
    return source.kind in TABLES or (source.kind == "text" and source.options.of_table)


def _read(source: Source, columns: Columns, packed: bool) -> Iterator[Document | Packed]:
    if packed and _is_plain(source):
        for lines in packed_lines(text_chunks(source), source.limits.max_line_chars):
            source.tally.rows += len(lines)
            yield lines
        return
    counts_itself = is_table(source)
    for document in _documents(source, columns):
        if not counts_itself:
            source.tally.rows += 1
        yield document


def _is_plain(source: Source) -> bool:
    """Whether a source is text cut by lines that does not start with a label."""
    if source.kind != "text" or is_table(source) or source.options.split not in ("auto", "line"):
        return False
    start = _checked_head(source).lstrip()
    return len(start) >= len(_LABEL_MARK) and not start.startswith(_LABEL_MARK)


def _checked_head(source: Source) -> str:
    """The start of a text; BadInput for judgements and results of a collection. A table is noted."""
    head = head_text(source)
    lines = [line for line in head.split("\n")[:50] if line.strip()]
    if len(lines) > 2 and all(map(_JUDGED.fullmatch, lines)):
        raise BadInput(
            f"{source.name} holds judgements or results of a collection (query, document, number), no text. Add the "
            "documents of the collection."
        )
    n_tabs = {line.count("\t") for line in lines}
    if len(lines) > 2 and len(n_tabs) == 1 and n_tabs != {0} and not lines[0].startswith(_LABEL_MARK):
        source.tally.note(
            f"Each line was read as a text, though all have {min(n_tabs) + 1} cells separated by tabs. Choose the "
            "separator tab to read a table."
        )
    return head


def _documents(source: Source, columns: Columns) -> Iterator[Document]:
    limit, split = source.limits.max_document_chars, source.options.split
    if is_table(source):
        for document in table_documents(source, columns):
            if len(document.text) <= limit:
                yield document
                continue
            for part in cut(document.text, limit):
                yield replace(document, text=part)
    elif source.kind in ("text", "csv", "tsv"):
        _checked_head(source)
        source.tally.kind = "text"
        yield from _labelled(split_text(text_chunks(source), split, source.limits))
    else:
        source.tally.kind = source.kind
        for part in _parts(source, split):
            for piece in cut(part.strip(), limit):
                if piece:
                    yield Document(piece)


def _parts(source: Source, split: str) -> Iterator[str]:
    if source.kind == "markdown":
        split = "paragraph" if split == "auto" else split
        return map(without_markdown, split_text(text_chunks(source), split, source.limits))
    return wiki_articles(source) if source.kind == "wiki" else office_documents(source, split)


def _labelled(texts: Iterator[str]) -> Iterator[Document]:
    """Documents from texts; in a file that starts with __label__ every text carries its label in front."""
    marked = None
    for text in texts:
        marked = text.startswith(_LABEL_MARK) if marked is None else marked
        if not (marked and text.startswith(_LABEL_MARK)):
            yield Document(text)
            continue
        label, text = _first_word(text)
        while text.startswith(_LABEL_MARK):
            text = _first_word(text)[1]
        if text:
            yield Document(text, label.removeprefix(_LABEL_MARK))


def _first_word(text: str) -> tuple[str, str]:
    """(the first word, what follows the white space after it)."""
    word, *rest = text.split(None, 1)
    return word, rest[0].strip() if rest else ""
