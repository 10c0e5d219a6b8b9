"""From files to stored interactions: thresholds, minimums, repeats, ties, titles, and the sentences on them."""

import json

import numpy as np
import pytest

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import Cancelled, Progress
from embedlab.data.interactions.build import Keeping, Wanted, add_bundled_items, add_choices, around
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.planted import planted

RATINGS = (
    "196\t242\t3\t881250949\n186\t302\t5\t891717742\n22\t242\t1\t878887116\n22\t302\t4\t878887116\n"
    "196\t302\t2\t881250950\n22\t377\t5\t878887116\n"
)
ALL_OF_THEM = (
    "All 6 ratings count as choices, low ones too: 2 are below the middle of the scale, 3, and 4 are at it or above. "
    "A threshold keeps the high ones only."
)
READ = [
    "u.data: 6 rows read as a table separated by tab, without a header row.",
    "Encoding ASCII.",
    "Columns: user from 'column 1', item from 'column 2', time from 'column 4', strength from 'column 3'.",
]
TIES = "2 choices share their second with the one before; their order is that of the file."


@pytest.fixture
def add(tmp_path):
    """Adds a text as a file; titles is (name, text) of the second one."""

    def added(text: str, name: str = "u.data", *, titles: tuple[str, str] | None = None, **keeping) -> Interactions:
        (tmp_path / name).write_text(text, encoding="utf-8")
        if titles:
            (tmp_path / titles[0]).write_bytes(titles[1].encode("latin-1"))
        wanted = Wanted(keeping=Keeping(**keeping), titles=tmp_path / titles[0] if titles else None)
        return add_choices([tmp_path / name], tmp_path / "out", wanted)

    return added


def test_ratings_without_a_threshold_are_all_choices_of_one_strength(add):
    data = add(RATINGS)
    assert (data.n_users, data.n_items, data.n_interactions) == (3, 3, 6)
    assert data.choices.strengths is None
    assert data.meta["columns"] == {"user": "column 1", "item": "column 2", "time": "column 4", "strength": "column 3"}
    assert data.meta["dropped"] == {} and data.meta["ties"] == 2
    assert data.meta["said"] == [*READ, ALL_OF_THEM, TIES]
    assert data.meta["sentence"] == "user 196 chose item 242 on 4 December 1997"
    assert data.meta["reading"][0]["separator"] == "\t" and data.name == "u.data"
    again = json.loads((data.folder / "interactions.json").read_text(encoding="utf-8"))
    assert again["said"] == data.meta["said"]


def test_choices_of_a_user_are_in_order_of_time_then_of_the_file(add):
    data = add(RATINGS)
    words = data.vocabulary.words
    assert [words[i] for i in data.choices.of(data.user("22"))] == ["242", "302", "377"]
    assert data.times.tolist() == sorted(data.times.tolist()[:3]) + sorted(data.times.tolist()[3:5]) + [891717742.0]


def test_threshold_keeps_what_is_at_it_or_above(add):
    data = add(RATINGS, threshold=3)
    assert data.n_interactions == 4 and data.choices.strengths is None
    assert data.meta["dropped"] == {"the strength is below 3": 2}
    assert "4 of 6 ratings are at or above 3 and count as choices; 2 are below it and left out." in data.meta["said"]
    assert data.meta["sentence"] == "user 196 chose item 242 on 4 December 1997"
    assert around(np.array([1, 2, 3, 3.5, 5]), 3) == (2, 3)
    assert around(np.array([0.7], np.float32), 0.7) == (0, 1)


def test_threshold_without_numbers_or_above_all_of_them_is_refused(add):
    with pytest.raises(
        BadInput, match="A threshold of 3 needs a column of numbers, such as ratings, and none was found"
    ):
        add("user,item\na,x\nb,y\n", "t.csv", threshold=3)
    with pytest.raises(BadInput, match="None of the 6 choices is left. Lower the threshold or the minimums"):
        add(RATINGS, threshold=6)


def test_plays_stay_as_strengths_above_a_threshold(add):
    data = add("user,artist,plays\na,x,13883\na,y,3.2466e+05\nb,x,12\nb,y,7\n", "plays.csv", threshold=8)
    assert data.meta["dropped"] == {"the strength is below 8": 1}
    assert sorted(data.choices.strengths.tolist()) == [12.0, 13883.0, 324660.0]
    assert "3 of 4 strengths are at or above 8 and count as choices; 1 is below it and left out." in data.meta["said"]


def test_repeats_are_counted_and_said(add):
    data = add("user,artist,plays\na,x,13883\na,x,3.2466e+05\nb,x,12\nb,y,7\n", "plays.csv")
    assert data.n_interactions == 3 and data.meta["dropped"] == {"the same user chose the same item before": 1}
    assert sorted(data.choices.strengths.tolist()) == [7.0, 12.0, 324660.0]
    assert data.meta["said"][-1] == "1 row was left out: the same user chose the same item before."
    assert data.meta["sentence"] == "user a chose item x with strength 13,883"


def test_minimums_are_applied_until_every_user_and_item_has_enough(add):
    """c loses z, which has one user, and then has one choice; so y loses c, and b stays with two items."""
    text = "user,item\na,x\na,y\nb,x\nb,y\nc,y\nc,z\nd,x\n"
    data = add(text, "t.csv", minimum_user=2, minimum_item=2)
    assert data.users == ["a", "b"] and data.vocabulary.words == ["x", "y"] and data.n_interactions == 4
    assert data.meta["dropped"] == {"the user has fewer than 2 choices": 2, "the item has fewer than 2 choices": 1}
    assert data.meta["said"][-2:] == [
        "2 rows were left out: the user has fewer than 2 choices.",
        "1 row was left out: the item has fewer than 2 choices.",
    ]


