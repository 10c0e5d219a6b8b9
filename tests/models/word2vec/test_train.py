"""Word2Vec: planted topics, exact repeats, resting and going on; its kernels have tests of their own."""

import json
import threading
import tracemalloc
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import reference
from helpers.corpus_factory import as_ids, make_corpus, random_sentences, separation, topics
from helpers.outcomes import finite_or_sentence, outcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput, BadSetting, TrainingFailed
from embedlab.core.progress import Cancelled
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_mask
from embedlab.data.vocabulary import Vocabulary
from embedlab.kernels.sampling_tables import alias_table
from embedlab.models import Word2VecConfig
from embedlab.models.training.session import Base, Paused, Session
from embedlab.models.word2vec import fit
from embedlab.models.word2vec.plan import Task, plan_of
from embedlab.models.word2vec.train import empty_epochs, train

KINDS = [(a, o) for a in ("skipgram", "cbow") for o in ("negative", "hierarchical")]
SMALL = Word2VecConfig(dim=8, window=3, min_count=1, epochs=2, sample=1e-2, deterministic=True, held_out=0)


def planted(tmp_path, n=400, **options):
    return make_corpus(tmp_path, topics(np.random.default_rng(0), n), **options)


@pytest.mark.parametrize(("architecture", "objective"), KINDS)
@pytest.mark.parametrize("engine", ["embedlab", "pairs"])
def test_training_separates_planted_topics(tmp_path, architecture, objective, engine):
    corpus = planted(tmp_path)
    config = Word2VecConfig(
        dim=16,
        epochs=20,
        min_count=1,
        sample=0,
        learning_rate=0.1,
        architecture=architecture,
        objective=objective,
        engine=engine,
    )
    for seed in range(5):
        trained = train(corpus, config, seed=seed)
        assert separation(trained.embedding) > 0.5  # the bound gensim's vectors are held to
        assert len(trained.loss) == len(trained.validation) == 20 and trained.loss[-1] < trained.notes["loss_before"]
        assert trained.raw_words == 20 * corpus.n_tokens and trained.seconds > 0


@pytest.mark.parametrize("objective", ["negative", "hierarchical"])
def test_untrained_loss_is_that_of_coin_tosses(tmp_path, objective):
    corpus = planted(tmp_path)
    before = train(
        corpus, Word2VecConfig(dim=16, epochs=1, min_count=1, sample=0, held_out=0, objective=objective)
    ).notes["loss_before"]
    if objective == "negative":  # one positive and five negatives, less those that hit the centre word (one in 20)
        assert before == pytest.approx((1 + 5 * 19 / 20) * np.log(2), rel=0.02)
    else:
        counts = corpus.vocabulary.counts
        mean = reference.huffman_cost(counts.tolist()) / counts.sum()
        assert before == pytest.approx(mean * np.log(2), rel=0.02)


def test_deterministic_training_repeats_to_the_last_bit_with_any_number_of_threads(tmp_path):
    corpus = planted(tmp_path, 200)
    first, again, threads, other = (
        train(corpus, replace(SMALL, workers=w), seed=seed) for w, seed in ((1, 1), (1, 1), (2, 1), (1, 2))
    )
    assert np.array_equal(first.embedding.vectors, again.embedding.vectors) and first.loss == again.loss
    assert np.array_equal(first.embedding.vectors, threads.embedding.vectors)
    assert not np.array_equal(first.embedding.vectors, other.embedding.vectors)


def test_trial_of_the_faster_code_leaves_no_trace(tmp_path, monkeypatch):
    corpus, config = planted(tmp_path, 100), replace(SMALL, deterministic=False, workers=1)
    plain = train(corpus, config)
    monkeypatch.setattr(fit, "LONG_TRAINING", 0)
    monkeypatch.setattr(fit, "FASTER_BITS", {})
    seen = []
    tried = train(corpus, config, report=lambda p: seen.append(p.message))
    assert "Trying which code is faster here" in seen and tried.notes["vector_bits"] in (256, 512)
    assert np.allclose(tried.embedding.vectors, plain.embedding.vectors, atol=1e-4)


def test_held_out_sentences_are_not_learned_from(tmp_path):
    corpus = make_corpus(tmp_path, [["a", "b"], *[["c", "d"]] * 99])  # sentence 0 is always held out
    trained = train(corpus, replace(SMALL, held_out=0.02, sample=0))
    moved = np.linalg.norm(trained.end.arrays["outputs"], axis=1)
    assert trained.notes["held_out_tokens"] == 2 * held_out_mask(0, 100, 0.02).sum() > 2
    place = trained.end.state["words"].index
    start = train(corpus, replace(SMALL, held_out=0.02, sample=0, learning_rate=1e-5, epochs=1)).end.arrays["vectors"]
    assert np.array_equal(trained.end.arrays["vectors"][place("a")], start[place("a")])
    assert moved[place("c")] > 0 and len(trained.validation) == 2


