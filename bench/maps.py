"""Speed and quality of maps beside umap-learn and openTSNE: ratios, with four quality scores beside them.

    python bench/maps.py [VECTORS.npy] [--sizes 10000 30000] [--repeats 2] [--only cold umap tsne pca]
    python bench/maps.py --only seeds tsne-seeds [--sizes 10000 30000]  # mean scores and deviations over three seeds
    python bench/maps.py --only small-tsne [--sizes 200 1000 5000]  # divergence of t-SNE of few points, three seeds
    python bench/maps.py --only starts [--sizes 3000 10000 50000]  # t-SNE from a narrow and from a wide start
    python bench/maps.py --sizes 100000 --only umap --repeats 1 --who EmbedLab --log maps.jsonl   # one contender, then
    python bench/maps.py --sizes 100000 --only umap --repeats 1 --who umap-learn --log maps.jsonl  # the other: ratios

VECTORS is a float32 matrix (n, dim), most frequent words first; without it skip-gram vectors of 100 dimensions are
trained once on the Wikipedia text in EMBEDLAB_DATA and kept in the temporary folder. The contenders take turns, and
the best of all repeats counts. Long comparisons can be made in steps: what --log holds already is compared with too.
"""

import argparse
import gzip
import json
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

SCORES = ("trustworthiness", "continuity", "knn_recall", "distance_correlation", "KL")
PROGRAMS = {
    "EmbedLab": "from embedlab.projections import project; project(vectors, 'umap')",
    "umap-learn": "from umap import UMAP; UMAP(metric='cosine').fit_transform(vectors)",
}
KINDS = ("cold", "umap", "tsne", "pca", "seeds", "tsne-seeds", "starts", "small-tsne")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("vectors", type=Path, nargs="?")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS[:4])
    parser.add_argument("--who", nargs="+", help="Only these contenders, such as EmbedLab or umap-learn.")
    parser.add_argument("--log", type=Path, help="A file of JSON lines: results are added, and those in it compared.")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    path = args.vectors or wikipedia_vectors()
    warm_up()
    if "starts" in args.only:
        compare_starts("planted groups of groups", planted_groups())
    for kind in args.only:
        for n in args.sizes if kind != "pca" else [100_000]:
            vectors = random_vectors() if kind == "pca" else np.array(np.load(path, mmap_mode="r")[:n], np.float32)
            if kind in ("starts", "small-tsne"):
                (compare_starts if kind == "starts" else compare_small)(f"{n:,} words", vectors)
                continue
            if kind.endswith("seeds"):
                compare_seeds(vectors, "t-SNE" if kind == "tsne-seeds" else "UMAP")
                continue
            contenders = {
                name: make for name, make in rivals(kind, path, n).items() if not args.who or name in args.who
            }
            compare(f"{kind} {len(vectors):,} x {vectors.shape[1]}", vectors, contenders, args.repeats, args.log)


def rivals(kind: str, path: Path, n: int) -> dict:
    """Who is compared: name -> a function of the vectors that gives coordinates (None when unseen) and more scores."""
    if kind == "cold":
        return {name: new_process(path, n, program) for name, program in PROGRAMS.items()}
    if kind == "umap":
        return {"EmbedLab": ours("umap"), "umap-learn": umap_learn(None), "umap-learn, seeded": umap_learn(1)}
    if kind == "tsne":
        return {"EmbedLab": ours("tsne"), "openTSNE": open_tsne}
    return {"EmbedLab": lambda vectors: (principal_components(vectors, 2)[0], {}), "scikit-learn": scikit_pca}


def compare(what: str, vectors: np.ndarray, contenders: dict, repeats: int, log: Path | None) -> None:
    """The best time of `repeats` rounds taken in turn, the scores of each last map, and the ratios to the first."""
    found = logged(log, what)
    print(f"\n{what}", flush=True)
    for turn in range(repeats):
        for name, make in contenders.items():
            began = time.perf_counter()
            coords, scores = make(vectors)
            seconds = time.perf_counter() - began
            if coords is not None and turn == repeats - 1:
                scores = trust_scores(Neighbours(vectors), coords) | scores
            best = found.get(name, {}).get("seconds", np.inf)
            found[name] = {"what": what, "name": name, "seconds": min(seconds, best), "scores": scores}
            if log:
                with log.open("a") as file:
                    file.write(json.dumps(found[name]) + "\n")
    first = found.get("EmbedLab")
    for name, line in found.items():
        numbers = ", ".join(f"{score} {line['scores'][score]:.4f}" for score in SCORES if score in line["scores"])
        ratio = "" if first in (None, line) else f", {line['seconds'] / first['seconds']:.1f} times as long"
        print(f"  {name}: {line['seconds']:.2f} s{ratio}; {numbers}", flush=True)


