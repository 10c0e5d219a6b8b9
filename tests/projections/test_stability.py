"""Other seeds, noise and new points: what a finished map is compared with, and what can be added to it."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.planted import planted

from embedlab.core.errors import BadInput
from embedlab.projections import kept_by_placed, noise_map, place, projection_of, stability, transform
from embedlab.projections.graph import knn, nearest_among
from embedlab.projections.stability import aligned, jitter
from embedlab.vectors.embedding import Embedding

UMAP, TSNE = {"epochs": 150}, {"iterations": 100, "perplexity": 10.0}


def test_aligned_undoes_shift_turn_mirror_and_scale():
    coords = np.random.default_rng(0).normal(size=(30, 3))
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    for mirror in (1, -1):
        np.testing.assert_allclose(aligned(5 + 3 * coords @ turn * [1, 1, mirror], coords), coords, atol=1e-10)


def test_jitter_is_zero_for_the_same_map_turned_and_chance_for_random_ones():
    rng = np.random.default_rng(0)
    coords = rng.normal(size=(400, 2))
    np.testing.assert_allclose(jitter([coords, -coords, 2 * coords[:, ::-1] + 1]), 0, atol=1e-6)
    # Three unrelated maps shrink onto each other when laid over; five draws: medians from 1.12 to 1.18.
    assert np.median(jitter([rng.normal(size=(400, 2)) for _ in range(3)])) > 0.5


def test_jitter_names_the_point_that_moved():
    coords = np.random.default_rng(0).normal(size=(200, 2))
    moved = coords.copy()
    moved[7] += 2
    found = jitter([coords, coords, moved])
    assert found.argmax() == 7
    assert found[7] > 10 * np.median(found)


@pytest.mark.parametrize(("method", "config"), [("umap", UMAP), ("pca", {})])
def test_stability_of_planted_groups(method, config):
    vectors, _ = planted(spread=0.5)
    made = projection_of(vectors, np.arange(len(vectors)), method, config)
    found = stability(vectors, made)
    assert found.seeds == (1, 2, 3)
    assert found.jitter.shape == (len(vectors),)
    # Groups stay where they are, points move within them: UMAP over vectors of seeds 1 to 5, medians of 0.12 to 0.31.
    assert found.summary["median"] < 0.5
    assert found.summary["median"] <= found.summary["most"]
    if method == "pca":
        np.testing.assert_allclose(found.jitter, 0, atol=1e-6)


def test_stability_of_a_map_that_began_from_another_one_begins_from_it_too():
    vectors, _ = planted(spread=0.5)
    first = projection_of(vectors, np.arange(len(vectors)), "umap", UMAP)
    turned = first.coords[:, ::-1] * np.array([1, 3], np.float32)  # a shape that PCA does not lead to
    warm = projection_of(vectors, np.arange(len(vectors)), "umap", {"epochs": 20}, start=turned)
    np.testing.assert_array_equal(warm.start, turned)
    cold = replace(warm, start=None)
    moved = [np.median(stability(vectors, made).jitter) for made in (warm, cold)]
    # Vectors of seeds 0 to 4: 0.016 to 0.018 against 0.18 to 0.22.
    assert moved[0] < moved[1] / 2


def test_noise_map_is_less_faithful_than_the_map_of_planted_groups():
    vectors, _ = planted(spread=0.3)
    made = projection_of(vectors, np.arange(len(vectors)), "umap", UMAP)
    noise = noise_map(vectors, made)
    assert (noise.method, noise.params, noise.coords.shape) == ("umap", made.params, made.coords.shape)
    # Vectors of seeds 1 to 5: 0.47 to 0.87 against 0.26.
    assert made.scores["distance_correlation"] > noise.scores["distance_correlation"] + 0.1
    np.testing.assert_array_equal(noise.coords, noise_map(vectors, made).coords)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_nearest_among_equals_neighbours_of_each_new_vector_with_the_old(metric):
    rng = np.random.default_rng(0)
    old, new = rng.normal(size=(50, 6)).astype(np.float32), rng.normal(size=(4, 6)).astype(np.float32)
    indices, distances = nearest_among(new, old, 5, metric=metric)
    for i in range(4):
        expected = knn(np.concatenate([old, new[i : i + 1]]), 5, metric=metric)
        np.testing.assert_array_equal(indices[i], expected[0][50])
        np.testing.assert_allclose(distances[i], expected[1][50], atol=1e-6)


@pytest.mark.parametrize(
    ("method", "config"),
    [("umap", UMAP), ("tsne", TSNE), ("pca", {}), ("pca", {"metric": "euclidean", "whiten": True})],
)
@pytest.mark.parametrize("n_components", [2, 3])
def test_transform_puts_held_out_points_into_their_planted_group(method, config, n_components):
    vectors, groups = planted(n_each=50)
    held = np.arange(len(vectors)) % 5 == 0
    made = projection_of(vectors[~held], np.arange((~held).sum()), method, config, n_components=n_components)
    places = transform(vectors[held], vectors[~held], made)
    assert places.shape == (held.sum(), n_components) and places.dtype == np.float32
    gaps = np.linalg.norm(places[:, None] - made.coords[None], axis=2)
    # Vectors of seeds 1 to 5 gave 1.0 throughout.
    assert (groups[~held][gaps.argmin(axis=1)] == groups[held]).mean() > 0.95


def test_transform_of_the_points_that_made_a_pca_map_is_that_map():
    vectors, _ = planted()
    made = projection_of(vectors, np.arange(len(vectors)), "pca")
    np.testing.assert_allclose(transform(vectors[:9], vectors, made), made.coords[:9], atol=1e-4)


@pytest.mark.parametrize(("method", "config"), [("umap", UMAP), ("tsne", TSNE), ("pca", {})])
def test_transform_of_no_points_is_no_places(method, config):
    vectors, _ = planted()
    made = projection_of(vectors, np.arange(len(vectors)), method, config)
    assert transform(vectors[:0], vectors, made).shape == (0, 2)


def test_transform_with_vectors_that_do_not_fit():
    vectors, _ = planted()
    made = projection_of(vectors, np.arange(100), "pca")
    with pytest.raises(BadInput, match="A map of 100 points needs their vectors"):
        transform(vectors[:5], vectors, made)


def test_place_puts_items_and_new_vectors_beside_their_neighbours_and_counts_what_is_kept():
    vectors, groups = planted(n_each=50)
    items = Embedding([f"w{i}" for i in range(len(vectors))], vectors)
    drawn = np.flatnonzero(np.arange(len(vectors)) % 5)
    made = projection_of(vectors, drawn, "umap", UMAP)
    placed = place(items, made, rows=[0, 60], names=["new"], vectors=vectors[120:121])
    assert (placed.names, placed.rows.tolist(), placed.keys.tolist()) == (
        ("w0", "w60", "new"),
        [0, 60, -1],
        [0, 60, -1],
    )
    assert groups[placed.beside].tolist() == [0, 1, 2] and placed.coords.shape == (3, 2)
    # Vectors of seeds 0 to 4: shares of 0.27 to 0.73; chance is 15 / 120.
    assert kept_by_placed(placed, items, made).min() > 0.2
    with pytest.raises(BadInput, match="'w1' is drawn on this map already"):
        place(items, made, rows=[0, 1])
    with pytest.raises(BadInput, match="The vector of 'none' is zero"):
        place(items, made, names=["none"], vectors=np.zeros((1, 20)))
    assert len(place(items, made)) == 0
