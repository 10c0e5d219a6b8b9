"""Encodings: which one a text is in, how that is known, and how sure it is.

A byte order mark and valid UTF-8 are certain. Anything else is detected by chardet among the encodings that texts are
found in; DOS and Macintosh code pages and EBCDIC can be chosen but are never guessed.
"""

from dataclasses import dataclass

from embedlab.core.errors import BadInput
from embedlab.data.reading.options import codec_of

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
_GUESSED = (
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-1 iso8859-2 iso8859-5 iso8859-7 iso8859-9 "
    "iso8859-15 koi8-r koi8-u cp874 cp932 euc_jis_2004 iso2022_jp_2 gb18030 big5hkscs cp949"
).split()
# What a detected encoding is decoded by where another one holds it whole: bytes 128 to 159 of Latin-1 are no letters.
_WIDER = {"iso8859-1": "cp1252", "iso8859-9": "cp1254"}
# Names on the page, in the order of the list.
COMMON = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252, Western Europe",
    "cp1250": "Windows-1250, Central Europe",
    "cp1251": "Windows-1251, Cyrillic",
    "cp1253": "Windows-1253, Greek",
    "cp1254": "Windows-1254, Turkish",
    "cp1255": "Windows-1255, Hebrew",
    "cp1256": "Windows-1256, Arabic",
    "cp1257": "Windows-1257, Baltic",
    "cp1258": "Windows-1258, Vietnamese",
    "iso-8859-1": "ISO-8859-1, Western Europe",
    "iso-8859-2": "ISO-8859-2, Central Europe",
    "iso-8859-15": "ISO-8859-15, Western Europe with euro",
    "koi8-r": "KOI8-R, Russian",
    "cp874": "Windows-874, Thai",
    "shift_jis": "Shift JIS, Japanese",
    "euc_jp": "EUC-JP, Japanese",
    "gb18030": "GB 18030, Chinese",
    "big5": "Big5, Chinese",
    "euc_kr": "EUC-KR, Korean",
    "cp850": "DOS 850, Western Europe",
    "cp852": "DOS 852, Central Europe",
    "cp866": "DOS 866, Cyrillic",
    "mac_roman": "Macintosh Roman",
}


@dataclass(frozen=True)
class Encoding:
    """The encoding of a text.

    codec: Python's name of it. how: "mark", "valid" (all bytes are valid UTF-8), "zeros" (UTF-16 without a mark),
    "detected" or "chosen". confidence: of the detector, 0 to 1 and low for short texts; None where it is certain.
    """

    codec: str
    label: str
    how: str
    confidence: float | None = None

    @property
    def ascii_so_far(self) -> bool:
        """Whether the bytes seen are ASCII, so that any encoding that holds ASCII may still turn up."""
        return self.label == "ASCII"


def encoding_of(head: bytes, name: str, chosen: str | None = None) -> Encoding:
    """The encoding of a text that starts like this; BadInput when it is no text."""
    if chosen is not None:
        codec = codec_of(chosen)
        return Encoding("utf-8-sig" if codec == "utf-8" else codec, _label(codec), "chosen")
    for mark, codec, label in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, label, "mark")
    if b"\0" in head:
        return _wide(head, name)
    if sum(head.count(byte) for byte in _CONTROLS) * 200 > len(head):
        raise not_text(name)
    if head.isascii() and b"\x1b$" not in head and b"\x1b(" not in head:
        return Encoding("utf-8", "ASCII", "valid")
    try:
        head.decode("utf-8")
        return Encoding("utf-8", "UTF-8", "valid")
    except UnicodeDecodeError as error:
        if error.start > len(head) - 4 and error.reason == "unexpected end of data":
            return Encoding("utf-8", "UTF-8", "valid")  # the piece we look at ends inside a character
        if _mostly_utf8(head):
            return Encoding("utf-8", "UTF-8", "detected", 0.9)
    return _detected(head)


_CONTROLS = [bytes([c]) for c in range(1, 32) if c not in b"\t\n\r\f\v\x1a\x1b"]


def _mostly_utf8(head: bytes) -> bool:
    """Whether at least nine of ten characters beyond ASCII are UTF-8: a few stray bytes in a UTF-8 file."""
    text = head.decode("utf-8", "surrogateescape")
    stray = sum("\udc80" <= character <= "\udcff" for character in text)
    return sum(character > "\x7f" for character in text) >= 10 * stray


def _detected(head: bytes) -> Encoding:
    import chardet

    telling = b"\n".join(line for line in head.split(b"\n") if not line.isascii() or b"\x1b" in line)
    found = chardet.detect(telling or head, include_encodings=_GUESSED, compat_names=False)
    codec = found["encoding"] or "cp1252"
    codec = _WIDER.get(codec, codec)
    try:
        codec = codec_of(codec)
    except LookupError:
        codec = "cp1252"
    return Encoding(codec, _label(codec), "detected", round(found["confidence"] or 0.0, 3))


def _label(codec: str) -> str:
    """An encoding as people write it."""
    for common, label in COMMON.items():
        if codec_of(common) == codec:
            return label.split(",")[0]
    return codec.upper().replace("_", "-")


def _wide(head: bytes, name: str) -> Encoding:
    """UTF-16 without a mark: in Western text nearly every other byte is zero, and no other one is."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 4 and max(even, odd) * 5 > len(head) // 2 * 4 and min(even, odd) * 20 < max(even, odd):
        return Encoding("utf-16-le" if odd > even else "utf-16-be", "UTF-16", "zeros")
    raise not_text(name)


def not_text(name: str) -> BadInput:
    """The error for a file that holds bytes no text holds."""
    return BadInput(
        f"{name} looks like a binary file, not text: it holds zero or control bytes. "
        "Choose a text, a table or a document, or say its encoding if it is a text."
    )
