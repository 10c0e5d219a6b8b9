"""Shared by the tests of the pages: a workspace with choices and the runs that learned from them."""

import pytest
from helpers.tastes import tastes


@pytest.fixture(scope="session")
def tasted(tmp_path_factory):
    """A workspace with a small text and small choices; a run of words, one of items with vectors, one without."""
    from embedlab import Lab

    lab = Lab(tmp_path_factory.mktemp("tasted"))
    data = tastes(lab.corpora_folder)
    lab.register_interactions(data)
    words = lab.train(lab.add_corpus("polarity"), "word2vec", name="films", dim=8, epochs=1, workers=1)
    als = lab.train(data, "als", name="factors", dim=8, epochs=3, split="time")
    ease = lab.train(data, "ease", name="weights", split="time")
    for run in (als, ease):
        lab.evaluate(run, ["items-time"])
    lab.map(words, "pca")
    return lab
