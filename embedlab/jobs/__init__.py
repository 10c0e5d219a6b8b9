"""Jobs run in worker processes and report through files, so closing a tab or rerunning a page does not affect them.

`records` keeps their rows and folders, `submit` hands them to the workers of `dask_cluster`, `runner` runs one,
`tasks` lists what each kind does, `specs` checks what is asked for.
"""

from embedlab.jobs.expected import expected_cost
from embedlab.jobs.records import (
    Job,
    can_pause,
    cancel,
    create,
    get,
    list_jobs,
    mark_interrupted,
    newest,
    pause,
    prune,
    queue_of,
)
from embedlab.jobs.runner import run_here, run_in_worker
from embedlab.jobs.submit import dispatch, dispatch_or_fail, hand_over, start, start_training

__all__ = [
    "Job",
    "can_pause",
    "cancel",
    "create",
    "dispatch",
    "dispatch_or_fail",
    "hand_over",
    "expected_cost",
    "get",
    "list_jobs",
    "mark_interrupted",
    "newest",
    "pause",
    "prune",
    "queue_of",
    "run_here",
    "run_in_worker",
    "start",
    "start_training",
]
