"""word2vec binary files: a line of sizes, then each word, a blank, and its vector as 32-bit numbers."""

import mmap
import re
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress, Report
from embedlab.data.reading.encodings import Encoding
from embedlab.vectors.formats.imported import Rows
from embedlab.vectors.formats.word_rows import decoded_words, header_of

LONGEST_WORD = 1_000  # bytes
MOST_STEPS = 4  # a word, going back included
LARGEST = 1e6  # of a number in a vector that somebody has trained
SMALLEST = 1e-15
_CONTROLS = re.compile(rb"[\x00-\x08\x0b-\x1f]")


def read_binary(path: Path, name: str, encoding: str | None, report: Report) -> tuple[Rows, Encoding]:
    """The rows of a word2vec binary file and the encoding of its words; BadInput if it ends early.

    A word ends at its first blank. Where that leaves vectors that nobody has trained, words hold blanks themselves, as
    phrases do: then each word ends at the blank after which all that follows fits.
    """
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(b"\n") + 1
        n, dim = header_of(data[:start]) or (0, 0)
        if n * (4 * dim + 2) > len(data) - start + 1 or not dim:
            raise BadInput(
                f"{name} announces {n:,} words of {dim} numbers, more than it has room for: it is cut short "
                "or damaged. Download or export it again."
            )
        tell = lambda i: report(Progress(i, n, f"Reading {name}: {i:,} words"))  # noqa: E731
        ends = _first_blanks(data, start, n, dim, tell)
        notes: tuple[str, ...] = ()
        if ends is None or not _fits(data, ends, dim):
            found = _fitting_blanks((data, start, n, dim, True), tell)
            found = _fitting_blanks((data, start, n, dim, False), tell) if found is None and ends is None else found
            if found is not None:
                ends, notes = found, ("Some words hold blanks; each ends where its vector begins.",)
        if ends is None:
            raise BadInput(f"{name} ends before its {n:,} words do: it is cut short. Download or export it again.")
        words = [bytes(data[first:blank]) for first, blank in ends]
        vectors = np.empty((n, dim), np.float32)
        for i, (_, blank) in enumerate(ends):
            vectors[i] = np.frombuffer(data[blank + 1 : blank + 1 + 4 * dim], "<f4")
    names, codec = decoded_words(words, name, encoding)
    return Rows(names, vectors, notes=notes), codec


def _first_blanks(data, at: int, n: int, dim: int, tell) -> list[tuple[int, int]] | None:
    """(first byte, first blank) of each word; None where the file ends before."""
    found = []
    for i in range(n):
        while data[at : at + 1] == b"\n":
            at += 1
        blank = data.find(b" ", at)
        if blank < 0 or blank + 1 + 4 * dim > len(data):
            return None
        found.append((at, blank))
        at = blank + 1 + 4 * dim
        if i % 10_000 == 0:
            tell(i)
    return found if len(data) - at <= 2 else None  # a line end may follow


def _fits(data, ends: list[tuple[int, int]], dim: int) -> bool:
    """Whether the words have letters and the vectors numbers that somebody may have trained."""
    sample = ends if len(ends) <= 2_000 else ends[:: len(ends) // 2_000]
    return all(
        _is_word(data[first:blank], strict=True) and _is_vector(data[blank + 1 : blank + 1 + 4 * dim], strict=True)
        for first, blank in sample
    )


def _fitting_blanks(what: tuple, tell) -> list[tuple[int, int]] | None:
    """(first byte, last blank) of each word, where a word may hold blanks; None where nothing fits.

    what: data, where the words begin, how many there are, dim, whether words must be valid UTF-8 and numbers of usual
    size. The earliest fitting blank of each word is taken, and when the rest does not fit, the next one: a search in
    depth.
    """
    data, at, n, dim, strict = what
    found: list[tuple[int, int]] = []
    steps = 0
    while len(found) < n:
        steps += 1
        if steps > MOST_STEPS * n + 10_000:
            return None
        if len(found) % 10_000 == 0:
            tell(len(found))
        start = at
        while data[start : start + 1] == b"\n":
            start += 1
        blank = _next_blank((data, dim, strict), start, start, last=len(found) == n - 1)
        while blank is None and found:
            start, before = found.pop()
            blank = _next_blank((data, dim, strict), start, before + 1, last=len(found) == n - 1)
        if blank is None:
            return None
        found.append((start, blank))
        at = blank + 1 + 4 * dim
    return found


def _next_blank(what: tuple, start: int, at: int, *, last: bool) -> int | None:
    """The first blank from `at` on after which a vector stands, for a word that begins at `start`."""
    data, dim, strict = what
    while True:
        blank = data.find(b" ", at, start + LONGEST_WORD)
        end = blank + 1 + 4 * dim
        if blank < 0 or end > len(data) or _CONTROLS.search(data[start:blank]):
            return None
        fits = _is_vector(data[blank + 1 : end], strict=strict) and _is_word(data[start:blank], strict=strict)
        if fits and (len(data) - end <= 2 if last else data[end : end + 1] not in (b"", b" ")):
            return blank
        at = blank + 1


def _is_word(word: bytes, *, strict: bool) -> bool:
    """Whether these bytes may be a word; strict: of valid UTF-8."""
    if strict:
        try:
            word.decode("utf-8")
        except UnicodeDecodeError:
            return False
    return 0 < len(word) <= LONGEST_WORD and not _CONTROLS.search(word)


def _is_vector(data: bytes, *, strict: bool) -> bool:
    """Whether these bytes are numbers of a size that vectors have; strict: all of them, else most."""
    values = np.abs(np.frombuffer(data, "<f4"))
    if not np.isfinite(values).all() or values.max(initial=0) > LARGEST:
        return False
    usual = values[values > 0] > SMALLEST
    return bool(usual.all() if strict else usual.mean() > 0.8) if len(usual) else True
