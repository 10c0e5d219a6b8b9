"""A static model beside the transformer it was distilled from: sentences a second, and Spearman on STS-B.

    python bench/static.py [--dim 256] [--base minilm] [--split test]

EMBEDLAB_DATA names the folder of public data. Weights of tokens come from the sentences of STS-B's training part, or
from ranks, or are all the same; scores are Spearman of cosines with people's judgements, with 95 % bootstrap intervals.
Both models encode the same sentences in turn, the fewest seconds of several tries.
"""

import argparse
import csv
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from embedlab.core.device import torch_threads
from embedlab.data.build import add_files
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.results import bootstrap_spearman, spearman
from embedlab.models.encoders.encoder import load_encoder
from embedlab.models.static.train import StaticConfig, train
from embedlab.vectors.embedding import normalised

WAYS = [
    ("weights by corpus, word pieces", {}),
    ("weights by corpus, pieces and words", {"vocabulary": "words"}),
    ("weights by rank, word pieces", {"weighting": "zipf"}),
    ("no weights, word pieces", {"weighting": "none"}),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--base", default="minilm")
    parser.add_argument("--split", default="test", choices=("dev", "test"))
    parser.add_argument("--ways", type=int, default=len(WAYS))
    args = parser.parse_args()
    pairs, human = sts(args.split)
    texts = [text for pair in pairs for text in pair]
    teacher = load_encoder(args.base, 128)
    with torch_threads(2):
        vectors, slow = timed(teacher, texts, rounds=1)
    said("transformer", vectors, human)
    with tempfile.TemporaryDirectory() as folder:
        corpus = training_corpus(Path(folder))
        for what, options in WAYS[: args.ways]:
            trained = train(corpus, StaticConfig(base=args.base, dim=args.dim, **options))
            vectors, fast = timed(trained.encoder, texts, rounds=7)
            said(f"static, {what}", vectors, human)
            print(
                f"    distilled in {trained.seconds:.1f} s, {trained.notes['tokens']:,} tokens of {args.dim} "
                f"dimensions, "
                f"{trained.notes['variance_kept']:.1%} of the variance",
                flush=True,
            )
    print(
        f"{len(texts):,} sentences: transformer {len(texts) / slow:,.0f} a second, static "
        f"{len(texts) / fast:,.0f}: {slow / fast:,.0f} times faster"
    )


def sts(split: str):
    """(pairs of sentences, judgements 0 to 5)."""
    with open(
        Path(os.environ["EMBEDLAB_DATA"]) / "stsb" / f"stsb-en-{split}.csv", encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.reader(file))
    return [(a, b) for a, b, _ in rows], np.array([float(score) for *_, score in rows])


def training_corpus(folder: Path):
    pairs, _ = sts("train")
    file = folder / "sentences.txt"
    file.write_text("\n".join(" ".join(text.split()) for pair in pairs for text in pair), encoding="utf-8")
    return add_files([(file, file.name)], folder / "corpora", name="STS-B", preprocessing=Preprocessing())


def timed(model, texts, *, rounds: int):
    best = np.inf
    for _ in range(rounds):
        began = time.perf_counter()
        vectors = model.encode(len(texts), texts.__getitem__, tick=lambda n: None)
        best = min(best, time.perf_counter() - began)
    return vectors, best


def said(what: str, vectors: np.ndarray, human: np.ndarray) -> None:
    unit = normalised(vectors)
    cosines = (unit[0::2] * unit[1::2]).sum(1)
    low, high = bootstrap_spearman(cosines, human, seed=1)
    print(
        f"{what:44} Spearman {spearman(cosines, human):.3f} ({low:.3f} to {high:.3f}), {len(human):,} pairs", flush=True
    )


if __name__ == "__main__":
    main()
