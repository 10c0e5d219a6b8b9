"""The items a map draws when there are too many, and a sentence that says how many."""

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.vectors.embedding import Embedding

LIMIT = 5_000
RULES = {
    "words": "the most frequent ones",
    "items": "the most chosen ones",
    "documents": "evenly spaced over the corpus",
    "users": "evenly spaced over the data",
}  # which points are drawn where there are too many


def choose(items: Embedding, limit: int | None = LIMIT, *, what: str = "words") -> tuple[np.ndarray, int]:
    """(rows to draw int64, how many there are): the most frequent words, or documents evenly spaced."""
    if what == "documents":
        return choose_documents(len(items), limit=limit)
    return choose_words(items.counts, len(items), limit=limit)


def choose_words(counts: np.ndarray | None, n_total: int, *, limit: int | None = LIMIT) -> tuple[np.ndarray, int]:
    """Rows of the `limit` most frequent words, most frequent first, int64; and n_total.

    Without counts (an imported file) the first `limit` rows: such files are ordered by frequency as a rule.
    """
    limit = _checked(limit, n_total)
    if counts is None:
        return np.arange(limit), n_total
    return np.argsort(-np.asarray(counts, np.int64), kind="stable")[:limit], n_total


def choose_documents(n_total: int, *, limit: int | None = LIMIT) -> tuple[np.ndarray, int]:
    """Rows of `limit` documents evenly spaced over the corpus, in order, int64; and n_total."""
    limit = _checked(limit, n_total)
    return np.arange(limit) * n_total // limit if limit else np.arange(0), n_total


def drawn_sentence(n_drawn: int, n_total: int, what: str = "words") -> str:
    """How many of how many are on the map, for the caption under it. what: the kind of points."""
    if n_drawn == n_total:
        return f"All {n_total:,} {what} are drawn."
    rule = RULES.get(what, "evenly spaced")
    return f"{n_drawn:,} of {n_total:,} {what} are drawn: {rule}."


def _checked(limit: int | None, n_total: int) -> int:
    if limit is not None and limit < 1:
        raise BadSetting(f"A map draws at least one point; the limit was {limit!r}.")
    return n_total if limit is None else min(limit, n_total)
