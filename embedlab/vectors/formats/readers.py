"""Import: which format a file or folder is in, told by its content, and the embedding in it. Pickles are refused."""

import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from embedlab.core.archives import Bounds, Budget, member_stream, opened_zip, packed_as, unpacked
from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import BROKEN_ARRAY
from embedlab.core.progress import Report, silent
from embedlab.vectors.embedding import Embedding
from embedlab.vectors.formats.tables import distinct, header_of, read_binary, read_numbers, read_text
from embedlab.vectors.formats.writers import WORDS_FOLDER

BOUNDS = Bounds(max_unpacked_bytes=16 << 30, max_members=1_000)  # GloVe 840B has 5.6 GB of text
HEAD = 1 << 20  # bytes looked at to tell the format
TEXT_BYTES = bytes([9, 10, 13, *range(32, 127)])  # a binary vector has others
FORMATS = (
    "word2vec text or binary, GloVe text, an Embedding Projector zip or folder, safetensors, or a "
    "sentence-transformers folder of word vectors"
)
WORD_COLUMNS = ("word", "label", "name", "title", "text", "token")
COUNT_COLUMNS = ("count", "frequency", "freq")


def import_embedding(path: str | Path, *, report: Report = silent) -> Embedding:
    """The embedding in a file or folder of any format that EXPORTS writes, also inside .gz, .bz2, .xz or .zip.

    BadInput for anything else, with the line or word where the file goes wrong; pickled files are never opened,
    because loading them would run whatever code they hold.
    """
    path = Path(path)
    name = path.name or str(path)
    if not path.exists():
        raise NotFound(f"There is no file {str(path)!r}. Check the path.")
    if not path.is_file() and not path.is_dir():
        raise BadInput(f"{name} is a device or pipe, not a file. Save the vectors to a file first.")
    try:
        return _read(path, name, report)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror or error}.") from None


