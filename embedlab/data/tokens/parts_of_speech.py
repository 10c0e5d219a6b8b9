"""Parts of speech of English words, looked up in a bundled dictionary.

The dictionary is that of Brill's tagger with additions, about 94,000 entries with the most usual Penn Treebank tag of
each. It sees single words, never their sentences: "run" is always a verb here. Words it does not have, and words of
other languages, come out as "other".
"""

import lzma
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from embedlab.data.bundled import HERE
from embedlab.data.bundled.checked import checked_file

LEXICON = "11dff2a634cecd2f75592acfde1851ef82cd5149e96bd1f9e689be49ab4c1ed2"  # SHA-256 of the file
CLASSES = ("noun", "proper noun", "verb", "adjective", "adverb", "number", "function word", "other")
MUTED = ("function word", "other")
CLASS_OF_TAG = {
    "NN": "noun",
    "NNS": "noun",
    "NNP": "proper noun",
    "NNPS": "proper noun",
    "JJ": "adjective",
    "RB": "adverb",
    "CD": "number",
    "WRB": "function word",
    "DT": "function word",
    "PDT": "function word",
    "IN": "function word",
    "TO": "function word",
    "CC": "function word",
    "MD": "function word",
    "PR": "function word",
    "WD": "function word",
    "WP": "function word",
    "EX": "function word",
    "RP": "function word",
    "POS": "function word",
    "VB": "verb",
}
NUMBER = re.compile(r"[-+]?\d[\d.,:/%-]*(st|nd|rd|th|s|m|bn|k)?|<num>")


def speech_codes(words: Sequence[str]) -> np.ndarray:
    """Index into CLASSES of each word, int32 (n_words,)."""
    return np.array([CLASSES.index(part_of_speech(word)) for word in words], np.int32)


def function_words(words: Sequence[str]) -> np.ndarray:
    """Which of the words are English function words such as "the" and "of", bool (n_words,)."""
    return speech_codes(words) == CLASSES.index("function word")


def part_of_speech(word: str) -> str:
    """The class of one word; of a phrase joined by underscores, that of its last word.

    The word is looked up as written, then in lower case, then with a capital, then in capitals: a corpus in lower case
    so still finds its proper nouns. A possessive 's that the dictionary does not have is cut off.
    """
    if NUMBER.fullmatch(word):
        return "number"
    last = word.rstrip("_").rpartition("_")[2].replace("’", "'")
    for stem in (last, last.removesuffix("'s")):
        for form in (stem, stem.lower(), stem.capitalize(), stem.upper()):
            tag = _dictionary().get(form)
            if tag:
                return CLASS_OF_TAG.get(tag, CLASS_OF_TAG.get(tag[:2], "other"))
    return "other"


def is_english(word: str) -> bool:
    """Whether the dictionary has a word, as written or in lower case."""
    return word in _dictionary() or word.lower() in _dictionary()


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, str]:
    path = checked_file(HERE / "en-lexicon.txt.xz", LEXICON, "The dictionary of parts of speech", again="embedlab")
    text = lzma.decompress(path.read_bytes()).decode("utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith(";;;"))
    return {parts[0]: parts[1].split("|")[0] for parts in lines if len(parts) == 2}
