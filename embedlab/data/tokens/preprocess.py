"""Preprocessing: from a document to sentences of tokens.

ASCII text, most of English, is lower-cased and cleaned by one byte table and cut by `str.split`, three times faster
than a regular expression; everything else takes the regular expression. Both give the same tokens. What depends on
the word alone (stop word, number) is decided once for each word and remembered, never once for each token.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from embedlab.data.tokens.sentences import pieces, sentence_spans
from embedlab.data.tokens.settings import NUMBER_TOKEN, Preprocessing
from embedlab.data.tokens.stopwords import STOPWORDS
from embedlab.data.tokens.tokenizer import Tokenizer, tokenizer

MAX_TOKENS = 1_000
NUMBER = re.compile(r"[+\-−$£€]?\d+(?:[.,:/\-–]\d+)*%?")


def sentences(text: str, prep: Preprocessing) -> Iterator[tuple[int, int, list[str]]]:
    """(first character, last character, tokens) of each sentence of `text`; the span points into `text` as it is.

    A sentence has at most 1,000 tokens; longer ones are cut at white space. Phrases, minimum count, maximum
    vocabulary and subsampling need the whole corpus and are not applied here.
    """
    kept = _remembered(prep)
    for first, last, raw in raw_sentences(text, tokenizer(prep)):
        yield first, last, [word for word in map(kept.__getitem__, raw) if word]


def raw_sentences(text: str, cut: Tokenizer) -> Iterator[tuple[int, int, list[str]]]:
    """Like `sentences`, before `keep_word`: stop words and numbers are still there, words may have quotes around.

    `cut` is `tokenizer(prep)`, asked for once by those who read many documents.
    """
    spans = sentence_spans(text) if cut.prep.boundary == "sentence" else _document_spans(text)
    if cut.table is None:
        for first, last in spans:
            yield from bounded(text, first, last, cut, cut(text[first:last]))
        return
    plain = text.isascii()
    clean = text.encode("ascii", "replace").translate(cut.table).decode("ascii")  # one byte a character
    for first, last in spans:
        tokens = clean[first:last].split() if plain or text[first:last].isascii() else cut(text[first:last])
        if len(tokens) > MAX_TOKENS:
            yield from bounded(text, first, last, cut, tokens)
        elif tokens:
            yield first, last, tokens


def _document_spans(text: str) -> Iterator[tuple[int, int]]:
    end = len(text.rstrip())
    return pieces(text, end - len(text[:end].lstrip()), end)


def bounded(
    text: str, first: int, last: int, cut: Tokenizer, tokens: list[str]
) -> Iterator[tuple[int, int, list[str]]]:
    """The sentence text[first:last] of these tokens, halved until no part has more than MAX_TOKENS tokens."""
    if len(tokens) <= MAX_TOKENS or last - first < 2:
        if tokens:
            yield first, last, tokens[:MAX_TOKENS]
        return
    for a, b in pieces(text, first, last, (last - first + 1) // 2):
        yield from bounded(text, a, b, cut, cut(text[a:b]))


def keep_word(prep: Preprocessing) -> Callable[[str], str | None]:
    """A function from a raw token to the word it counts as; None for one that is dropped, "" for no word at all."""
    stop, numbers, words = STOPWORDS[prep.stopwords], prep.numbers, prep.tokenizer == "words"

    def keep(token: str) -> str | None:
        word = token.strip("'_") if words else token
        if numbers in ("token", "drop") and NUMBER.fullmatch(word):
            return NUMBER_TOKEN if numbers == "token" else None
        return None if word.lower() in stop else word

    return keep


def keep_words(tokens: list[str], prep: Preprocessing) -> Sequence[str | None]:
    """What `keep_word` makes of each of many distinct tokens."""
    if prep.stopwords == "none" and prep.numbers in ("keep", "digits"):
        return [token.strip("'_") for token in tokens] if prep.tokenizer == "words" else tokens
    return list(map(keep_word(prep), tokens))


class _Remembered(dict):
    """raw token -> word, computed when first asked for; forgets all when it has grown too large."""

    def __init__(self, keep):
        super().__init__()
        self.keep = keep

    def __missing__(self, token):
        if len(self) > 1_000_000:
            self.clear()
        word = self[token] = self.keep(token)
        return word


@lru_cache(maxsize=4)
def _remembered(prep: Preprocessing) -> _Remembered:
    return _Remembered(keep_word(prep))
