"""Readers of one-word-a-row files: word2vec text and binary, GloVe text, and tables of bare numbers."""

import mmap
import re
from collections import Counter
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress, Report
from embedlab.vectors.embedding import Embedding

BLOCK_BYTES = 8 << 20
HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s*(\d{1,12}) +(\d{1,6})\s*")
SAMPLE_LINES = 50


def read_text(path: Path, name: str, report: Report) -> Embedding:
    """The embedding of a word2vec or GloVe text file, read a block at a time; BadInput names the first bad line.

    A word that comes twice keeps its first vector. Words may hold blanks if the file has no other number of columns.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        header = header_of(file.readline(256))
        file.seek(0)
        if header:
            file.readline()
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
    return distinct(words, np.concatenate(blocks))


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


def _parse(lines: list[bytes], dim: int, name: str, number: int) -> tuple[list[str], np.ndarray]:
    """Words and vectors of a block whose first line is line `number` of the file; blank lines are passed over."""
    parts = [line.partition(b" ") for line in lines if line]
    if all(rest.count(b" ") == dim - 1 for _, _, rest in parts):
        vectors = _numbers(b" ".join([rest for _, _, rest in parts]), len(parts) * dim)
        if vectors is not None:
            return [head.decode("utf-8", errors="replace") for head, _, _ in parts], vectors.reshape(len(parts), dim)
    rows = [_parse_line(line, dim, name, number + i) for i, line in enumerate(lines) if line]
    return [word for word, _ in rows], np.array([row for _, row in rows], np.float32).reshape(len(rows), dim)


def _parse_line(line: bytes, dim: int, name: str, number: int) -> tuple[str, np.ndarray]:
    """Word and vector of one line; the numbers are its last `dim` fields, so that a word may hold blanks."""
    fields = line.rsplit(None, dim)
    if len(fields) != dim + 1:
        raise BadInput(f"Line {number} of {name} should hold a word and {dim} numbers; it has {len(fields)} fields.")
    vector = _numbers(b" ".join(fields[1:]), dim)
    if vector is None:
        raise BadInput(
            f"Line {number} of {name} holds something that is not a number: "
            f"{b' '.join(fields[1:])[:60].decode('utf-8', errors='replace')!r}."
        )
    return fields[0].strip().decode("utf-8", errors="replace"), vector


def _numbers(text: bytes, n: int) -> np.ndarray | None:
    """`n` finite numbers parted by blanks, float32 (n,); None if `text` holds anything else."""
    if not n:
        return np.empty(0, np.float32)
    try:
        values = np.fromstring(text, dtype=np.float32, sep=" ")
    except ValueError:
        return None
    return values if len(values) == n and np.isfinite(values).all() else None


def read_binary(path: Path, name: str, report: Report) -> Embedding:
    """The embedding of a word2vec binary file; BadInput if it ends early."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = data.find(b"\n") + 1
        n, dim = header_of(data[:at])
        if n * (4 * dim + 2) > len(data) - at + 1 or not dim:
            raise BadInput(
                f"{name} announces {n:,} words of {dim} numbers, more than it has room for: it is cut short "
                "or damaged. Download or export it again."
            )
        words, vectors = [], np.empty((n, dim), np.float32)
        for i in range(n):
            blank = data.find(b" ", at)
            end = blank + 1 + 4 * dim
            if blank < 0 or end > len(data):
                raise BadInput(f"{name} ends in word {i + 1:,} of {n:,}: it is cut short. Download or export it again.")
            words.append(data[at:blank].lstrip(b"\n").decode("utf-8", errors="replace"))
            vectors[i] = np.frombuffer(data[blank + 1 : end], "<f4")
            at = end
            if i % 10_000 == 0:
                report(Progress(i, n, f"Reading {name}: {i:,} words"))
    return distinct(words, vectors)


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


def distinct(words: list[str], vectors: np.ndarray, counts: np.ndarray | None = None) -> Embedding:
    """The embedding of these rows, each word with its first vector: files in the wild repeat some."""
    if not np.isfinite(vectors).all():
        bad = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise BadInput(f"The vector of {words[bad]!r}, word {bad + 1:,} of the file, holds a value that is no number.")
    first = {}
    for row, word in enumerate(words):
        first.setdefault(word, row)
    if len(first) == len(words):
        return Embedding(words, vectors, counts)
    rows = np.fromiter(first.values(), np.int64, len(first))
    return Embedding(list(first), vectors[rows], None if counts is None else counts[rows])
