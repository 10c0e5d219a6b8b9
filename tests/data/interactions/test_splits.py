"""What is held out of interactions, and their two forms: rows of users, sessions of items."""

import numpy as np
import pytest
from helpers.tastes import tastes

from embedlab.core.errors import BadInput, BadSetting
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.sequences import Source, sequences_of
from embedlab.data.interactions.splits import SPLITS, split_of, training_part
from embedlab.data.interactions.storing import Known, Rows, store
from embedlab.data.points import table_of

LISTS = [[3, 1, 2], [], [0], [2, 0]]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def small(folder, times=None):
    user, item = [0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 3]
    rows = Rows(np.array(user), np.array(item), ["a", "b", "c"], ["w", "x", "y", "z"], times)
    return store(rows, folder, name="small")


def test_choices_are_taken_turned_and_cut_like_lists():
    choices = Choices.of_lists(LISTS, 4)
    assert [choices.of(u).tolist() for u in range(4)] == LISTS
    assert choices.counts.tolist() == [2, 1, 2, 1] and choices.users.tolist() == [0, 0, 0, 2, 3, 3]
    taken = choices.take(np.array([3, 0]))
    assert [taken.of(u).tolist() for u in range(2)] == [[2, 0], [3, 1, 2]]
    assert [choices.turned.of(i).tolist() for i in range(4)] == [[2, 3], [0], [0, 3], [0]]
    assert [choices.last(2).of(u).tolist() for u in range(4)] == [[1, 2], [], [0], [2, 0]]


@pytest.mark.parametrize("name", SPLITS)
def test_split_parts_make_up_the_whole(data, name):
    split = split_of(data, name)
    both = np.sort(
        np.concatenate([part.users.astype(int) * data.n_items + part.items for part in (split.train, split.test)])
    )
    every = np.sort(data.choices.users.astype(int) * data.n_items + data.choices.items)
    np.testing.assert_array_equal(both, every)
    np.testing.assert_array_equal(training_part(data, name).items, split.train.items)


def test_split_by_time_holds_out_the_latest_tenth(data):
    split, times = split_of(data, "time"), data.times
    assert split.leaked == 0 and len(split.test) == (times >= split.cut).sum()
    assert len(split.test) == pytest.approx(len(times) / 10, abs=2)


def test_last_choice_of_each_user_with_two_is_held_out(tmp_path):
    split = split_of(small(tmp_path), "last")
    assert [split.test.of(u).tolist() for u in range(3)] == [[2], [1], []] and split.leaked is None


def test_last_choice_is_the_latest_where_there_are_times(tmp_path):
    split = split_of(small(tmp_path, np.array([9.0, 5, 1, 2, 3, 4])), "last")
    names = small(tmp_path, np.array([9.0, 5, 1, 2, 3, 4])).vocabulary.words
    assert sorted(names[i] for u in range(3) for i in split.test.of(u)) == ["w", "x"]


def test_random_split_repeats_by_its_seed(data):
    first, again, other = (split_of(data, "random", seed=seed).test.items for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert len(first) == round(0.2 * data.n_interactions) and not np.array_equal(first, other)


def test_leakage_counts_test_choices_of_items_that_are_new_after_the_cut(tmp_path):
    # Item x is first chosen at 100, by both; the cut by time lies at 100.
    user, item = [0] * 8 + [1] * 4, [0, 2, 3, 4, 5, 6, 7, 1, 0, 2, 3, 1]
    times = np.array([1.0, 2, 3, 4, 5, 6, 7, 100, 1, 2, 3, 101])
    data = store(Rows(np.array(user), np.array(item), ["a", "b"], list("wxyzstuv"), times), tmp_path, name="late")
    x = data.vocabulary.ids["x"]
    # Both last choices are held out, so that training has never seen x.
    assert split_of(data, "last").leaked == 0
    random = [split_of(data, "random", seed=seed) for seed in range(30)]
    one = [split for split in random if (split.test.items == x).sum() == 1]
    assert one and all(split.leaked == 1 for split in one)
    assert split_of(data, "time").cut == 100


@pytest.mark.parametrize(("name", "values"), [("items", [0, 1, 2, 9, 1, 3]), ("offsets", [0, 4, 3, 6])])
def test_numbers_of_no_item_or_user_are_damage_that_is_said(tmp_path, name, values):
    data = small(tmp_path)
    np.save(data.folder / f"{name}.npy", np.array(values, np.load(data.folder / f"{name}.npy").dtype))
    with pytest.raises(BadInput, match="'small' is damaged .items.npy: users and items do not fit together"):
        _ = data.choices


def test_other_attributes_are_another_data_set(tmp_path):
    rows = Rows(np.array([0, 0, 1]), np.array([0, 1, 1]), ["a", "b"], ["x", "y"])
    ids = {
        store(rows, tmp_path, name="n", known=Known({}, ["x", "y"], table_of({"genre": genres}))).id
        for genres in (["crime", "music"], ["music", "crime"], ["crime", "music"])
    }
    assert len(ids) == 2


def test_split_that_cannot_be_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(BadInput, match="has no times, so it cannot be split by them. Split it by last or random"):
        split_of(small(tmp_path), "time")
    with pytest.raises(BadSetting, match="There is no split 'weekly'. Choose one of time, last, random."):
        split_of(small(tmp_path), "weekly")


def test_sequences_number_items_by_count_and_keep_or_shuffle_their_order(tmp_path):
    choices = Choices.of_lists(LISTS, 5)
    source = Source("id", "name", tmp_path, list("abcde"))
    kept = sequences_of(choices, source)
    assert kept.vocabulary.words == ["a", "c", "b", "d"] and kept.vocabulary.counts.tolist() == [2, 2, 1, 1]
    assert kept.sentences.tolist() == [0, 3, 4, 6] and kept.longest == 3
    assert kept.items[kept.tokens].tolist() == choices.items.tolist()
    shuffled = sequences_of(Choices.of_lists([list(range(5))] * 20, 5), source, seed=1)
    sessions = shuffled.items[shuffled.tokens].reshape(20, 5)
    assert (np.sort(sessions, axis=1) == np.arange(5)).all() and len({tuple(row) for row in sessions.tolist()}) > 10
