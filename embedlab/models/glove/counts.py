"""What GloVe counts, and how its counts are laid out."""

from dataclasses import dataclass

import numpy as np

BLOCK_TOKENS = 2**21  # read and placed at once


@dataclass(frozen=True, eq=False)
class Counts:
    """A symmetric matrix of weighted co-occurrence counts, in tiles.

    entries: records (row, column, log_x, weight); weight is f(x). cuts: int64 (n_blocks, n_blocks + 1), where each
    tile of a block of rows begins and ends in `entries`. blocks: int64 (n_blocks + 1,), the first word of each block.
    """

    entries: np.ndarray
    cuts: np.ndarray
    blocks: np.ndarray

    def __len__(self) -> int:
        return len(self.entries)

    def round(self, shifts: np.ndarray) -> np.ndarray:
        """(first, last) entry of the tiles of rounds, one round after the other, int64 (len(shifts) * n_blocks, 2)."""
        rows = np.arange(len(self.cuts))
        columns = (rows + np.asarray(shifts)[:, None]) % len(rows)
        return np.stack([self.cuts[rows, columns], self.cuts[rows, columns + 1]], axis=-1).reshape(-1, 2)

    def null_loss(self) -> float:
        """The mean loss of parameters that are all zero."""
        total = 0.0
        for first in range(0, len(self), BLOCK_TOKENS):
            part = self.entries[first : first + BLOCK_TOKENS]
            total += 0.5 * float(np.dot(part["weight"].astype(np.float64), part["log_x"].astype(np.float64) ** 2))
        return total / max(len(self), 1)


@dataclass(frozen=True)
class Counting:
    """How to count: the first `n_words` words, neighbours up to `window` away, f(x) by x_max and alpha."""

    n_words: int
    window: int
    x_max: float = 10.0
    alpha: float = 0.75
    seed: int = 1
    workers: int = 1


@dataclass(frozen=True)
class Part:
    """The sentences that are counted: those held out or all others, from the first to the last one given.

    share: of sentences held out. sentences: the first and the last, by default all.
    """

    share: float = 0.0
    held: bool = False
    sentences: tuple[int, int] | None = None


@dataclass(frozen=True)
class Shard:
    """Shard i of n of a count that holds out a share of sentences."""

    held_out: float
    i: int
    n: int
