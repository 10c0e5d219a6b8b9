import datetime

import numpy as np
import pyarrow as pa
import pytest

from embedlab.core.errors import BadSetting
from embedlab.data.points import Points
from embedlab.projections.colouring.attributes import NO_VALUE, OTHER_VALUES, attribute_colour, colourable
from embedlab.projections.colouring.labels import MOST_NAMES


def points_with(**columns):
    return Points("rows", [""] * len(next(iter(columns.values()))), pa.table(columns))


def test_text_gives_categories_by_name_and_a_grey_one_for_missing():
    colour = attribute_colour(points_with(genre=["sea", None, "air", "sea"]), "genre")
    assert (colour.kind, colour.categories, colour.muted) == ("category", ("air", "sea", NO_VALUE), (NO_VALUE,))
    assert colour.texts() == ["sea", NO_VALUE, "air", "sea"]


def test_truth_gives_two_categories():
    assert attribute_colour(points_with(seen=[True, False, True]), "seen").texts() == ["true", "false", "true"]


def test_text_with_many_values_joins_the_rarest():
    values = [f"v{i:02}" for i in range(MOST_NAMES + 3) for _ in range(i + 1)]
    colour = attribute_colour(points_with(v=values), "v")
    assert len(colour.categories) == MOST_NAMES + 1 and colour.muted == (OTHER_VALUES,)
    assert colour.texts()[0] == OTHER_VALUES and colour.texts()[-1] == values[-1]


def test_numbers_give_a_scale_and_nan_where_there_are_none():
    colour = attribute_colour(points_with(year=[1990, None, 2020]), "year")
    np.testing.assert_array_equal(colour.values, np.array([1990, np.nan, 2020], np.float32))
    assert (colour.kind, colour.bounds, colour.texts()) == ("numeric", (1990, 2020), ["1990", "", "2020"])
    assert attribute_colour(points_with(p=[0.5, np.inf, 2.0]), "p").texts() == ["0.500", "", "2.000"]


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_dates_and_times_give_days(zone):
    days = [datetime.date(1969, 12, 31), datetime.date(2020, 2, 29), None]
    colour = attribute_colour(points_with(day=days), "day")
    assert colour.texts() == ["1969-12-31", "2020-02-29", ""] and colour.values[0] == -1
    at = pa.array([datetime.datetime(2020, 2, 29, 12), None], pa.timestamp("us")).cast(pa.timestamp("us", zone))
    found = attribute_colour(Points("rows", ["", ""], pa.table({"at": at})), "at")
    assert found.texts() == ["2020-02-29", ""] and found.values[0] == np.float32(18321.5)


def test_colourable_leaves_out_columns_that_would_say_nothing():
    n = 40
    table = {
        "id": [f"x{i}" for i in range(n)],
        "number": list(range(n)),
        "genre": ["a", "b"] * (n // 2),
        "empty": pa.nulls(n, pa.string()),
    }
    assert colourable(points_with(**table)) == ["number", "genre"]
    assert colourable(Points("rows", ["a"])) == []


def test_attribute_without_values_is_refused():
    with pytest.raises(BadSetting, match="None of these rows has a value for 'x'"):
        attribute_colour(points_with(x=pa.nulls(2, pa.string())), "x")
