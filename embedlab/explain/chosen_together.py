"""Why two items are near: how many users chose both, against the number that chance would bring together.

If the users of one item were drawn at random, the number that also chose the other would follow the hypergeometric
distribution. Its mean is what chance brings, and lift is the true number over that mean.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from embedlab.core.sizes import count_of
from embedlab.data.interactions.choices import Choices

BEYOND = 3.0  # standard deviations of chance from which more or fewer is said
LISTED = 5


@dataclass(frozen=True)
class Together:
    """Two items and who chose them. first, second: their numbers; by_first, by_second, by_both: users who chose each.

    by_chance: users expected to have both if tastes did not matter. lift: by_both over by_chance, 0 where nobody could.
    deviations: how far by_both is from by_chance, in standard deviations of chance. n_users: all of them.
    also: (item, share of the users of both who chose it, share of all users) that they have most above all others.
    """

    first: int
    second: int
    n_users: int
    by_first: int
    by_second: int
    by_both: int
    by_chance: float
    lift: float
    deviations: float
    also: tuple[tuple[int, float, float], ...] = ()

    @property
    def sentence(self) -> str:
        """The numbers in a sentence or two."""
        users, chance = count_of(self.n_users, "user"), _about(self.by_chance)
        if self.by_both == 0:
            return f"None of {users} chose both, where chance would bring {chance} together."
        both = f"{self.by_both:,} of {users} chose both"
        if self.deviations >= BEYOND:
            return f"{both}, {self.lift:.1f} times as many as by chance ({chance})."
        if self.deviations <= -BEYOND:
            return f"{both}, fewer than by chance ({chance})."
        return f"{both}, about as many as by chance ({chance}). Who chose them does not say why they are near."


def chosen_together(choices: Choices, first: int, second: int) -> Together:
    """Who chose two items, by their numbers. One pass over all choices.

    Each user counts once, however often they chose.
    """
    n = choices.n_users
    a, b = _users_of(choices, first), _users_of(choices, second)
    both = np.intersect1d(a, b, assume_unique=True)
    chance = len(a) * len(b) / n if n else 0.0
    spread = chance * (1 - len(a) / n) * (n - len(b)) / (n - 1) if n > 1 else 0.0
    away = (len(both) - chance) / sqrt(spread) if spread > 0 else 0.0
    lift = len(both) / chance if chance else 0.0
    also = _also(choices, both, (first, second))
    return Together(first, second, n, len(a), len(b), len(both), chance, lift, away, also)


def _users_of(choices: Choices, item: int) -> np.ndarray:
    """The users who chose an item, ascending, each once."""
    places = np.flatnonzero(choices.items == item)
    return np.unique(np.searchsorted(choices.offsets, places, side="right") - 1)


def _also(choices: Choices, both: np.ndarray, but: tuple[int, int]) -> tuple[tuple[int, float, float], ...]:
    """What the users of both chose too, furthest above its share of all users first."""
    if not len(both):
        return ()
    own = choices.take(both).counts / len(both)
    every = choices.counts / choices.n_users
    lead = own - every
    lead[list(but)] = -np.inf
    best = np.argsort(-lead, kind="stable")[:LISTED]
    return tuple((int(i), float(own[i]), float(every[i])) for i in best if lead[i] > 0)


def _about(number: float) -> str:
    return f"{number:,.0f}" if number >= 9.95 else f"{number:.1f}" if number >= 0.95 else f"{number:.2f}"
