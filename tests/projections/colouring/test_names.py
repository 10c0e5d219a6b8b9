"""Names of groups: planted topics are named by their own words, never by function words or two forms of one."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.projections.colouring.labels import document_word_weights
from embedlab.projections.colouring.names import (
    can_name,
    class_tf_idf,
    document_names,
    same_stem,
    unlike,
    word_names,
)

TOPIC_WORDS = {
    0: ["harbour", "sailor", "anchor", "vessel", "captain", "voyage", "coast", "island"],
    1: ["court", "judge", "lawyer", "trial", "verdict", "statute", "appeal", "clause"],
    2: ["bread", "oven", "flour", "butter", "recipe", "kitchen", "soup", "pastry"],
}
LETTERS = str.maketrans("0123456789", "bcdfghjklm")


def topical(rng, codes, common, share=0.6):
    """Documents of 40 words: most are common to all topics, the rest of one topic, and a name occurs once."""
    texts = []
    for i, code in enumerate(codes):
        words = rng.choice(common, 40, p=np.arange(len(common), 0, -1) / np.arange(len(common) + 1).sum())
        texts.append([*np.where(rng.random(40) > share, rng.choice(TOPIC_WORDS[code], 40), words), f"name{i}"])
    return texts


@pytest.mark.parametrize("common", [["the", "of", "and", "to", "in", "was"], ["der", "und", "die", "zu", "den", "war"]])
def test_documents_are_named_by_the_words_of_their_topic_in_any_language(tmp_path, common):
    codes = np.arange(90) % 3
    corpus = make_corpus(tmp_path, topical(np.random.default_rng(0), codes, common))
    names = document_names(corpus, np.arange(90), codes, 3)
    assert [len(name) for name in names] == [2, 2, 2]
    assert all(set(name) <= set(TOPIC_WORDS[code]) for code, name in enumerate(names))


def test_one_long_document_does_not_name_its_group(tmp_path):
    codes = np.repeat([0, 1, 2], 20)
    texts = topical(np.random.default_rng(1), codes, ["the", "of"])
    texts[0] = ["zeppelin"] * 400 + texts[0]
    corpus = make_corpus(tmp_path, texts)
    assert "zeppelin" not in document_names(corpus, np.arange(60), codes, 3)[0]


def test_words_are_named_by_what_is_near_the_centre_and_far_from_other_groups():
    # In group 0, "shared" is as near to the centre as "harbour", but just as near to group 1.
    eye = np.eye(6, dtype=np.float32)
    vectors = np.array(
        [eye[0] + 0.1 * eye[2 + i % 4] for i in range(30)] + [eye[1] + 0.1 * eye[2 + i % 4] for i in range(30)]
    )
    vectors[3] = eye[0] + 0.8 * eye[1]
    words = [f"sea{'bcdfghjklm'[i // 3]}{'aeiou'[i % 5]}r" for i in range(30)]
    words += [f"law{'bcdfghjklm'[i // 3]}{'aeiou'[i % 5]}r" for i in range(30)]
    words[3] = "shared"
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    names = word_names(unit, np.repeat([0, 1], 30), 2, words, None)
    assert names[0][0].startswith("sea") and names[1][0].startswith("law") and "shared" not in names[0]


def test_frequent_words_without_a_topic_name_nothing():
    # Forty groups of 25 words; the 100 most frequent words of no English list stand between the groups.
    rng = np.random.default_rng(0)
    n_common, centres = 100, rng.normal(size=(12, 30))
    codes = np.concatenate([rng.integers(0, 12, n_common), np.repeat(np.arange(12), 80)])
    vectors = centres[codes] + 0.3 * rng.normal(size=(len(codes), 30))
    vectors[:n_common] = centres[codes[:n_common]] + 8 * rng.normal(size=(n_common, 30))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    words = [("quz" if i < n_common else "topic") + f"{i:04}".translate(LETTERS) for i in range(len(codes))]
    names = word_names(unit.astype(np.float32), codes, 12, words, None)
    assert all(word.startswith("topic") for name in names for word in name)


def test_tokens_that_say_nothing_cannot_name():
    words = ["city", "the", "of", "12", "it's", "–", "b2b", "eu", "new_york", "他", "maxwell's", "nevertheless"]
    assert can_name(words).tolist() == [True, *[False] * 7, True, True, False, False]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("city", "cities", True),
        ("play", "players", True),
        ("govern", "government", True),
        ("ball", "football", True),
        ("capital", "captain", False),
        ("city", "capital", False),
        ("north", "south", False),
        ("France", "france", True),
        ("stadt", "städte", False),
    ],
)
def test_two_forms_of_a_word(a, b, same):
    assert same_stem(a, b) == same == same_stem(b, a)


def test_a_name_has_no_two_forms_of_a_word():
    assert unlike(["city", "cities", "town", "capital"]) == ["city", "town"]


def test_class_tf_idf_is_share_times_rarity():
    counts, totals = np.array([[8, 8], [2, 0], [0, 1]]), np.array([20, 10])
    # The mean class has 15 tokens; the words occur 16, 2 and 1 times.
    expected = [
        [8 / 20 * np.log(1 + 15 / 16), 8 / 10 * np.log(1 + 15 / 16)],
        [2 / 20 * np.log(1 + 15 / 2), 0],
        [0, 1 / 10 * np.log(16)],
    ]
    np.testing.assert_allclose(class_tf_idf(counts, totals), expected)


def test_weights_of_words_in_groups_of_documents(tmp_path, monkeypatch):
    monkeypatch.setattr("embedlab.projections.colouring.labels.BLOCK_TOKENS", 3)  # blocks end at documents
    corpus = make_corpus(tmp_path, ["a a a b", "a", "b b", "c"])
    weights, documents = document_word_weights(corpus, np.array([0, 0, 1, -1]), 2)
    row = {word: corpus.vocabulary.id(word) for word in "abc"}
    np.testing.assert_allclose(weights[row["a"]], [np.log(4) + np.log(2), 0])
    np.testing.assert_allclose(weights[row["b"]], [np.log(2), np.log(3)])
    assert documents[row["a"]].tolist() == [2, 0] and documents[row["c"]].tolist() == [0, 0]
