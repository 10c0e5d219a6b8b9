"""Questions about runs: why two words are near."""

import pytest

from embedlab.errors import BadInput, UnknownWord
from embedlab.index import Window
from embedlab.work import WORK


@pytest.fixture
def run(lab, tmp_path):
    path = tmp_path / "pets.txt"
    path.write_text("\n\n".join(["The cat had a purr and a bowl.", "A dog wants its bowl and fur.", *["Bonds fell on all markets."] * 5] * 20))
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
    from embedlab.why import is_prepared

    corpus, spec = lab.run_corpus(run), {"size": 3, "weighting": "flat", "min_count": 1}
    assert WORK["index"](lab, {"corpus": corpus.id, "window": spec}, lambda progress: None) == {"corpus": corpus.id}
    assert is_prepared(corpus, Window(3))
