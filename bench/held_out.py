"""Does a held-out measure follow quality? Each family over epochs and dimensions, beside word similarity.

    python bench/held_out.py CORPUS_FOLDER [CORPUS_FOLDER ...] [--only glove skipgram cbow hierarchical masked]
                             [--dims 5 25 100 300] [--epochs 1 2 5 10 20 40] [--seeds 5]

Similarity is the Spearman correlation with human scores, pooled over the pairs of WordSim-353 and SimLex-999 that a run
knows, each ranked within its set. A measure passes when its order over all settings follows that of similarity: rank
correlation -0.7 or lower on every corpus. Only then may captions and sweeps judge by it (`Family.judged_by`). Seeds are
the outer loop, so a long comparison prints what it has after each.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata, spearmanr

from embedlab.core.spill import Space
from embedlab.data.corpus import Corpus
from embedlab.evaluation import BENCHMARKS, load_benchmark
from embedlab.models import MODELS
from embedlab.models.glove.counts import Counting
from embedlab.models.glove.fit import Problem, fit
from embedlab.models.glove.held_out import questions_of
from embedlab.models.glove.parameters import begin
from embedlab.models.glove.shards import count_corpus
from embedlab.models.training.session import ALONE
from embedlab.vectors.embedding import Embedding

SETS = ("wordsim353", "simlex999")
PASSES = -0.7
WORD2VEC = {
    "skipgram": {},
    "cbow": {"architecture": "cbow"},
    "hierarchical": {"objective": "hierarchical"},
}
KINDS = ("glove", *WORD2VEC, "masked")


@dataclass(frozen=True)
class Point:
    """One setting as it was measured: its held-out measure (lower is better) and word similarity."""

    dim: int
    epochs: int
    held_out: float
    similarity: float


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpora", type=Path, nargs="+")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS[:-1])
    parser.add_argument("--dims", type=int, nargs="+", default=[5, 25, 100, 300])
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 2, 5, 10, 20, 40])
    parser.add_argument("--seeds", type=int, default=5)
    args = parser.parse_args()
    compare(args.corpora, args.only, args)


def compare(corpora: list[Path], kinds: list[str], args) -> None:
    """Prints curves and rank correlations of every kind on every corpus, after each seed those so far."""
    found: dict[tuple[str, str], list[list[Point]]] = {}
    for seed in range(1, args.seeds + 1):
        for folder in corpora:
            corpus = Corpus.open(folder)
            pairs = human_pairs()
            for kind in kinds:
                points = list(MAKERS.get(kind, word2vec_points)(kind, corpus, args, seed, pairs))
                runs = found.setdefault((kind, corpus.name), [])
                runs.append(points)
                tell(f"{kind} on {corpus.name}, {corpus.n_tokens:,} words, {len(runs)} seeds", runs)


def tell(title: str, runs: list[list[Point]]) -> None:
    """Prints means over seeds by dimensions and epochs, and how the measure follows similarity."""
    means = [
        Point(
            same[0].dim,
            same[0].epochs,
            float(np.mean([point.held_out for point in same])),
            float(np.mean([point.similarity for point in same])),
        )
        for same in zip(*runs, strict=True)
    ]
    print(f"\n{title}", flush=True)
    for dim in sorted({point.dim for point in means}):
        curve = [point for point in means if point.dim == dim]
        values = ", ".join(f"{p.epochs}: {p.held_out:.3f} ({p.similarity:.3f})" for p in curve)
        print(f"  {dim} dimensions, epochs: measure (similarity)  {values}; {followed(curve)}", flush=True)
    at_most = max({point.epochs for point in means}, key=lambda e: (sum(p.epochs == e for p in means), e))
    print(f"  over dimensions at {at_most} epochs {followed([p for p in means if p.epochs == at_most])}", flush=True)
    rho = correlation(means)
    print(f"  over all {rho:.2f}: {'passes' if rho <= PASSES else 'DOES NOT PASS'}", flush=True)


def correlation(points: list[Point]) -> float:
    return float(spearmanr([p.held_out for p in points], [p.similarity for p in points])[0])


def followed(points: list[Point]) -> str:
    return f"rank correlation {correlation(points):.2f}" if len(points) > 2 else "too few points"


def human_pairs() -> list[list[tuple[str, str, float]]]:
    """The word pairs with human scores of each set."""
    return [load_benchmark(BENCHMARKS[name].path).rows for name in SETS]


def similarity(embedding: Embedding, sets: list[list[tuple[str, str, float]]]) -> float:
    """Correlation of ranks within each set, pooled over the pairs whose words are known."""
    ids, unit = embedding.ids, embedding.unit
    ours, humans = [], []
    for pairs in sets:
        lower = [(a.lower(), b.lower(), score) for a, b, score in pairs]
        known = [(ids[a], ids[b], score) for a, b, score in lower if a in ids and b in ids]
        left, right, scores = zip(*known, strict=True)
        cosines = np.einsum("ij,ij->i", unit[list(left)], unit[list(right)])
        ours.append(rankdata(cosines) / len(known))
        humans.append(rankdata(scores) / len(known))
    return float(np.corrcoef(np.concatenate(ours), np.concatenate(humans))[0, 1])


# What is measured


def glove_points(kind: str, corpus: Corpus, args, seed: int, pairs) -> Iterator[Point]:
    """Every wanted epoch of one training for each number of dimensions."""
    for dim in args.dims:
        points, config = [], MODELS["glove"].config(dim=dim, epochs=max(args.epochs), min_count=5)
        with glove_problem(corpus, config, seed) as (problem, course):

            def look(progress, course=course, points=points, dim=dim):
                if progress.metrics.get("epoch") in args.epochs:
                    embedding = Embedding(course.words, course.vectors())
                    value = similarity(embedding, pairs)
                    points.append(Point(dim, course.epoch, course.validation[-1], value))

            fit(problem, course, report=look)
        yield from points


@contextmanager
def glove_problem(corpus: Corpus, config, seed: int):
    """(problem, course) of a GloVe training, counted, so that its vectors can be looked at after any epoch."""
    vocabulary = corpus.vocabulary.head(min_count=config.min_count)
    how = Counting(len(vocabulary), config.window, config.x_max, config.alpha, seed, config.workers)
    with Space(8e9) as space:
        counts, unseen = count_corpus(corpus, how, space, held_out=config.held_out)
        questions = questions_of(unseen, vocabulary.counts, len(counts))
        yield Problem(counts, questions, config, seed), begin(list(vocabulary.words), config, seed, ALONE)


def word2vec_points(kind: str, corpus: Corpus, args, seed: int, pairs) -> Iterator[Point]:
    """All epochs at 100 dimensions, and all dimensions at 10 epochs: the rate falls over the whole of a training."""
    family = MODELS["word2vec"]
    settings = [(100, n) for n in args.epochs] + [(dim, 10) for dim in args.dims if dim != 100]
    for dim, epochs in settings:
        trained = family.train(corpus, family.config(dim=dim, epochs=epochs, min_count=5, **WORD2VEC[kind]), seed=seed)
        yield Point(dim, epochs, trained.validation[-1], similarity(trained.embedding, pairs))


def masked_points(kind: str, corpus: Corpus, args, seed: int, pairs) -> Iterator[Point]:
    """Small models after more and more epochs, and wider ones."""
    family = MODELS["masked"]
    for width, epochs in [(112, 1), (112, 2), (112, 4), (112, 8), (56, 2), (192, 2)]:
        config = family.config(preset="custom", layers=2, width=width, heads=2, length="epochs", epochs=epochs)
        trained = family.train(corpus, config, seed=seed)
        yield Point(width, epochs, trained.validation[-1], similarity(trained.embedding, pairs))


MAKERS = {"glove": glove_points, "masked": masked_points}


if __name__ == "__main__":
    main()
