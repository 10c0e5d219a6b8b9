"""Where sentences begin and end, by punctuation alone: quick enough for gigabytes, right for most written text.

Left out on purpose: a trained splitter. An abbreviation that is not listed here ends a sentence when a capital follows.
"""

import re
from collections.abc import Iterator

# Nothing longer than this is tokenised in one piece, so that text without punctuation stays within bounds.
MAX_CHARS = 5_000

ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr vs no vol fig al ed eds rev gen col sgt lt capt gov sen rep hon inc ltd co corp dept "
    "jan feb mar apr jun jul aug sep sept oct nov dec e.g i.e cf approx est ca etc pp p".split()
)
_LONGEST = max(map(len, ABBREVIATIONS)) + 2
# Punctuation of a possible end and of a certain one (Chinese and Japanese), what may close a quotation or bracket after
# either, and what may open one before an abbreviation.
ENDS, FULL_ENDS = ".!?…", "。！？"
CLOSERS, FULL_CLOSERS = "\"')]}»”’", "」』”’）"
OPENERS = "(\"'[“‘"
# Starts with one character class, which lets the regex engine skip ahead without trying alternatives. Group 1 is the
# punctuation of a possible end, group 2 that of a certain one; a blank line sets neither.
_END = re.compile(
    rf"[{ENDS}{FULL_ENDS}\n](?:(?<=[{ENDS}])(?<=(.))[{ENDS}]*[{re.escape(CLOSERS)}]*\s+"
    rf"|(?<=[{FULL_ENDS}])(?<=(.))[{FULL_ENDS}]*[{FULL_CLOSERS}]*\s*"
    r"|(?<=\n)[^\S\n]*\n\s*)"
)
_VISIBLE = re.compile(r"\S")


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """(first, last) character of each sentence; a blank line always ends one, a single line break never does."""
    start = _past_space(text, 0)
    for match in _END.finditer(text):
        at, following = match.span()
        if match.lastindex == 1 and not _ends(text, at, following):
            continue
        end = at if match.lastindex is None else following
        if end > start:
            end = start + len(text[start:end].rstrip())
            if end - start > MAX_CHARS:
                yield from pieces(text, start, end)
            else:
                yield start, end
        start = following
    end = len(text.rstrip())
    if end > start:
        yield from pieces(text, start, end)


def _ends(text: str, at: int, following: int) -> bool:
    """Whether punctuation at `at` ends a sentence: not after an abbreviation or initial, nor before a small letter."""
    if at == 0 or text[at - 1].isspace():  # " . " alone: text that is already tokenised, often all lower case
        return True
    if text[at] != "." and text[at + 1].isspace():
        return True
    if text[following : following + 1].islower():
        return False
    before = text[max(0, at - _LONGEST) : at]
    if len(before) == _LONGEST and before.isalpha() or not text[at + 1].isspace():  # longer than any abbreviation
        return True
    word = before.rsplit(None, 1)[-1].lstrip(OPENERS)
    return not (word.lower() in ABBREVIATIONS or len(word) == 1 and word.isupper())


def _past_space(text: str, at: int) -> int:
    """Where the first visible character from `at` on stands; the end of the text if there is none."""
    found = _VISIBLE.search(text, at)
    return found.start() if found else len(text)


def pieces(text: str, start: int, end: int, limit: int = MAX_CHARS) -> Iterator[tuple[int, int]]:
    """The span in pieces of at most `limit` characters, cut at white space where there is some."""
    while end - start > limit:
        cut = max(text.rfind(space, start + limit // 2, start + limit) for space in " \n")
        cut = cut if cut > start else start + limit
        yield start, cut
        start = _past_space(text, cut)
    if end > start:
        yield start, end
