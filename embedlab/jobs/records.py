"""Rows and folders of jobs: long work in worker processes that reports through files.

A job is a row in the catalog (state) and a folder (progress.json, history.jsonl, log.txt). A worker of `dask_cluster`
takes it from its queue. A training that ended early resumes from the checkpoint in its run's folder, with its history,
log and clock.
"""

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import Kept, read_json, write_bytes
from embedlab.core.progress import Progress, Report
from embedlab.core.time_left import Clock
from embedlab.jobs import owner
from embedlab.models.training import checkpoints
from embedlab.models.training.checkpoints import Place
from embedlab.store import catalog as tables
from embedlab.store.catalog import ENDED, now, question_digest
from embedlab.store.workspace import Workspace

QUEUES = {
    "train": "train",
    "corpus": "quick",
    "interactions": "quick",
    "map": "quick",
    "evaluate": "quick",
    "rank": "quick",
    "index": "quick",
    "compare": "quick",
    "stability": "quick",
    "noise": "quick",
    "senses": "quick",
    "sweep": "sweep",
    "count": "trial",
}
# What takes less memory, by kind of work.
LESS = {
    "train": "lower the batch size, the dimensions, the length of texts or the number of words",
    "corpus": "add less text at once",
    "interactions": "take fewer rows, or leave out users and items with few choices",
}
LESS_OF_ANYTHING = "choose a smaller size or corpus"
Work = Callable[[Workspace, Mapping, Report], dict]
log = logging.getLogger("embedlab.jobs.records")


@dataclass(frozen=True)
class Job:
    """A job as its row and folder show it. `position` counts the jobs ahead of it while it is queued."""

    id: str
    kind: str
    title: str
    status: str
    message: str
    created: str
    started: str | None
    finished: str | None
    spec: Mapping
    result: Mapping
    progress: Progress
    eta: float | None
    position: int
    folder: Path

    @property
    def active(self) -> bool:
        return self.status not in ENDED

    @property
    def pausing(self) -> bool:
        """Whether it has been asked to pause and has not come to its next rest."""
        return self.status == "running" and (self.folder / "pause").exists()

    @property
    def curve(self) -> list[list]:
        """[step, loss since the point before or None, held-out loss or None] of each measurement of a training.

        A training that resumes measures once more what came after its checkpoint: the later measurement counts.
        """
        path, points = self.folder / "curve.jsonl", []
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for record in (json.loads(line) for line in lines if line.endswith("}")):
            while points and points[-1][0] >= record["at"]:
                points.pop()
            points.append([record["at"], record.get("loss"), record.get("validation")])
        return points

    @property
    def history(self) -> list[dict]:
        """One record a finished epoch: {"epoch", "loss", "seconds"}."""
        path = self.folder / "history.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def log_tail(self, lines: int = 30) -> str:
        """The end of the job's log."""
        path = self.folder / "log.txt"
        if not path.exists():
            return ""
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            return "\n".join(file.read().decode("utf-8", errors="replace").splitlines()[-lines:])


# Making and watching jobs


def create(workspace: Workspace, kind: str, spec: Mapping, *, title: str, id: str | None = None) -> str:
    """The id of a new queued job; nothing runs yet. A training job has the id of its run."""
    id = id or uuid.uuid4().hex[:12]
    folder = folder_of(workspace, kind, id)
    folder.mkdir(parents=True, exist_ok=True)
    workspace.catalog.delete(tables.jobs, id=id)
    _tidy(folder, resumed_at(folder, spec))
    workspace.catalog.insert(
        tables.jobs,
        id=id,
        kind=kind,
        title=title,
        spec=dict(spec),
        status="queued",
        message="",
        created=now(),
        owner=owner.here(),
        result=None,
        digest=question_digest(kind, spec),
    )
    return id


def _tidy(folder: Path, place: Place | None) -> None:
    """Clear away what an earlier try left; of one that goes on, only what came after its checkpoint."""
    names = (
        ("cancel", "pause")
        if place
        else ("cancel", "pause", "progress.json", "history.jsonl", "curve.jsonl", "log.txt", "layout.npy")
    )
    for name in names:
        (folder / name).unlink(missing_ok=True)
    history = folder / "history.jsonl"
    if place is None:
        checkpoints.remove(folder / "checkpoint")
    elif history.exists():
        write_bytes(history, b"".join(history.read_bytes().splitlines(keepends=True)[: place.records]))


def resumed_at(folder: Path, spec: Mapping) -> Place | None:
    """Where a job goes on that resumes; None for one that begins."""
    return checkpoints.place_of(folder / "checkpoint") if spec.get("resume") else None


def get(workspace: Workspace, id: str) -> Job:
    """The job as it stands; NotFound if there is none."""
    return _view(workspace, workspace.catalog.row(tables.jobs, id))


def list_jobs(workspace: Workspace, **equal) -> list[Job]:
    """Jobs, newest first, narrowed by column values (`status`, `kind`, `id`; a list means any of them)."""
    rows = workspace.catalog.rows(tables.jobs, **equal)
    waiting = _waiting(workspace) if any(row["status"] == "queued" for row in rows) else []
    return [_view(workspace, row, waiting) for row in rows]


def newest(workspace: Workspace, kind: str, spec: Mapping) -> Job | None:
    """The newest job that answers this question, whoever asked it; None if there is none."""
    row = workspace.catalog.first(tables.jobs, digest=question_digest(kind, spec))
    return None if row is None else _view(workspace, row)


