"""Checkpoints on disk: a folder of JSON and npy that is there whole or not at all, however the writer ended.

    head.json                   names the generation that counts, and where the run stood
    <generation>/state.json     the plain values of the Checkpoint
    <generation>/<name>.npy     its arrays

A new generation is written beside the old one and becomes the one that counts when head.json is replaced, in one
step; only then does the old one go. Each file carries a checksum in head.json, so damage is noticed when it is read.
"""

import contextlib
import json
import os
import shutil
import time
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.files import new_file, write_bytes
from embedlab.core.progress import Progress, Report
from embedlab.models.training.session import Checkpoint

FORMAT = 1
EVERY = 30.0  # seconds of training between two checkpoints
SHARE = 0.05  # saving takes no more than this share of the time, so large models are saved less often


@dataclass(frozen=True)
class Place:
    """Where a run stood when it was saved: share done, seconds since it began, records in its history, the moment."""

    done: float = 0.0
    seconds: float = 0.0
    records: int = 0
    saved: str = ""

    @property
    def percent(self) -> str:
        """The share done as people read it, never rounded up to the end."""
        return f"{int(100 * self.done)}%"


# Files


def save(folder: Path, checkpoint: Checkpoint, *, place: Place = Place(), of: Mapping | None = None) -> None:
    """Keep a checkpoint in `folder`, in place of the one that is there; OSError leaves that one as it was.

    of: plain values that say what it belongs to; `load` compares them.
    """
    generation = uuid.uuid4().hex[:12]
    staged = folder / generation
    try:
        staged.mkdir(parents=True)
        sums = {
            f"{name}.npy": _write(staged / f"{_checked(name)}.npy", array) for name, array in checkpoint.arrays.items()
        }
        sums["state.json"] = _write(staged / "state.json", _json(dict(checkpoint.state)))
        head = {"format": FORMAT, "generation": generation, "place": asdict(place), "of": dict(of or {}), "files": sums}
        write_bytes(folder / "head.json", _json(head))
    except OSError:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    for other in folder.iterdir():
        if other.name not in ("head.json", generation):
            _clear(other)


def load(folder: Path, *, of: Mapping | None = None, advice: str = "Train again from the start.") -> Checkpoint:
    """The checkpoint kept in `folder`.

    NotFound if there is none, BadInput if it is damaged or belongs to something else than `of` says; both end in
    `advice`.
    """
    head = _head(folder)
    if head is None:
        raise NotFound(f"No usable checkpoint is kept for this run. {advice}")
    if head["format"] != FORMAT:
        raise BadInput(
            f"The checkpoint is of format {head['format']}; this version of EmbedLab reads format {FORMAT}. {advice}"
        )
    other = [key for key, value in (of or {}).items() if head["of"].get(key) != json.loads(_json(value))]
    if other:
        raise BadInput(
            f"The checkpoint does not fit: the {' and the '.join(other)} changed since it was saved. {advice}"
        )
    inside, arrays = folder / head["generation"], {}
    try:
        for name, checksum in head["files"].items():
            if _checksum(inside / name) != checksum:
                raise BadInput(f"The checkpoint is damaged: {name} is not as it was written. {advice}")
            if name != "state.json":
                arrays[name.removesuffix(".npy")] = np.load(inside / name, allow_pickle=False)
        return Checkpoint(json.loads((inside / "state.json").read_bytes()), arrays)
    except FileNotFoundError as error:
        raise BadInput(f"The checkpoint is damaged: {Path(error.filename).name} is missing. {advice}") from None


def place_of(folder: Path) -> Place | None:
    """Where the run stood whose checkpoint is kept in `folder`; None if there is none. Reads one small file."""
    head = _head(folder)
    return None if head is None else Place(**head["place"])


def remove(folder: Path) -> None:
    """Remove what is kept in `folder`: head.json first, so that a reader finds all of it or nothing."""
    _clear(folder / "head.json")
    _clear(folder)


