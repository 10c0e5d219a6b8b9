"""Preprocessing: from a document to sentences of tokens.

ASCII text, most of English, is lower-cased and cleaned by one byte table and cut by `str.split`, three times faster
than a regular expression; everything else takes the regular expression. Both give the same tokens. What depends on
the word alone (stop word, number) is decided once for each word and remembered, never once for each token.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache

from embedlab.core.errors import BadSetting
from embedlab.core.settings import check_settings, setting
from embedlab.data.tokens.sentences import pieces, sentence_spans
from embedlab.data.tokens.stopwords import STOPWORDS

MAX_TOKENS = 1_000
NUMBER_TOKEN = "<num>"
NUMBER = re.compile(r"[+\-−$£€]?\d+(?:[.,:/\-–]\d+)*%?")


@dataclass(frozen=True)
class Preprocessing:
    """How a text becomes tokens. Part of the identity of a corpus: other settings give another corpus."""

    lowercase: bool = setting(
        True, label="Lower-case", help="Treats The and the as one word; turn it off to keep names apart."
    )
    unicode: str = setting(
        "NFC",
        label="Unicode form",
        choices=("NFC", "NFKC", "none"),
        group="More",
        labels={
            "NFC": "NFC (same look, same word)",
            "NFKC": "NFKC (also ligatures and full-width letters)",
            "none": "As it is",
        },
        help="Makes letters that look alike equal; NFKC also turns ﬁ into fi and full-width letters into plain ones.",
    )
    strip_accents: bool = setting(False, label="Strip accents", group="More", help="Treats café and cafe as one word.")
    tokenizer: str = setting(
        "words",
        label="Tokens",
        choices=("words", "whitespace", "pattern"),
        labels={
            "words": "Words (punctuation goes)",
            "whitespace": "Whatever stands between spaces",
            "pattern": "A pattern of your own",
        },
        help="Words drops punctuation; between spaces keeps text that is already tokenised as it is.",
    )
    pattern: str = setting(
        r"[^\W\d_]+",
        label="Token pattern",
        when=("tokenizer", ("pattern",)),
        help="A regular expression; each match is one token. It sees the text after lower-casing.",
    )
    numbers: str = setting(
        "keep",
        label="Numbers",
        choices=("keep", "digits", "token", "drop"),
        labels={
            "keep": "Keep",
            "digits": "Every digit becomes 0",
            "token": f"Every number becomes {NUMBER_TOKEN}",
            "drop": "Drop",
        },
        help="Numbers are mostly rare words; merging or dropping them makes the vocabulary smaller.",
    )
    stopwords: str = setting(
        "none",
        label="Stop words",
        choices=("none", "english"),
        labels={"none": "Keep all", "english": "Drop English ones"},
        help="Drops function words such as the and of; windows then reach further. Not needed for training.",
    )
    phrases: int = setting(
        0,
        label="Phrase passes",
        low=0,
        high=2,
        help="Joins words that keep company, as in new_york: one pass finds pairs, two passes find up to four words.",
    )
    phrase_threshold: float = setting(
        10.0,
        label="Phrase threshold",
        low=0.1,
        high=10_000,
        group="More",
        when=("phrases", (1, 2)),
        help="A higher score asked of a pair gives fewer and surer phrases.",
    )
    phrase_min_count: int = setting(
        5,
        label="Phrase minimum count",
        low=1,
        high=1_000_000,
        group="More",
        when=("phrases", (1, 2)),
        help="Pairs seen less often than this never become a phrase.",
    )
    min_count: int = setting(
        1,
        label="Minimum count",
        low=1,
        high=1_000_000,
        help="Drops words seen less often than this while encoding; at 1 each run can still choose its own.",
    )
    max_vocab: int | None = setting(
        None,
        label="Maximum vocabulary",
        low=1,
        high=100_000_000,
        help="Keeps only this many of the most frequent words; empty keeps all.",
    )
    sample: float = setting(
        0.0,
        label="Subsampling",
        low=0.0,
        high=1.0,
        group="More",
        help="Drops occurrences of very frequent words once, here; 1e-3 is usual, 0 leaves it to training.",
    )
    boundary: str = setting(
        "sentence",
        label="Windows end at",
        choices=("sentence", "document"),
        labels={"sentence": "The end of a sentence", "document": "The end of a document"},
        help="Context windows never cross this boundary; documents give more context, sentences cleaner context.",
    )
    split: str = setting(
        "auto",
        label="One document is",
        choices=("auto", "line", "paragraph", "file"),
        labels={"auto": "Whatever suits the file", "line": "A line", "paragraph": "A paragraph", "file": "A file"},
        help="How files without rows are cut: text by lines, Markdown by paragraphs, PDF by pages unless you choose.",
    )

    def __post_init__(self):
        check_settings(self)
        try:
            pattern = re.compile(self.pattern)
        except re.error as error:
            raise BadSetting(
                f"The token pattern {self.pattern!r} is not a regular expression: {error}. "
                "Correct it or choose another way to find tokens."
            ) from None
        if pattern.fullmatch(""):
            raise BadSetting(f"The token pattern {self.pattern!r} also matches the empty text. Use + in place of *.")

    def to_dict(self) -> dict:
        """The settings as plain values, for JSON."""
        return asdict(self)


def sentences(text: str, prep: Preprocessing) -> Iterator[tuple[int, int, list[str]]]:
    """(first character, last character, tokens) of each sentence of `text`; the span points into `text` as it is.

    A sentence has at most 1,000 tokens; longer ones are cut at white space. Phrases, minimum count, maximum
    vocabulary and subsampling need the whole corpus and are not applied here.
    """
    kept = _remembered(prep)
    for first, last, raw in raw_sentences(text, tokenizer(prep)):
        yield first, last, [word for word in map(kept.__getitem__, raw) if word]


def raw_sentences(text: str, cut: "Tokenizer") -> Iterator[tuple[int, int, list[str]]]:
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
    text: str, first: int, last: int, cut: "Tokenizer", tokens: list[str]
) -> Iterator[tuple[int, int, list[str]]]:
    """The sentence text[first:last] of these tokens, halved until no part has more than MAX_TOKENS tokens."""
    if len(tokens) <= MAX_TOKENS or last - first < 2:
        if tokens:
            yield first, last, tokens[:MAX_TOKENS]
        return
    for a, b in pieces(text, first, last, (last - first + 1) // 2):
        yield from bounded(text, a, b, cut, cut(text[a:b]))


class Tokenizer:
    """Text to raw tokens. `table` does it for ASCII bytes (then split at spaces); None when a pattern must."""

    def __init__(self, prep: Preprocessing):
        self.prep = prep
        self.table = _byte_table(prep)
        self.words = prep.tokenizer == "words"
        self.find = re.compile(prep.pattern) if prep.tokenizer == "pattern" else None

    def __call__(self, text: str) -> list[str]:
        if self.table is not None and text.isascii():
            return text.encode("ascii").translate(self.table).decode("ascii").split()
        text = self.normal(text)
        if self.find is not None:
            return [match[0] for match in self.find.finditer(text) if match[0]]
        return _find_words(text) if self.words else text.split()

    def normal(self, text: str) -> str:
        """The text in the chosen Unicode form, without accents if so chosen, lower-cased, digits merged."""
        prep = self.prep
        if not text.isascii():
            if prep.strip_accents:
                text = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text)))
            if prep.unicode != "none":
                text = unicodedata.normalize(prep.unicode, text)
        if prep.lowercase:
            text = text.lower()
        return re.sub(r"\d", "0", text) if prep.numbers == "digits" else text


def _byte_table(prep: Preprocessing) -> bytes | None:
    """What each ASCII byte becomes, 256 bytes; None when tokens come from the user's own pattern."""
    if prep.tokenizer == "pattern":
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


