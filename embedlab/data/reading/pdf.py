"""PDF documents as plain text, page by page."""

import logging
import re
import zlib
from collections.abc import Iterator

from embedlab.core.errors import BadInput
from embedlab.data.reading.sources import Source
from embedlab.data.tokens.parts_of_speech import is_english

# What pypdf lets through when a file is not built as it expects.
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
)
# Typesetting, not spelling: letters that are drawn as one.
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_CUT = re.compile(r"(\w+)[-\u00ad\u2010]\n(?=[^\W\d_])(\w+)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def pdf_pages(source: Source) -> Iterator[str]:
    """The text of each page of a PDF. BadInput if no page holds text.

    Ligatures become plain letters, and words cut at the end of a line are joined; a hyphen stays where it is part of
    the word.
    """
    pages = _pages(source)
    if not any(pages):
        raise BadInput(f"{source.name} holds no text, only pictures of pages. Run text recognition (OCR) on it first.")
    words = {word.lower() for page in pages for word in _WORD.findall(_CUT.sub(" ", page))}
    for page in pages:
        yield _CUT.sub(lambda cut: _joined(cut[1], cut[2], words), page)


def _pages(source: Source) -> list[str]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what is wrong with a file is said in our sentence alone
    try:
        reader = PdfReader(source.seekable())
        if reader.is_encrypted and not reader.decrypt(""):
            raise _locked(source)
        return [page.extract_text().translate(_LIGATURES).strip() for page in reader.pages]
    except (FileNotDecryptedError, DependencyError):
        raise _locked(source) from None
    except (PyPdfError, *_MALFORMED) as error:
        raise BadInput(
            f"{source.name} is not a PDF that can be read ({error}). Print it to a new PDF, or save it as .txt."
        ) from None


def _joined(before: str, after: str, words: set[str]) -> str:
    """A word that was cut at the end of a line, with its hyphen where the rest of the document or English has it so."""
    whole, hyphened = before + after, f"{before}-{after}"
    if whole.lower() in words:
        return whole
    if hyphened.lower() in words or is_english(hyphened):
        return hyphened
    if is_english(whole):
        return whole
    return hyphened if all(part.lower() in words or is_english(part) for part in (before, after)) else whole


def _locked(source: Source) -> BadInput:
    return BadInput(f"{source.name} is protected by a password. Save a copy without one.")
