"""A word as it was typed: found in another spelling that means the same, or answered with the closest ones.

Edits are insertions, deletions, substitutions and swaps of two neighbouring letters (optimal string alignment), counted
exactly for every word of about the right length: one step of the table is done for all of them at once in numpy, so
that 100,000 words take tens of milliseconds.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from embedlab.data.tokens.normal_form import Form, lower, visible, without_accents

_FORMS: tuple[Form, ...] = ("NFC", "NFKC")
LONGEST = 60  # letters; what is longer is no word that anyone mistyped


def spelled(word: str, ids: Mapping[str, int]) -> int | None:
    """The id of a word, or else of the spelling that the vocabulary has of it; None if it has none.

    Tried in this order: as typed, in the Unicode forms that corpora are kept in, in lower case, with the parts of a
    phrase joined by "_", without accents. So "King", "New York" and decomposed letters find their word.
    """
    return next((ids[form] for form in spellings(word) if form in ids), None)


def spellings(word: str) -> Iterator[str]:
    """The spellings that may stand for a word as it was typed, the closest to it first; some come twice."""
    yield word
    plain = "_".join(visible(word).replace("’", "'").split())
    forms = [unicodedata.normalize(form, plain) for form in _FORMS]
    yield from (plain, *forms)
    for turkic in (False, True):
        yield from (lower(form, turkic=turkic) for form in forms)
    yield from (without_accents(form) for form in forms)
    yield from (without_accents(lower(form)) for form in forms)


def closest(word: str, words: Sequence[str], *, n: int = 5) -> list[int]:
    """Positions of up to `n` of `words` spelled most like `word`, fewest edits first, then in the order of `words`.

    Letter case is ignored and a blank counts as "_", which joins the parts of a phrase. One edit is allowed in words of
    up to 3 letters, two up to 6, three above.
    """
    word = "_".join(word.lower().split())
    allowed = 1 if len(word) <= 3 else 2 if len(word) <= 6 else 3
    if not word or len(word) > LONGEST:
        return []
    near = [i for i, other in enumerate(words) if abs(len(other) - len(word)) <= allowed]
    if not near:
        return []
    edits = edit_distances(word, [words[i].lower() for i in near])
    # A slip rarely hits the first letter: among equals, words that share it come first.
    same_start = np.fromiter((words[i][:1].lower() == word[0] for i in near), bool, len(near))
    order = np.lexsort((~same_start, edits))
    return [near[i] for i in order[:n] if edits[i] <= allowed]


def edit_distances(word: str, others: Sequence[str]) -> np.ndarray:
    """Edits that lead from `word` to each of `others`, int16 (n,)."""
    lengths = np.fromiter(map(len, others), np.int64, len(others))
    width = int(lengths.max(initial=0))
    if not width:
        return np.full(len(others), len(word), np.int16)
    letters = np.array(others, dtype=f"U{width}").view(np.uint32).reshape(len(others), width)
    letters = np.ascontiguousarray(letters.T)
    query = [ord(letter) for letter in word]
    before = last = np.repeat(np.arange(width + 1, dtype=np.int16)[:, None], len(others), axis=1)
    for i, letter in enumerate(query):
        row = np.empty_like(last)
        row[0] = i + 1
        differs = letters != letter
        for j in range(width):
            row[j + 1] = np.minimum(np.minimum(last[j + 1], row[j]) + 1, last[j] + differs[j])
            if i and j:
                swapped = ~differs[j - 1] & (letters[j] == query[i - 1])
                np.minimum(row[j + 1], before[j - 1] + 1, out=row[j + 1], where=swapped)
        before, last = last, row
    return last[lengths, np.arange(len(others))]
