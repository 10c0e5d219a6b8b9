"""What a user may say about how a file is read; everything left open is detected."""

from dataclasses import asdict, dataclass

from embedlab.core.errors import BadSetting

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "spaces": " "}
SPLITS = ("auto", "line", "paragraph", "file")
# Codecs of Python that turn bytes into text and are still no encoding of a file.
_NO_ENCODINGS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read; None for what is to be detected.

    encoding: a name that Python knows, such as utf-8, cp1250 or iso-8859-2. separator: a name of SEPARATORS or one
    character; "spaces" cuts at every run of white space. header: whether the first row names the columns. quotes:
    whether quotation marks enclose cells. sheet: the name of a sheet of a spreadsheet. split: how texts without rows
    become documents. BadSetting for a value that cannot be used.
    """

    encoding: str | None = None
    separator: str | None = None
    header: bool | None = None
    quotes: bool | None = None
    sheet: str | None = None
    split: str = "auto"

    def __post_init__(self):
        if self.encoding is not None:
            codec_of(self.encoding)
        if self.separator is not None:
            object.__setattr__(self, "separator", separator_of(self.separator))
        if self.split not in SPLITS:
            raise BadSetting(f"Texts are split by {', '.join(SPLITS)}; got {self.split!r}.")

    def to_dict(self) -> dict:
        """What is said, as JSON holds it; how texts are split is kept with the preprocessing."""
        return {name: value for name, value in asdict(self).items() if value is not None and name != "split"}

    @property
    def of_table(self) -> bool:
        """Whether anything is said that only a table has, so that a text file is to be read as one."""
        return self.separator is not None or self.header is not None


def codec_of(encoding: str) -> str:
    """The codec of Python for an encoding that a user names; BadSetting if there is none."""
    import codecs

    try:
        codec = codecs.lookup(encoding.strip()).name
        "a".encode(codec).decode(codec)
    except (LookupError, ValueError):
        codec = "undefined"
    if codec.replace("-", "_") in _NO_ENCODINGS:
        raise BadSetting(
            f"There is no encoding {encoding!r}. Examples are utf-8, utf-16, cp1250 (Windows, Central Europe), "
            "cp1251 (Cyrillic), cp1252 (Western Europe), cp1254 (Turkish), iso-8859-2, shift_jis, gb18030, euc_kr."
        )
    return codec


def separator_of(separator: str) -> str:
    """The character that a user means by a name of SEPARATORS, by "\\t" or by the character itself."""
    meant = {**SEPARATORS, "\\t": "\t", "pipe": "|", "space": " "}.get(separator.lower(), separator)
    if len(meant) != 1 or meant in '"\r\n' or meant.isalnum():
        raise BadSetting(
            f"A separator is one of {', '.join(SEPARATORS)}, or one character that is no letter, digit or quotation "
            f"mark; got {separator!r}."
        )
    return meant


def separator_name(separator: str) -> str:
    """A separator as people call it."""
    return {character: name for name, character in SEPARATORS.items()}.get(separator, f"{separator!r}")
