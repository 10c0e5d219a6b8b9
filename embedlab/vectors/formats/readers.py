"""Import: which format a file or folder is in, told by its content, and the embedding in it. Pickles are refused."""

import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from embedlab.core.archives import Bounds, Budget, member_stream, opened_zip, packed_as, unpacked
from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Report, silent
from embedlab.data.attributes import stored_attributes
from embedlab.data.reading.reading import Reading
from embedlab.vectors.embedding import Embedding
from embedlab.vectors.formats.arrays import load_tensors, read_npy, read_npz, read_safetensors
from embedlab.vectors.formats.binary import read_binary
from embedlab.vectors.formats.imported import Imported, Rows, VectorOptions, imported
from embedlab.vectors.formats.projector import PAIRS, read_projector
from embedlab.vectors.formats.row_tables import opened_table, read_rows
from embedlab.vectors.formats.word_rows import header_of, read_text
from embedlab.vectors.formats.writers import WORDS_FOLDER

BOUNDS = Bounds(max_unpacked_bytes=16 << 30, max_members=1_000)  # GloVe 840B has 5.6 GB of text
HEAD = 1 << 20  # bytes looked at to tell the format
TEXT_BYTES = bytes([9, 10, 13, *range(32, 127)])  # a binary vector has others
SHEETS = (".xlsx", ".xlsm", ".xlsb", ".ods")
FORMATS = (
    "word2vec text or binary, GloVe text, a table with a vector in each row (JSON Lines, CSV, Parquet, spreadsheet), "
    "npy or npz with names beside it, an Embedding Projector zip or folder, safetensors, or a sentence-transformers "
    "folder of word vectors"
)


def import_embedding(path: str | Path, *, report: Report = silent) -> Embedding:
    """The embedding in a file or folder of any format known here; see `read_vectors`."""
    return read_vectors(path, report=report).embedding


def read_vectors(
    path: str | Path, *, name: str | None = None, options: VectorOptions = VectorOptions(), report: Report = silent
) -> Imported:
    """The embedding in a file or folder, what else its rows say, and how it was read.

    Reads every format that EXPORTS writes, tables with a vector in each row, and arrays with names beside them, also
    inside .gz, .bz2, .xz or .zip. name: what the user calls the file. BadInput for anything else, with the line or word
    where the file goes wrong; pickled files are never opened, because loading them would run whatever code they hold.
    """
    path = Path(path)
    name = name or path.name or str(path)
    if not path.exists():
        raise NotFound(f"There is no file {str(path)!r}. Check the path.")
    if not path.is_file() and not path.is_dir():
        raise BadInput(f"{name} is a device or pipe, not a file. Save the vectors to a file first.")
    try:
        return _read(path, Job(name, options, report))
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror or error}.") from None


@dataclass(frozen=True)
class Job:
    """What is passed from layer to layer: the name people know, what they said, whom to tell, how deep it is."""

    name: str
    options: VectorOptions
    report: Report
    depth: int = 0
    budget: Budget | None = None


def _read(path: Path, job: Job) -> Imported:
    if path.is_dir():
        return _read_folder(path, job)
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise BadInput(f"{job.name} is empty.")
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise BadInput(
            f"{job.name} is a Python pickle, which can run code when it is opened, so it is not imported. "
            f"Open it where it was made and save it as {FORMATS}."
        )
    packed = packed_as(head)
    if packed == "zip" and path.suffix.lower() in SHEETS or head[:4] == b"PAR1":
        return _as_table(path, job)
    if packed == "zip" and _holds_arrays(path):
        return _rows(read_npz(path, job.name, job.options), job, "npz vectors")
    if packed:
        return _read_packed(path, packed, job)
    return _read_unpacked(path, head, job)


def _read_unpacked(path: Path, head: bytes, job: Job) -> Imported:
    reader = next((reader for reader in READERS.values() if reader.fits(path, head)), None)
    if reader is None:
        raise BadInput(f"{job.name} is not an embedding in a format known here. Choose {FORMATS}.")
    return reader.read(path, head, job)


def _rows(rows: Rows, job: Job, kind: str, *, repeats: str = "number") -> Imported:
    return imported(rows, Reading(job.name, kind), repeats=repeats, blanks=repeats == "first")


# Tables and plain text


def _as_table(path: Path, job: Job) -> Imported:
    """A table with a vector in each row."""
    with opened_table(path, path.name, job.options.encoding) as source:
        rows = read_rows(source, job.options, job.report)
        reading = replace(source.tally.reading(job.name), kind=f"vectors in {source.tally.kind}")
    return imported(rows, reading, repeats="number")


