"""The neighbour graph against its slow twin, and the trust scores against scikit-learn, SciPy and planted maps."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from embedlab.core.errors import BadSetting
from embedlab.core.progress import Cancelled
from embedlab.projections import graph
from embedlab.projections.graph import Neighbours, knn
from embedlab.projections.trust import (
    continuity,
    distance_correlation,
    kept_neighbours,
    knn_recall,
    sampled_rows,
    scored_k,
    trust_scores,
    trustworthiness,
)


def slow_knn(vectors, k, metric):
    """The slow twin: one pair at a time."""
    n = len(vectors)
    indices, distances = np.zeros((n, k), int), np.zeros((n, k))
    for i in range(n):
        found = []
        for j in range(n):
            if metric == "cosine":
                lengths = np.linalg.norm(vectors[i]) * np.linalg.norm(vectors[j])
                gap = 1 - vectors[i] @ vectors[j] / lengths
            else:
                gap = np.sqrt(((vectors[i] - vectors[j]) ** 2).sum())
            if j != i:
                found.append((gap, j))
        found.sort()
        distances[i], indices[i] = zip(*found[:k], strict=True)
    return indices, distances


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(60, 7)) + 2


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_knn_equals_slow_twin(vectors, metric, monkeypatch):
    monkeypatch.setattr(graph, "BLOCK_ROWS", 7)
    monkeypatch.setattr(graph, "TILE_COLUMNS", 11)
    indices, distances = knn(vectors, 5, metric=metric)
    slow_indices, slow_distances = slow_knn(vectors, 5, metric)
    np.testing.assert_array_equal(indices, slow_indices)
    np.testing.assert_allclose(distances, slow_distances, atol=1e-6)
    assert (indices.dtype, distances.dtype) == (np.int64, np.float32)


def test_knn_of_equal_vectors_never_returns_the_point_itself():
    indices, distances = knn(np.ones((6, 3)), 5)
    assert [sorted(row) for row in indices.tolist()] == [[j for j in range(6) if j != i] for i in range(6)]
    np.testing.assert_allclose(distances, 0, atol=1e-6)


def test_knn_of_close_points_far_from_the_origin_keeps_their_order():
    points = np.array([[1e4, 0], [1e4 + 0.001, 0], [1e4 + 0.003, 0], [1e4 + 0.007, 0]])
    assert knn(points, 1, metric="euclidean")[0].ravel().tolist() == [1, 0, 1, 2]


def test_knn_of_a_zero_vector_stands_apart_from_all():
    np.testing.assert_allclose(knn(np.array([[0, 0], [1, 0], [2, 0.1]]), 2)[1][0], [1, 1])


def test_knn_with_settings_that_do_not_fit(vectors):
    with pytest.raises(BadSetting, match="Each of 60 points has 59 others; 60 neighbours"):
        knn(vectors, 60)
    with pytest.raises(BadSetting, match="one of cosine, euclidean; got 'manhattan'"):
        knn(vectors, 3, metric="manhattan")


def test_knn_stops_when_asked(vectors):
    def stop(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        knn(vectors, 3, report=stop)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("k", [1, 5, 15])
def test_trustworthiness_equals_scikit_learn(vectors, metric, k):
    coords = vectors[:, :2]
    expected = sklearn_trustworthiness(vectors, coords, n_neighbors=k, metric=metric)
    assert trustworthiness(vectors, coords, metric=metric, k=k) == pytest.approx(expected, rel=1e-10)


def test_continuity_is_trustworthiness_with_the_spaces_exchanged(vectors):
    coords = vectors[:, :2]
    assert continuity(vectors, coords, metric="euclidean", k=7) == pytest.approx(
        sklearn_trustworthiness(coords, vectors, n_neighbors=7), rel=1e-10
    )


def test_scores_of_a_map_that_loses_nothing_are_one():
    flat = np.random.default_rng(0).normal(size=(300, 2))
    turned = np.stack([-flat[:, 1], flat[:, 0]], axis=1) * 3
    scores = trust_scores(Neighbours(flat, "euclidean"), turned)
    assert scores == pytest.approx(
        {
            "trustworthiness": 1,
            "continuity": 1,
            "knn_recall": 1,
            "distance_correlation": 1,
            "k": 15,
            "n": 300,
            "n_sampled": 300,
        }
    )


def test_scores_of_a_random_map_are_those_of_chance():
    rng = np.random.default_rng(0)
    scores = trust_scores(Neighbours(rng.normal(size=(1000, 10))), rng.normal(size=(1000, 2)))
    # Seeds 0 to 4: trustworthiness 0.496 to 0.504, recall 0.0143 to 0.0155 (chance is 15 / 999),
    # correlation -0.01 to 0.01.
    assert scores["trustworthiness"] == pytest.approx(0.5, abs=0.03)
    assert scores["continuity"] == pytest.approx(0.5, abs=0.03)
    assert scores["knn_recall"] == pytest.approx(15 / 999, abs=0.006)
    assert scores["distance_correlation"] == pytest.approx(0, abs=0.05)


def test_scores_tell_false_neighbours_from_torn_ones():
    rng = np.random.default_rng(0)
    plane = rng.uniform(size=(400, 2))
    squashed, torn = plane * [1, 0], plane + np.where(plane[:, :1] > 0.5, 9, 0)
    assert trustworthiness(plane, squashed, metric="euclidean") < continuity(plane, squashed, metric="euclidean")
    assert continuity(plane, torn, metric="euclidean") < trustworthiness(plane, torn, metric="euclidean")


def test_scores_above_the_limit_are_sampled_and_say_so():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(900, 6))
    coords = vectors[:, :2]
    whole, part = trust_scores(Neighbours(vectors), coords), trust_scores(Neighbours(vectors), coords, limit=300)
    assert (whole["n_sampled"], part["n_sampled"], part["n"]) == (900, 300, 900)
    # Ten seeds of the sample: trustworthiness within 0.012, recall within 0.008 of the whole.
    assert part["trustworthiness"] == pytest.approx(whole["trustworthiness"], abs=0.03)
    assert part["knn_recall"] == pytest.approx(whole["knn_recall"], abs=0.03)
    assert part == trust_scores(Neighbours(vectors), coords, limit=300)
    assert sampled_rows(900, limit=300, seed=2).tolist() != sampled_rows(900, limit=300, seed=3).tolist()


@pytest.mark.parametrize("n", [4, 5, 12])
def test_scores_of_few_points_lower_k(n):
    vectors = np.random.default_rng(0).normal(size=(n, 3))
    scores = trust_scores(Neighbours(vectors, "euclidean"), vectors)
    assert scores["k"] == (n - 1) // 2
    assert (scores["trustworthiness"], scores["continuity"], scores["knn_recall"]) == (1, 1, 1)


@pytest.mark.parametrize("n", [5, 12, 16])
def test_kept_neighbours_of_few_points_are_those_of_the_score(n):
    rng = np.random.default_rng(n)
    vectors, coords = rng.normal(size=(n, 6)), rng.normal(size=(n, 2))
    scores = trust_scores(Neighbours(vectors, "euclidean"), coords)
    kept = kept_neighbours(Neighbours(vectors, "euclidean"), coords)
    assert kept.mean() == pytest.approx(scores["knn_recall"]) and scores["k"] == scored_k(n) == (n - 1) // 2
    assert kept.mean() < 1, "a random map does not keep everything"


def test_kept_neighbours_of_each_point(vectors):
    coords = vectors[:, :2]
    true, drawn = slow_knn(vectors, 6, "euclidean")[0], slow_knn(coords, 6, "euclidean")[0]
    expected = [len(set(a) & set(b)) / 6 for a, b in zip(true.tolist(), drawn.tolist(), strict=True)]
    kept = kept_neighbours(Neighbours(vectors, "euclidean"), coords, k=6)
    np.testing.assert_allclose(kept, expected, rtol=1e-6)
    assert knn_recall(vectors, coords, metric="euclidean", k=6) == pytest.approx(np.mean(expected))


def test_distance_correlation_equals_scipy_over_all_pairs(vectors):
    coords = vectors[:, :2]
    left, right = np.triu_indices(60, 1)
    true = np.linalg.norm(vectors[left] - vectors[right], axis=1)
    drawn = np.linalg.norm(coords[left] - coords[right], axis=1)
    # The sample draws pairs with repetition; 200,000 of 1,770 pairs leave an error well below 0.01.
    assert distance_correlation(vectors, coords, metric="euclidean", n_pairs=200_000) == pytest.approx(
        spearmanr(true, drawn).statistic, abs=0.01
    )


def test_distance_correlation_of_a_map_in_one_point_is_zero(vectors):
    assert distance_correlation(vectors, np.zeros((60, 2))) == 0
