"""Document benchmarks: planted topics are read and found, noise is at chance."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus
from helpers.topic_factory import topic_corpus, topic_words

from embedlab.core.errors import BadInput, BadSetting
from embedlab.evaluation import Scored, document_vectors, evaluate
from embedlab.evaluation.scoring import Scoring
from embedlab.evaluation.texts import documents as documents_module
from embedlab.vectors.embedding import Embedding


@pytest.fixture
def topics(tmp_path):
    return topic_corpus(tmp_path)


@pytest.fixture
def planted():
    return topic_words()


def slow_document_vectors(corpus, embedding, weight):
    rows = []
    for i in range(corpus.n_documents):
        words = [corpus.vocabulary.words[j] for j in corpus.document_ids(i)]
        known = [weight(word) * embedding[word] for word in words if word in embedding]
        rows.append(np.mean(known, axis=0) if known else np.zeros(embedding.dim))
    return np.array(rows)


def test_document_vectors_are_means_of_known_words(topics, planted, monkeypatch):
    expected = slow_document_vectors(topics, planted, lambda word: 1)
    np.testing.assert_allclose(document_vectors(topics, planted), expected, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(documents_module, "BATCH_TOKENS", 33)
    np.testing.assert_allclose(document_vectors(topics, planted), expected, rtol=1e-5, atol=1e-6)
    assert not expected[120].any()


def test_sif_vectors_equal_the_slow_twin(topics, planted):
    share = dict(zip(topics.vocabulary.words, topics.vocabulary.counts / topics.n_tokens, strict=True))
    slow = slow_document_vectors(topics, planted, lambda word: 1e-3 / (1e-3 + share[word]))
    common = np.linalg.svd(slow)[2][0]
    slow -= np.outer(slow @ common, common)
    np.testing.assert_allclose(document_vectors(topics, planted, weighting="sif"), slow, atol=1e-5)
    with pytest.raises(BadSetting, match="'mean' or 'sif'; got 'tfidf'"):
        document_vectors(topics, planted, weighting="tfidf")


def test_documents_of_a_corpus_with_an_empty_one(tmp_path):
    corpus = make_corpus(tmp_path, ["a b", "", "\nb"])
    embedding = Embedding(["a", "b"], np.array([[2, 0], [0, 2]]))
    np.testing.assert_array_equal(document_vectors(corpus, embedding), [[1, 1], [0, 0], [0, 2]])


@pytest.mark.slow
def test_classification_of_planted_topics(topics, planted):
    result = evaluate(Scored(planted, topics), "classification")
    assert (result.score, result.n_used, result.n_total, result.metric) == (1, 120, 122, "accuracy")
    assert result.rows[0] == {"item": 0, "document": 0, "label": "sport", "predicted": "sport", "right": True}
    assert [(p["name"], p["score"], p["n_used"], p["n_total"]) for p in result.parts] == [
        ("food", 1, 40, 40),
        ("law", 1, 40, 40),
        ("sport", 1, 40, 41),
    ]
    assert result.note == (
        "Always answering the most frequent label would score 0.333. The baseline gives each word a "
        "random vector, so it shows what word counts alone achieve."
    )
    assert result.digest != evaluate(Scored(planted, topics), "document-recall").digest


@pytest.mark.slow
def test_scores_of_an_earlier_way_of_scoring_are_not_ranked_with_those_of_now(topics, planted, monkeypatch):
    now, recall = (evaluate(Scored(planted, topics), name) for name in ("classification", "document-recall"))
    monkeypatch.setattr("embedlab.evaluation.REVISED", {})
    before, same = (evaluate(Scored(planted, topics), name) for name in ("classification", "document-recall"))
    assert now.digest != before.digest and now.data == before.data
    assert recall.digest == same.digest


def test_classification_of_noise_is_at_chance(topics, planted):
    """One third of answers is right by chance; seen over seeds 1 to 8: 0.21 to 0.44."""
    noise = np.random.default_rng(1).standard_normal((122, 8), np.float32)
    result = evaluate(Scored(planted, topics, documents=noise), "classification")
    assert 0.15 < result.score < 0.52 and 0.15 < result.baseline < 0.52
    assert result.low < result.score < result.high


def test_recall_of_planted_topics(topics, planted):
    result = evaluate(Scored(planted, topics), "document-recall")
    assert (result.score, result.high, result.n_used, result.n_total) == (1, 1, 120, 122)
    assert result.low == pytest.approx(0.025 ** (1 / 120))
    assert result.rows[0] == {"item": 0, "document": 0, "label": "sport", "found": 10, "relevant": 10, "recall": 1.0}
    noise = np.random.default_rng(1).standard_normal((122, 8), np.float32)
    # Chance is one third; seen over 8 seeds: 0.30 to 0.35.
    assert 0.2 < evaluate(Scored(planted, topics, documents=noise), "document-recall").score < 0.45


def test_recall_by_hand(tmp_path):
    corpus = make_corpus(tmp_path, ["x"] * 4, ["a", "a", "b", "b"])
    vectors = np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1]], np.float32)
    documents = documents_module.LabelledDocuments(vectors, vectors, corpus)
    result = documents_module.score_recall(documents, Scoring("r", "R"), k=1)
    assert [row["found"] for row in result.rows] == [1, 0, 0, 1]  # documents 1 and 2 are nearest to each other
    assert (result.score, result.baseline, result.metric) == (0.5, 0.5, "recall@1")
    whole = documents_module.score_recall(documents, Scoring("r", "R"), k=10)
    assert (whole.score, whole.rows[0]["relevant"]) == (1, 1)  # k reaches every document


def test_large_corpora_are_sampled(topics, planted, monkeypatch):
    monkeypatch.setattr(documents_module, "MAX_DOCUMENTS", 30)
    result = evaluate(Scored(planted, topics), "document-recall")
    assert (result.n_used, result.n_total) == (30, 122)
    assert "An even sample of 30 of 120 documents was scored." in result.note


def test_too_few_documents_of_a_label(tmp_path, planted):
    corpus = make_corpus(tmp_path, ["ball", "soup", "law"], ["a", "b", "c"])
    result = evaluate(Scored(planted, corpus), "classification")
    assert (result.score, result.n_used, result.n_total) == (None, 0, 3)
    assert "at least 5 documents each" in result.note
    result = evaluate(Scored(planted, corpus), "document-recall")
    assert result.score is None and "at least two documents each" in result.note


def test_document_benchmarks_need_labels_and_the_right_corpus(tmp_path, topics, planted):
    plain = make_corpus(tmp_path, ["ball"])
    for corpus in (None, plain):
        with pytest.raises(BadInput, match="Document classification needs a corpus with labels"):
            evaluate(Scored(planted, corpus), "classification")
    with pytest.raises(BadInput, match="vectors of 3 documents but the corpus has 122"):
        evaluate(Scored(planted, topics, documents=np.ones((3, 8), np.float32)), "classification")
