"""Show only: which points of a map are shown, by any of their attributes."""

import datetime
from collections import Counter

import numpy as np
import pyarrow as pa
import streamlit as st

from embedlab.data.points import Condition, Points, cell_words

MOST_VALUES = 1_000  # of a text column, the most frequent ones, that a picker lists


def shown(points: Points) -> np.ndarray | None:
    """Which points the reader wants to see, bool; None for all."""
    usual = ["rank"] if "rank" in points.columns else [points.label] if points.label else []
    chosen = st.multiselect(
        "By",
        points.columns,
        default=usual,
        key=f"map_only.{points.kind}.{len(points.columns)}",
        placeholder="attribute",
        width=320,
    )
    conditions = [condition for name in chosen for condition in _conditions(points, name)]
    return points.where(conditions) if conditions else None


def _conditions(points: Points, name: str) -> list[Condition]:
    """What the reader asks of one attribute, from a widget that suits its type."""
    column = points.column(name)
    if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
        return _categories(points, name)
    return _range(name, column)


def _categories(points: Points, name: str) -> list[Condition]:
    counts = Counter(filter(None, points.texts(name)))
    values = sorted(value for value, _ in counts.most_common(MOST_VALUES))
    label = name if len(counts) <= MOST_VALUES else f"{name} ({MOST_VALUES:,} most frequent of {len(counts):,})"
    chosen = st.multiselect(
        label,
        values,
        format_func=lambda value: f"{value} ({counts[value]:,})",
        key=f"map_only.{name}",
        placeholder="all",
        width=320,
    )
    return [Condition(name, "=", value) for value in chosen]


def _range(name: str, column: pa.ChunkedArray) -> list[Condition]:
    import pyarrow.compute as pc

    ends = pc.min_max(column).as_py()
    low, high = ends["min"], ends["max"]
    if low is None or low == high:
        st.caption(f"{name}: {'no value' if low is None else f'{cell_words(low)} for all'}")
        return []
    if isinstance(low, datetime.datetime):
        low, high = low.date(), high.date() + datetime.timedelta(days=1)
    key = f"map_only.{name}.{low}.{high}"
    first, last = st.slider(name, low, high, (low, high), key=key, width=320)
    if (first, last) == (low, high):
        return []
    return [Condition(name, ">=", str(first)), Condition(name, "<=", str(last))]
