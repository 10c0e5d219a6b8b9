"""GloVe: steps against their slow twin, gradients against finite differences, planted topics found.

And what surrounds them: counts on disk, held-out sentences, pauses, incremental training, settings at their bounds.
"""

import errno
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
import reference
from helpers.corpus_factory import make_corpus, random_sentences, separation, topics
from helpers.counts import count
from helpers.outcomes import finite_or_sentence, outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.progress import Cancelled
from embedlab.kernels import glove as kernels
from embedlab.models.glove import cooccurrence, fit, parameters
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.parameters import Course, start
from embedlab.models.glove.train import train
from embedlab.models.training.session import Base, Checkpoint, Paused, Session
from embedlab.vectors.embedding import Embedding

# Steps


def test_epoch_equals_twin(tmp_path):
    counts = count(make_corpus(tmp_path, random_sentences(np.random.default_rng(2))), 30, 5)
    model = start(30, 20, np.random.default_rng(3))
    w, c = (model[k][:, :20].astype(np.float64) for k in (0, 1))
    b, d = (model[k][:, 0].astype(np.float64) for k in (2, 3))
    tiles, losses = np.array([[0, 100], [100, len(counts)]], np.int64), np.zeros(2)
    kernels.training(32)(tiles, np.arange(2), counts.entries, *model, 0.05, losses)
    slow = reference.glove_epoch(counts.entries.tolist(), w, c, b, d, 0.05)
    assert losses.sum() == pytest.approx(slow, rel=1e-5)
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
    kernels.training(16)(np.array([[0, 1]]), np.arange(1), np.array([entry], kernels.ENTRY), *after, 1.0, np.zeros(1))

    def parameters():
        return [
            before[0][:, :5].astype(float),
            before[1][:, :5].astype(float),
            before[2][:, 0].astype(float),
            before[3][:, 0].astype(float),
        ]

    for k, moved in enumerate((after[0][:, :5], after[1][:, :5], after[2][:, 0], after[3][:, 0])):
        numeric = np.zeros_like(parameters()[k])
        for at in np.ndindex(numeric.shape):
            up, down = parameters(), parameters()
            up[k][at] += 1e-5
            down[k][at] -= 1e-5
            numeric[at] = (reference.glove_loss([entry], *up) - reference.glove_loss([entry], *down)) / 2e-5
        # Rate 1 over squared gradients of 1 plus this one.
        np.testing.assert_allclose(parameters()[k] - moved, numeric / np.sqrt(1 + numeric**2), rtol=1e-4, atol=1e-6)


def test_shuffle_keeps_entries_together_and_moves_them():
    n = 1000
    entries = np.zeros(n, kernels.ENTRY)
    for name in entries.dtype.names:
        entries[name] = np.arange(n)
    kernels.shuffle(entries, 100, 900, 5)
    rows = entries["row"]
    assert all(np.array_equal(entries[name], rows) for name in entries.dtype.names)
    assert np.array_equal(np.sort(rows), np.arange(n))
    assert np.array_equal(rows[:100], np.arange(100)) and np.array_equal(rows[900:], np.arange(900, n))
    # Every place is as likely as any other: the mean shift of 800 uniform places is 267, its error about 7.
    assert abs(np.abs(rows[100:900] - np.arange(100, 900)).mean() - 267) < 30


# Training


@pytest.mark.parametrize("workers", [1, 2])
def test_training_separates_planted_topics(tmp_path, workers, monkeypatch):
    monkeypatch.setattr(fit, "SHARED_FLOATS", 16)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(5)))
    random = Embedding(corpus.vocabulary.words, start(20, 16, np.random.default_rng(1))[0][:, :16])
    assert abs(separation(random)) < 0.1
    for seed in range(5):
        trained = train(corpus, GloveConfig(dim=16, window=5, epochs=20, min_count=1, workers=workers), seed=seed)
        assert separation(trained.embedding) > 0.25  # seen over five seeds: 0.37 to 1.14
        assert trained.loss[-1] < 0.05 * trained.loss[0]  # seen: 0.004


