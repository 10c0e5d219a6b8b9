"""Why words are near: the sentences of the corpus in which a word occurs, set around it (keyword in context)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import BadSetting, UnknownWord
from embedlab.text.spelling import closest

CHUNK = 1 << 22  # tokens looked at in one step: 16 MB of the memory map


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


def keyword_in_context(corpus: Corpus, word: str, *, limit: int = 50, width: int = 60) -> KeywordInContext:
    """Up to `limit` sentences with `word`, each cut to `width` characters on either side of it.

    When the word occurs more often, an even sample over the whole corpus is shown. UnknownWord if the corpus has not
    kept the word.
    """
    if limit < 1 or width < 1:
        raise BadSetting(f"limit and width must be at least 1; got {limit} and {width}.")
    row = corpus.vocabulary.ids.get(word)
    if row is None:
        near = tuple(corpus.vocabulary.words[i] for i in closest(word, corpus.vocabulary.words))
        hint = f" Closest spellings: {', '.join(near)}." if near else ""
        raise UnknownWord(f"{word!r} does not occur in the corpus {corpus.name!r}.{hint}", near)
    positions = _positions(corpus.tokens, row)
    shown = positions
    if len(positions) > limit:
        shown = positions[np.linspace(0, len(positions) - 1, limit).round().astype(np.int64)]
    pattern = _pattern(word)
    return KeywordInContext(word, tuple(_line(corpus, row, int(at), pattern, width) for at in shown), len(positions))


def _positions(tokens: np.ndarray, row: int) -> np.ndarray:
    """Where `row` stands in the corpus, int64, ascending."""
    found = [np.flatnonzero(tokens[first:first + CHUNK] == row) + first for first in range(0, len(tokens), CHUNK)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _line(corpus: Corpus, row: int, position: int, pattern: re.Pattern, width: int) -> Line:
    """The sentence around one token as a Line."""
    sentence = int(corpus.sentence_at(position))
    document = int(corpus.document_at(sentence))
    label = None
    if corpus.labels is not None and corpus.labels[document] >= 0:
        label = corpus.label_names[int(corpus.labels[document])]
    text = " ".join(corpus.sentence_text(sentence).split())
    ids = corpus.sentence_ids(sentence)
    place = position - int(corpus.sentences[sentence])
    nth = int((ids[:place] == row).sum())
    spans = _find(text, pattern)
    if spans:
        first, last = spans[min(nth, len(spans) - 1)]
        return Line(document, label, _end(text[:first], width), text[first:last], _start(text[last:], width))
    middle = int(len(text) * place / max(len(ids), 1))  # about where the token stood
    shown = _end(text[:middle], width) + _start(text[middle:], width)
    return Line(document, label, "", "", shown)


def _pattern(word: str) -> re.Pattern:
    """What finds `word` in folded text: whole words only, "_" for what stood between the parts of a phrase.

    A word of digits also stands for any number of as many digits, because preprocessing may have written 0 for each;
    <num> stands for any number.
    """
    if word == "<num>":
        return re.compile(r"(?<!\w)\d+(?:[.,]\d+)*(?!\w)")
    parts = [re.escape(_fold(part)[0]) for part in word.split("_") if part] or [re.escape(word)]
    if "0" in word and not word.strip("0.,_"):
        parts = [part.replace("0", r"\d") for part in parts]
    first, last = (r"(?<!\w)" if word[0].isalnum() else ""), (r"(?!\w)" if word[-1].isalnum() else "")
    return re.compile(first + r"[\W_]+".join(parts) + last)


def _find(text: str, pattern: re.Pattern) -> list[tuple[int, int]]:
    """First and last character of every match in `text`, found in its folded form."""
    folded, origin = _fold(text)
    origin.append(len(text))  # a match ends where the next letter begins: marks that were folded away belong to it
    return [(origin[m.start()], max(origin[m.end()], origin[m.end() - 1] + 1))
            for m in pattern.finditer(folded) if m.end() > m.start()]


def _fold(text: str) -> tuple[str, list[int]]:
    """`text` in lower case without accents and compatibility forms, and where each of its characters came from.

    Both the word and the sentence are folded, so that a match does not depend on what preprocessing changed.
    """
    letters, origin = [], []
    for i, char in enumerate(text):
        for letter in unicodedata.normalize("NFKD", char.casefold()):
            if not unicodedata.combining(letter):
                letters.append(letter)
                origin.append(i)
    return "".join(letters), origin


def _end(text: str, width: int) -> str:
    """The last `width` characters, from the start of a word on."""
    if len(text) <= width:
        return text
    cut = text[-width:]
    return "…" + (cut[cut.find(" "):] if " " in cut.rstrip() else cut)


def _start(text: str, width: int) -> str:
    """The first `width` characters, up to the end of a word."""
    if len(text) <= width:
        return text
    cut = text[:width]
    return (cut[:cut.rfind(" ") + 1] if " " in cut.lstrip() else cut) + "…"
