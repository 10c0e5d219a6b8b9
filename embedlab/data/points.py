"""Points: what maps, neighbour lists and tables show; names, and attributes to colour and filter by."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from embedlab.core.errors import BadInput, BadSetting

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("words", "documents", "items", "users", "images", "rows")
OPERATORS = ("!=", ">=", "<=", "=", ">", "<")
MOST_HITS = 50


@dataclass(frozen=True)
class Condition:
    """What an attribute must be: a column, one of OPERATORS, and a value as text."""

    column: str
    operator: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """The condition written as "year>=2000"; BadSetting for a text without an operator."""
        found = re.search("|".join(OPERATORS), text)
        if found is None or not text[: found.start()].strip():
            raise BadSetting(f"A filter is written column=value, or with {' '.join(OPERATORS)}; got {text!r}.")
        return cls(text[: found.start()].strip(), found.group(), text[found.end() :].strip())


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a map, a list or a table, in one order.

    kind: one of KINDS. names: one each. attributes: an Arrow table with one row a point, or None. thumbnails: small
    pictures as bytes, one each, or None. label: the attribute that "label" means as well, such as "genre".
    Raises BadInput when the parts do not have one entry a point.
    """

    kind: str
    names: Sequence[str]
    attributes: "pa.Table | None" = None
    thumbnails: Sequence[bytes] | None = None
    label: str | None = None

    def __post_init__(self):
        if self.kind not in KINDS:
            raise BadSetting(f"There are no points of the kind {self.kind!r}. Choose one of {', '.join(KINDS)}.")
        for what, values in (("attributes", self.attributes), ("thumbnails", self.thumbnails)):
            if values is not None and len(values) != len(self.names):
                raise BadInput(f"There are {len(self.names):,} {self.kind} but {len(values):,} rows of {what}.")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def noun(self) -> str:
        """What one point is called: "word", "document" ..."""
        return self.kind.removesuffix("s")

    @property
    def one(self) -> str:
        """One point with its article: "a word", "an item" ..."""
        return f"{'an' if self.noun[0] == 'i' else 'a'} {self.noun}"

    @property
    def columns(self) -> list[str]:
        """The names of the attributes."""
        return [] if self.attributes is None else self.attributes.column_names

    def with_column(self, name: str, values: Sequence) -> "Points":
        """The points with one more attribute, one value each, None for none; its name gets a mark where it is taken."""
        import pyarrow as pa

        while name in self.columns:
            name += "*"
        table = pa.table({name: pa.array(values)}) if self.attributes is None else self.attributes
        if self.attributes is not None:
            table = table.append_column(name, pa.array(values))
        return replace(self, attributes=table)

    def take(self, rows: Sequence[int] | np.ndarray) -> "Points":
        """The points with these row numbers, in their order."""
        rows = np.asarray(rows, np.int64)
        return Points(
            self.kind,
            [self.names[row] for row in rows],
            None if self.attributes is None else self.attributes.take(rows),
            None if self.thumbnails is None else [self.thumbnails[row] for row in rows],
            self.label,
        )

    def column(self, name: str) -> "pa.ChunkedArray":
        """The attribute `name`; BadSetting, naming the closest one, where there is none."""
        name = self.column_name(name)
        attributes = cast("pa.Table", self.attributes)  # a name without a table has been refused
        return attributes.column(self.columns.index(name))

    def column_name(self, name: str) -> str:
        """The column that `name` means: itself, the label column for "label", or one that differs in case alone."""
        if name in self.columns:
            return name
        if name == "label" and self.label is not None:
            return self.label
        folded = {column.casefold(): column for column in self.columns}
        if name.casefold() in folded:
            return folded[name.casefold()]
        if not folded:
            raise BadSetting(f"These {self.kind} have no attributes, so there is no {name!r}. Leave it out.")
        close = get_close_matches(name.casefold(), folded, 1, 0.5)
        hint = f" Did you mean {folded[close[0]]!r}?" if close else ""
        listed = ", ".join(self.columns[:20]) + (" ..." if len(self.columns) > 20 else "")
        raise BadSetting(f"These {self.kind} have no attribute {name!r}; they have {listed}.{hint}")

    def where(self, conditions: Iterable[Condition]) -> np.ndarray:
        """Whether each point meets the conditions, bool (n,). Several values of one column by "=" are alternatives.

        A point without a value meets only "!=". BadSetting for an unknown column, or a value its type does not have.
        """
        meets = np.ones(len(self), bool)
        equal: dict[str, np.ndarray] = {}
        for condition in conditions:
            found = _meets(self.column(condition.column), condition)
            if condition.operator == "=":
                name = self.column_name(condition.column)
                equal[name] = equal.get(name, np.zeros(len(self), bool)) | found
            else:
                meets &= found
        for found in equal.values():
            meets &= found
        return meets

    def search(self, text: str) -> np.ndarray:
        """Row numbers of at most 50 points, int64: those with a name or attribute that is `text`, else begins with it,
        else holds it; upper and lower case are one."""
        wanted = text.strip().casefold()
        if not wanted:
            return np.zeros(0, np.int64)
        for fits in (str.__eq__, str.startswith, str.__contains__):
            found = np.array([fits(name, wanted) for name in self._folded_names], bool)
            for values, codes in self._folded_columns:
                hits = np.array([fits(value, wanted) for value in values], bool)
                found |= np.append(hits, False)[codes]
            if found.any():
                return np.flatnonzero(found)[:MOST_HITS]
        return np.zeros(0, np.int64)

    def facts(self, row: int) -> dict[str, str]:
        """The attributes of one point that it has, as text."""
        if self.attributes is None:
            return {}
        cells = ((name, self.attributes.column(i)[int(row)].as_py()) for i, name in enumerate(self.columns))
        return {name: cell_words(cell) for name, cell in cells if cell is not None}

    def texts(self, name: str) -> list[str]:
        """The attribute `name` as text, "" where a point has none."""
        values = self.column(name).to_pylist()
        return ["" if value is None else cell_words(value) for value in values]

    @cached_property
    def _folded_names(self) -> list[str]:
        return [name.casefold() for name in self.names]

    @cached_property
    def _folded_columns(self) -> list[tuple[list[str], np.ndarray]]:
        """(distinct values folded, which of them each point has, -1 for none) of each column that is no measurement."""
        import pyarrow as pa

        found = []
        for column in () if self.attributes is None else self.attributes.columns:
            if not pa.types.is_floating(column.type):
                values, codes = distinct(column)
                found.append(([cell_words(value).casefold() for value in values], codes))
        return found