def test_too_large_a_size_shows_in_the_held_out_loss(tmp_path):
    rng = np.random.default_rng(3)
    corpus = make_corpus(tmp_path, random_sentences(rng, n_words=200, n_sentences=150))  # nothing to learn but chance
    trained = train(
        corpus,
        Word2VecConfig(dim=100, epochs=60, min_count=1, sample=0, learning_rate=0.1, held_out=0.2, deterministic=True),
    )
    best = int(np.argmin(trained.validation))
    assert trained.loss[-1] < trained.loss[best] and trained.validation[-1] > trained.validation[best] + 0.1


@pytest.mark.parametrize(("architecture", "objective"), KINDS)
def test_paused_and_resumed_training_equals_one_in_one_go(tmp_path, architecture, objective):
    corpus, config = (
        planted(tmp_path, 300),
        replace(SMALL, architecture=architecture, objective=objective, held_out=0.05),
    )
    whole, kept = train(corpus, config), []
    seen = [0.0]
    session = Session(save=kept.append, pause_asked=lambda: seen[-1] > 1.3)  # in the second epoch
    with pytest.raises(Paused):
        train(corpus, config, session=session, report=lambda progress: seen.append(progress.step))
    assert kept[0].state["epoch"] == 1 and kept[0].state["block"] > 0
    frozen = replace(kept[0], arrays={name: array.copy() for name, array in kept[0].arrays.items()})
    resumed = train(corpus, config, session=Session(saved=frozen))
    assert np.array_equal(resumed.embedding.vectors, whole.embedding.vectors)
    assert (resumed.loss, resumed.validation) == (whole.loss, whole.validation)


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 0.75, 1.0])
def test_negatives_are_drawn_by_count_to_the_exponent(tmp_path, exponent):
    corpus = planted(tmp_path)
    task = Task(corpus, corpus.vocabulary, replace(SMALL, exponent=exponent), 1)
    weights = corpus.vocabulary.counts.astype(float) ** exponent
    np.testing.assert_array_equal(plan_of(task).noise, alias_table(weights / weights.sum()))


