"""Attributes of documents: all columns of a table that are not text, label or score, one row for each document.

They are written while documents are read, first as text, and once the last row is known with the type that suits the
whole column: whole number, number, true or false, date, time, or text. The file is Arrow IPC without compression, so
that readers map it into memory and touch only the columns and rows they ask for.
"""

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedlab.core.files import write_bytes
from embedlab.data.reading.tables import as_text

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "attributes.arrow"
MOST_COLUMNS = 500  # a table with more columns is a matrix; the first ones are kept
BLOCK_ROWS, BLOCK_CHARS = 8_192, 1 << 24
_VECTOR = 16  # a list with at least as many numbers is a vector, not an attribute

# Kinds a column may have, the narrowest first, each with the pattern of its cells. Numbers with leading zeros and
# integers of more than 18 digits are codes: as numbers they would change.
_PATTERNS = {
    "boolean": r"^(?i:true|false)$",
    "integer": r"^[+-]?(0|[1-9]\d{0,17})$",
    "number": r"^[+-]?((0|[1-9]\d{0,17})?\.\d+|(0|[1-9]\d{0,17})\.?)([eE][+-]?\d{1,3})?$",
    "decimal comma": r"^[+-]?(0|[1-9]\d{0,17})(,\d+)?$",
    "date": r"^\d{4}-\d\d-\d\d$",
    "time": r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?$",
    "zoned time": r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$",
}
# A comma before three digits may part thousands: a column of such cells alone stays text.
_SURELY_DECIMAL = r",(\d{1,2}|\d{4,})$"


def stored_attributes(folder: Path) -> "pa.Table | None":
    """The attributes kept in the folder of a corpus, mapped into memory; None for a corpus without any."""
    import pyarrow as pa

    path = Path(folder) / FILE
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all() if path.exists() else None


def attributes_of(rows: Iterable[Mapping[str, Any] | None]) -> "pa.Table | None":
    """The attributes of these rows as a table with the type that suits each column; None without any."""
    import pyarrow as pa

    with tempfile.TemporaryDirectory() as folder, AttributeWriter(Path(folder)) as writer:
        writer.add(rows)
        writer.finish()
        path = Path(folder) / FILE
        return pa.ipc.open_file(path.read_bytes()).read_all() if path.exists() else None


def save_attributes(table: "pa.Table", folder: Path) -> None:
    """Write a table of attributes into a folder, from which `stored_attributes` reads it."""
    import pyarrow as pa

    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as out:
        out.write_table(table)
    write_bytes(Path(folder) / FILE, sink.getvalue())


