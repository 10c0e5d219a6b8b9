"""Intervals: equal to scipy's and to the slow twin, and they cover the truth as often as they say."""

import numpy as np
import pytest
from scipy import stats

from embedlab.evaluation.results import (
    bootstrap_mean,
    bootstrap_pearson,
    bootstrap_spearman,
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
    whole = bootstrap_mean(x, seed=1)
    monkeypatch.setattr(results, "BLOCK", 50 * 7)
    assert bootstrap_mean(x, seed=1) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("draw", [lambda rng: rng.random(60) < 0.3, lambda rng: rng.gamma(2, 0.15, 60)])
def test_bootstrap_interval_covers_the_truth(draw):
    """The true mean is 0.3 for both; 95 % intervals of 200 samples should hold it about 190 times."""
    covered = 0
    for seed in range(200):
        low, high = bootstrap_mean(draw(np.random.default_rng(seed)), seed=seed)
        covered += low <= 0.3 <= high
    assert 176 <= covered <= 197  # seen over six ranges of seeds: 189 to 193 and, for the skewed gamma, 180 to 189


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
    for values in (np.random.default_rng(1).gamma(2, 1, 150), np.random.default_rng(2).random(200) < 0.2):
        values = values.astype(float)
        ours = bootstrap_mean(values, seed=1, n_resamples=20_000)
        theirs = stats.bootstrap(
            (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(3)
        ).confidence_interval
        # Means of right-or-wrong items move in steps of one item.
        np.testing.assert_allclose(ours, theirs, atol=max(0.03 * np.ptp(theirs), 1.01 / len(values)))


def test_bootstrap_of_many_equal_values_follows_the_binomial():
    """Right or wrong 400 times: the standard error is sqrt(p (1 - p) / n), and 1.96 of it lie on either side."""
    low, high = bootstrap_mean(np.arange(400) < 300, seed=1, n_resamples=20_000)
    np.testing.assert_allclose((low, high), 0.75 + np.array([-1.96, 1.96]) * np.sqrt(0.75 * 0.25 / 400), atol=0.003)


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
