"""The page Corpora for who chose what: the form from upload to data set, and the view of one."""

import pandas as pd
import pytest
from helpers.pages_shown import texts

from embedlab import jobs

RATINGS = (
    "userId,movieId,rating,timestamp\n196,242,3,881250949\n186,302,5,891717742\n22,242,1,878887116\n"
    "22,302,4,878887116\n196,302,2,881250950\n"
)
TITLES = "movieId,title,genres\n242,Kolya (1996),Comedy|Drama\n302,L.A. Confidential (1997),Crime\n"


@pytest.fixture
def here(monkeypatch):
    """Jobs run at once, in this process."""
    monkeypatch.setattr(jobs, "start", lambda here, kind, spec, title: run_now(here, kind, spec, title))
    monkeypatch.setattr(jobs, "start_training", lambda here, id, **more: None)
    monkeypatch.setattr("streamlit.switch_page", lambda *to: None)


def run_now(here, kind: str, spec: dict, title: str) -> str:
    id = jobs.create(here, kind, spec, title=title)
    jobs.run_here(here, id)
    return id


def form(open_page, home, **tables):
    page = open_page("corpora", home, corpora_view="Add your own", files_hold="Who chose what")
    for key, (name, text) in tables.items():
        page.file_uploader(key=f"items_{key}").set_value((name, text.encode(), "text/csv")).run()
    assert not page.exception, page.exception
    return page


def press(page, label: str) -> None:
    next(found for found in page.button if found.label == label).click().run()
    assert not page.exception, page.exception


def box(page, label: str):
    return next(found for found in page.selectbox if found.label == label)


def test_form_shows_the_first_choice_and_adds_a_table_with_titles_above_a_threshold(open_page, lab, here):
    page = form(open_page, lab.home, files=("ratings.csv", RATINGS), titles=("movies.csv", TITLES))
    assert page.subheader[0].value == "user 196 chose item 242 on 4 December 1997"
    assert {role: box(page, role).value for role in ("User", "Item", "Time", "Strength")} == {
        "User": "userId",
        "Item": "movieId",
        "Time": "timestamp",
        "Strength": "rating",
    }
    assert len(page.dataframe[0].value) == 5
    assert "0 ratings below 1 are left out, 5 at it or above are choices" in texts(page)
    page.slider(key="items_threshold").set_value(3.0).run()
    assert "2 ratings below 3 are left out, 3 at it or above are choices" in texts(page)
    page.text_input(key="items_name").set_value("Films").run()
    press(page, "Add")
    [row] = lab.interactions()
    assert row["name"] == "Films" and row["meta"]["n_interactions"] == 3
    assert page.subheader[0].value == "user 196 chose “Kolya (1996)” on 4 December 1997"
    assert "3 of 5 ratings are at or above 3 and count as choices; 2 are below it and left out" in texts(page)
    assert list((lab.home / "uploads").iterdir()) == []
    press(page, "Train on it now")
    [run] = lab.runs()
    assert run.spec.model == "item2vec" and run.spec.corpus_id == row["id"]


def test_form_turns_the_columns_as_chosen(open_page, lab):
    page = form(open_page, lab.home, files=("plays.csv", "a,b,c\nx,1,7000\ny,2,12\nz,1,100\n"))
    assert page.subheader[0].value == "Which column is which?" and "Add" not in [each.label for each in page.button]
    assert "Choose the column of users and the column of items" in texts(page)
    box(page, "User").set_value("b").run()
    box(page, "Item").set_value("a").run()
    box(page, "Strength").set_value("c").run()
    assert not page.exception and page.subheader[0].value == "user 1 chose item x with strength 7,000"
    assert "Add" in [each.label for each in page.button] and not page.slider
    box(page, "Time").set_value("a").run()
    assert "Each column can hold one part of a choice" in texts(page)


def test_form_says_what_is_wrong_with_a_file(open_page, lab):
    page = form(open_page, lab.home, files=("ratings.csv", "user,item\n"))
    assert page.error[0].value == ("ratings.csv holds no rows. Choose a table with at least one row below its header.")


def test_form_takes_sessions(open_page, lab):
    page = form(
        open_page, lab.home, files=("sessions.txt", "milk bread\nmilk eggs tea\nbread tea\nmilk tea eggs jam\n")
    )
    assert page.subheader[0].value == "session 1 chose item milk"
    assert "Add" in [each.label for each in page.button]


def test_bundled_set_is_added_looked_at_renamed_deleted_and_brought_back(open_page, lab, here):
    page = form(open_page, lab.home)
    press(page, "Add Planted tastes")
    assert "900 users, 600 items, 35,635 choices" in " ".join(each.value for each in page.success)
    page = open_page("corpora", lab.home)
    assert [each.value for each in page.metric] == ["900", "600", "35,635", "39", "0"]
    assert page.subheader[0].value == "person 1 chose “The Golden Cities” on 11 March 2020"
    assert "Choices from 4 January 2020 to 11 October 2022" in texts(page)
    marks, table = page.dataframe[0].value, page.dataframe[1].value
    assert marks["Items"].tolist() == [6, 30, 60, 120, 300] and len(table) == 200
    assert {"Item", "Id", "Choices", "genre", "year"} <= set(table.columns)
    assert "The most chosen 10% of the items (60) have 28% of all choices." in texts(page)
    page.segmented_control(key="items_side").set_value("What was read").run()
    assert not page.exception and "No row was left out" in texts(page)
    press(page, "Delete")
    press(page, "Delete it")
    assert lab.interactions() == []
    press(page, "Undo")
    assert [row["name"] for row in lab.interactions()] == ["Planted tastes"]


def test_explore_lists_texts_and_choices_and_shows_what_was_left_out(open_page, lab, tmp_path):
    lab.add_corpus("lee", name="News")
    (tmp_path / "r.csv").write_text(RATINGS + "22,,4,878887116\n", encoding="utf-8")
    data = lab.add_interactions(tmp_path / "r.csv", name="Films", threshold=2)
    page = open_page("corpora", lab.home)
    assert [option.split(" · ")[0] for option in box(page, "Data set").options] == ["News", "Films"]
    box(page, "Data set").set_value(data.id).run()
    page.segmented_control(key="items_side").set_value("What was read").run()
    shown = page.dataframe[0].value
    expected = pd.DataFrame({"Left out because": ["no item", "the strength is below 2"], "Rows": [1, 1]})
    pd.testing.assert_frame_equal(shown, expected)
