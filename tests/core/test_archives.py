"""The guard for packed files: bombs of every kind are refused while little has come out, honest files are read."""

import bz2
import contextlib
import gzip
import io
import lzma
import zipfile
import zlib

import pytest

from embedlab.core.archives import (
    HARMLESS,
    Bounds,
    Budget,
    decoded_bytes,
    is_hidden,
    member_stream,
    open_parquet,
    opened_zip,
    packed_as,
    parquet_batches,
    unpacked,
)
from embedlab.core.errors import BadInput

PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
BOMB = "unpacks to more than 200 times its size"


def read(kind: str, data: bytes, bounds: Bounds = Bounds()) -> tuple[bytes, Budget]:
    budget = Budget(f"a.{kind}", len(data), bounds)
    return unpacked(io.BytesIO(data), kind, budget.name, budget).read(), budget


@pytest.mark.parametrize("kind", PACKERS)
def test_packed_stream_comes_out_as_it_went_in_and_is_counted(kind):
    text = "".join(f"line {i}\n" for i in range(20_000)).encode()
    packed = PACKERS[kind](text) + PACKERS[kind](b"second stream")
    found, budget = read(kind, packed)
    assert found == text + b"second stream" and budget.unpacked == len(found) and packed_as(packed) == kind


@pytest.mark.parametrize("kind", PACKERS)
def test_bomb_is_refused_while_little_has_come_out(kind):
    packed = PACKERS[kind](bytes(4 * HARMLESS))
    budget = Budget("a", len(packed))
    with pytest.raises(BadInput, match=BOMB), unpacked(io.BytesIO(packed), kind, "a", budget) as stream:
        while stream.read(1 << 16):
            pass
    assert budget.unpacked < max(HARMLESS, 200 * len(packed)) + (1 << 19)


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("cut", [-1, -10, 20])
def test_stream_cut_short_is_damaged(kind, cut):
    with pytest.raises(BadInput, match="is damaged or cut short"):
        read(kind, PACKERS[kind](b"text " * 9999)[:cut])


def test_xz_that_asks_for_gigabytes_of_memory_is_refused():
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    # The header alone asks for it: a compressor with such a dictionary would need ten times as much here.
    packed = bytearray(lzma.compress(b"text"))
    asked = lzma._encode_filter_properties(filters[0])  # one byte, the size of the dictionary
    at = packed.index(b"\x21\x01", 12) + 2
    packed[at : at + 1] = asked
    packed[20:24] = zlib.crc32(bytes(packed[12:20])).to_bytes(4, "little")
    with pytest.raises(BadInput, match="damaged or cut short .*[Mm]emory"):
        read("xz", bytes(packed))


def test_size_over_the_limit_is_refused():
    with pytest.raises(BadInput, match=r"holds more than 10.0 kB when unpacked"):
        read("gz", gzip.compress(b"text " * 9999), Bounds(max_unpacked_bytes=10_000))


# ZIP


def zip_of(members: dict[str, bytes], *, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def members(data: bytes, bounds: Bounds = Bounds()) -> dict[str, bytes]:
    budget, found = Budget("a.zip", len(data), bounds), {}
    with opened_zip(io.BytesIO(data), "a.zip", budget) as archive:
        for member in archive.infolist():
            found[member.filename] = member_stream(archive, member, "a.zip", budget).read()
    return found


def test_zip_comes_out_as_it_went_in():
    assert members(zip_of({"a": b"1", "d/b": b"2"})) == {"a": b"1", "d/b": b"2"}


@pytest.mark.parametrize("name", ["../a", "/etc/a", "C:\\a", "d\\..\\..\\a", "\\a"])
def test_zip_whose_member_leads_out_is_refused(name):
    with pytest.raises(BadInput, match="leads out of the archive"):
        members(zip_of({name: b"x"}))


def test_zip_of_too_many_members_is_refused_over_all_layers():
    inner = zip_of({f"{i}": b"x" for i in range(6)})
    budget = Budget("a.zip", 1000, Bounds(max_members=10))
    with pytest.raises(BadInput, match="holds 12 files; the limit is 10"):
        for _ in range(2):
            with opened_zip(io.BytesIO(inner), "a.zip", budget):
                pass


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_bomb_is_refused_by_what_it_claims(kind):
    with pytest.raises(BadInput, match=BOMB):
        members(zip_of({"a": bytes(2 * HARMLESS)}, kind=kind))


def test_zip_whose_members_share_their_bytes_is_measured_by_the_size_of_the_file():
    """Each of 150 entries claims the same data: each is harmless, and so is the sum of their packed sizes."""
    data = bytearray(zip_of({"a": b"text, not noise, " * 60_000}))
    start, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry, tail = bytes(data[start:end]), bytearray(data[end:])
    tail[8:12] = (150).to_bytes(2, "little") * 2
    tail[12:16] = (150 * len(entry)).to_bytes(4, "little")
    with pytest.raises(BadInput, match=BOMB):
        members(bytes(data[:start]) + entry * 150 + bytes(tail))


def test_damaged_member_is_refused():
    whole = zip_of({"a": b"hello" * 10}, kind=zipfile.ZIP_STORED)
    with pytest.raises(BadInput, match="is damaged or cut short"):
        members(whole.replace(b"hello", b"jello", 1))


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("__MACOSX/a", True), ("d/.git/a", True), (".a", True), ("d/Thumbs.db", True), ("./a.txt", False), ("a.b", False)],
)
def test_hidden_members(name, hidden):
    assert is_hidden(name) == hidden


