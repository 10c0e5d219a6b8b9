"""What the compiled code must know of each character, asked of the Python code whose twin it is, once a character."""

import unicodedata
from typing import cast

import numpy as np

from embedlab.data.tokens.segment import UNSPACED
from embedlab.data.tokens.sentences import ABBREVIATIONS, CLOSERS, ENDS, FULL_CLOSERS, FULL_ENDS, OPENERS
from embedlab.data.tokens.settings import Preprocessing
from embedlab.data.tokens.tokenizer import tokenizer

_N_UNITS = 1 << 16


class Alphabet:
    """Tables by UTF-16 unit, uint16 (65536,), filled as characters turn up; ASCII is there from the beginning.

    classes: bits that say what the character is to a sentence. to: what it becomes in a token, the separator for one
    that stands between tokens, ODD for one that depends on its neighbours: Python tokenises its sentence. at_sentences:
    whether documents are cut at the ends of sentences, not of lines.
    """

    def __init__(self, prep: Preprocessing):
        from embedlab.kernels import text_sentences as kernels

        self.kernels, self.cut, self.at_sentences = kernels, tokenizer(prep), prep.boundary == "sentence"
        self.classes = np.full(_N_UNITS, kernels.UNKNOWN, np.uint16)
        self.to = np.full(_N_UNITS, kernels.ODD, np.uint16)
        self.known = np.zeros(_N_UNITS, bool)
        self.known[kernels.ODD] = True  # stands for all characters beyond U+FFFF
        self.learn(np.arange(128))
        self.abbreviations = np.array(
            [int.from_bytes(word.encode(), "big") for word in sorted(ABBREVIATIONS)], np.uint64
        )

    def learn(self, units: np.ndarray) -> None:
        """Fill in what is missing of these units. Threads may do so side by side: they write the same."""
        new = units[~self.known[units]]
        for unit in new.tolist():
            self.classes[unit], self.to[unit] = self._class(chr(unit)), self._becomes(chr(unit))
        self.known[new] = True

    def _class(self, letter: str) -> int:
        k = self.kernels
        kinds = {
            k.SPACE: letter.isspace(),
            k.BREAK: letter == "\n",
            k.END: letter in ENDS,
            k.CLOSE: letter in CLOSERS,
            k.FULL_END: letter in FULL_ENDS,
            k.FULL_CLOSE: letter in FULL_CLOSERS,
            k.OPEN: letter in OPENERS,
            k.LOWER: letter.islower(),
            k.UPPER: letter.isupper(),
            k.ALPHA: letter.isalpha(),
        }
        return sum(kind for kind, holds in kinds.items() if holds)

    def _becomes(self, letter: str) -> int:
        if letter.isascii():
            table = cast(bytes, self.cut.table)  # an alphabet is made only where bytes tell
            letter = chr(table[ord(letter)])
            return self.kernels.SEPARATOR if letter.isspace() else ord(letter)
        if self.cut.segments and UNSPACED.match(letter):
            return self.kernels.ODD
        text = self.cut.normal(letter)
        if len(text) != 1 or text > "\uffff" or letter == "Σ" or _joins(letter) or _joins(text):
            return self.kernels.ODD
        between = not (text.isalnum() or text in "'_") if self.cut.words else text.isspace()
        return self.kernels.SEPARATOR if between else ord(text)


def _joins(letter: str) -> bool:
    """Whether a character may melt into the one before: combining marks and the parts of Korean syllables."""
    return unicodedata.category(letter)[0] == "M" or "\u1100" <= letter < "\u1200"
