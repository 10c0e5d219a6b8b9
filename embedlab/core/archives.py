"""The one guard for packed files: gzip, bzip2, xz, ZIP (also inside office documents) and Parquet.

Every byte that a decompressor gives is counted against a `Budget`, so a bomb is noticed while it goes off, whatever its
headers claim. What headers do claim is checked first. Nothing is unpacked to a path taken from an archive.
"""

import bz2
import gzip
import io
import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Protocol

from embedlab.core.errors import BadInput
from embedlab.core.sizes import size

HARMLESS = 16 * 2**20  # a ratio says nothing about small files: this much may always come out
IN_MEMORY = 32 * 2**20
XZ_MEMORY = 256 * 2**20  # a header of a few bytes may ask for 4 GB; `xz -9` needs 65 MB
ROWS = 1024  # of a Parquet table, decoded at a time
MOST_CHUNKS = 1_000_000  # row groups times columns
DAMAGED = (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError)
MARKS = {"gz": (b"\x1f\x8b",), "bz2": (b"BZh",), "xz": (b"\xfd7zXZ\x00",), "zip": (b"PK\x03\x04", b"PK\x05\x06")}


@dataclass(frozen=True)
class Bounds:
    """What may come out of one packed file; a size in bytes, a ratio to its own size, members, and layers."""

    max_unpacked_bytes: int = 8 * 2**30
    max_ratio: float = 200
    max_members: int = 10_000
    max_depth: int = 3


class Budget:
    """What has come out of one file so far. A class because it guards that count, over all layers of the file."""

    def __init__(self, name: str, packed: int, bounds: Bounds = Bounds()):
        self.name, self.packed, self.bounds = name, max(packed, 1), bounds
        self.unpacked = self.members = 0

    def take(self, n_bytes: int) -> None:
        """Count bytes that came out; BadInput when there are too many of them."""
        self.unpacked += n_bytes
        self.check(self.unpacked, self.name)

    def check(self, unpacked: int, name: str) -> None:
        """BadInput if `unpacked` bytes are too many for this file, whose part `name` claims or gives them."""
        if unpacked > self.bounds.max_unpacked_bytes:
            raise BadInput(
                f"{name} holds more than {size(self.bounds.max_unpacked_bytes)} when unpacked, which is the limit. "
                "Split it into smaller files."
            )
        if unpacked > HARMLESS and unpacked > self.bounds.max_ratio * self.packed:
            raise BadInput(
                f"{name} unpacks to more than {self.bounds.max_ratio:g} times its size ({size(self.packed)}), as only "
                "a decompression bomb does. If you trust it, unpack it yourself and use what is inside."
            )

    def add_members(self, n: int, name: str) -> None:
        """Count the files of an archive; BadInput when there are too many of them."""
        self.members += n
        if self.members > self.bounds.max_members:
            raise BadInput(
                f"{name} holds {self.members:,} files; the limit is {self.bounds.max_members:,}. "
                "Put their contents into fewer, larger files."
            )


# Streams


class Readable(Protocol):
    """What gives bytes when it is read; none at its end."""

    def read(self, n: int, /) -> bytes: ...


def packed_as(head: bytes) -> str | None:
    """How a file that starts with these bytes is packed: "gz", "bz2", "xz" or "zip"; None if it is not."""
    return next((kind for kind, marks in MARKS.items() if head.startswith(marks)), None)


def unpacked(stream: IO[bytes], kind: str, name: str, budget: Budget) -> io.BufferedReader:
    """What a "gz", "bz2" or "xz" stream holds, counted as it is read; BadInput while reading if it is damaged."""
    openers: dict[str, Callable[[], Readable]] = {
        "gz": lambda: gzip.GzipFile(fileobj=stream),
        "bz2": lambda: bz2.BZ2File(stream),
        "xz": lambda: _Xz(stream),
    }
    return counted(openers[kind](), name, budget.take)


def counted(inner: Readable, name: str, seen: Callable[[int], None]) -> io.BufferedReader:
    """A stream of the bytes of `inner`; `seen` is told how many were read. BadInput while reading if it is damaged."""
    return io.BufferedReader(Layer(inner, name, seen), 1 << 18)


