"""The processes that do jobs: a Dask cluster on this machine, or the scheduler that `EMBEDLAB_SCHEDULER` names.

One process trains, another encodes, maps and evaluates, so that a map never waits behind a long training; trainings
queue. A sweep is conducted beside the quick work, and its trials have workers of their own, one thread each.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from embedlab.core.errors import BadInput
from embedlab.core.extras import missing, needs
from embedlab.core.parallel import set_environment
from embedlab.jobs import owner
from embedlab.store.workspace import Workspace

WARM = {
    "quick": ["embedlab.projections.warm"],
    "train": ["embedlab.models.warm"],
}  # modules that a worker loads as it starts
WARM["trial"] = WARM["train"]
NEEDED_BY = "Work in processes of its own, here or on other machines,"
PATIENCE = 10.0  # seconds to wait for a scheduler
WORKER_HOME = "EMBEDLAB_WORKER_HOME"  # the workspace folder as a worker of another machine sees it
# As many trials as cores run side by side: libraries with threads of their own would only get into each other's way.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# Dask's own profiling and monitoring keep an idle laptop busy; the variables reach the workers, settings would not.
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "500ms",
    "DASK_LOGGING__DISTRIBUTED": "error",
}
_clusters: dict[str, object] = {}
_lock = threading.Lock()


def connect(workspace: Workspace):
    """The Dask client of this process for a workspace; the first call starts the workers (about two seconds)."""
    with _lock:
        key = os.environ.get("EMBEDLAB_SCHEDULER") or str(workspace.home)
        if key not in _clusters:
            _clusters[key] = _connect(workspace)
        return _clusters[key]


def _connect(workspace: Workspace):
    trainers = max(1, (os.cpu_count() or 2) // 4)
    return client_of_scheduler() or _own_workers(workspace, ["train"] * trainers + ["quick"])


def client_of_scheduler():
    """A client of the scheduler that EMBEDLAB_SCHEDULER names; None where it names none."""
    address = os.environ.get("EMBEDLAB_SCHEDULER")
    if not address:
        return None
    needs("cluster", NEEDED_BY)
    from distributed import Client

    try:
        return Client(address, set_as_default=False, timeout=PATIENCE)
    except OSError:
        raise BadInput(
            f"No scheduler answers at {address}. Start one with: embedlab scheduler, or unset EMBEDLAB_SCHEDULER."
        ) from None


def can_start_workers() -> bool:
    """Whether Dask is installed; without it, jobs run in the process that asks for them."""
    return not missing("cluster")


@contextlib.contextmanager
def trial_workers(workspace: Workspace, n: int) -> Iterator:
    """A client of workers that train one trial each on one thread.

    They belong to the scheduler, or there are `n` that live as long as the block.
    """
    client = client_of_scheduler() or _own_workers(workspace, ["trial"] * n)
    try:
        yield client
    finally:
        cluster = client.cluster
        client.close(timeout=5)
        if cluster is not None:
            cluster.close(timeout=10)


def slots(client) -> int:
    """How many trials the workers of a client take at once."""
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return int(sum(worker["resources"].get("trial", 0) for worker in workers))


def _own_workers(workspace: Workspace, queues: list[str]):
    """A client of a cluster on this machine with one worker for each of the queues."""
    needs("cluster", NEEDED_BY)
    set_environment(QUIET, replace=False)
    set_environment({owner.OWNER: owner.owner()})
    import dask
    from distributed import Client, Scheduler, SpecCluster

    # A dead worker's other queued jobs go to its successor; the job that was running marks itself (see run_here).
    dask.config.set({"distributed.scheduler.allowed-failures": 1_000_000})
    scheduler = {
        "cls": Scheduler,
        "options": {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"},
    }
    workers = {f"{queue}-{n}": _worker(workspace, queue) for n, queue in enumerate(queues)}
    return Client(SpecCluster(workers=workers, scheduler=scheduler, silence_logs=logging.ERROR), set_as_default=False)


def offer(queue: str) -> dict:
    """The threads and resources of a worker for a queue. Sweeps are conducted beside the quick jobs."""
    return (
        {"nthreads": 2, "resources": {"quick": 1, "sweep": 1}}
        if queue == "quick"
        else {"nthreads": 1, "resources": {queue: 1}}
    )


def _worker(workspace: Workspace, queue: str) -> dict:
    """The specification of one worker process with a nanny that starts it again when it dies."""
    # Compiled kernels are kept beside the code, for every workspace, or in the workspace where that may not be written.
    place = (
        {}
        if os.access(Path(__file__).parent, os.W_OK)
        else {"NUMBA_CACHE_DIR": str(workspace.home / "cache" / "numba")}
    )
    environment = place | {name: os.environ[name] for name in ("NUMBA_CACHE_DIR",) if name in os.environ}
    environment |= ONE_THREAD if queue == "trial" else {}
    options = offer(queue) | {
        "host": "127.0.0.1",
        "memory_limit": 0,
        "env": environment,
        "dashboard": False,
        "silence_logs": logging.ERROR,
        "preload": ["embedlab.jobs.owner", *WARM.get(queue, [])],
        "preload_nanny": ["embedlab.jobs.owner"],
    }
    if os.name == "nt":
        from distributed import Nanny

        return {"cls": Nanny, "options": options}
    # A separate program, because a spawned child would run the app's main script again.
    from distributed.deploy.subprocess import SubprocessWorker

    return {"cls": SubprocessWorker, "options": {"worker_class": "distributed.Nanny", "worker_kwargs": options}}


def shut_down() -> None:
    """Stop every cluster this process has started; running jobs become interrupted."""
    with _lock:
        for client in _clusters.values():
            cluster = client.cluster
            client.close(timeout=5)
            if cluster is not None:
                cluster.close(timeout=10)
        _clusters.clear()
