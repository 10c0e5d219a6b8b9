"""Jobs outlive the page that began them, can be cancelled, and never vanish when their worker does."""

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Cancelled, Progress
from embedlab.jobs import dask_cluster, owner
from embedlab.jobs.recorder import Recorder
from embedlab.models import MODELS
from embedlab.store import catalog as tables
from embedlab.store.workspace import Workspace


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A workspace with the Lee corpus and running workers, shared by the tests of this file."""
    from embedlab.lab import Lab

    lab = Lab(tmp_path_factory.mktemp("jobs"))
    lab.add_corpus("lee")
    yield lab
    dask_cluster.shut_down()


def wait(lab, id, until=lambda job: not job.active, seconds=60):
    deadline = time.time() + seconds
    while time.time() < deadline:
        jobs.mark_interrupted(lab)
        job = jobs.get(lab, id)
        if until(job):
            return job
        time.sleep(0.05)
    raise AssertionError(f"job still {job.status} after {seconds} s: {job.log_tail()}")


def worker_of(lab, id) -> int:
    """The number of the process that runs a job."""
    return int(lab.catalog.row(tables.jobs, id)["owner"]["process"].split(":")[0])


def start_training(lab, **settings):
    id = lab.new_training(
        lab.corpora() and lab.corpus(lab.corpora()[0]["id"]), "word2vec", {"workers": 1, "min_count": 2} | settings
    )
    return jobs.start_training(lab, id)


def test_training_in_a_worker_ends_in_a_run_with_history_and_log(shared):
    job = wait(shared, start_training(shared, dim=20, epochs=3))
    assert (job.status, job.message) == ("done", "")
    assert [record["epoch"] for record in job.history if record["epoch"]] == [1, 2, 3]
    assert "Done." in job.log_tail()
    run = shared.run(job.id)
    assert run.status == "done" and run.embedding.vectors.shape == (run.summary["words"], 20)


def test_running_job_stops_soon_after_cancel_and_stores_no_vectors(shared):
    id = start_training(shared, dim=50, epochs=500)
    wait(shared, id, lambda job: job.progress.step > 0)
    jobs.cancel(shared, id)
    job = wait(shared, id, seconds=10)
    assert job.status == "cancelled"
    assert not (job.folder / "vectors.npy").exists()


def test_queued_job_waits_shows_its_place_and_can_be_cancelled(shared):
    first = start_training(shared, epochs=500)
    wait(shared, first, lambda job: job.status == "running")
    second, third = start_training(shared), start_training(shared)
    assert [jobs.get(shared, id).position for id in (second, third)] == [1, 2]
    jobs.cancel(shared, third)
    assert jobs.get(shared, third).status == "cancelled"
    jobs.cancel(shared, first)
    assert wait(shared, second).status == "done"
    assert jobs.get(shared, third).status == "cancelled"


@pytest.mark.slow
def test_killed_worker_leaves_an_interrupted_job_its_log_and_the_jobs_behind_it(shared):
    first = start_training(shared, epochs=500)
    wait(shared, first, lambda job: job.progress.step > 0)
    second = start_training(shared, dim=10, epochs=1)
    os.kill(worker_of(shared, first), signal.SIGKILL)
    job = wait(shared, first, seconds=10)
    assert job.status == "interrupted"
    assert (
        "start it again" in job.message
        and "when memory runs short" in job.message
        and "lower the batch size" in job.message
    )
    assert "Epoch" in job.log_tail()
    assert wait(shared, second).status == "done"
    assert jobs.get(shared, first).status == "interrupted"


def test_interrupted_run_can_be_started_again(shared):
    id = start_training(shared, dim=10, epochs=1)
    wait(shared, id)
    shared.catalog.update(tables.jobs, id, status="interrupted")
    jobs.start_training(shared, id)
    assert wait(shared, id).status == "done"


def test_failure_is_a_sentence_and_the_worker_goes_on(shared):
    job = wait(shared, start_training(shared, min_count=100_000))
    assert job.status == "failed"
    assert "100" in job.message and "Traceback" not in job.message
    assert wait(shared, start_training(shared, dim=5, epochs=1)).status == "done"


def test_job_of_a_process_that_is_gone_is_marked_interrupted(lab):
    id = jobs.create(lab, "map", {}, title="a map")
    lab.catalog.update(
        tables.jobs, id, status="running", owner={"host": socket.gethostname(), "process": f"{2**22 + 1}:0.0"}
    )
    assert jobs.mark_interrupted(lab) == 1
    assert jobs.get(lab, id).status == "interrupted"


@pytest.mark.parametrize(
    ("app", "said"), [("", True), (owner.owner(), True), (f"{2**22 + 1}:0.0", False)], ids=["none", "alive", "gone"]
)
def test_memory_is_suspected_unless_the_app_has_ended_too(lab, app, said):
    id = jobs.create(lab, "map", {}, title="a map")
    lab.catalog.update(
        tables.jobs,
        id,
        status="running",
        owner={"host": socket.gethostname(), "process": f"{2**22 + 1}:0.0", "app": app},
    )
    jobs.mark_interrupted(lab)
    assert (
        "memory runs short: if that was so, choose a smaller size or corpus first" in jobs.get(lab, id).message
    ) == said


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "Memory ran out. Choose a smaller size or corpus and start it again."),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            "Memory ran out. Choose a smaller size or corpus and start it again.",
        ),
        (
            RuntimeError("CUDA out of memory."),
            "Memory of the GPU ran out. Choose a smaller size or corpus, or set EMBEDLAB_DEVICE=cpu, and start "
            "it again.",
        ),
    ],
)
def test_memory_that_runs_out_in_any_work_is_a_sentence(lab, error, sentence):
    def full(workspace, spec, report):
        raise error

    id = jobs.create(lab, "evaluate", {}, title="scores")
    with pytest.raises(type(error)):
        jobs.run_here(lab, id, work=full)
    assert (jobs.get(lab, id).status, jobs.get(lab, id).message) == ("failed", sentence)


def test_job_of_this_process_is_left_alone(lab):
    id = jobs.create(lab, "map", {}, title="a map")
    assert jobs.mark_interrupted(lab) == 0
    assert jobs.get(lab, id).status == "queued"


def test_job_that_was_handed_out_twice_runs_once(lab):
    id = jobs.create(lab, "corpus", {"bundled": "lee"}, title="Lee")
    assert jobs.run_here(lab, id)["tokens"] > 0
    assert jobs.run_here(lab, id) == {}


def test_recorder_writes_losses_always_and_progress_now_and_then(tmp_path):
    recorder = Recorder(tmp_path, every=1000)
    for step in range(1, 50):
        recorder(Progress(step, 100, "Epoch 1", {"rate": 5.0}))
    recorder(Progress(50, 100, "Epoch 1", {"epoch": 1, "loss": 2.5}))
    assert (tmp_path / "history.jsonl").read_text().count("\n") == 1
    assert '"step": 50' in (tmp_path / "progress.json").read_text()


def test_recorder_keeps_a_curve_in_which_later_measurements_count(lab):
    id = jobs.create(lab, "map", {}, title="a map")
    folder = jobs.get(lab, id).folder
    recorder = Recorder(folder, every=1000)
    recorder(Progress(0, 9, "Before", {"at": 0, "validation": 6.0, "perplexity": 403.4}))
    for at, loss in ((3, 5.0), (6, 4.0), (5, 4.5), (9, 3.0)):  # resumed after 3
        recorder(Progress(at, 9, "Epoch 1", {"at": at, "loss": loss, "validation": loss + 1}))
    job = jobs.get(lab, id)
    assert job.curve == [[0, None, 6.0], [3, 5.0, 6.0], [5, 4.5, 5.5], [9, 3.0, 4.0]] and job.history == []
    jobs.create(lab, "map", {}, title="again", id=id)
    assert jobs.get(lab, id).curve == []


def test_recorder_raises_cancelled_once_it_is_asked(tmp_path):
    recorder = Recorder(tmp_path, every=0)
    recorder(Progress(1, 2))
    (tmp_path / "cancel").touch()
    with pytest.raises(Cancelled):
        recorder(Progress(1, 2))


def test_wrong_setting_is_refused_before_anything_is_queued(lab):
    corpus = lab.add_corpus("lee")
    with pytest.raises(BadSetting, match="no setting 'dimm'"):
        lab.new_training(corpus, "word2vec", {"dimm": 3})
    assert lab.runs() == []


def test_workspace_opened_twice_sees_the_same_jobs(lab):
    id = jobs.create(lab, "map", {}, title="a map")
    assert jobs.get(Workspace.open(lab.home), id).title == "a map"


@pytest.mark.slow
def test_workers_end_when_the_app_is_killed(tmp_path):
    code = (
        f"from embedlab import Lab; from embedlab.jobs import dask_cluster; import time; "
        f"client = dask_cluster.connect(Lab({str(tmp_path)!r})); client.wait_for_workers(2); "
        "print(*client.run(__import__('os').getpid).values(), flush=True); time.sleep(60)"
    )
    app = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    workers = [int(pid) for pid in app.stdout.readline().split()]
    assert len(workers) == 2 and all(map(psutil.pid_exists, workers))
    app.kill()
    app.wait()
    gone, alive = psutil.wait_procs([psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)], timeout=15)
    assert not alive


def test_a_training_stores_the_number_that_an_automatic_setting_became(lab):
    corpus = lab.add_corpus("polarity")
    run = lab.run(lab.new_training(corpus, "word2vec", {"epochs": "auto", "window": 3}, seed=4))
    auto = MODELS["word2vec"].automatic(corpus, {})
    assert {name: run.spec.config[name] for name in auto} == auto
    said = f"{auto['dim']} d, window 3, {auto['epochs']} epochs, seed 4"
    assert run.name == f"Film review sentences, skip-gram, {said}"
    cbow = lab.run(lab.new_training(corpus, "word2vec", {"architecture": "cbow", "epochs": 1, "dim": 9}))
    assert cbow.name == "Film review sentences, CBOW, 9 d, window 5, 1 epoch, seed 1"
