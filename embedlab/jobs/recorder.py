"""What a running job leaves in its folder for a page to read: progress, finished epochs, measured moments, a log."""

import contextlib
import json
import time
from dataclasses import asdict
from pathlib import Path

from embedlab.core.files import write_json
from embedlab.core.progress import Cancelled, Progress, Report, silent


class Recorder:
    """The report of a running job: writes what the page reads, and raises Cancelled when the page has asked.

    A class because it guards one thing: how often it may touch the disk, however often it is called.
    """

    def __init__(self, folder: Path, also: Report = silent, every: float = 0.25, elapsed: float = 0.0):
        self.folder, self.also, self.every = folder, also, every
        # A job that resumes began, by its clock, as long ago as it has been at work.
        self.started, self.last, self.message, self.rate = time.time() - elapsed, 0.0, "", ""
        self.expected: float | None = None  # seconds in all, where the work knows
        self.waited = 0.0 if elapsed else None  # seconds until the first share was done

    def __call__(self, progress: Progress) -> None:
        moment, keep, point = time.time(), "epoch" in progress.metrics, "at" in progress.metrics
        if self.waited is None and progress.fraction > 0:
            self.waited = moment - self.started
        if "rate" in progress.metrics:
            self.rate = progress.message.partition(", ")[2]
        if keep or point:
            record = dict(progress.metrics) | {"seconds": round(moment - self.started, 2)}
            self._append("history.jsonl" if keep else "curve.jsonl", json.dumps(record))
        urgent = keep or point or "warning" in progress.metrics
        if urgent or moment - self.last >= self.every or progress.step >= progress.total:
            if (self.folder / "cancel").exists():
                raise Cancelled
            state = asdict(progress)
            if keep and self.rate:
                state["message"] += f", {self.rate}"  # the end of an epoch has no rate of its own
            with contextlib.suppress(OSError):
                clock = {"started": self.started, "expected": self.expected, "waited": self.waited or 0.0}
                write_json(self.folder / "progress.json", {"progress": state} | clock, durable=False)
            if urgent or moment - self.last >= 2 or progress.message.split(",")[0] != self.message:
                self.note(
                    progress.message + (f", loss {progress.metrics['loss']:.4f}" if "loss" in progress.metrics else "")
                )
            self.last, self.message = moment, progress.message.split(",")[0]
        self.also(progress)

    def note(self, text: str) -> None:
        """Add one line, with the time, to the log."""
        self._append("log.txt", f"{time.strftime('%H:%M:%S')}  {text}")

    def _append(self, name: str, line: str) -> None:
        """Add a line to a file that is only looked at. A full disk does not end the work."""
        with contextlib.suppress(OSError), open(self.folder / name, "a", encoding="utf-8") as file:
            file.write(line + "\n")
