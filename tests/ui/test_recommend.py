"""The page Recommend: nothing yet, a user of the data, somebody new, cold and unknown ones, and the way on."""

import numpy as np
import pytest
from helpers.pages_shown import html_of, texts
from helpers.taste_runs import taste_lab

from embedlab import Lab, jobs
from embedlab.data.interactions.storing import Rows, store
from embedlab.ui.recommend import picker

PAGE = "recommend"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return taste_lab(tmp_path_factory.mktemp("recommend"), "als", "ease", "popularity")


def headings(page) -> list[str]:
    return [each.value for each in page.header]


def titles(page) -> list[str]:
    """The recommended titles."""
    return [each.proto.popover.label for each in page.get("popover")]


def test_empty_workspace_offers_to_train_and_then_recommends(open_page, lab, tmp_path, monkeypatch):
    here = Lab(tmp_path / "new")
    monkeypatch.setattr(jobs, "start", lambda here, kind, spec, title, id=None: run_now(here, kind, spec, title, id))
    monkeypatch.setattr("embedlab.jobs.submit.start", jobs.start)
    page = open_page(PAGE, here.home)
    assert "No run recommends anything yet" in texts(page)
    assert [each.label for each in page.button] == ["Train on the bundled tastes", "Add your own"]
    page.button[0].click().run()
    assert not page.exception, page.exception
    assert headings(page)[1] == "Recommended" and "because you chose" in html_of(page)
    assert [row["name"] for row in here.interactions()] == ["Planted tastes"]


def run_now(here, kind: str, spec: dict, title: str, id: str | None) -> str:
    made = jobs.create(here, kind, spec, title=title, id=id)
    jobs.run_here(here, made)
    return made


def test_runs_of_words_are_not_offered(open_page, filled):
    assert "No run recommends anything yet" in texts(open_page(PAGE, filled.home))


def test_user_of_the_data_gets_ten_recommendations_with_reasons(open_page, lab):
    data = lab.run_interactions(lab.run("als"))
    user = data.users[3]
    run = lab.run("als")
    page = open_page(PAGE, lab.home, link={"run": run.id, "user": user})
    assert headings(page) == [f"{user} chose {len(data.choices.of(3))} items", "Recommended"]
    rows, _ = lab.recommend(run, user=user)
    assert len(titles(page)) == 10 and titles(page) == [row["title"] for row in rows]
    shown, first = html_of(page), rows[0]
    part = 100 * first["because"][0]["share"] / first["score"]
    assert f"because you chose <b>{first['because'][0]['title']}</b> ({part:.0f}\u00a0%)" in shown
    assert f"{first['score']:.3f}</span>" in shown
    assert "Together they add up to the score" in texts(page)
    chosen = page.dataframe[0].value
    assert chosen["Title"].tolist() == [data.vocabulary.words[i] for i in data.choices.of(3)]
    assert (page.query_params["run"], page.query_params["user"]) == (run.id, user)
    page.selectbox(key=f"user_{data.id}").set_value(data.users[8]).run()
    assert headings(page)[0].startswith(f"{data.users[8]} chose") and page.query_params["user"] == data.users[8]


def test_somebody_new_begins_with_an_example_and_needs_one_item(open_page, lab):
    data = lab.run_interactions(lab.run("ease"))
    page = open_page(PAGE, lab.home, run=lab.run("ease").id, recommend_for=picker.NEW)
    likes = page.multiselect(key=f"likes_{data.id}")
    assert len(likes.value) == 3 and headings(page) == ["This person likes 3 items", "Recommended"]
    likes.set_value([likes.value[0]]).run()
    rows, _ = lab.recommend(lab.run("ease"), chosen=[likes.value[0]])
    assert titles(page) == [row["title"] for row in rows] and not set(likes.value) & set(titles(page))
    assert not page.button, "EASE has no vectors, so no way on to neighbours and map"
    page.multiselect(key=f"likes_{data.id}").set_value([]).run()
    assert not page.exception and "Choose at least one item" in page.info[0].value and not titles(page)


def test_popularity_says_that_it_asks_nobody(open_page, lab):
    page = open_page(PAGE, lab.home, run=lab.run("popularity").id)
    assert "Popularity recommends the same to everybody" in texts(page)
    assert len(titles(page)) == 10 and "because you chose" not in html_of(page)


def test_unknown_user_of_a_link_is_said(open_page, lab):
    page = open_page(PAGE, lab.home, link={"user": "nobody"}, run=lab.run("als").id)
    assert "There is no user “nobody” in tastes." in texts(page) and len(titles(page)) == 10


def test_many_users_are_typed(open_page, lab, monkeypatch):
    monkeypatch.setattr(picker, "LISTED", 100)
    data = lab.run_interactions(lab.run("als"))
    page = open_page(PAGE, lab.home, run=lab.run("als").id)
    box = page.text_input(key=f"user_{data.id}")
    assert headings(page)[0].startswith(f"{data.users[0]} chose")
    box.set_value("no such").run()
    assert "There is no user 'no such' in 'tastes'" in page.warning[0].value and not page.exception
    box.set_value(data.users[2]).run()
    assert headings(page)[0].startswith(f"{data.users[2]} chose")
    page.segmented_control(key="recommend_for").set_value(picker.NEW).run()
    assert len(page.multiselect(key=f"likes_{data.id}").options) == 100


def test_cold_items_and_users_are_said(open_page, tmp_path):
    """Split by time, the newest items and users are in no training."""
    here = Lab(tmp_path)
    user = np.array([*np.repeat(np.arange(9), 3), 0, 9])
    item = np.array([*(np.arange(27) % 4), 4, 4])
    names = [*"abcdefghi", "late"]
    rows = Rows(user, item, names, ["v", "w", "x", "y", "new"], time=np.arange(29.0) * 86_400)
    data = store(rows, here.corpora_folder, name="cold")
    here.register_interactions(data)
    run = here.train(data, "als", dim=2, epochs=2, split="time")
    page = open_page(PAGE, here.home, run=run.id, user="a")
    assert "'new' among them, never occurred in training: cold items add nothing" in texts(page)
    page.selectbox(key=f"user_{data.id}").set_value("late").run()
    assert "None of the chosen items of late occurred in training" in page.warning[0].value
    assert not page.exception and not titles(page)


def test_deleted_data_are_said(open_page, tmp_path):
    from embedlab.store import catalog as tables

    here = taste_lab(tmp_path, "popularity")
    here.catalog.delete(tables.corpora, id=here.run("popularity").spec.corpus_id)
    page = open_page(PAGE, here.home)
    assert "The data of 'popularity' have been deleted" in page.warning[0].value
