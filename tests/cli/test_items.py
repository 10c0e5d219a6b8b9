"""The commands on data sets of items: JSON with the agreed keys, sentences on stderr, one sentence for bad input."""

import json

import pytest
from helpers.commands import answer, run

RATINGS = "userId,movieId,rating,timestamp\n196,242,3,881250949\n186,302,5,891717742\n22,242,1,878887116\n"
TITLES = "movieId,title,genres\n242,Kolya (1996),Comedy\n302,L.A. Confidential (1997),Crime|Drama\n"


@pytest.fixture
def ratings(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS, encoding="utf-8")
    (tmp_path / "movies.csv").write_text(TITLES, encoding="utf-8")
    return tmp_path / "ratings.csv"


def test_items_add_prints_sizes_columns_and_what_was_dropped(tmp_path, ratings):
    done = run(
        tmp_path / "home",
        *("items", "add", ratings, "--titles", ratings.parent / "movies.csv", "--threshold", "3", "--name", "ML"),
        "--json",
    )
    found = json.loads(done.stdout)
    assert found.pop("seconds") > 0 and found.pop("dataset").startswith("i")
    said = found.pop("said")
    assert found == {
        "users": 2,
        "items": 2,
        "interactions": 2,
        "dropped": {"the strength is below 3": 1},
        "columns": {"user": "userId", "item": "movieId", "time": "timestamp", "strength": "rating"},
        "name": "ML",
        "sentence": "user 196 chose “Kolya (1996)” on 4 December 1997",
    }
    lines = done.stderr.splitlines()
    assert lines[0] == "The first choice: user 196 chose “Kolya (1996)” on 4 December 1997." and lines[1:] == said
    assert "2 of 3 ratings are at or above 3 and count as choices; 1 is below it and left out." in said


def test_items_are_listed_renamed_deleted_and_brought_back(tmp_path, ratings):
    home = tmp_path / "home"
    run(home, "items", "add", ratings, "--separator", "comma", "--header")
    run(home, "items", "rename", "ratings.csv", "Films")
    [row] = answer(home, "items", "list")
    assert {key: row[key] for key in ("name", "users", "items", "interactions")} == {
        "name": "Films",
        "users": 3,
        "items": 2,
        "interactions": 3,
    }
    assert answer(home, "corpus", "list") == []
    run(home, "items", "delete", row["dataset"][:6])
    assert answer(home, "items", "list") == []
    run(home, "items", "delete", "Films", "--undo")
    assert answer(home, "items", "list") == [row]


def test_items_columns_are_said_by_options(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,c,d\n5,x,1,2020-01-01\n2,y,2,2020-01-02\n", encoding="utf-8")
    columns = ("--user-column", "c", "--item-column", "b", "--strength-column", "a", "--time-column", "d")
    found = answer(tmp_path, "items", "add", tmp_path / "x.csv", *columns)
    assert found["columns"] == {"user": "c", "item": "b", "time": "d", "strength": "a"}
    assert found["sentence"] == "user 1 chose item x on 1 January 2020"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "x.csv"], "or say it with --user-column and --item-column."),
        (["add", "none.csv"], "There is no file 'none.csv'. Check the path; bundled data sets of items are tastes."),
        (["add", "x.csv", "--minimum-user", "0"], "minimum_user must be 1 or more; got 0."),
        (["rename", "none", "other"], "There is no data set 'none'. There are no data sets yet."),
    ],
)
def test_items_refuse_with_one_sentence(tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b,c\nfoo,bar,baz\n", encoding="utf-8")
    done = run(tmp_path, "items", *words, check=False)
    assert done.returncode == 2 and sentence in done.stderr and len(done.stderr.splitlines()) == 1