def test_a_minimum_counts_different_items(add):
    data = add("user,item\na,x\na,x\nb,x\nb,y\nc,x\nc,y\n", "t.csv", minimum_user=2)
    assert data.users == ["b", "c"] and data.meta["dropped"] == {"the user has fewer than 2 choices": 2}


def test_minimum_below_one_is_refused():
    with pytest.raises(BadSetting, match="minimum_user must be 1 or more; got 0"):
        Keeping(minimum_user=0)


def test_one_user_or_item_is_not_enough(add):
    with pytest.raises(BadInput, match="learning from choices needs two"):
        add("user,item\na,x\na,y\n", "t.csv")


def test_same_choices_read_in_another_way_say_how_they_were_read_this_time(add):
    first = add(RATINGS)
    second = add(RATINGS.replace("\t", "::"), "ratings.dat")
    assert first.id == second.id and second.name == "u.data"
    assert second.meta["said"][0].startswith("ratings.dat: 6 rows read as a table separated by '::'")
    assert second.meta["said"][-1] == TIES


def test_cancelled_adding_leaves_nothing(tmp_path):
    (tmp_path / "u.data").write_text(RATINGS, encoding="utf-8")

    def cancel(progress: Progress) -> None:
        if progress.message == "Storing":
            raise Cancelled

    with pytest.raises(Cancelled):
        add_choices([tmp_path / "u.data"], tmp_path / "out", report=cancel)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


# Titles


def u_item(*lines: tuple[str, str, str, set[int]]) -> str:
    return "".join(
        f"{id}|{title}|{date}||http://imdb|{'|'.join(str(int(i in flags)) for i in range(19))}\n"
        for id, title, date, flags in lines
    )


TITLES = {
    "u.item": u_item(
        ("242", "Kolya (1996)", "24-Jan-1997", {5}),
        ("302", "Délicatessen (1991)", "", {6, 8}),
        ("377", "Heavyweights (1994)", "01-Jan-1994", set()),
    ),
    "movies.dat": "242::Kolya (1996)::Comedy\n302::Délicatessen (1991)::Crime|Drama\n377::Heavyweights (1994)::\n",
    "movies.csv": "movieId,title,genres\n242,Kolya (1996),Comedy\n302,Délicatessen (1991),Crime|Drama\n"
    "377,Heavyweights (1994),(no genres listed)\n",
    "films.tsv": "title\tgenres\tid\nKolya (1996)\tComedy\t242\nDélicatessen (1991)\tCrime|Drama\t302\n"
    "Heavyweights (1994)\t\t377\nAnother\tWar\t9\n",
}


@pytest.mark.parametrize("name", TITLES)
def test_titles_name_the_items_and_bring_genres_and_years(add, name):
    data = add(RATINGS, titles=(name, TITLES[name]))
    known = {row["item"]: row for row in data.attributes.to_pylist()}
    assert data.vocabulary.words == ["Délicatessen (1991)", "Kolya (1996)", "Heavyweights (1994)"]
    assert data.item_ids == ["302", "242", "377"] and data.item("242") == data.item("kolya (1996)") == 1
    assert [known[id].get("genres") for id in ("242", "302", "377")] == ["Comedy", "Crime, Drama", None]
    assert [known[id]["genre"] for id in ("242", "302")] == ["Comedy", "Crime"]
    assert [known[id]["year"] for id in ("242", "302", "377")] == [1996, 1991, 1994]
    assert data.meta["sentence"] == "user 196 chose “Kolya (1996)” on 4 December 1997"
    assert f"3 of 3 items are named by {name}." in data.meta["said"]
    assert [one.file for one in data.readings] == ["u.data", name]


def test_titles_of_artists_keep_further_columns(add):
    plays = "userID\tartistID\tweight\n2\t51\t13883\n2\t52\t11690\n3\t51\t70\n"
    artists = "id\tname\turl\n51\tDuran Duran\thttp://a/51\n52\tMorcheeba\thttp://a/52\n"
    data = add(plays, "user_artists.dat", titles=("artists.dat", artists))
    assert data.vocabulary.words == ["Duran Duran", "Morcheeba"]
    assert data.attributes.to_pylist()[0] == {"item": "51", "url": "http://a/51"}
    assert data.meta["sentence"] == "user 2 chose “Duran Duran” with strength 13,883"


def test_titles_column_without_a_known_name_is_the_one_with_most_different_texts(add):
    table = "code,colour,what\n242,red,A small lamp\n302,red,A large lamp\n377,blue,A table\n"
    data = add(RATINGS, titles=("things.csv", table))
    assert data.vocabulary.words == ["A large lamp", "A small lamp", "A table"]
    assert data.attributes.column_names == ["item", "colour"]


def test_titles_of_other_items_are_refused(add):
    with pytest.raises(BadInput) as caught:
        add(RATINGS, titles=("no.csv", "movieId,title\n242,Kolya\n2,B\n3,C\n"))
    assert str(caught.value) == (
        "Only 1 of the 3 items that were chosen are in no.csv, in its column 'movieId'; it has 'movieId', 'title'. "
        "Choose the table that belongs to these choices, or leave it out."
    )


# Bundled


def test_bundled_tastes_are_those_that_are_planted(tmp_path):
    data = add_bundled_items("tastes", tmp_path)
    rows, known = planted()
    assert (data.n_users, data.n_items, data.n_interactions) == (900, 600, len(rows.user))
    assert data.name == "Planted tastes" and data.meta["dropped"] == {}
    assert data.meta["sentence"] == "person 1 chose “The Golden Cities” on 11 March 2020"
    assert set(data.vocabulary.words) == set(known.titles.values())
    with pytest.raises(NotFound, match="no bundled data set of items 'none'. There are tastes"):
        add_bundled_items("none", tmp_path)
