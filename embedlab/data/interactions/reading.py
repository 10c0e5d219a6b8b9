"""Reading choices: files of any kind of table become rows of users and items, and a preview says how.

What is left out here is counted by its reason: rows without a user, an item, a time or a number. What is left out by
choice (a threshold, the least number of choices) is the matter of `build`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.blocks import Coded, Objection, Opened, no_rows, opened
from embedlab.data.interactions.columns import ItemColumns, UnclearColumns
from embedlab.data.interactions.sentences import LACKS, sentence_of
from embedlab.data.interactions.storing import Rows
from embedlab.data.interactions.values import are_dates, in_seconds, is_scale, strengths_of, times_of
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.reading import Reading
from embedlab.data.reading.sources import Limits, Source, sources

MOST_ROWS = 50_000_000  # of all files together; each takes about 100 bytes of memory while it is sorted
FIRST = 5  # rows of a preview

Files = Sequence[tuple[Path, str]]  # each with the name the user knows it by


@dataclass(frozen=True, eq=False)
class Found:
    """What files of choices hold. columns: of the first file. dropped: reason -> number of rows left out."""

    rows: Rows
    columns: ItemColumns
    readings: list[Reading]
    dropped: Counter[str]
    layout: str = "table"

    @property
    def rated(self) -> bool:
        """Whether the strengths look like ratings: few different numbers, from 0 to 10."""
        return self.rows.strength is not None and is_scale(np.unique(self.rows.strength))


@dataclass(frozen=True)
class ItemPreview:
    """The first rows of a table of choices, and how they are understood.

    rows: one dict a row, column -> text. detected: the columns as said or detected; None where users and items cannot
    be told, and then `problem` says why. sentence: the first row in words. rated: whether strengths look like ratings.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, str]]
    detected: ItemColumns | None
    sentence: str
    reading: Reading
    layout: str = "table"
    rated: bool = False
    problem: str = ""


def files_of(paths: Iterable) -> Files:
    """Paths, or (path, the name the user knows the file by), as the latter; BadInput for none."""
    pairs = (item if isinstance(item, tuple) else (item, None) for item in paths)
    found = [(Path(path), shown or Path(path).name or str(path)) for path, shown in pairs]
    if not found:
        raise BadInput("There is no file to read. Choose at least one.")
    return found


@dataclass(frozen=True)
class HowToRead:
    """Which columns hold what and how files are read, where it is not to be detected; and the limits.

    quick: read plainly separated tables by Arrow; the rows are the same without.
    """

    columns: ItemColumns = ItemColumns()
    options: ReadOptions = ReadOptions()
    limits: Limits = Limits()
    quick: bool = True


def read_choices(files: Files, how: HowToRead = HowToRead(), *, report: Report = silent) -> Found:
    """All choices in these files, and how each file was read.

    BadInput for what is no table of choices, for more than MOST_ROWS, and where most times or strengths are none.
    """
    total = sum(path.stat().st_size for path, _ in files if path.is_file())
    collected = _Collected(total=total, report=report)
    for path, name in files:
        before = collected.mark()
        try:
            _read_file(path, name, how, collected)
        except Objection:
            collected.back_to(before)
            _read_file(path, name, replace(how, quick=False), collected)
    return collected.found()


def _read_file(path: Path, name: str, how: HowToRead, into: "_Collected") -> None:
    with closing(sources(path, name=name, limits=how.limits, on_read=into.count_bytes)) as found:
        for each in found:
            source = replace(each, options=how.options)
            into.take(source, opened(source, how.columns, quick=how.quick, n_sessions=len(into.users)))


