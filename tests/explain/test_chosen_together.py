"""Why two items are near: who chose both, against a slow count and against chance."""

import numpy as np
import pytest
from helpers.tastes import tastes

from embedlab.data.interactions.choices import Choices
from embedlab.explain.chosen_together import chosen_together


def choices(*lists, n_items: int = 4) -> Choices:
    return Choices.of_lists(list(lists), n_items)


def test_numbers_of_a_small_table():
    found = chosen_together(choices([0, 1], [1, 0, 2], [0], [2], [], [0, 1, 2], [3], [3]), 0, 1)
    assert (found.n_users, found.by_first, found.by_second, found.by_both) == (8, 4, 3, 3)
    assert found.by_chance == 1.5 and found.lift == 2.0
    spread = 1.5 * (1 - 4 / 8) * (8 - 3) / 7  # of the hypergeometric distribution
    assert found.deviations == pytest.approx(1.5 / np.sqrt(spread))
    assert found.also == ((2, pytest.approx(2 / 3), 3 / 8),)


def test_counts_equal_a_slow_count(tmp_path):
    data = tastes(tmp_path)
    sets = [set(data.choices.of(user).tolist()) for user in range(data.n_users)]
    for a, b in ((0, 1), (3, 90), (5, 5)):
        found = chosen_together(data.choices, a, b)
        assert found.by_first == sum(a in each for each in sets)
        assert found.by_both == sum(a in each and b in each for each in sets)


def test_planted_pair_is_beyond_chance_and_a_shuffled_one_is_not(tmp_path):
    """Over six seeds the planted deviations were 7.8 to 11.4, the shuffled ones at most 2.6."""
    near = chosen_together(tastes(tmp_path / "a").choices, *pair(tmp_path / "a"))
    by_chance = chosen_together(tastes(tmp_path / "b", shuffled=True).choices, *pair(tmp_path / "b"))
    assert near.deviations > 3 and "times as many as by chance" in near.sentence
    assert abs(by_chance.deviations) < 3 and "about as many as by chance" in by_chance.sentence


def pair(folder) -> list[int]:
    """The two most chosen items of one genre."""
    data = tastes(folder)
    genres = data.attributes["genre"].to_pylist()
    return [i for i, genre in enumerate(genres) if genre == genres[0]][:2]


@pytest.mark.parametrize(
    ("lists", "sentence"),
    [
        ([[0], [1], [0], [1]], "None of 4 users chose both, where chance would bring 1.0 together."),
        ([[0], [0], [1]], "None of 3 users chose both, where chance would bring 0.67 together."),
        (
            [[0, 1]] + [[2]] * 40,
            "1 of 41 users chose both, 41.0 times as many as by chance (0.02).",
        ),
        (
            [[0], [1]] * 200 + [[0, 1]] * 20,
            "20 of 420 users chose both, fewer than by chance (115).",
        ),
    ],
)
def test_sentence_says_more_fewer_or_none(lists, sentence):
    assert chosen_together(choices(*lists), 0, 1).sentence == sentence


def test_item_that_nobody_chose_is_no_division_by_zero():
    found = chosen_together(choices([0], [1]), 0, 3)
    assert (found.by_both, found.by_chance, found.lift, found.deviations, found.also) == (0, 0.0, 0.0, 0.0, ())
    empty = chosen_together(Choices(np.zeros(1, np.int64), np.zeros(0, np.int32), 4), 0, 1)
    assert empty.n_users == 0 and empty.lift == 0.0
