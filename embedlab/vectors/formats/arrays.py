"""Arrays of vectors: npy, npz and safetensors, with their names inside or beside them."""

import zipfile
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import BROKEN_ARRAY
from embedlab.data.attributes import attributes_of
from embedlab.vectors.formats.beside import file_beside, json_list, matching, named_rows, names_wanted
from embedlab.vectors.formats.imported import NAME_COLUMNS, Rows, VectorOptions, name_column

LIKELY = ("vectors", "embeddings", "embedding", "vecs", "emb", "x", "arr_0", "data")


def read_npy(path: Path, name: str, options: VectorOptions) -> Rows:
    """The rows of a table of numbers whose names stand beside it."""
    try:
        vectors = np.lib.format.open_memmap(path, mode="r")
    except BROKEN_ARRAY as error:
        raise BadInput(f"{name} is not a plain table of numbers ({error}).") from None
    return _with_names(_table(vectors, name), path, name, options)


def _with_names(vectors: np.ndarray, path: Path, name: str, options: VectorOptions) -> Rows:
    beside = file_beside(path)
    if beside is None:
        raise BadInput(f"{name} holds {len(vectors):,} vectors and no names. {names_wanted(name)}.")
    return named_rows(vectors, beside, options.name_column)


def _table(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim != 2 or array.dtype.kind not in "fiu" or not array.size:
        raise BadInput(
            f"{name} holds {array.dtype} of shape {array.shape}; an embedding is a table of numbers, one row an item."
        )
    return np.array(array, np.float32)


def read_npz(path: Path, name: str, options: VectorOptions) -> Rows:
    """The rows of an npz: its table of numbers, named by a list of as many texts in it or beside it.

    Arrays of Python objects are pickles and are not opened.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: _opened(stored, key) for key in stored.files}
    except (*BROKEN_ARRAY, zipfile.BadZipFile) as error:
        raise BadInput(f"{name} is not an npz of plain arrays ({error}).") from None
    tables = {key: array for key, array in arrays.items() if array is not None and array.ndim == 2}
    tables = {key: array for key, array in tables.items() if array.dtype.kind in "fiu"}
    if not tables:
        raise BadInput(f"{name} holds no table of numbers. Save one row an item, with a list of names beside it.")
    key = min(tables, key=lambda key: (LIKELY.index(key.lower()) if key.lower() in LIKELY else 99, -tables[key].size))
    vectors = _table(tables[key], name)
    lists = {k: a for k, a in arrays.items() if a is not None and a.ndim == 1 and len(a) == len(vectors)}
    texts = {k: a.astype(str).tolist() for k, a in lists.items() if a.dtype.kind in "US"}
    texts |= {k: list(map(str, a.tolist())) for k, a in lists.items() if k.lower() in NAME_COLUMNS and k not in texts}
    if not texts:
        hidden = [key for key, array in arrays.items() if array is None]
        more = (
            f" Its list {hidden[0]!r} holds Python objects, which are not opened: save it with dtype=str."
            if hidden
            else ""
        )
        try:
            return _with_names(vectors, path, name, options)
        except BadInput as error:
            raise BadInput(f"{error}{more}") from None
    named = name_column(texts, options.name_column, name)
    others = {key: array.tolist() for key, array in lists.items() if key != named}
    rows = [dict(zip(others, cells, strict=True)) for cells in zip(*others.values(), strict=True)]
    return Rows(texts[named], vectors, attributes=attributes_of(rows) if others else None)


def _opened(stored, key: str) -> np.ndarray | None:
    """An array of an npz; None for one that holds Python objects."""
    try:
        return stored[key]
    except ValueError as error:
        if "allow_pickle" in str(error):
            return None
        raise


def read_safetensors(path: Path, name: str, options: VectorOptions) -> Rows:
    """The rows of a file of ours, or of one whose words stand beside it."""
    tensors = load_tensors(path, name)
    tables = {key: value for key, value in tensors.items() if value.ndim == 2}
    if "vectors" not in tables and len(tables) != 1:
        raise BadInput(f"{name} holds {len(tables)} tables of numbers; an embedding has one, called 'vectors'.")
    vectors = np.asarray(tables["vectors"] if "vectors" in tables else next(iter(tables.values())), np.float32)
    if "words" not in tensors:
        return _with_names(vectors, path, name, options)
    words = json_list(tensors["words"].tobytes(), f"The tensor 'words' of {name}")
    if words is None:
        raise BadInput(f"The tensor 'words' of {name} is not a JSON list of texts.")
    return Rows(matching(words, vectors, name), vectors, tensors.get("counts"))


def load_tensors(path: Path, name: str) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file; BadInput for what cannot be read."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise BadInput(f"{name} cannot be read as safetensors ({error}). Save it as float32 and try again.") from None
