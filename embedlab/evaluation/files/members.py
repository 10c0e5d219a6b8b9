"""The files of a benchmark: one file, a folder, or a ZIP archive that is read in place and never unpacked to disk."""

import json
import zipfile
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath

from embedlab.core.archives import Bounds, Budget, is_hidden, member_stream, opened_zip
from embedlab.core.errors import BadInput, NotFound
from embedlab.data.reading.office import OFFICE
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.plain import text_chunks
from embedlab.data.reading.reading import Reading
from embedlab.data.reading.sniff import KINDS as FILE_KINDS
from embedlab.data.reading.sniff import suffix_of
from embedlab.data.reading.sources import Source, source_of_bytes

KINDS = (
    "word pairs with scores, analogies, word classes, association tests, sentence pairs with scores, texts with "
    "labels, and collections for retrieval"
)

MAX_BYTES = 1 << 30  # unpacked: all of it is held at once
MAX_MEMBERS = 2_000
BOUNDS = Bounds(max_unpacked_bytes=MAX_BYTES, max_members=MAX_MEMBERS)


@dataclass(frozen=True)
class Member:
    """One file of a benchmark: its path inside, with forward slashes, its bytes, and how the user wants it read."""

    path: str
    data: bytes
    options: ReadOptions = ReadOptions()

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def text(self) -> str:
        """The file as text in its detected or chosen encoding; BadInput for one that is no text."""
        return self.read_text()[0]

    def read_text(self) -> tuple[str, Reading]:
        """The file as text, and how its bytes were read; BadInput for one that is no text."""
        source = self.source
        return "".join(text_chunks(source)), source.tally.reading(self.name)

    @property
    def source(self) -> Source:
        """The file as a source of rows, at its start."""
        return source_of_bytes(self.name, self.data, self.options)

    @property
    def digest(self) -> str:
        """The digest of the bytes, and of how they are read where the user says so."""
        said = self.options.to_dict()
        told = json.dumps(said, sort_keys=True).encode() if said else b""
        return blake2b(self.data + told, digest_size=8).hexdigest()


def members_of(path: Path) -> list[Member]:
    """Every file at `path` in order, hidden ones left out; BadInput if they are too large or damaged."""
    if path.is_dir():
        return _in_folder(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadInput(f"{path.name} has {size >> 20:,} MB; a benchmark may have {MAX_BYTES >> 20:,} MB.")
        if zipfile.is_zipfile(path) and FILE_KINDS.get(suffix_of(path.name)) not in ("sheet", *OFFICE):
            return _in_archive(path)
        return [Member(path.name, path.read_bytes())]
    except FileNotFoundError:
        raise NotFound(f"There is no benchmark file {str(path)!r}.") from None


def digest_of(members: list[Member]) -> str:
    """What tells these files from any others; of a single file, the digest of its bytes."""
    if len(members) == 1:
        return members[0].digest
    return blake2b("\n".join(f"{m.name} {m.digest}" for m in members).encode(), digest_size=8).hexdigest()


def _in_folder(folder: Path) -> list[Member]:
    files = sorted(
        file for file in folder.rglob("*") if file.is_file() and not is_hidden(file.relative_to(folder).as_posix())
    )
    _check(folder.name, len(files), sum(file.stat().st_size for file in files))
    return [Member(file.relative_to(folder).as_posix(), file.read_bytes()) for file in files]


def _in_archive(path: Path) -> list[Member]:
    """The files of a ZIP archive. What comes out is counted, whatever the archive's own headers claim."""
    budget, found = Budget(path.name, path.stat().st_size, BOUNDS), []
    with open(path, "rb") as file, opened_zip(file, path.name, budget) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not is_hidden(info.filename)]
        for info in sorted(infos, key=lambda info: info.filename):
            with member_stream(archive, info, path.name, budget) as stream:
                found.append(Member(info.filename, stream.read()))
    return found


def _check(name: str, n: int, total: int) -> None:
    if n > MAX_MEMBERS:
        raise BadInput(f"{name} holds {n:,} files; a benchmark may have {MAX_MEMBERS:,}.")
    if total > MAX_BYTES:
        raise BadInput(f"{name} holds more than {MAX_BYTES >> 20:,} MB, the most that a benchmark may have.")
