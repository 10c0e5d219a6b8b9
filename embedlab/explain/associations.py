"""The sentences behind an association: how often a word stands near the words of either list, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import open_index
from embedlab.explain.concordance import Sentence, evenly, marked_sentence

REACH = 10  # words on either side, within the sentence
SAMPLE = 20_000  # occurrences of a word looked at


@dataclass(frozen=True)
class Driver:
    """A target word: in how many of the `looked_at` windows around it a word of the first or second list stands, and some
    sentences that show it, marked "a" for the word and "context" for what stands near it."""

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
    n_sentences: int = 2,
    report: Report = silent,
) -> list[Driver]:
    """For each of `words` that the corpus has, case ignored, what it meets of the two lists of attribute words."""
    index = open_index(corpus, report=report)
    rows = _rows(corpus)
    sides = [
        np.array(sorted({rows[word.lower()] for word in side if word.lower() in rows}), np.int64)
        for side in (first, second)
    ]
    return [
        _driver(corpus, index, word, rows[word.lower()], sides, n_sentences) for word in words if word.lower() in rows
    ]


def _driver(corpus: Corpus, index, word: str, row: int, sides: list[np.ndarray], n_sentences: int) -> Driver:
    places = evenly(index.of(row), SAMPLE)
    sentence = corpus.sentence_at(places)
    low, high = np.asarray(corpus.sentences[sentence]), np.asarray(corpus.sentences[sentence + 1])
    around = places[:, None] + np.delete(np.arange(-REACH, REACH + 1), REACH)
    inside = (around >= low[:, None]) & (around < high[:, None])
    tokens = corpus.tokens[np.clip(around, 0, corpus.n_tokens - 1)]
    met = [inside & np.isin(tokens, side) for side in sides]
    more = int(met[1].any(axis=1).sum() > met[0].any(axis=1).sum())
    shown = []
    for i in evenly(np.flatnonzero(met[more].any(axis=1)), n_sentences):
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
