"""One .npz that holds arrays, and beside them a small JSON object as bytes: nothing in it is ever unpickled."""

import io
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from embedlab.core.errors import BadInput, NotFound


def save_npz(path: Path, about: Mapping, *, compress: bool = True, **arrays: np.ndarray) -> None:
    """Write arrays, and `about` as JSON. A reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with open(part, "wb") as file:
            save = np.savez_compressed if compress else np.savez
            save(file, about=np.frombuffer(json.dumps(dict(about)).encode(), np.uint8), **arrays)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def opened_npz(path: Path, *, missing: str, broken: str) -> Iterator[tuple[dict, Mapping[str, np.ndarray]]]:
    """(about, arrays) of what was saved at `path`, to be read inside the block.

    NotFound with the sentence `missing` if there is nothing; BadInput if the file, or what the block finds in it, is
    something else. broken: the rest of that sentence after the file's name, with {error} where the cause belongs.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            yield json.loads(stored["about"].tobytes()), stored
    except FileNotFoundError:
        raise NotFound(missing) from None
    except (ValueError, KeyError, OSError, TypeError, EOFError, BadZipFile) as error:
        raise BadInput(f"{Path(path).name!r} {broken.format(error=error)}") from None


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file under a temporary name in the same folder, then put it in place at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    part.write_bytes(data)
    os.replace(part, path)


def write_json(path: Path, value) -> None:
    """Write a value as JSON, at once."""
    write_bytes(path, json.dumps(value, ensure_ascii=False).encode("utf-8"))


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as npy, at once."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue())
