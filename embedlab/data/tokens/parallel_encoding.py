"""Encoding by blocks: documents become numbers half a megabyte at a time, in compiled code and in several threads.

What comes out equals, token for token and span for span, what the Python code of `preprocess` and `sentences` makes,
which is still asked for all that hangs on neighbouring characters: combining marks, ligatures, capital sigma, letters
beyond U+FFFF. Each thread numbers words in a table of its own; at the end the tables become one vocabulary.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.data.tokens.alphabet import Alphabet
from embedlab.data.tokens.numbering import MAX_TYPES, byte_counter
from embedlab.data.tokens.preprocess import MAX_TOKENS, Preprocessing, bounded, keep_words, raw_sentences
from embedlab.data.tokens.sentences import MAX_CHARS
from embedlab.data.tokens.tokenizer import tokenizer

# From this size on blocks pay: loading the compiled code takes as long as Python needs for some megabytes, and
# compiling it, once after installation, as long as for some ten.
BLOCKWISE_BYTES = 8 << 20
BLOCK_BYTES = 1 << 19
MAX_WORKERS = 4


def encodes_blocks(prep: Preprocessing, n_bytes: int) -> bool:
    """Whether a text of this size is encoded by blocks; own patterns, Turkish casing and phrases need Python."""
    return n_bytes >= BLOCKWISE_BYTES and tokenizer(prep).table is not None and not prep.phrases


@dataclass(frozen=True)
class Coded:
    """What the ids of a text in raw_ids mean.

    words: None for one that was dropped; counts: int64 (n_words,). codes: index in words of each raw id, -1 for one
    that means nothing; None where a raw id is the index. n_raw: tokens before any was dropped.
    n_pruned: words forgotten because there were too many.
    """

    words: list[str | None]
    counts: np.ndarray
    codes: np.ndarray | None
    n_raw: int
    n_pruned: int


class WordTable:
    """Words and their counts, in arrays that grow. Ids written are multiples of `n_tables` plus `number`."""

    def __init__(self, number: int = 0, n_tables: int = 1, max_types: int = MAX_TYPES):
        from embedlab.kernels import text_tokens as kernels

        self.kernels, self.number, self.n_tables, self.max_types = kernels, number, n_tables, max_types
        self.state = np.zeros(3, np.int64)
        self.slots = np.zeros(1 << 16, np.uint32)
        self.keys = np.zeros((1 << 15, 2), np.uint64)
        self.counts, self.gone = np.zeros(1 << 15, np.int64), np.zeros(1 << 15, np.uint8)
        self.arena, self.ends = np.zeros(1 << 16, np.uint8), np.zeros(1 << 12, np.int64)
        self.buffer = np.zeros(1 << 12, np.uint64)
        self.n_gone = 0

    def __len__(self) -> int:
        """How many ids there are, also of words that were forgotten."""
        return int(self.state[self.kernels.N_TYPES])

    def code(
        self, units: np.ndarray, spans: np.ndarray, to: np.ndarray, *, wide: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """(ids of the tokens in these spans of a text, number of tokens in each), both int32."""
        sizes = spans[:, 1] - spans[:, 0]
        ids, lengths = np.empty(int((sizes // 2 + 1).sum()), np.int32), np.empty(len(spans), np.int32)
        numbering = np.array([self.n_tables, self.number, 0], np.int64)
        done = 0
        while True:
            done = self.kernels.code(
                units,
                spans,
                done,
                to,
                wide,
                self.state,
                self.slots,
                self.keys,
                self.counts,
                self.ends,
                self.arena,
                self.buffer,
                numbering,
                ids,
                lengths,
            )
            if done == len(spans):
                break
            self._grow(int(sizes[done]))
        floor = 1
        while len(self) - self.n_gone > self.max_types:
            self._place(len(self.slots), floor)
            floor *= 2
        return ids[: numbering[2]], lengths

    def _grow(self, room: int) -> None:
        """Make room for the tokens of a sentence of `room` units."""
        n_types, n_long, n_bytes = self.state.tolist()
        if n_types + room // 2 + 1 > len(self.keys):
            n = 2 * len(self.keys) + room
            self.keys, self.counts, self.gone = (_longer(a, n) for a in (self.keys, self.counts, self.gone))
            self._place(1 << (2 * n - 1).bit_length(), -1)
        if n_long + room // 4 + 2 > len(self.ends):
            self.ends = _longer(self.ends, 2 * len(self.ends) + room)
        if n_bytes + 3 * room > len(self.arena):
            self.arena = _longer(self.arena, 2 * len(self.arena) + 3 * room)
        if 3 * room + 32 > 8 * len(self.buffer):
            self.buffer = np.zeros(room, np.uint64)

    def _place(self, n_slots: int, floor: int) -> None:
        self.slots = np.zeros(n_slots, np.uint32)
        left = self.kernels.place(len(self), self.keys, self.counts, floor, self.gone, self.slots)
        self.n_gone = len(self) - left

    def spelled(self) -> np.ndarray:
        """Every word in UTF-8 with a line break behind it; a forgotten word is an empty line."""
        out = np.empty(17 * len(self) + int(self.state[self.kernels.ARENA]), np.uint8)
        return out[: self.kernels.spell(len(self), self.keys, self.ends, self.arena, self.gone, out)]

    def take(self, other: "WordTable") -> np.ndarray:
        """Add the words and counts of another table; the id here of each of its ids, int32, -1 for a forgotten one."""
        spelled = other.spelled()
        cuts = np.append(np.flatnonzero(spelled == ord("\n"))[1023::1024] + 1, len(spelled))
        spans = np.stack([np.append(0, cuts[:-1]), cuts], axis=1)
        found, _ = self.code(spelled.astype(np.uint16), spans, _as_it_is(), wide=False)
        found = found // self.n_tables
        there = other.gone[: len(other)] == 0
        self.counts[found] += other.counts[: len(other)][there] - 1  # each has just been counted once
        ids = np.full(len(other), -1, np.int32)
        ids[there] = found
        return ids


def _longer(array: np.ndarray, n: int) -> np.ndarray:
    longer = np.zeros((n, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer


def _as_it_is() -> np.ndarray:
    """The table for words that are ready and stand in bytes, with spaces or line breaks between."""
    to = np.arange(1 << 16, dtype=np.uint16)
    to[ord("\n")] = ord(" ")
    return to


def encode_blocks(work: Path, prep: Preprocessing, tell: Callable[[int], None], *, workers: int | None = None) -> Coded:
    """Write raw_ids, raw_lengths, raw_spans and raw_documents of the texts in `work`; return what the ids mean.

    tell: told after each block how many bytes are done; what it raises ends the work.
    """
    workers = workers or min(os.cpu_count() or 1, MAX_WORKERS)
    alphabet = Alphabet(prep)
    tables = [WordTable(number, workers, MAX_TYPES // workers) for number in range(workers)]
    pools = [ThreadPoolExecutor(1) for _ in tables]
    files = [open(work / f"raw_{name}", "wb") for name in ("ids", "lengths", "spans", "documents")]
    pending: deque = deque()

    def store() -> None:
        arrays, done = pending.popleft().result()
        for file, array in zip(files, arrays, strict=True):
            file.write(np.ascontiguousarray(array).data)
        tell(done)

    try:
        for number, (start, ends) in enumerate(_blocks(work)):
            which = number % workers  # always the same table, so that ids and what is forgotten are reproducible
            pending.append(pools[which].submit(_encode_block, work / "texts.bin", start, ends, alphabet, tables[which]))
            if len(pending) > 2 * workers:
                store()
        while pending:
            store()
    finally:
        for pool in pools:
            pool.shutdown(cancel_futures=True)
        for file in files:
            file.close()
    return _joint(tables, prep)


def _blocks(work: Path) -> Iterator[tuple[int, np.ndarray]]:
    """(first byte, where each document ends counted from there) of blocks of whole documents."""
    offsets = np.load(work / "text_offsets.npy", mmap_mode="r", allow_pickle=False)
    first = 0
    while first < len(offsets) - 1:
        start = int(offsets[first])
        last = max(int(np.searchsorted(offsets, start + BLOCK_BYTES, side="right")) - 1, first + 1)
        yield start, np.array(offsets[first + 1 : last + 1]) - start
        first = last


def _encode_block(
    path: Path, start: int, ends: np.ndarray, alphabet: Alphabet, table: WordTable
) -> tuple[tuple[np.ndarray, ...], int]:
    """((ids, lengths, spans, sentences of each document), last byte) of the documents that end at `ends`."""
    data = np.fromfile(path, np.uint8, int(ends[-1]), offset=start)
    wide = bool(len(data)) and int(data.max()) > 127
    units, at = _decoded(data, alphabet) if wide else (data.astype(np.uint16), None)
    where, odd, slow = _cut(units, ends if at is None else np.searchsorted(at, ends), alphabet, wide)
    spans = where if at is None else at[where].astype(np.int64)
    even = odd == 0
    ids, lengths = table.code(units, where[even], alphabet.to, wide=wide)
    by_python = [*_odd_sentences(data, spans[~even], alphabet.cut), *_slow_documents(data, ends, slow, alphabet.cut)]
    spans = spans[even]
    if by_python:
        ids, lengths, spans = _merged(table, ids, lengths, spans, by_python)
    spans, lengths = spans[lengths > 0], lengths[lengths > 0]
    per_document = np.diff(np.searchsorted(spans[:, 0], ends), prepend=0).astype(np.int32)
    return (ids, lengths, spans + start, per_document), start + int(ends[-1])


def _decoded(data: np.ndarray, alphabet: Alphabet) -> tuple[np.ndarray, np.ndarray]:
    """(units, byte where each begins, with the end of the text behind)."""
    units, at, seen = np.empty(len(data), np.uint16), np.empty(len(data) + 1, np.int32), np.zeros(1 << 16, np.uint8)
    n = alphabet.kernels.decode(data, units, at, seen)
    alphabet.learn(np.flatnonzero(seen))
    return units[:n], at[: n + 1]


def _cut(
    units: np.ndarray, ends: np.ndarray, alphabet: Alphabet, wide: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(spans of sentences in units, which of them are odd, which documents are left to Python)."""
    most = len(units) // 2 + len(ends) + 1
    spans, odd, slow = np.empty((most, 2), np.int64), np.empty(most, np.uint8), np.empty(len(ends), np.uint8)
    n = alphabet.kernels.cut_sentences(
        units,
        ends,
        alphabet.at_sentences,
        alphabet.classes,
        alphabet.to,
        wide,
        alphabet.abbreviations,
        np.array([MAX_CHARS, MAX_TOKENS]),
        spans,
        odd,
        slow,
    )
    return spans[:n], odd[:n], slow


