"""Questions about runs: why two words are near, and what moved between two runs."""

import pytest

from embedlab.core.errors import BadInput, BadSetting, NotFound, UnknownWord
from embedlab.data.inverted_index import Window
from embedlab.jobs.map_specs import CompareSpec
from embedlab.jobs.specs import same_but_seed
from embedlab.jobs.tasks import WORK


@pytest.fixture
def run(lab, tmp_path):
    path = tmp_path / "pets.txt"
    path.write_text(
        "\n\n".join(
            ["The cat had a purr and a bowl.", "A dog wants its bowl and fur.", *["Bonds fell on all markets."] * 5]
            * 20
        )
    )
    return lab.train(str(path), "word2vec", dim=8, epochs=2, min_count=1, window=4, workers=1)


def test_why_uses_the_window_of_the_run_and_tells_both_cosines(lab, run):
    found = lab.why(run, "cat", "dog")
    assert found.window == Window(4, "linear", 1)
    assert found.learned == pytest.approx(float(run.embedding.similarity_matrix(["cat", "dog"])[0, 1]))
    assert found.n_shared == len(found.contexts) > 0 and found.contexts[0].example_a.text.startswith("The cat")
    assert lab.why(run.id, "cat", "dog", window=1).window == Window(1, "linear", 1)


def test_why_of_a_word_the_run_does_not_know(lab, run):
    with pytest.raises(UnknownWord, match="'caat' is not among"):
        lab.why(run, "caat", "dog")


def test_why_needs_a_corpus(lab, tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("2 2\ncat 1 0\ndog 0 1\n")
    with pytest.raises(BadInput, match="has no corpus here"):
        lab.why(lab.import_vectors(path), "cat", "dog")


def test_index_work_prepares_a_window(lab, run):
    from embedlab.explain.contexts import is_prepared

    corpus, spec = lab.run_corpus(run), {"size": 3, "weighting": "flat", "min_count": 1}
    assert WORK["index"](lab, {"corpus": corpus.id, "window": spec}, lambda progress: None) == {"corpus": corpus.id}
    assert is_prepared(corpus, Window(3))


def test_compare_of_two_seeds_is_noise_and_of_two_windows_is_not(lab, run):
    settings = dict(run.spec.config)
    again = lab.train(run.spec.corpus_id, "word2vec", seed=2, **settings)
    wider = lab.train(run.spec.corpus_id, "word2vec", **settings | {"window": 9})
    assert same_but_seed(run, again) and not same_but_seed(run, wider) and not same_but_seed(run, run)
    found = lab.compare(run, again, k=3)
    assert sorted(found.words) == sorted(run.embedding.words) and 0 < found.mean <= 1
    assert lab.compare(run, run, k=3).mean == 1.0


def test_compare_maps_is_stored_with_the_first_run_and_goes_with_it(lab, run):
    again = lab.train(run.spec.corpus_id, "word2vec", seed=2, **dict(run.spec.config))
    first = lab.compare_maps(run, again, methods=("pca", "pca"), k=3)
    files = list((run.folder / "comparisons").iterdir())
    assert len(files) == 1 and len(first.movers) == len(run.embedding)
    before = files[0].stat().st_mtime_ns
    lab.compare_maps(run.id, again.id, methods=("pca", "pca"), k=3)
    assert files[0].stat().st_mtime_ns == before
    lab.delete_run(run.id)
    assert not files[0].exists()


def test_two_maps_of_one_run_are_compared_but_not_one_with_itself(lab, run):
    with pytest.raises(BadInput, match="same run and the same method"):
        lab.compare_maps(run, run, methods=("pca", "pca"), k=3)
    assert CompareSpec("a", "a", methods=("pca", "umap")).methods == ("pca", "umap")
    with pytest.raises(BadSetting, match="no projection 'mds'"):
        CompareSpec("a", "b", methods=("pca", "mds"))
    with pytest.raises(BadSetting, match="k=10 and 10 words"):
        CompareSpec("a", "b", limit=10)


def test_stability_says_so_when_no_other_training_was_finished(lab, run, monkeypatch):
    monkeypatch.setattr("embedlab.lab.lab.run_sweep", lambda *what, **how: None)
    with pytest.raises(NotFound, match="with another seed was finished"):
        lab.stability(run)
