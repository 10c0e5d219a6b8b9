"""Several machines, simulated: a scheduler and two workers as separate programs, one of which is killed."""

import os
import signal
import subprocess
import sys

import pytest
from helpers.apps import free_port
from helpers.paths import ROOT

from embedlab import jobs
from embedlab.core.errors import BadInput
from embedlab.core.progress import silent
from embedlab.jobs.dask_cluster import WORKER_HOME
from embedlab.jobs.submit import catalog_for_workers
from embedlab.store import catalog as tables
from embedlab.sweeps import SweepSpec, axis_of, new_sweep, read_board, remaining, run
from embedlab.sweeps.conductor import hands_of

PROGRAM = (
    "import sys; from helpers import planted_sweep\nif __name__ in ('__main__', '__mp_main__'):\n    "
    "planted_sweep.register()\n"
    "if __name__ == '__main__':\n    from embedlab.cli import main; main()\n"
)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """The address of a scheduler with two workers of one slot each, and the worker programs."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    address = f"tcp://127.0.0.1:{free_port()}"

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, str(script), *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    scheduler = start("scheduler", "--port", address.rsplit(":", 1)[1])
    assert "Scheduler ready" in scheduler.stdout.readline()
    workers = [start("worker", address, "--slots", "1") for _ in range(2)]
    for worker in workers:
        assert "1 trainings at a time" in worker.stdout.readline()
    monkeypatch.setenv("EMBEDLAB_SCHEDULER", address)
    yield workers
    for program in (*workers, scheduler):
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_killed_machine_costs_no_trial(lab, cluster):
    corpus = lab.add_corpus("polarity")
    spec = SweepSpec(
        corpus.id,
        ("word2vec",),
        {"dim": axis_of("dim", "5, 10", ("word2vec",)), "epochs": axis_of("epochs", "40, 41, 42", ("word2vec",))},
        {"word2vec": {"min_count": 1, "window": 40}},
        seeds=2,
        prune=False,
    )
    id, killed, hosts = new_sweep(lab, spec, name="machines"), [], set()

    def kill_one(progress):
        trials = read_board(lab, id).trials
        hosts.update(
            lab.catalog.row(tables.jobs, trial.run)["owner"]["process"] for trial in trials if trial.status == "done"
        )
        if not killed and len(hosts) == 2 and sum(trial.status == "done" for trial in trials) >= 3:  # both have worked
            killed.append(cluster[0].pid)
            os.killpg(cluster[0].pid, signal.SIGKILL)

    run(lab, id, report=kill_one)
    board = read_board(lab, id)
    assert killed and remaining(board) == 0
    assert sorted((trial.point, trial.seed) for trial in board.trials) == [
        (point, seed) for point in range(6) for seed in (1, 2)
    ]
    assert {trial.status for trial in board.trials} == {"done"} and len(hosts) == 2


def test_scheduler_that_does_not_answer_is_a_sentence(lab, monkeypatch):
    monkeypatch.setenv("EMBEDLAB_SCHEDULER", f"tcp://127.0.0.1:{free_port()}")
    monkeypatch.setattr("embedlab.jobs.dask_cluster.PATIENCE", 0.5)
    with pytest.raises(BadInput, match="No scheduler answers"), hands_of(lab, 4):
        pass


def test_job_handed_out_again_by_the_scheduler_is_interrupted_though_its_machine_is_another(lab, monkeypatch):
    id = jobs.create(lab, "map", {}, title="a map")
    lab.catalog.update(
        tables.jobs, id, status="running", owner={"host": "elsewhere", "process": "1:0.0", "turn": "abc"}
    )
    assert jobs.mark_interrupted(lab) == 0
    jobs.run_here(lab, id, report=silent, turn="other")
    assert jobs.get(lab, id).status == "running"
    jobs.run_here(lab, id, report=silent, turn="abc")
    assert jobs.get(lab, id).status == "interrupted"


def test_password_of_the_catalog_does_not_travel(lab, monkeypatch):
    assert catalog_for_workers(lab) == lab.catalog.url
    monkeypatch.setenv("EMBEDLAB_SCHEDULER", "tcp://somewhere:8786")
    assert catalog_for_workers(lab) is None


def test_worker_uses_the_workspace_it_was_started_with(lab, tmp_path, monkeypatch):
    id = jobs.create(lab, "corpus", {"bundled": "lee"}, title="Lee")
    monkeypatch.setenv(WORKER_HOME, str(lab.home))
    jobs.run_in_worker(str(tmp_path / "not here"), None, id)
    assert jobs.get(lab, id).status == "done" and len(lab.corpora()) == 1
    assert not (tmp_path / "not here").exists()
