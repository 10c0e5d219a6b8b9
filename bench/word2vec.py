"""Word2Vec beside gensim, in one run: words/s of every kind, and word scores over several seeds.

    EMBEDLAB_DATA=... python bench/word2vec.py [--words 5400000] [--seeds 5] [--only speed|quality]
        [--engine embedlab gensim]

Speed: both engines go once through the same slice of the corpus, in turn, and the best of the rounds counts; words are
raw words, before subsampling. gensim is given ready lists of tokens. Quality: the engines named, with equal settings
and epochs, nothing held out; mean and standard deviation over the seeds.
"""

import argparse
import gzip
import itertools
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from embedlab.data.build import add_files
from embedlab.data.corpus import Corpus
from embedlab.evaluation import evaluate
from embedlab.models import Word2VecConfig
from embedlab.models.word2vec import fit
from embedlab.models.word2vec.train import train
from embedlab.vectors.embedding import Embedding

USUAL = {"dim": 100, "min_count": 5}
KINDS = {
    "skip-gram, negatives": dict(),
    "CBOW, negatives": dict(architecture="cbow"),
    "skip-gram, Huffman": dict(objective="hierarchical"),
    "CBOW, Huffman": dict(architecture="cbow", objective="hierarchical"),
    "skip-gram, negatives, d=300": dict(dim=300),
    "CBOW, negatives, d=300": dict(architecture="cbow", dim=300),
}
ENGINES = ("embedlab", "pairs", "gensim")
SCORES = ("wordsim353", "simlex999", "google-analogies")


def corpus_of(n_words: int, folder: Path) -> Corpus:
    """The first words of the shared Wikipedia corpus, encoded."""
    with gzip.open(Path(os.environ["EMBEDLAB_DATA"]) / "corpora" / "enwiki-17m.txt.gz", "rt") as file:
        words = file.read().split(" ")[:n_words]
    folder.mkdir(parents=True)
    path = folder / "text.txt"
    path.write_text(" ".join(words), encoding="utf-8")
    return add_files([path], folder / "corpora")


def token_lists(corpus: Corpus) -> list[list[str]]:
    """The sentences as gensim takes them."""
    words, offsets = corpus.vocabulary.words, corpus.sentences
    return [[words[i] for i in corpus.tokens[a:b].tolist()] for a, b in itertools.pairwise(offsets.tolist())]


def gensim_model(lists, config: Word2VecConfig, seed: int, workers: int):
    from gensim.models import Word2Vec

    hierarchical = config.objective == "hierarchical"
    model = Word2Vec(
        vector_size=config.dim,
        window=config.window,
        min_count=config.min_count,
        sample=config.sample,
        seed=seed,
        workers=workers,
        sg=int(config.architecture == "skipgram"),
        hs=int(hierarchical),
        negative=0 if hierarchical else config.negatives,
        alpha=config.learning_rate,
        min_alpha=1e-4,
        epochs=config.epochs,
    )
    model.build_vocab(lists)
    return model


def gensim_seconds(model, lists, epochs: int) -> float:
    began = time.perf_counter()
    model.train(lists, total_examples=len(lists), epochs=epochs)
    return time.perf_counter() - began


def speed(corpus: Corpus, rounds: int) -> None:
    lists = token_lists(corpus)
    fit.LONG_TRAINING = 0  # choose the faster code by trial first, as a training of a minute does
    print(f"\n{corpus.n_tokens:,} words, one epoch, best of {rounds}: million raw words/s\n")
    print(f"{'':30}{'threads':>8}{'EmbedLab':>10}{'gensim':>10}{'ratio':>8}")
    for (kind, options), workers in itertools.product(KINDS.items(), (1, 2)):
        config = Word2VecConfig(epochs=1, held_out=0, workers=workers, **USUAL | options)
        train(corpus, config)  # compiles
        ours = theirs = 0.0
        for _ in range(rounds):
            ours = max(ours, corpus.n_tokens / train(corpus, config).seconds / 1e6)
            theirs = max(
                theirs, corpus.n_tokens / gensim_seconds(gensim_model(lists, config, 1, workers), lists, 1) / 1e6
            )
        print(f"{kind:30}{workers:8}{ours:10.2f}{theirs:10.2f}{ours / theirs:8.1f}", flush=True)
    config = Word2VecConfig(epochs=1, held_out=0, deterministic=True, **USUAL)
    exact = corpus.n_tokens / train(corpus, config).seconds
    free = corpus.n_tokens / train(corpus, Word2VecConfig(epochs=1, held_out=0, **USUAL)).seconds
    print(f"\nRepeating exactly: {exact / 1e6:.2f} million words/s, {free / exact:.2f} times slower than two threads.")


def quality(corpus: Corpus, seeds: int, epochs: int, kind: str, engines: list[str]) -> None:
    lists = token_lists(corpus) if "gensim" in engines else []
    rows = {engine: [] for engine in engines}
    for seed, engine in itertools.product(range(1, seeds + 1), engines):
        config = Word2VecConfig(epochs=epochs, held_out=0, engine=engine, **USUAL | KINDS[kind])
        embedding = (
            gensim_embedding(lists, config, seed) if engine == "gensim" else train(corpus, config, seed=seed).embedding
        )
        rows[engine].append([evaluate(embedding, benchmark).score for benchmark in SCORES])
        print(f"seed {seed} {engine:10}" + "".join(f"{s:10.4f}" for s in rows[engine][-1]), flush=True)
    print(f"\n{kind}, {corpus.n_tokens:,} words, {epochs} epochs, {seeds} seeds: mean (standard deviation)\n")
    print(f"{'':12}" + "".join(f"{name:>22}" for name in SCORES))
    for engine, scores in rows.items():
        found = np.array(scores)
        spread = found.std(0, ddof=1) if seeds > 1 else np.zeros(len(SCORES))
        print(f"{engine:12}" + "".join(f"{m:14.4f} ({d:.4f})" for m, d in zip(found.mean(0), spread, strict=True)))


def gensim_embedding(lists, config: Word2VecConfig, seed: int) -> Embedding:
    """The vectors of gensim itself, without the package around it."""
    model = gensim_model(lists, config, seed, config.workers)
    gensim_seconds(model, lists, config.epochs)
    words = model.wv.index_to_key
    return Embedding(words, model.wv.vectors, np.array([model.wv.get_vecattr(word, "count") for word in words]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--words", type=int, default=5_400_000)
    parser.add_argument("--speed-words", type=int, default=1_500_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--kind", choices=list(KINDS), default="skip-gram, negatives")
    parser.add_argument("--only", choices=("speed", "quality"))
    parser.add_argument(
        "--engine", nargs="+", choices=ENGINES, default=["embedlab", "gensim"], help="of the quality measured"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if args.only != "quality":
            speed(corpus_of(args.speed_words, Path(folder) / "speed"), args.rounds)
        if args.only != "speed":
            quality(corpus_of(args.words, Path(folder) / "quality"), args.seeds, args.epochs, args.kind, args.engine)


if __name__ == "__main__":
    main()
