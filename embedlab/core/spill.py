"""Room for large arrays: memory up to a budget, then files in a folder of their own that goes with the last of them."""

import errno
import shutil
import tempfile
from pathlib import Path

import numpy as np


class Space:
    """A context: arrays made inside are memory until `budget` bytes are spent, then files below the folder `scratch`.

    On leaving, the files are deleted; what is still mapped stays readable until it is let go.
    """

    def __init__(self, budget: float, scratch: Path | None = None):
        self.left, self.scratch, self.on_disk = budget, scratch, 0
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "Space":
        return self

    def __exit__(self, *_) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def array(self, n: int, dtype) -> np.ndarray:
        """An array of n values that are still to be written."""
        n_bytes = n * np.dtype(dtype).itemsize
        if n == 0 or self.take(n_bytes):
            return np.empty(n, dtype)
        if shutil.disk_usage(self.folder).free < n_bytes:  # a mapped file that finds no room would end the process
            raise OSError(errno.ENOSPC, "No space left on device")
        self.on_disk += n_bytes
        return np.asarray(np.memmap(self.new_file(), dtype, "w+", shape=(n,)))

    def take(self, n_bytes: int) -> bool:
        """Spend `n_bytes` of memory if they are left."""
        if n_bytes > self.left:
            return False
        self.left -= n_bytes
        return True

    @property
    def folder(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="counts-", dir=self.scratch, ignore_cleanup_errors=True)
        return Path(self._folder.name)

    def new_file(self) -> Path:
        return self.folder / f"{len(list(self.folder.iterdir()))}.bin"


class Pile:
    """An array of unknown length that grows by parts, in whatever order they come."""

    def __init__(self, space: Space, dtype):
        self.space, self.dtype = space, np.dtype(dtype)
        self.parts: list[np.ndarray] = []
        self.path: Path | None = None
        self.length = 0

    def add(self, part: np.ndarray) -> int:
        """Append a part; returns where it begins."""
        first, self.length = self.length, self.length + len(part)
        if self.path is None and not self.space.take(part.nbytes):
            self.path = self.space.new_file()
            for earlier in self.parts:
                self._write(earlier, self.path)
            self.space.left += sum(earlier.nbytes for earlier in self.parts)
            self.parts = []
        if self.path is None:
            self.parts.append(part)
        else:
            self._write(part, self.path)
        return first

    def whole(self) -> np.ndarray:
        """All parts, one after the other. The pile is empty afterwards; a file is mapped, not read."""
        if self.path is not None:
            return np.asarray(np.memmap(self.path, self.dtype, "c")) if self.length else np.empty(0, self.dtype)
        whole, at = np.empty(self.length, self.dtype), 0
        self.parts.reverse()
        while self.parts:  # each is let go as soon as it is copied
            part = self.parts.pop()
            whole[at : at + len(part)] = part
            at += len(part)
        return whole

    def _write(self, part: np.ndarray, path: Path) -> None:
        with open(path, "ab") as file:
            part.tofile(file)
        self.space.on_disk += part.nbytes
