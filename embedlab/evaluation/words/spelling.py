"""Spelling: the words of a benchmark as the run spells them, by the run's own normalisation.

A word is looked for as it stands, then in the Unicode form, letter case and phrases that the run's preprocessing makes,
and last without regard to case. Never by upper case, which makes SS of ß and I of ı.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain

from embedlab.data.tokens.preprocess import Preprocessing, sentences
from embedlab.vectors.embedding import Embedding


def folded(word: str) -> str:
    """A word in lower case and composed letters, so that spellings of one word are equal."""
    return unicodedata.normalize("NFC", word.lower())


def fold_index(words: Iterable[str]) -> dict[str, int]:
    """Folded word -> row of its first, most frequent spelling."""
    index = {}
    for row, word in enumerate(words):
        index.setdefault(folded(word), row)
    return index


def index_of(words: Iterable[str], embedding: Embedding, prep: Preprocessing | None = None) -> dict[str, int]:
    """Word of a benchmark -> row of the run's word that it means; words that the run lacks are left out.

    prep: the preprocessing of the run's corpus, where it is known.
    """
    ids, spellings, found = embedding.ids, fold_index(embedding.words), {}
    for word in dict.fromkeys(words):
        exact = (ids[form] for form in _forms(word, prep) if form in ids)
        alike = (spellings[form] for form in map(folded, (word, _joined(word))) if form in spellings)
        row = next(chain(exact, alike), None)
        if row is not None:
            found[word] = row
    return found


def _forms(word: str, prep: Preprocessing | None) -> Iterator[str]:
    """The spellings of a word to look for, the likeliest first."""
    yield word
    yield unicodedata.normalize("NFC", word)
    if prep is not None:
        yield "_".join(token for _, _, found in sentences(word, prep) for token in found)
    yield _joined(word)


def _joined(word: str) -> str:
    """A phrase as runs write it."""
    return "_".join(word.split())