def compare_seeds(vectors: np.ndarray, what: str) -> None:
    """Mean and standard deviation of each score over seeds 1 to 3.

    Rows: ours, the peer, and for UMAP the peer on our graph from our start.
    """
    print(f"\n{what} over three seeds, {len(vectors):,} x {vectors.shape[1]}", flush=True)
    contenders = {
        "UMAP": {
            "EmbedLab": lambda seed: layout(vectors, "umap", seed=seed).coords,
            "umap-learn": lambda seed: umap_learn(seed)(vectors)[0],
            "umap-learn, our graph and start": lambda seed: (
                layout(vectors, "umap", {"engine": "umap-learn"}, seed=seed).coords
            ),
        },
        "t-SNE": {
            "EmbedLab": lambda seed: layout(vectors, "tsne", seed=seed).coords,
            "openTSNE": lambda seed: open_tsne(vectors, seed)[0],
        },
    }
    for name, make in contenders[what].items():
        scores = [trust_scores(Neighbours(vectors), make(seed)) for seed in (1, 2, 3)]
        print(
            f"  {name}: "
            + ", ".join(
                f"{score} {np.mean([s[score] for s in scores]):.4f} ± {np.std([s[score] for s in scores], ddof=1):.4f}"
                for score in SCORES
                if score in scores[0]
            ),
            flush=True,
        )


def compare_starts(what: str, vectors: np.ndarray) -> None:
    """t-SNE from a narrow start with early exaggeration and from a wide one without, for several numbers of points."""
    from embedlab.projections import tsne

    before = tsne.FEW
    for name, few in (("narrow, exaggerated", len(vectors)), ("wide, plain", len(vectors) - 1)):
        tsne.FEW = few
        coords, scores = ours("tsne")(vectors)
        scores = trust_scores(Neighbours(vectors), coords) | scores
        print(f"t-SNE of {what}, {name}: " + ", ".join(f"{score} {scores[score]:.4f}" for score in SCORES), flush=True)
    tsne.FEW = before


def compare_small(what: str, vectors: np.ndarray) -> None:
    """Divergence and seconds of t-SNE (750 steps, seeds 1 to 3): ours, openTSNE, scikit-learn on equal affinities."""
    from sklearn.manifold import TSNE

    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    edges = affinities_of(vectors)
    contenders = {
        "EmbedLab": lambda seed: layout(vectors, "tsne", seed=seed).coords,
        "openTSNE": lambda seed: open_tsne(vectors, seed)[0],
        "scikit-learn": lambda seed: TSNE(n_jobs=-1, max_iter=750, init="pca", random_state=seed).fit_transform(unit),
    }
    print(f"\nt-SNE of {what}, three seeds", flush=True)
    for name, make in contenders.items():
        divergences, seconds = [], []
        for seed in (1, 2, 3):
            began = time.perf_counter(), time.process_time()
            coords = make(seed)
            seconds.append((time.perf_counter() - began[0], time.process_time() - began[1]))
            divergences.append(divergence(edges, coords))
        clock, processors = np.min(seconds, axis=0)
        found = " ".join(f"{value:.4f}" for value in divergences)
        print(f"  {name}: divergence {found}; {clock:.2f} s, {processors:.2f} s of processors", flush=True)