def cancel(workspace: Workspace, id: str) -> None:
    """Ask a job to stop: a queued one is cancelled at once, a running one at its next report."""
    row = workspace.catalog.row(tables.jobs, id)
    (folder_of(workspace, row["kind"], id) / "cancel").touch()
    workspace.catalog.update(
        tables.jobs,
        id,
        only_if={"status": "queued"},
        status="cancelled",
        message="Cancelled before it began.",
        finished=now(),
    )


def prune(workspace: Workspace, id: str, why: str) -> None:
    """Ask a running trial to stop because others promise more; `why` is what its run will say."""
    write_bytes(folder_of(workspace, "train", id) / "cancel", why.encode("utf-8"))


def can_pause(workspace: Workspace, id: str) -> bool:
    """Whether this job is a running training that keeps checkpoints with these settings."""
    from embedlab.models import family_of

    row = workspace.catalog.row(tables.jobs, id)
    if row["kind"] != "train" or row["status"] != "running":
        return False
    run = workspace.catalog.row(tables.runs, id)
    return family_of(run["model"]).can_pause(run["config"])


def pause(workspace: Workspace, id: str) -> None:
    """Ask a running training to save a checkpoint and stop, at its next rest; BadInput if it cannot."""
    if not can_pause(workspace, id):
        row = workspace.catalog.row(tables.jobs, id)
        raise BadInput(
            f"{row['title']!r} cannot be paused: it is {row['status']}. Only a running training whose family keeps "
            "checkpoints can (gensim's does not); others can be cancelled."
        )
    (folder_of(workspace, "train", id) / "pause").touch()


def mark_interrupted(workspace: Workspace) -> int:
    """Mark jobs whose process is gone as interrupted; how many there were. Cheap enough for every look."""
    gone = 0
    for row in workspace.catalog.rows(tables.jobs, status=["queued", "running"]):
        if not owner.believed_alive(row["owner"]):
            gone += interrupt(workspace, row)
    return gone


def interrupt(workspace: Workspace, row: Mapping) -> bool:
    """Mark the job of a row as interrupted, unless its state has changed meanwhile; whether that was done."""
    how = (
        f"The process that ran this ended before it was done.{_short_of_memory(row)}"
        if row["status"] == "running"
        else "The app stopped before this began."
    )
    message = f"{how} {way_on(folder_of(workspace, row['kind'], row['id']))}"
    return workspace.catalog.update(
        tables.jobs, row["id"], only_if={"status": row["status"]}, status="interrupted", message=message, finished=now()
    )


def _short_of_memory(row: Mapping) -> str:
    """What to lower where a process ended while the app went on; "" where the app ended it with itself."""
    app = (row["owner"] or {}).get("app")
    if app and row["owner"]["host"] == owner.here()["host"] and not owner.alive(app):
        return ""
    less = LESS.get(row["kind"], LESS_OF_ANYTHING)
    return f" The system ends a process when memory runs short: if that was so, {less} first."


def way_on(folder: Path) -> str:
    """What to do with a job that was interrupted."""
    place = checkpoints.place_of(folder / "checkpoint")
    return (
        f"Resume it at {place.percent}, or start it again."
        if place
        else "The log shows how far it got; start it again."
    )


def _waiting(workspace: Workspace) -> list[dict]:
    """What the queues hold: the kind, spec and time of every job that has not ended."""
    columns = ("kind", "spec", "created")
    return workspace.catalog.rows(tables.jobs, columns=columns, status=["queued", "running"])


def _view(workspace: Workspace, row: dict, waiting: Sequence[Mapping] | None = None) -> Job:
    """The job of a row; waiting: what the queues hold, where it is known already."""
    folder = folder_of(workspace, row["kind"], row["id"])
    state = _state(folder)
    progress = Progress(**state["progress"]) if state else Progress(0, 0)
    eta = None
    if state:
        elapsed = time.time() - state["started"]
        eta = Clock(elapsed, progress.fraction, state.get("expected"), state.get("waited", 0.0)).left
    ahead = 0
    if row["status"] == "queued":
        others = _waiting(workspace) if waiting is None else waiting
        ahead = sum(other["created"] < row["created"] and queue_of(other) == queue_of(row) for other in others)
    return Job(
        row["id"],
        row["kind"],
        row["title"],
        row["status"],
        row["message"],
        row["created"],
        row["started"],
        row["finished"],
        row["spec"],
        row["result"] or {},
        progress,
        eta,
        ahead,
        folder,
    )


def _state(folder: Path) -> dict:
    """What the recorder last wrote of a job; {} before that, or where the file is damaged: the job itself is not."""
    try:
        return read_json(folder / "progress.json", PROGRESS, needs=("progress", "started"))
    except NotFound:
        return {}
    except BadInput as error:
        log.warning("%s", error)
        return {}


PROGRESS = Kept("The progress of this job", "The job has not begun.", "The next report replaces it.")


def queue_of(row: Mapping) -> str:
    """The queue a job waits in: trials of a sweep have one of their own, and scoring that fine-tunes is a training."""
    if row["kind"] in ("evaluate", "rank") and (row["spec"].get("options") or {}).get("head") == "tuned":
        return "train"
    return "trial" if row["spec"].get("sweep") and row["kind"] == "train" else QUEUES[row["kind"]]


def folder_of(workspace: Workspace, kind: str, id: str) -> Path:
    return workspace.run_folder(id) if kind == "train" else workspace.home / "jobs" / id