def test_training_repeats_exactly_on_any_threads_and_from_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "SHARED_FLOATS", 16)
    monkeypatch.setattr(cooccurrence, "BLOCK_ROWS", 4)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(6), 100))
    first, three, disk = (
        train(corpus, GloveConfig(dim=8, epochs=3, min_count=1, **others), session=Session(scratch=tmp_path))
        for others in ({"workers": 1}, {"workers": 3}, {"workers": 2, "memory": 0.001})
    )
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=0))
    nothing = train(corpus, GloveConfig(dim=8, epochs=3, min_count=1), session=Session(scratch=tmp_path))
    assert nothing.notes["bytes_on_disk"] > 0 == first.notes["bytes_on_disk"]
    for again in (three, disk, nothing):
        assert np.array_equal(first.embedding.vectors, again.embedding.vectors)
        assert (again.loss, again.validation) == (first.loss, first.validation)
    other = train(corpus, GloveConfig(dim=8, epochs=3, min_count=1), seed=2)
    assert not np.array_equal(first.embedding.vectors, other.embedding.vectors)
    assert [path.name for path in tmp_path.iterdir()] == ["planted"]  # nothing is left on disk


def test_training_reports_counting_and_each_epoch(tmp_path):
    corpus, seen = make_corpus(tmp_path, topics(np.random.default_rng(7), 60)), []
    trained = train(corpus, GloveConfig(dim=8, epochs=3, min_count=1, held_out=0.1), report=seen.append)
    ends = [p.metrics for p in seen if "epoch" in p.metrics]
    assert [(m["epoch"], m["loss"], m["ranking_error"]) for m in ends] == list(
        zip((1, 2, 3), trained.loss, trained.validation, strict=True)
    )
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen) and seen[-1].fraction == 1
    assert any("pairs/s" in p.message for p in seen) and any("Counting" in p.message for p in seen)


def test_holding_out_too_few_sentences_holds_out_none(tmp_path):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(7), 40))
    assert train(corpus, GloveConfig(dim=8, epochs=1, min_count=1)).validation == ()
    assert len(train(corpus, GloveConfig(dim=8, epochs=2, min_count=1, held_out=0.2)).validation) == 2
    only = make_corpus(tmp_path, [["a", "b"], ["a"], ["b"]], name="only")  # the one sentence with a pair is held out
    assert train(only, GloveConfig(dim=2, epochs=1, min_count=1, held_out=0.5)).validation == ()


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
    assert trained.notes["warnings"] == [
        "50 dimensions for 3 words: every word could have a dimension of its own, so the "
        "vectors will hardly generalise. Use fewer dimensions or more text."
    ]


# Rests, pauses and beginnings


def looked_at(corpus, config, **session):
    seen = []
    trained = train(
        corpus,
        config,
        session=Session(
            show=lambda done, words, rows: seen.append((done, words, rows(slice(None)))),
            show_due=lambda done: True,
            **session,
        ),
    )
    return trained, seen


def test_session_sees_the_start_the_middle_and_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "REST_SECONDS", 0)
    monkeypatch.setattr(fit, "TASK_FLOATS", 16)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(6), 60))
    trained, seen = looked_at(corpus, GloveConfig(dim=8, epochs=2, min_count=1))
    shares = [done for done, _, _ in seen]
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and len(set(shares)) > 10
    assert seen[0][1] == trained.embedding.words and np.array_equal(seen[-1][2], trained.embedding.vectors)
    assert not np.array_equal(seen[0][2], seen[-1][2])


