"""Speed and quality of maps beside umap-learn and openTSNE, in one run: ratios, with four quality scores beside them.

    python bench/maps.py [VECTORS.npy] [--sizes 10000 30000] [--repeats 2] [--only cold umap tsne pca]

VECTORS is a float32 matrix (n, dim), most frequent words first; without it skip-gram vectors of 100 dimensions are
trained once on the Wikipedia text in EMBEDLAB_DATA and kept in the temporary folder. The contenders take turns, and
the best of all repeats counts. 100,000 points, by --sizes 100000, take half an hour.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from embedlab.projections import layout, trust_scores
from embedlab.projections.graph import Neighbours
from embedlab.projections.pca import principal_components
from embedlab.projections.warm import warm_up

SCORES = ("trustworthiness", "continuity", "knn_recall", "distance_correlation")
COLD = {
    "EmbedLab": "from embedlab.projections import project; project(vectors, 'umap')",
    "umap-learn": "from umap import UMAP; UMAP(metric='cosine').fit_transform(vectors)",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vectors", type=Path, nargs="?")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=["cold", "umap", "tsne", "pca"], default=["cold", "umap", "tsne", "pca"])
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    path = args.vectors or wikipedia_vectors()
    warm_up()
    if "pca" in args.only:
        pca(args.repeats)
    for n in args.sizes:
        vectors = np.array(np.load(path, mmap_mode="r")[:n], np.float32)
        print(f"\n{len(vectors):,} x {vectors.shape[1]}", flush=True)
        if "cold" in args.only and n == min(args.sizes):
            cold(path, n, args.repeats)
        if "umap" in args.only:
            compare(vectors, {"EmbedLab UMAP": ours("umap"), "umap-learn": umap_learn(None), "umap-learn, seeded": umap_learn(1)},
                    args.repeats)
        if "tsne" in args.only and n <= 50_000:
            compare(vectors, {"EmbedLab t-SNE": ours("tsne"), "openTSNE": open_tsne}, args.repeats)


def cold(path: Path, n: int, repeats: int) -> None:
    """First map in a new process, imports included; both have run on this machine before."""
    best = {}
    for _ in range(repeats):
        for name, code in COLD.items():
            program = f"import numpy as np; vectors = np.array(np.load({str(path)!r}, mmap_mode='r')[:{n}], np.float32); {code}"
            began = time.perf_counter()
            subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
            best[name] = min(best.get(name, np.inf), time.perf_counter() - began)
            print(f"  new process, {name}: {time.perf_counter() - began:.1f} s", flush=True)
    print(f"  new process: {best['umap-learn'] / best['EmbedLab']:.1f} times sooner than umap-learn", flush=True)


def compare(vectors: np.ndarray, contenders: dict, repeats: int) -> None:
    """Everyone in turn, `repeats` times; the best time and the scores of the last map of each, then the ratios to the first."""
    best, scores = {}, {}
    for turn in range(repeats):
        for name, make in contenders.items():
            began = time.perf_counter()
            coords, extra = make(vectors)
            best[name] = min(best.get(name, np.inf), time.perf_counter() - began)
            if turn == repeats - 1:
                scores[name] = trust_scores(vectors, coords) | extra
    first = next(iter(contenders))
    for name in contenders:
        numbers = ", ".join(f"{score} {scores[name][score]:.4f}" for score in [*SCORES, *(s for s in ("KL",) if s in scores[name])])
        ratio = "" if name == first else f", {best[name] / best[first]:.1f} times as long as {first}"
        print(f"  {name}: {best[name]:.2f} s{ratio}; {numbers}", flush=True)


def ours(method: str):
    def make(vectors):
        divergences = []
        made = layout(vectors, method, report=lambda p: divergences.append(p.metrics["divergence"]) if p.metrics else None)
        return made.coords, {"KL": divergences[-1]} if divergences else {}
    return make


def umap_learn(seed):
    def make(vectors):
        from umap import UMAP

        return UMAP(metric="cosine", random_state=seed).fit_transform(vectors), {}
    return make


def open_tsne(vectors):
    """openTSNE as it comes, but with our neighbours, so that both lower the same divergence."""
    from openTSNE import TSNEEmbedding, initialization
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    indices, distances = Neighbours(vectors, "cosine").nearest(90)
    affinities = PerplexityBasedNN(perplexity=30, knn_index=PrecomputedNeighbors(indices, np.sqrt(2 * distances)), n_jobs=-1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    start = initialization.pca(unit, random_state=1)
    embedding = TSNEEmbedding(start, affinities, negative_gradient_method="fft", n_jobs=-1, random_state=1)
    embedding = embedding.optimize(250, exaggeration=12, momentum=0.5).optimize(500, exaggeration=1, momentum=0.8)
    return np.array(embedding), {"KL": float(embedding.kl_divergence)}


def pca(repeats: int) -> None:
    from sklearn.decomposition import PCA

    vectors = np.random.default_rng(0).normal(size=(100_000, 300)).astype(np.float32)
    best = {}
    for _ in range(repeats + 1):
        for name, make in {"EmbedLab": lambda: principal_components(vectors, 2), "scikit-learn": lambda: PCA(2).fit_transform(vectors)}.items():
            began = time.perf_counter()
            make()
            best[name] = min(best.get(name, np.inf), time.perf_counter() - began)
    print(f"PCA of 100,000 x 300: {best['EmbedLab']:.2f} s; scikit-learn {best['scikit-learn']:.2f} s", flush=True)


def wikipedia_vectors() -> Path:
    """The path of skip-gram vectors of the most frequent words, trained if they are not there yet (some five minutes)."""
    path = Path(tempfile.gettempdir()) / "embedlab-bench-vectors.npy"
    if not path.exists():
        from gensim.models import Word2Vec

        text = gzip.open(Path(os.environ["EMBEDLAB_DATA"]) / "corpora" / "enwiki-17m.txt.gz", "rt").read().split()
        sentences = [text[first:first + 1000] for first in range(0, len(text), 1000)]
        model = Word2Vec(sentences, vector_size=100, min_count=2, workers=os.cpu_count(), sg=1, sample=1e-3, epochs=3, seed=1)
        np.save(path, model.wv.vectors[:120_000])
    return path


if __name__ == "__main__":
    main()
