"""Plain text: bytes to characters, characters to lines, lines to documents; all streaming, with bounded memory."""

import codecs
import io
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.data.reading.encodings import Encoding, encoding_of, not_text
from embedlab.data.reading.sources import HEAD, Limits, Source

_CHUNK = 1 << 19
_BLOCK = 1 << 12


class _Stray(threading.local):
    """How many bytes the decoder of this thread has read as Windows-1252."""

    count = 0


_STRAY = _Stray()


def _stray_bytes(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 in a file that otherwise is, read as Windows-1252, where they mostly come from."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    _STRAY.count += error.end - error.start
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("embedlab-stray", _stray_bytes)


def text_chunks(source: Source) -> Iterator[str]:
    """The text of a source in pieces of about half a million characters, with \\n as the only line break.

    The encoding goes to the tally. While all bytes are ASCII it stays open, and the first other bytes decide.
    """
    encoding = encoding_of(source.head, source.name, source.options.encoding)
    decoder = _decoder(encoding)
    started = False
    while piece := source.stream.read(_CHUNK):
        if encoding.ascii_so_far and not piece.isascii():
            encoding = encoding_of(_from_first_letter(piece), source.name)
            decoder = _decoder(encoding)
        text = _clean(_decoded(decoder, piece, source, encoding), source)
        yield text if started else text.removeprefix("\ufeff")
        started = True
    yield _clean(_decoded(decoder, b"", source, encoding), source)


def _from_first_letter(piece: bytes) -> bytes:
    """The part of a piece that begins with the line of its first byte beyond ASCII."""
    block = next(i for i in range(0, len(piece), _BLOCK) if not piece[i : i + _BLOCK].isascii())
    return piece[piece.rfind(b"\n", 0, block) + 1 :][: HEAD + _BLOCK]


def _decoder(encoding: Encoding) -> io.IncrementalNewlineDecoder:
    errors = "embedlab-stray" if encoding.codec.startswith("utf-8") else "replace"
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding.codec)(errors), translate=True)


def _decoded(decoder, piece: bytes, source: Source, encoding: Encoding) -> str:
    """A piece as text; what could not be decoded is counted in the tally."""
    source.tally.encoding, before = encoding, _STRAY.count
    text = decoder.decode(piece, final=not piece)
    if stray := _STRAY.count - before:
        source.tally.count("bytes are no UTF-8 and were read as Windows-1252.", stray)
    if not encoding.codec.startswith("utf-8") and "\ufffd" in text:
        lost = text.count("\ufffd")
        source.tally.count(f"characters are not in {encoding.label} and were replaced.", lost)
    return text


def _clean(text: str, source: Source) -> str:
    if "\0" in text:
        raise not_text(source.name)
    return text


def lines(chunks: Iterable[str]) -> Iterator[str]:
    """Every line without its line break. The caller bounds the length: see `bounded_lines` and `cut_lines`."""
    rest: list[str] = []
    for chunk in chunks:
        first, *others = chunk.split("\n")
        rest.append(first)
        if others:
            yield "".join(rest)
            yield from others[:-1]
            rest = others[-1:]
    if any(rest):
        yield "".join(rest)


def bounded_lines(chunks: Iterable[str], limit: int, source: Source) -> Iterator[str]:
    """Every line without its break; BadInput for one of more than `limit` characters."""
    for line in lines(_watched(chunks, limit, source)):
        if len(line) > limit:
            raise _too_long(limit, source)
        yield line


def _watched(chunks: Iterable[str], limit: int, source: Source) -> Iterator[str]:
    """The chunks, as long as no line grows over many of them."""
    length = 0
    for chunk in chunks:
        end = chunk.rfind("\n")
        length = len(chunk) - end - 1 if end >= 0 else length + len(chunk)
        if length > limit:
            raise _too_long(limit, source)
        yield chunk


def _too_long(limit: int, source: Source) -> BadInput:
    return BadInput(
        f"{source.name} has a line of more than {limit:,} characters, which is no row of a table. "
        "If it is plain text, name it .txt."
    )


def cut_lines(chunks: Iterable[str], limit: int) -> Iterator[str]:
    """Every line without its break, a long one in parts of at most `limit` characters, cut at white space."""
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split("\n")
        for line in whole:
            yield from cut(line, limit)
        if len(rest) > limit:
            *parts, rest = cut(rest, limit)
            yield from parts
    yield from cut(rest, limit)


def cut(text: str, limit: int) -> Iterator[str]:
    """`text` in parts of at most `limit` characters, cut at the last white space of each part where there is one."""
    start = 0
    while len(text) - start > limit:
        end = max(text.rfind(space, start + 1, start + limit + 1) for space in " \t\n")
        end = end if end > start else start + limit
        yield text[start:end]
        start = end
    yield text[start:]


def split_text(chunks: Iterable[str], split: str, limits: Limits) -> Iterator[str]:
    """The documents of a plain text: lines, paragraphs (blank lines between) or the whole; empty ones are left out."""
    if split in ("auto", "line"):
        yield from filter(None, (line.strip() for line in cut_lines(chunks, limits.max_line_chars)))
        return
    limit = limits.max_document_chars
    block: list[str] = []
    length = 0
    for line in cut_lines(chunks, limit):
        ended = split == "paragraph" and not line.strip()
        if block and (ended or length + len(line) > limit):
            yield "\n".join(block).strip()
            block, length = [], 0
        if not ended and (block or line.strip()):
            block.append(line)
            length += len(line) + 1
    if block:
        yield "\n".join(block).strip()


@dataclass(frozen=True, eq=False)
class Packed:
    """Many documents without label: their UTF-8 one after the other, and the byte where each ends, int64."""

    data: bytes
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)


def packed_lines(chunks: Iterable[str], limit: int) -> Iterator[Packed]:
    """The same documents as `split_text` by lines, some thousands at a time."""
    rest = ""
    for chunk in chunks:
        body, line_break, rest = (rest + chunk).rpartition("\n")
        if line_break:
            yield _packed_lines(body, limit)
        if len(rest) > limit:
            *parts, rest = cut(rest, limit)
            yield _packed(parts)
    yield _packed(cut(rest, limit))


def _packed_lines(body: str, limit: int) -> Packed:
    from embedlab.kernels.text_sentences import strip_lines

    data = np.frombuffer(bytearray(body.encode()), np.uint8)
    out, ends, n_bytes = np.empty_like(data), np.empty(len(data) // 2 + 1, np.int64), np.zeros(1, np.int64)
    n = strip_lines(data, limit, out, ends, n_bytes)
    if n < 0:
        return _packed(part for line in body.split("\n") for part in cut(line, limit))
    return Packed(out[: n_bytes[0]].tobytes(), ends[:n])


def _packed(texts: Iterable[str]) -> Packed:
    stored = [text.encode() for text in map(str.strip, texts) if text]
    return Packed(b"".join(stored), np.cumsum([len(data) for data in stored], dtype=np.int64))


_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_MARKS = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|`{3,}.*$|[-=*_]{3,}[ \t]*$)"
    r"|(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)",
    re.MULTILINE,
)


def without_markdown(text: str) -> str:
    """The words of a Markdown paragraph: links by their text, no marks of headings, lists, quotes or emphasis."""
    return _MARKS.sub("", _LINK.sub(r"\1", text)).strip()


def head_text(source: Source) -> str:
    """The first characters of a text source, for a look before reading; a character cut at the end is left out."""
    head = source.head
    text = head.decode(encoding_of(head, source.name, source.options.encoding).codec, "ignore")
    if len(head) >= HEAD:
        text = text[: text.rfind("\n") + 1] or text
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
