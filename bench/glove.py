"""GloVe: speed of counting and training, counts on disk against in memory, losses and word scores over seeds.

    python bench/glove.py CORPUS_FOLDER [--window 5] [--dim 100] [--epochs 15] [--seeds 3] [--stanford FOLDER]
                                        [--vectors FILE] [--only speed|quality|held-out]

FOLDER holds the authors' programs `cooccur`, `shuffle` and `glove`, compiled with their own flags (-O3 -march=native
-funroll-loops); with it they run on the same sentences and words, in turn with ours, and the ratios are printed. Their
vectors of equal epochs are scored beside ours; --vectors names a file of them where they have been trained before.
Time is told twice: by the clock, and by the processors' own count, which other work on the machine disturbs less.
"""

import argparse
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import held_out
import numpy as np

import embedlab.kernels.glove  # noqa: F401  compiled before the clock starts
from embedlab.core.spill import Space
from embedlab.data.corpus import Corpus
from embedlab.evaluation import evaluate
from embedlab.kernels.glove import training
from embedlab.kernels.machine import padded
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.cooccurrence import count_cooccurrences
from embedlab.models.glove.counts import Counting, Counts
from embedlab.models.glove.fit import Problem, fit
from embedlab.models.glove.parameters import begin
from embedlab.models.glove.train import train
from embedlab.models.training.session import ALONE
from embedlab.vectors.embedding import Embedding

SCORES = ("wordsim353", "simlex999", "google-analogies")


def main():
    args = arguments()
    if args.only == "held-out":  # python bench/held_out.py compares several corpora and families
        settings = argparse.Namespace(dims=[5, 25, 100, 300], epochs=[1, 2, 5, 10, 20, 40], seeds=args.seeds)
        return held_out.compare([args.corpus], ["glove"], settings)
    corpus = Corpus.open(args.corpus)
    words = corpus.vocabulary.head(min_count=5).words
    print(f"{corpus.n_tokens:,} words, {len(words):,} kept, window {args.window}, {args.dim} dimensions", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        theirs = Stanford(args, corpus, words, Path(folder)) if args.stanford else None
        if args.only != "quality":
            training(padded(args.dim))
            counts = counting(corpus, words, args.window, theirs)
            speeds(counts, words, args, theirs)
            naive(counts, len(words), args.dim)
            spilled(corpus, args)
        if args.only != "speed":
            quality(corpus, args, theirs)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--window", type=int, default=5)
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stanford", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--only", choices=("speed", "quality", "held-out"))
    return parser.parse_args()


# Theirs


class Stanford:
    """The authors' programs on the same sentences and words, in a folder of their own."""

    def __init__(self, args, corpus: Corpus, words: list[str], here: Path):
        self.programs, self.here, self.args = args.stanford.resolve(), here, args
        all_words, counts = corpus.vocabulary.words, corpus.vocabulary.counts
        (here / "vocab.txt").write_text("".join(f"{w} {n}\n" for w, n in zip(words, counts, strict=False)))
        (here / "text").write_text(
            "".join(" ".join(all_words[i] for i in corpus.sentence_ids(s)) + "\n" for s in range(corpus.n_sentences))
        )

    def run(self, command: str) -> tuple[np.ndarray, str]:
        """Seconds by the clock and of the processors, and what the program said."""
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            f"{self.programs}/{command}", shell=True, check=True, cwd=self.here, capture_output=True, text=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return np.array(
            [time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime]
        ), done.stderr

    def count(self) -> float:
        """Seconds to count and shuffle."""
        commands = (
            f"cooccur -window-size {self.args.window} -memory 4.0 -vocab-file vocab.txt < text > counts",
            "shuffle -memory 4.0 < counts > shuffled",
        )
        return sum(self.run(command)[0][0] for command in commands)

    def train(self, epochs: int, threads: int) -> tuple[np.ndarray, str]:
        return self.run(
            f"glove -threads {threads} -x-max 10 -input-file shuffled -vocab-file vocab.txt -save-file vectors "
            f"-vector-size {self.args.dim} -iter {epochs}"
        )

    def epoch(self, threads: int) -> np.ndarray:
        """Seconds of an epoch, by the clock and of the processors: the difference holds neither start nor saving."""
        return self.train(2, threads)[0] - self.train(1, threads)[0]


def text_vectors(path: Path) -> Embedding:
    """Vectors as the authors' program writes them."""
    words, rows = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, *values = line.rstrip().split(" ")
            if word != "<unk>":
                words.append(word)
                rows.append(np.array(values, np.float32))
    return Embedding(words, np.array(rows))


# Speed


def counting(corpus: Corpus, words: list[str], window: int, theirs: Stanford | None) -> Counts:
    """Prints the fewest seconds of two tries."""
    best = {}
    for _ in range(2):
        if theirs:
            best["theirs"] = min(theirs.count(), best.get("theirs", np.inf))
        for workers in (1, 2):
            with Space(1e12) as space:
                began = time.perf_counter()
                counts = count_cooccurrences(corpus, Counting(len(words), window, workers=workers), space)
                best[workers] = min(time.perf_counter() - began, best.get(workers, np.inf))
    for who, seconds in best.items():
        ratio = f", {best['theirs'] / seconds:.1f} times theirs" if theirs and who != "theirs" else ""
        name = "counting and shuffling, theirs" if who == "theirs" else f"counting, {who} threads"
        print(
            f"{name}: {seconds:.2f} s, {corpus.n_tokens / seconds:,.0f} words/s, {len(counts):,} nonzeros{ratio}",
            flush=True,
        )
    return counts


