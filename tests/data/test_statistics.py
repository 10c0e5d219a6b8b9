import numpy as np
import pytest

from embedlab.core.errors import BadSetting
from embedlab.data.build import encode_corpus
from embedlab.data.reading.readers import Document
from embedlab.data.statistics import (
    Coverage,
    cooccurrences,
    coverage,
    frequent,
    keep_probabilities,
    training_pairs,
    zipf,
)
from embedlab.data.tokens.preprocess import Preprocessing


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    documents = [Document("the cat and the dog"), Document("the dog ran"), Document("a cat")]
    return encode_corpus(documents, tmp_path_factory.mktemp("corpora"), name="tiny")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    rng = np.random.default_rng(1)
    words = [f"word{i}" for i in np.minimum(rng.zipf(1.3, 300_000), 20_000)]
    documents = [Document(" ".join(words[i : i + 20])) for i in range(0, len(words), 20)]
    return encode_corpus(
        documents, tmp_path_factory.mktemp("corpora"), name="zipf", preprocessing=Preprocessing(tokenizer="whitespace")
    )


def test_zipf_of_few_and_many_words(corpus, large):
    ranks, counts = zipf(corpus)
    assert (ranks.tolist(), counts.tolist()) == ([1, 2, 3, 4, 5, 6], [3, 2, 2, 1, 1, 1])
    ranks, counts = zipf(large, points=50)
    assert len(ranks) <= 50 and ranks[0] == 1 and ranks[-1] == large.n_types
    assert counts.tolist() == large.vocabulary.counts[ranks - 1].tolist()


def test_coverage_at_each_minimum_count(corpus):
    assert coverage(corpus, (1, 2, 3, 4)) == [
        Coverage(1, 6, 1.0, 1.0),
        Coverage(2, 3, 0.5, 0.7),
        Coverage(3, 1, 1 / 6, 0.3),
        Coverage(4, 0, 0.0, 0.0),
    ]


def test_frequent_words(corpus):
    assert frequent(corpus, 2) == [("the", 3, 0.3), ("cat", 2, 0.2)]
    assert keep_probabilities(corpus, 0, 2) == [("the", 1.0), ("cat", 1.0)]
    assert keep_probabilities(corpus, 0.1, 1) == [("the", pytest.approx((3**0.5 + 1) / 3))]


def test_training_pairs_skipgram():
    assert training_pairs(["a", "b", "c", "d"], 2) == [
        ("a", "b"),
        ("a", "c"),
        ("b", "a"),
        ("b", "c"),
        ("b", "d"),
        ("c", "a"),
        ("c", "b"),
        ("c", "d"),
        ("d", "b"),
        ("d", "c"),
    ]


def test_training_pairs_cbow():
    assert training_pairs(["a", "b", "c"], 1, "cbow") == [(("b",), "a"), (("a", "c"), "b"), (("b",), "c")]
    assert training_pairs(["a"], 5, "cbow") == training_pairs([], 5) == training_pairs(["a"], 5) == []


def test_training_pairs_refuse():
    with pytest.raises(BadSetting, match="at least 1"):
        training_pairs(["a"], 0)
    with pytest.raises(BadSetting, match="skipgram or cbow"):
        training_pairs(["a"], 1, "glove")


def test_cooccurrences_of_an_empty_vocabulary(corpus):
    assert cooccurrences(corpus, window=5, min_count=99) == (0.0, 0.0)


def test_cooccurrences_close_to_the_count(large):
    tokens = np.asarray(large.tokens).astype(np.int64)
    keys = np.concatenate([tokens[:-d] * large.n_types + tokens[d:] for d in range(1, 4)])
    keys = np.concatenate([keys, keys % large.n_types * large.n_types + keys // large.n_types])
    pairs, cells = cooccurrences(large, window=3, min_count=1)
    assert pairs == pytest.approx(len(keys), rel=0.01)
    assert cells == pytest.approx(len(np.unique(keys)), rel=0.25)
