"""A run that rested or was killed ends as one that never did, and a run can begin from another."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from helpers import counting
from helpers.paths import TESTS

from embedlab import jobs
from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import Cancelled, Progress
from embedlab.core.settings import settings_of
from embedlab.jobs.recorder import Recorder
from embedlab.models import MODELS
from embedlab.models.training import checkpoints
from embedlab.models.training.checkpoints import Place
from embedlab.models.training.session import Paused
from embedlab.store import catalog as tables


@pytest.fixture
def lab(lab, monkeypatch):
    """A laboratory with a small corpus, the counting family, and a checkpoint at every rest."""
    monkeypatch.setitem(MODELS, "counting", counting.FAMILY)
    monkeypatch.setenv("EMBEDLAB_CHECKPOINT_EVERY", "0")
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)
    add_text(lab, "pets", "the cat sat on the mat\nthe dog sat on the rug\n")
    return lab


def add_text(lab, name: str, text: str):
    path = lab.home / f"{name}.txt"
    path.write_text(text * 3)
    return lab.add_corpus(path, name=name)


def stop_after(n: int, error=KeyboardInterrupt):
    """A report that raises at the n-th step."""

    def report(progress: Progress) -> None:
        if progress.step >= n:
            raise error

    return report


def begin(lab, *, stop: int | None = None, error=KeyboardInterrupt, **settings) -> str:
    """A counting run, stopped at a step or trained to its end: its id."""
    id = lab.new_training(lab.corpus("pets"), "counting", settings)
    if stop is None:
        jobs.run_here(lab, id)
    else:
        with pytest.raises(error):
            jobs.run_here(lab, id, report=stop_after(stop, error))
    return id


def losses(lab, id) -> list[tuple]:
    return [(record["epoch"], record["loss"]) for record in jobs.get(lab, id).history]


# Going on


def test_full_disk_is_told_in_the_log_and_the_run_goes_on(lab, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "save", full)
    id = lab.new_training(lab.corpus("pets"), "counting", {})
    (lab.run_folder(id) / "pause").touch()
    monkeypatch.setattr(lab.__class__, "finish_run", lambda self, id, trained, summary: None)
    assert jobs.run_here(lab, id)["words"] == 7
    assert not jobs.get(lab, id).pausing
    assert "could not be saved, so training continues: No space left on device" in jobs.get(lab, id).log_tail()


def test_paused_and_resumed_run_ends_as_the_uninterrupted_one(lab):
    straight = lab.run(begin(lab, epochs=6))
    id = lab.new_training(lab.corpus("pets"), "counting", {"epochs": 6, "wait": 0.02})
    outcome = []

    def work():
        with pytest.raises(Paused):
            jobs.run_here(lab, id)
        outcome.append("paused")

    thread = threading.Thread(target=work)
    thread.start()
    while not jobs.get(lab, id).history:
        time.sleep(0.01)
    paused = lab.pause(id)
    thread.join()
    assert outcome == ["paused"] and paused.status == "paused" and "Paused at" in paused.message
    assert 0 < paused.resumable_at.done < 1
    with pytest.raises(NotFound, match="is paused, so it has no vectors. Resume it"):
        _ = paused.embedding
    with pytest.raises(BadInput, match="cannot be paused: it is paused"):
        lab.pause(id)
    resumed = lab.resume(id)
    np.testing.assert_array_equal(resumed.embedding.vectors, straight.embedding.vectors)
    assert resumed.summary["loss"] == straight.summary["loss"]
    assert losses(lab, id) == losses(lab, straight.id)
    assert not (resumed.folder / "checkpoint").exists() and resumed.resumable_at is None


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_run_whose_process_is_killed_resumes_and_ends_as_the_uninterrupted_one(lab):
    straight = lab.run(begin(lab, epochs=6))
    id = lab.new_training(lab.corpus("pets"), "counting", {"epochs": 6, "wait": 0.02})
    code = (
        "import sys; from helpers import counting; counting.register(); from embedlab import Lab, jobs; "
        "jobs.run_here(Lab(sys.argv[1]), sys.argv[2])"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(lab.home), id],
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    while len(jobs.get(lab, id).history) < 2:
        time.sleep(0.01)
        assert worker.poll() is None
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    jobs.mark_interrupted(lab)
    run = lab.run(id)
    assert run.status == "interrupted" and f"Resume it at {run.resumable_at.percent}" in run.message
    resumed = lab.resume(id)
    np.testing.assert_array_equal(resumed.embedding.vectors, straight.embedding.vectors)
    assert resumed.summary["loss"] == straight.summary["loss"] and losses(lab, id) == losses(lab, straight.id)


def test_history_and_clock_go_on_from_the_checkpoint(lab):
    id = begin(lab, stop=25, wait=0.01)
    place = lab.run(id).resumable_at
    assert (place.done, place.records) == (24 / 30, 2)
    with open(lab.run_folder(id) / "history.jsonl", "a") as file:
        file.write('{"epoch": 9, "loss": 9.9, "seconds": 99}\n{"epoch": 10, "lo')
    seen = []
    lab.resume(id, report=seen.append)
    history = jobs.get(lab, id).history
    assert [record["epoch"] for record in history] == [1, 2, 3]
    seconds = [record["seconds"] for record in history]
    assert seconds == sorted(seconds) and seconds[2] >= place.seconds
    assert seen[0].message == "Preparing" and seen[0].fraction == pytest.approx(place.done)
    assert "Started" in jobs.get(lab, id).log_tail() and "Resumed at 80%" in jobs.get(lab, id).log_tail()


def test_time_left_after_a_resume_counts_the_time_before_it(lab):
    id = jobs.create(lab, "map", {}, title="a map")
    recorder = Recorder(lab.home / "jobs" / id, elapsed=100.0)
    recorder(Progress(50, 100, "half"))
    assert jobs.get(lab, id).eta == pytest.approx(100, abs=5)


def test_cancelled_run_can_be_resumed_or_started_anew(lab):
    id = lab.new_training(lab.corpus("pets"), "counting", {})

    def report(progress):
        if progress.step == 15:
            jobs.cancel(lab, id)
            time.sleep(0.3)

    with pytest.raises(Cancelled):
        jobs.run_here(lab, id, report=report)
    assert lab.run(id).status == "cancelled" and lab.run(id).resumable_at.done >= 0.4
    jobs.create(lab, "train", {"run": id}, title="anew", id=id)
    assert not (lab.run_folder(id) / "checkpoint").exists() and jobs.get(lab, id).history == []
    jobs.run_here(lab, id)
    assert [epoch for epoch, _ in losses(lab, id)] == [1, 2, 3]


@pytest.mark.parametrize(
    "harm, sentence",
    [
        (lambda lab, id: next(lab.run_folder(id).rglob("vectors.npy")).write_bytes(b"nonsense"), "is damaged"),
        (lambda lab, id: lab.catalog.update(tables.runs, id, seed=2), "does not fit: the seed changed"),
        (
            lambda lab, id: lab.catalog.update(tables.runs, id, corpus_id=add_text(lab, "other", "one two\n").id),
            "the corpus changed",
        ),
    ],
    ids=["damaged", "other seed", "other corpus"],
)
def test_checkpoint_that_cannot_be_used_is_a_sentence_and_offered_no_more(lab, harm, sentence):
    id = begin(lab, stop=15)
    harm(lab, id)
    with pytest.raises(BadInput, match=f"{sentence}.* Train again from the start"):
        lab.resume(id)
    run = lab.run(id)
    assert run.status == "failed" and sentence in run.message and run.resumable_at is None
    with pytest.raises(BadInput, match="has no checkpoint to resume from"):
        lab.resume(id)
    jobs.create(lab, "train", {"run": id}, title="anew", id=id)
    jobs.run_here(lab, id)
    assert lab.run(id).status == "done"


def test_checkpoint_of_another_engine_is_refused_by_the_engine(lab):
    id = begin(lab, stop=15, engine="counting 0")
    with pytest.raises(BadInput, match="saved by the engine 'counting 0'"):
        lab.resume(id)
    assert lab.run(id).resumable_at is None


def test_deleting_a_paused_run_removes_its_checkpoint(lab):
    id = begin(lab, stop=15)
    lab.catalog.update(tables.jobs, id, status="paused")
    lab.delete_run(id)
    assert not lab.run_folder(id).exists() and not lab.has_run(id)


def test_engine_without_checkpoints_cannot_pause(lab):
    id = lab.new_training(lab.corpus("pets"), "word2vec", {"engine": "gensim"})
    lab.catalog.update(tables.jobs, id, status="running")
    assert not jobs.can_pause(lab, id)
    with pytest.raises(BadInput, match="Only a running training whose family keeps checkpoints can"):
        jobs.pause(lab, id)


# Beginning from another run


def test_run_begins_from_the_words_vectors_counts_and_end_of_another(lab, monkeypatch):
    first = lab.run(begin(lab))
    seen = []

    def watching(corpus, config, *, session, **more):
        seen.append(session.base)
        return counting.train(corpus, config, session=session, **more)

    monkeypatch.setitem(MODELS, "counting", replace(counting.FAMILY, train=watching))
    second = lab.train(add_text(lab, "more", "a bird sat on the mat\n"), "counting", from_run=first)
    [base] = seen
    assert base.words == first.embedding.words and base.end.state["step"] == 30
    np.testing.assert_array_equal(base.vectors, first.embedding.vectors)
    np.testing.assert_array_equal(base.end.arrays["vectors"], first.embedding.vectors)
    assert set(second.embedding.words) == set(first.embedding.words) | {"a", "bird"}
    assert second.spec.base == first.id and second.spec.config["dim"] == 4
    assert json.loads((second.folder / "run.json").read_text())["spec"]["base"] == first.id
    lab.delete_run(first.id)
    assert lab.run(second.id).embedding.words == second.embedding.words
    jobs.create(lab, "train", {"run": second.id}, title="again", id=second.id)
    with pytest.raises(NotFound, match="begins from has been deleted"):
        jobs.run_here(lab, second.id)


def test_base_stays_while_a_run_that_is_not_done_may_need_it(lab):
    first = begin(lab)
    more = add_text(lab, "more", "a bird sat on the mat\n")
    straight = lab.train(more, "counting", from_run=first)
    id = lab.new_training(more, "counting", {}, name="second", from_run=first)
    for act in (lambda: None, lambda: jobs.run_here(lab, id, report=stop_after(15))):
        with contextlib.suppress(KeyboardInterrupt):
            act()
        with pytest.raises(BadInput, match="'second' began from 'pets, Counting.*', is .* and still needs it"):
            lab.delete_run(first)
    np.testing.assert_array_equal(lab.resume(id).embedding.vectors, straight.embedding.vectors)
    lab.delete_run(first)
    assert lab.run(id).status == "done"


def test_imported_vectors_are_a_base_without_an_end(lab, tmp_path):
    first = lab.run(begin(lab, dim=6))
    imported = lab.import_vectors(lab.export(first, "word2vec-binary", tmp_path / "vectors.bin"))
    base = lab.base(imported.id)
    assert base.end is None and base.vectors.shape == (7, 6)
    assert lab.train(lab.corpus("pets"), "counting", from_run=imported).summary["dim"] == 6
    assert [run.id for run in lab.bases("counting")][-2:] == [imported.id, first.id]
    assert lab.bases("glove") == [imported]


def test_base_that_does_not_fit_is_refused_before_anything_is_listed(lab):
    corpus, first = lab.corpus("pets"), begin(lab)
    stopped = begin(lab, stop=15)
    for model, base, settings, sentence in [
        ("counting", first, {"dim": 5}, "have 4 dimensions and stay as long; got 5"),
        ("word2vec", first, {}, "of the family 'counting'"),
        ("transformer", first, {}, "has no transformer to initialise from"),
        ("counting", stopped, {}, "is interrupted, so nothing can begin from it"),
    ]:
        with pytest.raises(BadSetting, match=sentence):
            lab.new_training(corpus, model, settings, from_run=base)
    assert len(lab.runs()) == 2


# The real engine


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_word2vec_whose_process_is_killed_resumes_to_the_same_bits(lab):
    names = {s.name for s in settings_of(MODELS["word2vec"].config)}
    if "deterministic" not in names:
        pytest.skip("this Word2Vec engine does not repeat exactly")
    corpus = lab.add_corpus("lee")
    settings = {"dim": 50, "epochs": 80, "min_count": 2, "deterministic": True}
    straight = lab.train(corpus, "word2vec", **settings)
    id = lab.new_training(corpus, "word2vec", settings)
    code = "import sys; from embedlab import Lab, jobs; jobs.run_here(Lab(sys.argv[1]), sys.argv[2])"
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(lab.home), id],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    while (checkpoints.place_of(lab.run_folder(id) / "checkpoint") or Place()).records < 1:
        time.sleep(0.01)
        assert worker.poll() is None, "the run was done before it could be killed"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    jobs.mark_interrupted(lab)
    assert lab.run(id).status == "interrupted" and 0 < lab.run(id).resumable_at.done < 1
    resumed = lab.resume(id)
    np.testing.assert_array_equal(resumed.embedding.vectors, straight.embedding.vectors)
    assert resumed.summary["loss"] == straight.summary["loss"] and losses(lab, id) == losses(lab, straight.id)
    continued = lab.train(
        add_text(lab, "more", "a zyzzyva sat on the mat\n"), "word2vec", from_run=resumed, epochs=1, min_count=1
    )
    assert "zyzzyva" in continued.embedding and set(resumed.embedding.words) < set(continued.embedding.words)