class AttributeWriter:
    """Collects the attributes of documents in reading order; `finish` writes the file."""

    def __init__(self, work: Path):
        self.path, self.raw_path = work / FILE, work / "raw_attributes"
        self.raw = open(self.raw_path, "wb")  # noqa: SIM115 - closed by `finish` and `__exit__`
        self.rows: list[Mapping[str, Any] | None] = []
        self.chars = 0
        self.kinds: dict[str, set[str]] = {}
        self.decimal: set[str] = set()
        self.sizes: list[int] = []
        self.bare: list[int] = []  # sizes of the first blocks, while no row has any attribute
        self.left_out: set[str] = set()

    def __enter__(self) -> "AttributeWriter":
        return self

    def __exit__(self, *_) -> None:
        self.raw.close()
        self.raw_path.unlink(missing_ok=True)

    def add(self, rows: Iterable[Mapping[str, Any] | None]) -> None:
        """The attributes of the next documents, None for a document without any."""
        for row in rows:
            self.rows.append(row)
            if row:
                self.chars += sum(len(cell) for cell in row.values() if isinstance(cell, str))
            if len(self.rows) >= BLOCK_ROWS or self.chars >= BLOCK_CHARS:
                self._flush()

    def finish(self) -> str | None:
        """The digest of all names and values once the file is written; None, and no file, without attributes."""
        self._flush()
        self.raw.close()
        if not self.kinds:
            return None
        import pyarrow as pa

        names = list(self.kinds)
        schema = pa.schema([(name, self._type(name)) for name in names])
        digests = {name: (hashlib.blake2b(), hashlib.blake2b()) for name in names}
        with pa.OSFile(str(self.path), "wb") as file, pa.ipc.new_file(file, schema) as out:
            for n, block in self._blocks():
                columns = [block.get(name, pa.nulls(n, pa.string())) for name in names]
                for name, column in zip(names, columns, strict=True):
                    _update(digests[name], column)
                out.write_batch(
                    pa.record_batch([self._cast(name, c) for name, c in zip(names, columns, strict=True)], schema)
                )
        found = [[name, *(digest.hexdigest() for digest in digests[name])] for name in names]
        return hashlib.blake2b(repr(found).encode(), digest_size=16).hexdigest()

    def _flush(self) -> None:
        """Write the rows collected so far as columns of text."""
        rows, self.rows, self.chars = self.rows, [], 0
        if not rows:
            return
        if not self.kinds and not any(rows):  # a text without a table does not load Arrow
            self.bare.append(len(rows))
            return
        import pyarrow as pa

        while self.bare:
            self.sizes.append(self.bare.pop(0))
            with pa.ipc.new_stream(self.raw, pa.schema([("", pa.null())])) as out:
                out.write_batch(pa.record_batch({"": pa.nulls(0)}))
        self.sizes.append(len(rows))
        names = dict.fromkeys(name for row in rows if row for name in row)
        arrays = {}
        for name in names:
            if name not in self.kinds and len(self.kinds) >= MOST_COLUMNS:
                self.left_out.add(name)
                continue
            arrays[name] = _text_array([None if row is None else cell_text(row.get(name)) for row in rows])
            self._narrow(name, arrays[name])
        batch = pa.record_batch(list(arrays.values()), list(arrays)) if arrays else pa.record_batch({"": pa.nulls(0)})
        with pa.ipc.new_stream(self.raw, batch.schema) as out:
            out.write_batch(batch)

    def _narrow(self, name: str, cells: "pa.Array") -> None:
        """Drop the kinds that some cell of the column does not have."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kinds = self.kinds.setdefault(name, set(_PATTERNS))
        for kind in list(kinds):
            if pc.all(pc.match_substring_regex(cells, _PATTERNS[kind])).as_py() is False:
                kinds.discard(kind)
        for kind in kinds & {"date", "time", "zoned time"}:
            try:  # the 31st of February has the right pattern
                cells.cast(_arrow_type(kind))
            except pa.ArrowInvalid:
                kinds.discard(kind)
        if "decimal comma" in kinds and pc.any(pc.match_substring_regex(cells, _SURELY_DECIMAL)).as_py():
            self.decimal.add(name)

    def _kind(self, name: str) -> str:
        """The narrowest kind that all cells of a column have."""
        for kind in _PATTERNS:
            if kind in self.kinds[name] and (kind != "decimal comma" or name in self.decimal):
                return "text" if len(self.kinds[name]) == len(_PATTERNS) else kind  # all fit: the column is empty
        return "text"

    def _type(self, name: str) -> "pa.DataType":
        return _arrow_type(self._kind(name))

    def _cast(self, name: str, cells: "pa.Array") -> "pa.Array":
        import pyarrow.compute as pc

        kind = self._kind(name)
        if kind == "boolean":
            cells = pc.utf8_lower(cells)
        if kind == "integer":
            cells = pc.replace_substring_regex(cells, r"^\+", "")
        if kind == "decimal comma":
            cells = pc.replace_substring(cells, ",", ".")
        if kind in ("number", "decimal comma"):
            cells = pc.replace_substring_regex(cells, r"^\+", "")
        return cells.cast(_arrow_type(kind))

    def _blocks(self) -> Iterator[tuple[int, dict]]:
        """The blocks written so far: how many rows each has, and its columns by name."""
        import pyarrow as pa

        with open(self.raw_path, "rb") as file:
            for n in self.sizes:
                (batch,) = pa.ipc.open_stream(file)  # to its end, where the next block begins
                yield n, dict(zip(batch.schema.names, batch.columns, strict=True)) if batch.num_rows else {}


def cell_text(value: Any) -> str | None:
    """A cell of a table as it is kept, without white space around it; None for an empty one and for a vector."""
    if isinstance(value, list) and len(value) >= _VECTOR and all(isinstance(v, int | float) for v in value):
        return None
    return as_text(value).strip() or None


def _text_array(cells: list[str | None]) -> "pa.Array":
    import pyarrow as pa

    try:
        return pa.array(cells, pa.string())
    except UnicodeEncodeError:  # lone surrogates, which JSON can hold
        return pa.array([cell and cell.encode("utf-8", "replace").decode("utf-8") for cell in cells], pa.string())


def _arrow_type(kind: str) -> "pa.DataType":
    import pyarrow as pa

    return {
        "boolean": pa.bool_(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "decimal comma": pa.float64(),
        "date": pa.date32(),
        "time": pa.timestamp("us"),
        "zoned time": pa.timestamp("us", "UTC"),
        "text": pa.string(),
    }[kind]


def _update(digests: tuple, cells: "pa.Array") -> None:
    """Feed a column of text to the digests of its lengths (-1 for a missing cell) and of its bytes."""
    import pyarrow.compute as pc

    lengths, data = digests
    lengths.update(pc.fill_null(pc.binary_length(cells), -1).to_numpy().astype("<i4").tobytes())
    joined = pc.fill_null(cells, "")
    bounds = joined.buffers()[1], joined.buffers()[2]
    if bounds[1] is not None:
        offsets = memoryview(bounds[0]).cast("i")[joined.offset : joined.offset + len(joined) + 1]
        data.update(memoryview(bounds[1])[offsets[0] : offsets[-1]])
