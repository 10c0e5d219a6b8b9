"""Word and PDF documents as plain text."""

import logging
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain

from embedlab.core.archives import opened_zip
from embedlab.core.errors import BadInput
from embedlab.core.sizes import size
from embedlab.data.reading.sources import Source

# What the two libraries let through when a file is not built as they expect.
_MALFORMED = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OSError,
    RecursionError,
    EOFError,
    NotImplementedError,
    zlib.error,
    zipfile.BadZipFile,
)
_MAX_XML = 256 * 2**20  # python-docx reads a document whole


def docx_paragraphs(source: Source) -> Iterator[str]:
    """The paragraphs of a Word document in reading order; a table row is a paragraph, its cells a tab apart."""
    import docx
    from docx.opc.exceptions import OpcError
    from docx.table import Table
    from lxml.etree import LxmlError

    stream = source.seekable()
    with opened_zip(stream, source.name, source.own_budget(stream)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist() if member.filename.endswith((".xml", ".rels")))
        if unpacked > _MAX_XML:
            raise BadInput(
                f"{source.name} holds {size(unpacked)} of text and layout; the limit is {size(_MAX_XML)}. "
                "Save it as .txt."
            )
        if "word/document.xml" not in archive.namelist():
            raise BadInput(
                f"{source.name} is a ZIP archive but no Word document. Name it .zip if it is an archive of texts."
            )
    stream.seek(0)
    try:
        for block in docx.Document(stream).iter_inner_content():
            if isinstance(block, Table):
                yield from ("\t".join(cell.text for cell in row.cells) for row in block.rows)
            else:
                yield block.text
    except (OpcError, LxmlError, *_MALFORMED) as error:
        raise BadInput(
            f"{source.name} is not a Word document that can be read ({error}). Save it again as .docx or .txt."
        ) from None


def pdf_pages(source: Source) -> Iterator[str]:
    """The text of each page of a PDF; words cut at the end of a line are joined. BadInput if no page holds text."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said in our sentence alone
    found = False
    try:
        for page in _opened(PdfReader(source.seekable()), source).pages:
            text = re.sub(r"(\w)-\n(?=[^\W\d_])", r"\1", page.extract_text()).strip()
            found = found or bool(text)
            yield text
    except (FileNotDecryptedError, DependencyError):
        raise _locked(source) from None
    except (PyPdfError, *_MALFORMED) as error:
        raise BadInput(
            f"{source.name} is not a PDF that can be read ({error}). Print it to a new PDF, or save it as .txt."
        ) from None
    if not found:
        raise BadInput(f"{source.name} holds no text, only pictures of pages. Run text recognition (OCR) on it first.")


def _opened(reader, source: Source):
    if reader.is_encrypted and not reader.decrypt(""):
        raise _locked(source)
    return reader


def _locked(source: Source) -> BadInput:
    return BadInput(f"{source.name} is protected by a password. Save a copy without one.")


def office_documents(source: Source, split: str) -> Iterator[str]:
    """The documents of a Word or PDF file: paragraphs or pages unless `split` asks for more or less."""
    parts = docx_paragraphs(source) if source.kind == "docx" else pdf_pages(source)
    if split == "file":
        return iter(["\n\n".join(filter(None, parts))])
    if split == "line":
        return chain.from_iterable(part.split("\n") for part in parts)
    if split == "paragraph":
        return chain.from_iterable(re.split(r"\n\s*\n", part) for part in parts)
    return parts
