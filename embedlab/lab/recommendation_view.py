"""Recommendations as a page shows them: titles with a few facts, what each rests on in parts of the score, and who is
asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.data.interactions.dataset import Interactions
from embedlab.data.points import Points
from embedlab.lab.recommending import Person, Recommendation, recommended
from embedlab.models.recommending import Recommender, average_shares
from embedlab.store.items import catalogue_points

FACTS = 2  # of an item beside its title
SHORT = 24  # letters of a fact
EXAMPLE = 3  # items that somebody new begins with
USUAL = ("genre", "year")  # columns that say most in a few letters
IDS = ("item", "title")  # columns that say what the title says


@dataclass(frozen=True)
class Reason:
    """A chosen item behind a recommendation. share: what it adds to the score; part: of the score, None where the score
    is not above zero, so that it has no parts."""

    title: str
    share: float
    part: float | None


@dataclass(frozen=True)
class Shown:
    """A recommendation to read. facts: such as "Crime, 2004"; length: of its bar, 0 to 1, beside the best one.

    reasons: the chosen items behind it, those that add most first; none where the model asks nobody.
    """

    title: str
    facts: str
    score: float
    length: float
    reasons: tuple[Reason, ...]

    @property
    def because(self) -> tuple[Reason, ...]:
        """The first three that add to the score."""
        return tuple(reason for reason in self.reasons[:3] if reason.share > 0)


@dataclass(frozen=True)
class Answer:
    """Recommendations to read, the best first. average: the score of an average item, which was taken off all scores
    because they lie below zero; 0 where they stand as they are."""

    rows: tuple[Shown, ...]
    average: float = 0.0

    @property
    def personal(self) -> bool:
        """Whether they rest on what the person chose."""
        return any(row.reasons for row in self.rows)


def answer(data: Interactions, recommender: Recommender, person: Person, k: int) -> Answer:
    """The `k` best items for a person as they are read. Where scores lie below zero, each is taken above the average
    item, and so is every part of it: they still add up."""
    found, average = recommended(recommender, person, k, data.n_items), 0.0
    if any(each.because and each.score <= 0 for each in found):
        known = person.history[recommender.seen[person.history]]
        usual = dict(zip(known.tolist(), average_shares(recommender, known).tolist(), strict=True))
        average = sum(usual.values())
        found = [_above(each, usual, average) for each in found]
    return Answer(tuple(_shown(data, found)), average)


def _above(each: Recommendation, usual: dict[int, float], average: float) -> Recommendation:
    """The recommendation with what it has above the average item."""
    parts = sorted(((i, share - usual[i]) for i, share in each.because), key=lambda part: -part[1])
    return Recommendation(each.item, each.score - average, tuple(parts))


def _shown(data: Interactions, found: Sequence[Recommendation]) -> Iterator[Shown]:
    names, facts = data.vocabulary.words, facts_of(catalogue_points(data, [each.item for each in found]))
    best = max((each.score for each in found), default=0.0)
    for each, fact in zip(found, facts, strict=True):
        whole = each.score if each.score > 0 else None
        reasons = tuple(Reason(names[i], share, whole and share / whole) for i, share in each.because)
        yield Shown(names[each.item], fact, each.score, min(max(each.score / (best or 1.0), 0.0), 1.0), reasons)


def facts_of(points: Points) -> list[str]:
    """A few facts of each item in a line, "" where nothing short is known."""
    columns = [points.texts(name) for name in telling_columns(points)]
    return [", ".join(column[i] for column in columns if column[i]) for i in range(len(points))]


def telling_columns(points: Points) -> list[str]:
    """The attributes that say something in a few letters: genre and year where they are known, else the first such."""
    known = [name for name in points.columns[1:] if name not in IDS]  # the first one is how often it was chosen
    usual = [name for name in USUAL if name in known]
    return usual or [name for name in known if max(map(len, points.texts(name)), default=0) in range(1, SHORT)][:FACTS]


def chosen_columns(data: Interactions, person: Person, user: str | None) -> dict[str, list]:
    """What a person chose as columns in order, the newest last: title, facts, and the day where times are known.

    user: the name of a user of the data, or None for somebody new.
    """
    points = catalogue_points(data, person.history)
    columns: dict[str, list] = {"Title": list(points.names)}
    columns |= {name.capitalize(): points.column(name).to_pylist() for name in telling_columns(points)}
    if user is not None and data.times is not None:
        at = data.user(user)
        seconds = data.times[data.choices.offsets[at] : data.choices.offsets[at + 1]]
        columns["Chosen on"] = np.asarray(seconds).astype("datetime64[s]").astype("datetime64[D]").tolist()
    return columns


def example_of(data: Interactions, recommender: Recommender) -> list[str]:
    """Three items that somebody may like: the most chosen ones of one genre, or of all where none is known."""
    names = data.vocabulary.words
    seen = np.flatnonzero(recommender.seen)
    if data.attributes is not None and "genre" in data.attributes.column_names and len(seen):
        genres = np.array(data.attributes["genre"].to_pylist(), object)
        alike = seen[genres[seen] == genres[seen[0]]]
        seen = alike if len(alike) >= EXAMPLE else seen
    return [names[i] for i in seen[:EXAMPLE]]


def users_by_name(data: Interactions) -> list[str]:
    """All users in the order of a list that people read: "person 2" before "person 10"."""
    return sorted(
        data.users, key=lambda name: [(int(part), "") if part.isdigit() else (-1, part) for part in _cut(name)]
    )


def _cut(name: str) -> list[str]:
    return re.split(r"(\d+)", name.casefold())