# Parquet


def parquet_of(columns: dict, **options) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="zstd", **options)
    return file.getvalue()


def rows(data: bytes, budget: Budget | None = None) -> list[dict]:
    budget = budget or Budget("a.parquet", len(data))
    file = open_parquet(io.BytesIO(data), budget.name, budget)
    found = []
    for batch in parquet_batches(file, file.schema_arrow.names, budget.name, budget):
        found += batch.to_pylist()
    return found


LONG = "word " * 20_000


def numbers(pa):
    return pa.array([1]).take(pa.nulls(3_000_000, pa.int64()).fill_null(0))


BOMBS = {
    "a long text, coded once": lambda pa: [LONG] * 200,
    "a text of the kind large": lambda pa: pa.array([LONG] * 200, pa.large_string()),
    "one huge page": lambda pa: ["word " * 4_000_000],
    "texts in lists": lambda pa: [[LONG] * 20] * 10,
    "one list without end": lambda pa: pa.ListArray.from_arrays([0, 5_000_000], pa.nulls(5_000_000, pa.string())),
    "texts in structs": lambda pa: [{"a": {"b": LONG}}] * 200,
    "texts in maps": lambda pa: pa.array([[("key", LONG)]] * 200, pa.map_(pa.string(), pa.string())),
    "a categorical": lambda pa: pa.array([LONG] * 200).dictionary_encode(),
    "nulls": lambda pa: pa.nulls(5_000_000, pa.string()),
    "numbers": numbers,
}


@pytest.mark.parametrize("kind", BOMBS)
def test_parquet_bomb_is_refused_before_it_takes_memory(kind):
    import pyarrow as pa

    data = parquet_of({"text": BOMBS[kind](pa)})
    before = pa.total_allocated_bytes()
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    pa.set_memory_pool(pool)
    try:
        budget = Budget("a.parquet", len(data))
        with pytest.raises(BadInput, match=BOMB):
            rows(data, budget)
        assert len(data) < 50_000 and pool.max_memory() < 8 * 2**20
    finally:
        pa.set_memory_pool(pa.system_memory_pool())
    assert pa.total_allocated_bytes() <= before + 2**20


def test_parquet_of_many_row_groups_counts_them_together():
    data = parquet_of({"text": ["word " * 2_000] * 600}, row_group_size=1)
    with pytest.raises(BadInput, match="when unpacked"):
        rows(data, Budget("a.parquet", len(data), Bounds(max_unpacked_bytes=10**6)))
    assert len(rows(data)) == 600  # row groups repeat the text in the file, so this is no bomb


def test_parquet_comes_out_as_it_went_in():
    import datetime

    import pyarrow as pa

    columns = {
        "text": ["a", "", None, "b"] * 300,
        "large": pa.array(["q", None, "r", "s"] * 300, pa.large_string()),
        "category": pa.array(["u", "v", None, "u"] * 300).dictionary_encode(),
        "list": [["x"], None, [], ["y", None]] * 300,
        "struct": [{"a": "1", "n": 1}, {"a": None, "n": 2}, None, {"a": "2", "n": None}] * 300,
        "map": pa.array([[("k", "v")], None, [], [("l", None)]] * 300, pa.map_(pa.string(), pa.string())),
        "number": [1, None, 3, 4] * 300,
        "day": [datetime.date(2020, 1, 1)] * 1200,
        "vector": pa.array([[1.0, 2.0]] * 1200, pa.list_(pa.float32(), 2)),
    }
    expected = pa.table(columns).to_pylist()
    assert rows(parquet_of(columns)) == expected
    assert rows(parquet_of(columns, row_group_size=7)) == expected


def test_long_texts_that_differ_are_read_piece_by_piece():
    import pyarrow as pa

    texts = [f"{i} " + "".join(chr(97 + (i * j) % 26) for j in range(2_000)) * 50 for i in range(400)]  # 40 MB
    data = parquet_of({"text": texts})
    budget = Budget("a.parquet", len(data) * 1_000)
    file = open_parquet(io.BytesIO(data), "a.parquet", budget)
    pieces = list(parquet_batches(file, ["text"], "a.parquet", budget))
    assert max(map(decoded_bytes, pieces)) <= 32 * 2**20 and len(pieces) > 1
    assert pa.Table.from_batches(pieces).column("text").to_pylist() == texts


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1 broken PAR1", b"text"])
def test_what_is_no_parquet_is_refused(data):
    with pytest.raises(BadInput, match="is not a Parquet file that can be read"):
        rows(data)


def test_parquet_cut_or_changed_is_refused_in_a_sentence():
    data = parquet_of({"text": [f"text {i}" for i in range(500)]})
    for at in range(4, len(data), 97):
        changed = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        with contextlib.suppress(BadInput):  # any other error is a bug
            rows(changed)
    with pytest.raises(BadInput, match="is not a Parquet file"):
        rows(data[:-50])
