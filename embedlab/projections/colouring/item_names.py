"""Names of groups of items and of users: the genre they have more of than the rest, else titles in their middle."""

import numpy as np

from embedlab.data.interactions.dataset import Interactions
from embedlab.data.points import Points, cell_words, distinct
from embedlab.projections.colouring.labels import smoothed_ratios
from embedlab.projections.distances import prepared

LABELS = 2  # of a group of users, who like several
LEAST_LEAD = 1.5  # times as frequent in the group as among all
LEAST_SHARE = {"items": 0.4, "users": 0.2}  # of a group that the label of its name has
KNOWN = 20  # most chosen items of a group among which one gives it a name
CLOSE = 0.75  # of the greatest lead: among items that say nearly as much, the more chosen one stands in a name
LONGEST = 32  # letters of a title in a name


def item_names(points: Points, unit: np.ndarray, codes: np.ndarray, n: int, counts: np.ndarray | None) -> list[list]:
    """For each of `n` groups of items its label, and a title where groups share the label or it has none.

    points: items with a label column, or without. unit: `centred` vectors. counts: how often each was chosen, or None
    where the most chosen stand first.
    """
    labels = [None] * n
    if points.label is not None:
        values, of_point = distinct(points.column(points.label))
        table = _counted(of_point, codes, len(values), n)
        labels = [_first(found) for found in _over_represented(table, [cell_words(v) for v in values], "items", 1)]
    titles = _central(points, unit, codes, n, counts)
    return [
        [titles[i]] if label is None else [label] if labels.count(label) == 1 else [label, titles[i]]
        for i, label in enumerate(labels)
    ]


def user_names(data: Interactions, ids: np.ndarray, codes: np.ndarray, n: int) -> list[list]:
    """For each of `n` groups of users what they choose more than others: up to two genres, else up to two titles.

    ids: the numbers of the users in the data. codes: the group of each.
    """
    some = data.choices.take(np.asarray(ids, np.int64))
    cells = np.asarray(codes, np.int64)[some.users] * data.n_items + some.items
    chosen = np.bincount(cells, minlength=n * data.n_items).reshape(n, data.n_items).T
    found = [_telling(data, chosen, code) for code in range(n)]
    known = data.attributes
    if known is None or "genre" not in known.column_names:
        return found
    values, of_item = distinct(known["genre"])
    genres = np.zeros((len(values), n), np.int64)
    np.add.at(genres, of_item[of_item >= 0], chosen[of_item >= 0])
    by_genre = _over_represented(genres, [cell_words(value) for value in values], "users", LABELS)
    seen = [tuple(names) for names in by_genre]
    return [
        titles[:1] if not names else names if seen.count(tuple(names)) == 1 else [*names[:LABELS], titles[0]]
        for names, titles in zip(by_genre, found, strict=True)
    ]


def _counted(of_point: np.ndarray, codes: np.ndarray, n_values: int, n: int) -> np.ndarray:
    """How many points of each group have each value, int64 (n_values, n)."""
    known = of_point >= 0
    cells = of_point[known] * n + np.asarray(codes, np.int64)[known]
    return np.bincount(cells, minlength=n_values * n).reshape(n_values, n)


def _over_represented(table: np.ndarray, names: list[str], kind: str, most: int) -> list[list[str]]:
    """For each group up to `most` values that it has clearly more of than all groups together, the most frequent first.

    table: (n_values, n_groups).
    """
    totals = table.sum(axis=0)
    lead, share = smoothed_ratios(table, totals), table / np.maximum(totals, 1)
    clear = (lead >= LEAST_LEAD) & (share >= LEAST_SHARE[kind])
    order = np.argsort(-share, axis=0, kind="stable")
    return [[names[i] for i in order[:, code] if clear[i, code]][:most] for code in range(table.shape[1])]


def _central(points: Points, unit: np.ndarray, codes: np.ndarray, n: int, counts: np.ndarray | None) -> list[str]:
    """For each group the title nearest to its middle, and far from the next one, among those chosen most."""
    centres = prepared(np.stack([unit[codes == code].mean(axis=0) for code in range(n)]), "cosine")
    order = np.arange(len(codes)) if counts is None else np.argsort(-np.asarray(counts), kind="stable")
    found = []
    for code in range(n):
        members = order[codes[order] == code][:KNOWN]
        near = unit[members] @ centres.T
        own = near[:, code].copy()
        near[:, code] = -1
        rival = near.max(axis=1) if n > 1 else np.zeros(len(members))
        found.append(shortened(points.names[members[int((own - rival / 2).argmax())]]))
    return found


def _telling(data: Interactions, chosen: np.ndarray, code: int) -> list[str]:
    """Two items that a group of users chose more often than others, among those it chose most."""
    own = chosen[:, code]
    top = np.argsort(-own, kind="stable")[:KNOWN]
    lead = smoothed_ratios(chosen[top], chosen.sum(axis=0))[:, code]
    best = top[np.flatnonzero(lead >= CLOSE * lead.max())][:LABELS]
    return [shortened(data.vocabulary.words[i]) for i in best]


def shortened(title: str) -> str:
    """A title that fits into a name."""
    return title if len(title) <= LONGEST else title[: LONGEST - 1].rstrip() + "…"


def _first(names: list[str]) -> str | None:
    return names[0] if names else None
