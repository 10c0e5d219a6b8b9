"""Sweeps of models of items: judged by recommendations, whose held-out choices no trial has seen."""

from dataclasses import replace

import pytest
from helpers.tastes import tastes

from embedlab.core.errors import BadSetting
from embedlab.data.interactions.storing import store
from embedlab.sweeps import SweepSpec, axis_of, new_sweep
from embedlab.sweeps.presets import LESSONS, TEXT_SETTINGS
from embedlab.sweeps.reading import read
from embedlab.sweeps.spec import judge_of
from embedlab.sweeps.table import Board, Point, Trial, title_of

ALS = ("als",)


@pytest.fixture
def data(lab):
    found = tastes(lab.corpora_folder)
    lab.register_interactions(found)
    return found


def spec_of(data, families=ALS, **options) -> SweepSpec:
    options = {"objective": "items-last", "prune": False} | options
    return SweepSpec(data.id, families, {"dim": axis_of("dim", "4, 8", families)}, {}, **options)


def test_trials_hold_out_what_judges_them(data):
    spec = spec_of(data)
    assert spec.held_out == "last" and spec.larger_is_better
    assert spec.config("als", {"dim": 4})["split"] == "last"
    assert spec_of(data, objective="items-time").config("als", {})["split"] == "time"
    fixed = replace(spec, fixed={"als": {"split": "none"}})
    assert fixed.config("als", {})["split"] == "last"
    varied = replace(spec, vary={"split": axis_of("split", "none, last", ALS)})
    assert varied.config("als", {"split": "none"})["split"] == "none"


def test_families_and_benchmarks_must_go_with_the_data(lab, data):
    with pytest.raises(BadSetting, match="Word2Vec learns from texts, and these are who chose what"):
        new_sweep(lab, spec_of(data, ("word2vec",)), name="wrong family")
    with pytest.raises(
        BadSetting, match="'WordSim-353' cannot judge runs of 'tastes'. Choose items-time, items-last or"
    ):
        new_sweep(lab, spec_of(data, objective="wordsim353"), name="wrong judge")
    with pytest.raises(BadSetting, match="The held-out loss of ALS does not follow"):
        new_sweep(lab, spec_of(data, objective="validation"), name="no judge")


def test_choices_without_times_are_judged_at_random(lab, data, tmp_path):
    from embedlab.data.interactions.planted import Taste, planted

    rows, known = planted(Taste(n_users=60, n_items=40, mean_choices=8), seed=1)
    timeless = store(replace(rows, time=None), lab.corpora_folder, name="timeless", known=known)
    lab.register_interactions(timeless)
    assert (judge_of(data), judge_of(timeless)) == ("items-time", "items-random")
    with pytest.raises(BadSetting, match="'timeless' has no times, so it cannot be split by them"):
        new_sweep(lab, spec_of(timeless, objective="items-time"), name="by time")


@pytest.mark.slow
def test_a_sweep_of_choices_runs_from_the_library_and_trains_each_setting_once(lab, data, monkeypatch):
    from embedlab.models import MODELS

    trained, real = [], MODELS["als"].train
    monkeypatch.setitem(
        MODELS,
        "als",
        replace(MODELS["als"], train=lambda data, config, **how: trained.append(config) or real(data, config, **how)),
    )
    monkeypatch.setattr("embedlab.sweeps.conductor.cores", lambda: 1)
    board = lab.sweep(data, "als", vary={"dim": [4, 8]}, fixed={"als": {"epochs": 2}})
    assert board.objective == "items-time" and board.best.measure("items-time").mean > 0
    assert [(config.dim, config.split) for config in trained] == [(4, "time"), (8, "time")]
    assert "Best Recall@10, by time so far" in read(board)[0]


def lesson_board(values: dict[tuple, float]) -> Board:
    """The board of the lesson on items where (epochs, exponent, order) has these scores."""
    spec = LESSONS["items"].spec("none")
    points = [
        Point(
            i,
            "item2vec",
            dict(zip(("epochs", "exponent", "order"), key, strict=True)),
            (Trial(f"r{i}", i, 1, "item2vec", {}, "done", "", {"items-last": value}, {"items-last": (900, 900)}),),
        )
        for i, (key, value) in enumerate(values.items())
    ]
    return Board("b", "lesson", spec, tuple(points))


FOUND = {
    (5, 0.75, True): 0.18,
    (5, 0.75, False): 0.13,
    (5, -0.5, True): 0.12,
    (5, -0.5, False): 0.09,
    (30, 0.75, True): 0.27,
    (30, 0.75, False): 0.18,
    (30, -0.5, True): 0.31,
    (30, -0.5, False): 0.10,
}


def test_lesson_on_items_has_few_trainings_and_begins_with_the_settings_of_text():
    spec = LESSONS["items"].spec("none")
    assert spec.most_trials == len(FOUND) <= 12 and title_of(spec.objective) == "Recall@10, last choice"
    assert spec.grid()[0] == ("item2vec", dict(TEXT_SETTINGS))
    assert spec.config("item2vec", {})["window"] == 5 and spec.config("item2vec", {})["split"] == "last"


def test_lesson_on_items_reads_each_setting_beside_the_others():
    said = read(lesson_board(FOUND))
    assert said[0].startswith("Best Recall@10, last choice so far (900 people asked): 0.310 with epochs 30, exponent")
    assert "it is 0.180: 58% of the best." in said[1]
    assert said[2] == "Epochs 30 instead of 5 is better in all 4 comparisons, from +0.010 to +0.190."
    assert "-0.5 instead of 0.75 is better in 1 of 4 comparisons and worse in other company" in said[3]
    assert said[4] == "Order matters: no instead of yes is worse in all 4 comparisons, from -0.210 to -0.030."
    assert said[5].startswith("So one setting cannot be chosen without the others")
    assert "there are no intervals" in said[-1]
    alike = {key: 0.1 + 0.01 * key[0] for key in FOUND}
    assert not any("without the others" in sentence for sentence in read(lesson_board(alike)))
