"""GloVe: counts and steps against slow twins, gradients against finite differences, planted topics found."""

import numpy as np
import pytest
import reference
from corpus_factory import as_ids, make_corpus, random_sentences, separation, topics
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab.errors import TrainingFailed
from embedlab.kernels import glove as kernels
from embedlab.models import glove
from embedlab.models.glove import GloveConfig, count_cooccurrences, entries, start, train
from embedlab.progress import Cancelled
from embedlab.vectors import Embedding


def dense(counts) -> np.ndarray:
    n = len(counts.starts) - 1
    full = np.zeros((n, n))
    for row in range(n):
        part = slice(counts.starts[row], counts.starts[row + 1])
        full[row, counts.columns[part]] = counts.values[part]
    return full


@pytest.mark.parametrize("window", [1, 4, 40])
@pytest.mark.parametrize("n_words", [30, 11])
def test_counts_equal_twin(tmp_path, window, n_words):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(0)))
    counts = count_cooccurrences(corpus, n_words, window)
    np.testing.assert_allclose(dense(counts), reference.cooccurrences(as_ids(corpus), n_words, window), rtol=1e-6)
    assert np.array_equal(dense(counts) > 0, dense(counts).T > 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=8), min_size=1, max_size=6), st.integers(1, 9), st.integers(1, 7))
def test_counts_of_any_sentences_equal_twin(tmp_path_factory, sentences, window, n_words):
    corpus = make_corpus(tmp_path_factory.mktemp("any"), [[f"w{word}" for word in s] for s in sentences])
    n_words = min(n_words, corpus.n_types)
    found = dense(count_cooccurrences(corpus, n_words, window))
    np.testing.assert_allclose(found, reference.cooccurrences(as_ids(corpus), n_words, window), rtol=1e-6)


def test_counts_in_float64_inside_sum_tiny_weights(tmp_path):
    # 40,000 times 1/3 in float32 would end 0.02 off.
    corpus = make_corpus(tmp_path, [["a", "x", "y", "b"]] * 40_000)
    ids = corpus.vocabulary.ids
    counts = dense(count_cooccurrences(corpus, 4, 3))
    assert counts[ids["a"], ids["b"]] == np.float32(40_000 / 3)


def test_counts_do_not_depend_on_threads_or_blocks(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(1)))
    whole = count_cooccurrences(corpus, 30, 5)
    monkeypatch.setattr(glove, "BLOCK_ENTRIES", 50)
    monkeypatch.setattr(glove, "BLOCK_TOKENS", 64)
    cut = count_cooccurrences(corpus, 30, 5, workers=3)
    for name in ("columns", "values", "starts"):
        assert np.array_equal(getattr(whole, name), getattr(cut, name))


def test_epoch_equals_twin(tmp_path):
    rng = np.random.default_rng(2)
    corpus = make_corpus(tmp_path, random_sentences(rng))
    arrays = entries(count_cooccurrences(corpus, 30, 5), x_max=10.0, alpha=0.75)
    model = start(30, 20, rng)
    w, c = (model[k][:, :20].astype(np.float64) for k in (0, 1))
    b, d = (model[k][:, 0].astype(np.float64) for k in (2, 3))
    tiles = np.array([[0, 100], [100, len(arrays[0])]], np.int64)
    loss = kernels.train_tiles(tiles, 7, *arrays, *model, 0.05)
    # The kernel shuffles the entries in place, so the arrays now hold the order in which it visited them.
    slow = reference.glove_epoch(list(zip(*arrays, strict=True)), w, c, b, d, 0.05)
    assert loss == pytest.approx(slow, rel=1e-5)
    for fast, twin in ((model[0][:, :20], w), (model[1][:, :20], c), (model[2][:, 0], b), (model[3][:, 0], d)):
        np.testing.assert_allclose(fast, twin, rtol=1e-5, atol=1e-6)
    assert not model[0][:, 20:32].any() and (model[0][:, 52:] == 1).all()


def test_step_is_the_gradient_of_the_loss():
    rng = np.random.default_rng(3)
    entry = (1, 2, 1.7, 0.6)
    before = start(4, 5, rng)
    for rows in before[:2]:
        rows[:, :5] = rng.normal(size=(4, 5))
    after = tuple(a.copy() for a in before)
    one = [np.array([value], dtype) for value, dtype in zip(entry, (np.int32, np.int32, np.float32, np.float32), strict=True)]
    kernels.step(*one, 0, 1, *after, 1.0)  # rate 1 over squared gradients of 1: the step is minus the gradient

    def parameters():
        return [before[0][:, :5].astype(float), before[1][:, :5].astype(float), before[2][:, 0].astype(float), before[3][:, 0].astype(float)]

    for k, moved in enumerate((after[0][:, :5], after[1][:, :5], after[2][:, 0], after[3][:, 0])):
        numeric = np.zeros_like(parameters()[k])
        for at in np.ndindex(numeric.shape):
            up, down = parameters(), parameters()
            up[k][at] += 1e-5
            down[k][at] -= 1e-5
            numeric[at] = (reference.glove_loss([entry], *up) - reference.glove_loss([entry], *down)) / 2e-5
        np.testing.assert_allclose(parameters()[k] - moved, numeric, rtol=1e-4, atol=1e-6)


