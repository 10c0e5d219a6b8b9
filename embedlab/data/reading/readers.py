"""Readers: a file of any kind becomes a stream of documents."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.data.reading.columns import Columns
from embedlab.data.reading.office import office_documents
from embedlab.data.reading.plain import Packed, cut, head_text, packed_lines, split_text, text_chunks, without_markdown
from embedlab.data.reading.sniff import TABLES
from embedlab.data.reading.sources import Limits, Source, sources
from embedlab.data.reading.tables import Document, TablePreview, preview_of, table_documents
from embedlab.data.reading.wiki import wiki_articles

__all__ = [
    "Columns",
    "Document",
    "Limits",
    "Packed",
    "TablePreview",
    "read_documents",
    "table_preview",
    "text_documents",
]

_LABEL_MARK = "__label__"


def read_documents(
    path: Path,
    *,
    name: str | None = None,
    columns: Columns = Columns(),
    split: str = "auto",
    limits: Limits = Limits(),
    on_read: Callable[[int], None] | None = None,
    packed: bool = False,
) -> Iterator[Document | Packed]:
    """The documents of a file, streaming; memory does not grow with the file.

    Reads .txt .md .csv .tsv .jsonl .json .parquet .docx .pdf, MediaWiki .xml, and all of these inside .gz .bz2 .zip.
    name: what the user calls the file, whose suffix says its kind; the path's own name if not given.
    columns: of tables; the text column is the one with the longest texts if not given. Other files ignore them. A table
    of two sentences and a score, in the layout of STS-B, is recognised when no column is given.
    split: "line", "paragraph" or "file" for texts without rows; "auto" takes lines of text files, paragraphs of
    Markdown and Word, pages of PDF, articles of MediaWiki. fastText's `__label__x` at the start of a line is a label.
    on_read: told after each read how many more bytes of the file were read.
    packed: give the lines of text files without labels as Packed, many at a time.
    Raises BadInput with a sentence for anything that cannot be read.
    """
    n = 0
    for source in sources(path, name=name, limits=limits, on_read=on_read):
        if packed and _is_plain(source, split):
            for lines in packed_lines(text_chunks(source), source.limits.max_line_chars):
                n += len(lines)
                yield lines
            continue
        for document in _documents(source, columns, split):
            n += 1
            yield document
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
    path: Path, *, name: str | None = None, n: int = 20, limits: Limits = Limits()
) -> TablePreview | None:
    """The first `n` rows of a table and the columns that suit as text and label; None for a file without columns.

    In an archive the first table counts.
    """
    tables = (source for source in sources(path, name=name, limits=limits) if source.kind in TABLES)
    source = next(tables, None)
    return preview_of(source, n) if source else None


def _is_plain(source: Source, split: str) -> bool:
    """Whether a source is text cut by lines that does not start with a label."""
    if source.kind != "text" or split not in ("auto", "line"):
        return False
    start = head_text(source).lstrip()
    return len(start) >= len(_LABEL_MARK) and not start.startswith(_LABEL_MARK)


def _documents(source: Source, columns: Columns, split: str) -> Iterator[Document]:
    limit = source.limits.max_document_chars
    if source.kind in TABLES:
        for document in table_documents(source, columns):
            if len(document.text) <= limit:
                yield document
                continue
            for part in cut(document.text, limit):
                yield replace(document, text=part)
    elif source.kind == "text":
        yield from _labelled(split_text(text_chunks(source), split, source.limits))
    else:
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
        if marked and text.startswith(_LABEL_MARK):
            label, _, text = text[len(_LABEL_MARK) :].partition(" ")
            while text.startswith(_LABEL_MARK):
                text = text.partition(" ")[2]
            if text.strip():
                yield Document(text.strip(), label)
        else:
            yield Document(text)
