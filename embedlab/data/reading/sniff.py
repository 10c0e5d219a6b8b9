"""What a file is: by its name, checked against its first bytes, so that a picture called notes.txt is named as such."""

import re

from embedlab.core.errors import BadInput

# suffix -> kind
KINDS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".xlsb": "sheet",
    ".xls": "sheet",
    ".ods": "sheet",
    ".trec": "text",
    ".docx": "docx",
    ".docm": "docx",
    ".odt": "odt",
    ".pptx": "pptx",
    ".epub": "epub",
    ".pdf": "pdf",
    ".xml": "wiki",
    ".zip": "zip",
    ".gz": "gz",
    ".bz2": "bz2",
    ".xz": "xz",
}
READABLE = (
    ".txt .md .csv .tsv .jsonl .json .parquet .xlsx .ods .docx .odt .pptx .epub .pdf, MediaWiki .xml, TREC and SMART "
    "collections, and these inside .zip .gz .bz2 .xz"
)
TABLES = frozenset({"csv", "tsv", "jsonl", "json", "parquet", "sheet", "collection"})

# What the first bytes say: (bytes, offset, key, description).
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", 0, "png", "a PNG image"),
    (b"\xff\xd8\xff", 0, "jpeg", "a JPEG image"),
    (b"GIF87a", 0, "gif", "a GIF image"),
    (b"GIF89a", 0, "gif", "a GIF image"),
    (b"PK\x03\x04", 0, "zip", "a ZIP archive"),
    (b"PK\x05\x06", 0, "zip", "a ZIP archive"),
    (b"\x1f\x8b", 0, "gz", "a gzip file"),
    (b"1AY&SY", 4, "bz2", "a bzip2 file"),
    (b"\x17rE8P\x90", 4, "bz2", "a bzip2 file"),
    (b"\xfd7zXZ\x00", 0, "xz", "an xz file"),
    (b"\x28\xb5\x2f\xfd", 0, "zstd", "a Zstandard file"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7z", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", 0, "rar", "a RAR archive"),
    (b"ustar", 257, "tar", "a tar archive"),
    (b"%PDF-", 0, "pdf", "a PDF document"),
    (b"PAR1", 0, "parquet", "a Parquet table"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "ole", "an old Word or Excel document"),
    (b"SQLite format 3\x00", 0, "sqlite", "a SQLite database"),
    (b"\x7fELF", 0, "elf", "a program"),
    (b"\x93NUMPY", 0, "npy", "a NumPy array"),
    (b"\x89HDF\r\n", 0, "hdf5", "an HDF5 file"),
    (b"ftyp", 4, "mp4", "a video or sound file"),
    (b"RIFF", 0, "riff", "a sound, video or WebP file"),
    (b"ID3\x03", 0, "mp3", "an MP3 file"),
    (b"ID3\x04", 0, "mp3", "an MP3 file"),
    (b"OggS\x00", 0, "ogg", "an Ogg file"),
    (b"{\\rtf", 0, "rtf", "an RTF document"),
)
_ARTICLES = {
    "zip": "a ZIP archive",
    "gz": "a gzip file",
    "bz2": "a bzip2 file",
    "xz": "an xz file",
    "pdf": "a PDF document",
    "parquet": "a Parquet table",
    "docx": "a Word document",
    "odt": "an OpenDocument text",
    "pptx": "a PowerPoint presentation",
    "epub": "an e-book",
    "sheet": "a spreadsheet",
}
_PACKED_AS = {"sheet": ("zip", "ole")} | dict.fromkeys(("docx", "odt", "pptx", "epub"), ("zip",))
_UNREADABLE = {
    ".doc": "Word 97 documents; save it as .docx",
    ".rtf": "RTF documents; save it as .docx",
    ".ppt": "PowerPoint 97 presentations; save it as .pptx",
    ".odp": "OpenDocument presentations; save it as .pptx",
    ".mobi": "Kindle books; convert it to .epub",
    ".html": "web pages; save it as .txt",
    ".htm": "web pages; save it as .txt",
    ".tar": "tar archives; pack the files as .zip",
    ".tgz": "tar archives; pack the files as .zip",
    ".7z": "7-Zip archives; pack the files as .zip",
    ".rar": "RAR archives; pack the files as .zip",
    ".zst": "Zstandard files; pack it as .gz",
}
_SMART = re.compile(rb"\.I\s+\S+[ \t]*\r?\n\.[A-Z]\b")
_TREC = re.compile(rb"<doc>\s*(<[^>]*>[^<]*</[^>]*>\s*)*?<docno>|<top>\s*<num>", re.IGNORECASE)
_FAR = 8192
_WEB = re.compile(rb"\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)


def suffix_of(name: str) -> str:
    """The last suffix of a name, lower-case, with its dot; "" when there is none."""
    base = re.split(r"[/\\]", name)[-1]
    dot = base.rfind(".")
    return base[dot:].lower() if dot > 0 else ""


def magic(head: bytes) -> tuple[str, str] | None:
    """(key, description) of the binary format that starts like this, None if it is none we know."""
    for mark, offset, key, description in _MAGIC:
        if head[offset : offset + len(mark)] == mark:
            return key, description
    return None


def kind_of(name: str, head: bytes) -> str:
    """The kind of a file (a value of KINDS) from its name and first bytes; BadInput if it cannot be read."""
    suffix, found = suffix_of(name), magic(head)
    kind = KINDS.get(suffix)
    if kind is None:
        return _kind_by_content(name, suffix, head, found)
    if kind in _ARTICLES:
        if (found[0] if found else None) not in _PACKED_AS.get(kind, (kind,)):
            seen = f"looks like {found[1]}" if found else "does not start like one"
            raise BadInput(
                f"{name} is named like {_ARTICLES[kind]} but {seen}. Check the file and give it its right name."
            )
        return kind
    if found:
        raise BadInput(
            f"{name} looks like {found[1]}, not text. Give it its right name or choose another file; "
            f"readable are {READABLE}."
        )
    if kind in ("text", "wiki") and is_collection(head):
        return "collection"
    if kind == "wiki" and not is_wiki(head):
        raise BadInput(
            f"{name} is XML but not a MediaWiki dump, which starts with <mediawiki>, nor a TREC collection of "
            "<doc> and <docno>. Convert it to .txt, .csv or .jsonl."
        )
    return kind


def _kind_by_content(name: str, suffix: str, head: bytes, found: tuple[str, str] | None) -> str:
    if found and found[0] in _ARTICLES:
        return found[0]
    if suffix in _UNREADABLE:
        raise BadInput(f"{name} cannot be read: EmbedLab does not read {_UNREADABLE[suffix]}.")
    if found:
        raise BadInput(f"{name} looks like {found[1]}, which cannot be read. Readable are {READABLE}.")
    if _WEB.match(head):
        raise BadInput(f"{name} looks like a web page. Save its text as .txt.")
    return "wiki" if is_wiki(head) else "collection" if is_collection(head) else "text"


def is_collection(head: bytes) -> bool:
    """Whether a file that starts like this holds the documents or queries of a TREC or SMART collection."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return bool(_SMART.match(plain) or (plain.startswith(b"<") and _TREC.search(plain[:_FAR])))


def is_wiki(head: bytes) -> bool:
    """Whether a file that starts like this is a MediaWiki dump; one with a document type is refused as unsafe."""
    at = head.find(b"<mediawiki")
    return at >= 0 and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<!DOCTYPE" not in head[:at]
