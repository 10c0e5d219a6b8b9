"""The form of a text in which its words are found: Unicode form, invisible characters, accents, case, digits."""

import re
import unicodedata
from typing import Literal, cast

from embedlab.data.tokens.settings import Preprocessing

Form = Literal["NFC", "NFKC"]  # in which letters that look alike are equal

# Invisible characters that are no part of a word and cut none: soft hyphens, joiners, marks of direction, byte order
# marks. A joiner after a symbol stays, because it makes one emoji of several.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    "|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
)
_BREAK = "\u200b"  # a zero width space stands where a word ends in scripts without spaces
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs and the lengthening stroke of Arabic. The marks
# that make other letters of alef, waw and yeh (U+0653 to U+0655) stay, as do the vowel signs of Indic scripts.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]"
)


def normal_form(text: str, prep: Preprocessing) -> str:
    """The text in the form that `prep` chooses: the same for all spellings that count as one word."""
    if not text.isascii():
        if prep.unicode != "none":
            text = visible(text)
        if prep.strip_accents:
            text = without_accents(text)
        if prep.unicode != "none":
            text = unicodedata.normalize(cast(Form, prep.unicode), text)  # settings are checked when they are made
        if prep.tokenizer == "words":
            text = text.replace("’", "'")
    if prep.lowercase:
        text = lower(text, turkic=prep.casing == "turkic")
    return re.sub(r"\d", "0", text) if prep.numbers == "digits" else text


def visible(text: str) -> str:
    """The text without invisible characters; a zero width space becomes a space."""
    return _INVISIBLE.sub("", text).replace(_BREAK, " ")


def without_accents(text: str) -> str:
    """The text with café written cafe, and pointed Hebrew and Arabic words written plain, in NFC."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def lower(text: str, *, turkic: bool = False) -> str:
    """The text in lower case. İ becomes a plain i everywhere; in Turkish and Azeri (`turkic`) I becomes ı."""
    text = text.replace("İ", "i")
    return (text.replace("I", "ı") if turkic else text).lower()
