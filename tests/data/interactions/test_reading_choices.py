"""Files of choices: each layout, columns told by names and contents, numbers, times, and what cannot be read."""

import gzip
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadInput
from embedlab.core.progress import Cancelled
from embedlab.data.interactions import reading
from embedlab.data.interactions.columns import ItemColumns, UnclearColumns
from embedlab.data.interactions.reading import HowToRead, files_of, preview, read_choices
from embedlab.data.reading.options import ReadOptions

ROWS = [("196", "242", "3", "881250949"), ("186", "302", "5", "891717742"), ("22", "242", "1", "878887116")]
U_DATA = "".join("\t".join(row) + "\n" for row in ROWS)
SECONDS = [881250949.0, 891717742.0, 878887116.0]
RECBOLE = ("user_id:token", "item_id:token", "ts:float", "rating:float")


@pytest.fixture
def read(tmp_path):
    """Writes a text and reads it: (rows, as a list of user, item, time, strength; what was found)."""

    def of(name: str, text: str | bytes, **how):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = read_choices(files_of([path]), HowToRead(**how))
        return listed(found.rows), found

    return of


def listed(rows) -> list[tuple]:
    users, items = [rows.users[i] for i in rows.user], [rows.items[i] for i in rows.item]
    parts = [None if part is None else part.tolist() for part in (rows.time, rows.strength)]
    return list(zip(users, items, *(part or [None] * len(users) for part in parts), strict=True))


EXPECTED = [(user, item, at, float(rating)) for (user, item, rating, _), at in zip(ROWS, SECONDS, strict=True)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("u.data", U_DATA),
        ("ratings.dat", U_DATA.replace("\t", "::")),
        ("ratings.csv", "userId,movieId,rating,timestamp\n" + U_DATA.replace("\t", ",")),
        ("ratings.txt", "userId\tmovieId\trating\ttimestamp\n" + U_DATA),
        ("ratings.tsv.gz", gzip.compress(("user_id\titem_id\trating\ttimestamp\n" + U_DATA).encode())),
        ("blanks.txt", U_DATA.replace("\t", " ")),
        ("blanks.data", "user item rating timestamp\n" + U_DATA.replace("\t", " ")),
        ("windows.csv", ("userId;movieId;rating;timestamp\r\n" + U_DATA.replace("\t", ";")).replace("\n", "\r\n")),
        ("quoted.csv", '"User-ID","ISBN","Book-Rating","Date"\n' + U_DATA.replace("\t", ",").replace("242", '"242"')),
        ("turned.csv", "time,stars,item,user\n" + "".join(f"{t},{r},{i},{u}\n" for u, i, r, t in ROWS)),
    ],
)
def test_layouts_of_ratings_give_the_same_rows(read, name, text):
    rows, found = read(name, text)
    assert rows == EXPECTED
    assert found.rated and found.layout == "table" and not found.dropped
    assert [one.rows for one in found.readings] == [3]


def test_plays_of_lastfm_with_and_without_a_header(read):
    plays = "2\t51\t13883\n2\t52\t3.2466e+05\n3\t51\t1\n"
    rows = [("2", "51", None, 13883.0), ("2", "52", None, 324660.0), ("3", "51", None, 1.0)]
    for name, text in (("user_artists.dat", "userID\tartistID\tweight\n" + plays), ("data1.txt", plays)):
        found_rows, found = read(name, text)
        assert found_rows == rows and not found.rated


