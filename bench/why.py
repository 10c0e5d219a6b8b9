"""Speed of "why are these near?": building the index and one click, beside two ways without an index.

    python bench/why.py CORPUS_FOLDER [--window 5] [--min-count 10] [--pairs 30]

Pairs are drawn at random within bands of frequency. A click is all of shared_contexts: both PPMI rows, eight shared
contexts with a sentence for each word, and sentences that have both. The two others only count the rows, in one run:
a scan of all tokens for the two words, and the co-occurrence matrix of the whole corpus by scipy, built each time.
"""

import argparse
import shutil
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

import embedlab.kernels.inverted_index  # noqa: F401  compiled before the clock starts
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import Window, build_index, context_totals
from embedlab.explain.contexts import context_row, shared_contexts

BANDS = ((10, 100), (100, 1_000), (1_000, 10_000), (10_000, 100_000), (100_000, 10**9))


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def click(corpus: Corpus, a: str, b: str, window: Window) -> float:
    return min(seconds(lambda: shared_contexts(corpus, a, b, window=window, k=8)) for _ in range(3))


def scan(corpus: Corpus, rows: list[int], window: Window, n_words: int) -> np.ndarray:
    """Contexts of the words by looking at every token."""
    tokens = np.asarray(corpus.tokens)
    sentence = np.repeat(np.arange(corpus.n_sentences), np.diff(corpus.sentences))
    keep = tokens < n_words
    tokens, sentence = tokens[keep], sentence[keep]
    counts = np.zeros((len(rows), n_words))
    for i, row in enumerate(rows):
        at = np.flatnonzero(tokens == row)
        for d, weight in enumerate(window.weights(), 1):
            for other in (at - d, at + d):
                inside = (other >= 0) & (other < len(tokens))
                here, there = at[inside], other[inside]
                same = sentence[here] == sentence[there]
                counts[i] += weight * np.bincount(tokens[there[same]], minlength=n_words)
    return counts


def matrix(corpus: Corpus, window: Window, n_words: int) -> csr_matrix:
    """The whole co-occurrence matrix, symmetric."""
    tokens = np.asarray(corpus.tokens)
    sentence = np.repeat(np.arange(corpus.n_sentences, dtype=np.int32), np.diff(corpus.sentences))
    keep = tokens < n_words
    tokens, sentence = tokens[keep], sentence[keep]
    total = csr_matrix((n_words, n_words))
    for d, weight in enumerate(window.weights(), 1):
        same = sentence[d:] == sentence[:-d]
        total = total + csr_matrix(
            (np.full(int(same.sum()), weight), (tokens[:-d][same], tokens[d:][same])), shape=(n_words, n_words)
        )
    return (total + total.T).tocsr()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--min-count", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=30)
    args = parser.parse_args()
    corpus, window = Corpus.open(args.corpus), Window(args.window, "linear", args.min_count)
    n_words, rng = window.n_words(corpus), np.random.default_rng(1)
    counts, words = corpus.vocabulary.counts, corpus.vocabulary.words
    print(f"{corpus.n_tokens:,} tokens, {n_words:,} words, {window}")
    shutil.rmtree(corpus.folder / "index", ignore_errors=True)
    build, totals = seconds(lambda: build_index(corpus)), seconds(lambda: context_totals(corpus, window))
    size = sum(path.stat().st_size for path in (corpus.folder / "index").iterdir())
    print(f"index {build:.2f} s, window totals {totals:.2f} s, {size / 2**20:.0f} MB on disk, once")
    every = []
    for low, high in BANDS:
        band = np.flatnonzero((counts >= max(low, args.min_count)) & (counts < high))
        if len(band) < 2:
            continue
        pairs = [rng.choice(band, 2, replace=False) for _ in range(args.pairs)]
        taken = [click(corpus, words[a], words[b], window) for a, b in pairs]
        every += taken
        print(
            f"  seen {low:>7,} to {high if high < 10**9 else counts[0] + 1:,}: median "
            f"{1e3 * np.median(taken):5.0f} ms, "
            f"p95 {1e3 * np.percentile(taken, 95):5.0f} ms ({len(pairs)} pairs)",
            flush=True,
        )
    print(f"all: median {1e3 * np.median(every):.0f} ms, p95 {1e3 * np.percentile(every, 95):.0f} ms")
    a, b = (int(row) for row in np.argsort(np.abs(counts - 5_000))[:2])
    rows = min(seconds(lambda: [context_row(corpus, words[row], window=window) for row in (a, b)]) for _ in range(3))
    scanned = min(seconds(lambda: scan(corpus, [a, b], window, n_words)) for _ in range(2))
    built = seconds(lambda: matrix(corpus, window, n_words))
    print(
        f"both rows of {words[a]!r} and {words[b]!r}: index {1e3 * rows:.1f} ms, scan of all tokens "
        f"{1e3 * scanned:,.0f} ms "
        f"({scanned / rows:,.0f} times), scipy matrix {1e3 * built:,.0f} ms ({built / rows:,.0f} times)"
    )


if __name__ == "__main__":
    main()
