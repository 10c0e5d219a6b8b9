"""The shape of the space against its definitions, and planted hubs, cones and duplicates."""

import numpy as np
import pytest

from embedlab.evaluation import evaluate
from embedlab.vectors.embedding import Embedding


def test_skewness_equals_scipy():
    from scipy import stats

    from embedlab.evaluation.geometry import skewness

    values = np.random.default_rng(1).gamma(1, 2, 500)
    assert skewness(values) == pytest.approx(stats.skew(values), rel=1e-12)
    assert skewness(np.ones(5)) == 0


def shape(vectors, counts=None):
    words = [f"w{i}" for i in range(len(vectors))]
    result = evaluate(Embedding(words, vectors, counts), "geometry")
    return result, {m["name"]: m for m in result.metrics}


def test_shape_of_a_ball_and_of_a_cone():
    rng = np.random.default_rng(1)
    ball = rng.standard_normal((600, 20))
    result, of_ball = shape(ball)
    _, of_cone = shape(ball + 4)
    assert result.score == of_ball["isotropy"]["score"] > 0.9 > 0.3 > of_cone["isotropy"]["score"]
    assert abs(of_ball["mean cosine"]["score"]) < 0.01 and of_cone["mean cosine"]["score"] > 0.8
    assert of_ball["effective dimension"]["score"] > 17  # at most 20; seen over 6 seeds: 19.2 to 19.4
    for m in of_ball.values():
        assert m["low"] <= m["score"] <= m["high"] and m["about"]


def test_shape_knows_a_flat_space():
    flat = np.random.default_rng(1).standard_normal((400, 20))
    flat[:, 3:] *= 0.01
    assert 2.5 < shape(flat)[1]["effective dimension"]["score"] < 3.1


def test_planted_hubs_are_seen():
    """Words on a shell and ten near its middle: the middle is among the nearest of all once the mean is not zero."""
    rng = np.random.default_rng(1)
    plain = rng.standard_normal((500, 40))
    hubs = plain + 2.0
    hubs[:10] = 2.0 + 0.2 * rng.standard_normal((10, 40))
    _, without = shape(plain)
    result, with_hubs = shape(hubs)
    # Seen over 6 seeds: from 5.2 with hubs, up to 0.8 without.
    assert with_hubs["hubness"]["low"] > 3 > without["hubness"]["high"]
    assert {row["word"] for row in result.rows[:10]} == {f"w{i}" for i in range(10)}


def test_planted_duplicates_and_frequency_bias():
    rng = np.random.default_rng(1)
    vectors, counts = rng.standard_normal((400, 30)), np.sort(rng.integers(1, 10_000, 400))[::-1]
    _, plain = shape(vectors, counts)
    vectors[:, 0] = 8 * (np.log(counts) - np.log(counts).mean())
    vectors[350:375] = vectors[375:]
    _, planted = shape(vectors, counts)
    assert plain["duplicates"]["score"] == 0 and planted["duplicates"]["score"] == 50 / 400
    assert plain["frequency bias"]["score"] < 0.1 and planted["frequency bias"]["score"] > 0.6


def test_mean_cosine_and_participation_equal_their_definitions():
    vectors = np.random.default_rng(1).standard_normal((60, 7)) * np.arange(1, 8) + 0.5
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[~np.eye(60, dtype=bool)]
    _, measured = shape(vectors)
    assert measured["mean cosine"]["score"] == pytest.approx(cosines.mean(), abs=1e-6)
    eigenvalues = np.linalg.eigvalsh(np.cov(vectors.T, ddof=0))
    participation = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    assert measured["effective dimension"]["score"] == pytest.approx(participation, rel=1e-5)


def test_jackknife_of_a_mean_is_the_standard_error():
    from embedlab.evaluation.geometry import jackknife

    values = np.random.default_rng(1).standard_normal(200)
    each = [np.array([i]) for i in range(200)]
    middle, low, high = jackknife(
        each, lambda rows: np.array([values[rows].sum(), len(rows)]), lambda sums: sums[0] / sums[1]
    )
    assert middle == pytest.approx(values.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * values.std(ddof=1) / np.sqrt(200))


def test_shape_of_too_few_vectors():
    result, _ = shape(np.eye(5))
    assert result.score is None and "needs 30 vectors" in result.note