def _clear(path: Path) -> None:
    """Remove a file or folder if that can be done."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _head(folder: Path) -> dict | None:
    """head.json; None if it is missing or unreadable, in which case the folder holds no checkpoint."""
    try:
        head = json.loads((folder / "head.json").read_bytes())
        return head if {"format", "generation", "place", "of", "files"} <= set(head) else None
    except (OSError, ValueError, TypeError):
        return None


class _Summing:
    """A file that adds up the checksum of what is written, so that a large array is never copied as a whole."""

    def __init__(self, file):
        self.file, self.sum = file, 0

    def write(self, data) -> None:
        self.sum = zlib.crc32(data, self.sum)
        self.file.write(data)


def _write(path: Path, value: np.ndarray | bytes) -> int:
    """Write an array as npy, or bytes, through to the disk; the checksum of the file."""
    with new_file(path) as file:
        summing = _Summing(file)
        if isinstance(value, bytes):
            summing.write(value)
        else:
            np.save(summing, value, allow_pickle=False)
    return summing.sum


def _checksum(path: Path) -> int:
    total = 0
    with open(path, "rb") as file:
        while block := file.read(2**22):
            total = zlib.crc32(block, total)
    return total


def _json(value) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def _checked(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(f"an array of a checkpoint needs a plain name, got {name!r}")
    return name


# A running training


class Keeper:
    """Keeps the checkpoint of one training in its run's folder, and knows where the training stands.

    A class because it guards one thing: that what is saved, the clock and the history belong together, also when a
    training goes on from `since`. Its `report` passes on what the engine tells, from `since` upwards.
    """

    def __init__(self, run_folder: Path, report: Report, *, of: Mapping, resume: bool = False):
        self.folder, self.flag = run_folder / "checkpoint", run_folder / "pause"
        self.also, self.of, self.resume = report, of, resume
        self.since = (place_of(self.folder) if resume else None) or Place()
        self.started, self.records, self.last = time.monotonic(), self.since.records, Progress(0, 0)
        self.every, self.saves = every(), 0
        self.next = self.started + self.every

    def saved(self) -> Checkpoint | None:
        """The checkpoint that this training resumes from, or None; errors as of `load`."""
        return load(self.folder, of=self.of) if self.resume else None

    def report(self, progress: Progress) -> None:
        """Pass progress on. While a resumed engine prepares, the progress stays where it was."""
        if progress.fraction < self.since.done:
            progress = replace(progress, step=self.since.done * progress.total)
        self.last = progress
        self.also(progress)
        self.records += "epoch" in progress.metrics

    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() >= self.next

    def pause_asked(self) -> bool:
        """Whether the user has asked this run to pause."""
        return self.flag.exists()

    def place(self) -> Place:
        """Where the training stands."""
        return Place(
            self.last.fraction,
            self.since.seconds + time.monotonic() - self.started,
            self.records,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def save(self, checkpoint: Checkpoint) -> bool:
        """Keep a checkpoint; whether that worked. Where it did not, training goes on, for what it has learned is worth
        more than a copy of it: the log says so, a request to pause is withdrawn, and the next checkpoint is tried as
        ever.
        """
        began = time.monotonic()
        try:
            save(self.folder, checkpoint, place=self.place(), of=self.of)
            self.saves += 1
            return True
        except OSError as error:
            self.flag.unlink(missing_ok=True)
            self.also(
                replace(
                    self.last,
                    metrics={"warning": 1},
                    message=f"The checkpoint could not be saved, so training continues: {error.strerror or error}",
                )
            )
            return False
        finally:
            now = time.monotonic()
            self.next = now + max(self.every, (now - began) / SHARE)

    def failed(self) -> None:
        """Drop a checkpoint that a resumed training could not make use of: it would fail there again."""
        if self.resume and not self.saves:
            remove(self.folder)


def every() -> float:
    """Seconds of training between two checkpoints: EMBEDLAB_CHECKPOINT_EVERY, or 30."""
    text = os.environ.get("EMBEDLAB_CHECKPOINT_EVERY") or str(EVERY)
    try:
        return max(float(text), 0.0)
    except ValueError:
        raise BadSetting(f"EMBEDLAB_CHECKPOINT_EVERY takes a number of seconds; got {text!r}.") from None