def _is_table(path: Path, head: bytes) -> bool:
    """Whether a text file is JSON or a table with a header, rather than rows of a word and its numbers."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = start.partition(b"\n")[0]
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or (start[:1] in b"{[" and _is_json(first)):
        return True
    return path.suffix.lower() in (".csv", ".tsv", ".tab") and not _is_row(first, 2) and header_of(first) is None


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def _pair_of(path: Path, head: bytes) -> tuple[Path, Path] | None:
    """The two tables of the Projector when `path` is one of them and the other stands beside it.

    BadInput for a table of numbers alone, whose first column would be taken for words.
    """
    beside = [file for file in sorted(path.parent.glob("*.tsv")) if file.name != path.name]
    for names in PAIRS:
        if path.name in names and (other := path.with_name(names[names[0] == path.name])) in beside:
            return path, other
    if all(map(_is_number, head.partition(b"\n")[0].split(b"\t"))) and b"\t" in head:
        raise BadInput(
            f"{path.name} holds numbers without words. Put metadata.tsv beside it under the name "
            "vectors.tsv, or import the folder of both."
        )
    return None


def _read_pair(pair: tuple[Path, Path], job: Job) -> Imported:
    return _rows(read_projector(*pair, job.name, job.options), job, "vectors of the Embedding Projector")


def _read_plain(path: Path, head: bytes, job: Job) -> Imported:
    """word2vec text or binary, or GloVe text: told apart by the first line and by what follows the first word."""
    first, _, rest = head.partition(b"\n")
    header = header_of(first)
    if header and header[1] and _is_binary(rest, header[1]):
        rows, encoding = read_binary(path, job.name, job.options.encoding, job.report)
        kind = "word2vec binary vectors"
    else:
        rows, encoding = read_text(path, job.name, job.options.encoding, job.report)
        kind = "word2vec text vectors" if header else "GloVe text vectors"
    reading = Reading(job.name, kind, encoding=encoding.label, encoding_by=encoding.how, confidence=encoding.confidence)
    return imported(rows, reading)


def _is_plain(path: Path, head: bytes) -> bool:
    first = head.partition(b"\n")[0]
    return bool(header_of(first)) or b"\0" not in head or _is_row(first, 1)


def _is_binary(rest: bytes, dim: int) -> bool:
    """Whether what follows the line of sizes is binary: its first vector has bytes that no text has, or few numbers.

    A text file with a slip in its first row stays text, so that the slip is named.
    """
    row = rest.partition(b"\n")[0]
    if _is_row(row, dim) or len(row.split()) == dim + 1 and not row.translate(None, TEXT_BYTES):
        return False
    if row[:1].isspace() and len(row.split()) == dim and all(map(_is_number, row.split())):
        return False  # a row of text whose word is missing
    blank = rest.find(b" ")
    vector = rest[blank + 1 : blank + 1 + 4 * dim]
    return bool(vector.translate(None, TEXT_BYTES)) or sum(map(_is_number, row.split()[1:])) * 2 <= dim


def _is_row(line: bytes, dim: int) -> bool:
    """Whether a line is a word and `dim` numbers."""
    fields = line.split()
    return len(fields) > dim and all(map(_is_number, fields[-dim:]))


def _is_number(field: bytes) -> bool:
    try:
        return bool(np.isfinite(float(field)))
    except ValueError:
        return False


# Packed files and folders


def _read_packed(path: Path, packed: str, job: Job) -> Imported:
    if job.depth == BOUNDS.max_depth:
        raise BadInput(f"{job.name} is packed more than {BOUNDS.max_depth} times over. Unpack it first.")
    budget = job.budget or Budget(job.name, path.stat().st_size, BOUNDS)
    inner = replace(job, depth=job.depth + 1, budget=budget)
    with (_unzipped if packed == "zip" else _decompressed)(path, packed, budget) as inside:
        return _read(inside, inner)


@contextmanager
def _decompressed(path: Path, packed: str, budget: Budget) -> Iterator[Path]:
    """What a .gz, .bz2 or .xz file holds, under the name that is left without that suffix."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / (path.stem or "unpacked")
        with open(path, "rb") as file, unpacked(file, packed, budget.name, budget) as source, open(target, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        yield target


@contextmanager
def _unzipped(path: Path, packed: str, budget: Budget) -> Iterator[Path]:
    """What a zip holds: its folder, or a single file."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with open(path, "rb") as file, opened_zip(file, budget.name, budget) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
            _check_members(members, budget.name)
            _unpack(archive, members, folder, budget)
        while len(inside := list(folder.iterdir())) == 1 and inside[0].is_dir():
            folder = inside[0]
        yield inside[0] if len(inside) == 1 else folder


def _holds_arrays(path: Path) -> bool:
    """Whether a ZIP is an npz of numpy."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    return bool(names) and all(name.endswith(".npy") and "/" not in name for name in names)


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    """BadInput for a pickle inside, and for an archive of nothing."""
    if not members:
        raise BadInput(f"{name} is an empty zip.")
    for member in members:
        if member.filename.endswith((".pkl", ".pickle")):
            raise BadInput(
                f"{name} holds a Python pickle ({member.filename[:80]!r}), which can run code when it is "
                f"opened, so it is not imported. Save the vectors as {FORMATS}."
            )


def _unpack(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path, budget: Budget) -> None:
    for member in members:
        target = folder.joinpath(*Path(member.filename.replace("\\", "/")).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with member_stream(archive, member, budget.name, budget) as source, open(target, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)


def _read_folder(folder: Path, job: Job) -> Imported:
    """A folder of sentence-transformers or model2vec, of the Projector, of arrays, or as this program stores runs."""
    for place in (folder / WORDS_FOLDER, folder):
        if (place / "vectors.npy").is_file() and (place / "words.json").is_file():
            stored = Embedding.load(place)
            rows = Rows(stored.words, stored.vectors, stored.counts, stored_attributes(place))
            return _rows(rows, job, "vectors of a run", repeats="first")
    if (folder / "tokenizer.json").is_file() or (folder / "modules.json").is_file():
        return _rows(_read_static(folder, job.name), job, "sentence-transformers vectors", repeats="first")
    tables = sorted(folder.glob("*.tsv"))
    if len(tables) == 2:
        return _read_pair((tables[0], tables[1]), job)
    for pattern in ("*.safetensors", "*.npy", "*.npz"):
        if len(files := sorted(folder.glob(pattern))) == 1:
            return _read(files[0], job)
    raise BadInput(f"{job.name} holds no embedding in a format known here. Choose {FORMATS}.")


def _read_static(folder: Path, name: str) -> Rows:
    """Word vectors of a sentence-transformers StaticEmbedding or model2vec folder; the unknown token is left out."""
    candidates = [file.parent for file in sorted(folder.rglob("model.safetensors"))]
    inner = next((place for place in candidates if (place / "tokenizer.json").is_file()), None)
    tensors = load_tensors(inner / "model.safetensors", name) if inner else {}
    vectors = next((tensors[key] for key in ("embedding.weight", "embeddings") if key in tensors), None)
    if inner is None or vectors is None or len(tensors) > 3:
        raise BadInput(
            f"{name} is a sentence-transformers folder without word vectors of its own. To use a "
            "transformer, give the folder as the base model when training."
        )
    try:
        model = json.loads((inner / "tokenizer.json").read_text(encoding="utf-8"))["model"]
        listed = model["vocab"]
        ids = listed if isinstance(listed, dict) else {entry[0]: i for i, entry in enumerate(listed)}
        rows = np.array([ids[word] for word in ids], np.int64)
    except (ValueError, KeyError, TypeError, IndexError):
        raise BadInput(f"The tokenizer.json of {name} holds no list of words.") from None
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(vectors):
        raise BadInput(f"{name} has {len(vectors):,} vectors but names word {rows.max():,}.")
    unknown = model.get("unk_token")
    words = [word for word, row in ids.items() if not (word == unknown and not vectors[row].any())]
    return Rows(words, np.asarray(vectors[[ids[word] for word in words]], np.float32))


# Every format of an unpacked file, in the order in which they are tried.


@dataclass(frozen=True)
class Reader:
    """One format: fits(path, head) says whether a file that begins with `head` is of it, read(path, head, job) reads
    it."""

    title: str
    fits: Callable[[Path, bytes], bool]
    read: Callable[[Path, bytes, Job], Imported]


def _is_safetensors(path: Path, head: bytes) -> bool:
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= path.stat().st_size - 8


def _is_projector(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".tsv" and _pair_of(path, head) is not None


READERS = {
    "npy": Reader(
        "npy vectors",
        lambda path, head: head[:6] == b"\x93NUMPY",
        lambda path, head, job: _rows(read_npy(path, job.name, job.options), job, "npy vectors"),
    ),
    "safetensors": Reader(
        "safetensors vectors",
        _is_safetensors,
        lambda path, head, job: _rows(
            read_safetensors(path, job.name, job.options), job, "safetensors vectors", repeats="first"
        ),
    ),
    "projector": Reader(
        "vectors of the Embedding Projector",
        _is_projector,
        lambda path, head, job: _read_pair(cast(tuple[Path, Path], _pair_of(path, head)), job),
    ),
    "table": Reader("a table with a vector in each row", _is_table, lambda path, head, job: _as_table(path, job)),
    "text": Reader("word2vec text or binary, or GloVe text", _is_plain, _read_plain),
}
