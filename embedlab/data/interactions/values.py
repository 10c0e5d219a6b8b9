"""Values in a table of choices: numbers, and times as seconds since 1970, from the cells of a column."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from embedlab.data.reading.suggest import as_number

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?\s?(Z|UTC|[+-]\d\d(:?\d\d)?)?)?", re.IGNORECASE)
NEARLY_ALL = 0.75  # the share of cells that must be of a kind; the others are left out and counted
MOST_RATINGS = 21  # of different value, as from 0 to 10 in steps of a half
# The median of a column of numbers from which on they count milli-, micro- or nanoseconds.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
_NO_TIME = float("nan")


def numbers_of(cells: Sequence[str]) -> float:
    """The share of cells that are numbers, 0 for no cells."""
    return sum(as_number(cell) is not None for cell in cells) / len(cells) if cells else 0.0


def are_dates(cells: Sequence[str]) -> bool:
    """Whether nearly all cells are ISO dates or date-times."""
    return bool(cells) and sum(bool(_DATE.fullmatch(cell)) for cell in cells) >= NEARLY_ALL * len(cells)


def are_epochs(cells: Sequence[str]) -> bool:
    """Whether nearly all cells count the seconds or milliseconds since 1970, from 1990 to 2100."""
    numbers = [as_number(cell) for cell in cells]
    good = [n is not None and (631e6 <= n < 4.2e9 or 631e9 <= n < 4.2e12) for n in numbers]
    return bool(cells) and sum(good) >= NEARLY_ALL * len(cells)


def is_scale(values: Sequence[float] | np.ndarray) -> bool:
    """Whether these different values look like a scale of ratings: two to MOST_RATINGS of them, from 0 to 10."""
    return 2 <= len(values) <= MOST_RATINGS and min(values) >= 0 and max(values) <= 10


def strengths_of(cells: Sequence[str]) -> np.ndarray:
    """The cells as numbers, float64, NaN for what is none."""
    return np.array([_NO_TIME if (n := as_number(cell)) is None else n for cell in cells], np.float64)


def times_of(cells: Sequence[str], *, dates: bool) -> np.ndarray:
    """The cells as seconds since 1970, or as numbers of whatever unit; NaN for what is none. dates: they are dates."""
    return np.array([_seconds(cell) for cell in cells], np.float64) if dates else strengths_of(cells)


def _seconds(cell: str) -> float:
    """An ISO date or date-time as seconds since 1970; where it names no zone it is UTC."""
    if not _DATE.fullmatch(cell):
        return _NO_TIME
    try:
        moment = datetime.fromisoformat(re.sub(r"\s?(UTC|utc)$", "+00:00", cell).replace(",", "."))
    except ValueError:  # the 31st of February
        return _NO_TIME
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def in_seconds(numbers: np.ndarray) -> np.ndarray:
    """Numbers of a time column as seconds: those that count milli-, micro- or nanoseconds are divided."""
    known = numbers[np.isfinite(numbers)]
    middle = float(np.median(known)) if len(known) else 0.0
    return numbers / next((unit for least, unit in _UNITS if middle >= least), 1.0)


def day_of(seconds: float) -> str | None:
    """The day of a time, as "4 December 1997"; None for one that counts no seconds since 1970, such as 1, 2, 3."""
    if not 86_400 * 366 <= seconds < 4.2e9:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment.day} {moment:%B %Y}"
