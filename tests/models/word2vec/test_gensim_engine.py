"""Word2Vec through gensim: losses against slow twins, what gensim is fed, planted topics, cancelling."""

import threading

import numpy as np
import pytest
import reference
from gensim.models import Word2Vec
from helpers.corpus_factory import as_ids, make_corpus, random_sentences, separation, topics

from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Cancelled, silent
from embedlab.models import Word2VecConfig
from embedlab.models.word2vec import gensim_engine
from embedlab.models.word2vec.gensim_engine import Sentences, make_probe, mean_loss, sample_windows
from embedlab.models.word2vec.train import train

KINDS = [(a, o) for a in ("skipgram", "cbow") for o in ("negative", "hierarchical")]


def planted(tmp_path, n=400, **options):
    return make_corpus(tmp_path, topics(np.random.default_rng(0), n), **options)


def outputs_of(model) -> np.ndarray:
    """The output layer of gensim's model: one row a word, or one an inner node of the Huffman tree."""
    return model.syn1 if model.hs else model.syn1neg


def probe_of(corpus, config, seed=1):
    """gensim's model with random weights, the windows, the probe."""
    rng, vocabulary = np.random.default_rng(seed), corpus.vocabulary.head(min_count=config.min_count)
    hierarchical = config.objective == "hierarchical"
    model = Word2Vec(
        vector_size=config.dim,
        min_count=1,
        sg=int(config.architecture == "skipgram"),
        hs=int(hierarchical),
        negative=0 if hierarchical else config.negatives,
        sorted_vocab=0,
    )
    model.build_vocab_from_freq(dict(enumerate(vocabulary.counts.tolist())))
    model.wv.vectors[:] = rng.normal(size=model.wv.vectors.shape)
    outputs_of(model)[:] = rng.normal(size=outputs_of(model).shape)
    windows = sample_windows(corpus, vocabulary, config, rng)
    return model, windows, make_probe(model, windows, vocabulary, config, rng)


@pytest.mark.parametrize(("architecture", "objective"), KINDS)
def test_loss_equals_twin(tmp_path, architecture, objective):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(1)))
    model, windows, probe = probe_of(
        corpus,
        Word2VecConfig(engine="gensim", dim=12, window=4, min_count=3, architecture=architecture, objective=objective),
    )
    if architecture == "skipgram":
        windows = [(centre, [context]) for centre, contexts in windows for context in contexts]
    losses = []
    for (centre, contexts), outputs in zip(windows[:500], probe.outputs, strict=False):
        if objective == "negative":
            losses.append(
                reference.negative_sampling_loss(model.wv.vectors, model.syn1neg, contexts, centre, outputs[1:])
            )
        else:
            code, path = (model.wv.get_vecattr(centre, name).tolist() for name in ("code", "point"))
            losses.append(reference.hierarchical_loss(model.wv.vectors, model.syn1, contexts, code, path))
    head = gensim_engine.Probe(probe.inputs[:500], probe.outputs[:500], probe.signs[:500])
    assert mean_loss(model.wv.vectors, outputs_of(model), head, chunk=64) == pytest.approx(np.mean(losses), rel=1e-5)


def test_hierarchical_probabilities_of_all_words_sum_to_one(tmp_path):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(2)))
    model, _, _ = probe_of(corpus, Word2VecConfig(engine="gensim", dim=12, min_count=1, objective="hierarchical"))
    losses = [
        reference.hierarchical_loss(
            model.wv.vectors,
            model.syn1,
            [0, 3],
            *(model.wv.get_vecattr(word, name).tolist() for name in ("code", "point")),
        )
        for word in range(len(model.wv))
    ]
    assert sum(np.exp(-np.array(losses))) == pytest.approx(1, rel=1e-5)


def test_untrained_loss_is_that_of_coin_tosses(tmp_path):
    trained = train(planted(tmp_path), Word2VecConfig(engine="gensim", dim=16, epochs=1, min_count=1))
    # One positive and five negatives at log 2 each, less the negatives that hit the centre word (one in 20).
    assert trained.notes["loss_before"] == pytest.approx((1 + 5 * 19 / 20) * np.log(2), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "objective"), KINDS)
def test_training_separates_planted_topics(tmp_path, architecture, objective):
    corpus = planted(tmp_path)
    config = Word2VecConfig(
        engine="gensim",
        dim=16,
        epochs=20,
        min_count=1,
        sample=0,
        learning_rate=0.1,
        architecture=architecture,
        objective=objective,
    )
    for seed in range(2):
        trained = train(corpus, config, seed=seed)
        assert (
            separation(trained.embedding) > 0.5
        )  # seen over five seeds: skip-gram 1.07 to 1.31, CBOW 0.75 to 0.94; start 0.00
        assert len(trained.loss) == 20 and trained.loss[-1] < trained.notes["loss_before"]
        assert trained.raw_words == 20 * corpus.n_tokens and trained.seconds > 0


