"""Measures of recommendations against loops that follow their definitions, with the slips that are common elsewhere."""

import math

import numpy as np
import pytest

from embedlab.data.interactions.choices import Choices
from embedlab.evaluation.items import measures
from embedlab.evaluation.items.measures import MEASURES, interval_of_lists, judge, times_listed

TOP = [[4, 2, 7, 0], [1, 5, 6, 2], [3, 0, -1, -1], [6, 7, 5, 4]]
HELD = [[2, 0, 9], [1], [8, 9], [4, 5, 6, 7, 8, 9]]
COUNTS = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 0])


@pytest.fixture
def judged():
    return judge(np.array(TOP, np.int32), Choices.of_lists(HELD, 10), COUNTS)


def by_hand(top, held):
    """Recall, NDCG, hit rate, average precision and reciprocal rank of one list."""
    hits = [item in held for item in top]
    k, gains = len(top), [1 / math.log2(r + 2) for r in range(len(top))]
    precision = [sum(hits[: r + 1]) / (r + 1) for r in range(k)]
    return (
        sum(hits) / len(held),
        sum(g for g, hit in zip(gains, hits, strict=True) if hit) / sum(gains[: min(k, len(held))]),
        float(any(hits)),
        sum(p for p, hit in zip(precision, hits, strict=True) if hit) / min(k, len(held)),
        max((1 / (r + 1) for r in range(k) if hits[r]), default=0.0),
    )


def test_measures_of_users_equal_their_definitions(judged):
    names = ("recall", "ndcg", "hit_rate", "average_precision", "reciprocal_rank")
    found = np.stack([getattr(measures, name)(judged) for name in names], axis=1)
    expected = [by_hand(top, set(held)) for top, held in zip(TOP, HELD, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_measures_equal_scikit_learn_where_it_defines_them():
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(0)
    scores = rng.permuted(np.tile(np.arange(30.0), (40, 1)), axis=1)
    relevant = rng.random((40, 30)) < 0.2
    relevant[:, 0] = True  # nobody without a held-out item
    top = np.argsort(-scores, axis=1)[:, :5].astype(np.int32)
    held = Choices.of_lists([np.flatnonzero(row).tolist() for row in relevant], 30)
    found = measures.ndcg(judge(top, held, np.ones(30, int)))
    assert found.mean() == pytest.approx(ndcg_score(relevant, scores, k=5), rel=1e-10)


@pytest.mark.slow  # ranx compiles its kernels
def test_measures_equal_ranx():
    """MAP there divides by all held-out items, here by as many of them as a list can hold."""
    from ranx import Qrels, Run, evaluate

    rng, n, n_items = np.random.default_rng(0), 50, 40
    scores = rng.permuted(np.tile(np.arange(float(n_items)), (n, 1)), axis=1)
    held = [rng.choice(n_items, rng.integers(1, 15), replace=False).tolist() for _ in range(n)]
    top = np.argsort(-scores, axis=1)[:, :10].astype(np.int32)
    judged = judge(top, Choices.of_lists(held, n_items), np.ones(n_items, int))
    users = [f"{user:03}" for user in range(n)]  # which ranx sorts as texts
    found = evaluate(
        Qrels({user: {str(item): 1 for item in items} for user, items in zip(users, held, strict=True)}),
        Run({user: {str(i): row[i] for i in range(n_items)} for user, row in zip(users, scores.tolist(), strict=True)}),
        ["recall@10", "ndcg@10", "hit_rate@10", "mrr@10", "map@10"],
        return_mean=False,
    )
    ours = (measures.recall, measures.ndcg, measures.hit_rate, measures.reciprocal_rank)
    for name, measure in zip(("recall@10", "ndcg@10", "hit_rate@10", "mrr@10"), ours, strict=True):
        np.testing.assert_allclose(measure(judged), found[name], rtol=1e-12, err_msg=name)
    shares = judged.held / np.minimum(judged.held, 10)
    np.testing.assert_allclose(measures.average_precision(judged), found["map@10"] * shares, rtol=1e-12)


def test_ideal_of_ndcg_with_fewer_held_out_items_than_ranks_is_still_one():
    perfect = judge(np.array([[3, 1, 0, 2]], np.int32), Choices.of_lists([[3]], 5), np.ones(5, int))
    assert measures.ndcg(perfect).tolist() == [1.0] and measures.recall(perfect).tolist() == [1.0]


def test_short_lists_count_only_what_they_hold(judged):
    assert not judged.hits[2].any()
    assert measures.novelty(judged)[2] == pytest.approx(-np.log2(np.array([6, 9]) / 45).mean())


def test_coverage_and_gini_look_at_all_lists_of_known_items(judged):
    times = times_listed(judged)
    assert times.tolist() == [2, 1, 2, 1, 2, 2, 2, 2, 0, 0]
    assert measures.coverage(times, judged) == pytest.approx(8 / 9)  # the tenth was never seen in training
    x = sorted(times[:9].tolist())
    pairs = sum(abs(a - b) for a in x for b in x)
    assert measures.gini(times, judged) == pytest.approx(pairs / (2 * 9**2 * np.mean(x)))
    assert measures.gini(np.array([3] * 9 + [0]), judged) == 0


def test_interval_of_lists_holds_its_value(judged):
    for measure in MEASURES:
        if measure.of_lists is not None:
            low, high = interval_of_lists(measure, judged, seed=1)
            assert low <= measure.of_lists(times_listed(judged), judged) <= high
