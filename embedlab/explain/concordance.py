"""Sentences of the corpus that contain a word: as concordance lines, or with several words marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadSetting, UnknownWord
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import has_index, open_index
from embedlab.data.spelling import closest, spelled
from embedlab.data.tokens.spans import place_in, token_spans

CHUNK = 1 << 22  # tokens looked at in one step: 16 MB of the memory map
AROUND, BETWEEN = 70, 50  # characters of a sentence that stay around its marked words, and on either side of a gap


@dataclass(frozen=True)
class Line:
    """One occurrence. `left` ends where `keyword` begins and `right` begins where it ends; all are the text as read.

    `keyword` is "" when the preprocessing changed the word beyond recognition: `right` then holds the sentence.
    """

    document: int
    label: str | None
    left: str
    keyword: str
    right: str


@dataclass(frozen=True)
class KeywordInContext:
    """Lines drawn evenly from all `n_total` occurrences, in reading order. Loops and len() go over the lines."""

    word: str
    lines: tuple[Line, ...]
    n_total: int

    def __iter__(self) -> Iterator[Line]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Sentence:
    """A sentence as read, cut around its marked words. pieces: (text, mark) in order; the mark is "" for plain text."""

    document: int
    label: str | None
    pieces: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


def keyword_in_context(corpus: Corpus, word: str, *, limit: int = 50, width: int = 60) -> KeywordInContext:
    """Up to `limit` sentences with `word`, each cut to `width` characters on either side of it.

    When the word occurs more often, an even sample over the whole corpus is shown. UnknownWord if the word is not in
    the corpus.
    """
    if limit < 1 or width < 1:
        raise BadSetting(f"limit and width must be at least 1; got {limit} and {width}.")
    row = corpus_row(corpus, word)
    positions = open_index(corpus).of(row) if has_index(corpus) else _positions(corpus.tokens, row)
    lines = tuple(_line(corpus, int(at), width) for at in evenly(positions, limit))
    return KeywordInContext(word, lines, len(positions))


@dataclass(frozen=True)
class Occurrence:
    """A word in its whole sentence: text[first:last] is the word as read."""

    sentence: int
    document: int
    text: str
    first: int
    last: int


def occurrences(corpus: Corpus, word: str, *, limit: int) -> tuple[list[Occurrence], int]:
    """Up to `limit` occurrences of a word, drawn evenly over the corpus, and how often it occurs; UnknownWord for none.

    Those that preprocessing changed beyond recognition are left out.
    """
    row = corpus_row(corpus, word)
    positions = open_index(corpus).of(row) if has_index(corpus) else _positions(corpus.tokens, row)
    found = []
    for position in evenly(positions, limit).tolist():
        sentence = int(corpus.sentence_at(position))
        text = _sentence_text(corpus, sentence)
        if span := _span_of(corpus, sentence, position, text):
            found.append(Occurrence(sentence, int(corpus.document_at(sentence)), text, *span))
    return found, len(positions)


def corpus_row(corpus: Corpus, word: str) -> int:
    """The id of a word in the corpus; UnknownWord, with the closest spellings, if it is not there."""
    row = spelled(word, corpus.vocabulary.ids)
    if row is None:
        near = tuple(corpus.vocabulary.words[i] for i in closest(word, corpus.vocabulary.words))
        hint = f" Closest spellings: {', '.join(near)}." if near else ""
        raise UnknownWord(f"{word!r} does not occur in the corpus {corpus.name!r}.{hint}", near, word)
    return row


def evenly(positions: np.ndarray, limit: int) -> np.ndarray:
    """At most `limit` of the positions, evenly spaced, int64."""
    if len(positions) > limit:
        positions = positions[np.linspace(0, len(positions) - 1, limit).round().astype(np.int64)]
    return np.asarray(positions, np.int64)


def marked_sentence(corpus: Corpus, marks: Sequence[tuple[int, str]]) -> Sentence:
    """The sentence with the tokens at the positions of `marks`, a list of (position, mark), with those words marked."""
    sentence = int(corpus.sentence_at(marks[0][0]))
    text = _sentence_text(corpus, sentence)
    found = {}
    for position, mark in marks:
        span = _span_of(corpus, sentence, position, text)
        if span is not None:
            found.setdefault(span, mark)
    document, label = _document(corpus, sentence)
    return Sentence(document, label, _pieces(text, sorted(found.items())))


def _span_of(corpus: Corpus, sentence: int, position: int, text: str) -> tuple[int, int] | None:
    """First and last character in `text` of the token at a position; None if preprocessing changed it too much."""
    tokens = token_spans(text, corpus.preprocessing, corpus.phrases)
    place = position - int(corpus.sentences[sentence])
    token = place_in(tokens, corpus.sentence_ids(sentence).tolist(), corpus.vocabulary.ids, place)
    return None if token is None else (token.first, token.last)


def _sentence_text(corpus: Corpus, sentence: int) -> str:
    """A sentence as read, on one line."""
    return " ".join(corpus.sentence_text(sentence).split())


def _pieces(text: str, spans: list[tuple[tuple[int, int], str]]) -> tuple[tuple[str, str], ...]:
    """The text around and between marked spans, shortened where it is long."""
    if not spans:
        return ((_start(text, 4 * AROUND), ""),)
    pieces, at = [(_end(text[: spans[0][0][0]], AROUND), "")], spans[0][0][0]
    for (first, last), mark in spans:
        gap = text[at:first]
        if len(gap) > 3 * BETWEEN:
            gap = f"{_start(gap, BETWEEN)} {_end(gap, BETWEEN)}"
        pieces += [(gap, ""), (text[max(at, first) : last], mark)]
        at = max(at, last)
    pieces.append((_start(text[at:], AROUND), ""))
    return tuple(piece for piece in pieces if piece[0])


def _positions(tokens: np.ndarray, row: int) -> np.ndarray:
    """Positions of `row` in the corpus, int64, ascending."""
    found = [np.flatnonzero(tokens[first : first + CHUNK] == row) + first for first in range(0, len(tokens), CHUNK)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _line(corpus: Corpus, position: int, width: int) -> Line:
    """The sentence around one token as a Line."""
    sentence = int(corpus.sentence_at(position))
    document, label = _document(corpus, sentence)
    text = _sentence_text(corpus, sentence)
    if span := _span_of(corpus, sentence, position, text):
        first, last = span
        return Line(document, label, _end(text[:first], width), text[first:last], _start(text[last:], width))
    place, n_tokens = position - int(corpus.sentences[sentence]), len(corpus.sentence_ids(sentence))
    middle = int(len(text) * place / max(n_tokens, 1))  # about where the token stood
    return Line(document, label, "", "", _end(text[:middle], width) + _start(text[middle:], width))


def _document(corpus: Corpus, sentence: int) -> tuple[int, str | None]:
    """The document of a sentence, and its label if it has one."""
    document = int(corpus.document_at(sentence))
    if corpus.labels is None or corpus.labels[document] < 0:
        return document, None
    return document, corpus.label_names[int(corpus.labels[document])]


def _end(text: str, width: int) -> str:
    """The last `width` characters, from the start of a word on."""
    if len(text) <= width:
        return text
    cut = text[-width:]
    return "…" + (cut[cut.find(" ") :] if " " in cut.rstrip() else cut)


def _start(text: str, width: int) -> str:
    """The first `width` characters, up to the end of a word."""
    if len(text) <= width:
        return text
    cut = text[:width]
    return (cut[: cut.rfind(" ") + 1] if " " in cut.lstrip() else cut) + "…"
