"""Files of the workspace: the one atomic writer, and readers that tell a damaged file from a bug.

Everything that is kept goes through `new_file` or `staging`: a temporary name that no other process or thread has, the
bytes flushed to the disk, then one rename. A reader meets the old file or the whole new one, never half of it.
"""

import contextlib
import json
import os
import shutil
import struct
import time
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any
from zipfile import BadZipFile

import numpy as np

from embedlab.core.errors import BadInput, NotFound

STALE_SECONDS = 24 * 3600  # a staging folder this old belongs to a process that was killed

# What numpy raises for bytes that are no array: its headers are Python literals, and a header may ask for any size.
BROKEN_ARRAY = (ValueError, EOFError, SyntaxError, TokenError, OSError, OverflowError)
BROKEN_NPZ = (
    *BROKEN_ARRAY,
    MemoryError,
    BadZipFile,
    zlib.error,
    struct.error,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
)


# Writing


@contextmanager
def new_file(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A file to be written inside the block; after it, the file stands at `path`. Folders are made as needed.

    After an error, in the block or of the disk, `path` is as it was and nothing else is left. durable: wait until the
    disk has the bytes. Pass False only for what is looked at while work runs and may be lost, such as progress.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = temporary_name(path.parent)
    try:
        with open(part, "xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(part, path)
        if durable:
            sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def temporary_name(folder: Path) -> Path:
    """A name in `folder` that no other process or thread has; it begins with a dot and never grows too long."""
    return folder / f".{uuid.uuid4().hex}.part"


def sync_folder(folder: Path) -> None:
    """Have the disk remember which files `folder` holds, where the system can be asked for that."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write bytes, at once; durable: see `new_file`."""
    with new_file(path, durable=durable) as file:
        file.write(data)


def write_json(path: Path, value, *, durable: bool = True, indent: int | None = None) -> None:
    """Write a value as JSON, at once; durable: see `new_file`."""
    write_bytes(path, json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8"), durable=durable)


def write_array(path: Path, array: np.ndarray, *, durable: bool = True) -> None:
    """Write an array as npy, at once; durable: see `new_file`."""
    with new_file(path, durable=durable) as file:
        np.save(file, array, allow_pickle=False)


def save_npz(path: Path, about: Mapping, *, compress: bool = True, **arrays: np.ndarray) -> None:
    """Write arrays, and `about` as JSON beside them, into one npz, at once. Nothing in it is ever unpickled."""
    save = np.savez_compressed if compress else np.savez
    with new_file(path) as file:
        # Any: numpy has a keyword of its own, `allow_pickle`, which is no array.
        stored: dict[str, Any] = {"about": np.frombuffer(json.dumps(dict(about)).encode(), np.uint8), **arrays}
        save(file, **stored)


@contextmanager
def staging(parent: Path, name: str) -> Iterator[Path]:
    """A new folder in `parent` to be filled inside the block, which then hands it to `publish`.

    What is still there after the block is removed. So is what killed processes left under the same `name` a day ago.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f".{name}-*"):
        with contextlib.suppress(FileNotFoundError):  # another process may be tidying too
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    folder = parent / f".{name}-{uuid.uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, final: Path, *, whole: Callable[[Path], bool] = Path.is_dir) -> None:
    """Move a filled folder to `final`, at once. If another writer was quicker, theirs stays.

    whole: whether what stands at `final` is complete; anything else there is replaced.
    """
    _sync_files(folder)
    if final.exists() and not whole(final):
        shutil.rmtree(final)
    try:
        os.replace(folder, final)
    except OSError:
        if not whole(final):
            raise
    sync_folder(final.parent)


def replace_folder(folder: Path, final: Path) -> None:
    """Move a filled folder to `final`, in place of the folder that is there."""
    _sync_files(folder)
    old = temporary_name(final.parent)
    with contextlib.suppress(FileNotFoundError):
        os.replace(final, old)
    os.replace(folder, final)
    sync_folder(final.parent)
    shutil.rmtree(old, ignore_errors=True)


def _sync_files(folder: Path) -> None:
    """Have the disk take every file of a folder before its name says that it is complete."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        with open(path, "rb") as file, contextlib.suppress(OSError):  # some systems sync only files open for writing
            os.fsync(file.fileno())
    sync_folder(folder)


# Reading

AGAIN = "Delete it and add it again."


@dataclass(frozen=True)
class Kept:
    """What a file is to the user, for the sentence where it cannot be read.

    what: the subject of that sentence. missing: the whole sentence where there is no file. advice: what to do where
    the file is damaged.
    """

    what: str
    missing: str
    advice: str

    @classmethod
    def of_corpus(cls, name: str) -> "Kept":
        """The files of a corpus, which is called `name`."""
        return cls(f"The corpus {name!r}", f"The corpus {name!r} lacks a file. {AGAIN}", AGAIN)

    def damaged(self, path: Path, error: object) -> BadInput:
        """The error that says the file at `path` is damaged."""
        return BadInput(f"{self.what} is damaged ({path.name}: {error}). {self.advice}")


def read_json(path: Path, kept: Kept, *, needs: Sequence[str] = ()) -> dict:
    """The JSON object at `path`. NotFound if there is none; BadInput if it is no object or lacks a name in `needs`."""
    value = _read(path, lambda: json.loads(path.read_text(encoding="utf-8")), (ValueError, RecursionError), kept)
    if not isinstance(value, dict) or not set(needs) <= value.keys():
        raise kept.damaged(path, f"it needs a JSON object with {', '.join(needs)}" if needs else "no JSON object")
    return value


def read_json_list(path: Path, kept: Kept) -> list[str]:
    """The JSON list of texts at `path`. NotFound if there is none, BadInput if it is anything else."""
    value = _read(path, lambda: json.loads(path.read_text(encoding="utf-8")), (ValueError, RecursionError), kept)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise kept.damaged(path, "no list of texts")
    return value


def read_array(path: Path, kept: Kept, *, mapped: bool = False) -> np.ndarray:
    """The array at `path`, memory-mapped if `mapped`. NotFound if there is none, BadInput if it is damaged."""

    def load() -> np.ndarray:  # mapping compares the header with the size of the file before any memory is taken
        found = np.lib.format.open_memmap(path, mode="r")
        return found if mapped else np.array(found)

    return _read(path, load, BROKEN_ARRAY, kept)


def read_npz(path: Path, kept: Kept, *, about: Sequence[str], arrays: Sequence[str]) -> tuple[dict, dict]:
    """(about, {name: array}) of what `save_npz` wrote at `path`, all of it in memory.

    NotFound if there is none; BadInput if it is damaged, or lacks one of the names in `about` or `arrays`.
    """

    def load() -> tuple[dict, dict]:
        with np.load(path, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
        return json.loads(found.pop("about").tobytes()), found

    said, found = _read(path, load, BROKEN_NPZ, kept)
    lacking = [name for name in arrays if name not in found]
    if not isinstance(said, dict) or (lacking := [*lacking, *(name for name in about if name not in said)]):
        raise kept.damaged(path, f"it lacks {', '.join(lacking) or 'its description'}")
    return said, found


def _read(path: Path, load: Callable, broken: tuple[type[Exception], ...], kept: Kept):
    """What `load` reads from `path`; only the parsing of bytes is guarded here, never work of ours."""
    try:
        return load()
    except FileNotFoundError:
        raise NotFound(kept.missing) from None
    except PermissionError:
        raise
    except broken as error:
        raise kept.damaged(path, error or type(error).__name__) from None
