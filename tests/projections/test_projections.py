"""Projections: planted structure, honest clamping, progress that can stop the work, and maps that come back whole."""

import numpy as np
import pytest
from helpers.planted import planted

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.settings import settings_of
from embedlab.projections import (
    PROJECTIONS,
    Projection,
    Sample,
    choose,
    choose_documents,
    choose_words,
    drawn_sentence,
    layout,
    project,
    projection_of,
)
from embedlab.projections.pca import PCAConfig, explained_variance, principal_components
from embedlab.projections.tsne import TSNEConfig
from embedlab.vectors.embedding import Embedding

QUICK = {"pca": {}, "tsne": {"iterations": 100, "perplexity": 10.0}, "umap": {"epochs": 100}}


@pytest.mark.parametrize("name", PROJECTIONS)
def test_registry_entry_explains_itself_and_its_settings(name):
    method = PROJECTIONS[name]
    assert method.name == name
    assert method.title and method.about.endswith(".")
    assert all(setting.help for setting in settings_of(method.config))
    assert "metric" in {setting.name for setting in settings_of(method.config)}


@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize("name", QUICK)
def test_project_gives_finite_float32_that_a_seed_repeats(name, n_components):
    vectors, _ = planted()
    coords = project(vectors, name, QUICK[name], n_components=n_components, seed=3)
    assert coords.dtype == np.float32
    assert coords.shape == (len(vectors), n_components)
    assert np.isfinite(coords).all()
    np.testing.assert_array_equal(coords, project(vectors, name, QUICK[name], n_components=n_components, seed=3))


def test_pca_equals_singular_value_decomposition():
    vectors = np.random.default_rng(1).normal(size=(50, 8)) * np.arange(1, 9)
    coords, explained = principal_components(vectors, 3)
    left, singular, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(coords), np.abs(left * singular)[:, :3], rtol=1e-8)
    np.testing.assert_allclose(explained, (singular**2 / (singular**2).sum())[:3], rtol=1e-10)
    np.testing.assert_allclose(explained_variance(vectors, 8).sum(), 1)


@pytest.mark.parametrize("offset", [0, 1000])
def test_pca_of_float32_far_from_the_origin_equals_singular_value_decomposition_on_any_number_of_threads(offset):
    rng = np.random.default_rng(4)
    vectors = (rng.normal(size=(20_000, 12)) * np.arange(1, 13) + offset * rng.normal(size=12)).astype(np.float32)
    coords, explained = principal_components(vectors, 3, threads=2)
    exact = vectors.astype(np.float64)
    left, singular, _ = np.linalg.svd(exact - exact.mean(axis=0), full_matrices=False)
    # Within a ten-thousandth of the spread of the axis. Three seeds, both offsets: 4e-7 to 6e-7.
    assert (np.abs(np.abs(coords) - np.abs(left * singular)[:, :3]).max(axis=0) / coords.std(axis=0)).max() < 1e-4
    np.testing.assert_allclose(explained, (singular**2 / (singular**2).sum())[:3], rtol=1e-5)
    np.testing.assert_array_equal(coords, principal_components(vectors, 3, threads=1)[0])


def test_pca_signs_do_not_depend_on_the_sign_the_solver_chose():
    vectors = np.random.default_rng(2).normal(size=(40, 5))
    coords, _ = principal_components(vectors, 3)
    shuffled = np.random.default_rng(3).permutation(40)
    np.testing.assert_allclose(principal_components(vectors[shuffled], 3)[0], coords[shuffled], atol=1e-10)


def test_pca_with_fewer_rows_than_dimensions():
    vectors = np.random.default_rng(2).normal(size=(5, 30))
    coords, explained = principal_components(vectors, 3)
    gaps = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    full, _ = principal_components(vectors, 5)
    np.testing.assert_allclose(np.linalg.norm(full[:, None] - full[None], axis=2), gaps, atol=1e-10)
    np.testing.assert_allclose(coords, full[:, :3])
    assert explained[0] > explained[1] > explained[2] > 0


