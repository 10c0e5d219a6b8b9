"""GloVe in one command: speed of counting and training, loss, word scores over seeds, counts on disk against in memory.

    python bench/glove.py CORPUS_FOLDER [--window 5] [--dim 100] [--epochs 15] [--seeds 3] [--stanford FOLDER]

FOLDER holds the authors' programs `cooccur`, `shuffle` and `glove`; with it they run on the same sentences and words,
in turn with ours, and the ratios are printed.
"""

import argparse
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

import embedlab.kernels.glove  # noqa: F401  compiled before the clock starts
from embedlab.corpus import Corpus
from embedlab.evaluation import evaluate
from embedlab.models.cooccurrence import Counting, Counts, count_cooccurrences
from embedlab.models.glove import GloveConfig, begin, fit, train
from embedlab.models.space import Space
from embedlab.session import ALONE

SCORES = ("wordsim353", "simlex999", "google-analogies")


def main():
    args = arguments()
    corpus = Corpus.open(args.corpus)
    words = corpus.vocabulary.head(min_count=5).words
    print(f"{corpus.n_tokens:,} words, {len(words):,} kept, window {args.window}, {args.dim} dimensions", flush=True)
    theirs = stanford(args, corpus, words) if args.stanford else None
    counted = {}
    for workers in (1, 2):
        counts, counted[workers] = counting(corpus, words, args.window, workers)
        ratio = f", {theirs['count'] / counted[workers]:.1f} times theirs" if theirs else ""
        print(f"counting, {workers} threads: {counted[workers]:.2f} s, {corpus.n_tokens / counted[workers]:,.0f} words/s, "
              f"{len(counts):,} nonzeros{ratio}", flush=True)
    speeds(counts, words, args.dim, theirs)
    spilled(corpus, args)
    scores(corpus, args)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--stanford", type=Path)
    return parser.parse_args()


def counting(corpus: Corpus, words: list[str], window: int, workers: int) -> tuple[Counts, float]:
    """The counts, and the fewest seconds of two tries."""
    seconds = []
    for _ in range(2):
        with Space(1e12) as space:
            began = time.perf_counter()
            counts = count_cooccurrences(corpus, Counting(len(words), window, workers=workers), space)
            seconds.append(time.perf_counter() - began)
    return counts, min(seconds)


def speeds(counts: Counts, words: list[str], dim: int, theirs: dict | None) -> None:
    """Nonzeros a second, the best of three epochs, on one and two threads."""
    for workers in (1, 2):
        config, ends = GloveConfig(dim=dim, epochs=3, workers=workers), [time.perf_counter()]
        course = begin(words, config, 1, ALONE)
        fit(counts, None, course, config,
            report=lambda p, ends=ends: ends.append(time.perf_counter()) if "epoch" in p.metrics else None)
        rate = len(counts) / np.diff(ends).min()
        ratio = f", {rate / theirs['train']:.1f} times theirs on 2 threads" if theirs else ""
        print(f"training, {workers} threads: {rate / 1e6:.1f} M nonzeros/s{ratio}; loss {losses(course.loss)}", flush=True)


def losses(values) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def spilled(corpus: Corpus, args) -> None:
    """One epoch in memory and one from disk: seconds, and whether the vectors are the same."""
    found = [train(corpus, GloveConfig(dim=args.dim, window=args.window, epochs=1, memory=memory)) for memory in (1000.0, 0.001)]
    same = np.array_equal(found[0].embedding.vectors, found[1].embedding.vectors)
    print(f"counting and one epoch, in memory {found[0].seconds:.1f} s, {found[1].notes['bytes_on_disk'] / 1e6:,.0f} MB on disk "
          f"{found[1].seconds:.1f} s; vectors {'the same to the last bit' if same else 'DIFFER'}", flush=True)


def scores(corpus: Corpus, args) -> None:
    """Word scores, mean and deviation over seeds, with the last losses."""
    runs = [train(corpus, GloveConfig(dim=args.dim, window=args.window, epochs=args.epochs), seed=seed)
            for seed in range(1, args.seeds + 1)]
    for name in SCORES:
        values = [evaluate(run.embedding, name).score for run in runs]
        print(f"{name}: {np.mean(values):.3f} ± {np.std(values, ddof=1) if len(values) > 1 else 0:.3f} over {len(values)} seeds",
              flush=True)
    for run in runs:
        print(f"loss {losses(run.loss)}\nvalidation {losses(run.validation)}", flush=True)


def stanford(args, corpus: Corpus, words: list[str]) -> dict:
    """Seconds of the authors' cooccur and shuffle, and the best nonzeros a second of their training on two threads."""
    with tempfile.TemporaryDirectory() as folder:
        here, all_words = Path(folder), corpus.vocabulary.words
        (here / "vocab.txt").write_text("".join(f"{w} {n}\n" for w, n in zip(words, corpus.vocabulary.counts, strict=False)))
        (here / "text").write_text("".join(" ".join(all_words[i] for i in corpus.sentence_ids(s)) + "\n" for s in range(corpus.n_sentences)))

        def run(command: str) -> tuple[float, str]:
            began = time.perf_counter()
            done = subprocess.run(f"{args.stanford.resolve()}/{command}", shell=True, check=True, cwd=here, capture_output=True, text=True)
            return time.perf_counter() - began, done.stderr

        seconds = [run(command)[0] for command in (f"cooccur -window-size {args.window} -memory 4.0 -vocab-file vocab.txt < text > counts",
                                                   "shuffle -memory 4.0 < counts > shuffled")]
        n = os.path.getsize(here / "shuffled") // 16
        train = "glove -threads 2 -x-max 10 -input-file shuffled -vocab-file vocab.txt -vector-size"
        two, one = run(f"{train} {args.dim} -iter 2"), run(f"{train} {args.dim} -iter 1")
        rate = n / max(two[0] - one[0], 1e-9)  # the difference holds one epoch and neither start nor saving
        found = re.findall(r"cost: ([\d.]+)", two[1])
        print(f"theirs: cooccur {seconds[0]:.2f} s, shuffle {seconds[1]:.2f} s, {n:,} nonzeros; training, 2 threads: {rate / 1e6:.2f} M "
              f"nonzeros/s, loss {' '.join(found)}", flush=True)
        return {"count": sum(seconds), "train": rate}


if __name__ == "__main__":
    main()
