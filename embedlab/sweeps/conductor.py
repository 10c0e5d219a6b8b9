"""Conducting a sweep: which trial starts next, which one is stopped early, and when the sweep is over.

Every round reads its state from the catalog, so a sweep may be cancelled or killed at any moment and resumed later.
Finished trials are kept. Interrupted trials resume from their checkpoints.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from embedlab import jobs
from embedlab.core.errors import BadInput
from embedlab.core.parallel import n_threads as cores
from embedlab.core.progress import Cancelled, Progress, Report
from embedlab.core.sizes import count_of
from embedlab.jobs import dask_cluster
from embedlab.models import family_of, incomparable_settings
from embedlab.store import catalog as tables
from embedlab.store.runs import RunSpec
from embedlab.store.workspace import Workspace
from embedlab.sweeps import neighbour_kinds, seeds
from embedlab.sweeps.suggest import next_point, unpromising
from embedlab.sweeps.table import Board, Point, Trial, find_sweep, read_board, title_of

EVERY = 0.1  # seconds between two rounds
TRIES = 3  # a trial whose worker dies is begun again, but not for ever: it may be what kills workers


@dataclass
class Hands:
    """Who trains: begin(run) hands out a trial; slots() is how many train at once, ahead how many wait behind each."""

    begin: Callable[[str], None]
    slots: Callable[[], int]
    ahead: int = 1


@contextmanager
def hands_of(workspace: Workspace, most: int) -> Iterator[Hands]:
    """Workers for at most `most` trials at a time: of EMBEDLAB_SCHEDULER, or one a core.

    This process if one is enough or Dask is missing.
    """
    n = min(cores(), most)
    alone = n <= 1 or not dask_cluster.can_start_workers()
    if alone and not os.environ.get("EMBEDLAB_SCHEDULER"):
        yield threads_here(workspace, 1)
        return
    with dask_cluster.trial_workers(workspace, n) as client:
        yield Hands(lambda run: jobs.dispatch(workspace, run, client=client), lambda: dask_cluster.slots(client))


def threads_here(workspace: Workspace, n: int) -> Hands:
    """Threads of this process."""

    def begin(run: str) -> None:
        threading.Thread(
            target=jobs.run_in_worker, args=(str(workspace.home), workspace.catalog.url, run), daemon=True
        ).start()

    return Hands(begin, lambda: n, ahead=0)


@dataclass
class _Sitting:
    """One time at work on a sweep: what it has begun, how often, and when its budget ends."""

    until: float
    begun: dict[str, int] = field(default_factory=dict)
    known: dict[str, Trial] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)


def conduct(workspace: Workspace, spec: Mapping, report: Report, *, hands: Hands | None = None) -> dict:
    """Work on the sweep spec["sweep"] until it is done or its budget ends: {"sweep", "trials", "best", "value",
    "ended"}.

    ended: "all" when every trial has ended, "budget" when time ran out. Cancelled passes through once its trials have
    stopped.
    """
    id = spec["sweep"]
    board = read_board(workspace, id)
    if remaining(board):
        report(Progress(0, 1, "Starting workers"))
        with nullcontext(hands) if hands else hands_of(workspace, remaining(board)) as hands:
            _sit(workspace, board, hands, report)
    board = read_board(workspace, id)
    best = board.best
    conclude = {"seeds": seeds.conclude, "window": neighbour_kinds.conclude}.get(board.spec.purpose)
    more = conclude(workspace, id, report) if conclude else {}
    return more | {
        "sweep": id,
        "trials": sum(trial.status == "done" for trial in board.trials),
        "best": best.number if best else None,
        "value": best.measure(board.objective).mean if best else None,
        "ended": "budget" if remaining(board) else "all",
    }


def _sit(workspace: Workspace, board: Board, hands: Hands, report: Report) -> None:
    """Round after round until nothing is left to wait for; a sweep that is stopped takes its trials along."""
    sitting = _Sitting(time.monotonic() + 60 * board.spec.budget)
    try:
        while _round(workspace, board.id, sitting, hands, report):
            # Looking costs time that trials could use: a tenth of a trial is often enough, as others wait behind it.
            time.sleep(min(max(EVERY, _typical(sitting.known.values()) / 10), 1.0))
    except (Cancelled, KeyboardInterrupt):
        stop_trials(workspace, board.id)
        raise


def remaining(board: Board) -> int:
    """How many trials are still to be trained, at most."""
    return board.spec.most_trials - sum(_ended(board, point) for point in board.points)


def _ended(board: Board, point: Point) -> int:
    """How many trials of a point need no more work: a pruned point, and one that fails, needs no further seeds."""
    return board.spec.seeds if _given_up(point) else sum(trial.status in ("done", "failed") for trial in point.trials)


def _given_up(point: Point) -> bool:
    return point.pruned or point.trials[0].status == "failed"


def stop_trials(workspace: Workspace, id: str, *, patience: float = 15.0) -> None:
    """Cancel the trials of a sweep that train or wait, and give them a moment to save where they stand."""
    deadline = time.monotonic() + patience
    for trial in read_board(workspace, id).trials:
        if not trial.ended:
            jobs.cancel(workspace, trial.run)
    while time.monotonic() < deadline and not all(trial.ended for trial in read_board(workspace, id).trials):
        time.sleep(EVERY)


# One round


def _round(workspace: Workspace, id: str, sitting: _Sitting, hands: Hands, report: Report) -> bool:
    """Look at every trial, stop the unpromising, begin as many as there is room for.

    Whether there is more to wait for.
    """
    jobs.mark_interrupted(workspace)
    board = read_board(workspace, id, known=sitting.known)
    _prune(workspace, board, sitting)
    room = hands.slots()
    report(_progress(board, room))
    while len(
        active := [
            trial
            for trial in board.trials
            if not trial.ended and (trial.run in sitting.begun or trial.status == "running")
        ]
    ) < max(room, 1) + hands.ahead * (1 if board.spec.strategy == "tpe" else max(room, 1)):
        run = _next(workspace, board, sitting)
        if run is None:
            break
        sitting.begun[run] = sitting.begun.get(run, 0) + 1
        hands.begin(run)
        board = read_board(workspace, id, known=sitting.known)
    return bool(active)


def _progress(board: Board, room: int) -> Progress:
    done = sum(_ended(board, point) for point in board.points)
    parts = sum(
        len(trial.curve) / trial.config.get("epochs", 1e9) for trial in board.trials if trial.status == "running"
    )
    total = board.spec.most_trials
    told = f"{done} of {count_of(total, 'run')}"
    if not room:
        told += ", waiting for a worker to join the scheduler"
    elif best := board.best:
        value = best.measure(board.objective).mean
        told += f", best {title_of(board.objective).lower()} so far {value:.4g} with {best.label}"
    return Progress(min(done + parts, total - 0.01), total, told)


def _next(workspace: Workspace, board: Board, sitting: _Sitting) -> str | None:
    """The run to begin next, made if it is a new one; None when nothing may begin now."""
    if time.monotonic() + _typical(board.trials) > sitting.until:
        return None
    for trial in board.trials:
        tries = sitting.begun.get(trial.run, 0)
        if trial.status == "queued" and not tries:
            return trial.run
        if trial.status == "interrupted" and tries < TRIES or trial.status in ("cancelled", "paused") and not tries:
            return _again(workspace, board, trial)
    return _new_trial(workspace, board)


def _typical(trials: Iterable[Trial]) -> float:
    """The seconds that a trial takes, by those that are done; 0 before."""
    spent = [trial.measures["seconds"] for trial in trials if "seconds" in trial.measures]
    return sum(spent) / max(len(spent), 1)


def _new_trial(workspace: Workspace, board: Board) -> str | None:
    """A trial of a new point, or another seed of a point that deserves it.

    Guided sweeps finish a point first, since its value guides the search. Others try every point once first.
    """
    order = (_another_seed, _another_point) if board.spec.strategy == "tpe" else (_another_point, _another_seed)
    for found in (find(board) for find in order):
        if found is not None:
            return _insert(workspace, board, found)
    return None


@dataclass(frozen=True)
class _Seed:
    """One training of a point: its number, family and settings, and the seed."""

    number: int
    family: str
    settings: Mapping
    seed: int


def _another_point(board: Board) -> _Seed | None:
    found = next_point(board.spec, board.past())
    return None if found is None else _Seed(len(board.points), *found, board.spec.seed)


def _another_seed(board: Board) -> _Seed | None:
    """The next seed of the point with the fewest; with pruning, only after its first seed has proved itself."""
    open_points = [
        point
        for point in board.points
        if len(point.trials) < board.spec.seeds
        and not _given_up(point)
        and (not board.spec.prune or point.trials[0].status == "done")
    ]
    if not open_points:
        return None
    point = min(open_points, key=lambda point: len(point.trials))
    missing = next(
        seed
        for seed in range(board.spec.seed, board.spec.seed + board.spec.seeds)
        if seed not in {trial.seed for trial in point.trials}
    )
    return _Seed(point.number, point.family, dict(point.settings), missing)


def _insert(workspace: Workspace, board: Board, new: _Seed) -> str:
    config = board.spec.config(new.family, new.settings)
    name = f"{board.name} · {new.number + 1} · seed {new.seed}"
    run = RunSpec(board.spec.corpus_id, new.family, config, new.seed, name)
    id = workspace.new_run(run, sweep=board.id, point=new.number)
    return _queue(workspace, board, id, run.name, resume=False)


def _again(workspace: Workspace, board: Board, trial: Trial) -> str:
    run = workspace.run(trial.run)
    return _queue(workspace, board, run.id, run.name, resume=run.resumable_at is not None)


def _queue(workspace: Workspace, board: Board, id: str, name: str, *, resume: bool) -> str:
    spec = {"run": id, "sweep": board.id, "benchmarks": board.spec.benchmarks, "resume": resume}
    return jobs.create(workspace, "train", spec, title=name, id=id)


# Pruning


def _prune(workspace: Workspace, board: Board, sitting: _Sitting) -> None:
    """Stop points whose first seed does worse than the median of those it compares with, by the held-out loss."""
    if not board.spec.prune:
        return
    for point in board.points:
        first = point.trials[0]
        if first.status != "running" or not first.curve or max(first.curve) == sitting.looked.get(first.run):
            continue
        epoch = sitting.looked[first.run] = max(first.curve)
        others = [
            other.trials[0].curve
            for other in board.points
            if other.trials[0].status == "done" and other.trials[0].curve and comparable(other, point)
        ]
        median = unpromising(first.curve, others, first.config.get("epochs", epoch))
        if median is not None:
            jobs.prune(
                workspace,
                first.run,
                f"Stopped after epoch {epoch}: a held-out loss of {first.curve[epoch]:.4f} where half of the "
                f"others had {median:.4f} or less.",
            )


def comparable(a: Point, b: Point) -> bool:
    """Whether the held-out losses of two points measure the same thing at the same epoch."""
    names = incomparable_settings(family_of(a.family)) | {"epochs"}
    return a.family == b.family and all(a.trials[0].config.get(name) == b.trials[0].config.get(name) for name in names)


# Beginning and going on


def begin(workspace: Workspace, id: str) -> str:
    """Hand a sweep to the workers, for the first time or to go on: its id, which is that of its job."""
    jobs.create(workspace, "sweep", {"sweep": id}, title=_idle(workspace, id)["name"], id=id)
    return jobs.hand_over(workspace, id, call=conduct_in_worker)


def run(workspace: Workspace, id: str, *, report: Report) -> dict:
    """Conduct a sweep from this process until it ends, as `conduct` does."""
    jobs.create(workspace, "sweep", {"sweep": id}, title=_idle(workspace, id)["name"], id=id)
    return jobs.run_here(workspace, id, report=report, work=conduct)


def _idle(workspace: Workspace, id: str) -> dict:
    row = find_sweep(workspace, id)
    jobs.mark_interrupted(workspace)
    if workspace.catalog.rows(tables.jobs, id=row["id"], status=["queued", "running"]):
        raise BadInput(f"The sweep {row['name']!r} is at work already. Wait for it, or cancel it first.")
    return row


def conduct_in_worker(home: str, url: str | None, id: str, turn: str) -> None:
    """What a worker process does with a sweep."""
    jobs.run_in_worker(home, url, id, turn, work=conduct)
