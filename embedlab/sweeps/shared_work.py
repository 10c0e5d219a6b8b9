"""Work that several trainings share, done once by all workers: each part is a job, and its result is kept."""

import shutil
import time
from contextlib import nullcontext
from pathlib import Path

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Cancelled, Progress, Report, silent
from embedlab.core.settings import from_dict
from embedlab.jobs.specs import Training
from embedlab.models import MODELS, families_where
from embedlab.store import catalog as tables
from embedlab.store.workspace import Workspace
from embedlab.sweeps.conductor import EVERY, TRIES, Hands, cores, hands_of


def share_work(
    workspace: Workspace,
    training: Training,
    *,
    parts: int | None = None,
    report: Report = silent,
    hands: Hands | None = None,
) -> Path:
    """The folder of the work that trainings like this one share, such as GloVe's counts.

    parts: by default two a core. Parts that are there are not done again. A part whose worker dies goes to another one.
    BadSetting for a family that shares nothing, and when a part fails.
    """
    corpus, model = training.corpus, training.model
    family = MODELS[model]
    if family.shared is None:
        raise BadSetting(
            f"Trainings of {family.title} share no work. Choose {families_where(lambda other: other.shared)}."
        )
    n = min(parts or 2 * cores(), corpus.n_documents)
    question = family.shared.question(corpus, from_dict(family.config, dict(training.settings)))
    if not family.shared.done(corpus, question):
        report(Progress(0, n, "Starting workers"))
        spec = {"corpus": corpus.id, "model": model, "question": question, "of": n}
        title = f"{family.shared.title} {corpus.name}"
        ids = [
            jobs.create(workspace, "count", spec | {"shard": i}, title=f"{title}, part {i + 1} of {n}")
            for i in range(n)
        ]
        with nullcontext(hands) if hands else hands_of(workspace, n) as hands:
            try:
                _wait_for(workspace, ids, hands, report)
            finally:
                _remove_done(workspace, ids)
    return family.shared.folder(corpus, question)


def _wait_for(workspace: Workspace, ids: list[str], hands: Hands, report: Report) -> None:
    """Hand out the parts and wait until all are done; on an error or interrupt, cancel them."""
    tries = dict.fromkeys(ids, 1)
    for id in ids:
        hands.begin(id)
    try:
        while True:
            found = jobs.list_jobs(workspace, id=ids)
            n_done = sum(job.status == "done" for job in found)
            if n_done == len(ids):
                return
            for job in found:
                _retry_or_raise(workspace, job, hands, tries)
            share = sum(job.status == "done" or job.progress.fraction for job in found)
            report(Progress(share, len(ids), f"{n_done} of {len(ids)} parts done"))
            time.sleep(EVERY)
            jobs.mark_interrupted(workspace)
    except BaseException:
        for id in ids:
            jobs.cancel(workspace, id)
        raise


def _retry_or_raise(workspace: Workspace, job: jobs.Job, hands: Hands, tries: dict[str, int]) -> None:
    """Hand an interrupted part out again; BadSetting for one that failed or has been tried too often."""
    if job.status == "failed" or job.status == "interrupted" and tries[job.id] == TRIES:
        raise BadSetting(f"{job.title} did not end well: {job.message}")
    if job.status == "cancelled":
        raise Cancelled
    if job.status == "interrupted":
        tries[job.id] += 1
        hands.begin(jobs.create(workspace, "count", job.spec, title=job.title, id=job.id))


def _remove_done(workspace: Workspace, ids: list[str]) -> None:
    """Parts that are done leave no jobs behind."""
    for job in jobs.list_jobs(workspace, id=ids, status="done"):
        workspace.catalog.delete(tables.jobs, id=job.id)
        shutil.rmtree(job.folder, ignore_errors=True)