def test_sessions_are_users_and_go_on_over_several_files(tmp_path):
    for name, text in (("a.txt", "milk bread\nmilk eggs tea\n\ntea\n"), ("b.txt", "jam tea milk\nbread jam\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_choices(files_of([tmp_path / "a.txt", tmp_path / "b.txt"]))
    assert found.layout == "sessions" and found.columns == ItemColumns()
    assert found.rows.users == [f"session {i}" for i in range(1, 6)]
    assert [row[:2] for row in listed(found.rows)][-3:] == [
        ("session 4", "milk"),
        ("session 5", "bread"),
        ("session 5", "jam"),
    ]
    assert found.readings[0].sentences()[0] == "a.txt: 6 rows read as a table of sessions, one a line."


def test_lines_that_begin_with_the_number_of_the_user_are_lists(read):
    rows, found = read("train.txt", "0 7 8\n1 9\n2 7 9 8 3\n")
    assert found.layout == "lists" and [row[:2] for row in rows][:3] == [("0", "7"), ("0", "8"), ("1", "9")]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("userId,movieId,rating,timestamp", ItemColumns("userId", "movieId", "timestamp", "rating")),
        ("movieId,userId,rating,timestamp", ItemColumns("userId", "movieId", "timestamp", "rating")),
        ("User-ID,ISBN,Book-Rating,x", ItemColumns("User-ID", "ISBN", "x", "Book-Rating")),
        ("customer_id,product_id,quantity,buy_date", ItemColumns("customer_id", "product_id", "buy_date", "quantity")),
        ("SessionId,ItemId,plays,Time", ItemColumns("SessionId", "ItemId", "Time", "plays")),
        ("reviewerID,asin,overall,unixReviewTime", ItemColumns("reviewerID", "asin", "unixReviewTime", "overall")),
        ("member,track,playcount,created_at", ItemColumns("member", "track", "created_at", "playcount")),
        ("artist,listener,weight,when", ItemColumns("listener", "artist", "when", "weight")),
        ("user_id:token,item_id:token,rating:float,ts:float", ItemColumns(*RECBOLE)),
        ("Member_number,itemDescription,n,Date", ItemColumns("Member_number", "itemDescription", "Date")),
        ("user,zone,score,date", ItemColumns("user", "zone", "date", "score")),
    ],
)  # fmt: skip
def test_columns_are_told_by_their_names(read, header, columns):
    assert read("table.csv", f"{header}\n" + U_DATA.replace("\t", ","))[1].columns == columns


def test_columns_that_are_said_go_before_those_detected(read):
    text = "a,b,user,item\n1,2,3,4\n5,6,7,8\n1,6,7,9\n"
    rows, found = read("t.csv", text, columns=ItemColumns(user="a", item="b", strength="item"))
    assert found.columns == ItemColumns("a", "b", None, "item") and rows[0] == ("1", "2", None, 4.0)


def test_strange_names_are_refused_with_the_columns_and_the_options(read):
    with pytest.raises(UnclearColumns) as caught:
        read("x.csv", "a,b,c\nfoo,bar,baz\nqux,bar,zab\n")
    assert str(caught.value) == (
        "It is not clear which column of x.csv holds the user and which the item; it has 'a', 'b', 'c'. Choose in the "
        "form, or say it with --user-column and --item-column."
    )
    with pytest.raises(BadInput, match=r"holds the item; it has 'user'\. The user seems to be 'user'\."):
        read("one.csv", "user\nfoo\nbar\n")
    with pytest.raises(BadInput, match=r"has no column 'usr'; it has 'a', 'b'\."):
        read("ab.csv", "a,b\n1,2\n3,4\n", columns=ItemColumns(user="usr"))
    with pytest.raises(BadInput, match="Each column can hold one part of a choice; got 'a', 'a'"):
        read("ab.csv", "a,b\n1,2\n3,4\n", columns=ItemColumns(user="a", item="a"))


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        (["881250949", "891717742", "878887116"], SECONDS),
        (["881250949000", "891717742000", "878887116000"], SECONDS),
        (["1997-12-04", "1998-04-04", "1997-11-07"], [881193600.0, 891648000.0, 878860800.0]),
        (["1", "2", "3"], [1.0, 2.0, 3.0]),
    ],
)
def test_times_become_seconds(read, cells, seconds):
    text = "user,item,time\n" + "".join(f"u{i},i{i},{cell}\n" for i, cell in enumerate(cells))
    rows, _ = read("t.csv", text)
    assert [row[2] for row in rows] == seconds


def test_iso_times_of_zones_are_utc(read):
    rows, _ = read(
        "t.csv", "user,item,time\na,x,1970-01-01T01:00:00+01:00\nb,y,1970-01-02\nc,x,1970-01-01 00:00:01.5 UTC"
    )
    assert [row[2] for row in rows] == [0.0, 86400.0, 1.5]