@dataclass(eq=False)
class _Collected:
    """Rows read so far. Not frozen: it guards the codes of users and items over all files."""

    total: int
    report: Report
    users: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    parts: list[dict[str, np.ndarray]] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    columns: list[ItemColumns] = field(default_factory=list)
    layouts: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    n_rows: int = 0
    n_bytes: int = 0

    def count_bytes(self, n: int) -> None:
        self.n_bytes += n

    def mark(self) -> tuple:
        """Where reading stands, for `back_to`."""
        return len(self.parts), len(self.readings), self.dropped.copy(), self.n_rows, self.n_bytes

    def back_to(self, mark: tuple) -> None:
        """Forget what was read since; codes of users and items stay, as they will be needed again."""
        parts, readings, self.dropped, self.n_rows, self.n_bytes = mark
        del self.parts[parts:], self.readings[readings:], self.columns[readings:], self.layouts[readings:]

    def take(self, source: Source, table: Opened) -> None:
        """Read the choices of a source to their end."""
        dates = "time" in table.columns.roles() and are_dates(
            [cell for cell in table.look.cells[table.columns.time or ""] if cell]
        )
        source.tally.columns = table.columns.roles()
        first, n_seen = len(self.parts), 0
        bad: dict[str, tuple[int, str]] = {}
        for block in table.blocks:
            n_seen += len(block["user"].codes)
            self._add(block, source, (dates, bad))
            self.report(Progress(self.n_bytes, self.total, f"Reading {source.name}: {self.n_rows:,} rows"))
        _check_unreadable(source, table.columns, bad, n_seen)
        if not n_seen:
            raise no_rows(source)
        self._finish_times(first)
        self.dropped.update(source.tally.dropped)
        self.readings.append(source.tally.reading(source.name))
        self.columns.append(table.columns)
        self.layouts.append(table.layout)

    def _add(self, block: dict[str, Coded], source: Source, state: tuple[bool, dict]) -> None:
        """Add a block without the rows that lack something, which are counted."""
        dates, bad = state
        n = len(block["user"].codes)
        kept = np.ones(n, bool)
        part = {}
        for role, coded in block.items():
            if role in ("user", "item"):
                part[role], missing = self._numbered(role, coded)
            else:
                values = times_of(coded.cells, dates=dates) if role == "time" else strengths_of(coded.cells)
                part[role], missing = values[coded.codes], ~np.isfinite(values[coded.codes])
                _note_bad(bad, role, coded, values)
            if n_lost := int((missing & kept).sum()):
                source.tally.dropped[LACKS[role]] += n_lost
            kept &= ~missing
        source.tally.rows += int(kept.sum())
        self.n_rows += int(kept.sum())
        if self.n_rows > min(MOST_ROWS, source.limits.max_rows):
            raise BadInput(
                f"There are more than {min(MOST_ROWS, source.limits.max_rows):,} rows up to {source.name}, which is "
                "the limit. Take fewer files, or a part of the users."
            )
        self.parts.append({role: values if kept.all() else values[kept] for role, values in part.items()})

    def _numbered(self, role: str, coded: Coded) -> tuple[np.ndarray, np.ndarray]:
        """(the number of the user or item of each row, int32; where there is none)."""
        known = self.users if role == "user" else self.items
        empty = np.array([not cell for cell in coded.cells], bool)
        numbers = np.array([known.setdefault(cell, len(known)) if cell else -1 for cell in coded.cells], np.int32)
        return numbers[coded.codes], empty[coded.codes]

    def _finish_times(self, first: int) -> None:
        """Turn the times of the parts from `first` on into seconds, by the unit of the whole file."""
        parts = [part for part in self.parts[first:] if "time" in part]
        if not parts:
            return
        seconds = in_seconds(np.concatenate([part["time"] for part in parts]))
        ends = np.cumsum([len(part["time"]) for part in parts])[:-1]
        for part, own in zip(parts, np.split(seconds, ends), strict=True):
            part["time"] = own

    def found(self) -> Found:
        """All rows together. A time or strength that some file lacks is left out for all."""

        def whole(role: str) -> np.ndarray | None:
            if not all(role in part for part in self.parts):
                return None
            return np.concatenate([part[role] for part in self.parts])

        user, item, strength = whole("user"), whole("item"), whole("strength")
        rows = Rows(
            np.zeros(0, np.int32) if user is None else user,
            np.zeros(0, np.int32) if item is None else item,
            list(self.users),
            list(self.items),
            whole("time"),
            None if strength is None else strength.astype(np.float32),
        )
        return Found(rows, self.columns[0], self.readings, +self.dropped, self.layouts[0])


def _note_bad(bad: dict, role: str, coded: Coded, values: np.ndarray) -> None:
    """Count the rows whose cell is filled and still no time or number, and keep one of these cells."""
    wrong = np.array([bool(cell) for cell in coded.cells], bool) & ~np.isfinite(values)
    if wrong.any():
        n, shown = bad.get(role, (0, coded.cells[int(np.flatnonzero(wrong)[0])]))
        bad[role] = n + int(wrong[coded.codes].sum()), shown


def _check_unreadable(source: Source, columns: ItemColumns, bad: dict, n: int) -> None:
    """BadInput where half of all rows have a time or strength that is none: it is the wrong column."""
    for role, (wrong, shown) in bad.items():
        if 2 * wrong >= n:
            what = "no time" if role == "time" else "not a number"
            kinds = " Times are seconds or milliseconds since 1970, or dates such as 1997-12-04." * (role == "time")
            raise BadInput(
                f"{source.name} has {shown[:40]!r} in the {role} column {columns.roles()[role]!r}, which is {what}; "
                f"{wrong:,} of its {n:,} rows are like that.{kinds} Choose another {role} column, or leave it out."
            )


def preview(files: Files, columns: ItemColumns = ItemColumns(), options: ReadOptions = ReadOptions()) -> ItemPreview:
    """The first five rows of the first table, its columns as said or detected, and the first row in a sentence.

    Nothing more of the file is read. BadInput for what is no table, or for a column that is not there.
    """
    path, name = files[0]
    with closing(sources(path, name=name)) as found:
        source = replace(next(found), options=options)
        try:
            return _preview_of(source, opened(source, columns))
        except UnclearColumns as unclear:
            look = unclear.look
            reading = source.tally.reading(name)
            return ItemPreview(tuple(look.columns), look.rows(FIRST), None, "", reading, problem=str(unclear))


def _preview_of(source: Source, table: Opened) -> ItemPreview:
    look = table.look
    source.tally.columns = table.columns.roles()
    cells = [] if table.columns.strength is None else [cell for cell in look.cells[table.columns.strength] if cell]
    rated = bool(cells) and is_scale(np.unique(strengths_of(cells)))
    reading = source.tally.reading(source.name)
    return ItemPreview(
        tuple(look.columns),
        look.rows(FIRST),
        table.columns,
        _first_sentence(table, rated),
        reading,
        table.layout,
        rated,
    )


def _first_sentence(table: Opened, rated: bool) -> str:
    """The first row with a user and an item in words."""
    columns, cells = table.columns, table.look.cells
    if table.layout != "table":
        block = next(table.blocks)
        return sentence_of(block["user"].cells[0], block["item"].cells[0])
    dates = columns.time is not None and are_dates([cell for cell in cells[columns.time] if cell])
    times = None if columns.time is None else in_seconds(times_of(cells[columns.time], dates=dates))
    strengths = None if columns.strength is None or rated else strengths_of(cells[columns.strength])
    for i, (user, item) in enumerate(zip(cells[columns.user or ""], cells[columns.item or ""], strict=True)):
        if user and item:
            time, strength = (None if one is None else float(one[i]) for one in (times, strengths))
            return sentence_of(user, item, time=time, strength=strength)
    return ""
