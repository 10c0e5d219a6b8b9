"""Comparing runs: equal runs show no difference, a planted better one does, and only like is compared with like."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.associations import association_file, association_words
from scipy import stats

from embedlab.core.errors import BadInput
from embedlab.evaluation import BenchmarkResult, compare_scores, evaluate, ranking
from embedlab.evaluation.paired import Difference
from embedlab.evaluation.randomisation import gaps_between, pseudo_values
from embedlab.vectors.embedding import Embedding

N = 300


def result_of(right, digest="x", items=None) -> BenchmarkResult:
    """A result made of items that are right or wrong."""
    right = np.asarray(right)
    rows = [{"item": int(i), "right": bool(r)} for i, r in zip(range(len(right)) if items is None else items, right)]
    return BenchmarkResult(
        "b",
        "B",
        "analogy",
        "accuracy",
        float(right.mean()),
        0.0,
        1.0,
        len(right),
        len(right),
        0.0,
        0.0,
        0.0,
        1,
        digest,
        rows=rows,
        by=["right"],
    )


def test_equal_runs_show_no_difference():
    right = np.random.default_rng(1).random(N) < 0.4
    found = compare_scores(result_of(right), result_of(right))
    assert (found.difference, found.low, found.high, found.p, found.n, found.shown) == (0, 0, 0, 1, N, False)
    assert found.sentence("one", "two") == (
        "No difference shown between one and two: accuracy differs by +0.000 (95 % interval +0.000 to "
        "+0.000) on 300 shared items, p = 1.000."
    )


def test_planted_better_run_is_shown():
    """Right on all that the other has right and on one in ten more."""
    rng = np.random.default_rng(1)
    worse = rng.random(N) < 0.4
    found = compare_scores(result_of(worse | (rng.random(N) < 0.1)), result_of(worse))
    assert found.shown and found.p < 0.001 and found.low > 0
    assert found.sentence("new", "old").startswith("new is better than old: accuracy differs by +0.0")
    back = compare_scores(result_of(worse), result_of(worse | (rng.random(N) < 0.1)))
    assert back.sentence("old", "new").startswith("new is better than old") and back.difference < 0


def test_pairing_sees_what_two_intervals_do_not():
    """The intervals of both scores overlap widely, yet one run is right wherever the other is, and more often."""
    rng = np.random.default_rng(2)
    worse = rng.random(N) < 0.5
    better = worse.copy()
    better[np.flatnonzero(~worse)[:12]] = True
    found = compare_scores(result_of(better), result_of(worse))
    assert found.shown and found.difference == pytest.approx(12 / N)
    assert stats.binomtest(int(better.sum()), N).proportion_ci().low < worse.mean()


def test_interval_of_a_difference_equals_the_analytic_one():
    rng = np.random.default_rng(5)
    a, b = rng.random(N) < 0.5, rng.random(N) < 0.42
    found = compare_scores(result_of(a), result_of(b))
    gap = a.astype(float) - b
    error = gap.std() / np.sqrt(N)
    np.testing.assert_allclose((found.low, found.high), gap.mean() + np.array([-1.96, 1.96]) * error, atol=0.1 * error)
    # A difference that is reached exactly counts as reached, so p errs towards no difference.
    assert 0 < found.p - 2 * stats.norm.sf(abs(gap.mean()) / error) < 0.03


def test_three_items_prove_nothing():
    found = compare_scores(result_of([1, 1, 1]), result_of([0, 0, 0]))
    assert (found.p, found.low, found.high) == (pytest.approx(0.25, abs=0.02), -1, 1)


def test_false_alarms_are_as_rare_as_the_level_says():
    """Two runs that are equally good: about one comparison in twenty claims a difference."""
    rng = np.random.default_rng(4)
    shown = sum(
        compare_scores(result_of(rng.random(N) < 0.5), result_of(rng.random(N) < 0.5), seed=seed).shown
        for seed in range(200)
    )
    assert 3 <= shown <= 20  # 10 expected; seen over four ranges of seeds: 9 or 10


def test_only_shared_items_count():
    one, two = result_of([1, 1, 1, 0, 0], items=[0, 1, 2, 3, 4]), result_of([0, 0, 1, 1], items=[2, 3, 4, 9])
    found = compare_scores(one, two)
    assert (found.n, found.only_a, found.only_b) == (3, 2, 1)
    assert (found.score_a, found.score_b) == (pytest.approx(1 / 3), pytest.approx(1 / 3))


def test_what_does_not_compare_says_why():
    one = result_of([1, 0, 1])
    with pytest.raises(BadInput, match="are not the same benchmark with the same options and vocabulary"):
        compare_scores(one, result_of([1, 0, 1], digest="y"))
    with pytest.raises(BadInput, match="share 1 scored items of B; a comparison needs 3"):
        compare_scores(one, result_of([1, 0, 1], items=[2, 7, 8]))
    with pytest.raises(BadInput, match="not made of items that can be paired"):
        compare_scores(replace(one, by=[]), replace(one, by=[]))
    old = replace(one, rows=[{"right": True}] * 3)  # stored by an earlier version
    with pytest.raises(BadInput, match="Score both runs again"):
        compare_scores(old, one)


@pytest.fixture
def judged(tmp_path):
    """40 pairs; the human score is the true cosine."""
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((80, 10))
    unit = truth / np.linalg.norm(truth, axis=1, keepdims=True)
    cosines = (unit[:40] * unit[40:]).sum(axis=1)
    (tmp_path / "p.txt").write_text("\n".join(f"w{i} w{i + 40} {c:.4f}" for i, c in enumerate(cosines)))
    return tmp_path / "p.txt", truth


def with_noise(truth, strength, seed) -> Embedding:
    return Embedding(
        [f"w{i}" for i in range(80)], truth + strength * np.random.default_rng(seed).standard_normal(truth.shape)
    )


def test_correlations_are_compared_on_the_same_draws(judged):
    path, truth = judged
    good, bad, same = (
        evaluate(with_noise(truth, strength, seed), path) for strength, seed in ((0.2, 1), (3.0, 2), (0.2, 1))
    )
    found = compare_scores(good, bad)
    assert found.shown and found.score_a == pytest.approx(good.score) and found.difference > 0.3
    assert compare_scores(good, same).p == 1


def test_correlation_difference_agrees_with_a_slow_bootstrap(judged):
    path, truth = judged
    a, b = (evaluate(with_noise(truth, strength, 5), path) for strength in (0.5, 1.5))
    human, x, y = (
        np.array([row[key] for row in rows])
        for rows, key in ((a.rows, "human"), (a.rows, "cosine"), (b.rows, "cosine"))
    )
    draws = np.random.default_rng(1).integers(40, size=(400, 40))
    slow = [stats.spearmanr(human[i], x[i])[0] - stats.spearmanr(human[i], y[i])[0] for i in draws]
    found = compare_scores(a, b)
    assert found.difference == pytest.approx(a.score - b.score)
    assert (found.high - found.low) / (2 * 1.96 * np.std(slow)) == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("metric", ["Spearman", "Pearson"])
def test_pseudo_values_equal_the_jackknife(metric):
    """The influence of an item is n - 1 times what leaving it out takes away, up to terms of order 1 / n."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal(120).round(1)
    y = (x + rng.standard_normal(120)).round(1)
    measured = stats.spearmanr if metric == "Spearman" else stats.pearsonr
    score, values = pseudo_values(metric, ["x", "y"], [{"x": a, "y": b} for a, b in zip(x, y, strict=True)])
    left_out = np.array([measured(np.delete(x, i), np.delete(y, i))[0] for i in range(120)])
    assert score == pytest.approx(measured(x, y)[0])
    assert np.corrcoef(values, -left_out)[0, 1] > 0.999
    assert values.std() / (119 * left_out.std()) == pytest.approx(1, abs=0.03)
    assert values.mean() == pytest.approx(score, abs=1e-10)


