"""Which texts go through a model together."""

import numpy as np

BATCH_TOKENS = 2048  # what a batch's activations fit into the caches with
GPU_TOKENS = 65_536  # and what keeps a GPU busy between two calls


def even_batches(rows: np.ndarray, size: int) -> list[np.ndarray]:
    """The rows in order, in as few batches of at most `size` as hold them, of nearly equal length."""
    return np.array_split(rows, max(-(-len(rows) // size), 1))


def length_batches(
    rows: np.ndarray, lengths: np.ndarray, size: int, rng: np.random.Generator, *, mega: int = 32
) -> list[np.ndarray]:
    """Shuffled batches of rows of like length: sorted by length within shuffled stretches of `mega` batches.

    For models that pad their batches. rows: int (n,); lengths: of each, (n,). Every row comes once.
    """
    order = rng.permutation(len(rows))
    stretches = np.split(order, range(size * mega, len(order), size * mega))
    batches = [
        batch
        for stretch in stretches
        for batch in even_batches(stretch[np.argsort(lengths[stretch], kind="stable")], size)
    ]
    return [rows[batches[i]] for i in rng.permutation(len(batches))]


def label_batches(rows: np.ndarray, labels: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled batches in which every row of a label with two rows or more has another of its label beside it.

    rows: int (n,); labels: the label of each, (n,). Rows go in couples of one label; the last of an odd number is
    coupled with one drawn again, and the only row of a label goes alone.
    """
    couples = []
    for label in np.unique(labels):
        own = rng.permutation(rows[labels == label])
        if len(own) % 2 and len(own) > 1:
            own = np.append(own, rng.choice(own[:-1]))
        couples += np.split(own, range(2, len(own), 2))
    batches = even_batches(rng.permutation(len(couples)), max(size // 2, 1))
    return [np.concatenate([couples[c] for c in batch]) for batch in batches]


def token_batches(lengths: np.ndarray, budget: int = BATCH_TOKENS) -> list[np.ndarray]:
    """Rows sorted by length, the longest first, in batches of at most `budget` tokens or one text; every row once."""
    order, batches, first = np.argsort(-lengths, kind="stable"), [], 0
    while first < len(order):
        n = max(1, budget // max(int(lengths[order[first]]), 1))
        batches.append(order[first : first + n])
        first += n
    return batches
