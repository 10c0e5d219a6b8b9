"""Text files of one word a row: word2vec text, GloVe text, and tables of bare numbers."""

import re
from collections import Counter
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress, Report
from embedlab.data.reading.encodings import Encoding, encoding_of
from embedlab.vectors.formats.imported import Rows

BLOCK_BYTES = 8 << 20
MARK = b"\xef\xbb\xbf"
HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s*(\d{1,12})[ \t]+(\d{1,6})\s*")
SAMPLE_LINES = 50


def read_text(path: Path, name: str, encoding: str | None, report: Report) -> tuple[Rows, Encoding]:
    """The rows of a word2vec or GloVe text file and the encoding of its words, read a block at a time.

    BadInput names the first bad line. Words may hold blanks if the file has no other number of columns; a row without
    a word has an empty name.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        header = header_of(file.readline(256))
        file.seek(0)
        if header:
            file.readline()
        elif file.read(len(MARK)) != MARK:
            file.seek(0)
        at = file.tell()
        dim = header[1] if header else _dim(file, name)
        if not dim:
            raise BadInput(f"{name} announces vectors of 0 numbers: it is damaged. Download or export it again.")
        file.seek(at)
        number, words, blocks = 2 if header else 1, [], []
        while lines := file.readlines(BLOCK_BYTES):
            lines = [line.rstrip(b"\r\n\t ") for line in lines]
            heads, block = _parse(lines, dim, name, number)
            number += len(lines)
            words += heads
            blocks.append(block)
            report(Progress(file.tell(), size, f"Reading {name}: {len(words):,} words"))
    if header and len(words) != header[0]:
        raise BadInput(
            f"{name} announces {header[0]:,} words but holds {len(words):,}: it is cut short or damaged. "
            "Download or export it again."
        )
    if not words:
        raise BadInput(f"{name} holds no word vectors.")
    names, codec = decoded_words(words, name, encoding)
    return Rows(names, np.concatenate(blocks)), codec


def decoded_words(words: list[bytes], name: str, encoding: str | None) -> tuple[list[str], Encoding]:
    """The words as text and the encoding they were in: UTF-8 if all are valid, else the one detected or chosen.

    Bytes that the encoding does not have become visible escapes, so that different words stay different.
    """
    found = Encoding("utf-8", "UTF-8", "valid")
    if encoding is None:
        try:
            return [word.decode("utf-8") for word in words], found
        except UnicodeDecodeError:
            strange = [word for word in words if not word.isascii()]
            found = encoding_of(b"\n".join(strange[:20_000]), name)
    else:
        found = encoding_of(b"", name, encoding)
    codec = "utf-8" if found.codec == "utf-8-sig" else found.codec
    return [word.decode(codec, errors="backslashreplace") for word in words], found


def header_of(line: bytes) -> tuple[int, int] | None:
    """(n_words, dim) if `line` is the first line of a word2vec file."""
    match = HEADER.fullmatch(line)
    return (int(match[1]), int(match[2])) if match else None


def _dim(file, name: str) -> int:
    """Numbers a line of a file without header: what most of the first lines have."""
    counts = Counter(len(file.readline().split()) - 1 for _ in range(SAMPLE_LINES))
    likely = [(n, -dim) for dim, n in counts.items() if dim > 0]
    if not likely:
        raise BadInput(f"{name} is no embedding: its lines are not a word followed by numbers.")
    return -max(likely)[1]


def _parse(lines: list[bytes], dim: int, name: str, number: int) -> tuple[list[bytes], np.ndarray]:
    """Words and vectors of a block whose first line is line `number` of the file; blank lines are passed over."""
    parts = [line.partition(b" ") for line in lines if line]
    if all(rest.count(b" ") == dim - 1 for _, _, rest in parts):
        vectors = _numbers(b" ".join([rest for _, _, rest in parts]), len(parts) * dim)
        if vectors is not None:
            return [head for head, _, _ in parts], vectors.reshape(len(parts), dim)
    rows = [_parse_line(line, dim, name, number + i) for i, line in enumerate(lines) if line]
    return [word for word, _ in rows], np.array([row for _, row in rows], np.float32).reshape(len(rows), dim)


def _parse_line(line: bytes, dim: int, name: str, number: int) -> tuple[bytes, np.ndarray]:
    """Word and vector of one line; the numbers are its last `dim` fields, so that a word may hold blanks."""
    fields = line.rsplit(None, dim)
    if len(fields) == dim and line[:1].isspace():
        fields = [b"", *fields]
    if len(fields) != dim + 1:
        raise BadInput(f"Line {number} of {name} should hold a word and {dim} numbers; it has {len(fields)} fields.")
    vector = _numbers(b" ".join(fields[1:]), dim)
    if vector is None:
        raise BadInput(
            f"Line {number} of {name} holds something that is not a number: "
            f"{b' '.join(fields[1:])[:60].decode('utf-8', errors='replace')!r}."
        )
    return fields[0].strip(), vector


def _numbers(text: bytes, n: int) -> np.ndarray | None:
    """`n` finite numbers parted by blanks, float32 (n,); None if `text` holds anything else."""
    if not n:
        return np.empty(0, np.float32)
    try:
        values = np.fromstring(text, dtype=np.float32, sep=" ")
    except ValueError:
        return None
    return values if len(values) == n and np.isfinite(values).all() else None


def read_numbers(path: Path, name: str) -> np.ndarray:
    """A table of tab-separated numbers without words, float32 (n, dim)."""
    blocks, number, dim = [], 1, None
    with open(path, "rb") as file:
        while lines := file.readlines(BLOCK_BYTES):
            lines = [line.strip() for line in lines]
            dim = dim or len(lines[0].split())
            for i, line in enumerate(lines):
                if line and len(line.split()) != dim:
                    raise BadInput(
                        f"Line {number + i} of {name} should hold {dim} numbers; it has {len(line.split())}."
                    )
            kept = [line for line in lines if line]
            values = _numbers(b" ".join(kept).replace(b"\t", b" "), len(kept) * dim)
            if values is None:
                i = next(i for i, line in enumerate(lines) if line and _numbers(line.replace(b"\t", b" "), dim) is None)
                raise BadInput(
                    f"Line {number + i} of {name} holds something that is not a number: "
                    f"{lines[i][:60].decode('utf-8', errors='replace')!r}."
                )
            blocks.append(values.reshape(len(kept), dim))
            number += len(lines)
    if not blocks:
        raise BadInput(f"{name} is empty.")
    return np.concatenate(blocks)
