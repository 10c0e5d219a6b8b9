import datetime

import numpy as np
import pyarrow as pa
import pytest

from embedlab.core.errors import BadInput, BadSetting
from embedlab.data.points import Condition, Points

DAYS = [datetime.date(2020, 2, 1), datetime.date(2021, 1, 1), None, datetime.date(2019, 5, 5)]


@pytest.fixture
def points():
    table = pa.table(
        {
            "genre": ["royal", "animal", None, "Royal"],
            "year": [1990, 2000, 2010, None],
            "price": [1.5, None, 2.25, 3.0],
            "seen": [True, False, None, True],
            "day": DAYS,
        }
    )
    return Points("documents", ["1. A king", "2. A cat", "3. The end", "4. A queen"], table, label="genre")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["genre=royal"], [0, 3]),
        (["label=royal"], [0, 3]),
        (["GENRE = royal"], [0, 3]),
        (["genre!=royal"], [1, 2]),
        (["genre=royal", "genre=animal"], [0, 1, 3]),
        (["genre=royal", "year>=1980"], [0]),
        (["year>1990"], [1, 2]),
        (["year<=2000.5"], [0, 1]),
        (["year>1990", "year<2010"], [1]),
        (["price>=2.25"], [2, 3]),
        (["seen=TRUE"], [0, 3]),
        (["day>=2020-02-01"], [0, 1]),
        (["genre=horse"], []),
    ],
)
def test_where_finds_the_points_that_meet_all_conditions(points, conditions, expected):
    found = points.where(map(Condition.parse, conditions))
    assert np.flatnonzero(found).tolist() == expected


def test_where_compares_times_with_dates():
    times = pa.array([datetime.datetime(2020, 1, 1, 12), datetime.datetime(2019, 1, 1)], pa.timestamp("us"))
    zoned = times.cast(pa.timestamp("us", "UTC"))
    points = Points("rows", ["a", "b"], pa.table({"at": times, "zoned": zoned}))
    for name in ("at", "zoned"):
        assert points.where([Condition(name, ">", "2020-01-01")]).tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("genre", "A filter is written column=value"),
        ("=royal", "A filter is written column=value"),
        ("gnere=royal", "no attribute 'gnere'.*Did you mean 'genre'"),
        ("year>=soon", "'year' holds numbers, and 'soon' is none of them. Compare it with a number"),
        ("seen=perhaps", "holds true or false, and 'perhaps' is none of them"),
        ("day>2020-13-45", "Compare it with a date such as 2020-12-31"),
    ],
)
def test_condition_that_cannot_be_met_is_told(points, text, message):
    with pytest.raises(BadSetting, match=message):
        points.where([Condition.parse(text)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2. a cat", [1]),
        ("royal", [0, 3]),
        ("ANI", [1]),
        ("1990", [0]),
        ("2021-01-01", [1]),
        ("queen", [3]),
        ("", []),
        ("nowhere", []),
    ],
)
def test_search_finds_names_and_attributes(points, text, expected):
    assert points.search(text).tolist() == expected


def test_take_keeps_attributes_beside_their_names(points):
    some = points.take([3, 0])
    assert some.names == ["4. A queen", "1. A king"] and some.texts("genre") == ["Royal", "royal"]
    assert some.column("label").to_pylist() == ["Royal", "royal"]
    assert some.facts(0) == {"genre": "Royal", "price": "3", "seen": "true", "day": "2019-05-05"}


def test_points_whose_parts_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="2 rows but 1 rows of attributes"):
        Points("rows", ["a", "b"], pa.table({"x": [1]}))
    with pytest.raises(BadInput, match="2 rows but 1 rows of thumbnails"):
        Points("rows", ["a", "b"], thumbnails=[b""])
    with pytest.raises(BadSetting, match="kind 'things'"):
        Points("things", [])


def test_points_without_attributes_say_so():
    points = Points("words", ["a"])
    assert (points.columns, points.facts(0), points.search("a").tolist()) == ([], {}, [0])
    with pytest.raises(BadSetting, match="These words have no attributes"):
        points.column("year")