def distinct(column: "pa.ChunkedArray") -> tuple[list, np.ndarray]:
    """(distinct values in order of appearance, which of them each row has as int64, -1 for a missing one)."""
    encoded = column.combine_chunks().dictionary_encode()
    encoded = encoded.combine_chunks() if hasattr(encoded, "combine_chunks") else encoded
    return encoded.dictionary.to_pylist(), encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def cell_words(value: Any) -> str:
    """A cell as people read it: dates in ISO format, numbers without needless digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def table_of(columns: Mapping[str, Sequence]) -> "pa.Table":
    """An Arrow table of these columns."""
    import pyarrow as pa

    return pa.table(dict(columns))


def _meets(column: "pa.ChunkedArray", condition: Condition) -> np.ndarray:
    """Whether each cell meets a condition, bool."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_string(kind) and condition.operator in ("=", "!="):
        left, right = pc.utf8_lower(column), pa.scalar(condition.value.lower())
    else:
        left, right = column, _scalar(condition, kind)
    compare = {"=": "equal", "!=": "not_equal", ">": "greater", ">=": "greater_equal", "<": "less", "<=": "less_equal"}
    found = pc.call_function(compare[condition.operator], [left, right])
    missing = condition.operator == "!="
    return np.asarray(pc.fill_null(found, missing).to_numpy(), bool)


def _scalar(condition: Condition, kind: "pa.DataType") -> "pa.Scalar":
    """The value of a condition in the type of its column; BadSetting where it has no such value."""
    import pyarrow as pa

    value = condition.value.lower() if pa.types.is_boolean(kind) else condition.value
    try:
        if pa.types.is_integer(kind) and not math.isinf(number := float(value)):
            return pa.scalar(number, pa.float64())
        text = pa.scalar(value, pa.string())
        if pa.types.is_timestamp(kind) and kind.tz is not None and not _ZONE.search(value):
            return text.cast(pa.timestamp("us")).cast(kind)  # without a zone, UTC is meant
        return text.cast(kind)
    except (pa.ArrowInvalid, ValueError):
        holds, example = _HOLDS[0 if pa.types.is_boolean(kind) else 1 if pa.types.is_temporal(kind) else 2]
        raise BadSetting(
            f"The attribute {condition.column!r} holds {holds}, and {condition.value!r} is none of them. "
            f"Compare it with {example}."
        ) from None


_ZONE = re.compile(r"\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$")
_HOLDS = (("true or false", "true or false"), ("dates", "a date such as 2020-12-31"), ("numbers", "a number"))