def test_pseudo_values_of_an_effect_size_give_its_standard_error():
    rng = np.random.default_rng(1)
    kinds, values = np.arange(60) < 30, rng.standard_normal(60) + 0.5 * (np.arange(60) < 30)
    rows = [{"kind": bool(kind), "s": float(s)} for kind, s in zip(kinds, values, strict=True)]
    score, found = pseudo_values("effect size", ["kind", "s"], rows)
    draws = [np.concatenate([rng.integers(30, size=30), 30 + rng.integers(30, size=30)]) for _ in range(2000)]
    drawn = [pseudo_values("effect size", ["kind", "s"], [rows[i] for i in one])[0] for one in draws]
    assert found.mean() == pytest.approx(score) and found.std() / np.sqrt(60) == pytest.approx(np.std(drawn), rel=0.08)


def test_effect_sizes_are_compared(tmp_path):
    path = association_file(tmp_path)
    strong, weak = (evaluate(association_words(strength, 1), path) for strength in (1.0, 0.0))
    found = compare_scores(strong, weak)
    assert found.score_a == pytest.approx(strong.score) and found.shown
    assert "has the greater effect than" in found.sentence("a", "b")
    assert compare_scores(strong, strong).p == 1


# Rankings


def test_ranking_adjusts_and_says_no_difference_shown():
    rng = np.random.default_rng(1)
    best = rng.random(N) < 0.6
    nearly = best.copy()
    nearly[np.flatnonzero(best)[:2]] = False
    bad = best & (rng.random(N) < 0.6)
    places = ranking(
        [
            ("bad", result_of(bad), result_of(bad).rows),
            ("best", result_of(best), result_of(best).rows),
            ("nearly", result_of(nearly), result_of(nearly).rows),
        ]
    )
    assert [(place.name, place.verdict) for place in places] == [
        ("best", "best"),
        ("nearly", "no difference shown"),
        ("bad", "behind the best"),
    ]
    assert places[2].p >= places[2].difference.p and places[0].p is None


