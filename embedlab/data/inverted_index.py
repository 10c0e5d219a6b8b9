"""The inverted index of a corpus: for every word, where it stands. Built once and kept beside the corpus.

    index/starts.npy       int64 (n_types + 1,)  where each word's positions begin
    index/positions.npy    int32 or int64 (n_tokens,)  token positions, by word and then ascending
    index/totals-*.npy     float64 (n_words,)    the weight of all contexts of each word, one file a kind of window

A corpus never changes, so neither does its index. Building walks the tokens as often as the positions fill
BLOCK_POSITIONS: memory stays the same however large the corpus is.
"""

import logging
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.files import Kept, publish, read_array, staging, write_array
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus

CHUNK_TOKENS = 1 << 22
BLOCK_POSITIONS = 1 << 26  # 256 MB
KEPT = Kept("The index of this corpus", "The index of this corpus lacks a file.", "It is built again.")
log = logging.getLogger(__name__)
WEIGHTINGS = {
    "flat": "every word in the window counts the same",
    "linear": "near words count more, as Word2Vec's shrinking windows make them",
    "harmonic": "near words count more, by 1/distance as in GloVe",
}


@dataclass(frozen=True)
class Window:
    """What stands around a word: up to `size` kept words on either side, within the sentence.

    Words seen less than `min_count` times are skipped over. weighting: see WEIGHTINGS.
    """

    size: int = 5
    weighting: str = "flat"
    min_count: int = 1

    def __post_init__(self):
        if not 1 <= self.size <= 1000:
            raise BadSetting(f"A window has 1 to 1,000 words on either side; got {self.size}.")
        if self.weighting not in WEIGHTINGS:
            raise BadSetting(f"There is no weighting {self.weighting!r}. Choose one of {', '.join(WEIGHTINGS)}.")
        if self.min_count < 1:
            raise BadSetting(f"The minimum count must be at least 1; got {self.min_count}.")

    def weights(self) -> np.ndarray:
        """The weight of a word at distance 1, 2 ... size, float64 (size,)."""
        distance = np.arange(1, self.size + 1)
        return {"flat": np.ones(self.size), "linear": (self.size - distance + 1) / self.size, "harmonic": 1 / distance}[
            self.weighting
        ]

    def n_words(self, corpus: Corpus) -> int:
        """How many words of the corpus are kept; their ids are the smallest."""
        return int(np.count_nonzero(corpus.vocabulary.counts >= self.min_count))


@dataclass(frozen=True, eq=False)
class Index:
    """starts: int64 (n_types + 1,); positions: int32 or int64 (n_tokens,), memory-mapped."""

    starts: np.ndarray
    positions: np.ndarray

    def of(self, row: int) -> np.ndarray:
        """Where word `row` stands in the corpus, ascending."""
        return self.positions[self.starts[row] : self.starts[row + 1]]


def has_index(corpus: Corpus) -> bool:
    """Whether the index of a corpus has been built."""
    return (_folder(corpus) / "positions.npy").exists()


def open_index(corpus: Corpus, *, report: Report = silent) -> Index:
    """The index of a corpus, built if it is not there yet: about a second for ten million tokens."""
    if not has_index(corpus):
        build_index(corpus, report=report)
    try:
        return _opened(str(_folder(corpus)))
    except (BadInput, NotFound) as error:
        log.warning("%s", error)
        shutil.rmtree(_folder(corpus), ignore_errors=True)
        build_index(corpus, report=report)
        return _opened(str(_folder(corpus)))


@lru_cache(maxsize=8)
def _opened(folder: str) -> Index:
    return Index(*(read_array(Path(folder) / f"{name}.npy", KEPT, mapped=True) for name in ("starts", "positions")))


def build_index(corpus: Corpus, *, report: Report = silent) -> None:
    """Write the index of a corpus into its folder; Cancelled, an error or a killed process leave none behind."""
    with staging(corpus.folder, "index") as work:
        starts = _starts(corpus)
        write_array(work / "starts.npy", starts)
        _write_positions(corpus, starts, work / "positions.npy", report)
        publish(work, _folder(corpus))  # someone else may have been quicker; theirs is the same


def _starts(corpus: Corpus) -> np.ndarray:
    counts = np.zeros(corpus.n_types, np.int64)
    for first in range(0, corpus.n_tokens, CHUNK_TOKENS):
        counts += np.bincount(corpus.tokens[first : first + CHUNK_TOKENS], minlength=corpus.n_types)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _write_positions(corpus: Corpus, starts: np.ndarray, path: Path, report: Report) -> None:
    """The positions, a block of the file at a time: each block is one walk over the tokens."""
    report(Progress(0, 1, "Indexing the corpus (compiled once, then kept)"))
    from embedlab.kernels.inverted_index import place

    n = corpus.n_tokens
    kind = np.int32 if n < 2**31 else np.int64
    out = np.lib.format.open_memmap(path, "w+", kind, (n,))
    blocks = range(0, n, BLOCK_POSITIONS)
    for number, low in enumerate(blocks):
        block = np.empty(min(BLOCK_POSITIONS, n - low), kind)
        at = starts[:-1].copy()
        for first in range(0, n, CHUNK_TOKENS):
            report(Progress(number + first / n, len(blocks), f"Indexing {n:,} tokens"))
            place(np.asarray(corpus.tokens[first : first + CHUNK_TOKENS]), first, at, low, low + len(block), block)
        out[low : low + len(block)] = block
    out.flush()
    report(Progress(1, 1, "The index is ready"))


def context_totals(corpus: Corpus, window: Window, *, report: Report = silent) -> np.ndarray:
    """The weight of all contexts of each kept word, float64 (n_words,): the margin of the co-occurrence matrix.

    Counted over the whole corpus once for each kind of window, then read from a file.
    """
    path = totals_path(corpus, window)
    if not path.exists():
        open_index(corpus, report=report)
        totals = _count_totals(corpus, window, report)
        write_array(path, totals)
    return np.load(path, allow_pickle=False)


def has_totals(corpus: Corpus, window: Window) -> bool:
    """Whether this kind of window has been counted."""
    return totals_path(corpus, window).exists()


def totals_path(corpus: Corpus, window: Window) -> Path:
    """The file that `context_totals` writes."""
    return _folder(corpus) / f"totals-{window.weighting}-{window.size}-{window.min_count}.npy"


def _count_totals(corpus: Corpus, window: Window, report: Report) -> np.ndarray:
    from embedlab.kernels.inverted_index import add_totals

    n_words = window.n_words(corpus)
    totals, sums = np.zeros(n_words), np.concatenate([[0], np.cumsum(window.weights())])
    for first, last in _sentence_blocks(corpus):
        offsets = np.asarray(corpus.sentences[first : last + 1])
        report(Progress(int(offsets[0]), corpus.n_tokens, f"Counting windows of {window.size} words"))
        add_totals(np.asarray(corpus.tokens[offsets[0] : offsets[-1]]), offsets[1:] - offsets[0], n_words, sums, totals)
    return totals


def _sentence_blocks(corpus: Corpus):
    """Ranges of sentences that hold about CHUNK_TOKENS tokens each."""
    first = 0
    while first < corpus.n_sentences:
        last = int(np.searchsorted(corpus.sentences, int(corpus.sentences[first]) + CHUNK_TOKENS))
        last = min(max(last, first + 1), corpus.n_sentences)
        yield first, last
        first = last


def _folder(corpus: Corpus) -> Path:
    return corpus.folder / "index"
