"""Models of items under a split: yardsticks beside them, what the note says, and comparisons user by user."""

import numpy as np
import pytest
from helpers.tastes import tastes

from embedlab.core.errors import BadInput
from embedlab.core.progress import silent
from embedlab.data.interactions.splits import split_of
from embedlab.data.interactions.storing import Rows, store
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, ItemRun, Scored, applicable, compare_scores, evaluate
from embedlab.models import MODELS


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def item_run(data, name="puresvd", split="random", **settings) -> ItemRun:
    family = MODELS[name]

    def anew(wanted, report):
        return family.train(data, family.config(split=wanted, **settings), seed=1, report=report).recommender

    return ItemRun(data, anew(split, silent), split, anew)


def scored(run: ItemRun, split="random", **options) -> BenchmarkResult:
    return evaluate(Scored(None, items=run), f"items-{split}", options=options)


def test_result_has_every_measure_with_interval_and_yardsticks(data):
    result = scored(item_run(data, dim=8), k=5)
    names = ["recall@5", "NDCG@5", "hit rate@5", "MAP@5", "MRR@5", "coverage@5", "novelty@5", "Gini@5"]
    assert [metric["name"] for metric in result.metrics] == names
    assert (result.metric, result.task, result.by) == ("recall@5", "recommendation", ["recall@5"])
    for metric in result.metrics:
        assert metric["low"] <= metric["score"] <= metric["high"], metric["name"]
        assert list(metric["beside"]) == ["popularity", "itemknn", "ease"]
    assert [line["name"] for line in result.references] == ["Popularity", "Item-kNN", "EASE"]
    assert result.score == pytest.approx(np.mean([row["recall@5"] for row in result.rows]), abs=1e-6)
    assert BenchmarkResult.from_dict(result.to_dict()) == result


def test_model_is_trained_anew_only_for_another_split(data):
    run = item_run(data, dim=8)
    anew = "The model was trained anew without the held-out choices."
    assert anew not in scored(run).note and anew in scored(run, "time").note
    assert scored(run, "time").score == scored(item_run(data, split="time", dim=8), "time").score


def test_held_out_choices_are_never_seen(data):
    seen = []
    run = item_run(data, dim=8)
    spied = ItemRun(data, run.recommender, "none", lambda split, report: seen.append(split) or run.anew(split, report))
    scored(spied)
    assert seen == ["random"]
    assert not np.isin(*(part.users.astype(int) * data.n_items + part.items for part in _parts(data))).any()


def _parts(data):
    split = split_of(data, "random")
    return split.test, split.train


def test_note_says_what_the_split_asks_and_what_it_leaves_out(data):
    result = scored(item_run(data, dim=8), "time")
    assert "What do people choose after this date" in result.note
    assert "Scores on past choices do not say what recommending would change." in result.note
    assert result.held_out["split"] == "time" and result.held_out["leaked"] == 0
    assert result.n_used < result.n_total and "unknown to training, left out" in result.note


def test_methods_that_cannot_be_told_apart_are_said_to_be(tmp_path):
    shuffled = tastes(tmp_path, shuffled=True)
    assert "This split cannot tell these methods apart." in scored(item_run(shuffled, dim=2)).note
    assert "cannot tell" not in scored(item_run(tastes(tmp_path / "planted"), dim=8)).note


def test_two_models_are_compared_user_by_user(data):
    good, bad = (scored(item_run(data, name)) for name in ("ease", "popularity"))
    found = compare_scores(good, bad, good.rows, bad.rows, seed=1)
    assert found.low > 0
    same = compare_scores(good, good, good.rows, good.rows, seed=1)
    assert same.low == same.high == 0


def test_results_of_another_length_or_split_are_not_compared(data):
    run = item_run(data, dim=8)
    digests = {scored(run).digest, scored(run, k=5).digest, scored(run, "last").digest}
    assert len(digests) == 3


def test_split_in_which_nobody_can_be_asked_has_no_score(tmp_path):
    users, items, times = [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], np.array([1.0, 2, 3, 4, 99, 99])
    data = store(Rows(np.array(users), np.array(items), list("abc"), list("xy"), times), tmp_path, name="new")
    result = scored(item_run(data, "popularity", "none"), "time")
    assert result.score is None and "None of the 1 users with held-out choices is known from training." in result.note


def test_benchmarks_of_recommendations_and_of_vectors_keep_to_their_kind(data, planted_embedding):
    with pytest.raises(BadInput, match="needs recommendations, and this run makes none"):
        evaluate(planted_embedding, "items-random")
    with pytest.raises(BadInput, match="needs vectors, and this run has none"):
        evaluate(Scored(None, items=item_run(data, "popularity")), "geometry")


def test_applicable_are_the_splits_that_the_data_allow(data, tmp_path):
    rows = Rows(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]), ["a", "b"], ["x", "y", "z"])
    assert applicable(data) == ["items-time", "items-last", "items-random"]
    assert applicable(store(rows, tmp_path, name="timeless")) == ["items-last", "items-random"]
    assert all(BENCHMARKS[name].of_items for name in applicable(data))


@pytest.fixture
def planted_embedding():
    from helpers.planted import planted

    return planted()