def test_time_column_without_times_is_refused(read):
    with pytest.raises(BadInput) as caught:
        read("t.csv", "user,item,kind\na,x,Comedy\nb,y,Drama\nb,x,\n", columns=ItemColumns(time="kind"))
    assert str(caught.value) == (
        "t.csv has 'Comedy' in the time column 'kind', which is no time; 2 of its 3 rows are like that. Times are "
        "seconds or milliseconds since 1970, or dates such as 1997-12-04. Choose another time column, or leave it out."
    )
    with pytest.raises(BadInput, match="'Comedy' in the strength column 'kind', which is not a number; 1 of its 2"):
        read("s.csv", "user,item,kind\na,x,Comedy\nb,y,5\n", columns=ItemColumns(strength="kind"))


def test_rows_that_lack_something_are_counted_by_reason(read):
    text = (
        U_DATA + "\t242\t3\t881250949\n7\t \t3\t881250949\n7\t242\t\t881250949\n7\t242\t3\tnever\n8\t9\t4\t881250949\n"
    )
    rows, found = read("u.data", text)
    assert len(rows) == 4
    assert dict(found.dropped) == {
        "no user": 1,
        "no item": 1,
        "the strength is no number": 1,
        "the time cannot be read": 1,
    }
    assert found.readings[0].sentences()[3:] == [
        "1 row was left out: no user.",
        "1 row was left out: no item.",
        "1 row was left out: the time cannot be read.",
        "1 row was left out: the strength is no number.",
    ]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("e.csv", "", r"e\.csv is empty \(0 bytes\)"),
        ("h.csv", "user,item\n", r"h\.csv holds no rows"),
        ("b.csv", b"user,item\n\x00\x01\x02\n", "looks like a binary file"),
        ("l.jsonl", '"some text"\n"another"\n', "holds texts without columns"),
        ("m.md", "# A heading\n", "is a document, not a table of choices"),
        ("p.png", b"\x89PNG\r\n\x1a\n0000", "looks like a PNG image"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(read, name, text, sentence):
    with pytest.raises(BadInput, match=sentence):
        read(name, text)


def test_more_rows_than_the_limit_are_refused(read, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    with pytest.raises(BadInput, match=r"There are more than 2 rows up to u\.data, which is the limit"):
        read("u.data", U_DATA)


def test_reading_stops_when_cancelled(tmp_path):
    (tmp_path / "u.data").write_text(U_DATA, encoding="utf-8")

    def cancel(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        read_choices(files_of([tmp_path / "u.data"]), report=cancel)


def test_parquet_and_json_are_read_like_text(tmp_path):
    frame = pd.DataFrame(
        {"user": ["a", "b"], "product": ["x", "y"], "when": pd.to_datetime(["2020-01-01", "2020-02-01"])}
    )
    frame.to_parquet(tmp_path / "t.parquet")
    frame.astype(str).to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    for name in ("t.parquet", "t.jsonl"):
        found = read_choices(files_of([tmp_path / name]))
        assert found.columns == ItemColumns("user", "product", "when")
        assert listed(found.rows) == [("a", "x", 1577836800.0, None), ("b", "y", 1580515200.0, None)]


def test_time_that_one_of_two_files_lacks_is_left_out(tmp_path):
    (tmp_path / "a.csv").write_text("user,item,time\na,x,881250949\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("user,item\nb,x\n", encoding="utf-8")
    found = read_choices(files_of([tmp_path / "a.csv", tmp_path / "b.csv"]))
    assert listed(found.rows) == [("a", "x", None, None), ("b", "x", None, None)]


# The quick way and the other one


def big_table(n: int = 3000) -> str:
    rng = np.random.default_rng(1)
    users, items, ratings = rng.integers(1, 60, n), rng.integers(1, 90, n), rng.integers(1, 6, n)
    return "".join(
        f"{u}\t{i}\t{r}\t{881250949 + k}\n" for k, (u, i, r) in enumerate(zip(users, items, ratings, strict=True))
    )


@pytest.mark.parametrize(
    "more",
    [
        "",
        '7\t8\t3\t"881250949"\n',
        "7\t8\n",
        "7\t8\t3\t881250949\ttoo\tmany\n",
        "  \n\n7\t8\t3\t881250949\n",
        " 7\t 8\t3 \t881250949\n\t8\t3\t881250949\n",
        "é\t8\t3\t881250949\n",
        "\t\t\t\n",
    ],
    ids=["plain", "quoted", "short", "long", "blank lines", "blanks", "letters", "empty cells"],
)
def test_quick_reading_gives_the_same_as_reading_row_by_row(tmp_path, monkeypatch, more):
    monkeypatch.setattr("embedlab.data.interactions.blocks.BLOCK", 500)
    (tmp_path / "u.data").write_text(big_table() + more + "9\t9\t1\t881250949\n", encoding="utf-8")
    quick, slow = (read_choices(files_of([tmp_path / "u.data"]), HowToRead(quick=way)) for way in (True, False))
    assert listed(quick.rows) == listed(slow.rows) and len(quick.rows.user) >= 3001
    assert replace(quick, rows=None) == replace(slow, rows=None) or vars(quick) | {"rows": 0} == vars(slow) | {
        "rows": 0
    }


LETTERS = st.characters(codec="utf-8", exclude_characters='\r\n\0,"\x1a\ufeff', exclude_categories=("C", "Z"))


@pytest.mark.parametrize(
    "more",
    [
        "",
        '"7";"8";"a ""b"" c";3\n',
        '"7";"8";"a\nb";3\n',
        '"7";8;a "b" c;3\n',
        '"7"; "8";x;3\n',
        '"7";"8;x;3\n',
        '"7";"8";"";3\n""\n',
        '"7";"8";"x"y;3\n',
    ],
    ids=["plain", "doubled marks", "two lines", "inner marks", "blank before", "open", "empty cells", "after mark"],
)
def test_quick_reading_of_quoted_cells_gives_the_same(tmp_path, monkeypatch, more):
    monkeypatch.setattr("embedlab.data.interactions.blocks.BLOCK", 500)
    rows = "".join(f'"{i % 70}";"{i % 90}";"a; b {i}";{i % 7}\n' for i in range(2000))
    text = '"user";"item";"about";"plays"\n' + rows + more + '"9";"9";"z";9\n'
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    quick, slow = (read_choices(files_of([tmp_path / "t.csv"]), HowToRead(quick=way)) for way in (True, False))
    assert listed(quick.rows) == listed(slow.rows) and len(quick.rows.user) >= 2001
    assert vars(replace(quick, rows=None)) == vars(replace(slow, rows=None))


names = st.text(LETTERS, min_size=1, max_size=6)


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.tuples(names, names, st.integers(11, 10**6)), min_size=1, max_size=30))
def test_what_is_written_as_a_table_is_read_back(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("round") / "t.csv"
    text = "user,item,plays\n" + "".join(f"{user},{item},{plays}\n" for user, item, plays in rows)
    path.write_text(text, encoding="utf-8", newline="")
    found = read_choices(files_of([path]), HowToRead(options=ReadOptions("utf-8", "comma", True)))
    assert listed(found.rows) == [(user, item, None, float(np.float32(plays))) for user, item, plays in rows]


# Preview


def test_preview_shows_five_rows_the_columns_and_the_first_choice_in_words(tmp_path):
    (tmp_path / "u.data").write_text(U_DATA * 3, encoding="utf-8")
    shown = preview(files_of([tmp_path / "u.data"]))
    assert shown.detected == ItemColumns("column 1", "column 2", "column 4", "column 3") and shown.rated
    assert shown.sentence == "user 196 chose item 242 on 4 December 1997"
    assert len(shown.rows) == 5 and shown.rows[0] == dict(zip(shown.columns, ROWS[0], strict=True))
    assert shown.reading.separator == "\t" and shown.reading.header is False


def test_preview_of_unclear_columns_says_why_and_shows_the_rows(tmp_path):
    (tmp_path / "x.csv").write_text("a,b,c\nfoo,bar,baz\n", encoding="utf-8")
    shown = preview(files_of([tmp_path / "x.csv"]))
    assert shown.detected is None and shown.rows == [{"a": "foo", "b": "bar", "c": "baz"}]
    assert shown.problem.startswith("It is not clear which column of x.csv holds the user and which the item")
    chosen = preview(files_of([tmp_path / "x.csv"]), ItemColumns("b", "a"))
    assert chosen.sentence == "user bar chose item foo" and not chosen.problem


@pytest.mark.data
def test_lastfm_has_the_rows_users_and_artists_of_its_file(data):
    found = read_choices(files_of([data / "lastfm" / "data1.txt"]))
    rows = found.rows
    assert (len(rows.user), len(rows.users), len(rows.items)) == (42_135, 1_878, 4_476)
    assert not found.rated and float(rows.strength.max()) == 324_660.0
