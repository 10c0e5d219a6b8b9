"""Pausing a run that another thread or process trains."""

import time

from embedlab import jobs
from embedlab.core.errors import BadInput
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace

EVERY = 0.1  # seconds between two looks at the job


def wait_until_paused(workspace: Workspace, run: Run, patience: float) -> None:
    """Ask the run to pause and return when it has paused or ended.

    BadInput if it is not training, cannot pause, or has not paused within `patience` seconds.
    """
    jobs.mark_interrupted(workspace)
    jobs.pause(workspace, run.id)
    deadline = time.monotonic() + patience
    while (job := jobs.get(workspace, run.id)).active:
        if not job.pausing:
            raise BadInput(
                f"{run.name!r} could not pause, because its checkpoint could not be saved. It is still training. "
                "Its log says why."
            )
        if time.monotonic() > deadline:
            raise BadInput(
                f"{run.name!r} has not paused within {patience:g} seconds. It pauses at its next possible step. "
                "You can also cancel it."
            )
        time.sleep(EVERY)
        jobs.mark_interrupted(workspace)
