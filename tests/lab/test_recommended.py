"""Recommendations to read: parts that add up to the score, also where scores lie below zero; facts; who is asked."""

import numpy as np
import pytest
from helpers.taste_runs import taste_lab

from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.storing import Rows, store
from embedlab.data.points import Points, table_of
from embedlab.lab.recommendation_view import answer, chosen_columns, example_of, facts_of, users_by_name
from embedlab.lab.recommending import note_on_vectors, person_of, recommended
from embedlab.models.recommending import Factors, Links, average_shares

MODELS = ("als", "item2vec", "ease", "popularity")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return taste_lab(tmp_path_factory.mktemp("answers"), *MODELS)


@pytest.fixture(scope="module")
def data(lab) -> Interactions:
    return lab.run_interactions(lab.run("als"))


def asked(lab, data, model: str):
    recommender = lab.run(model).recommender
    person = person_of(data, recommender, user=data.users[4], chosen=())
    return recommender, person, answer(data, recommender, person, 10)


@pytest.mark.parametrize("model", MODELS)
def test_parts_of_a_recommendation_add_up_to_its_score(lab, data, model):
    recommender, person, found = asked(lab, data, model)
    plain = recommended(recommender, person, 10, data.n_items)
    assert [row.title for row in found.rows] == [data.vocabulary.words[each.item] for each in plain]
    assert found.personal == (model != "popularity") and (found.average != 0) == (model == "item2vec")
    for row, each in zip(found.rows, plain, strict=True):
        assert row.score == pytest.approx(each.score - found.average, rel=1e-6) and row.score > 0
        if found.personal:
            assert sum(reason.share for reason in row.reasons) == pytest.approx(row.score, rel=1e-6)
            assert sum(reason.part for reason in row.reasons) == pytest.approx(1, rel=1e-6)
            assert [r.share for r in row.reasons] == sorted((r.share for r in row.reasons), reverse=True)
            assert 1 <= len(row.because) <= 3
    assert found.rows[0].length == 1.0 and all(0 <= row.length <= 1 for row in found.rows)


def test_average_shares_are_those_of_the_mean_of_all_items():
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(2, 6, 3)).astype(np.float32)
    seen = np.array([1, 1, 0, 1, 1, 1], bool)
    recommender = Factors(left, right, seen, mean=True)
    history = np.array([0, 4], np.int32)
    every = np.mean([recommender.shares(history, i) for i in np.flatnonzero(seen)], axis=0)
    np.testing.assert_allclose(average_shares(recommender, history), every, rtol=1e-5, atol=1e-7)
    links = Links(np.zeros((6, 1), np.int32), np.ones((6, 1), np.float32), seen)
    assert average_shares(links, history).tolist() == [0, 0]


def test_chosen_items_come_in_order_with_their_facts_and_days(lab, data):
    person = asked(lab, data, "als")[1]
    columns = chosen_columns(data, person, data.users[4])
    assert list(columns) == ["Title", "Genre", "Year", "Chosen on"]
    assert columns["Title"] == [data.vocabulary.words[i] for i in data.choices.of(4)]
    assert columns["Chosen on"] == sorted(columns["Chosen on"])
    assert "Chosen on" not in chosen_columns(data, person, None)


def test_facts_are_short_attributes_where_genre_and_year_are_unknown():
    known = {
        "chosen": [3, 2],
        "item": ["7", "8"],
        "address": ["http://a-long-address/of/1", "b"],
        "country": ["DE", None],
    }
    assert facts_of(Points("items", ["a", "b"], table_of(known))) == ["DE", ""]
    assert facts_of(Points("items", ["a", "b"], table_of({"chosen": [3, 2]}))) == ["", ""]
    assert facts_of(Points("items", ["a"], table_of({"chosen": [3], "year": [1994], "genre": ["War"]}))) == [
        "War, 1994"
    ]


def test_example_of_somebody_new_is_of_one_genre_or_the_most_chosen(lab, data, tmp_path):
    names = example_of(data, lab.run("als").recommender)
    genres = {data.attributes["genre"][data.item(name)].as_py() for name in names}
    assert len(names) == 3 and len(genres) == 1 and names[0] == data.vocabulary.words[0]
    plain = store(Rows(np.array([0, 1, 1]), np.array([0, 0, 1]), ["a", "b"], ["x", "y"]), tmp_path, name="two")
    assert example_of(plain, Links(None, None, np.ones(2, bool))) == ["x", "y"]
    assert users_by_name(plain) == ["a", "b"]


def test_users_stand_in_the_order_people_read(tmp_path):
    names = ["u10", "u2", "Anna", "7"]
    rows = Rows(np.arange(4), np.array([0, 1, 0, 1]), names, ["x", "y"])
    assert users_by_name(store(rows, tmp_path, name="four")) == ["7", "Anna", "u2", "u10"]


def test_note_says_where_maps_and_recommendations_differ(lab):
    assert note_on_vectors(lab.run("item2vec")) == (
        "The map shows the items' own vectors; recommendations use context vectors, which recommend better."
    )
    assert note_on_vectors(lab.run("als")) == ""
