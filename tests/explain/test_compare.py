"""Two embeddings compared: rotation changes nothing, a planted move comes first, files come back as they were."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab import Lab
from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import Cancelled, silent
from embedlab.explain.compare import (
    Comparison,
    Shared,
    Sides,
    align,
    common_words,
    compare,
    comparison_id,
    jaccard,
    moved,
    movers,
    random_overlap,
)
from embedlab.jobs import map_tasks
from embedlab.jobs.map_specs import CompareSpec, drawn_by, map_title
from embedlab.jobs.specs import same_but_seed
from embedlab.models.family import Trained
from embedlab.projections import choose_documents, graph, project
from embedlab.projections.graph import Neighbours
from embedlab.store.runs import RunSpec
from embedlab.vectors.embedding import Embedding


def clustered(rng, n_words=120, dim=12, groups=6) -> Embedding:
    centres = rng.normal(size=(groups, dim)) * 3
    vectors = centres[np.arange(n_words) % groups] + rng.normal(size=(n_words, dim))
    return Embedding([f"w{i}" for i in range(n_words)], vectors, np.arange(n_words, 0, -1))


def rotation(rng, dim) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(dim, dim)))[0]


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([2, 3]), st.floats(0.1, 50))
def test_align_undoes_rotation_mirror_scale_and_move(seed, d, scale):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(30, d))
    found = align(a, scale * a @ rotation(rng, d) + rng.normal(size=d) * 10)
    np.testing.assert_allclose(found.coords, a, atol=1e-4)
    assert found.residual == pytest.approx(0, abs=1e-10)


def test_residual_of_unrelated_maps_is_near_one():
    rng = np.random.default_rng(1)
    found = [align(rng.normal(size=(500, 2)), rng.normal(size=(500, 2))).residual for _ in range(5)]
    assert min(found) > 0.95  # five seeds: 0.98 to 1.00


def test_align_refuses_what_cannot_be_laid_over():
    with pytest.raises(BadInput, match="same points"):
        align(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(BadInput, match="all lie in one place"):
        align(np.zeros((3, 2)), np.ones((3, 2)))


def test_rotated_embedding_keeps_every_neighbour():
    rng = np.random.default_rng(2)
    a = clustered(rng)
    found = movers(a, Embedding(a.words, 5 * a.vectors @ rotation(rng, a.dim).astype(np.float32)), Shared(k=7))
    assert found.overlap.tolist() == [1.0] * len(a) and found.mean == 1.0
    np.testing.assert_allclose(found.shift, 0, atol=1e-5)
    assert found.lost(3) == found.gained(3) == []


def test_planted_move_comes_first_with_what_it_lost_and_gained():
    rng = np.random.default_rng(3)
    a = clustered(rng)
    vectors = np.array(a.vectors)
    vectors[30] = vectors[31] + 0.1 * rng.normal(size=a.dim)  # w30 leaves its group for that of w31
    found = movers(a, Embedding(a.words, vectors), Shared(k=5))
    assert found.words[found.order[0]] == "w30"
    assert found.overlap[30] == 0 and found.mean > 0.8
    assert set(found.lost(30)) == {n.word for n in a.neighbours("w30", k=5)}
    assert "w31" in found.gained(30)


def test_a_word_that_stands_apart_from_all_is_not_said_to_have_moved():
    rng = np.random.default_rng(5)
    words, alone = [f"w{i}" for i in range(600)], [50, 51, 52]
    one = np.hstack([clustered(rng, 600, groups=30).vectors, 0.3 * rng.normal(size=(len(words), 20))])
    two = one + 0.1 * rng.normal(size=one.shape)
    two[30] = two[31] + 0.1 * rng.normal(size=32)  # w30 moves from one group to another
    for side in (one, two):  # these have directions of their own: their neighbours are whatever is least far
        side[alone] = np.hstack([0.5 * rng.normal(size=(3, 12)), 6 * rng.normal(size=(3, 20))])
    found = movers(Embedding(words, one), Embedding(words, two), Shared(k=5))
    assert found.overlap[alone].max() < 0.5
    assert found.words[found.order[0]] == "w30" and found.firm[30] > found.firm[alone].max()
    assert not set(alone) & set(found.stayed[:500].tolist())


def test_neighbours_are_those_of_the_embeddings_among_common_words():
    rng = np.random.default_rng(4)
    a, b = clustered(rng), clustered(rng)
    b = Embedding([f"w{i}" for i in range(60, 180)], b.vectors)
    found = movers(a, b, Shared(k=4))
    assert found.words == [f"w{i}" for i in range(60, 120)]
    rows = a.rows(found.words)
    part = Embedding(found.words, a.vectors[rows])
    assert [found.words[i] for i in found.near_a[7]] == [n.word for n in part.neighbours(found.words[7], k=4)]


def test_neighbours_are_found_once_and_kept_for_the_next_question(tmp_path, monkeypatch):
    rng = np.random.default_rng(10)
    a, b = clustered(rng), clustered(rng)
    folders = tmp_path / "a", tmp_path / "b"
    first = movers(a, b, Shared(k=6), graphs=folders)
    assert [len(list(folder.glob("*.npz"))) for folder in folders] == [1, 1]
    monkeypatch.setattr(graph, "knn", None)
    again = movers(a, b, Shared(k=5), graphs=folders)
    np.testing.assert_array_equal(again.near_b, first.near_b[:, :5])


def test_common_words_are_the_most_frequent_ones():
    a = Embedding(["x", "y", "z", "only"], np.eye(4), np.array([1, 5, 3, 9]))
    b = Embedding(["z", "y", "x"], np.eye(3))
    assert common_words(a, b) == ["y", "z", "x"]
    assert common_words(a, b, 2) == ["y", "z"]
    assert common_words(b, a) == ["z", "y", "x"]


@settings(deadline=None)
@given(st.integers(5, 40), st.integers(1, 4), st.integers(0, 1000))
def test_jaccard_equals_sets(n, k, seed):
    rng = np.random.default_rng(seed)
    a, b = (np.array([rng.choice(n, k, replace=False) for _ in range(6)]) for _ in range(2))
    expected = [len(set(x) & set(y)) / len(set(x) | set(y)) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    np.testing.assert_allclose(jaccard(a, b), expected, rtol=1e-6)


def test_random_overlap_is_what_unrelated_embeddings_have():
    rng = np.random.default_rng(5)
    words = [f"w{i}" for i in range(400)]
    found = [
        moved(words, *(Neighbours(rng.normal(size=(400, 30)), "cosine") for _ in "ab"), k=20).mean for _ in range(5)
    ]
    assert np.mean(found) == pytest.approx(random_overlap(400, 20), rel=0.1)  # five seeds: off by 1 % to 4 %


def test_too_few_common_words_and_bad_k_are_refused():
    a, b = clustered(np.random.default_rng(6)), Embedding(["other"], np.eye(1))
    with pytest.raises(BadInput, match="share 0 words"):
        movers(a, b)
    with pytest.raises(BadSetting, match="got 0"):
        movers(a, a, Shared(k=0))


def test_cancel_stops_between_blocks():
    def stop(progress):
        if progress.fraction > 0.3:
            raise Cancelled

    a = clustered(np.random.default_rng(7))
    with pytest.raises(Cancelled):
        movers(a, Embedding(a.words, a.vectors[::-1]), report=stop)


def test_comparison_has_both_maps_aligned_and_comes_back_from_its_file(tmp_path):
    rng = np.random.default_rng(8)
    a = clustered(rng)
    b = Embedding(a.words, a.vectors @ rotation(rng, a.dim).astype(np.float32))
    made = compare(a, b, Sides(("pca", "pca")), Shared(100, 5))
    assert made.residual == pytest.approx(0, abs=1e-4) and not made.on_maps
    np.testing.assert_allclose(made.coords_a, made.coords_b, atol=1e-2)
    made.save(tmp_path / "deep" / "x.npz")
    back = Comparison.load(tmp_path / "deep" / "x.npz")
    assert (back.movers.words, back.residual, back.methods, back.on_maps) == (
        made.movers.words,
        made.residual,
        ("pca", "pca"),
        False,
    )
    for name in ("near_a", "near_b", "overlap", "shift"):
        np.testing.assert_array_equal(getattr(back.movers, name), getattr(made.movers, name))
    np.testing.assert_array_equal(back.coords_b, made.coords_b)
    assert list(tmp_path.rglob(".*")) == []


def test_two_maps_of_one_embedding_compare_neighbours_on_the_maps():
    a = clustered(np.random.default_rng(9))
    made = compare(a, a, Sides(("pca", "pca")), Shared(60, 5))
    assert made.on_maps and made.movers.mean == 1.0 and made.residual == pytest.approx(0, abs=1e-6)


def test_maps_with_settings_and_seeds_of_their_own_are_those_that_project_draws():
    a = clustered(np.random.default_rng(11))
    methods = ({"method": "umap", "params": {"n_neighbors": 4, "metric": "euclidean"}, "seed": 7}, "pca")
    made = compare(a, a, Sides(methods), Shared(60, 5))
    np.testing.assert_array_equal(
        made.coords_a, project(a.vectors[:60], "umap", {"n_neighbors": 4, "metric": "euclidean"}, seed=7)
    )
    assert made.on_maps and made.methods == methods and made.movers.mean < 1


def test_two_seeds_of_one_map_are_compared_and_stored(tmp_path):
    a = clustered(np.random.default_rng(12))
    methods = tuple({"method": "umap", "params": {"n_neighbors": 8}, "seed": seed} for seed in (1, 2))
    compare(a, a, Sides(methods), Shared(80, 5)).save(tmp_path / "x.npz")
    back = Comparison.load(tmp_path / "x.npz")
    assert back.methods == methods and back.movers.baseline < back.movers.mean < 1


def test_a_map_as_usual_is_asked_for_by_its_name_alone():
    asked = {"method": "umap", "params": {"n_neighbors": 15}, "seed": 1, "what": "words", "limit": 5000}
    assert drawn_by(asked) == drawn_by("umap") == "umap" and drawn_by(asked, seed=2) != "umap"
    five = drawn_by(asked | {"params": {"n_neighbors": 5, "metric": "euclidean"}, "seed": 3})
    assert five["params"]["min_dist"] == 0.1 and list(CompareSpec("a", "a", methods=("umap", five)).methods) == [
        "umap",
        five,
    ]
    assert (map_title("umap"), map_title(five)) == ("UMAP", "UMAP, neighbours 5, distance Euclidean, seed 3")
    with pytest.raises(BadInput, match="same run and the same method with the same settings"):
        CompareSpec("a", "a", methods=("umap", asked))
    with pytest.raises(BadSetting, match="'mds'"):
        drawn_by({"method": "mds"})


def test_missing_and_damaged_files_are_told_apart(tmp_path):
    with pytest.raises(NotFound):
        Comparison.load(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"no zip")
    with pytest.raises(BadInput, match=r"The comparison is damaged \(bad.npz: .* compare again"):
        Comparison.load(tmp_path / "bad.npz")


def test_equal_questions_have_equal_ids():
    assert comparison_id({"a": 1, "b": 2}) == comparison_id({"b": 2, "a": 1}) != comparison_id({"a": 1, "b": 3})


# A run before and after its training


@pytest.fixture
def text_file(tmp_path):
    """Forty short documents, one a line."""
    file = tmp_path / "texts.csv"
    rng = np.random.default_rng(0)
    file.write_text("text\n" + "\n".join(" ".join(rng.choice(["Cat", "dog", "fish", "boat"], 6)) for _ in range(40)))
    return file


@pytest.fixture
def tuned(tmp_path):
    """A run of three words whose fine-tune moved the third from the first to the second."""
    lab = Lab(tmp_path)
    words = [f"w{i}" for i in range(30)]
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 30, 8)).astype(np.float32)
    after[:10] = before[:10]
    id = lab.new_run(RunSpec(None, "imported", {}, 1, "tuned"))
    lab.finish_run(
        id,
        Trained(Embedding(words, after), before={"words": before}),
        {"words": 30, "dim": 8, "seconds": 0.0, "loss": []},
    )
    return lab, id, before, after


def test_run_before_training_has_the_vectors_it_began_with(tuned):
    lab, id, before, after = tuned
    began = lab.run(id).began()
    assert (began.id, began.name) == (f"{id}@start", "tuned, before training")
    assert np.array_equal(began.embedding.vectors, before) and np.array_equal(lab.run("tuned").embedding.vectors, after)
    assert np.array_equal(lab.run("tuned@start").embedding.vectors, before)


def test_before_and_after_are_compared_like_two_runs(tuned):
    lab, id, *_ = tuned
    found = lab.compare(lab.run(f"{id}@start"), lab.run(id), k=5)
    assert len(found) == 30 and 0 < found.mean < 1
    assert not same_but_seed(lab.run(f"{id}@start"), lab.run(id))


def test_documents_before_and_after_are_compared_evenly_spaced(lab, text_file):
    corpus = lab.add_corpus(text_file)
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, corpus.n_documents, 6)).astype(np.float32)
    id = lab.new_run(RunSpec(corpus.id, "transformer", {}, 1, "tuned"))
    words = Embedding(["a", "b"], np.eye(2, 6, dtype=np.float32))
    lab.finish_run(
        id,
        Trained(words, documents=after, before={"words": words.vectors, "documents": before}),
        {"words": 2, "dim": 6, "seconds": 0.0, "loss": []},
    )
    spec = CompareSpec(f"{id}@start", id, methods=("pca", "pca"), limit=20, k=5, what="documents")
    assert spec.json["what"] == "documents" and "what" not in CompareSpec("a", "b").json
    map_tasks.compare_runs(lab, spec.json, silent)
    found = Comparison.load(map_tasks.comparison_path(lab, spec)).movers
    drawn = choose_documents(corpus.n_documents, limit=20)[0]
    assert [int(name.split(".")[0]) - 1 for name in found.words] == drawn.tolist()
    expected = moved(found.words, Neighbours(before[drawn], "cosine"), Neighbours(after[drawn], "cosine"), k=5)
    np.testing.assert_array_equal(found.near_a, expected.near_a)
    np.testing.assert_array_equal(found.near_b, expected.near_b)
    assert [path.name for path in (lab.home / "runs").iterdir()] == [id], "graphs of the start are kept with the run"


def test_documents_of_two_corpora_are_not_compared(lab, text_file):
    runs = [
        lab.train(
            lab.add_corpus(text_file, name=str(n), preprocessing={"lowercase": n == 1}),
            dim=4,
            epochs=1,
            min_count=1,
            workers=1,
        )
        for n in (1, 2)
    ]
    with pytest.raises(BadInput, match="different corpora"):
        map_tasks.compare_runs(lab, CompareSpec(runs[0].id, runs[1].id, limit=20, k=2, what="documents").json, silent)
    with pytest.raises(BadSetting, match="'sentences'"):
        CompareSpec("a", "b", what="sentences")


def test_run_without_a_start_says_so(tuned, tmp_path):
    lab, *_ = tuned
    id = lab.new_run(RunSpec(None, "imported", {}, 1, "plain"))
    lab.finish_run(
        id,
        Trained(Embedding(["a", "b"], np.eye(2, dtype=np.float32))),
        {"words": 2, "dim": 2, "seconds": 0.0, "loss": []},
    )
    with pytest.raises(NotFound, match="'plain' keeps no vectors of before its training"):
        lab.run(id).began()


def test_a_seed_makes_no_other_map_where_nothing_is_left_to_chance():
    assert drawn_by({"method": "pca", "params": {}, "seed": 3}) == "pca"
    assert drawn_by({"method": "umap", "params": {}, "seed": 3})["seed"] == 3
    with pytest.raises(BadInput, match="nothing can differ"):
        CompareSpec("a", "a", methods=("pca", {"method": "pca", "seed": 3}))
