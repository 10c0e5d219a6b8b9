"""What a group of points of a map has in common, and how it differs from the rest: for a lasso, a region or a tag."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.explain.excess import MOST, Excess, excess_endings, excess_values, excess_words
from embedlab.lab.map_view import MapView
from embedlab.projections.colouring.names import can_name
from embedlab.vectors.embedding import mean_cosine, normalised, top_rows

CENTRAL = 5
DRAWS, DRAWN = 100, 200  # random groups that a group is compared with, and points of a group that are compared
LEAST_SHARE = 0.2  # of a group in a region that is named


@dataclass(frozen=True)
class GroupStory:
    """What `n` points share. central: the most central ones by name. over: what they have more of than the rest.

    regions: (name, share of the group) of the large regions that hold a fifth of it or more, the largest first.
    cosine: the mean of all pairs of the group; random: of two random points of the map. alike: whether the group is
    more alike than 97 in 100 random groups of its size. sentence: all this in one or two sentences.
    """

    n: int
    central: tuple[str, ...]
    over: tuple[Excess, ...]
    regions: tuple[tuple[str, float], ...]
    cosine: float
    random: float
    alike: bool
    sentence: str


def what_they_share(view: MapView, rows: Sequence[int] | np.ndarray) -> GroupStory:
    """What a group of points has in common and how it differs from the other points of the map.

    rows: of `view.items`, such as `view.projection.ids[selected]`; those below zero, texts placed on the map, are left
    out. Words are compared in attributes and endings, documents in words and attributes, items and users in attributes.
    BadInput for fewer than two.
    """
    rows = np.unique(np.asarray(rows, np.int64))
    rows = rows[rows >= 0]
    if len(rows) < 2:
        raise BadInput(f"A group needs two points or more to have something in common; got {len(rows)}. Select more.")
    drawn = normalised(view.items.vectors[view.projection.ids])
    middle, unit = drawn.mean(axis=0), normalised(view.items.vectors[rows])
    around = normalised(unit - middle)  # what all points have in common makes none of them central
    central = tuple(view.items.words[rows[i]] for i in top_rows(around @ around.mean(axis=0), CENTRAL))
    cosine, random = mean_cosine(unit), mean_cosine(drawn)
    alike = cosine > _random_limit(drawn, len(rows), view.projection.seed)
    story = GroupStory(len(rows), central, tuple(_over(view, rows)), _regions(view, rows), cosine, random, alike, "")
    return replace(story, sentence=_sentence(view, story))


def _over(view: MapView, rows: np.ndarray) -> list[Excess]:
    """What the drawn points of the group have more of than the other drawn points."""
    at = view.at[rows]
    inside = np.zeros(len(view.projection), bool)
    inside[at[at >= 0]] = True
    if not inside.any() or inside.all():
        return []
    ids, found = view.projection.ids, []
    if view.kind == "documents":
        words = excess_words(view.documents, ids[inside], ids[~inside], seed=view.projection.seed)
        telling = can_name([e.value for e in words])
        found = [e for e, good in zip(words, telling, strict=True) if good][:MOST]
    elif view.kind == "words":
        found = excess_endings(list(view.texts), inside)[:3]
    values = [e for e in excess_values(view.points, inside) if e.name != "rank" and e.value != "other"]
    return [*values[:MOST], *found]


def _regions(view: MapView, rows: np.ndarray) -> tuple[tuple[str, float], ...]:
    at, layer = view.at[rows], view.found_regions.coarse
    at = at[at >= 0]
    if not len(layer.names) or not len(at):
        return ()
    shares = np.bincount(layer.codes[at], minlength=len(layer.names)) / len(at)
    order = np.argsort(-shares, kind="stable")
    return tuple((layer.names[i], float(shares[i])) for i in order if shares[i] >= LEAST_SHARE)


def _random_limit(drawn: np.ndarray, n: int, seed: int) -> float:
    """The mean cosine that 97.5 in 100 random groups of n points stay below; of large groups 200 points are drawn.

    drawn: the points of the map at length one. The rest of the run would be no yardstick: rare words lean one way.
    """
    rng, size = np.random.default_rng(seed), min(n, DRAWN, len(drawn))
    groups = (drawn[rng.choice(len(drawn), size, replace=False)] for _ in range(DRAWS))
    return float(np.quantile([mean_cosine(group) for group in groups], 0.975))


def _sentence(view: MapView, story: GroupStory) -> str:
    first = f"These {story.n:,} {view.kind}{_where(story)}."
    near = f"They are no more alike than {view.kind} taken at random from this map."
    if story.alike:
        pair = f"{story.cosine:.2f} on average, two random ones of this map {story.random:.2f}"
        near = f"Two of them have a cosine of {pair}."
    counted = [f"{e.text} ({_times(e.ratio)})" for e in story.over if e.kind != "number"][:3]
    return f"{first} {near}" + (f" More common here than elsewhere: {_listed(counted)}." if counted else "")


def _where(story: GroupStory) -> str:
    if not story.regions:
        return " are spread over the map"
    name, share = story.regions[0]
    if share >= 0.5:
        return f" lie mostly in “{name}” ({share:.0%})"
    return f" lie in {_listed([f'“{name}”' for name, _ in story.regions])} and in other regions"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times" if ratio < 100 else "hardly elsewhere"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
