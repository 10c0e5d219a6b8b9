"""Seconds to find what moved between two embeddings, the first time and again, when neighbours are kept on disk.

    python bench/movers.py [VECTORS.npy] [--words 50000]
    python bench/movers.py --windows  # are the words shown first those that a change of the seed leaves alone?

VECTORS as for bench/maps.py. The second embedding is the first one turned, with noise of half its spread.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from maps import wikipedia_vectors

from embedlab.explain.compare import Shared, movers
from embedlab.lab import Lab
from embedlab.projections.warm import warm_up
from embedlab.vectors.embedding import Embedding


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vectors", type=Path, nargs="?")
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--windows", action="store_true", help="Windows 2 and 15, with two seeds each.")
    args = parser.parse_args()
    if args.windows:
        windows()
        return
    vectors = np.array(np.load(args.vectors or wikipedia_vectors(), mmap_mode="r")[: args.words], np.float32)
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.normal(size=(vectors.shape[1],) * 2))[0].astype(np.float32)
    other = vectors @ turn + rng.normal(scale=vectors.std() / 2, size=vectors.shape).astype(np.float32)
    words = [f"w{i}" for i in range(len(vectors))]
    a, b = Embedding(words, vectors), Embedding(words, other)
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        for turn in ("first time", "again"):
            began = time.perf_counter()
            found = movers(a, b, graphs=(Path(folder) / "a", Path(folder) / "b"))
            print(
                f"{len(found):,} words of {a.dim} dimensions, {turn}: {time.perf_counter() - began:.2f} s, mean "
                f"overlap {found.mean:.3f}",
                flush=True,
            )


def windows() -> None:
    """Of the words that moved most between two windows: the neighbours they keep when only the seed changes."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(folder)
        corpus = lab.add_corpus("enwiki")
        settings = [(window, seed) for window in (2, 15) for seed in (1, 2)]
        runs = {
            (window, seed): lab.train(corpus, "word2vec", epochs=15, window=window, seed=seed, workers=1).embedding
            for window, seed in settings
        }
        shared = Shared(2000)
        found = movers(runs[2, 1], runs[15, 1], shared)
        noise = [movers(runs[window, 1], runs[window, 2], shared) for window in (2, 15)]
        kept = {word: np.mean([each.overlap[each.words.index(word)] for each in noise]) for word in found.words}
        orders = {"by overlap alone": np.lexsort((-found.shift, found.overlap)), "as shown": found.order}
        print(f"all words keep {np.mean(list(kept.values())):.3f} of their neighbours when only the seed changes")
        for title, order in orders.items():
            words = [found.words[row] for row in order[:30]]
            print(f"30 words first, {title}: {np.mean([kept[word] for word in words]):.3f}; {', '.join(words[:12])}")


if __name__ == "__main__":
    main()
