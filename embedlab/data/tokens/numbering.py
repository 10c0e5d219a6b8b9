"""Coding: tokens become numbers in files that grow; a text of any length needs only its vocabulary in memory."""

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from embedlab.data.tokens.preprocess import Preprocessing, keep_word

MAX_TYPES = 5_000_000
_FLUSH = 1 << 18


class Rows:
    """An npy file that grows by arrays; the header is written again at the end, when the length is known."""

    def __init__(self, path: Path, dtype, width: int | None = None):
        self.file, self.dtype, self.width, self.n = open(path, "wb", buffering=1 << 20), np.dtype(dtype), width, 0
        self._header()

    def _header(self) -> None:
        shape = (self.n,) if self.width is None else (self.n, self.width)
        descr = np.lib.format.dtype_to_descr(self.dtype)
        np.lib.format.write_array_header_1_0(self.file, {"descr": descr, "fortran_order": False, "shape": shape})

    def append(self, rows) -> None:
        """Add rows, converted to the type of the file."""
        rows = np.asarray(rows, self.dtype)
        rows = rows if self.width is None else rows.reshape(-1, self.width)
        self.file.write(np.ascontiguousarray(rows).data)
        self.n += len(rows)

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, *exc) -> None:
        self.file.seek(0)
        self._header()  # numpy leaves room in a header for a first axis of any length
        self.file.close()


class Texts:
    """Texts one after the other in one file, and where each begins in another."""

    def __init__(self, folder: Path, texts: str, offsets: str):
        self.file, self.offsets, self.n_bytes = open(folder / texts, "wb"), Rows(folder / offsets, np.int64), 0
        self.offsets.append([0])
        self.hash, self.hasher = hashlib.blake2b(digest_size=16), ThreadPoolExecutor(1)
        self.hashed: Future = self.hasher.submit(int)
        self.lengths = hashlib.blake2b(digest_size=16)

    def add(self, texts: list[str]) -> None:
        """Store texts, each as UTF-8."""
        stored = list(map(_utf8, texts))
        self.add_packed(b"".join(stored), np.cumsum([len(data) for data in stored], dtype=np.int64))

    def add_packed(self, data: bytes, ends: np.ndarray) -> None:
        """Store texts that are UTF-8 already and end at these bytes of `data`."""
        ends = self.n_bytes + ends
        self.file.write(data)
        self.offsets.append(ends)
        self.hashed.result()  # no more than one text waits, and the digest grows while the next text is read
        self.hashed = self.hasher.submit(self.hash.update, data)
        self.lengths.update(ends.tobytes())
        self.n_bytes += len(data)

    def digest(self) -> str:
        """What the texts and where they begin come down to."""
        self.hashed.result()
        return self.hash.hexdigest() + self.lengths.hexdigest()

    def __enter__(self) -> "Texts":
        return self

    def __exit__(self, *exc) -> None:
        self.hasher.shutdown()
        self.offsets.__exit__(*exc)
        self.file.close()


