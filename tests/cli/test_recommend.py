"""Items on the command line, from the bundled tastes to recommendations with their reasons."""

import pytest
from helpers.commands import answer, run
from helpers.tastes import tastes

from embedlab.lab import Lab


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("home"))
    data = tastes(lab.corpora_folder)
    lab.register_interactions(data)
    lab.train("tastes", "als", name="als", dim=8)
    lab.train("tastes", "ease", name="ease", split="random")
    return lab.home


def test_train_prints_items_and_users(home):
    made = answer(home, "train", "tastes", "--model", "glove", "--dim", 8, "--epochs", 2)
    assert made["users"] == 250 and made["items"] == made["words"] > 100 and made["dim"] == 8
    plain = answer(home, "train", "tastes", "--name", "first choice", "--epochs", 2)
    assert Lab(home).run(plain["run"]).spec.model == "item2vec"


def test_evaluate_prints_one_object_a_measure_with_yardsticks_and_leakage(home):
    found = answer(home, "evaluate", "ease", "-k", 5)
    assert [each["metric"] for each in found][:3] == ["recall@5", "NDCG@5", "hit rate@5"]
    for each in found:
        assert each["benchmark"] == "items-random" and each["split"] == "random"
        assert each["low"] <= each["score"] <= each["high"] and each["n_used"] <= each["n_total"]
        assert list(each["baselines"]) == ["popularity", "itemknn", "ease"] and isinstance(each["leakage"], int)
    assert found[0]["score"] == found[0]["baselines"]["ease"] > found[0]["baselines"]["popularity"]


def test_split_is_by_time_unless_another_is_asked_for(home):
    assert {each["split"] for each in answer(home, "evaluate", "als")} == {"time"}
    last = answer(home, "evaluate", "als", "--split", "last")
    assert last[0]["split"] == "last" and "The model was trained anew" in last[0]["note"]


@pytest.mark.parametrize("model", ["als", "ease"])
def test_recommendations_say_what_they_rest_on_and_the_shares_add_up(home, model):
    rows = answer(home, "recommend", model, "--user", "person 3", "-k", 4)
    assert len(rows) == 4
    for row in rows:
        assert set(row) == {"item", "title", "score", "because"}
        assert sum(each["share"] for each in row["because"]) == pytest.approx(row["score"], rel=1e-9)
        assert row["title"] not in {each["title"] for each in row["because"]}
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_somebody_new_names_titles_or_ids(home):
    data = Lab(home).data_set("tastes")
    title, id = data.vocabulary.words[0], data.item_ids[0]
    by_title, by_id = (answer(home, "recommend", "ease", "--chosen", key.lower()) for key in (title, id))
    assert by_title == by_id and len(by_title) == 10 and by_title[0]["because"][0]["item"] == id


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["recommend", "als", "--user", "nobody"], "There is no user 'nobody' in 'tastes'; there are 250"),
        (["recommend", "als"], "for a user of the data, or for somebody who chose some items: give one"),
        (["evaluate", "als", "--split", "weekly"], "There is no split 'weekly'. Choose one of time, last, random."),
        (
            ["train", "tastes", "--model", "masked"],
            "learns from texts, and these are who chose what",
        ),
        (["train", "polarity", "--model", "als"], "ALS learns from who chose what, and these are texts"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(home, arguments, sentence):
    done = run(home, *arguments, check=False)
    assert done.returncode == 2 and sentence in done.stderr


def test_why_of_two_items_says_who_chose_both(home):
    data = Lab(home).data_set("tastes")
    first, second = data.vocabulary.words[:2]
    found = answer(home, "why", "als", first, second)
    by = [set(data.choices.turned.of(i).tolist()) for i in (0, 1)]
    assert (found["item"], found["other"], found["users"]) == (first, second, 250)
    assert found["chose_each"] == [len(each) for each in by] and found["chose_both"] == len(by[0] & by[1])
    assert found["by_chance"] == pytest.approx(len(by[0]) * len(by[1]) / 250, abs=1e-4)
    assert found["sentence"] in run(home, "why", "als", first, second).stdout