def test_ranking_of_results_that_do_not_compare():
    with pytest.raises(BadInput, match="results of 2 different benchmarks, options or vocabularies"):
        ranking([("a", result_of([1, 0, 1]), []), ("b", result_of([1, 0, 1], digest="y"), [])])


def test_ranking_keeps_a_run_without_a_score_last():
    empty = replace(result_of([1, 0, 0]), score=None, rows=[], n_used=0)
    best = result_of([1, 1, 0, 1])
    assert [place.verdict for place in ranking([("a", empty, []), ("b", best, best.rows)])] == [
        "best",
        "no item could be used",
    ]


def test_difference_is_plain_data():
    assert Difference("accuracy", 1, 0, 1, 0.5, 1, 0.01, 5, 0, 0).shown


# Several equal runs


def equal_runs(n_runs: int, n_items: int, rng) -> list:
    """Runs that are equally good: items are hard or easy for all of them, answers are independent."""
    ease = rng.random(n_items)
    results = [result_of(rng.random(n_items) < ease) for _ in range(n_runs)]
    return [(f"run {i}", result, result.rows) for i, result in enumerate(results)]


def test_a_ranking_of_equal_runs_makes_a_false_claim_as_rarely_as_it_says(monkeypatch):
    """The best of twelve is chosen from the same items; compared one by one it would be "better" in one of seven."""
    from embedlab.evaluation import randomisation

    monkeypatch.setattr(randomisation, "FLIPS", 600)
    rng, false = np.random.default_rng(1), 0
    for seed in range(100):
        false += any(place.verdict == "behind the best" for place in ranking(equal_runs(12, 60, rng), seed=seed))
    assert false <= 10  # 5 expected; seen over six ranges of seeds: 1 to 7


def test_a_planted_better_run_is_found_among_eleven_equal_ones():
    rng = np.random.default_rng(1)
    entries = equal_runs(11, 400, rng)
    better = result_of(rng.random(400) < 0.75)
    places = ranking([*entries, ("better", better, better.rows)])
    assert places[0].name == "better" and {place.verdict for place in places[1:]} == {"behind the best"}
    assert all(place.difference.runs == 12 and place.difference.low > 0 for place in places[1:])
    assert "for all pairs of 12 at once" in places[1].difference.sentence("a", "b")


def test_interval_excludes_zero_exactly_where_a_difference_is_claimed():
    rng, seen = np.random.default_rng(3), set()
    for _ in range(10):
        entries = [
            (f"{i}", one, one.rows) for i, one in enumerate(result_of(rng.random(80) < p) for p in (0.5, 0.6, 0.7))
        ]
        for place in ranking(entries)[1:]:
            seen.add(place.difference.shown)
            assert place.difference.shown == (place.difference.low > 0)
    assert seen == {True, False}


def test_runs_with_other_items_are_judged_as_with_their_shared_ones():
    """Items that one run alone could use change nothing for a pair."""
    rng = np.random.default_rng(2)
    one, two = rng.random(100) < 0.7, rng.random(100) < 0.5
    tables = [{i: {"v": float(x)} for i, x in enumerate(side)} for side in (one, two)]
    whole = gaps_between(("accuracy", ["v"]), tables, [(0, 1)], seed=1)[0]
    tables[0] |= {i: {"v": 1.0} for i in range(100, 130)}
    more = gaps_between(("accuracy", ["v"]), tables, [(0, 1)], seed=1)[0]
    assert (
        (more.n, more.score_a, more.score_b) == (whole.n, whole.score_a, whole.score_b) == (100, one.mean(), two.mean())
    )
    assert more.p == pytest.approx(whole.p, abs=0.01) and more.low == pytest.approx(whole.low, abs=0.01)
