"""Examples that say something on a run: words, analogies, pairs, axes and groups that it answers well.

    found = examples_of(run.embedding)      # computed once for an embedding
    found.words[:4]                         # words to begin with, of another theme each as far as there are themes
    found.analogies[0]                      # ("france", "paris", "italy", "rome"): a, b, c and the expected answer
    found.pairs[0]                          # two near words of one theme, to ask why
    found.axes[0].pairs, found.axes[0].words  # an axis and words to place on it
    found.odd                               # three words of a theme and one of another
    found.matrix                            # words of several themes, to compare each with each
    explain.answer_gap.answer_gap(run.embedding.analogy(a, b, c)).text   # how far the first answer is ahead

They come from a list by theme (`example_words`), filtered by what the run knows and ranked by how well it answers: the
share of a word's neighbours that are of its theme, and how far the right answer of an analogy is ahead. A run that
knows little of the list is shown words of middle frequency with the nearest neighbours. Before there is a run,
`examples_in(corpus.vocabulary)` gives words and pairs that a corpus has often enough.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, zip_longest
from weakref import WeakKeyDictionary

import numpy as np

from embedlab.data.vocabulary import Vocabulary
from embedlab.lab.example_words import AXES, RELATIONS, THEMES
from embedlab.models.training.film import content_words
from embedlab.projections.colouring.names import can_name, same_stem
from embedlab.vectors.embedding import Embedding, normalised

POOL = 30_000  # most frequent words among which neighbours and answers are looked for
LEAST_COUNT = 10  # occurrences of an example: vectors of rarer words are mostly noise
LEAST_KNOWN = 3  # words of a theme that a run has to know
NEAREST = 10
PAIRS_A_RELATION = 6
MOST_WORDS = 60


@dataclass(frozen=True)
class Axis:
    """An axis to place words on: pairs from its low to its high end, and words that lie apart on it."""

    name: str
    pairs: tuple[tuple[str, str], ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Examples:
    """What to ask a run first, best first. themes: of each theme the words it knows, those it answers best first.

    words: up to 60, fewer where the run has fewer. analogies: (a, b, c, expected answer); empty where no relation is
    known. pairs: near words of one theme. axes: two or more, unless there are too few words. odd: four words, the last
    of which is the odd one. matrix: words of up to three themes.
    """

    themes: dict[str, tuple[str, ...]]
    words: tuple[str, ...]
    analogies: tuple[tuple[str, str, str, str], ...]
    pairs: tuple[tuple[str, str], ...]
    axes: tuple[Axis, ...]
    odd: tuple[str, ...]
    matrix: tuple[str, ...]


_FOUND: WeakKeyDictionary[Embedding, Examples] = WeakKeyDictionary()


def examples_of(embedding: Embedding) -> Examples:
    """The examples of an embedding, kept as long as it is."""
    if embedding not in _FOUND:
        _FOUND[embedding] = _Finder(embedding).examples()
    return _FOUND[embedding]


def examples_in(vocabulary: Vocabulary, n: int = 12) -> tuple[list[str], list[tuple[str, str]]]:
    """(words, pairs of two words of one theme) of the lists that a corpus has ten times or more, up to `n` of each.

    Where it has too few of them, words are its most frequent content words, and pairs are of those in turn.
    """
    often = {w: i for w, i in vocabulary.ids.items() if vocabulary.counts[i] >= LEAST_COUNT}
    language = _language(lambda word: word in often)
    lists = [[word for word in words if word in often] for words in THEMES[language].values()]
    lists = sorted((words for words in lists if len(words) >= LEAST_KNOWN), key=len, reverse=True)
    words = list(_in_turn(lists))[:n]
    words += [word for word in content_words(vocabulary.words[:2000], 2 * n) if word not in words][: n - len(words)]
    pairs = [(found[0], found[1]) for found in lists][:n] or list(zip(words[::2], words[1::2], strict=False))
    return words, pairs


class _Finder:
    """The words of the lists that an embedding knows, with their vectors around the mean of the frequent words."""

    def __init__(self, embedding: Embedding):
        self.embedding = embedding
        unit = embedding.unit[:POOL]
        self.pool = normalised(unit - unit.mean(axis=0))
        self.language = _language(lambda word: self.row(word) is not None)

    def row(self, word: str) -> int | None:
        """The row of a word of the lists, also with a capital; None if it is unknown or rare."""
        ids, counts = self.embedding.ids, self.embedding.counts
        row = ids.get(word, ids.get(word.capitalize()))
        rare = row is not None and (row >= POOL or (counts is not None and counts[row] < LEAST_COUNT))
        return None if rare else row

    def known(self, words: Iterable[str]) -> list[int]:
        rows = (self.row(word) for word in words)
        return list(dict.fromkeys(row for row in rows if row is not None))

    def names(self, rows: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.embedding.words[row] for row in rows)

    def examples(self) -> Examples:
        themes = self.themes()
        lists = list(themes.values())
        words = [row for row in _in_turn(lists)][:MOST_WORDS]
        words += [row for row in self.distinct(MOST_WORDS - len(words)) if row not in words] if len(words) < 20 else []
        odd = [*lists[0][:3], lists[1][0]] if len(lists) > 1 and len(lists[0]) >= 3 else words[:4]
        matrix = [row for rows in lists[:3] for row in rows[:4]] if len(lists) > 1 else words[:8]
        return Examples(
            {name: self.names(rows) for name, rows in themes.items()},
            self.names(words),
            self.analogies(),
            self.near_pairs(lists) or self.neighbour_pairs(words[:5]),
            (*self.axes(), *self.plain_axes(words)),
            self.names(odd),
            self.names(matrix),
        )

    def themes(self) -> dict[str, list[int]]:
        """Of each theme the known words, those it answers best first; the theme with the best words first."""
        known = {
            name: rows for name, words in THEMES[self.language].items() if len(rows := self.known(words)) >= LEAST_KNOWN
        }
        if not known:
            return {}
        centres = np.stack([self.pool[rows].mean(axis=0) for rows in known.values()])
        found = []
        for i, (name, rows) in enumerate(known.items()):
            near = self.pool[rows] @ self.pool.T
            near[np.arange(len(rows)), rows] = -1
            top = (
                np.argpartition(-near, NEAREST, axis=1)[:, :NEAREST]
                if len(self.pool) > NEAREST
                else near.argsort(axis=1)
            )
            hits = np.isin(top, rows).mean(axis=1)
            own = (self.pool[rows] @ centres[i] * len(rows) - 1) / (len(rows) - 1)  # without the word itself
            rest = (
                np.delete(self.pool[rows] @ centres.T, i, axis=1).max(axis=1, initial=-1.0) if len(known) > 1 else 0.0
            )
            score = hits + own - rest
            order = np.argsort(-score, kind="stable")
            found.append((float(np.sort(score)[-3:].mean()), name, [rows[j] for j in order]))
        return {name: rows for _, name, rows in sorted(found, key=lambda each: -each[0])}

    def distinct(self, n: int) -> list[int]:
        """Words of middle frequency whose neighbours are nearest, none beside another."""
        size = len(self.pool)
        rows = np.arange(size // 50, max(size // 3, min(size, 200)))
        counts = self.embedding.counts
        if counts is not None:
            rows = (
                rows[np.asarray(counts)[rows] >= LEAST_COUNT]
                if (np.asarray(counts)[rows] >= LEAST_COUNT).any()
                else rows
            )
        rows = rows[:3000]
        good = rows[can_name(list(self.names(rows)))]
        rows = good if len(good) >= min(n, 4) else np.arange(min(size, max(n, 4)))
        near = np.sort(self.pool[rows] @ self.pool.T, axis=1)[:, -min(NEAREST + 1, size) : -1].mean(axis=1)
        found: list[int] = []
        for row in rows[np.argsort(-near, kind="stable")]:
            if len(found) < n and not (found and (self.pool[found] @ self.pool[row]).max() > 0.5):
                found.append(int(row))
        return [*found, *(int(row) for row in rows if row not in found)][:n]

    def analogies(self) -> tuple[tuple[str, str, str, str], ...]:
        """Questions whose right answer is known, of another relation in turn; those answered clearly come first."""
        by_relation = []
        for pairs in RELATIONS[self.language].values():
            rows = [
                (a, b) for a, b in ((self.row(a), self.row(b)) for a, b in pairs) if a is not None and b is not None
            ]
            asked = np.array([(*p, *q) for p, q in permutations(rows[:PAIRS_A_RELATION], 2)], np.int64).reshape(-1, 4)
            if len(asked):
                ahead = self.lead(asked)
                order = np.argsort(-ahead, kind="stable")
                by_relation.append((ahead.max(), [tuple(row) for row in asked[order].tolist()]))
        by_relation.sort(key=lambda each: -each[0])
        return tuple((n[0], n[1], n[2], n[3]) for n in map(self.names, _in_turn([rows for _, rows in by_relation])))

    def lead(self, asked: np.ndarray) -> np.ndarray:
        """How far the answer d of each (a, b, c, d) is ahead of the best other one, in cosine; below 0 behind."""
        unit = self.embedding.unit[:POOL]
        a, b, c, d = asked.T
        near = normalised(unit[b] - unit[a] + unit[c]) @ unit.T
        at = np.arange(len(asked))
        expected = near[at, d].copy()
        for rows in (a, b, c, d):
            near[at, rows] = -1
        return expected - near.max(axis=1)

    def near_pairs(self, themes: Sequence[list[int]]) -> tuple[tuple[str, str], ...]:
        """The nearest two words of each theme that are no forms of one word."""
        found = []
        for rows in themes:
            near = self.pool[rows] @ self.pool[rows].T
            pairs = sorted(combinations(range(len(rows)), 2), key=lambda p: -near[p])
            names = (self.names((rows[a], rows[b])) for a, b in pairs)
            found += [(pair[0], pair[1]) for pair in names if not same_stem(*pair)][:1]
        return tuple(found)

    def neighbour_pairs(self, rows: Sequence[int]) -> tuple[tuple[str, str], ...]:
        """Each of some words with its nearest one."""
        pairs = []
        for row in rows:
            near = self.pool @ self.pool[row]
            near[row] = -2
            pairs.append(self.names((row, int(near.argmax()))))
        return tuple((a, b) for a, b in pairs)

    def axes(self) -> tuple[Axis, ...]:
        """Axes whose pairs point the same way and which part the words of their theme."""
        found = []
        for name, (pairs, theme) in AXES[self.language].items():
            ends = [
                (a, b) for a, b in ((self.row(a), self.row(b)) for a, b in pairs) if a is not None and b is not None
            ]
            words = self.known(THEMES[self.language][theme])
            if not ends or len(words) < LEAST_KNOWN:
                continue
            unit = self.embedding.unit
            steps = normalised(np.stack([unit[b] - unit[a] for a, b in ends]))
            agree = (np.square(np.linalg.norm(steps.sum(axis=0))) - len(ends)) / max(len(ends) * (len(ends) - 1), 1)
            parted = float((unit[words] @ steps.mean(axis=0)).std())
            named = tuple((self.names(pair)[0], self.names(pair)[1]) for pair in ends)
            found.append((float(agree) + parted, Axis(name, named, self.names(words))))
        return tuple(axis for _, axis in sorted(found, key=lambda each: -each[0]))

    def plain_axes(self, rows: Sequence[int]) -> tuple[Axis, ...]:
        """Axes between example words, for runs that know none of the list."""
        names = self.names(rows)
        return tuple(
            Axis(f"{a} to {b}", ((a, b),), names[:16]) for a, b in zip(names[0:4:2], names[1:4:2], strict=False)
        )


def _language(knows: Callable[[str], bool]) -> str:
    """The language of whose themes most words are known."""
    return max(THEMES, key=lambda name: sum(knows(word) for words in THEMES[name].values() for word in words))


def _in_turn(lists: Sequence[list]) -> Iterator:
    """The first of each list, then the second of each, each value once."""
    every = (value for row in zip_longest(*lists) for value in row if value is not None)
    return iter(dict.fromkeys(every))