class Layer(io.RawIOBase):
    """Bytes of `inner`, as many as asked for while there are some; a class because `io` asks for one."""

    def __init__(self, inner, name: str, seen: Callable[[int], None]):
        self.inner, self.label, self.seen = inner, name, seen

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        filled = 0
        while filled < len(buffer):
            try:
                piece = self.inner.read(len(buffer) - filled)
            except DAMAGED as error:
                raise BadInput(
                    f"{self.label} is damaged or cut short and cannot be unpacked ({error}). Download or pack it again."
                ) from None
            if not piece:
                break
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
            self.seen(len(piece))
        return filled


class _Xz:
    """Reads xz with a bound on memory, which the library's own file object does not take."""

    def __init__(self, stream: IO[bytes]):
        self.stream, self.ended = stream, False
        self.decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)

    def read(self, n: int) -> bytes:
        while not self.ended:
            waiting = self.decoder.unused_data if self.decoder.eof else b""
            fed = waiting or (self.stream.read(1 << 16) if self.decoder.eof or self.decoder.needs_input else b"")
            if self.decoder.eof:
                fed = fed.lstrip(b"\0")  # padding between two streams
                if not fed:
                    self.ended = True
                    break
                self.decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
            elif not fed and self.decoder.needs_input:
                raise EOFError("the file ends inside the compressed data")
            if piece := self.decoder.decompress(fed, n):
                return piece
        return b""


def seekable(stream: IO[bytes]) -> IO[bytes]:
    """The stream, or a temporary copy of it that can seek."""
    if stream.seekable():
        return stream
    copy = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
    while piece := stream.read(1 << 20):
        copy.write(piece)
    copy.seek(0)
    return copy


# ZIP


@contextmanager
def opened_zip(stream: IO[bytes], name: str, budget: Budget) -> Iterator[zipfile.ZipFile]:
    """The archive, once its list of members is found to be harmless; BadInput otherwise.

    The list is checked for paths that lead out of the archive, for passwords, for the number of members and for the
    sizes they claim. The bytes of a member never exceed its claim.
    """
    try:
        archive = zipfile.ZipFile(stream)
    except (*DAMAGED, ValueError) as error:
        raise BadInput(f"{name} is not a ZIP archive that can be read ({error}). Pack it again.") from None
    with archive:
        members = archive.infolist()
        budget.add_members(len(members), name)
        for member in members:
            _check_member(member, name)
        budget.check(sum(member.file_size for member in members), name)
        yield archive


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    parts = re.split(r"[/\\]", member.filename)
    if re.match(r"[/\\]|[A-Za-z]:", member.filename) or ".." in parts:
        raise BadInput(
            f"{name} holds the member {member.filename[:80]!r}, whose path leads out of the archive. "
            "Such archives are not opened; pack the files again."
        )
    if member.flag_bits & 1:
        raise BadInput(f"{name} is encrypted ({member.filename[:80]} needs a password). Unpack it and use the files.")


def member_stream(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, budget: Budget) -> io.BufferedReader:
    """The bytes of one member, counted as they are read; BadInput if it is damaged."""
    try:
        return counted(archive.open(member), name, budget.take)
    except (*DAMAGED, RuntimeError) as error:
        raise BadInput(f"{name} is damaged and cannot be unpacked ({error}). Pack it again.") from None


def is_hidden(filename: str) -> bool:
    """Whether a member is what file managers leave behind, or lies in a folder whose name begins with a dot."""
    parts = [part for part in re.split(r"[/\\]", filename) if part.strip(".")]
    return bool({"__MACOSX", "Thumbs.db"} & set(parts)) or any(part.startswith(".") for part in parts)


# Parquet


