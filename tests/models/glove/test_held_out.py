"""The held-out ranking error of GloVe: against its slow twin, and on text with and without structure."""

import numpy as np
import pytest
import reference
from helpers.corpus_factory import make_corpus, random_sentences, topics
from helpers.counts import count

from embedlab.models.glove import fit, held_out
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.held_out import MEASURE, questions_of, ranking_error
from embedlab.models.glove.parameters import start
from embedlab.models.glove.train import train
from embedlab.models.training.session import Checkpoint, Session


def test_ranking_error_equals_twin(tmp_path):
    counts = count(make_corpus(tmp_path, random_sentences(np.random.default_rng(2))), 30, 1)
    asked, model = questions_of(counts, 40 - np.arange(30), len(counts)), start(30, 20, np.random.default_rng(3))
    w, c = model[0][:, :20].astype(float), model[1][:, :20].astype(float)
    slow = reference.glove_ranking_error(asked.words.tolist(), asked.candidates.tolist(), asked.shares.tolist(), w, c)
    assert 0.3 < slow < 0.7 and ranking_error(asked, model) == slow
    model[1][:] = model[1][0]  # equal contexts tie
    assert ranking_error(asked, model) == 0.5


def test_rivals_are_never_seen_with_the_word_and_are_about_as_frequent(tmp_path):
    counts = count(make_corpus(tmp_path, random_sentences(np.random.default_rng(2), 60, 200, 8)), 200, 2)
    asked = questions_of(counts, np.ones(200), len(counts))
    seen = set(zip(counts.entries["row"].tolist(), counts.entries["column"].tolist(), strict=True))
    assert len(asked.words) == min(len(seen), held_out.FEWEST_QUESTIONS)
    for word, (neighbour, *rivals) in zip(asked.words.tolist(), asked.candidates.tolist(), strict=True):
        assert (word, neighbour) in seen and not any((word, rival) in seen for rival in rivals)
        assert all(rival < 0 or abs(np.log((rival + 1) / (neighbour + 1))) < 2 for rival in rivals)
    assert asked.n_rivals > len(asked.words)


def test_questions_depend_on_the_pairs_alone(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(4), 60, 200, 8))
    first, other = count(corpus, 200, 2), count(corpus, 200, 2, seed=9, workers=2)
    monkeypatch.setattr(held_out, "FEWEST_QUESTIONS", 300)
    asked = questions_of(first, np.ones(200), 0)
    monkeypatch.setattr(held_out, "BLOCK_TOKENS", 1000)
    again = questions_of(other, np.ones(200), 0)
    assert len(asked.words) == 300
    assert np.array_equal(asked.words, again.words) and np.array_equal(asked.candidates, again.candidates)


def test_too_few_pairs_ask_nothing(tmp_path):
    assert questions_of(count(make_corpus(tmp_path, [["a", "b"], ["b", "c"]]), 3, 1), np.ones(3), 4) is None
    assert questions_of(None, np.ones(3), 4) is None


def test_counts_alone_are_at_chance(tmp_path):
    counts = count(make_corpus(tmp_path, random_sentences(np.random.default_rng(2), 60, 200, 8)), 60, 2)
    asked, model = questions_of(counts, 60 - np.arange(60), len(counts)), start(60, 4, np.random.default_rng(3))
    model[0][:] = model[0][0]  # no word calls for anything of its own
    model[3][:, 0] = 60 - np.arange(60)
    assert ranking_error(asked, model) == pytest.approx(0.5, abs=0.1)


def test_planted_topics_are_ranked_far_better_than_chance(tmp_path):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(1), 300))
    trained = train(corpus, GloveConfig(dim=8, epochs=10, min_count=1, held_out=0.1))
    assert trained.notes["validation_is"] == MEASURE
    assert trained.validation[-1] < 0.15  # .01 to .09 over five seeds


def test_text_without_structure_is_ranked_at_chance_however_long_it_is_learnt(tmp_path):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(0), 600, 1500, 25))
    trained = train(corpus, GloveConfig(dim=20, epochs=10, min_count=1, held_out=0.2, learning_rate=0.1))
    assert trained.loss[-1] < 0.5 * trained.loss[0] and trained.validation == pytest.approx([0.5] * 10, abs=0.06)


def test_run_of_an_older_version_keeps_its_held_out_losses_and_adds_none(tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "REST_SECONDS", 0)
    corpus, kept = make_corpus(tmp_path, topics(np.random.default_rng(6), 60)), []
    config = GloveConfig(dim=8, epochs=2, min_count=1, held_out=0.1)
    train(corpus, config, session=Session(save=kept.append, save_due=lambda: True))
    middle = next(saved for saved in kept if saved.state["epoch"] == 1)
    old = {name: value for name, value in middle.state.items() if name != "validation_is"} | {"validation": [2.8]}
    trained = train(corpus, config, session=Session(saved=Checkpoint(old, middle.arrays)))
    assert trained.validation == (2.8,) and trained.notes["validation_is"].startswith("loss of held-out counts")
