"""Documents of office programs and e-books: paragraphs, pages or slides."""

import re
from collections.abc import Callable, Iterator
from itertools import chain

from embedlab.data.reading.pdf import pdf_pages
from embedlab.data.reading.slides_and_books import epub_paragraphs, odt_paragraphs, pptx_slides
from embedlab.data.reading.sources import Source
from embedlab.data.reading.word import docx_paragraphs

# kind -> what gives its parts in reading order
OFFICE: dict[str, Callable[[Source], Iterator[str]]] = {
    "docx": docx_paragraphs,
    "odt": odt_paragraphs,
    "pptx": pptx_slides,
    "epub": epub_paragraphs,
    "pdf": pdf_pages,
}


def office_documents(source: Source, split: str) -> Iterator[str]:
    """The documents of such a file: its paragraphs, pages or slides unless `split` asks for more or less."""
    parts = OFFICE[source.kind](source)
    if split == "file":
        return iter(["\n\n".join(filter(None, parts))])
    if split == "line":
        return chain.from_iterable(part.split("\n") for part in parts)
    if split == "paragraph":
        return chain.from_iterable(re.split(r"\n\s*\n", part) for part in parts)
    return parts
