"""Runs a job, in this process or in a worker: claims its row, does its work, and writes down how it ended."""

import contextlib
import os
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from embedlab.core.device import DEVICE, is_out_of_memory, release_gpu
from embedlab.core.errors import EmbedLabError
from embedlab.core.extras import missing_extra
from embedlab.core.progress import Cancelled, Report, silent, was_interrupted
from embedlab.jobs import dask_cluster, owner
from embedlab.jobs.recorder import Recorder
from embedlab.jobs.records import (
    LESS,
    LESS_OF_ANYTHING,
    Work,
    folder_of,
    interrupt,
    log,
    mark_interrupted,
    resumed_at,
    way_on,
)
from embedlab.models.training import checkpoints
from embedlab.models.training.session import Paused
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.workspace import Workspace


def run_here(
    workspace: Workspace, id: str, *, report: Report = silent, work: Work | None = None, turn: str = ""
) -> dict:
    """Do a queued job in this process and return its result; its row says how it ended. Errors are raised again.

    work: what does it, by default what WORK has for its kind. turn: names the time it was handed to a scheduler.
    """
    from embedlab.jobs.tasks import WORK

    row = workspace.catalog.row(tables.jobs, id)
    claimed = workspace.catalog.update(
        tables.jobs,
        id,
        only_if={"status": "queued"},
        status="running",
        started=now(),
        owner=owner.here() | {"turn": turn, "app": os.environ.get(owner.OWNER, "") if turn else ""},
    )
    if not claimed:
        # A scheduler hands a job out again when its worker died: it stays interrupted instead of starting afresh.
        mark_interrupted(workspace)
        if turn and row["status"] == "running" and row["owner"].get("turn") == turn:  # it died on another machine
            interrupt(workspace, row)
        return {}
    folder = folder_of(workspace, row["kind"], id)
    place = resumed_at(folder, row["spec"])
    recorder = Recorder(folder, report, elapsed=place.seconds if place else 0.0)
    recorder.note(f"Resumed at {place.percent}: {row['title']}" if place else f"Started: {row['title']}")
    try:
        result = (work or WORK[row["kind"]])(workspace, row["spec"], recorder)
    except Paused:
        place = checkpoints.place_of(folder / "checkpoint")
        _end(
            workspace,
            id,
            recorder,
            _Ending("paused", f"Paused at {place.percent}. Resume it when you like." if place else "Paused."),
        )
        raise
    except Cancelled:
        why = _why_stopped(folder)
        _end(workspace, id, recorder, _Ending("pruned" if why else "cancelled", why or "Cancelled."))
        raise
    except KeyboardInterrupt:
        _end(workspace, id, recorder, _Ending("interrupted", f"Interrupted from the keyboard. {way_on(folder)}"))
        raise
    except EmbedLabError as error:
        _end(workspace, id, recorder, _Ending("failed", str(error)))
        raise
    except OSError as error:
        recorder.note(traceback.format_exc())
        where = f"{Path(error.filename).name!r}: " if isinstance(error.filename, str) else ""
        _end(
            workspace,
            id,
            recorder,
            _Ending(
                "failed",
                f"A file could not be written or read. {where}{error.strerror or error}. "
                "Check the permissions of the workspace and the space left, then start it again.",
            ),
        )
        raise
    except Exception as error:  # the job runner is the one place that turns a bug into a state
        if was_interrupted(error):
            _end(workspace, id, recorder, _Ending("interrupted", f"Interrupted from the keyboard. {way_on(folder)}"))
            raise KeyboardInterrupt from None
        recorder.note(traceback.format_exc())
        if isinstance(error, ImportError) and (absent := missing_extra(error)):
            _end(workspace, id, recorder, _Ending("failed", str(absent)))
            raise absent from error
        if is_out_of_memory(error):
            _end(workspace, id, recorder, _Ending("failed", _memory_ran_out(row["kind"], error)))
            raise
        _end(
            workspace,
            id,
            recorder,
            _Ending("failed", f"An error that EmbedLab did not foresee: {error!r}. The log has the details."),
        )
        raise
    _end(workspace, id, recorder, _Ending("done", "", result))
    return result


def _memory_ran_out(kind: str, error: Exception) -> str:
    """What is said where memory ran out in the midst of work, on the processor or on a GPU."""
    gpu = "CUDA" in str(error) or "CUBLAS" in str(error) or "CUDNN" in str(error)
    less = LESS.get(kind, LESS_OF_ANYTHING)
    return (
        f"Memory of the GPU ran out. {less[0].upper()}{less[1:]}, or set {DEVICE}=cpu, and start it again."
        if gpu
        else f"Memory ran out. {less[0].upper()}{less[1:]} and start it again."
    )


def _why_stopped(folder: Path) -> str:
    """What `prune` left in the request to stop; "" where it came from the user."""
    with contextlib.suppress(OSError):
        return (folder / "cancel").read_text(encoding="utf-8")
    return ""


@dataclass(frozen=True)
class _Ending:
    """How a job ended: its status, the message for the user, and its result."""

    status: str
    message: str = ""
    result: dict | None = None


def _end(workspace: Workspace, id: str, recorder: Recorder, ending: _Ending) -> None:
    """Record how a job ended, in its log and in the catalog."""
    recorder.note(ending.message or "Done.")
    for asked in ("cancel", "pause"):
        (recorder.folder / asked).unlink(missing_ok=True)
    workspace.catalog.update(tables.jobs, id, **asdict(ending), finished=now())


def run_in_worker(home: str, url: str | None, id: str, turn: str = "", *, work: Work | None = None) -> None:
    """What a worker process does with a job; how it ended is in the catalog, so nothing is raised to the scheduler.

    A worker that was started with a workspace of its own uses that: the same folder may have another path there.
    """
    workspace = Workspace.open(os.environ.get(dask_cluster.WORKER_HOME) or home, url)
    try:
        run_here(workspace, id, work=work, turn=turn)
    except (Cancelled, EmbedLabError):
        pass
    except Exception:
        log.exception("job %s failed", id)
    release_gpu()  # not before here: an error holds on to what the work had in hand
