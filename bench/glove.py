"""Speed of GloVe: counting (tokens/s) and training (entries/s) on a corpus folder.

    python bench/glove.py CORPUS_FOLDER [--window 10] [--min-count 5] [--dim 100]
"""

import argparse
import time
from pathlib import Path

import embedlab.kernels.glove  # noqa: F401  compiled before the clock starts
from embedlab.corpus import Corpus
from embedlab.models.glove import GloveConfig, count_cooccurrences, entries, fit


class Rate:
    """A report that keeps when each epoch ended."""

    def __init__(self):
        self.ends = []

    def __call__(self, progress):
        if "epoch" in progress.metrics:
            self.ends.append(time.perf_counter())

    def epoch(self) -> float:
        """Seconds of the second epoch: the first also holds the set-up."""
        return self.ends[1] - self.ends[0]


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
        config = GloveConfig(dim=args.dim, epochs=2, workers=workers)
        rate = Rate()
        fit(entries(counts, x_max=config.x_max, alpha=config.alpha), counts.starts, config, report=rate)
        print(f"training, {workers} threads, {args.dim} dimensions: {len(counts) / rate.epoch():,.0f} entries/s", flush=True)


if __name__ == "__main__":
    main()
