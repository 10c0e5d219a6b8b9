"""Counting co-occurrences over many workers: a shard is a job, its counts go to the workspace, and GloVe finds them there."""

import shutil
import time
from contextlib import nullcontext
from pathlib import Path

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Cancelled, Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.models.glove.counts import Counting
from embedlab.models.glove.shards import folder_of, whole
from embedlab.models.training.requirements import kept_vocabulary
from embedlab.store import catalog as tables
from embedlab.store.workspace import Workspace
from embedlab.sweeps.conductor import EVERY, TRIES, Hands, cores, hands_of


def count_over(
    workspace: Workspace,
    corpus: Corpus,
    *,
    window: int = 10,
    min_count: int = 5,
    held_out: float = 0.02,
    shards: int | None = None,
    report: Report = silent,
    hands: Hands | None = None,
) -> Path:
    """The folder of the counts that a GloVe training with these settings begins from; counted by all workers at once.

    shards: by default twice as many as cores. What is there is not counted again, and a shard whose worker dies is
    counted by another one. BadSetting when a shard fails.
    """
    n = min(shards or 2 * cores(), corpus.n_documents)
    how = Counting(len(kept_vocabulary(corpus, min_count)), window)
    if whole(corpus, how, held_out) is None:
        report(Progress(0, n, "Starting workers"))
        spec = {"corpus": corpus.id, "n_words": how.n_words, "window": window, "held_out": held_out, "of": n}
        ids = [
            jobs.create(workspace, "count", spec | {"shard": i}, title=f"Counting {corpus.name}, part {i + 1} of {n}")
            for i in range(n)
        ]
        with nullcontext(hands) if hands else hands_of(workspace, n) as hands:
            try:
                _counted(workspace, ids, hands, report)
            finally:
                _tidy(workspace, ids)
    return folder_of(corpus, how, held_out)


def _counted(workspace: Workspace, ids: list[str], hands: Hands, report: Report) -> None:
    """Hand out the shards and wait for them."""
    tries = dict.fromkeys(ids, 1)
    for id in ids:
        hands.begin(id)
    try:
        while True:
            found = jobs.list_jobs(workspace, id=ids)
            if all(job.status == "done" for job in found):
                return
            for job in found:
                if job.status == "failed" or job.status == "interrupted" and tries[job.id] == TRIES:
                    raise BadSetting(f"{job.title} did not end well: {job.message}")
                if job.status == "cancelled":
                    raise Cancelled
                if job.status == "interrupted":
                    tries[job.id] += 1
                    hands.begin(jobs.create(workspace, "count", job.spec, title=job.title, id=job.id))
            report(
                Progress(
                    sum(job.status == "done" or job.progress.fraction for job in found),
                    len(ids),
                    f"{sum(job.status == 'done' for job in found)} of {len(ids)} parts counted",
                )
            )
            time.sleep(EVERY)
            jobs.mark_interrupted(workspace)
    except BaseException:
        for id in ids:
            jobs.cancel(workspace, id)
        raise


def _tidy(workspace: Workspace, ids: list[str]) -> None:
    """Shards that are done leave no jobs behind."""
    for job in jobs.list_jobs(workspace, id=ids, status="done"):
        workspace.catalog.delete(tables.jobs, id=job.id)
        shutil.rmtree(job.folder, ignore_errors=True)
