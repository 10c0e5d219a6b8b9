"""Draws the map of the Start page: the most frequent words of the pretrained vectors, laid out by our own UMAP.

    python bench/start_map.py

It writes embedlab/ui/start/glove-6b-50d-map.npz, about 100 kB: the rows of the words, their places as uint16, their
regions and the names of these. The words themselves stay in their package.
"""

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np

from embedlab.data.points import Points
from embedlab.plots.webmap.fit import bulk, wide_turn
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.regions import map_regions
from embedlab.projections.methods import project
from embedlab.vectors.pretrained import read_vectors, read_words

OUT = Path(__file__).parent.parent / "embedlab" / "ui" / "start" / "glove-6b-50d-map.npz"
MOST = 65_535
WIDTH = 1.9  # of its height: directions of such a map mean nothing, so it may be turned, and made as wide as its place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=15_000)
    parser.add_argument("--neighbours", type=int, default=15)
    parser.add_argument("--seed", type=int, default=3, help="of the regions")
    parser.add_argument("--names-only", action="store_true", help="keep the places, name the regions anew")
    asked = parser.parse_args()
    words, vectors = read_words(50_000), read_vectors(50_000)
    rows = np.array([row for row, word in enumerate(words) if word.isalpha()][: asked.words])
    drawn = Drawn(vectors[rows], Points("words", tuple(words[row] for row in rows)), seed=asked.seed)
    began = time.perf_counter()
    if asked.names_only:
        with np.load(OUT, allow_pickle=False) as kept:
            coords, stretch = kept["places"] / [float(kept["stretch"]), 1], float(kept["stretch"])
    else:
        coords = project(vectors[rows], "umap", {"n_neighbors": asked.neighbours, "metric": "cosine"}, seed=1)
        coords = coords @ wide_turn(coords).T
        _, (half_width, half_height) = bulk(coords)
        stretch = WIDTH * half_height / half_width
    print(f"{time.perf_counter() - began:.1f} s for {len(rows):,} words")
    regions = map_regions(coords.astype(np.float32), drawn)
    named = regions.named()
    wide = coords * [stretch, 1]
    low, unit = wide.min(axis=0), MOST / np.ptp(wide, axis=0).max()
    labels = [((x * stretch - low[0]) * unit, (y - low[1]) * unit, size, level) for x, y, _, size, level in named]
    np.savez_compressed(
        OUT,
        rows=rows.astype(np.uint16),
        places=np.round((wide - low) * unit).astype(np.uint16),
        stretch=np.float64(stretch),
        codes=regions.coarse.codes.astype(np.uint8),
        names=np.array(regions.coarse.names),
        labels=np.array([name for _, _, name, *_ in named]),
        label_places=np.array(labels, np.float32),
    )
    print(f"{OUT.stat().st_size:,} bytes, sha256 {hashlib.sha256(OUT.read_bytes()).hexdigest()}")
    print(" | ".join(regions.coarse.names))


if __name__ == "__main__":
    main()
