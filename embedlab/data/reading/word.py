"""Word documents: all their text as it reads with every change accepted.

Content controls, insertions, text boxes, footnotes and endnotes are read; deletions, moved-away text, field codes and
comments are not. A merged cell is read once.
"""

from collections.abc import Iterator

from embedlab.data.reading.packages import Package, opened_package
from embedlab.data.reading.sources import Source

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = {
    _FALLBACK,
    f"{_W}del",
    f"{_W}moveFrom",
    f"{_W}pPr",
    f"{_W}rPr",
    f"{_W}sdtPr",
    f"{_W}tblPr",
    f"{_W}instrText",
}
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_BODY = "word/document.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")


def docx_paragraphs(source: Source) -> Iterator[str]:
    """The paragraphs of a Word document in reading order; a table row is a paragraph, its cells a tab apart.

    Text boxes follow the paragraph they are anchored in; footnotes and endnotes come last.
    """
    with opened_package(source, "Word document", _BODY) as package:
        yield from _blocks(package.tree(_BODY))
        for part in _NOTES:
            yield from _notes(package, part)


def _notes(package: Package, part: str) -> Iterator[str]:
    root = package.tree(part)
    for note in () if root is None else root:
        if note.get(f"{_W}type") in (None, "normal"):  # the others are the lines that part notes from text
            yield from _blocks(note)


def _blocks(parent) -> Iterator[str]:
    """The paragraphs and table rows below an element, whatever holds them: content controls, insertions, sections."""
    for child in parent.iterchildren("*"):
        if child.tag == f"{_W}p":
            yield _text(child)
            for box in _boxes(child):
                yield from _blocks(box)
        elif child.tag == f"{_W}tbl":
            yield from _rows(child)
        elif child.tag not in _LEFT_OUT:
            yield from _blocks(child)


def _rows(table) -> Iterator[str]:
    for row in _below(table, f"{_W}tr"):
        cells = [cell for cell in _below(row, f"{_W}tc") if not _continues(cell)]
        yield "\t".join(" ".join(filter(None, map(str.strip, _blocks(cell)))) for cell in cells)


def _below(parent, tag: str) -> Iterator:
    """The nearest elements of a tag, through content controls and insertions but not through another table."""
    for child in parent.iterchildren("*"):
        if child.tag == tag:
            yield child
        elif child.tag not in _LEFT_OUT and child.tag != f"{_W}tbl":
            yield from _below(child, tag)


def _continues(cell) -> bool:
    """Whether a cell is the lower part of one that began in a row above."""
    merge = cell.find(f"{_W}tcPr/{_W}vMerge")
    return merge is not None and merge.get(f"{_W}val", "continue") == "continue"


def _text(element) -> str:
    """The text of a paragraph, without the text boxes that are anchored in it."""
    parts = []
    for child in element.iterchildren("*"):
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _SIGNS:
            parts.append(_SIGNS[child.tag])
        elif child.tag not in _LEFT_OUT and child.tag != f"{_W}txbxContent":
            parts.append(_text(child))
    return "".join(parts)


def _boxes(element) -> Iterator:
    for child in element.iterchildren("*"):
        if child.tag == f"{_W}txbxContent":
            yield child
        elif child.tag not in _LEFT_OUT:
            yield from _boxes(child)