def test_pausing_in_mid_epoch_and_going_on_changes_no_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "REST_SECONDS", 0)
    monkeypatch.setattr(fit, "TASK_FLOATS", 16)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(6), 60))
    config, kept, asked = GloveConfig(dim=8, epochs=3, min_count=1, held_out=0.1), [], []
    whole = train(corpus, config)
    with pytest.raises(Paused):
        train(
            corpus, config, session=Session(save=kept.append, pause_asked=lambda: asked.append(1) or len(asked) == 50)
        )
    assert kept[0].state["epoch"] == 1 and kept[0].state["rounds"] > 0
    went_on = train(corpus, config, session=Session(saved=kept[0]))
    assert np.array_equal(whole.embedding.vectors, went_on.embedding.vectors)
    assert (went_on.loss, went_on.validation) == (whole.loss, whole.validation)
    assert all(np.array_equal(whole.end.arrays[name], went_on.end.arrays[name]) for name in parameters.ARRAYS)


def test_saved_state_of_other_words_is_refused_with_a_sentence(tmp_path):
    one = make_corpus(tmp_path, topics(np.random.default_rng(6), 60))
    other = make_corpus(tmp_path, [["a", "b"]] * 5, name="other")
    end = train(one, GloveConfig(dim=8, epochs=1, min_count=1)).end
    with pytest.raises(TrainingFailed, match="belongs to another corpus or other settings"):
        train(other, GloveConfig(dim=8, min_count=1), session=Session(saved=end))


@pytest.mark.parametrize("own", [True, False])
def test_incremental_training_begins_with_what_the_base_knows(tmp_path, own):
    config = GloveConfig(dim=8, epochs=4, min_count=1)
    first = train(make_corpus(tmp_path, topics(np.random.default_rng(6), 60)), config)
    more = make_corpus(tmp_path, [["new", "a1", "a2"], ["a1", "new", "a3"]] * 20, name="more")
    base = Base(first.embedding.words, first.embedding.vectors, first.embedding.counts, first.end if own else None)
    second, seen = looked_at(more, config, base=base)
    words = second.embedding.words
    assert words[:4] == more.vocabulary.words and set(words[4:]) == set(first.embedding.words) - {"a1", "a2", "a3"}
    at_first = dict(zip(words, seen[0][2], strict=True))
    for word in first.embedding.words:
        np.testing.assert_array_equal(at_first[word], first.embedding[word])
    for word in words[4:]:  # what the new text does not mention stays as it was
        np.testing.assert_array_equal(second.embedding[word], first.embedding[word])
        assert second.embedding.counts[words.index(word)] == first.embedding.counts[first.embedding.words.index(word)]
    assert not np.array_equal(second.embedding["a1"], first.embedding["a1"])
    assert second.end.state["words"] == words


def test_incremental_training_carries_over_all_parameters_of_its_own_end(tmp_path):
    config = GloveConfig(dim=8, epochs=2, min_count=1)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(6), 60))
    first = train(corpus, config)
    base = Base(first.embedding.words, first.embedding.vectors, None, first.end)
    course = parameters.begin(list(corpus.vocabulary.words), config, 1, Session(base=base))
    assert all(
        np.array_equal(array, first.end.arrays[name])
        for name, array in zip(parameters.ARRAYS, course.model, strict=True)
    )
    second = train(corpus, config, session=Session(base=base))
    assert second.loss[0] < first.loss[-1]


def test_incremental_training_in_other_dimensions_fails_with_a_sentence(tmp_path):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(6), 60))
    base = Base(["a1"], np.zeros((1, 5), np.float32))
    with pytest.raises(BadSetting, match="Dimensions must be 5, as in the run this one continues; got 8."):
        train(corpus, GloveConfig(dim=8, min_count=1), session=Session(base=base))


# Hard settings and hard text


HARD = [
    dict(learning_rate=10.0),
    dict(learning_rate=10.0, dim=1),
    dict(dim=2000, epochs=2),
    dict(window=100),
    dict(x_max=1.0, alpha=0.01),
    dict(x_max=1e5, alpha=1.0),
    dict(dim=2000, learning_rate=10.0, epochs=2),
    dict(learning_rate=10.0, alpha=0.01, x_max=1.0),
]