_WORD = re.compile(r"[^\W_]+(?:['_]+[^\W_]+)*")


def _find_words(text: str) -> list[str]:
    """Letters, digits and the marks that belong to letters (vowel signs of Indic scripts), joined by ' or _."""
    text = text.replace("’", "'")
    if text.isascii() or not _marks().search(text):
        return _WORD.findall(text)
    marks = _marks().pattern
    part = f"[^\\W_](?:[^\\W_]|{marks})*"
    return re.findall(f"{part}(?:['_]+{part})*", text)


@lru_cache(maxsize=1)
def _marks() -> re.Pattern:
    """A character class of the combining marks below U+10000 (beyond, the engine is slow); \\w leaves them out."""
    ranges, start = [], None
    for point in range(0x300, 0x10000):
        if unicodedata.category(chr(point))[0] == "M":
            start = point if start is None else start
        elif start is not None:
            ranges.append(f"{chr(start)}-{chr(point - 1)}")
            start = None
    return re.compile(f"[{''.join(ranges)}]")


@lru_cache(maxsize=32)
def tokenizer(prep: Preprocessing) -> Tokenizer:
    """What cuts text the way `prep` says."""
    return Tokenizer(prep)


def keep_word(prep: Preprocessing) -> Callable[[str], str | None]:
    """A function from a raw token to the word it counts as; None for one that is dropped, "" for no word at all."""
    stop, numbers, words = STOPWORDS[prep.stopwords], prep.numbers, prep.tokenizer == "words"

    def keep(token: str) -> str | None:
        word = token.strip("'_") if words else token
        if numbers in ("token", "drop") and NUMBER.fullmatch(word):
            return NUMBER_TOKEN if numbers == "token" else None
        return None if word.lower() in stop else word

    return keep


def keep_words(tokens: list[str], prep: Preprocessing) -> list[str | None]:
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
