"""Statistics of a corpus: what its words are like, whether it is large enough, and what training on it will cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.data.corpus import Corpus

_SAMPLE_TOKENS = 100_000


def zipf(corpus: Corpus, *, points: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """(ranks, counts) of at most `points` words, evenly spaced in log rank, both int64; rank 1 is the most frequent."""
    n = corpus.n_types
    ranks = np.unique(np.geomspace(1, n, points).round().astype(np.int64)) if n > points else np.arange(1, n + 1)
    return ranks, corpus.vocabulary.counts[ranks - 1]


@dataclass(frozen=True)
class Coverage:
    """What a minimum count leaves: types kept, and the share of all types and of all tokens they make up."""

    min_count: int
    types: int
    type_share: float
    token_share: float


def coverage(corpus: Corpus, min_counts: Sequence[int] = (1, 2, 3, 5, 10, 20, 50, 100)) -> list[Coverage]:
    """What is left of the corpus at each minimum count."""
    counts = corpus.vocabulary.counts
    covered = np.concatenate([[0], np.cumsum(counts)])
    rows = []
    for min_count in min_counts:
        kept = len(corpus.vocabulary.head(min_count=min_count))
        rows.append(Coverage(min_count, kept, kept / len(counts), float(covered[kept] / covered[-1])))
    return rows


def frequent(corpus: Corpus, n: int = 50) -> list[tuple[str, int, float]]:
    """(word, count, share of all tokens) of the `n` most frequent words."""
    head = corpus.vocabulary.head(max_words=n)
    counts = head.counts.tolist()
    return [(word, count, count / corpus.n_tokens) for word, count in zip(head.words, counts, strict=True)]


def keep_probabilities(corpus: Corpus, sample: float, n: int = 50) -> list[tuple[str, float]]:
    """(word, probability that one occurrence survives subsampling) of the `n` most frequent words."""
    return list(zip(corpus.vocabulary.words[:n], corpus.vocabulary.keep_probability(sample)[:n].tolist(), strict=True))


def training_pairs(tokens: Sequence[str], window: int, architecture: str = "skipgram") -> list[tuple]:
    """The examples a sentence gives: (centre, context) for skip-gram, (contexts, centre) for CBOW.

    Training draws a smaller window at each word; these are the pairs of the whole window. A lone word gives none.
    """
    if window < 1:
        raise BadSetting(f"The window must be at least 1 word on each side; got {window}.")
    if architecture not in ("skipgram", "cbow"):
        raise BadSetting(f"The architecture must be skipgram or cbow; got {architecture!r}.")
    pairs: list[tuple] = []
    for i, centre in enumerate(tokens):
        contexts = tuple(tokens[max(0, i - window) : i]) + tuple(tokens[i + 1 : i + 1 + window])
        if architecture == "skipgram":
            pairs += ((centre, context) for context in contexts)
        elif contexts:
            pairs.append((contexts, centre))
    return pairs


def cooccurrences(corpus: Corpus, *, window: int, min_count: int) -> tuple[float, float]:
    """(pairs within the window, distinct pairs), estimated from the first tokens.

    Distinct pairs grow like a power of the pairs, as types grow with tokens (Heaps' law); the power is read off half
    the sample against the whole.
    """
    kept = len(corpus.vocabulary.head(min_count=min_count))
    tokens = np.asarray(corpus.tokens[:_SAMPLE_TOKENS])
    tokens = tokens[tokens < kept].astype(np.int64)
    if len(tokens) < 4 or not kept:
        return 0.0, 0.0
    half, whole = (_distinct(tokens[:n], window, kept) for n in (len(tokens) // 2, len(tokens)))
    power = min(max(np.log2(whole / half), 0.0), 1.0) if half else 1.0
    ratio = float(corpus.vocabulary.counts[:kept].sum()) / len(tokens)
    return 2.0 * window * len(tokens) * ratio, min(whole * max(ratio, 1.0) ** power, float(kept) ** 2)


def _distinct(tokens: np.ndarray, window: int, n_words: int) -> int:
    """Distinct (word, context) pairs within the window; a pair and its mirror image are two."""
    keys = []
    for d in range(1, min(window, len(tokens) - 1) + 1):
        low, high = np.minimum(tokens[:-d], tokens[d:]), np.maximum(tokens[:-d], tokens[d:])
        keys.append(low * n_words + high)
    return 2 * len(np.unique(np.concatenate(keys)))
