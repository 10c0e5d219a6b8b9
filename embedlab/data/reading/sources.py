"""Sources: the files inside a file. Compressed files and archives are opened layer by layer, within limits."""

import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from embedlab.core.archives import Bounds, Budget, Layer, is_hidden, member_stream, opened_zip, seekable, unpacked
from embedlab.core.errors import BadInput
from embedlab.core.sizes import size
from embedlab.data.reading.encodings import encoding_of
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import Tally
from embedlab.data.reading.sniff import KINDS, kind_of, suffix_of

HEAD = 1 << 16
PACKED = ("gz", "bz2", "xz", "zip")


@dataclass(frozen=True)
class Limits(Bounds):
    """How much one file may hold; sizes in bytes. A document longer than `max_document_chars` is cut in parts."""

    max_file_bytes: int = 4 * 2**30
    max_json_bytes: int = 256 * 2**20
    max_line_chars: int = 100_000
    max_document_chars: int = 10_000_000
    max_rows: int = 100_000_000


@dataclass(frozen=True)
class Source:
    """A file ready to be read: `stream` stands at its start and is good until the next source is asked for.

    budget: what may still come out of the file it lies in, for formats that unpack more by themselves.
    """

    name: str
    kind: str
    stream: io.BufferedReader
    limits: Limits
    budget: Budget
    options: ReadOptions = ReadOptions()
    tally: Tally = field(default_factory=Tally)

    @property
    def head(self) -> bytes:
        """The first bytes, up to HEAD of them, still to be read."""
        return self.stream.peek(HEAD)[:HEAD]

    def seekable(self) -> IO[bytes]:
        """The stream itself if it can seek, or a temporary copy of it."""
        return seekable(self.stream)

    def own_budget(self, stream: IO[bytes]) -> Budget:
        """A budget by the size of this source alone, for a document that is a ZIP archive by itself."""
        packed = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        return Budget(self.name, packed, self.limits)


def source_of_bytes(name: str, data: bytes, options: ReadOptions = ReadOptions()) -> Source:
    """A source of bytes that are held already, read as a table or text by its name; an unknown name is text."""
    kind = KINDS.get(suffix_of(name), "text")
    kind = kind if kind in ("csv", "tsv", "jsonl", "json", "parquet", "sheet") else "text"
    return Source(name, kind, io.BufferedReader(io.BytesIO(data), HEAD), Limits(), Budget(name, len(data)), options)


class _File(Layer):
    """The outermost file: seeks, and tells how far it has been read."""

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.inner.seek(offset, whence)

    def tell(self) -> int:
        return self.inner.tell()


def sources(
    path: Path, *, name: str | None = None, limits: Limits = Limits(), on_read: Callable[[int], None] | None = None
) -> Generator[Source, None, None]:
    """Every readable file at `path`: the file itself, or what its layers of gzip, bzip2, xz and ZIP hold.

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
        stream: io.BufferedReader = io.BufferedReader(_File(raw, name, on_read or (lambda n: None)), 1 << 18)
        yield from _walk(stream, name, 0, limits, Budget(name, packed, limits))


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


def _walk(stream: io.BufferedReader, name: str, depth: int, limits: Limits, budget: Budget) -> Iterator[Source]:
    head = stream.peek(HEAD)[:HEAD]
    if not head:
        raise BadInput(f"{name} is empty. Choose a file that holds text.")
    kind = kind_of(name, head)
    if kind not in PACKED:
        yield Source(name, kind, stream, limits, budget)
        return
    if depth >= limits.max_depth:
        raise BadInput(
            f"{budget.name} packs files more than {limits.max_depth} deep. Unpack it and add what is inside."
        )
    if kind == "zip":
        yield from _members(stream, name, depth, limits, budget)
        return
    inside = name[: -len(kind) - 1] if suffix_of(name) == f".{kind}" else name
    yield from _walk(unpacked(stream, kind, name, budget), inside, depth + 1, limits, budget)


def _members(stream: io.BufferedReader, name: str, depth: int, limits: Limits, budget: Budget) -> Iterator[Source]:
    with opened_zip(seekable(stream), name, budget) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and m.file_size and not is_hidden(m.filename)]
        known = [m for m in members if suffix_of(m.filename) in KINDS]
        refused = BadInput(f"{name} holds no file with anything in it. Choose another archive.")
        n_read = 0
        for member in known or members:
            label = f"{name} › {member.filename}"
            with member_stream(archive, member, label, budget) as layer:
                problem = None if known else _problem(label, layer.peek(HEAD)[:HEAD])
                if problem:
                    refused = problem
                    continue
                yield from _walk(layer, label, depth + 1, limits, budget)
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
