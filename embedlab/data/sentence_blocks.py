"""The corpus in blocks of whole sentences, small enough to report and rest in between."""

from collections.abc import Iterator

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_mask


def sentence_blocks(offsets: np.ndarray, n_tokens: int) -> Iterator[tuple[int, int]]:
    """(first, last) sentence of blocks of at most `n_tokens` tokens, or of one longer sentence."""
    first, n = 0, len(offsets) - 1
    while first < n:
        last = int(np.searchsorted(offsets, offsets[first] + n_tokens, side="right")) - 1
        last = min(max(last, first + 1), n)
        yield first, last
        first = last


def read_block(corpus: Corpus, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids of the sentences first..last, int32, and where each begins in them, int64 (last - first + 1,)."""
    offsets = np.array(corpus.sentences[first : last + 1], np.int64)
    return np.array(corpus.tokens[offsets[0] : offsets[-1]], np.int32), offsets - offsets[0]


def held_out_share(corpus: Corpus, share: float) -> float:
    """`share`, or 0 where so few sentences would be held out that their loss says nothing."""
    return share if share * corpus.n_sentences >= 2 else 0.0


def held_out_text(corpus: Corpus, share: float, n_tokens: int) -> tuple[np.ndarray, np.ndarray]:
    """The held-out sentences, as `read_block` gives them, up to about `n_tokens` tokens."""
    parts, sizes, total = [], [0], 0
    for first, last in sentence_blocks(corpus.sentences, 2**20):
        tokens, offsets = read_block(corpus, first, last)
        for s in np.flatnonzero(held_out_mask(first, last, share)).tolist():
            parts.append(tokens[offsets[s] : offsets[s + 1]])
            sizes.append(len(parts[-1]))
            total += sizes[-1]
            if total >= n_tokens:
                break
        if total >= n_tokens:
            break
    return np.concatenate([*parts, np.empty(0, np.int32)]), np.cumsum(sizes, dtype=np.int64)
