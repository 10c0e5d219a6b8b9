"""Choices: a sparse matrix of users and items as plain arrays, which every model and measure of items reads."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Choices:
    """The items of each user, in order of time where times are known.

    offsets: int64 (n_users + 1,), where the items of each user begin. items: int32 (n,). n_items: how many there are.
    strengths: float32 (n,), how strong each choice is, or None where all count alike.
    """

    offsets: np.ndarray
    items: np.ndarray
    n_items: int
    strengths: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.items)

    @property
    def n_users(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def users(self) -> np.ndarray:
        """The user of each choice, int32 (n,)."""
        return np.repeat(np.arange(self.n_users, dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def counts(self) -> np.ndarray:
        """How many choices each item has, int64 (n_items,)."""
        return np.bincount(self.items, minlength=self.n_items).astype(np.int64)

    def of(self, user: int) -> np.ndarray:
        """The items of one user, int32."""
        return self.items[self.offsets[user] : self.offsets[user + 1]]

    def where(self, kept: np.ndarray) -> "Choices":
        """The choices for which `kept`, bool (n,), is true, of the same users and items."""
        sizes = np.bincount(self.users[kept], minlength=self.n_users)
        strengths = None if self.strengths is None else self.strengths[kept]
        return Choices(_starts(sizes), np.ascontiguousarray(self.items[kept]), self.n_items, strengths)

    def take(self, users: np.ndarray) -> "Choices":
        """The choices of these users, in this order; row i of the result is users[i]."""
        sizes = np.diff(self.offsets)[users]
        starts = _starts(sizes)
        rows = np.arange(starts[-1]) + np.repeat(np.asarray(self.offsets)[users] - starts[:-1], sizes)
        strengths = None if self.strengths is None else self.strengths[rows]
        return Choices(starts, np.ascontiguousarray(self.items[rows]), self.n_items, strengths)

    def last(self, n: int) -> "Choices":
        """The last `n` choices of each user."""
        place_from_end = np.repeat(self.offsets[1:], np.diff(self.offsets)) - np.arange(len(self))
        return self.where(place_from_end <= n)

    @cached_property
    def turned(self) -> "Choices":
        """The same with users and items exchanged: the users of each item, in order of their number."""
        order = np.argsort(self.items, kind="stable")
        strengths = None if self.strengths is None else self.strengths[order]
        return Choices(_starts(self.counts), self.users[order], self.n_users, strengths)

    @classmethod
    def of_lists(cls, lists: list, n_items: int) -> "Choices":
        """The choices of users given as lists of item numbers."""
        flat = [item for each in lists for item in each]
        return cls(_starts([len(each) for each in lists]), np.array(flat, np.int32), n_items)


def _starts(sizes) -> np.ndarray:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