def open_parquet(stream: IO[bytes], name: str, budget: Budget):
    """The `pyarrow.parquet.ParquetFile` of a stream that can seek, once its footer is found to be harmless.

    BadInput if it is no Parquet file, or if the footer declares more values or bytes than the budget has.
    """
    import pyarrow.parquet as pq

    with _parquet_errors(name):
        file = pq.ParquetFile(stream, pre_buffer=False)
        # Texts stay coded as they are in the file: a value repeated a million times is held once.
        coded = [file.schema.column(i) for i in range(len(file.schema))]
        coded = [column.path for column in coded if column.physical_type == "BYTE_ARRAY"]
        file = pq.ParquetFile(stream, metadata=file.metadata, read_dictionary=coded, pre_buffer=False)
        declared = _declared_bytes(file.metadata, file.schema)
    if declared is None:
        raise BadInput(
            f"{name} is cut into more than {MOST_CHUNKS:,} pieces. Write it again with fewer, larger row groups."
        )
    budget.check(budget.unpacked + declared, name)
    return file


def _declared_bytes(metadata, schema) -> int | None:
    """Bytes that the footer declares: of pages unpacked, or of values decoded, whichever is more. None for too many."""
    if metadata.num_row_groups * metadata.num_columns > MOST_CHUNKS:
        return None
    widths = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "BYTE_ARRAY": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
    of_column = [
        widths.get(schema.column(i).physical_type) or schema.column(i).length for i in range(metadata.num_columns)
    ]
    total = 0
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for i, width in enumerate(of_column):
            chunk = group.column(i)
            total += max(chunk.total_uncompressed_size, chunk.num_values * width, 0)
    return total


def parquet_batches(file, columns: Sequence[str], name: str, budget: Budget) -> Iterator:
    """The rows of a file of `open_parquet` as record batches of ROWS rows at most, each of moderate size once decoded.

    Every byte that a consumer would get is counted. BadInput if the file is damaged or there are too many.
    """
    for group in range(file.num_row_groups):  # each has dictionaries of its own, which nested columns cannot mix
        with _parquet_errors(name):
            batches = file.iter_batches(batch_size=ROWS, row_groups=[group], columns=list(columns))
        while (batch := _next(batches, name)) is not None:
            for piece in _pieces(batch):
                budget.take(decoded_bytes(piece))
                yield piece


def _next(batches: Iterator, name: str):
    """The next batch, its texts and indices checked; None at the end."""
    with _parquet_errors(name):
        batch = next(batches, None)
        if batch is not None:
            batch.validate(full=True)
        return batch


def _pieces(batch) -> Iterator:
    """A batch cut until each piece has one row or decodes to IN_MEMORY bytes at most."""
    if batch.num_rows <= 1 or decoded_bytes(batch) <= IN_MEMORY:
        yield batch
    else:
        half = batch.num_rows // 2
        yield from _pieces(batch.slice(0, half))
        yield from _pieces(batch.slice(half))


def decoded_bytes(array) -> int:
    """Bytes that an Arrow array or batch takes once every repeated value stands for itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.RecordBatch):
        return sum(map(decoded_bytes, array.columns))
    if isinstance(array, pa.DictionaryArray):
        values = array.dictionary
        of_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
        if not any(check(values.type) for check in of_text):
            return values.nbytes // max(len(values), 1) * len(array) + array.nbytes
        lengths = pc.take(pc.cast(pc.binary_length(values), pa.int64()), array.indices)
        return (pc.sum(lengths).as_py() or 0) + 4 * len(array)
    if isinstance(array, pa.StructArray):
        return sum(decoded_bytes(child) for child in array.flatten()) + len(array) // 8
    if isinstance(array, pa.MapArray):
        first, last = array.offsets[0].as_py(), array.offsets[-1].as_py()
        inside = (part.slice(first, last - first) for part in (array.keys, array.items))
        return sum(map(decoded_bytes, inside)) + 4 * len(array)
    if isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        return decoded_bytes(array.flatten()) + 4 * len(array)
    return array.nbytes


def value_type(kind):
    """The Arrow type of the values of a column that may be coded by a dictionary."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind


@contextmanager
def _parquet_errors(name: str) -> Iterator[None]:
    """BadInput for what pyarrow raises inside; only calls of pyarrow stand in such a block."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        what = str(error).split("\n")[0][:200]
        raise BadInput(f"{name} is not a Parquet file that can be read ({what}). Write it again.") from None