def test_shuffle_keeps_entries_together_and_moves_them():
    n = 1000
    arrays = [np.arange(n, dtype=np.int32), np.arange(n, dtype=np.int32), np.arange(n, dtype=np.float32), np.arange(n, dtype=np.float32)]
    kernels.shuffle(*arrays, 100, 900, 5)
    assert all(np.array_equal(array, arrays[0]) for array in arrays)
    assert np.array_equal(np.sort(arrays[0]), np.arange(n))
    assert np.array_equal(arrays[0][:100], np.arange(100)) and np.array_equal(arrays[0][900:], np.arange(900, n))
    # Every place is as likely as any other: the mean shift of 800 uniform places is 267, its error about 7.
    assert abs(np.abs(arrays[0][100:900] - np.arange(100, 900)).mean() - 267) < 30


def test_every_entry_is_visited_once_an_epoch(tmp_path, monkeypatch):
    monkeypatch.setattr(glove, "TILE_ENTRIES", 16)
    monkeypatch.setattr(glove, "TILE_ROWS", 7)
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(4)))
    counts = count_cooccurrences(corpus, 30, 5)
    arrays = entries(counts, x_max=10.0, alpha=0.75)
    tiles = glove._tiles(counts.starts, *arrays, np.random.default_rng(0))
    assert tiles[0, 0] == 0 and tiles[-1, 1] == len(counts) and np.array_equal(tiles[1:, 0], tiles[:-1, 1])
    assert (tiles[:, 1] - tiles[:, 0]).max() <= 16
    full = np.zeros((30, 30))
    np.add.at(full, (arrays[0], arrays[1]), np.exp(arrays[2]))
    np.testing.assert_allclose(full, dense(counts), rtol=1e-5)


@pytest.mark.parametrize("workers", [1, 2])
def test_training_separates_planted_topics(tmp_path, workers, monkeypatch):
    monkeypatch.setattr(glove, "TILE_ENTRIES", 32)
    monkeypatch.setattr(glove, "TASK_FLOATS", 16)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(5)))
    random = Embedding(corpus.vocabulary.words, start(20, 16, np.random.default_rng(1))[0][:, :16])
    assert abs(separation(random)) < 0.1
    for seed in range(5):
        trained = train(corpus, GloveConfig(dim=16, window=5, epochs=20, min_count=1, workers=workers), seed=seed)
        assert separation(trained.embedding) > 0.25  # seen over five seeds: 0.37 to 1.14
        assert trained.loss[-1] < 0.05 * trained.loss[0]  # seen: 0.004


def test_training_with_one_thread_repeats_exactly(tmp_path):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(6), 60))
    config = GloveConfig(dim=8, epochs=3, min_count=1, workers=1)
    first, again, other = (train(corpus, config, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.embedding.vectors, again.embedding.vectors) and first.loss == again.loss
    assert not np.array_equal(first.embedding.vectors, other.embedding.vectors)


def test_training_reports_counting_and_each_epoch(tmp_path):
    corpus, seen = make_corpus(tmp_path, topics(np.random.default_rng(7), 60)), []
    trained = train(corpus, GloveConfig(dim=8, epochs=3, min_count=1), report=seen.append)
    assert [(p.metrics["epoch"], p.metrics["loss"]) for p in seen if "epoch" in p.metrics] == list(enumerate(trained.loss, 1))
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen) and seen[-1].fraction == 1
    assert any("pairs/s" in p.message for p in seen) and any("Counting" in p.message for p in seen)


@pytest.mark.parametrize("word", ["Counting", "Epoch 2"])
def test_cancelling_stops_at_once(tmp_path, word):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(8), 60))

    def report(progress):
        if word in progress.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(corpus, GloveConfig(dim=8, epochs=3, min_count=1), report=report)


def test_more_dimensions_than_words_is_noted(tmp_path):
    corpus = make_corpus(tmp_path, [["a", "b", "c"]] * 5)
    trained = train(corpus, GloveConfig(dim=50, epochs=1))
    assert trained.embedding.vectors.shape == (3, 50)
    assert trained.notes["warnings"] == ["50 dimensions for 3 words: every word could have a dimension of its own, so the "
                                         "vectors will hardly generalise. Use fewer dimensions or more text."]


def test_sentences_of_one_word_fail_with_a_sentence(tmp_path):
    corpus = make_corpus(tmp_path, [["a"], ["b"]] * 5)
    with pytest.raises(TrainingFailed, match="No two of the 2 words kept ever stand in one sentence"):
        train(corpus, GloveConfig())


def test_loss_that_is_not_finite_fails_with_a_sentence(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(9), 60))

    def broken_start(n_words, dim, rng):
        model = start(n_words, dim, rng)
        model[0][3, 2] = np.nan
        return model

    monkeypatch.setattr(glove, "start", broken_start)
    with pytest.raises(TrainingFailed, match="The loss of epoch 1 is not a finite number with a learning rate of 0.05. Lower"):
        train(corpus, GloveConfig(dim=8, min_count=1))


def test_too_little_memory_fails_with_a_sentence(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(10), 60))
    monkeypatch.setattr(glove, "_check_memory", lambda n: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(TrainingFailed, match="Memory ran out while counting with a window of 10"):
        train(corpus, GloveConfig(dim=8, min_count=1))
