"""Popularity: which items are chosen most, and how much of all choices a few of them have."""

from dataclasses import dataclass

import numpy as np

from embedlab.data.interactions.dataset import Interactions

POINTS = 200
MARKS = (0.01, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True)
class Tail:
    """The share of choices that go to the most chosen items. items: shares of all items, rising; choices: of choices.

    marks: (share of items, how many these are, their share of choices), for a table.
    """

    items: list[float]
    choices: list[float]
    marks: list[tuple[float, int, float]]

    def sentence(self) -> str:
        """The tail in a sentence: what the most chosen tenth of the items has."""
        share, n, of_choices = next(mark for mark in self.marks if mark[0] == 0.1)
        return f"The most chosen {share:.0%} of the items ({n:,}) have {of_choices:.0%} of all choices."


def tail_of(data: Interactions) -> Tail:
    """How the choices are shared out among the items, from the most chosen on."""
    counts = np.asarray(data.vocabulary.counts, np.float64)
    sums = np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum()
    n = len(counts)
    places = np.unique(np.linspace(0, n, min(POINTS, n + 1)).round().astype(np.int64))
    marks = [(mark, number := max(1, round(mark * n)), float(sums[number])) for mark in MARKS]
    return Tail((places / n).tolist(), sums[places].tolist(), marks)


def choices_per_user(data: Interactions) -> int:
    """The median number of choices of a user."""
    return int(np.median(np.diff(data.choices.offsets)))


def period_of(data: Interactions) -> tuple[float, float] | None:
    """The time of the first and of the last choice, in seconds since 1970; None without times."""
    return None if data.times is None else (float(np.min(data.times)), float(np.max(data.times)))


def most_chosen(data: Interactions, n: int) -> dict[str, list]:
    """The `n` most chosen items as columns: item, choices, share of users, and all that is known of them."""
    names, counts = data.vocabulary.words[:n], np.asarray(data.vocabulary.counts)[:n]
    columns: dict[str, list] = {
        "Item": names,
        "Choices": counts.tolist(),
        "Share of users": (counts / data.n_users).tolist(),
    }
    if data.attributes is not None:
        known = data.attributes.slice(0, n)
        named = {name: "Id" if name == "item" else name for name in known.column_names}
        columns |= {shown: known[name].to_pylist() for name, shown in named.items() if shown not in columns}
    return columns
