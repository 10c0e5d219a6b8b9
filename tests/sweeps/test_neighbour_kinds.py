"""Same-class and same-document neighbours of a run."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.sweeps import neighbour_kinds
from embedlab.sweeps.neighbour_kinds import LIFT, K, kinds, occurrences
from embedlab.vectors.embedding import Embedding

NOUNS = (
    "bread soup cheese rice salad apple butter sugar onion pepper potato tomato chicken fish meat milk "
    "egg cake pie jam "
    "honey wine beer tea coffee juice water salt oil bean hammer saw drill screw wrench nail board shelf "
    "door window wall "
    "roof floor brick stone glass metal wood paint brush ladder rope chain wheel engine pump pipe valve wire lamp"
).split()
TOPICS = [NOUNS[i : i + 15] for i in range(0, 60, 15)]


@pytest.fixture
def corpus(tmp_path):
    """400 documents of four topics of 15 nouns each; a document has ten words of its topic and one of the next."""
    rng = np.random.default_rng(0)
    pairs = [(TOPICS[i % 4], TOPICS[(i + 1) % 4]) for i in range(400)]
    return make_corpus(tmp_path, [" ".join([*rng.choice(own, 10), *rng.choice(other, 1)]) for own, other in pairs])


def dense_twin(corpus, words):
    """Whether each two words share documents clearly more often than by chance, from a full matrix: bool (n, n)."""
    inside = np.array([[word in corpus.text(d).split() for d in range(corpus.n_documents)] for word in words], float)
    each = inside.sum(axis=1)
    return inside @ inside.T >= LIFT * np.outer(each, each) / corpus.n_documents


@pytest.mark.parametrize("block", [20, 2**21])
def test_words_that_share_documents_are_those_of_the_full_matrix(corpus, monkeypatch, block):
    monkeypatch.setattr(neighbour_kinds, "BLOCK_TOKENS", block)
    words = list(corpus.vocabulary.words)
    found, expected = occurrences(corpus, words), dense_twin(corpus, words)
    a, b = (grid.ravel() for grid in np.indices(expected.shape))
    np.testing.assert_array_equal(found.together(a, b), expected.ravel())


def test_occurrences_take_memory_by_distinct_words_and_not_by_documents(corpus):
    found = occurrences(corpus, list(corpus.vocabulary.words))
    distinct = sum(len(set(corpus.text(d).split())) for d in range(corpus.n_documents))
    assert found.inside.nnz == distinct and found.inside.data.dtype == bool


def test_same_document_share_is_high_where_vectors_know_the_topic_and_low_where_they_do_not(corpus):
    words = list(corpus.vocabulary.words)
    found = occurrences(corpus, words)
    rng = np.random.default_rng(1)
    topic = np.array([[word in topic for topic in TOPICS] for word in words], float)
    by_topic = Embedding(words, topic + 0.01 * rng.standard_normal(topic.shape))
    at_random = Embedding(words, rng.standard_normal((len(words), 20)))
    known, random = (kinds(embedding, found, words)["same-documents"] for embedding in (by_topic, at_random))
    assert known[1] == random[1] > K
    assert known[0] > 0.9 and random[0] < 0.5
