"""Points coloured by any of their attributes: categories with a legend, numbers and dates with a scale."""

from collections.abc import Collection

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.data.points import Points, cell_words, distinct
from embedlab.projections.colouring.colours import COLOURS, Colour
from embedlab.projections.colouring.labels import MOST_NAMES, fewer

COLUMN = "column:"  # before the name of an attribute that is named like a colouring
NO_VALUE, OTHER_VALUES = "no value", "other values"
SECONDS_A_DAY = 86_400
OWN = {"words": {"count", "rank", "part of speech"}, "items": {"chosen"}, "users": set()}  # that COLOURS show as well


def attribute_colour(points: Points, name: str) -> Colour:
    """The colouring of points by the attribute `name`.

    Text and true or false give categories, the twelve most frequent ones by name. Numbers give a scale, NaN where a
    point has none; dates and times one in days since 1970. BadSetting for an unknown attribute or one without values.
    """
    import pyarrow as pa

    name, column = points.column_name(name), points.column(name)
    if column.null_count == len(column):
        raise BadSetting(f"None of these {points.kind} has a value for {name!r}. Choose another attribute.")
    if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
        return _category(name, column)
    if pa.types.is_temporal(column.type):
        micros = column.cast(pa.timestamp("us", column.type.tz if pa.types.is_timestamp(column.type) else None))
        days = _numbers(micros.cast(pa.int64())) / (1e6 * SECONDS_A_DAY)
        return Colour(name, "numeric", days.astype(np.float32), name, form="date")
    form = "whole" if pa.types.is_integer(column.type) else "number"
    return Colour(name, "numeric", _numbers(column).astype(np.float32), name, form=form)


def colourable(points: Points) -> list[str]:
    """The attributes worth a colour: those with values, except text that nearly every point has for itself."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = []
    for name in points.columns:
        column = points.attributes.column(points.columns.index(name))
        known = len(column) - column.null_count
        text = pa.types.is_string(column.type)
        if known and not (text and pc.count_distinct(column).as_py() > max(MOST_NAMES, known // 2)):
            found.append(name)
    return found


def suiting(points: Points, lacking: Collection[str]) -> dict[str, str]:
    """The colourings that suit points: name -> title. COLOURS come first, without those in `lacking`, then attributes.

    The attributes that COLOURS show as well are left out.
    """
    kind = points.kind
    found = {
        name: choice.title_for(kind) for name, choice in COLOURS.items() if kind in choice.what and name not in lacking
    }
    own = OWN.get(kind, {points.label})
    columns = (name for name in colourable(points) if name not in own)
    return found | {name if name not in COLOURS else COLUMN + name: name for name in columns}


def _category(name: str, column) -> Colour:
    values, codes = distinct(column)
    order = sorted(range(len(values)), key=lambda i: cell_words(values[i]))
    rank = np.full(len(values) + 1, -1, np.int64)
    rank[order] = np.arange(len(values))
    names = [cell_words(values[i]) for i in order]
    found, categories, muted = fewer(rank[codes], names, missing=NO_VALUE, rest=OTHER_VALUES)
    return Colour(name, "category", found, name, categories, muted=muted)


def _numbers(column) -> np.ndarray:
    """The column as float64, NaN for what is missing or infinite."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = np.array(pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy())
    values[~np.isfinite(values)] = np.nan
    return values
