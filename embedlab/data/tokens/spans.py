"""Where the tokens of a text stand in it, as it was read."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from embedlab.data.tokens.phrases import PhraseModel
from embedlab.data.tokens.preprocess import keep_word
from embedlab.data.tokens.settings import Preprocessing
from embedlab.data.tokens.tokenizer import tokenizer

# A letter with the marks that belong to it, or the parts of one Korean syllable: what Unicode forms may melt together.
_HANGUL = re.compile("[\u1100-\u11ff]")


@dataclass(frozen=True)
class Token:
    """A token as the corpus counts it; text[first:last] is what was read."""

    word: str
    first: int
    last: int


def token_spans(text: str, prep: Preprocessing, phrases: PhraseModel | None = None) -> list[Token]:
    """The tokens of a sentence that preprocessing keeps, in reading order, with their places in `text`.

    Words dropped by their count are still there; phrases are joined. Empty where letters change so much that places
    are not known.
    """
    cut, keep = tokenizer(prep), keep_word(prep)
    normal, origin = _normal_with_origin(text, prep)
    if origin is None:
        return []
    found = []
    for first, last in cut.spans(normal):
        word = keep(normal[first:last])
        if not word:
            continue
        if cut.words and word in normal[first:last]:  # quotation marks around a word are no part of it
            first += normal[first:last].index(word)
            last = first + len(word)
        found.append(Token(word, origin[first], _end(text, origin[last - 1])))
    return found if phrases is None else _joined(found, phrases)


def place_in(tokens: Sequence[Token], ids: Sequence[int], known: dict[str, int], place: int) -> Token | None:
    """The token that stands behind ids[place], where `ids` are those of a sentence that a corpus kept of `tokens`.

    known: word -> id. Occurrences dropped by subsampling are passed over; None where the two do not fit.
    """
    rows = [(known.get(token.word, -1), token) for token in tokens]
    at = 0
    for step, id in enumerate(ids):
        while at < len(rows) and rows[at][0] != id:
            at += 1
        if at == len(rows):
            return None
        if step == place:
            return rows[at][1]
        at += 1
    return None


def _normal_with_origin(text: str, prep: Preprocessing) -> tuple[str, list[int] | None]:
    """The normal form of a text, and for each of its characters where the letter it came from begins in `text`."""
    cut = tokenizer(prep)
    whole = cut.normal(text)
    if text.isascii():
        return whole, list(range(len(text)))
    pieces, origin = [], []
    for first, last in _letters(text):
        piece = cut.normal(text[first:last])
        pieces.append(piece)
        origin += [first] * len(piece)
    joined = "".join(pieces)
    # Lower case of a capital sigma depends on its neighbours but is as long as any other.
    return (whole, origin) if len(joined) == len(whole) else (joined, origin)


def _letters(text: str) -> list[tuple[int, int]]:
    """First and last character of each letter with its marks."""
    starts = [i for i, char in enumerate(text) if not i or not _continues(char, text[i - 1])]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _continues(char: str, before: str) -> bool:
    """Whether a character belongs to the letter before it."""
    if char.isascii():
        return False
    joiner = char in "\u200c\u200d"
    return joiner or unicodedata.category(char)[0] == "M" or bool(_HANGUL.match(char) and _HANGUL.match(before))


def _end(text: str, start: int) -> int:
    """Where the letter that begins at `start` ends."""
    end = start + 1
    while end < len(text) and _continues(text[end], text[end - 1]):
        end += 1
    return end


def _joined(tokens: list[Token], phrases: PhraseModel) -> list[Token]:
    """The tokens with phrases joined; a phrase stands from its first word to its last."""
    result, at = [], 0
    for word in phrases.join([token.word for token in tokens]):
        size = 1
        while "_".join(token.word for token in tokens[at : at + size]) != word:
            size += 1
        result.append(Token(word, tokens[at].first, tokens[at + size - 1].last))
        at += size
    return result
