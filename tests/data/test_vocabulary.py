import numpy as np
import pytest

from embedlab.core.errors import BadInput, UnknownWord
from embedlab.data.vocabulary import Vocabulary

VOCABULARY = Vocabulary.from_counts({"b": 2, "a": 2, "the": 10, "c": 1})


def test_from_counts_orders_by_count_then_word():
    assert VOCABULARY.words == ["the", "a", "b", "c"]
    assert VOCABULARY.counts.tolist() == [10, 2, 2, 1]
    assert len(VOCABULARY) == 4 and "a" in VOCABULARY and "z" not in VOCABULARY and VOCABULARY.id("b") == 2


def test_id_of_an_unknown_word():
    with pytest.raises(UnknownWord, match="'z' is not among the 4 words"):
        VOCABULARY.id("z")


@pytest.mark.parametrize(
    ("options", "n"),
    [
        ({}, 4),
        ({"min_count": 2}, 3),
        ({"min_count": 11}, 0),
        ({"max_words": 1}, 1),
        ({"min_count": 2, "max_words": 9}, 3),
    ],
)
def test_head(options, n):
    head = VOCABULARY.head(**options)
    assert (head.words, head.counts.tolist()) == (VOCABULARY.words[:n], VOCABULARY.counts.tolist()[:n])


def test_keep_probability_as_in_the_paper():
    share = VOCABULARY.counts / 15
    expected = np.minimum(np.sqrt(1e-1 / share) + 1e-1 / share, 1)
    np.testing.assert_allclose(VOCABULARY.keep_probability(1e-1), expected, rtol=1e-12)
    assert VOCABULARY.keep_probability(0).tolist() == [1, 1, 1, 1]


def test_noise_distribution_sums_to_one():
    noise = VOCABULARY.noise_distribution()
    np.testing.assert_allclose(noise[0] / noise[3], 10**0.75)
    np.testing.assert_allclose(noise.sum(), 1)


def test_round_trip(tmp_path):
    words = Vocabulary.from_counts({"naïve": 3, "😀": 2, "a b": 1, "": 1})
    words.save(tmp_path)
    again = Vocabulary.load(tmp_path)
    assert again.words == words.words and again.counts.tolist() == words.counts.tolist()


def test_load_of_unequal_files(tmp_path):
    VOCABULARY.save(tmp_path)
    np.save(tmp_path / "counts.npy", np.ones(3, np.int64))
    with pytest.raises(BadInput, match="4 words but 3 counts"):
        Vocabulary.load(tmp_path)