def affinities_of(vectors: np.ndarray, perplexity: float = 30.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What t-SNE tries to keep of these vectors: (starts, columns, p)."""
    from embedlab.projections.tsne import affinities

    indices, distances = Neighbours(vectors, "cosine").nearest(int(3 * perplexity))
    return affinities(indices, 2 * distances, perplexity)


def divergence(edges: tuple[np.ndarray, np.ndarray, np.ndarray], coords: np.ndarray) -> float:
    """KL(P || Q) over all pairs, in float64."""
    starts, columns, p = edges
    places = np.asarray(coords, np.float64)
    rows = np.repeat(np.arange(len(places)), np.diff(starts))
    norm = -float(len(places))  # without each point's own 1
    for first in range(0, len(places), 500):
        gaps = places[first : first + 500, None] - places
        norm += float((1 / (1 + np.square(gaps).sum(-1))).sum())
    squares = np.square(places[rows] - places[columns]).sum(1)
    some, weights = p > 0, p.astype(np.float64)
    return float((weights[some] * (np.log(weights[some]) + np.log1p(squares[some]) + np.log(norm))).sum())


def planted_groups(n: int = 20_000) -> np.ndarray:
    """Twelve far groups of twenty groups each, float32 (n, 50)."""
    rng = np.random.default_rng(0)
    top = rng.normal(size=(12, 50)) * 3
    middle = np.repeat(top, 20, axis=0) + rng.normal(size=(240, 50)) * 1.2
    return (middle[rng.integers(0, 240, n)] + rng.normal(size=(n, 50)) * 0.6).astype(np.float32)


def logged(log: Path | None, what: str) -> dict:
    """The last result of each contender in the log, by name."""
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log and log.exists() else []
    return {line["name"]: line for line in lines if line["what"] == what}


def new_process(path: Path, n: int, code: str):
    """First map in a new process, imports included; it has run on this machine before."""
    program = f"import numpy as np; vectors = np.array(np.load({str(path)!r}, mmap_mode='r')[:{n}], np.float32); {code}"

    def make(vectors):
        subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)
        return None, {}

    return make


def ours(method: str):
    def make(vectors):
        divergences = []
        made = layout(
            vectors, method, report=lambda p: divergences.append(p.metrics["divergence"]) if p.metrics else None
        )
        return made.coords, {"KL": divergences[-1]} if divergences else {}

    return make


def umap_learn(seed):
    def make(vectors):
        from umap import UMAP

        return UMAP(metric="cosine", random_state=seed).fit_transform(vectors), {}

    return make


def open_tsne(vectors, seed: int = 1):
    """openTSNE as it comes, but with our neighbours, so that both lower the same divergence."""
    from openTSNE import TSNEEmbedding, initialization
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    jobs = -1 if len(vectors) >= 2_000 else 1  # with fewer points its threads wait for each other most of the time
    indices, distances = Neighbours(vectors, "cosine").nearest(90)
    affinities = PerplexityBasedNN(
        perplexity=30, knn_index=PrecomputedNeighbors(indices, np.sqrt(2 * distances)), n_jobs=jobs
    )
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    start = initialization.pca(unit, random_state=seed)
    method = "fft" if len(vectors) >= 3_000 else "bh"  # each where it is the faster one
    embedding = TSNEEmbedding(start, affinities, negative_gradient_method=method, n_jobs=jobs, random_state=seed)
    embedding = embedding.optimize(250, exaggeration=12, momentum=0.5).optimize(500, exaggeration=1, momentum=0.8)
    return np.array(embedding), {"KL": float(embedding.kl_divergence)}


def scikit_pca(vectors):
    from sklearn.decomposition import PCA

    return PCA(2).fit_transform(vectors), {}


def random_vectors() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(100_000, 300)).astype(np.float32)


def wikipedia_vectors() -> Path:
    """The path of vectors of the most frequent words by skip-gram, trained first if missing (some five minutes)."""
    path = Path(tempfile.gettempdir()) / "embedlab-bench-vectors.npy"
    if not path.exists():
        from gensim.models import Word2Vec

        text = gzip.open(Path(os.environ["EMBEDLAB_DATA"]) / "corpora" / "enwiki-17m.txt.gz", "rt").read().split()
        sentences = [text[first : first + 1000] for first in range(0, len(text), 1000)]
        model = Word2Vec(
            sentences, vector_size=100, min_count=2, workers=os.cpu_count(), sg=1, sample=1e-3, epochs=3, seed=1
        )
        np.save(path, model.wv.vectors[:120_000])
    return path


if __name__ == "__main__":
    main()