def _odd_sentences(data: np.ndarray, spans: np.ndarray, cut) -> Iterator[tuple[int, int, list[str]]]:
    for first, last in spans.tolist():
        text = data[first:last].tobytes().decode()
        yield from _in_bytes(text, first, bounded(text, 0, len(text), cut, cut(text)))


def _slow_documents(data: np.ndarray, ends: np.ndarray, slow: np.ndarray, cut) -> Iterator[tuple[int, int, list[str]]]:
    for document in np.flatnonzero(slow).tolist():
        first = int(ends[document - 1]) if document else 0
        text = data[first : ends[document]].tobytes().decode()
        yield from _in_bytes(text, first, raw_sentences(text, cut))


def _in_bytes(text: str, start: int, found) -> Iterator[tuple[int, int, list[str]]]:
    to_byte = byte_counter(text)
    for first, last, tokens in found:
        first, last = to_byte(first), to_byte(last)
        yield start + first, start + last, tokens


def _merged(
    table: WordTable, ids: np.ndarray, lengths: np.ndarray, spans: np.ndarray, by_python: list
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(ids, lengths, spans) with the sentences that Python has cut at their places."""
    texts = [" ".join(tokens).encode() for _, _, tokens in by_python]
    ends = np.cumsum([len(text) + 1 for text in texts])
    where = np.stack([ends - [len(text) + 1 for text in texts], ends - 1], axis=1)
    units = np.frombuffer(b" ".join(texts), np.uint8).astype(np.uint16)
    more_ids, more_lengths = table.code(units, where, _as_it_is(), wide=False)
    spans = np.concatenate([spans, np.array([(first, last) for first, last, _ in by_python], np.int64)])
    lengths, ids = np.concatenate([lengths, more_lengths]), np.concatenate([ids, more_ids])
    order = np.argsort(spans[:, 0], kind="stable")
    begins = (np.cumsum(lengths) - lengths)[order]
    lengths = lengths[order]
    places = np.repeat(begins - np.cumsum(lengths) + lengths, lengths) + np.arange(len(ids))
    return ids[places], lengths, spans[order]


def _joint(tables: list[WordTable], prep: Preprocessing) -> Coded:
    """One vocabulary of all tables, with what depends on the word alone decided."""
    n_pruned, whole = sum(table.n_gone for table in tables), tables[0]
    sizes = [len(table) for table in tables]
    codes = np.full((max(sizes), len(tables)), -1, np.int64)  # raw id = row * n_tables + column
    there = whole.gone[: sizes[0]] == 0
    codes[: sizes[0], 0] = np.where(there, np.arange(sizes[0]), -1)
    for number, other in enumerate(tables[1:], 1):
        codes[: sizes[number], number] = whole.take(other)
    raw = whole.spelled().tobytes().decode().split("\n")[:-1]
    words, counts, becomes, n_raw = _settled(raw, whole.counts[: len(whole)], prep)
    return Coded(words, counts, np.append(becomes, -1)[codes.ravel()], n_raw, n_pruned)


def _settled(raw: list[str], counts: np.ndarray, prep: Preprocessing) -> tuple[list, np.ndarray, np.ndarray, int]:
    """(words, counts, index in words of each raw word, tokens that are words at all)."""
    words: list[str | None] = list(keep_words(raw, prep))
    becomes = np.arange(len(raw))
    changed = [i for i, (before, after) in enumerate(zip(raw, words)) if before != after or not after]
    n_raw = int(counts.sum()) - sum(int(counts[i]) for i in changed if raw[i] and words[i] == "")
    if changed:
        index = {word: i for i, word in enumerate(raw)}
        for i in changed:
            word, words[i] = words[i], None
            if not word:
                becomes[i] = -1
                continue
            becomes[i] = index.setdefault(word, len(words))
            if becomes[i] == len(words):
                words.append(word)
    total = np.zeros(len(words), np.int64)
    np.add.at(total, becomes[becomes >= 0], counts[becomes >= 0])
    return words, total, becomes, n_raw
