"""Colours of map points: planted groups, smoothed labels, a dictionary that guesses."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.core.errors import BadSetting
from embedlab.data.points import Points
from embedlab.data.tokens.parts_of_speech import function_words, part_of_speech
from embedlab.projections.colouring.clusters import cluster_codes
from embedlab.projections.colouring.colours import (
    COLOURS,
    cluster_colour,
    colour_points,
    distance_colour,
    frequency_colour,
    kept_colour,
    label_colour,
    speech_colour,
)
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.labels import MOST_NAMES, OTHER, fewer, smoothed_ratios
from embedlab.projections.colouring.layers import Layer, Regions


def drawn(vectors, words=None, **more):
    """Words, or documents where no words are given."""
    points = Points("documents", [""] * len(vectors)) if words is None else Points("words", words)
    return Drawn(vectors, points, **more)


@pytest.fixture
def corpus(tmp_path):
    """Four sports documents, two about cooking, one without a label."""
    sport, food = "the team won the match " * 5, "the soup and the salt " * 5
    return make_corpus(
        tmp_path,
        [sport.strip()] * 4 + [food.strip()] * 2 + ["the match and the soup"],
        labels=["sport"] * 4 + ["food"] * 2 + [None],
    )


def test_frequency_is_the_logarithm_of_the_count():
    colour = frequency_colour(np.array([1000, 10, 1, 0]))
    np.testing.assert_allclose(colour.values, [3, 1, 0, 0])
    assert (colour.kind, colour.log, colour.values.dtype) == ("numeric", True, np.float32)
    assert colour.texts() == ["1,000", "10", "1", "1"]


def test_frequency_without_counts():
    with pytest.raises(BadSetting, match="no word counts"):
        frequency_colour(None)


def test_frequency_of_documents_is_their_length(corpus):
    colour = colour_points("frequency", drawn(np.eye(2), corpus=corpus, ids=np.array([6, 0])))
    assert colour.texts() == ["5", "25"]
    assert colour.title == "Words in the document"


def test_distance_is_one_minus_cosine():
    colour = distance_colour(np.array([[2.0, 0], [0, 5], [-3, 0], [1, 1]]), np.array([7.0, 0]), "king")
    np.testing.assert_allclose(colour.values, [0, 1, 2, 1 - np.sqrt(0.5)], atol=1e-6)
    assert colour.title == "Cosine distance to king"
    assert colour.texts()[3] == "0.293"


def test_distance_without_a_word():
    with pytest.raises(BadSetting, match="Choose the word"):
        colour_points("distance", drawn(np.eye(4), list("abcd")))


def test_kept_carries_shares():
    assert kept_colour(np.array([0.5, 1])).texts() == ["0.500", "1.000"]


@pytest.mark.parametrize("n_groups", [4, 6, 9])
def test_clusters_find_the_planted_groups_and_their_number(n_groups):
    rng = np.random.default_rng(0)
    groups = rng.integers(0, n_groups, 400)
    vectors = rng.normal(size=(n_groups, 30))[groups] + 0.2 * rng.normal(size=(400, 30))
    codes, centres = cluster_codes(vectors)
    assert len(centres) == n_groups
    assert len(set(zip(codes.tolist(), groups.tolist(), strict=True))) == n_groups
    assert (np.diff(np.bincount(codes)) <= 0).all()
    np.testing.assert_array_equal(codes, cluster_codes(vectors)[0])


def test_cluster_is_named_by_its_central_frequent_words():
    # Twenty-two words around 0 degrees and four around 90. The two nearest to 0 are the rarest of more than twenty.
    turns = np.deg2rad([0, 0, *np.linspace(-8, 8, 20), 89, 91, 88, 93])
    vectors = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    words = [f"sea{letter}ue" for letter in "abcdefghijklmnopqrstuv"] + [f"law{letter}ue" for letter in "abcd"]
    colour = cluster_colour(drawn(vectors, words, counts=np.array([1, 1] + [9] * 24)), k=2)
    assert colour.values.tolist() == [0] * 22 + [1] * 4
    assert colour.categories[0].startswith("sea") and colour.categories[1].startswith("law")
    assert not {"seaaue", "seabue"} & set(colour.categories[0].split(" · "))


def test_clusters_of_few_and_of_equal_vectors():
    assert len(cluster_colour(drawn(np.ones((5, 3)), list("abcde")))) == 5
    assert cluster_colour(drawn(np.ones((5, 3)))).categories == ("Cluster 1",)
    assert len(cluster_codes(np.random.default_rng(0).normal(size=(4, 3)))[0]) == 4


def test_clusters_of_documents_are_named_by_over_represented_words(corpus):
    vectors = np.array([[1.0, 0]] * 4 + [[0, 1.0]] * 2 + [[0.1, 1.0]])
    colour = cluster_colour(drawn(vectors, corpus=corpus, ids=np.arange(7)), k=2)
    assert colour.values.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert set(colour.categories[0].split(" · ")) <= {"team", "won", "match"}
    assert set(colour.categories[1].split(" · ")) <= {"soup", "salt"}


def test_label_of_documents(corpus):
    colour = label_colour(corpus, ids=np.array([6, 5, 0]))
    assert colour.texts() == ["no label", "food", "sport"]
    assert colour.muted == ("no label",)


def test_label_of_words_is_where_they_are_over_represented(corpus):
    colour = label_colour(corpus, words=["match", "soup", "the", "unseen"])
    assert colour.texts() == ["sport", "food", "evenly spread", "evenly spread"]
    assert colour.muted == ("evenly spread",)


def test_label_without_labels(tmp_path):
    with pytest.raises(BadSetting, match="no labels"):
        label_colour(make_corpus(tmp_path, ["a b", "c"]))


def test_label_ratio_of_a_rare_word_is_drawn_towards_one():
    totals = np.array([500, 500])
    once, often = smoothed_ratios(np.array([[1, 0], [1000, 0]]), totals)
    np.testing.assert_allclose(once, [(1 + 5) / 11 / 0.5, 5 / 11 / 0.5])
    assert 1 < once[0] < 1.1 < 1.9 < often[0]


def test_fewer_joins_the_rarest_labels():
    names = [f"label {i}" for i in range(MOST_NAMES + 3)]
    codes = np.concatenate([np.repeat(np.arange(3, MOST_NAMES + 3), 2), [0, 1, 2, -1]])
    found, categories, muted = fewer(codes, names, "no label")
    assert len(categories) == MOST_NAMES + 2
    assert muted == (OTHER, "no label")
    assert [categories[code] for code in found[-4:]] == [OTHER, OTHER, OTHER, "no label"]
    assert categories[found[0]] == "label 3"


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("the", "function word"),
        ("of", "function word"),
        ("would", "function word"),
        ("they", "function word"),
        ("house", "noun"),
        ("houses", "noun"),
        ("walked", "verb"),
        ("good", "adjective"),
        ("quickly", "adverb"),
        ("australia", "proper noun"),
        ("Australia", "proper noun"),
        ("australia's", "proper noun"),
        ("new_york", "proper noun"),
        ("1,000", "number"),
        ("1990s", "number"),
        ("two", "number"),
        ("<num>", "number"),
        ("xyzzy", "other"),
        ("", "other"),
        ("_", "other"),
        ("日本", "other"),
    ],
)
def test_part_of_speech_of_words_the_dictionary_should_know(word, expected):
    assert part_of_speech(word) == expected


def test_speech_colour_says_that_it_guesses():
    colour = speech_colour(["the", "house"])
    assert colour.texts() == ["function word", "noun"]
    assert "dictionary guess" in colour.note
    assert function_words(["the", "house"]).tolist() == [True, False]


@pytest.mark.parametrize("name", COLOURS)
def test_every_colour_gives_one_value_a_word(name, corpus):
    words = list(corpus.vocabulary.words)
    vectors = np.random.default_rng(0).normal(size=(len(words), 5))
    layer = Layer(np.zeros(len(words), np.int32), np.zeros((1, 2)), ("cooking · sport",), (len(words),), np.ones(1))
    colour = colour_points(
        name,
        drawn(
            vectors,
            words,
            counts=corpus.vocabulary.counts,
            corpus=corpus,
            target=vectors[0],
            target_name=words[0],
            kept=np.ones(len(words)),
            stable=np.ones(len(words)),
            regions=Regions(layer, layer),
        ),
    )
    assert (len(colour), colour.name, len(colour.texts())) == (len(words), name, len(words))
    assert set(colour.muted) <= set(colour.categories)


def test_colour_that_does_not_suit_documents():
    with pytest.raises(
        BadSetting, match="Documents cannot be coloured by 'pos'; choose one of region, frequency, cluster"
    ):
        colour_points("pos", drawn(np.eye(4)))
