"""Generated interactions with planted taste: people of a few tastes, items of a few genres, and some chance.

They are the bundled data set of items, written by this project, so that no page is empty without a file; and tests use
them, for what is planted must be found by every model and by none after shuffling.
"""

from dataclasses import dataclass

import numpy as np

from embedlab.data.interactions.storing import Known, Rows

GENRES = ("Adventure", "Comedy", "Crime", "Documentary", "Fantasy", "History", "Music", "Romance")
_FIRST = (
    "Silent",
    "Golden",
    "Lost",
    "Last",
    "Hidden",
    "Broken",
    "Little",
    "Wild",
    "Distant",
    "Crooked",
    "Bright",
    "Old",
)
_SECOND = {
    "Adventure": ("Summit", "Voyage", "Island", "Compass", "Harbour", "Trail", "Jungle", "Glacier"),
    "Comedy": ("Wedding", "Neighbour", "Umbrella", "Breakfast", "Parrot", "Holiday", "Butler", "Sofa"),
    "Crime": ("Alibi", "Witness", "Ransom", "Detective", "Vault", "Suspect", "Letter", "Heist"),
    "Documentary": ("Bees", "Railways", "Oceans", "Cities", "Glass", "Bread", "Rivers", "Seeds"),
    "Fantasy": ("Dragon", "Oracle", "Throne", "Witch", "Amulet", "Forest", "Giant", "Spell"),
    "History": ("Empire", "Siege", "Queen", "Treaty", "Fleet", "Senate", "Abbey", "Rebellion"),
    "Music": ("Orchestra", "Melody", "Drummer", "Opera", "Refrain", "Choir", "Violin", "Encore"),
    "Romance": ("Letters", "Garden", "Summer", "Promise", "Dance", "Station", "Roses", "Farewell"),
}
DAY = 86_400.0
START = 1_577_836_800.0  # 1 January 2020


@dataclass(frozen=True)
class Taste:
    """The sizes of a generated set. loyalty: the share of choices that follow the taste of the person."""

    n_users: int = 900
    n_items: int = 600
    mean_choices: int = 40
    loyalty: float = 0.75
    series: float = 0.35  # the share of choices that continue with the next item of the same series


def planted(taste: Taste = Taste(), *, seed: int = 1, shuffled: bool = False) -> tuple[Rows, Known]:
    """Generated choices with times, and titles, genres and years of the items.

    Items belong to a genre, are popular by a power law and form series of three within their genre; a person likes two
    genres. shuffled: the same users and items with all taste removed: who chose what is drawn anew by popularity.
    """
    rng = np.random.default_rng(seed)
    genre = np.arange(taste.n_items) % len(GENRES)
    popularity = 1.0 / (1.0 + rng.permutation(taste.n_items)) ** 0.7
    shelves = [_Shelf.of(np.flatnonzero(genre == g), popularity) for g in range(len(GENRES))]
    users, items, times = [], [], []
    for user in range(taste.n_users):
        liked = rng.choice(len(GENRES), 2, replace=False)
        n = min(max(6, rng.poisson(taste.mean_choices)), taste.n_items // 3)
        chosen = _person(rng, liked, n, taste, shelves)
        users += [user] * len(chosen)
        items += chosen
        times += np.sort(START + DAY * (rng.integers(0, 900) + 120 * rng.random(len(chosen)))).round().tolist()
    item = np.array(items)
    if shuffled:
        item = rng.choice(taste.n_items, len(item), p=popularity / popularity.sum())
    rows = Rows(
        np.array(users),
        item,
        [f"person {i + 1}" for i in range(taste.n_users)],
        [str(i + 1) for i in range(taste.n_items)],
        np.array(times),
    )
    return rows, _known(taste.n_items, genre, rng)


@dataclass(frozen=True, eq=False)
class _Shelf:
    """The items of a genre, and the sums of their popularity to draw from."""

    items: list[int]
    sums: np.ndarray

    @classmethod
    def of(cls, items: np.ndarray, popularity: np.ndarray) -> "_Shelf":
        return cls(items.tolist(), np.cumsum(popularity[items]))

    def draw(self, rng) -> int:
        return self.items[int(np.searchsorted(self.sums, rng.random() * self.sums[-1], side="right"))]


def _person(rng, liked, n: int, taste: Taste, shelves: list[_Shelf]) -> list[int]:
    """Items of one person in order, each once."""
    chosen: list[int] = []
    seen: set[int] = set()
    while len(chosen) < n:
        following = chosen[-1] + len(shelves) if chosen else taste.n_items  # the next of its genre
        if following < taste.n_items and following // len(shelves) % 3 and rng.random() < taste.series:
            item = following
        else:
            genre = liked[rng.integers(2)] if rng.random() < taste.loyalty else rng.integers(len(shelves))
            item = shelves[genre].draw(rng)
        if item not in seen:
            seen.add(item)
            chosen.append(item)
        elif rng.random() < 0.1:  # a genre may be used up
            n -= 1
    return chosen


def _known(n_items: int, genre: np.ndarray, rng) -> Known:
    """Titles, genres and years: three items of a series bear one title with their number."""
    from embedlab.data.points import table_of

    titles, years = [], []
    for i in range(n_items):
        place, name = i // len(GENRES), GENRES[genre[i]]
        series, part = divmod(place, 3)
        words = _SECOND[name]
        title = f"{_FIRST[series // len(words) % len(_FIRST)]} {words[series % len(words)]}"
        titles.append(f"The {title}" if part == 0 else f"The {title} {part + 1}")
        years.append(int(1980 + rng.integers(0, 40)))
    ids = [str(i + 1) for i in range(n_items)]
    return Known(
        dict(zip(ids, titles, strict=True)), ids, table_of({"genre": [GENRES[g] for g in genre], "year": years})
    )
