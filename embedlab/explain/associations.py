"""The sentences behind an association: how often a word occurs near the words of two lists, with examples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import open_index
from embedlab.explain.concordance import Sentence, evenly, marked_sentence

REACH = 10  # words on either side, within the sentence
SAMPLE = 20_000  # occurrences of a word looked at
SENTENCES = 2  # examples of each word


@dataclass(frozen=True)
class Driver:
    """A target word and what it occurs with.

    near_first, near_second: how many of the `looked_at` windows around it hold a word of the first or second list.
    sentences: examples, with the target word marked "a" and the word near it marked "context".
    """

    word: str
    near_first: int
    near_second: int
    looked_at: int
    sentences: tuple[Sentence, ...]


def drivers(
    corpus: Corpus,
    words: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    *,
    report: Report = silent,
) -> list[Driver]:
    """For each of `words` in the corpus, ignoring case: how often it is near words of the two attribute lists."""
    index = open_index(corpus, report=report)
    rows = _rows(corpus)
    sides = [
        np.array(sorted({rows[word.lower()] for word in side if word.lower() in rows}), np.int64)
        for side in (first, second)
    ]
    places = {word: evenly(index.of(rows[word.lower()]), SAMPLE) for word in words if word.lower() in rows}
    return [_driver(corpus, word, found, sides) for word, found in places.items()]


def _driver(corpus: Corpus, word: str, places: np.ndarray, sides: list[np.ndarray]) -> Driver:
    sentence = corpus.sentence_at(places)
    low, high = np.asarray(corpus.sentences[sentence]), np.asarray(corpus.sentences[sentence + 1])
    around = places[:, None] + np.delete(np.arange(-REACH, REACH + 1), REACH)
    inside = (around >= low[:, None]) & (around < high[:, None])
    tokens = corpus.tokens[np.clip(around, 0, corpus.n_tokens - 1)]
    met = [inside & np.isin(tokens, side) for side in sides]
    more = int(met[1].any(axis=1).sum() > met[0].any(axis=1).sum())
    shown = []
    for i in evenly(np.flatnonzero(met[more].any(axis=1)), SENTENCES):
        shown.append(
            marked_sentence(corpus, [(int(places[i]), "a"), (int(around[i, met[more][i].argmax()]), "context")])
        )
    return Driver(word, int(met[0].any(axis=1).sum()), int(met[1].any(axis=1).sum()), len(places), tuple(shown))


def _rows(corpus: Corpus) -> dict[str, int]:
    """Word in lower case -> row of its most frequent spelling."""
    found = {}
    for row, word in enumerate(corpus.vocabulary.words):
        found.setdefault(word.lower(), row)
    return found