@pytest.mark.parametrize("hard", HARD, ids=str)
def test_settings_at_their_bounds_give_finite_vectors_or_a_sentence(tmp_path, hard):
    rng = np.random.default_rng(1)
    texts = {"topics": topics(rng, 60), "zipf": random_sentences(rng), "repeated": [["echo"] * 300 + ["other"]] * 10}
    for name, sentences in texts.items():
        corpus = make_corpus(tmp_path, sentences, name=name)
        found = outcome(train, corpus, GloveConfig(**{"dim": 20, "epochs": 10, "min_count": 1} | hard))
        assert finite_or_sentence(found)
        assert found[0] == "" or "Lower the learning rate" in found[0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=30), min_size=1, max_size=12),
    st.floats(1e-4, 10),
    st.integers(1, 40),
    st.integers(1, 100),
    st.floats(0, 0.5),
    st.floats(0.01, 1),
)
def test_any_text_and_settings_give_finite_vectors_or_a_sentence(
    tmp_path_factory, sentences, rate, dim, window, held_out, alpha
):
    corpus = make_corpus(tmp_path_factory.mktemp("odd"), [[f"w{word}" for word in s] for s in sentences])
    config = GloveConfig(
        dim=dim, window=window, epochs=3, min_count=1, learning_rate=rate, held_out=held_out, alpha=alpha
    )
    assert finite_or_sentence(outcome(train, corpus, config))


@pytest.mark.slow
def test_millions_of_distinct_words_are_counted_and_trained(tmp_path):
    corpus = make_corpus(tmp_path, [[f"w{s}_{k}" for k in range(20)] + ["the"] for s in range(100_000)])
    trained = train(
        corpus, GloveConfig(dim=4, epochs=2, window=5, min_count=1, memory=0.1), session=Session(scratch=tmp_path)
    )
    assert (
        len(trained.embedding) == 2_000_001
        and trained.loss[1] < trained.loss[0]
        and trained.notes["bytes_on_disk"] > 1e8
    )


def test_sentences_of_one_word_fail_with_a_sentence(tmp_path):
    corpus = make_corpus(tmp_path, [["a"], ["b"]] * 5)
    with pytest.raises(TrainingFailed, match="No two of the 2 words kept share a sentence"):
        train(corpus, GloveConfig())


def test_loss_that_is_not_finite_fails_with_a_sentence(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(9), 60))

    def broken_start(n_words, dim, rng):
        model = start(n_words, dim, rng)
        model[0][3, 2] = np.nan
        return model

    monkeypatch.setattr(parameters, "start", broken_start)
    with pytest.raises(
        TrainingFailed, match="The loss of epoch 1 is not a finite number with a learning rate of 0.05. Lower"
    ):
        train(corpus, GloveConfig(dim=8, min_count=1))


def test_loss_that_explodes_fails_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(fit, "DIVERGED", 1e-6)
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(9), 60))
    with pytest.raises(TrainingFailed, match=r"The loss of epoch 1 grew to [\d.]+ with a learning rate of 0.05. Lower"):
        train(corpus, GloveConfig(dim=8, min_count=1))


def test_too_little_memory_fails_with_a_sentence(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, [[f"w{row}_{k}" for k in range(20)] for row in range(400)])
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=100e6))
    with pytest.raises(TrainingFailed, match="Memory ran out with 1000 dimensions, a window of 10"):
        train(corpus, GloveConfig(dim=1000, min_count=1))  # 8,000 words take 128 MB


def test_a_full_disk_fails_with_a_sentence(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, topics(np.random.default_rng(10), 60))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=0))
    monkeypatch.setattr("embedlab.core.spill.shutil.disk_usage", full)
    with pytest.raises(TrainingFailed, match="The disk is full: the counts exceed the memory budget"):
        train(corpus, GloveConfig(dim=8, min_count=1), session=Session(scratch=tmp_path))


def test_a_course_gives_copies(tmp_path):
    model = start(3, 4, np.random.default_rng(0))
    course = Course(["a", "b", "c"], 4, model)
    checkpoint, rows = course.checkpoint(), course.vectors(np.array([1]))
    model[0][:] = 7
    assert isinstance(checkpoint, Checkpoint) and not (checkpoint.arrays["words"] == 7).any() and not (rows >= 7).any()
