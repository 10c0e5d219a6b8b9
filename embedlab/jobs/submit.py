"""Hands queued jobs to the workers of a Dask cluster."""

import os
import threading
import uuid
from collections.abc import Callable, Mapping

from embedlab.core.errors import EmbedLabError
from embedlab.jobs import dask_cluster
from embedlab.jobs.records import create, queue_of
from embedlab.jobs.runner import run_in_worker
from embedlab.store import catalog as tables
from embedlab.store.catalog import now
from embedlab.store.workspace import Workspace


def dispatch(workspace: Workspace, id: str, *, client=None, call: Callable | None = None) -> None:
    """Hand a queued job to the workers (of `client`, if one is given); returns at once.

    call: what a worker calls with the arguments of `run_in_worker`, by default that.
    """
    client = client or dask_cluster.connect(workspace)
    from distributed import fire_and_forget

    row, turn = workspace.catalog.row(tables.jobs, id), uuid.uuid4().hex[:6]
    future = client.submit(
        call or run_in_worker,
        str(workspace.home),
        catalog_for_workers(workspace),
        id,
        turn,
        key=f"{row['kind']}-{id}-{turn}",
        resources={queue_of(row): 1},
        pure=False,
    )
    fire_and_forget(future)


def catalog_for_workers(workspace: Workspace) -> str | None:
    """The catalog's address as workers are told it; None where those of another machine find it by their own settings.

    The file in the workspace may have another path there, and a password does not travel.
    """
    url = workspace.catalog.engine.url
    own_way = url.password or url.database == str(workspace.home / "embedlab.db")
    return None if os.environ.get("EMBEDLAB_SCHEDULER") and own_way else workspace.catalog.url


def start(workspace: Workspace, kind: str, spec: Mapping, *, title: str, id: str | None = None) -> str:
    """The id of a new job, handed to the workers."""
    return hand_over(workspace, create(workspace, kind, spec, title=title, id=id))


def hand_over(workspace: Workspace, id: str, *, call: Callable | None = None) -> str:
    """The id of a queued job, handed to the workers. The cluster is started in the background if need be."""
    threading.Thread(target=dispatch_or_fail, args=(workspace, id), kwargs={"call": call}, daemon=True).start()
    return id


def start_training(workspace: Workspace, run_id: str, *, resume: bool = False, watch: Mapping | None = None) -> str:
    """Hand a run to the workers, for the first time or again after it ended early: its id.

    resume: go on from its checkpoint instead of beginning anew. A run that is training already is left alone.
    watch: what to film of it (see film.callbacks); by default what was watched the time before.
    """
    if workspace.run(run_id).status == "running":  # asked for twice, in two windows
        return run_id
    row = workspace.catalog.row(tables.runs, run_id)
    spec = {"run": run_id, "resume": resume} | _watched(workspace, run_id, watch)
    return start(workspace, "train", spec, title=row["name"], id=run_id)


def _watched(workspace: Workspace, run_id: str, watch: Mapping | None) -> dict:
    """{"watch"} of a training's spec: what is asked for now, or else was the time before; {} for neither."""
    earlier = workspace.catalog.rows(tables.jobs, id=run_id)
    watch = watch or (earlier[0]["spec"].get("watch") if earlier else None)
    return {"watch": dict(watch)} if watch else {}


def dispatch_or_fail(workspace: Workspace, id: str, *, call: Callable | None = None) -> None:
    """Hand a queued job to the workers; if there are none to be had, the job says so."""
    try:
        dispatch(workspace, id, call=call)
    except (OSError, RuntimeError, ValueError, EmbedLabError) as error:
        workspace.catalog.update(
            tables.jobs,
            id,
            only_if={"status": "queued"},
            status="failed",
            finished=now(),
            message=f"No worker could be started: {error}. Restart the app.",
        )