def _utf8(text: str) -> bytes:
    """The text as UTF-8; half a surrogate pair, which JSON can carry and UTF-8 cannot, becomes U+FFFD."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode("utf-8")


def byte_counter(text: str) -> Callable[[int], int]:
    """A function from a character to its byte in UTF-8; characters must be asked for in ascending order."""
    if text.isascii():
        return int
    at = [0, 0]

    def to_byte(character: int) -> int:
        at[:] = character, at[1] + len(text[at[0] : character].encode())
        return at[1]

    return to_byte


class Kept(dict):
    """raw token -> word, remembered; called with the raw tokens of a sentence it gives the words that are kept."""

    def __init__(self, prep: Preprocessing):
        super().__init__()
        self.rule = keep_word(prep)
        self.n_raw = 0

    def __missing__(self, raw: str) -> str | None:
        if len(self) > MAX_TYPES:
            self.clear()
        word = self[raw] = self.rule(raw)
        return word

    def __call__(self, raw: list[str]) -> list[str]:
        words = list(map(self.__getitem__, raw))
        self.n_raw += len(words) - words.count("")
        return [word for word in words if word]


class Coder(dict):
    """raw token -> id in the order of first appearance; -1 for a dropped word and -2 for what is no word at all.

    words[id] is the word and counts[id] how often it was seen. Beyond `max_types` those seen least are forgotten; their
    ids stay behind with None for a word, and a forgotten word that turns up again gets a new id.
    """

    def __init__(self, rule: Callable[[str], str | None], max_types: int = MAX_TYPES):
        super().__init__()
        self.rule, self.max_types = rule, max_types
        self.words: list[str | None] = []
        self.counts = np.zeros(1 << 12, np.int64)
        self.n_pruned = 0

    def __missing__(self, raw: str) -> int:
        word = self.rule(raw)
        if not word:
            code = -1 if word is None else -2
        elif word == raw:
            code = len(self.words)
            self.words.append(word)
        else:
            code = self[word]
        self[raw] = code
        return code

    def ids(self, tokens: list[str]) -> np.ndarray:
        """The codes of these tokens, int32, which are counted; prunes when there are too many words."""
        ids = np.fromiter(map(self.__getitem__, tokens), np.int32, len(tokens))
        if len(self.words) > len(self.counts):
            self.counts = np.concatenate([self.counts, np.zeros(2 * len(self.words) - len(self.counts), np.int64)])
        np.add.at(self.counts, ids[ids >= 0], 1)
        floor = 1
        while len(self) > self.max_types:
            self._forget(floor)
            floor *= 2
        return ids

    def _forget(self, floor: int) -> None:
        for raw in [raw for raw, code in self.items() if code < 0 or self.counts[code] <= floor]:
            code = self.pop(raw)
            if code >= 0 and self.words[code] is not None:
                self.words[code] = None
                self.n_pruned += 1


class RawIds:
    """The ids, sentences and documents of a text as they come: four files in `folder`, and the buffers before them.

    raw_ids int32; raw_lengths int32 (n_sentences,); raw_spans int64 (n_sentences, 2); raw_documents int32
    (n_documents,) with the number of sentences of each document.
    """

    def __init__(self, folder: Path, coder: Coder):
        self.coder = coder
        self.ids, self.lengths, self.spans, self.documents = (
            open(folder / f"raw_{name}", "wb") for name in ("ids", "lengths", "spans", "documents")
        )
        self._clear()
        self.n_in_document = self.n_words = 0

    def _clear(self) -> None:
        self._tokens: list[str] = []
        self._lengths: list[int] = []
        self._spans: list[int] = []
        self._documents: list[int] = []

    def add(self, first: int, last: int, tokens: list[str]) -> bool:
        """Add the sentence from byte `first` to byte `last`; True when the buffers were just written out."""
        self._tokens += tokens
        self._lengths.append(len(tokens))
        self._spans += (first, last)
        self.n_in_document += 1
        if len(self._tokens) < _FLUSH:
            return False
        self.flush()
        return True

    def end_document(self) -> None:
        """The sentences added since the last call were one document."""
        self._documents.append(self.n_in_document)
        self.n_in_document = 0
        if len(self._documents) >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered."""
        ids = self.coder.ids(self._tokens)
        self.n_words += int(np.count_nonzero(ids != -2))
        self.ids.write(ids.tobytes())
        self.lengths.write(np.array(self._lengths, np.int32).tobytes())
        self.spans.write(np.array(self._spans, np.int64).tobytes())
        self.documents.write(np.array(self._documents, np.int32).tobytes())
        self._clear()

    def __enter__(self) -> "RawIds":
        return self

    def __exit__(self, kind, *exc) -> None:
        if kind is None:
            self.flush()
        for file in (self.ids, self.lengths, self.spans, self.documents):
            file.close()
