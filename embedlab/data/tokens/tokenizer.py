"""A text to raw tokens: by a byte table for ASCII, by a regular expression for all else, with the same result."""

import re
import unicodedata
from functools import lru_cache

from embedlab.data.tokens.normal_form import normal_form
from embedlab.data.tokens.segment import UNSPACED, can_segment, segmented
from embedlab.data.tokens.settings import Preprocessing


class Tokenizer:
    """Cuts text the way `prep` says.

    table: what each ASCII byte becomes, after which tokens stand between spaces; None where a pattern must cut.
    segments: whether runs of a script without spaces are cut into words.
    """

    def __init__(self, prep: Preprocessing):
        self.prep = prep
        self.table = _byte_table(prep)
        self.words = prep.tokenizer == "words"
        self.find = re.compile(prep.pattern) if prep.tokenizer == "pattern" else None
        self.segments = self.words and prep.segment == "auto" and can_segment()

    def __call__(self, text: str) -> list[str]:
        if self.table is not None and text.isascii():
            return text.encode("ascii").translate(self.table).decode("ascii").split()
        text = self.normal(text)
        if self.find is not None:
            return [match[0] for match in self.find.finditer(text) if match[0]]
        if not self.words:
            return text.split()
        if self.segments and UNSPACED.search(text):
            return [text[first:last] for first, last in self.spans(text)]
        return _word_pattern(text).findall(text)

    def normal(self, text: str) -> str:
        """The text in its normal form, in which tokens are found."""
        return normal_form(text, self.prep)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """First and last character of each token of a text in normal form, in reading order."""
        if self.find is not None:
            return [match.span() for match in self.find.finditer(text) if match[0]]
        if not self.words:
            return [match.span() for match in _BETWEEN_SPACES.finditer(text)]
        found = [match.span() for match in _word_pattern(text).finditer(text)]
        return segmented(text, found) if self.segments and UNSPACED.search(text) else found


@lru_cache(maxsize=32)
def tokenizer(prep: Preprocessing) -> Tokenizer:
    """What cuts text the way `prep` says."""
    return Tokenizer(prep)


def _byte_table(prep: Preprocessing) -> bytes | None:
    """What each ASCII byte becomes, 256 bytes; None where a byte alone does not tell."""
    if prep.tokenizer == "pattern" or (prep.lowercase and prep.casing == "turkic"):
        return None
    table = bytearray(range(256))
    for byte in range(128):
        letter = chr(byte)
        if prep.tokenizer == "words" and not (letter.isalnum() or letter in "'_"):
            table[byte] = ord(" ")
        elif prep.lowercase:
            table[byte] = ord(letter.lower())
        if prep.numbers == "digits" and letter.isdigit():
            table[byte] = ord("0")
    return bytes(table)


_BETWEEN_SPACES = re.compile(r"\S+")
_WORD = re.compile(r"[^\W_]+(?:['_]+[^\W_]+)*")


def _word_pattern(text: str) -> re.Pattern:
    """What finds words: letters, digits and the marks that belong to letters, joined by ' or _.

    `\\w` leaves out combining marks, such as the vowel signs of Indic scripts. Texts with marks take a longer pattern.
    """
    return _WORD if text.isascii() or not _marks().search(text) else _word_with_marks()


@lru_cache(maxsize=1)
def _word_with_marks() -> re.Pattern:
    part = f"[^\\W_](?:[^\\W_]|{_marks().pattern})*"
    return re.compile(f"{part}(?:['_]+{part})*")


@lru_cache(maxsize=1)
def _marks() -> re.Pattern:
    """A character class of the combining marks below U+10000; beyond, the engine is slow."""
    ranges, start = [], None
    for point in range(0x300, 0x10000):
        if unicodedata.category(chr(point))[0] == "M":
            start = point if start is None else start
        elif start is not None:
            ranges.append(f"{chr(start)}-{chr(point - 1)}")
            start = None
    return re.compile(f"[{''.join(ranges)}]")