def _read(path: Path, name: str, report: Report, depth: int = 0, budget: Budget | None = None) -> Embedding:
    if path.is_dir():
        return _read_folder(path, name, report)
    with open(path, "rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise BadInput(f"{name} is empty.")
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise BadInput(
            f"{name} is a Python pickle, which can run code when it is opened, so it is not imported. "
            f"Open it where it was made and save it as {FORMATS}."
        )
    packed = packed_as(head)
    if packed and depth == BOUNDS.max_depth:
        raise BadInput(f"{name} is packed more than {BOUNDS.max_depth} times over. Unpack it first.")
    if packed:
        budget = budget or Budget(name, path.stat().st_size, BOUNDS)
        return (_read_zip if packed == "zip" else _read_compressed)(path, name, report, depth + 1, budget)
    if head[:6] == b"\x93NUMPY":
        return _read_npy(path, name)
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= path.stat().st_size - 8:
        return _read_safetensors(path, name)
    if path.suffix.lower() == ".tsv" and (pair := _pair_of(path, head)):
        return _read_projector(*pair, name)
    return _read_plain(path, name, head, report)


def _pair_of(path: Path, head: bytes) -> tuple[Path, Path] | None:
    """The two tables of the Projector when `path` is one of them and the other stands beside it.

    BadInput for a table of numbers alone, whose first column would be taken for words.
    """
    beside = [file for file in sorted(path.parent.glob("*.tsv")) if file.name != path.name]
    for names in (("metadata.tsv", "vectors.tsv"), ("metadata.tsv", "tensors.tsv"), ("meta.tsv", "vecs.tsv")):
        if path.name in names and (other := path.with_name(names[names[0] == path.name])) in beside:
            return path, other
    if all(map(_is_number, head.partition(b"\n")[0].split(b"\t"))) and b"\t" in head:
        raise BadInput(
            f"{path.name} holds numbers without words. Put metadata.tsv beside it under the name "
            "vectors.tsv, or import the folder of both."
        )
    return None


def _read_plain(path: Path, name: str, head: bytes, report: Report) -> Embedding:
    """word2vec text or binary, or GloVe text: told apart by the first line and by what follows the first word."""
    first, _, rest = head.partition(b"\n")
    header = header_of(first)
    if header and header[1] and _is_binary(rest, header[1]):
        return read_binary(path, name, report)
    if not header and b"\0" in head and not _is_row(first, 1):
        raise BadInput(f"{name} is not an embedding in a format known here. Choose {FORMATS}.")
    return read_text(path, name, report)


def _is_binary(rest: bytes, dim: int) -> bool:
    """Whether what follows the line of sizes is binary: its first vector has bytes that no text has, or few numbers.

    A text file with a slip in its first row stays text, so that the slip is named.
    """
    row = rest.partition(b"\n")[0]
    if _is_row(row, dim) or len(row.split()) == dim + 1 and not row.translate(None, TEXT_BYTES):
        return False
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


def _read_compressed(path: Path, name: str, report: Report, depth: int, budget: Budget) -> Embedding:
    """What a .gz, .bz2 or .xz file holds."""
    with tempfile.TemporaryDirectory() as place, open(path, "rb") as packed:
        target = Path(place) / "unpacked"
        with unpacked(packed, packed_as(packed.peek(6)[:6]), name, budget) as source, open(target, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        return _read(target, name, report, depth, budget)


def _read_zip(path: Path, name: str, report: Report, depth: int, budget: Budget) -> Embedding:
    """What the zip holds: a folder of a known format, or a single file."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with open(path, "rb") as packed, opened_zip(packed, name, budget) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and "__MACOSX" not in m.filename]
            _check_members(members, name)
            _unpack(archive, members, folder, budget)
        while len(inside := list(folder.iterdir())) == 1 and inside[0].is_dir():
            folder = inside[0]
        return _read(inside[0] if len(inside) == 1 else folder, name, report, depth, budget)


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


def _read_folder(folder: Path, name: str, report: Report) -> Embedding:
    """A folder of sentence-transformers or model2vec, of the Projector, or as this program stores runs."""
    if (folder / WORDS_FOLDER / "vectors.npy").is_file():
        return Embedding.load(folder / WORDS_FOLDER)
    if (folder / "tokenizer.json").is_file() or (folder / "modules.json").is_file():
        return _read_static(folder, name)
    if (folder / "vectors.npy").is_file() and (folder / "words.json").is_file():
        return Embedding.load(folder)
    tables = sorted(folder.glob("*.tsv"))
    if len(tables) == 2:
        return _read_projector(*tables, name)
    if len(files := sorted(folder.glob("*.safetensors"))) == 1:
        return _read_safetensors(files[0], name)
    raise BadInput(f"{name} holds no embedding in a format known here. Choose {FORMATS}.")


def _read_projector(one: Path, other: Path, name: str) -> Embedding:
    """The pair of tables; the one with "meta" in its name, else with the shorter lines, holds the words."""

    def by_metadata(path: Path):
        with open(path, "rb") as file:
            return "meta" not in path.name.lower(), file.readline(1 << 20).count(b"\t")

    metadata, table = sorted((one, other), key=by_metadata)
    vectors = read_numbers(table, table.name)
    rows = metadata.read_bytes().decode("utf-8", errors="replace").split("\n")
    rows = [row.rstrip("\r").split("\t") for row in rows]
    while rows and rows[-1] == [""]:
        rows.pop()
    names = [cell.strip().lower() for cell in rows.pop(0)] if len(rows) == len(vectors) + 1 else []
    if len(rows) != len(vectors):
        raise BadInput(f"{name} has {len(vectors):,} vectors but {len(rows):,} lines of metadata; each needs one.")
    column = next((names.index(n) for n in WORD_COLUMNS if n in names), 0)
    count = next((names.index(n) for n in COUNT_COLUMNS if n in names), None)
    try:
        words = [row[column] for row in rows]
        counts = None if count is None else np.array([int(row[count]) for row in rows], np.int64)
    except (IndexError, ValueError):
        raise BadInput(f"{metadata.name} has a line with a cell missing or a count that is no whole number.") from None
    return distinct(words, vectors, counts)


def _read_safetensors(path: Path, name: str) -> Embedding:
    """A file of ours, or one whose words stand beside it in words.json."""
    tensors = _tensors(path, name)
    tables = {key: value for key, value in tensors.items() if value.ndim == 2}
    if "vectors" not in tables and len(tables) != 1:
        raise BadInput(f"{name} holds {len(tables)} tables of numbers; an embedding has one, called 'vectors'.")
    vectors = tables["vectors"] if "vectors" in tables else next(iter(tables.values()))
    if "words" in tensors:
        words = _word_list(tensors["words"].tobytes(), name)
    elif (path.parent / "words.json").is_file():
        words = _word_list((path.parent / "words.json").read_bytes(), "words.json")
    else:
        raise BadInput(
            f"{name} holds vectors without words. Give it a tensor 'words' (the bytes of a JSON list), or "
            "put words.json beside it."
        )
    _same_length(words, vectors, name)
    return distinct(words, vectors.astype(np.float32, copy=False), tensors.get("counts"))


def _read_npy(path: Path, name: str) -> Embedding:
    """A table of numbers whose words stand beside it, in words.json or in a text file of its name."""
    try:
        vectors = np.array(np.lib.format.open_memmap(path, mode="r"))
    except BROKEN_ARRAY as error:
        raise BadInput(f"{name} is not a plain table of numbers ({error}).") from None
    lists = [path.parent / "words.json", path.with_suffix(".txt"), path.parent / "words.txt"]
    beside = next((file for file in lists if file.is_file()), None)
    if beside is None or vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
        raise BadInput(
            f"{name} holds {vectors.dtype} of shape {vectors.shape} and no words. Put a list words.json beside a "
            "table of one row a word."
        )
    text = beside.read_bytes()
    words = _word_list(text, beside.name) if beside.suffix == ".json" else text.decode("utf-8").splitlines()
    _same_length(words, vectors, name)
    return distinct(words, vectors.astype(np.float32))


def _read_static(folder: Path, name: str) -> Embedding:
    """Word vectors of a sentence-transformers StaticEmbedding or model2vec folder; the unknown token is left out."""
    candidates = [file.parent for file in sorted(folder.rglob("model.safetensors"))]
    inner = next((place for place in candidates if (place / "tokenizer.json").is_file()), None)
    tensors = _tensors(inner / "model.safetensors", name) if inner else {}
    vectors = next((tensors[key] for key in ("embedding.weight", "embeddings") if key in tensors), None)
    if vectors is None or len(tensors) > 3:
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
    return distinct(words, np.asarray(vectors[[ids[word] for word in words]], np.float32))


def _tensors(path: Path, name: str) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BadInput(f"{name} cannot be read as safetensors ({error}). Save it as float32 and try again.") from None


def _word_list(data: bytes, name: str) -> list[str]:
    try:
        words = json.loads(data.decode("utf-8"))
    except ValueError:
        words = None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise BadInput(f"The words in {name} are not a JSON list of texts.")
    return words


def _same_length(words: list[str], vectors: np.ndarray, name: str) -> None:
    if len(words) != len(vectors):
        raise BadInput(f"{name} has {len(vectors):,} vectors but {len(words):,} words; each vector needs one.")