def test_pca_whitened_gives_every_axis_the_same_spread():
    vectors = np.random.default_rng(1).normal(size=(50, 8)) * np.arange(1, 9)
    coords = project(vectors, "pca", PCAConfig(metric="euclidean", whiten=True), n_components=3)
    np.testing.assert_allclose(coords.std(axis=0), 1, rtol=1e-5)


def test_pca_of_one_dimension_fills_the_other_axis_with_zeros_and_says_so():
    made = layout(np.arange(6.0)[:, None], "pca", {"metric": "euclidean"})
    np.testing.assert_allclose(made.coords, np.stack([np.arange(6) - 2.5, np.zeros(6)], axis=1), atol=1e-6)
    assert made.notes == ("The vectors have fewer dimensions (1) than the map; its other axes are all zero.",)


@pytest.mark.parametrize(
    ("vectors", "n_components", "message"),
    [
        (np.zeros((3, 4)), 2, "at least 4 points; there are 3"),
        (np.ones((9, 4)), 2, "All 9 vectors are equal"),
        (np.full((5, 4), np.nan), 2, "row 0 holds a value that is not a number"),
        (np.zeros((5, 0)), 2, r"array of shape \(5, 0\)"),
        (np.zeros(5), 2, r"array of shape \(5,\)"),
    ],
)
@pytest.mark.parametrize("name", PROJECTIONS)
def test_project_of_vectors_that_make_no_map(name, vectors, n_components, message):
    with pytest.raises(BadInput, match=message):
        project(vectors, name, n_components=n_components)


def test_project_with_settings_that_do_not_fit():
    vectors, _ = planted()
    with pytest.raises(BadSetting, match="2 or 3 dimensions; got 4"):
        project(vectors, "pca", n_components=4)
    with pytest.raises(BadSetting, match="no map method 'mds'; choose one of pca, tsne, umap"):
        project(vectors, "mds")
    with pytest.raises(BadSetting, match="PCA takes a PCAConfig; got a TSNEConfig"):
        project(vectors, "pca", TSNEConfig())
    with pytest.raises(BadSetting, match="Perplexity must lie between 1 and 500; got 0.5"):
        TSNEConfig(perplexity=0.5)


def test_projection_of_keeps_scores_settings_and_what_was_drawn():
    vectors, _ = planted()
    made = projection_of(vectors, [5, 1, 9, 70, 100], "pca", {"metric": "euclidean"}, n_components=3, seed=4)
    assert made.ids.tolist() == [5, 1, 9, 70, 100]
    assert made.params == {"metric": "euclidean", "whiten": False}
    assert (made.method, made.seed, made.n_total, made.what, made.title) == ("pca", 4, 120, "words", "PCA")
    assert len(made.explained) == 3
    assert made.scores["n"] == 5
    assert made.drawn == "5 of 120 words are drawn: the most frequent ones."
    np.testing.assert_array_equal(
        made.coords, project(vectors[made.ids], "pca", {"metric": "euclidean"}, n_components=3)
    )


def test_projection_of_vectors_in_one_direction_says_that_cosine_sees_nothing():
    lengths = np.arange(1, 31, dtype=np.float32)[:, None]
    vectors = lengths * np.random.default_rng(0).normal(size=20).astype(np.float32)
    made = {
        metric: projection_of(vectors, np.arange(30), "umap", config={"metric": metric, "epochs": 10})
        for metric in ("cosine", "euclidean")
    }
    assert "All vectors point in the same direction" in made["cosine"].notes[-1]
    assert not made["euclidean"].notes
    vectors[7] += 0.1 * lengths[7] * np.random.default_rng(1).normal(size=20)
    assert not projection_of(vectors, np.arange(30), "pca").notes


