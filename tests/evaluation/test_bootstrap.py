"""Intervals: equal to scipy's and to the slow twin, and they cover the truth as often as they say."""

import numpy as np
import pytest
from scipy import stats

from embedlab.core.intervals import share_interval
from embedlab.evaluation.results import (
    bootstrap_pearson,
    bootstrap_spearman,
    mean_interval,
    pearson,
    resampled_pearson,
    spearman,
)


def test_spearman_equals_scipy_with_ties():
    rng = np.random.default_rng(1)
    for n in (3, 10, 300):
        x, y = rng.integers(0, 8, n) + 0.0, rng.standard_normal(n).round(1)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0], abs=1e-12)


def test_spearman_that_is_not_defined():
    assert spearman(np.array([1.0, 2]), np.array([1.0, 2])) is None
    assert spearman(np.ones(5), np.arange(5.0)) is None


def test_bootstrap_of_spearman_equals_the_slow_twin():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(80).round(1)
    y = (x + rng.standard_normal(80)).round(1)
    draws = np.random.default_rng(7).integers(80, size=(1000, 80))
    slow = np.percentile([stats.spearmanr(x[i], y[i])[0] for i in draws], (2.5, 97.5))
    np.testing.assert_allclose(bootstrap_spearman(x, y, seed=7), slow, rtol=1e-10)


def test_bootstrap_in_blocks_equals_one_block(monkeypatch):
    from embedlab.evaluation import results

    x = np.random.default_rng(1).standard_normal(50)
    whole = mean_interval(x, seed=1)
    monkeypatch.setattr(results, "BLOCK", 50 * 7)
    assert mean_interval(x, seed=1) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("draw", [lambda rng: rng.random(60) < 0.3, lambda rng: rng.gamma(2, 0.15, 60)])
def test_bootstrap_interval_covers_the_truth(draw):
    """The true mean is 0.3 for both; 95 % intervals of 200 samples should hold it about 190 times."""
    covered = 0
    for seed in range(200):
        low, high = mean_interval(draw(np.random.default_rng(seed)), seed=seed)
        covered += low <= 0.3 <= high
    assert 176 <= covered <= 198  # seen over six ranges of seeds: 192 to 196 and, for the skewed gamma, 180 to 189


def test_bootstrap_of_spearman_covers_the_truth():
    """Normal pairs with Pearson 0.5 have Spearman 6/pi asin(0.25) = 0.4826."""
    covered = 0
    for seed in range(100):
        x, e = np.random.default_rng(seed).standard_normal((2, 100))
        low, high = bootstrap_spearman(x, 0.5 * x + np.sqrt(0.75) * e, seed=seed)
        covered += low <= 0.4826 <= high
    assert 89 <= covered <= 100  # seen over six ranges of seeds: 92 to 99


def test_bootstrap_of_a_mean_equals_scipys():
    """Percentile intervals of 20,000 resamples on both sides: they differ by the noise of resampling alone."""
    for values in (np.random.default_rng(1).gamma(2, 1, 150), np.random.default_rng(2).integers(0, 5, 200) / 4):
        ours = mean_interval(values, seed=1, n_resamples=20_000)
        theirs = stats.bootstrap(
            (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(3)
        ).confidence_interval
        np.testing.assert_allclose(ours, theirs, atol=0.03 * np.ptp(theirs))


# Shares


@pytest.mark.parametrize(("hits", "n"), [(43, 43), (0, 43), (1, 10), (150, 200), (9_000, 19_544)])
def test_interval_of_a_share_equals_scipys_exact_one(hits, n):
    exact = stats.binomtest(hits, n).proportion_ci(method="exact")
    assert share_interval(hits, n) == pytest.approx((exact.low, exact.high), rel=1e-9, abs=1e-12)
    right = np.arange(n) < hits
    assert mean_interval(right, seed=1) == share_interval(hits, n)


def test_everything_right_is_no_certainty():
    assert share_interval(43, 43) == (pytest.approx(0.9178, abs=1e-4), 1.0)
    assert share_interval(0, 43) == (0.0, pytest.approx(0.0822, abs=1e-4)) and share_interval(0, 0) == (0.0, 1.0)
    assert mean_interval(np.full(20, 0.5), seed=1) == share_interval(10, 20)


@pytest.mark.parametrize("n", [10, 30, 43, 100, 200])
def test_exact_interval_of_a_share_covers_at_least_as_often_as_it_says(n):
    """The coverage is computed, not drawn: every possible number of hits with its probability."""
    ends = np.array([share_interval(hits, n) for hits in range(n + 1)])
    for p in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99):
        covered = (ends[:, 0] <= p) & (p <= ends[:, 1])
        assert 0.95 <= stats.binom.pmf(np.arange(n + 1), n, p)[covered].sum() <= 1


def test_pearson_equals_scipy():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 50))
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y)[0], abs=1e-12)
    assert pearson(x[:2], y[:2]) is None and pearson(np.ones(5), y[:5]) is None


def test_bootstrap_of_pearson_equals_the_slow_twin():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(60)
    y = x + rng.standard_normal(60)
    draws = np.random.default_rng(7).integers(60, size=(1000, 60))
    slow = np.array([stats.pearsonr(x[i], y[i])[0] for i in draws])
    np.testing.assert_allclose(resampled_pearson(x, y, seed=7), slow, rtol=1e-9)
    np.testing.assert_allclose(bootstrap_pearson(x, y, seed=7), np.percentile(slow, (2.5, 97.5)), rtol=1e-9)
