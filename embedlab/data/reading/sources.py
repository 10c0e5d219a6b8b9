"""Sources: the files inside a file. Compressed files and archives are opened layer by layer, within limits.

Nothing is ever unpacked to a path taken from an archive. Every byte that comes out of a decompressor is counted, so a
bomb is noticed while it goes off and not by what its headers claim.
"""

import bz2
import gzip
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.data.reading.encodings import encoding_of
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import Tally
from embedlab.data.reading.sniff import KINDS, kind_of, suffix_of

HEAD = 1 << 16
# A ratio says nothing about small files: this much may always come out.
_HARMLESS = 16 * 2**20
_IN_MEMORY = 32 * 2**20
_DAMAGED = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)


@dataclass(frozen=True)
class Limits:
    """How much one file may hold; sizes in bytes. A document longer than `max_document_chars` is cut in parts."""

    max_file_bytes: int = 4 * 2**30
    max_unpacked_bytes: int = 8 * 2**30
    max_ratio: float = 200
    max_members: int = 10_000
    max_depth: int = 3
    max_json_bytes: int = 256 * 2**20
    max_line_chars: int = 100_000
    max_document_chars: int = 10_000_000
    max_rows: int = 100_000_000


@dataclass(frozen=True)
class Source:
    """A file ready to be read: `stream` stands at its start and is good until the next source is asked for."""

    name: str
    kind: str
    stream: io.BufferedReader
    limits: Limits
    options: ReadOptions = ReadOptions()
    tally: Tally = field(default_factory=Tally)

    @property
    def head(self) -> bytes:
        """The first bytes, up to HEAD of them, still to be read."""
        return self.stream.peek(HEAD)[:HEAD]

    def seekable(self) -> io.BufferedIOBase:
        """The stream itself if it can seek, or a temporary copy of it."""
        return seekable(self.stream)


def source_of_bytes(name: str, data: bytes, options: ReadOptions = ReadOptions()) -> Source:
    """A source of bytes that are held already, read as a table or text by its name; an unknown name is text."""
    kind = KINDS.get(suffix_of(name), "text")
    kind = kind if kind in ("csv", "tsv", "jsonl", "json", "parquet", "sheet") else "text"
    return Source(name, kind, io.BufferedReader(io.BytesIO(data), HEAD), Limits(), options)


class _Budget:
    """What has come out of the decompressors of one file so far."""

    def __init__(self, name: str, packed: int, limits: Limits):
        self.name, self.packed, self.limits = name, max(packed, 1), limits
        self.unpacked = self.members = 0

    def take(self, n: int) -> None:
        self.unpacked += n
        if self.unpacked > self.limits.max_unpacked_bytes:
            raise BadInput(
                f"{self.name} holds more than {size(self.limits.max_unpacked_bytes)} when unpacked, "
                "which is the limit. Split it and add the parts one by one."
            )
        if self.unpacked > _HARMLESS and self.unpacked > self.limits.max_ratio * self.packed:
            raise BadInput(
                f"{self.name} unpacks to more than {self.limits.max_ratio:g} times its {size(self.packed)}, "
                "as only a decompression bomb does. If you trust it, unpack it and add what is inside."
            )


class _Layer(io.RawIOBase):
    """Bytes of `inner`, always as many as asked for while there are some; `seen` is told how many."""

    def __init__(self, inner, name: str, seen: Callable[[int], None]):
        self.inner, self.label, self.seen = inner, name, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        filled = 0
        while filled < len(buffer):
            try:
                piece = self.inner.read(len(buffer) - filled)
            except _DAMAGED as error:
                raise BadInput(
                    f"{self.label} is damaged or cut short and cannot be unpacked ({error}). Download or pack it again."
                ) from None
            if not piece:
                break
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
            self.seen(len(piece))
        return filled


class _File(_Layer):
    """The outermost file: seeks, and tells how far it has been read."""

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.inner.seek(offset, whence)

    def tell(self) -> int:
        return self.inner.tell()


def sources(
    path: Path, *, name: str | None = None, limits: Limits = Limits(), on_read: Callable[[int], None] | None = None
) -> Iterator[Source]:
    """Every readable file at `path`: the file itself, or what its layers of gzip, bzip2 and ZIP hold.

    `on_read` is told, as reading goes on, how many bytes of the file have just been read.
    """
    path = Path(path)
    name = name or path.name or str(path)
    try:
        packed = _checked_size(path, name, limits)
        raw = open(path, "rb", buffering=0)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}. Check its permissions.") from None
    with raw:
        stream = io.BufferedReader(_File(raw, name, on_read or (lambda n: None)), 1 << 18)
        yield from _walk(stream, name, 0, _Budget(name, packed, limits))


def _checked_size(path: Path, name: str, limits: Limits) -> int:
    if not path.exists():
        raise BadInput(f"There is no file {name}. Check the path.")
    if path.exists() and not path.is_file() and not path.is_dir():
        raise BadInput(f"{name} is a device or pipe, not a file. Save the text to a file first.")
    if not path.is_file():
        raise BadInput(f"{name} is a folder, not a file. Add the files in it, or pack them as .zip.")
    n_bytes = path.stat().st_size
    if n_bytes > limits.max_file_bytes:
        raise BadInput(
            f"{name} has {size(n_bytes)}; the limit is {size(limits.max_file_bytes)} a file. "
            "Split it and add the parts."
        )
    if not n_bytes:
        raise BadInput(f"{name} is empty (0 bytes). Choose a file that holds text.")
    return n_bytes