def test_projection_positions_of_rows_drawn_and_not_drawn():
    made = Projection("pca", {}, [7, 2, 5], np.zeros((3, 2)))
    assert made.positions([5, 3, 7, 99]).tolist() == [2, 0]
    assert made.positions([]).tolist() == []


def test_projection_saved_comes_back_whole(tmp_path):
    vectors, _ = planted()
    made = projection_of(
        vectors,
        Sample(np.arange(100), 500, "documents"),
        "tsne",
        QUICK["tsne"] | {"perplexity": 400.0},
        seed=2,
    )
    made.save(tmp_path / "map.npz")
    back = Projection.load(tmp_path / "map.npz")
    for name in ("method", "params", "seed", "scores", "n_total", "what", "notes", "explained"):
        assert getattr(back, name) == getattr(made, name)
    np.testing.assert_array_equal(back.ids, made.ids)
    np.testing.assert_array_equal(back.coords, made.coords)
    assert back.notes and back.coords.dtype == np.float32 and back.ids.dtype == np.int64 and back.start is None
    assert [path.name for path in tmp_path.iterdir()] == ["map.npz"]


def test_projection_that_began_from_a_layout_keeps_it(tmp_path):
    vectors, _ = planted()
    start = np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32)
    projection_of(vectors, np.arange(120), "umap", config={"epochs": 10}, start=start).save(tmp_path / "map.npz")
    np.testing.assert_array_equal(Projection.load(tmp_path / "map.npz").start, start)


def test_projection_load_of_what_is_no_map(tmp_path):
    with pytest.raises(NotFound, match="There is no map 'gone.npz'"):
        Projection.load(tmp_path / "gone.npz")
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    np.savez(tmp_path / "objects.npz", ids=np.array([{}], object), coords=np.zeros((1, 2)), about=np.zeros(3))
    for name in ("text.npz", "other.npz", "objects.npz"):
        with pytest.raises(BadInput, match="The map is damaged"):
            Projection.load(tmp_path / name)


def test_projection_with_coordinates_that_do_not_fit():
    with pytest.raises(BadInput, match=r"each of its 3 points; got \(4, 2\)"):
        Projection("pca", {}, [1, 2, 3], np.zeros((4, 2)))
    with pytest.raises(BadInput, match="not numbers"):
        Projection("pca", {}, [1], np.full((1, 2), np.nan))
    with pytest.raises(BadInput, match=r"cannot start from coordinates of shape \(4, 2\)"):
        Projection("umap", {}, [1, 2, 3], np.zeros((3, 2)), start=np.zeros((4, 2)))


def test_choose_words_takes_the_most_frequent_whatever_their_order():
    ids, n_total = choose_words(np.array([3, 9, 9, 1]), 4, limit=3)
    assert (ids.tolist(), n_total) == ([1, 2, 0], 4)
    ids, n_total = choose_words(None, 10, limit=3)
    assert (ids.tolist(), n_total) == ([0, 1, 2], 10)
    assert len(choose_words(None, 10, limit=None)[0]) == 10


def test_choose_documents_spreads_them_evenly():
    ids, n_total = choose_documents(10, limit=4)
    assert (ids.tolist(), n_total) == ([0, 2, 5, 7], 10)
    assert choose_documents(3, limit=4)[0].tolist() == [0, 1, 2]


def test_choose_from_an_embedding():
    items = Embedding(["a", "b", "c"], np.eye(3), np.array([1, 5, 3]))
    assert choose(items, 2)[0].tolist() == [1, 2]
    assert choose(items, 2, what="documents")[0].tolist() == [0, 1]
    with pytest.raises(BadSetting, match="at least one point; the limit was 0"):
        choose(items, 0)


def test_drawn_sentence_says_how_many_of_how_many():
    assert drawn_sentence(10, 10) == "All 10 words are drawn."
    assert drawn_sentence(5000, 71290) == "5,000 of 71,290 words are drawn: the most frequent ones."
    assert drawn_sentence(5, 10, "documents") == "5 of 10 documents are drawn: evenly spaced over the corpus."
