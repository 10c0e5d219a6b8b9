"""Speed of GloVe: counting (tokens/s) and training (entries/s) on a corpus folder.

    python bench/glove.py CORPUS_FOLDER [--window 10] [--min-count 5] [--dim 100]
"""

import argparse
import time
from pathlib import Path

import embedlab.kernels.glove  # noqa: F401  compiled before the clock starts
from embedlab.corpus import Corpus
from embedlab.models.glove import GloveConfig, count_cooccurrences, entries, fit


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--min-count", type=int, default=5)
    parser.add_argument("--dim", type=int, default=100)
    args = parser.parse_args()
    corpus = Corpus.open(args.corpus)
    n_words = len(corpus.vocabulary.head(min_count=args.min_count))
    for workers in (1, 2):
        began = time.perf_counter()
        counts = count_cooccurrences(corpus, n_words, args.window, workers=workers)
        seconds = time.perf_counter() - began
        print(f"counting, {workers} threads: {seconds:.2f} s, {corpus.n_tokens / seconds:,.0f} tokens/s, {len(counts):,} entries, "
              f"{n_words:,} words", flush=True)
    for workers in (1, 2):
        ends = []
        config = GloveConfig(dim=args.dim, epochs=2, workers=workers)
        fit(entries(counts, x_max=config.x_max, alpha=config.alpha), counts.starts, config,
            report=lambda p: ends.append(time.perf_counter()) if "epoch" in p.metrics else None)
        print(f"training, {workers} threads, {args.dim} dimensions: {len(counts) / (ends[1] - ends[0]):,.0f} entries/s", flush=True)


if __name__ == "__main__":
    main()
