"""Collections for retrieval as TREC and SMART write them: documents and queries in tags or in fields.

TREC: <doc> with <docno>, <title> and <text>; <top> with <num> and <title>. SMART, in which Cranfield was first given
out: records ".I id" with the fields .T (title) and .W (words). Both are read in one stream, record by record.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from embedlab.core.errors import BadInput

_TAG = re.compile(r"<[^>]*>")
_BLOCK = re.compile(r"<(doc|top)>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"^\.([A-Z])[ \t]*$", re.MULTILINE)
_SMART = re.compile(r"^\.I[ \t]+(\S+)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A document or a query of a collection; `query` tells which, None where the layout does not say."""

    id: str
    title: str
    text: str
    query: bool | None = None

    @property
    def whole(self) -> str:
        """Title and text, the title once where the text repeats it."""
        return self.text if self.text.startswith(self.title) else f"{self.title} {self.text}".strip()


def entries(chunks: Iterable[str], name: str, limit: int) -> Iterator[Entry]:
    """The documents or queries of a file; BadInput for one without a number, or longer than `limit` characters."""
    chunks = iter(chunks)
    buffer = next(chunks, "").removeprefix("\ufeff")
    smart = buffer.lstrip().startswith(".I")
    while True:
        more = next(chunks, None)
        cut = _last_record(buffer, smart) if more is not None else len(buffer)
        yield from _smart(buffer[:cut]) if smart else _trec(buffer[:cut], name)
        if more is None:
            return
        buffer = buffer[cut:] + more
        if len(buffer) > limit + len(more):
            raise BadInput(f"{name} holds a record of more than {limit:,} characters. Check that its tags are closed.")


def _last_record(text: str, smart: bool) -> int:
    """Where the last record begins that may go on after this text."""
    if smart:
        return max((match.start() for match in _SMART.finditer(text)), default=0)
    return max((match.end() for match in re.finditer(r"</(doc|top)>", text, re.IGNORECASE)), default=0)


def _smart(text: str) -> Iterator[Entry]:
    starts = [*_SMART.finditer(text)]
    for this, after in zip(starts, [*starts[1:], None], strict=True):
        parts = _FIELD.split(text[this.end() : after.start() if after else len(text)])
        fields = dict(zip(parts[1::2], parts[2::2], strict=True))
        yield Entry(this[1], plain(fields.get("T", "")), plain(fields.get("W", "")))


def _trec(text: str, name: str) -> Iterator[Entry]:
    """The entries of the closed blocks; a <top> need not be closed."""
    text = re.sub(r"(?i)(<top>(?:(?!</top>|<top>).)*)(?=<top>|\Z)", r"\1</top>", text, flags=re.DOTALL)
    for block in _BLOCK.finditer(text):
        yield (_document if block[1].lower() == "doc" else _query)(block[2], name)


def _document(block: str, name: str) -> Entry:
    number = re.search(r"<docno>\s*(.*?)\s*</docno>", block, re.IGNORECASE | re.DOTALL)
    if number is None:
        raise BadInput(f"A document of {name} has no <docno>; it begins {' '.join(block.split())[:60]!r}.")
    title, text = (
        " ".join(re.findall(rf"<{tag}>(.*?)</{tag}>", block, re.IGNORECASE | re.DOTALL)) for tag in ("title", "text")
    )
    rest = re.sub(r"(?is)<(docno|docid|title)>.*?</\1>", " ", block)
    return Entry(number[1], plain(title), plain(text or rest), False)


def _query(block: str, name: str) -> Entry:
    number = re.search(r"<num>\s*(?:number:)?\s*([^\s<]+)", block, re.IGNORECASE)
    title = re.search(r"<title>\s*(?:topic:)?(.*?)(?:</title>|<desc>|<narr>|\Z)", block, re.IGNORECASE | re.DOTALL)
    if number is None or title is None:
        raise BadInput(f"A query of {name} lacks <num> or <title>; it begins {' '.join(block.split())[:60]!r}.")
    return Entry(number[1], "", plain(title[1]), True)


def plain(text: str) -> str:
    """Text without tags and entities, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())
