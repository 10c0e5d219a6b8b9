"""Estimates of time: the form and the job say the same, and learn from what earlier trainings took."""

import pytest

from embedlab import jobs
from embedlab.core.progress import Progress
from embedlab.jobs.expected import expected_cost, usual_ratio
from embedlab.jobs.recorder import Recorder
from embedlab.store import catalog as tables
from embedlab.store.catalog import now


def put_run(lab, id, time):
    lab.catalog.insert(
        tables.runs, id=id, name=id, model="glove", config={}, seed=1, summary={"time": time}, created=now()
    )


def test_estimate_is_corrected_by_what_the_last_trainings_took(lab):
    corpus = lab.add_corpus("polarity")
    before = expected_cost(lab, "glove", corpus, {})
    assert usual_ratio(lab, "glove") == 1.0
    put_run(lab, "a" * 12, {"estimated": 10.0, "taken": 30.0})
    put_run(lab, "b" * 12, {"estimated": 0.1, "taken": 3.0})  # too short to tell
    put_run(lab, "c" * 12, None)
    assert expected_cost(lab, "glove", corpus, {}).seconds == pytest.approx(3 * before.seconds)
    put_run(lab, "d" * 12, {"estimated": 10.0, "taken": 900.0})
    put_run(lab, "e" * 12, {"estimated": 10.0, "taken": 900.0})
    assert usual_ratio(lab, "glove") == 5.0 and usual_ratio(lab, "word2vec") == 1.0


def test_job_begins_with_the_estimate_and_goes_over_to_its_pace(lab, monkeypatch):
    id = jobs.create(lab, "index", {"corpus": "c"}, title="work")
    clock = [1000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    recorder = Recorder(jobs.get(lab, id).folder, every=0.0)
    recorder.expected = 31.0
    recorder(Progress(0, 1, "Loading"))
    assert jobs.get(lab, id).eta == 31.0
    clock[0] += 10
    assert jobs.get(lab, id).eta == 21.0
    recorder(Progress(0.01, 1, "Epoch 1 of 2"))
    clock[0] += 100
    recorder(Progress(0.5, 1, "Epoch 1 of 2"))
    assert jobs.get(lab, id).eta == pytest.approx(100, rel=0.2)