def test_checkpoint_of_a_time_before_a_setting_existed_is_resumed(tmp_path):
    corpus, saved = planted(tmp_path, 50), []
    session = Session(save=lambda checkpoint: saved.append(deepcopy(checkpoint)) or True, save_due=lambda: True)
    whole = train(corpus, SMALL, seed=1, session=session)
    older = saved[len(saved) // 2]
    del older.state["config"]["exponent"]
    resumed = train(corpus, SMALL, seed=1, session=Session(saved=older))
    np.testing.assert_array_equal(resumed.embedding.vectors, whole.embedding.vectors)


def test_checkpoint_of_other_settings_is_refused(tmp_path):
    corpus = planted(tmp_path, 50)
    end = train(corpus, SMALL).end
    with pytest.raises(BadInput, match="saved by another training"):
        train(corpus, replace(SMALL, window=4), session=Session(saved=end))


def test_session_sees_the_start_the_end_and_moments_between(tmp_path):
    corpus, seen = planted(tmp_path, 300), []
    trained = train(
        corpus,
        SMALL,
        session=Session(
            show=lambda done, words, rows: seen.append((done, words, rows(np.arange(3)))), show_due=lambda done: True
        ),
    )
    moments = [done for done, _, _ in seen]
    assert (
        moments[0] == 0
        and moments[-1] == 1
        and moments == sorted(set(moments))
        and 0.5 in moments
        and len(moments) >= 5
    )
    assert all(words == trained.embedding.words and rows.shape == (3, 8) for _, words, rows in seen)
    assert np.array_equal(seen[-1][2], trained.embedding.vectors[:3]) and not np.array_equal(seen[0][2], seen[-1][2])


# Going on from another run


def test_vocabulary_grows_when_training_goes_on_with_a_second_corpus(tmp_path):
    config = replace(SMALL, sample=0)
    first = train(make_corpus(tmp_path, [["old", "both"]] * 30, name="one"), config)
    base = Base(first.embedding.words, first.embedding.vectors, first.embedding.counts, first.end)
    second = make_corpus(tmp_path, [["new", "both"]] * 40, name="two")
    trained = train(second, config, session=Session(base=base))
    assert trained.embedding.words == ["both", "new", "old"] and trained.embedding.counts.tolist() == [70, 40, 30]
    assert np.array_equal(trained.embedding.vectors[2], first.embedding.vectors[first.embedding.words.index("old")])
    assert not np.array_equal(
        trained.embedding.vectors[0], first.embedding.vectors[first.embedding.words.index("both")]
    )
    assert trained.notes["loss_before"] != pytest.approx(train(second, config).notes["loss_before"], rel=1e-6)


def test_going_on_with_the_same_corpus_begins_at_the_loss_it_ended_with(tmp_path):
    corpus, config = planted(tmp_path), Word2VecConfig(dim=16, epochs=10, min_count=1, sample=0, learning_rate=0.1)
    first = train(corpus, config)
    base = Base(first.embedding.words, first.embedding.vectors, first.embedding.counts, first.end)
    assert train(corpus, config, session=Session(base=base)).notes["loss_before"] == pytest.approx(
        first.validation[-1], rel=1e-3
    )


def test_base_of_another_dimension_is_refused(tmp_path):
    base = Base(["a"], np.zeros((1, 5), np.float32))
    with pytest.raises(BadSetting, match="has 5 dimensions, but these settings ask for 8. Set the dimensions to 5"):
        train(planted(tmp_path, 50), SMALL, session=Session(base=base))


# Odd input


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_learning_rate_that_is_far_too_high_ends_with_a_sentence_or_finite_vectors(tmp_path, architecture):
    config = Word2VecConfig(dim=16, min_count=1, learning_rate=10, epochs=30, sample=0, architecture=architecture)
    with pytest.raises(
        TrainingFailed, match="Training diverged in epoch .* learning rate of 10 .* Lower the learning rate"
    ):
        train(planted(tmp_path), config)


@pytest.mark.slow
@given(
    st.lists(st.lists(st.sampled_from("aabcdefgh"), max_size=30), min_size=1, max_size=12),
    st.sampled_from(KINDS),
    st.sampled_from(["embedlab", "pairs"]),
    st.sampled_from([1, 2, 17]),
    st.sampled_from([1, 5, 100]),
    st.sampled_from([1, 5, 100]),
    st.sampled_from([1e-5, 0.025, 10.0]),
    st.sampled_from([0.0, 1e-5, 0.1]),
    st.sampled_from([0.0, 0.5]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_corpora_give_finite_vectors_or_a_sentence(
    tmp_path_factory, sentences, kind, engine, dim, window, negatives, rate, sample, held_out
):
    corpus = make_corpus(tmp_path_factory.mktemp("odd"), sentences)
    config = Word2VecConfig(
        dim=dim,
        window=window,
        negatives=negatives,
        learning_rate=rate,
        sample=sample,
        held_out=held_out,
        epochs=3,
        min_count=1,
        architecture=kind[0],
        objective=kind[1],
        engine=engine,
    )
    assert finite_or_sentence(outcome(train, corpus, config))


def test_held_out_text_without_a_prediction_has_no_loss_and_that_is_said(tmp_path):
    held_out = held_out_mask(0, 60, 0.3)
    corpus = make_corpus(tmp_path, ["a" if out else "a b c d e f" for out in held_out])
    trained = train(corpus, replace(SMALL, held_out=0.3, sample=0))
    assert trained.validation == () and trained.notes["loss_before"] is None and len(trained.loss) == 2
    assert "so there is no held-out loss" in trained.notes["warnings"][-1]
    json.dumps(trained.notes, allow_nan=False)


@pytest.mark.slow
def test_widest_vectors_train(tmp_path):
    trained = train(planted(tmp_path, 30), Word2VecConfig(dim=2000, min_count=1, epochs=1))
    assert trained.embedding.vectors.shape == (20, 2000) and np.isfinite(trained.embedding.vectors).all()


@pytest.mark.parametrize("word", ["Preparing", "Epoch 1", "Epoch 2 of 50 done"])
def test_cancelling_stops_at_the_report_that_asks_and_leaves_no_thread(tmp_path, word):
    corpus, seen, before = planted(tmp_path, 2000), [], set(threading.enumerate())

    def report(progress):
        seen.append(progress.message)
        if word in progress.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(corpus, Word2VecConfig(epochs=50, min_count=1), report=report)
    assert word in seen[-1] and not any(word in message for message in seen[:-1])
    assert set(threading.enumerate()) <= before


def test_reports_each_epoch_once_in_order(tmp_path):
    seen = []
    trained = train(planted(tmp_path), Word2VecConfig(dim=8, epochs=4, min_count=1), report=seen.append)
    told = [(p.metrics["epoch"], p.metrics["loss"], p.metrics["validation"]) for p in seen if "epoch" in p.metrics]
    assert told == list(zip(range(1, 5), trained.loss, trained.validation, strict=True))
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen) and seen[-1].fraction == 1


def test_more_dimensions_than_words_is_noted(tmp_path):
    trained = train(planted(tmp_path, 50), Word2VecConfig(dim=100, epochs=1, min_count=1))
    assert [w.split(":")[0] for w in trained.notes["warnings"]] == ["100 dimensions for 20 words"]


def test_sentences_of_one_word_fail_with_a_sentence(tmp_path):
    with pytest.raises(TrainingFailed, match="No sentence of 'planted' holds two of the 2 words kept"):
        train(make_corpus(tmp_path, [["a"], ["b"]] * 5), Word2VecConfig())


def test_loss_over_an_epoch_is_the_mean_over_its_predictions(tmp_path):
    corpus = planted(tmp_path, 60)
    trained = train(corpus, replace(SMALL, epochs=1, learning_rate=1e-5, sample=0, window=1))
    n = sum(2 * len(s) - 2 for s in as_ids(corpus))
    assert (
        trained.end.state["sums"] == [0, 0]
        and trained.loss[0] == pytest.approx(trained.notes["loss_before"], rel=0.02)
        and n > 1000
    )


# Real sizes


def written_ids(folder, ids: np.ndarray, length: int, n_words: int):
    """A corpus of sentences of `length` ids, written without making its text."""
    corpus = make_corpus(folder, [["a", "b"]], name="large")
    counts = np.bincount(ids, minlength=n_words)
    order = np.argsort(-counts, kind="stable")
    place = np.empty(n_words, np.int32)
    place[order] = np.arange(n_words, dtype=np.int32)
    Vocabulary([f"w{i}" for i in range(n_words)], counts[order]).save(corpus.folder)
    np.save(corpus.folder / "tokens.npy", place[ids])
    np.save(corpus.folder / "sentences.npy", np.arange(0, len(ids) + 1, length))
    np.save(corpus.folder / "documents.npy", np.array([0, len(ids) // length]))
    meta = json.loads((corpus.folder / "corpus.json").read_text())
    meta |= {"n_sentences": len(ids) // length, "n_tokens": len(ids), "n_types": n_words}
    (corpus.folder / "corpus.json").write_text(json.dumps(meta))
    return Corpus.open(corpus.folder)


@pytest.mark.slow
def test_five_million_distinct_words_train(tmp_path):
    n_words = 5_000_000
    ids = np.concatenate([np.arange(n_words), np.random.default_rng(0).integers(0, 1000, n_words)]).astype(np.int32)
    corpus = written_ids(tmp_path, np.random.default_rng(1).permutation(ids), 100, n_words)
    trained = train(corpus, Word2VecConfig(dim=100, epochs=1, min_count=1))
    assert trained.embedding.vectors.shape == (n_words, 100)
    assert np.isfinite(trained.embedding.vectors[::1000]).all() and 0 < trained.loss[0] < 10


@pytest.mark.slow
def test_memory_does_not_grow_with_the_corpus(tmp_path):
    peaks = []
    for n_tokens in (4_000_000, 40_000_000):
        corpus = written_ids(
            tmp_path / str(n_tokens), np.random.default_rng(0).integers(0, 500, n_tokens, dtype=np.int32), 40, 500
        )
        tracemalloc.start()
        train(corpus, Word2VecConfig(dim=4, window=1, negatives=1, epochs=1, min_count=1))
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    # Ten times the text, 160 MB of it. Only a number per sentence and a list entry per block are added: 10 to 40 MB.
    assert peaks[1] < peaks[0] + 60


def test_an_epoch_that_subsampling_emptied_is_said(tmp_path):
    """Two words in 180 tokens: most are left out, and in some epochs all of them."""
    corpus = make_corpus(tmp_path, ["tea cup tea cup cup tea"] * 30)
    trained = train(corpus, Word2VecConfig(dim=8, min_count=1, epochs=12, workers=1), seed=1)
    assert 0.0 in trained.loss
    assert any("Subsampling left nothing to predict in" in said for said in trained.notes["warnings"])
    assert empty_epochs([2.0, 1.0]) == []
    assert empty_epochs([2.0, 0.0, 1.0])[0].startswith("Subsampling left nothing to predict in epoch 2,")
