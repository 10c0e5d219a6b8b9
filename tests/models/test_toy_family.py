"""A family that is registered and nothing else: it works everywhere, and no other file knows its name."""

import subprocess

import numpy as np
import pytest
from helpers.commands import answer, run
from helpers.pages_shown import texts
from helpers.paths import ROOT
from helpers.planted_sweep import swept
from helpers.toy_family import FAMILY

from embedlab import jobs
from embedlab.models import MODELS, advice_of, estimate_of
from embedlab.store import catalog as tables
from embedlab.sweeps import SweepSpec, axis_of, new_sweep


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(MODELS, "letters", FAMILY)


@pytest.fixture
def corpus(lab, toy):
    return lab.add_corpus("lee")


def test_toy_family_is_small_and_unknown_to_the_package():
    assert len((ROOT / "tests" / "helpers" / "toy_family.py").read_text(encoding="utf-8").splitlines()) <= 40
    found = subprocess.run(["grep", "-rlw", "LettersConfig", str(ROOT / "embedlab")], capture_output=True, text=True)
    assert found.stdout == ""


def test_library_trains_and_exports_it(lab, corpus, tmp_path):
    trained = lab.train(corpus, "letters", dim=12, noise=0.0)
    assert trained.embedding.vectors.shape == (corpus.n_types, 12)
    lab.export(trained, "word2vec", tmp_path / "letters.vec")
    read = lab.import_vectors(tmp_path / "letters.vec")
    np.testing.assert_array_equal(read.embedding.vectors, trained.embedding.vectors)


def test_advisor_says_what_it_knows_of_it(corpus):
    assert [item.level for item in advice_of(FAMILY, corpus, {"dim": 12})] == ["good"]
    assert estimate_of(FAMILY, corpus, {"dim": 12}) is None


def test_train_page_draws_its_form_and_starts_it(open_page, lab, corpus, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start_training", lambda here, id, watch=None: started.append((id, watch)))
    page = open_page("train", lab.home)
    page.pills(key="train.model").set_value("letters").run()
    page.number_input(key="train.letters.dim").set_value(9).run()
    assert not page.exception and not page.error
    assert "Words of the same letters are near." in texts(page) and "makes no estimate" in texts(page)
    next(button for button in page.button if button.label == "Train model").click().run()
    assert not page.exception
    [(id, watch)] = started
    assert lab.run(id).spec.config == {"dim": 9, "min_count": 1, "noise": 0.1} and watch is None


def test_command_has_its_options(home_with_corpus, toy):
    found = answer(home_with_corpus, "train", "lee", "--model", "letters", "--noise", 0.5, "--dim", 8)
    assert found["dim"] == 8 and found["loss"] == [0.5]
    wrong = run(home_with_corpus, "train", "lee", "--model", "letters", "--noise", 7, check=False)
    assert wrong.returncode != 0 and "Noise must lie between 0 and 1" in wrong.stderr
    assert (
        "belongs to word2vec"
        in run(home_with_corpus, "train", "lee", "--model", "letters", "--cbow", check=False).stderr
    )


@pytest.fixture
def home_with_corpus(lab, corpus, monkeypatch):
    from embedlab.cli import training

    training.draw_options.cache_clear()
    yield lab.home
    monkeypatch.undo()
    training.draw_options.cache_clear()


def test_job_trains_it_and_cannot_be_paused(lab, corpus):
    id = lab.new_training(corpus, "letters", {})
    lab.catalog.update(tables.jobs, id, status="running")
    assert not jobs.can_pause(lab, id)
    lab.catalog.update(tables.jobs, id, status="queued")
    assert jobs.run_here(lab, id)["words"] == corpus.n_types
    assert lab.run(id).status == "done"


@pytest.mark.slow
def test_runs_map_neighbours_and_benchmarks_pages_show_its_run(open_page, lab, corpus):
    trained = lab.train(corpus, "letters", name="by letters")
    for name in ("runs", "map", "neighbours", "benchmarks", "inside"):
        assert not open_page(name, lab.home, run=trained.id).error
    table = open_page("runs", lab.home).dataframe[0].value
    assert table["name"].tolist() == ["by letters"] and table["model"].tolist() == ["Letters"]


def test_sweeps_vary_it_and_judge_it_by_a_benchmark(open_page, lab, corpus):
    families = ("letters",)
    axes = {"noise": axis_of("noise", "0, 1", families)}
    board = swept(lab, new_sweep(lab, SweepSpec(corpus.id, families, axes, objective="wordsim353"), name="noise"))
    assert [point.label for point in board.points] == ["noise 0", "noise 1"]
    assert all(trial.status == "done" for trial in board.trials)
    page = open_page("sweeps", lab.home, sweeps_view="New sweep")
    page.pills(key="sweep.families").set_value(["letters"]).run()
    assert not page.exception and "of unknown length" in texts(page)


@pytest.mark.slow
def test_run_of_a_family_that_is_gone_is_still_shown(open_page, lab, corpus, monkeypatch):
    trained = lab.train(corpus, "letters", name="by letters")
    monkeypatch.delitem(MODELS, "letters")
    for name in ("runs", "map", "neighbours", "inside"):
        assert not open_page(name, lab.home, run=trained.id).error