def epoch(counts: Counts, words: list[str], dim: int, workers: int) -> tuple[np.ndarray, tuple[float, ...]]:
    """The fewest seconds an epoch took of three, by the clock and of the processors, and the losses."""
    now = lambda: (time.perf_counter(), time.process_time())  # noqa: E731
    config, ends = GloveConfig(dim=dim, epochs=3, min_count=5, workers=workers), [now()]
    course = begin(words, config, 1, ALONE)
    fit(Problem(counts, None, config), course, report=lambda p: ends.append(now()) if "epoch" in p.metrics else None)
    return np.diff(ends, axis=0).min(0), course.loss


def speeds(counts: Counts, words: list[str], args, theirs: Stanford | None) -> None:
    """Prints nonzeros a second, the best of all rounds, ours and theirs in turn."""
    best, losses = {}, {}
    for _ in range(args.rounds):
        for workers in (1, 2):
            seconds, losses[workers] = epoch(counts, words, args.dim, workers)
            best["ours", workers] = np.minimum(seconds, best.get(("ours", workers), np.inf))
            if theirs:
                best["theirs", workers] = np.minimum(theirs.epoch(workers), best.get(("theirs", workers), np.inf))
    for (who, workers), seconds in best.items():
        clock, cpu = len(counts) / seconds / 1e6
        print(
            f"training, {who}, {workers} threads: {clock:.2f} M nonzeros/s by the clock, "
            f"{cpu:.2f} M for each second of a processor",
            flush=True,
        )
        if theirs and who == "ours":
            ratio = best["theirs", workers] / seconds
            print(f"  {ratio[0]:.1f} times theirs by the clock, {ratio[1]:.1f} times by processor time", flush=True)
    print(f"loss {text(losses[1])}; {'the same' if losses[1] == losses[2] else 'DIFFERS'} on 2 threads", flush=True)


def naive(counts: Counts, n_words: int, dim: int, n: int = 20_000) -> None:
    """The same steps as one writes them down in NumPy."""
    rng = np.random.default_rng(1)
    w, c, b, d = (((rng.random(shape, np.float32) - 0.5) / dim) for shape in ((n_words, dim),) * 2 + ((n_words,),) * 2)
    squares = [np.ones_like(array) for array in (w, c, b, d)]
    began = time.perf_counter()
    for i, j, log_x, weight in counts.entries[:n].tolist():
        scaled = np.float32(0.05 * weight * (w[i] @ c[j] + b[i] + d[j] - log_x))
        steps = (scaled * c[j], scaled * w[i], scaled, scaled)
        for array, square, k, step in zip((w, c, b, d), squares, (i, j, i, j), steps, strict=True):
            square[k] += step * step
            array[k] -= step / np.sqrt(square[k])
    print(f"training, plain NumPy: {n / (time.perf_counter() - began) / 1e6:.3f} M nonzeros/s", flush=True)


def text(values) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def spilled(corpus: Corpus, args) -> None:
    """One epoch in memory and one from disk: the fewest seconds of each, and whether the vectors are the same."""
    best, found = {}, {}
    for _ in range(args.rounds):
        for memory in (1000.0, 0.001):
            found[memory] = train(
                corpus, GloveConfig(dim=args.dim, window=args.window, epochs=1, min_count=5, memory=memory)
            )
            best[memory] = min(found[memory].seconds, best.get(memory, np.inf))
    same = np.array_equal(found[1000.0].embedding.vectors, found[0.001].embedding.vectors)
    print(
        f"counting and one epoch, in memory {best[1000.0]:.1f} s, "
        f"{found[0.001].notes['bytes_on_disk'] / 1e6:,.0f} MB on disk "
        f"{best[0.001]:.1f} s; vectors {'the same to the last bit' if same else 'DIFFER'}",
        flush=True,
    )


# Quality


def quality(corpus: Corpus, args, theirs: Stanford | None) -> None:
    """Prints word scores (mean and deviation over seeds) and losses; nothing is held out, as in their program."""
    runs = [
        train(
            corpus,
            GloveConfig(dim=args.dim, window=args.window, epochs=args.epochs, min_count=5, held_out=0),
            seed=seed,
        )
        for seed in range(1, args.seeds + 1)
    ]
    for run in runs:
        print(f"loss {text(run.loss)}", flush=True)
    other = None
    if args.vectors:
        other = text_vectors(args.vectors)
    elif theirs:
        if not (theirs.here / "shuffled").exists():
            theirs.count()
        print("theirs, loss " + " ".join(re.findall(r"cost: ([\d.]+)", theirs.train(args.epochs, 2)[1])), flush=True)
        other = text_vectors(theirs.here / "vectors.txt")
    for name in SCORES:
        values = [evaluate(run.embedding, name).score for run in runs]
        beside = f"; theirs, one run, {evaluate(other, name).score:.3f}" if other else ""
        print(
            f"{name}: {np.mean(values):.3f} ± {np.std(values, ddof=1) if len(values) > 1 else 0:.3f} "
            f"over {len(values)} seeds{beside}",
            flush=True,
        )


if __name__ == "__main__":
    main()
