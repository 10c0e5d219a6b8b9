"""Examples of a run: of its themes, answered well, never simply the most frequent words."""

import numpy as np
import pytest

from embedlab.data.vocabulary import Vocabulary
from embedlab.explain.answer_gap import answer_gap
from embedlab.lab.example_words import AXES, RELATIONS, THEMES
from embedlab.lab.examples import examples_in, examples_of
from embedlab.vectors.embedding import Embedding, Neighbour

FUNCTION = ["the", "of", "and", "in", "to", "was", "is", "for", "that", "with"]


def planted(words, vectors, counts=None, filler=200):
    """An embedding of function words first, then `words` with their vectors, then filler words."""
    rng = np.random.default_rng(0)
    dim = np.shape(vectors)[1]
    named = [
        *FUNCTION,
        *words,
        *(f"filler{'bcdfghjklm'[i // 20]}{'aeiou'[i % 5]}{'bcdf'[i // 5 % 4]}" for i in range(filler)),
    ]
    every = np.concatenate([rng.normal(size=(len(FUNCTION), dim)), vectors, rng.normal(size=(filler, dim))])
    return Embedding(named, every, None if counts is None else np.asarray(counts))


def themed(names, noise=0.2, language="english"):
    """(words, vectors): the words of some themes around one direction each."""
    rng = np.random.default_rng(1)
    lists = [THEMES[language][name] for name in names]
    words = [word for found in lists for word in found]
    vectors = np.concatenate(
        [np.eye(30)[i] * 2 + noise * rng.normal(size=(len(found), 30)) for i, found in enumerate(lists)]
    )
    return words, vectors


def test_words_come_from_the_themes_a_run_has_in_turn_and_none_is_a_function_word():
    found = examples_of(planted(*themed(["food", "music", "body"])))
    assert set(found.themes) == {"food", "music", "body"}
    firsts = found.words[:3]
    assert {next(name for name, words in found.themes.items() if word in words) for word in firsts} == set(found.themes)
    assert not set(found.words) & set(FUNCTION)


def test_the_theme_that_a_run_answers_best_is_first_and_a_scattered_word_last():
    words, vectors = themed(["food", "music"])
    vectors[words.index("coffee")] = np.random.default_rng(5).normal(size=30)  # far from its theme
    vectors[len(THEMES["english"]["food"]) :] += 1.2 * np.random.default_rng(2).normal(
        size=(len(THEMES["english"]["music"]), 30)
    )
    found = examples_of(planted(words, vectors))
    assert list(found.themes)[0] == "food" and found.themes["food"][-1] == "coffee"
    assert found.odd[:3] == found.themes["food"][:3] and found.odd[3] in found.themes["music"]


def test_rare_words_are_no_examples():
    words, vectors = themed(["food"])
    counts = [1000] * len(FUNCTION) + [50] * len(words) + [20] * 200
    counts[len(FUNCTION) + words.index("bread")] = 3
    found = examples_of(planted(words, vectors, counts))
    assert "bread" not in found.words and "cheese" in found.words


def test_analogies_that_are_answered_clearly_come_first():
    pairs = RELATIONS["english"]["capital"][:5]
    rng = np.random.default_rng(0)
    countries = rng.normal(size=(5, 30))
    step = rng.normal(size=30)
    cities = countries + step + 0.1 * rng.normal(size=(5, 30))
    cities[3] = rng.normal(size=30)  # the fourth capital is not where it belongs
    embedding = planted([a for a, _ in pairs] + [b for _, b in pairs], np.concatenate([countries, cities]))
    found = examples_of(embedding).analogies
    a, b, c, d = found[0]
    assert embedding.analogy(a, b, c, k=1)[0].word == d and pairs[3][1] not in (b, d)
    assert pairs[3][1] in (found[-1][1], found[-1][3])


def test_axes_name_pairs_and_words_that_the_run_knows():
    words = [word for pair in AXES["english"]["men and women"][0] for word in pair] + list(
        THEMES["english"]["professions"]
    )
    found = examples_of(planted(words, np.random.default_rng(0).normal(size=(len(words), 30))))
    axis = next(axis for axis in found.axes if axis.name == "men and women")
    assert ("he", "she") in axis.pairs and set(axis.words) <= set(THEMES["english"]["professions"])
    assert len(found.axes) >= 2


@pytest.mark.parametrize("language", ["german", "french", "spanish"])
def test_lists_of_other_languages(language):
    theme = next(iter(THEMES[language]))
    words, vectors = themed([theme], language=language)
    capital = [word.capitalize() for word in words]
    assert set(examples_of(planted(words, vectors)).themes) == {theme}
    assert examples_of(planted(capital, vectors)).words[0] in capital


def test_a_run_that_knows_none_of_the_list_is_shown_distinct_words_of_middle_frequency():
    rng = np.random.default_rng(0)
    names = [f"quz{'bcdfghjklm'[i // 10]}{'bcdfghjklm'[i % 10]}" for i in range(60)]
    around = np.eye(30)[np.arange(60) // 15 + 5] * 3 + 0.3 * rng.normal(size=(60, 30))
    found = examples_of(planted(names, around))
    assert found.words[0].startswith("quz") and not set(found.words) & set(FUNCTION)
    assert found.analogies == () and len(found.axes) >= 1 and len(found.pairs) >= 1


def test_a_run_of_a_few_words_still_has_examples():
    found = examples_of(Embedding(["a", "b", "c", "d"], np.eye(4)))
    assert len(found.words) == 4 and len(found.odd) == 4


def test_examples_of_a_vocabulary():
    counts = {word: 500 for word in FUNCTION} | {word: 30 for word in THEMES["english"]["food"]} | {"guitar": 3}
    words, pairs = examples_in(Vocabulary.from_counts(counts), 6)
    assert set(words) <= set(THEMES["english"]["food"]) and len(words) == 6
    assert pairs == [("bread", "cheese")]
    words, pairs = examples_in(Vocabulary.from_counts({"the": 90, "zebra": 50, "gibbon": 40, "yak": 30}), 2)
    assert words == ["zebra", "gibbon"] and pairs == [("zebra", "gibbon")]


def answers(*scores):
    return [Neighbour(f"w{i}", score) for i, score in enumerate(scores)]


def test_gap_of_answers_beside_the_usual_step():
    clear = answer_gap(answers(0.9, 0.7, 0.69, 0.68, 0.67))
    assert clear.gap == pytest.approx(0.2) and clear.step == pytest.approx(0.01) and clear.clear
    tie = answer_gap(answers(0.70, 0.699, 0.68, 0.66))
    assert not tie.clear and "Other answers fit as well" in tie.text
    assert "not by much" in answer_gap(answers(0.72, 0.70, 0.69, 0.68)).text
    assert answer_gap(answers(0.9, 0.8)) is None
