"""Recommenders: what a trained model of items says a person may like, and which of their choices says so.

Every one is linear in a history: the score of an item is a sum over the chosen items, so that "because you chose" holds
exactly. They are saved as arrays with a kind of KINDS; nothing is unpickled.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

import numpy as np

from embedlab.core.files import AGAIN, Kept, read_npz, save_npz
from embedlab.core.parallel import even_ranges, n_threads, team
from embedlab.data.interactions.choices import Choices

FILE = "recommender.npz"
BLOCK_CELLS = 8_000_000  # of the equations solved at a time


class Recommender(Protocol):
    """Scores of all items for histories. `seen`: bool (n_items,), the items that training has seen; others are cold."""

    seen: np.ndarray

    def scores(self, histories: Choices) -> np.ndarray:
        """float32 (n_users, n_items): the score of each item for each history; cold items are not left out here."""
        ...

    def shares(self, history: np.ndarray, item: int) -> np.ndarray:
        """float64 (len(history),): what each chosen item adds to the score of `item`; they sum to the score."""
        ...

    def stored(self) -> tuple[dict, dict[str, np.ndarray]]:
        """(what describes it, its arrays), as `save` keeps them."""
        ...


@dataclass(frozen=True, eq=False)
class Factors:
    """The score of item i for a history is the sum (or mean) over its items j of left_j . right_i.

    left, right: float32 (n_items, dim). last: only so many of the last choices count; 0 for all.
    """

    left: np.ndarray
    right: np.ndarray
    seen: np.ndarray
    last: int = 0
    mean: bool = False

    def scores(self, histories: Choices) -> np.ndarray:
        return self.people(histories) @ self.right.T

    def people(self, histories: Choices) -> np.ndarray:
        """float32 (n_users, dim): the vector of each history."""
        asked = histories.last(self.last) if self.last else histories
        sums = _row_sums(self.left, asked)
        return sums / np.maximum(np.diff(asked.offsets), 1)[:, None].astype(np.float32) if self.mean else sums

    def shares(self, history: np.ndarray, item: int) -> np.ndarray:
        found = self.left[history].astype(np.float64) @ self.right[item]
        if self.last:
            found[: -self.last] = 0
        return found / max(min(len(history), self.last or len(history)), 1) if self.mean else found

    def stored(self) -> tuple[dict, dict[str, np.ndarray]]:
        return {"kind": "factors", "last": self.last, "mean": self.mean}, {"left": self.left, "right": self.right}


@dataclass(frozen=True, eq=False)
class Folded:
    """Vectors fitted to a history by least squares, as ALS fits its users: x = A^-1 sum_j c y_j, and the score x . y_i.

    vectors: float32 (n_items, dim). weight: c, of a choice; what is not chosen weighs 1. See `penalties` for the rest.
    """

    vectors: np.ndarray
    seen: np.ndarray
    weight: float
    regularisation: float
    exponent: float = 0.0

    def scores(self, histories: Choices) -> np.ndarray:
        return self.people(histories) @ self.vectors.T

    def people(self, histories: Choices) -> np.ndarray:
        """float32 (n_users, dim): the vector of each history."""
        from embedlab.kernels.items import normal_equations

        k, found = self.vectors.shape[1], []
        gram = self.vectors.T @ self.vectors
        step = max(1, BLOCK_CELLS // k**2)
        for first in range(0, histories.n_users, step):
            some = histories.take(np.arange(first, min(first + step, histories.n_users)))
            matrices, sides = np.empty((some.n_users, k, k)), np.empty((some.n_users, k))
            weights = np.full(len(some), self.weight, np.float32)
            given = (*_sparse(some), weights, self.vectors, gram, self._penalties(some), matrices, sides)
            _by_rows(some, partial(normal_equations, *given))
            found.append(np.linalg.solve(matrices, sides[:, :, None])[:, :, 0].astype(np.float32))
        return np.concatenate(found) if found else np.zeros((0, k), np.float32)

    def shares(self, history: np.ndarray, item: int) -> np.ndarray:
        y = self.vectors[history].astype(np.float64)
        matrix = self._products + (self.weight - 1) * y.T @ y
        one = Choices.of_lists([history.tolist()], len(self.vectors))
        matrix += np.eye(y.shape[1]) * float(self._penalties(one)[0])
        return self.weight * (y @ np.linalg.solve(matrix, self.vectors[item].astype(np.float64)))

    @cached_property
    def _products(self) -> np.ndarray:
        """Y^T Y, float64 (dim, dim), which the shares of every item need."""
        every = self.vectors.astype(np.float64)
        return every.T @ every

    def _penalties(self, histories: Choices) -> np.ndarray:
        return penalties(histories, self.weight, self.regularisation, self.exponent)

    def stored(self) -> tuple[dict, dict[str, np.ndarray]]:
        about = {"weight": self.weight, "regularisation": self.regularisation, "exponent": self.exponent}
        return {"kind": "folded"} | about, {"vectors": self.vectors}


@dataclass(frozen=True, eq=False)
class Weights:
    """The score of item i for a history is the sum over its items j of table_ji. table: float32 (n_items, n_items)."""

    table: np.ndarray
    seen: np.ndarray

    def scores(self, histories: Choices) -> np.ndarray:
        return _row_sums(self.table, histories)

    def shares(self, history: np.ndarray, item: int) -> np.ndarray:
        return self.table[history, item].astype(np.float64)

    def stored(self) -> tuple[dict, dict[str, np.ndarray]]:
        return {"kind": "weights"}, {"table": self.table}


@dataclass(frozen=True, eq=False)
class Links:
    """The same with few weights an item: those of its nearest. near, strength: (n_items, k), -1 where there are
    fewer."""

    near: np.ndarray
    strength: np.ndarray
    seen: np.ndarray

    def scores(self, histories: Choices) -> np.ndarray:
        from embedlab.kernels.items import sum_links

        out = np.empty((histories.n_users, histories.n_items), np.float32)
        _by_rows(histories, lambda a, b: sum_links(*_sparse(histories), self.near, self.strength, out, a, b))
        return out

    def shares(self, history: np.ndarray, item: int) -> np.ndarray:
        return np.where(self.near[history] == item, self.strength[history], 0).sum(axis=1).astype(np.float64)

    def stored(self) -> tuple[dict, dict[str, np.ndarray]]:
        return {"kind": "links"}, {"near": self.near, "strength": self.strength}


@dataclass(frozen=True, eq=False)
class Popular:
    """The score of an item is how often it was chosen, whoever asks. counts: float32 (n_items,)."""

    counts: np.ndarray
    seen: np.ndarray

    def scores(self, histories: Choices) -> np.ndarray:
        return np.repeat(self.counts[None], histories.n_users, axis=0)

    def shares(self, history: np.ndarray, item: int) -> np.ndarray:
        return np.zeros(len(history))

    def stored(self) -> tuple[dict, dict[str, np.ndarray]]:
        return {"kind": "popular"}, {"counts": self.counts}


KINDS: dict[str, Callable[..., Recommender]] = {
    "factors": Factors,
    "folded": Folded,
    "weights": Weights,
    "links": Links,
    "popular": Popular,
}


def average_shares(recommender: Recommender, history: np.ndarray) -> np.ndarray:
    """float64 (len(history),): what each chosen item adds to the score of an average item that training has seen.

    Scores of pairs of vectors are logits and often below zero, so only what lies above the average says something.
    Zeros for all other recommenders, whose scores of recommended items lie above zero.
    """
    if not isinstance(recommender, Factors):
        return np.zeros(len(history))
    average = recommender.right[recommender.seen].mean(axis=0, dtype=np.float64, keepdims=True)
    return replace(recommender, right=average).shares(history, 0)


def save_recommender(recommender: Recommender, folder: Path) -> None:
    """Keep a recommender in `folder`, at once."""
    about, arrays = recommender.stored()
    save_npz(folder / FILE, about, compress=False, seen=recommender.seen, **arrays)


def load_recommender(folder: Path, run: str) -> Recommender:
    """The recommender kept in the folder of a run; NotFound if there is none, BadInput if it is damaged."""
    kept = Kept(f"The recommender of {run!r}", f"The run {run!r} recommends nothing. Choose a run of items.", AGAIN)
    about, arrays = read_npz(folder / FILE, kept, about=("kind",), arrays=("seen",))
    kind = KINDS.get(about.pop("kind"))
    try:
        if kind is None:
            raise ValueError("its kind is unknown")
        _check_fit(arrays)
        return kind(**arrays, **about)
    except (TypeError, ValueError) as error:
        raise kept.damaged(folder / FILE, error) from None


def _check_fit(arrays: Mapping[str, np.ndarray]) -> None:
    """ValueError unless the parts are of the same items: kernels follow their numbers without asking."""
    n = len(arrays["seen"])
    if any(len(array) != n for array in arrays.values()) or "table" in arrays and arrays["table"].shape != (n, n):
        raise ValueError("its parts are of different items")
    if "near" in arrays and (arrays["near"].shape != arrays["strength"].shape or arrays["near"].max(initial=-1) >= n):
        raise ValueError("its neighbours are no items")


def penalties(choices: Choices, weight: float, regularisation: float, exponent: float) -> np.ndarray:
    """The penalty of each row, float32 (n_rows,): regularisation times the sum of all its weights, to a power.

    With exponent 0 all rows have the same (Hu et al. 2008); with 1 it grows with the row (Rendle et al. 2021,
    equation 7).
    """
    n = np.diff(choices.offsets)
    total = n * weight + (choices.n_items - n)
    return (regularisation * total.astype(np.float64) ** exponent).astype(np.float32)


def _row_sums(table: np.ndarray, choices: Choices) -> np.ndarray:
    """float32 (n_users, width): the sum of the rows of `table` that each user chose."""
    from embedlab.kernels.items import sum_rows

    out = np.empty((choices.n_users, table.shape[1]), np.float32)
    _by_rows(choices, lambda a, b: sum_rows(*_sparse(choices), np.ascontiguousarray(table), out, a, b))
    return out


def _sparse(choices: Choices) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and items as kernels take them."""
    return np.ascontiguousarray(choices.offsets, np.int64), np.ascontiguousarray(choices.items, np.int32)


def _by_rows(choices: Choices, work: Callable[[int, int], None]) -> None:
    """Call work(first, last) for ranges of users with about equally many choices, at once."""
    with team() as run:
        run(work, even_ranges(choices.offsets, n_threads()))