def _walk(stream: io.BufferedReader, name: str, depth: int, budget: _Budget) -> Iterator[Source]:
    head = stream.peek(HEAD)[:HEAD]
    if not head:
        raise BadInput(f"{name} is empty. Choose a file that holds text.")
    kind = kind_of(name, head)
    if kind not in ("gz", "bz2", "zip"):
        yield Source(name, kind, stream, budget.limits)
        return
    if depth >= budget.limits.max_depth:
        raise BadInput(
            f"{budget.name} packs files more than {budget.limits.max_depth} deep. Unpack it and add what is inside."
        )
    if kind == "zip":
        yield from _members(stream, name, depth, budget)
        return
    inner = gzip.GzipFile(fileobj=stream) if kind == "gz" else bz2.BZ2File(stream)
    inside = name[: -len(kind) - 1] if suffix_of(name) == f".{kind}" else name
    yield from _walk(io.BufferedReader(_Layer(inner, name, budget.take), 1 << 18), inside, depth + 1, budget)


def _members(stream: io.BufferedReader, name: str, depth: int, budget: _Budget) -> Iterator[Source]:
    with open_zip(seekable(stream), name, budget.limits) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and m.file_size and not _hidden(m.filename)]
        budget.members += len(archive.infolist())
        if budget.members > budget.limits.max_members:
            raise BadInput(
                f"{budget.name} holds more than {budget.limits.max_members:,} files, which is the limit. "
                "Put the texts into one .csv or .jsonl file."
            )
        known = [m for m in members if suffix_of(m.filename) in KINDS]
        refused = BadInput(f"{name} holds no file with anything in it. Choose another archive.")
        n_read = 0
        for member in known or members:
            label = f"{name} › {member.filename}"
            with archive.open(member) as inner:
                layer = io.BufferedReader(_Layer(inner, label, budget.take), 1 << 18)
                problem = None if known else _problem(label, layer.peek(HEAD)[:HEAD])
                if problem:
                    refused = problem
                    continue
                yield from _walk(layer, label, depth + 1, budget)
                n_read += 1
        if not n_read:
            raise refused


def _problem(name: str, head: bytes) -> BadInput | None:
    """Why a member without a known suffix cannot be read, None if it can."""
    try:
        if kind_of(name, head) == "text":
            encoding_of(head, name)
    except BadInput as problem:
        return problem
    return None


def open_zip(stream: io.BufferedIOBase, name: str, limits: Limits) -> zipfile.ZipFile:
    """The archive, once its list of members is found to be harmless; BadInput otherwise."""
    try:
        archive = zipfile.ZipFile(stream)
    except (*_DAMAGED, ValueError) as error:
        raise BadInput(f"{name} is not a ZIP archive that can be read ({error}). Pack it again.") from None
    members = archive.infolist()
    if len(members) > limits.max_members:
        raise BadInput(
            f"{name} holds {len(members):,} files; the limit is {limits.max_members:,}. "
            "Put the texts into one .csv or .jsonl file."
        )
    for member in members:
        if re.match(r"[/\\]|[A-Za-z]:", member.filename) or ".." in re.split(r"[/\\]", member.filename):
            raise BadInput(
                f"{name} holds the member {member.filename!r}, whose path leads out of the archive. "
                "Such archives are not opened; pack the files again."
            )
        if member.flag_bits & 1:
            raise BadInput(f"{name} is encrypted ({member.filename} needs a password). Unpack it and add the files.")
    claimed = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if claimed > limits.max_unpacked_bytes:
        raise BadInput(
            f"{name} holds {size(claimed)} when unpacked; the limit is {size(limits.max_unpacked_bytes)}. "
            "Split it and add the parts one by one."
        )
    if claimed > _HARMLESS and claimed > limits.max_ratio * max(packed, 1):
        raise BadInput(
            f"{name} unpacks from {size(packed)} to {size(claimed)}, more than {limits.max_ratio:g} times, "
            "as only a decompression bomb does. If you trust it, unpack it and add what is inside."
        )
    return archive


def _hidden(filename: str) -> bool:
    """Whether a member is what file managers leave behind."""
    parts = re.split(r"[/\\]", filename)
    return parts[0] == "__MACOSX" or parts[-1].startswith(".") or parts[-1] == "Thumbs.db"


def seekable(stream: io.BufferedReader) -> io.BufferedIOBase:
    """The stream, or a temporary copy that can seek."""
    if stream.seekable():
        return stream
    copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
    while piece := stream.read(1 << 20):
        copy.write(piece)
    copy.seek(0)
    return copy


def size(n_bytes: float) -> str:
    """A number of bytes as people write it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < 1000 or unit == "GB":
            return f"{n_bytes:,.0f} {unit}" if unit == "bytes" or n_bytes >= 100 else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return ""
