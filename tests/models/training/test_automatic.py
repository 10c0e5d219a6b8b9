"""Automatic settings: numbers that follow the size of the corpus, and trainings that resolve them."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus, random_sentences

from embedlab.data.corpus import Corpus
from embedlab.models import MODELS, numbers_of
from embedlab.models.training.automatic import Line
from embedlab.models.training.film import Film, callbacks
from embedlab.models.training.session import Session
from embedlab.models.word2vec.plan import BLOCKS, Task, block_size, plan_of

AUTOMATIC = ("word2vec", "glove")


@pytest.fixture
def small(tmp_path) -> Corpus:
    return make_corpus(tmp_path, random_sentences(np.random.default_rng(1), n_words=60, n_sentences=400))


def sized(corpus: Corpus, n_tokens: int) -> Corpus:
    """The same corpus as if it had so many tokens."""
    return Corpus(corpus.folder, corpus.meta | {"n_tokens": n_tokens})


def test_a_line_is_level_outside_its_points_and_rounded_between():
    line = Line(((100, 50), (10_000, 5)))
    assert [line.at(n) for n in (1, 100, 1_000, 10_000, 10**9)] == [50, 50, 15, 5, 5]
    values = [line.at(n) for n in range(100, 10_001, 50)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("family", AUTOMATIC)
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_epochs_fall_with_the_size_and_are_never_below_the_former_number(small, family, architecture):
    former = {"word2vec": 5, "glove": 15}[family]
    sizes = (1_000, 60_000, 500_000, 4_000_000, 17_000_000, 10**9)
    found = [MODELS[family].automatic(sized(small, n), {"architecture": architecture}) for n in sizes]
    epochs = [each["epochs"] for each in found]
    assert epochs == sorted(epochs, reverse=True) and epochs[-2:] == [former, former] and epochs[1] > former
    assert all(each["min_count"] <= 5 and each["dim"] <= 100 for each in found)


@pytest.mark.parametrize("family", AUTOMATIC)
def test_given_numbers_stay_and_a_training_resolves_the_rest(small, family):
    numbers = numbers_of(MODELS[family], small, {"epochs": 2, "dim": "auto"})
    assert numbers["epochs"] == 2 and numbers["dim"] == MODELS[family].automatic(small, {})["dim"]
    config = MODELS[family].config(epochs=2, workers=1)
    trained = MODELS[family].train(small, config, seed=1)
    assert len(trained.loss) == 2 and trained.embedding.dim == numbers["dim"]


@pytest.mark.parametrize("family", AUTOMATIC)
@pytest.mark.parametrize("epochs", [1, 5, 40])
def test_a_film_has_moments_enough_whatever_the_number_of_epochs(small, tmp_path, family, epochs):
    session = Session(**callbacks(tmp_path / "film", {"words": 20}))
    config = MODELS[family].config(dim=8, epochs=epochs, min_count=1, workers=1)
    MODELS[family].train(small, config, seed=1, session=session)
    done = Film.open(tmp_path / "film").done
    assert len(done) >= 24 and np.diff(done).max() <= 0.1


def test_a_training_of_an_older_version_keeps_its_blocks(small):
    config = MODELS["word2vec"].config(dim=8, epochs=1, min_count=1)
    task = Task(small, small.vocabulary.head(min_count=1), config, 1)
    older, new = plan_of(task, {}), plan_of(task)
    assert older.block_tokens == block_size(small, config, BLOCKS)
    assert plan_of(task, {"block_tokens": new.block_tokens}).blocks == new.blocks
    assert len(new.blocks) > len(older.blocks)