@pytest.mark.slow
def test_training_with_one_thread_repeats_exactly(tmp_path):
    corpus, config = planted(tmp_path, 60), Word2VecConfig(engine="gensim", dim=8, epochs=2, min_count=1, workers=1)
    first, again, other = (train(corpus, config, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.embedding.vectors, again.embedding.vectors) and first.loss == again.loss
    assert not np.array_equal(first.embedding.vectors, other.embedding.vectors)


def test_embedding_keeps_our_words_order_and_counts(tmp_path):
    corpus = make_corpus(tmp_path, ["b b b a a c", "a b d d"] * 3)
    trained = train(corpus, Word2VecConfig(engine="gensim", dim=4, epochs=1, min_count=4))
    assert trained.embedding.words == ["b", "a", "d"] and trained.embedding.counts.tolist() == [12, 9, 6]


def test_sentences_drop_rare_words_and_close_up(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, ["a b c a\nc", "a a b b c", "b a"])
    monkeypatch.setattr(gensim_engine, "BLOCK_SENTENCES", 2)
    found = Sentences(corpus, 2, threading.Event())
    assert list(found) == [[0, 1, 0], [0, 0, 1, 1], [1, 0]] and found.words == 9
    assert list(found) == [[0, 1, 0], [0, 0, 1, 1], [1, 0]] and found.words == 18


def test_sentences_are_cut_where_gensim_would_drop_words(tmp_path):
    corpus = make_corpus(tmp_path, [["a", "b"] * 12_345])
    assert [len(part) for part in Sentences(corpus, 2, threading.Event())] == [10_000, 10_000, 4_690]


def test_sampled_windows_are_windows_of_the_corpus(tmp_path):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(3)))
    config = Word2VecConfig(engine="gensim", window=3, min_count=5, sample=0)
    n_words = len(corpus.vocabulary.head(min_count=5))
    real = set()
    for sentence in as_ids(corpus):
        kept = [word for word in sentence if word < n_words]
        for here, centre in enumerate(kept):
            real |= {
                (centre, *kept[max(here - reach, 0) : here], *kept[here + 1 : here + 1 + reach]) for reach in (1, 2, 3)
            }
    windows = sample_windows(corpus, corpus.vocabulary.head(min_count=5), config, np.random.default_rng(0))
    assert {(centre, *contexts) for centre, contexts in windows} <= real


@pytest.mark.parametrize("word", ["Preparing", "Epoch 1", "Epoch 2 of 500 done"])
def test_cancelling_stops_at_the_report_that_asks_and_leaves_no_thread(tmp_path, monkeypatch, word):
    corpus, before, seen, measured = planted(tmp_path, 2000), set(threading.enumerate()), [], []

    def measure(*args):
        measured.append(1)
        return mean_loss(*args)

    def report(progress):
        seen.append(progress.message)
        if word in progress.message:
            raise Cancelled

    monkeypatch.setattr(gensim_engine, "mean_loss", measure)
    with pytest.raises(Cancelled):
        train(corpus, Word2VecConfig(engine="gensim", epochs=500, min_count=1), report=report)
    assert word in seen[-1] and len(measured) < 501  # the loss is measured before the first epoch and after each
    for thread in set(threading.enumerate()) - before:
        thread.join(60)  # gensim's own threads end a moment after its loop; so does an import that has begun
    assert set(threading.enumerate()) <= before


def test_reports_each_epoch_once_in_order(tmp_path):
    seen = []
    trained = train(
        planted(tmp_path), Word2VecConfig(engine="gensim", dim=8, epochs=4, min_count=1), report=seen.append
    )
    assert [(p.metrics["epoch"], p.metrics["loss"]) for p in seen if "epoch" in p.metrics] == list(
        enumerate(trained.loss, 1)
    )
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen) and seen[-1].fraction == 1


def test_more_dimensions_than_words_is_noted(tmp_path):
    trained = train(planted(tmp_path, 50), Word2VecConfig(engine="gensim", dim=100, epochs=1, min_count=1))
    assert [w.split(":")[0] for w in trained.notes["warnings"]] == ["100 dimensions for 20 words"]


def test_sentences_of_one_word_fail_with_a_sentence(tmp_path):
    with pytest.raises(TrainingFailed, match="No sentence of 'planted' holds two of the 2 words kept"):
        train(make_corpus(tmp_path, [["a"], ["b"]] * 5), Word2VecConfig(engine="gensim"))


def test_tiny_corpus_with_strong_subsampling_still_trains(tmp_path):
    trained = train(
        make_corpus(tmp_path, ["a b c d e"]), Word2VecConfig(engine="gensim", dim=4, epochs=2, min_count=1, sample=1e-9)
    )
    assert len(trained.loss) == 2 and np.isfinite(trained.loss).all()


@pytest.mark.parametrize("objective", ["negative", "hierarchical"])
def test_two_words_are_enough(tmp_path, objective):
    trained = train(
        make_corpus(tmp_path, ["a b"] * 10), Word2VecConfig(engine="gensim", dim=2, epochs=2, objective=objective)
    )
    assert trained.embedding.vectors.shape == (2, 2)


@pytest.mark.parametrize(("loss", "spoiled"), [(np.nan, 0.0), (1.0, np.inf)], ids=["loss", "vectors"])
def test_numbers_that_are_not_finite_fail_with_a_sentence(tmp_path, monkeypatch, loss, spoiled):
    measured = []

    def measure(vectors, *_):
        measured.append(1)
        vectors[3, 2] = spoiled if len(measured) > 1 else 0.0
        return loss if len(measured) > 1 else 1.0

    monkeypatch.setattr(gensim_engine, "mean_loss", measure)
    config = Word2VecConfig(engine="gensim", dim=8, min_count=1, learning_rate=0.5)
    with pytest.raises(
        TrainingFailed, match="not a finite number with a learning rate of 0.5. Lower the learning rate"
    ):
        train(planted(tmp_path, 50), config)
    assert len(measured) == 2


def test_an_error_inside_gensims_thread_reaches_the_caller(tmp_path, monkeypatch):
    def broken(*args):
        raise TrainingFailed("Broken on purpose.")

    corpus, calls = planted(tmp_path, 50), []
    real = gensim_engine.mean_loss
    monkeypatch.setattr(
        gensim_engine, "mean_loss", lambda *a: real(*a) if not calls and not calls.append(1) else broken()
    )
    with pytest.raises(TrainingFailed, match="Broken on purpose"):
        train(corpus, Word2VecConfig(engine="gensim", dim=8, epochs=3, min_count=1), report=silent)
