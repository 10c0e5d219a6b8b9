"""What the letters of a text tell of its language, as far as preprocessing depends on it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from embedlab.data.tokens.segment import UNSPACED, can_segment
from embedlab.data.tokens.settings import Preprocessing

SAMPLE_CHARACTERS = 200_000
LEAST_TURKIC = 0.004  # of all letters; in Turkish about 5 of 100 are ı
LEAST_UNSPACED = 0.2
_SCRIPTS = {
    "Japanese": re.compile("[\u3040-\u30ff]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Lao": re.compile("[\u0e80-\u0eff]"),
    "Khmer": re.compile("[\u1780-\u17ff]"),
    "Burmese": re.compile("[\u1000-\u109f]"),
    "Chinese": re.compile("[\u3400-\u9fff]"),
}


@dataclass(frozen=True)
class Language:
    """How a text is preprocessed because of its language.

    preprocessing: the settings with every "auto" decided. notes: sentences on what was decided and why, for the person
    who added the text.
    """

    preprocessing: Preprocessing
    notes: tuple[str, ...]


def language_of(texts: Iterable[str], prep: Preprocessing) -> Language:
    """What the beginning of a text decides of its preprocessing, from its first 200,000 characters."""
    sample, size = [], 0
    for text in texts:
        sample.append(text[: SAMPLE_CHARACTERS - size])
        size += len(sample[-1])
        if size >= SAMPLE_CHARACTERS:
            break
    joined = "\n".join(sample)
    prep, casing = _casing(joined, prep)
    return Language(prep, tuple(filter(None, (casing, _segmentation(joined, prep)))))


def _casing(text: str, prep: Preprocessing) -> tuple[Preprocessing, str]:
    if prep.casing != "auto" or not prep.lowercase:
        return prep, ""
    letters = sum(map(str.isalpha, text))
    marks = sum(map(text.count, "ıİğĞəƏ"))
    dotless = text.count("ı")
    if not dotless or marks < LEAST_TURKIC * letters:
        return replace(prep, casing="common"), ""
    return (
        replace(prep, casing="turkic"),
        "The text looks Turkish or Azeri, so I becomes ı and İ becomes i in lower case. "
        "Choose another way under “Capital I”, or casing=common.",
    )


def _segmentation(text: str, prep: Preprocessing) -> str:
    if prep.tokenizer != "words":
        return ""
    letters = sum(map(str.isalpha, text))
    if not letters or len(UNSPACED.findall(text)) < LEAST_UNSPACED * letters:
        return ""
    name = max(_SCRIPTS, key=lambda script: (len(_SCRIPTS[script].findall(text)), script == "Japanese"))
    if name == "Chinese" and len(_SCRIPTS["Japanese"].findall(text)) > 0.05 * letters:
        name = "Japanese"
    if prep.segment == "none":
        return (
            f"The text looks {name}, which is written without spaces, and is not cut into words: "
            "whole clauses count as words. Choose to cut text without spaces, or segment=auto."
        )
    if not can_segment():
        return (
            f"The text looks {name}, which is written without spaces. Cutting it into words needs the extra "
            "“languages”: pip install 'embedlab[languages]'. Without it whole clauses count as words."
        )
    return (
        f"The text looks {name}, which is written without spaces. It was cut into words by the dictionary of ICU. "
        "Choose segment=none to leave it as it is."
    )
