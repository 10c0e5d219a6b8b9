"""Settings of preprocessing: how a text becomes tokens."""

import re
from dataclasses import asdict, dataclass

from embedlab.core.errors import BadSetting
from embedlab.core.settings import check_settings, setting

NUMBER_TOKEN = "<num>"


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
    strip_accents: bool = setting(
        False,
        label="Strip accents",
        group="More",
        help="Treats café and cafe as one word, and pointed Arabic and Hebrew words as the plain ones.",
    )
    casing: str = setting(
        "auto",
        label="Capital I",
        choices=("auto", "common", "turkic"),
        group="More",
        when=("lowercase", (True,)),
        labels={
            "auto": "As the language of the text has it",
            "common": "I becomes i",
            "turkic": "I becomes ı, İ becomes i (Turkish, Azeri)",
        },
        help="Turkish and Azeri write two letters, i with a dot and ı without; other languages only one.",
    )
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
    segment: str = setting(
        "auto",
        label="Text without spaces",
        choices=("auto", "none"),
        group="More",
        when=("tokenizer", ("words",)),
        labels={"auto": "Cut into words", "none": "Leave as it is"},
        help="Chinese, Japanese, Thai, Lao, Khmer and Burmese are cut into words by the dictionaries of ICU.",
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
