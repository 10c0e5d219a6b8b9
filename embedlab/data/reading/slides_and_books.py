"""OpenDocument texts, slides and e-books as paragraphs."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from embedlab.core.errors import BadInput
from embedlab.data.reading.packages import Package, opened_package
from embedlab.data.reading.sources import Source

# OpenDocument

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ODT_LEFT_OUT = {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_TEXT}sequence-decls"}
_ODT_PARAGRAPHS = {f"{_TEXT}p", f"{_TEXT}h"}


def odt_paragraphs(source: Source) -> Iterator[str]:
    """The paragraphs of an OpenDocument text in reading order; a table row is a paragraph, its cells a tab apart.

    Notes and text boxes follow the paragraph they are anchored in. Deleted text and comments are left out.
    """
    with opened_package(source, "OpenDocument text", "content.xml") as package:
        body = package.tree("content.xml").find(f".//{_OFFICE}body")
        if body is None:
            raise BadInput(f"{source.name} holds no text. Save it again, or save it as .txt.")
        yield from _odt_blocks(body)


def _odt_blocks(parent) -> Iterator[str]:
    for child in parent.iterchildren("*"):
        if child.tag in _ODT_PARAGRAPHS:
            anchored: list = []
            yield _odt_text(child, anchored)
            for block in anchored:
                yield from _odt_blocks(block)
        elif child.tag == f"{_TABLE}table-row":
            cells = [cell for cell in child.iterchildren(f"{_TABLE}table-cell")]
            yield "\t".join(" ".join(filter(None, map(str.strip, _odt_blocks(cell)))) for cell in cells)
        elif child.tag not in _ODT_LEFT_OUT:
            yield from _odt_blocks(child)


def _odt_text(element, anchored: list) -> str:
    """The text of a paragraph; what is anchored in it and holds paragraphs of its own is added to `anchored`."""
    parts = [element.text or ""]
    for child in element.iterchildren("*"):
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1") or 1), 100))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag not in _ODT_LEFT_OUT:
            if any(inner.tag in _ODT_PARAGRAPHS for inner in child.iterdescendants("*")):
                anchored.append(child)
            else:
                parts.append(_odt_text(child, anchored))
        parts.append(child.tail or "")
    return "".join(parts)


# Slides

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_DECK = "ppt/presentation.xml"


def pptx_slides(source: Source) -> Iterator[str]:
    """The text of each slide in the order they are shown, with its notes; paragraphs are lines."""
    with opened_package(source, "PowerPoint presentation", _DECK) as package:
        targets = package.targets(_DECK)
        for slide in package.tree(_DECK).iterfind(f"{_P}sldIdLst/{_P}sldId"):
            part = targets.get(slide.get(f"{_R}id"), "")
            notes = [other for other in package.targets(part).values() if "/notesSlides/" in other]
            yield "\n".join(line for name in (part, *notes) for line in _slide_lines(package, name))


def _slide_lines(package: Package, part: str) -> Iterator[str]:
    root = package.tree(part)
    for paragraph in () if root is None else root.iter(f"{_A}p"):
        if paragraph.find(f"{_A}fld") is not None:  # numbers of slides and dates
            continue
        line = "".join(
            "\n" if piece.tag == f"{_A}br" else piece.text or "" for piece in paragraph.iter(f"{_A}t", f"{_A}br")
        )
        if line.strip():
            yield line.strip()


# E-books

_CONTAINER = "META-INF/container.xml"
_BLOCKS = frozenset(
    "p div section article h1 h2 h3 h4 h5 h6 li dt dd blockquote pre tr table ul ol dl figure figcaption header footer "
    "body aside main nav address hr".split()
)
_UNREAD = frozenset({"script", "style", "head", "nav", "template", "svg", "math"})


def epub_paragraphs(source: Source) -> Iterator[str]:
    """The paragraphs of an e-book in reading order: headings, paragraphs, list items, table rows."""
    with opened_package(source, "e-book", _CONTAINER) as package:
        if "META-INF/encryption.xml" in package.parts and "META-INF/rights.xml" in package.parts:
            raise BadInput(f"{source.name} is protected against copying. Use an e-book without such a lock.")
        for part in _spine(package):
            page = package.web_page(part)
            if page is not None:
                yield from web_paragraphs(page)


def _spine(package: Package) -> Iterator[str]:
    """The parts of a book in reading order."""
    root = package.tree(_CONTAINER).find(".//{*}rootfile")
    opf = root.get("full-path") if root is not None else ""
    book = package.tree(opf)
    if book is None:
        raise BadInput(f"{package.name} has no table of its parts. Save it again, or convert it to .txt.")
    folder = posixpath.dirname(opf)
    parts = {item.get("id"): item.get("href", "") for item in book.iterfind(".//{*}manifest/{*}item")}
    for reference in book.iterfind(".//{*}spine/{*}itemref"):
        href = unquote(parts.get(reference.get("idref"), ""))
        if href:
            yield posixpath.normpath(posixpath.join(folder, href))


def web_paragraphs(page) -> Iterator[str]:
    """The paragraphs of an HTML page in reading order, white space as a browser shows it."""
    line: list[str] = []

    def finished() -> Iterator[str]:
        text = re.sub(r"[ \t\r\n\f]+", " ", "".join(line)).strip()
        line.clear()
        if text:
            yield text

    # Elements are left and entered one by one: nesting may be deeper than Python's stack.
    from lxml import etree

    skipped = 0
    for event, element in etree.iterwalk(page, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _UNREAD or not tag:
            skipped += 1 if event == "start" else -1
        if not skipped and tag in _BLOCKS:
            yield from finished()
        if event == "start" and not skipped:
            line.append(" " if tag == "br" else element.text or "")
        if event == "end" and not skipped:
            line.append("\t" if tag in ("td", "th") else "")
            line.append(element.tail or "")
    yield from finished()
