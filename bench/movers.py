"""Seconds to find what moved between two embeddings, the first time and again, when neighbours are kept on disk.

    python bench/movers.py [VECTORS.npy] [--words 50000]

VECTORS as for bench/maps.py. The second embedding is the first one turned, with noise of half its spread.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from maps import wikipedia_vectors

from embedlab.explain.compare import movers
from embedlab.projections.warm import warm_up
from embedlab.vectors.embedding import Embedding


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vectors", type=Path, nargs="?")
    parser.add_argument("--words", type=int, default=50_000)
    args = parser.parse_args()
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


if __name__ == "__main__":
    main()
