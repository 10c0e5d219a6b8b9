"""What filming costs: trainings with and without it, in turn, in one process; best of several, as a ratio.

python bench/live.py CORPUS_FOLDER [--model glove] [--dim 100] [--epochs 20] [--repeats 3] [--words 1000]
"""

import argparse
import tempfile
import time
from pathlib import Path

from embedlab.data.corpus import Corpus
from embedlab.models import MODELS
from embedlab.models.training import film
from embedlab.models.training.session import Session


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", default="word2vec", choices=["word2vec", "glove"])
    parser.add_argument("--dim", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--words", type=int, default=1000)
    args = parser.parse_args()
    corpus, family = Corpus.open(args.corpus), MODELS[args.model]
    probes = film.content_words(corpus.vocabulary.words, 4)
    family.train(corpus, family.config(dim=args.dim, epochs=1, min_count=5))  # compiled before the clock starts
    times: dict[bool, list[float]] = {False: [], True: []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.repeats):
            for filmed in times:
                watch = {"words": args.words, "probes": probes, "pairs": [probes[:2]]} if filmed else None
                watching = film.callbacks(Path(folder), watch)
                started = time.perf_counter()
                family.train(
                    corpus, family.config(dim=args.dim, epochs=args.epochs, min_count=5), session=Session(**watching)
                )
                times[filmed].append(time.perf_counter() - started)
                if filmed:
                    movie, spent = film.Film.open(Path(folder)), watching["show"].__self__.spent
                    share = spent / times[True][-1]
                    print(
                        f"{times[False][-1]:.2f} s without, {times[True][-1]:.2f} s with "
                        f"{len(movie) if movie else 0} frames, "
                        f"{1000 * spent:.0f} ms of them filming ({share:.1%})",
                        flush=True,
                    )
    means = {filmed: sum(own) / len(own) for filmed, own in times.items()}
    print(
        f"with / without: {min(times[True]) / min(times[False]):.3f} (best of {args.repeats} each), "
        f"{means[True] / means[False]:.3f} (means: {means[True]:.2f} and {means[False]:.2f} s)"
    )


if __name__ == "__main__":
    main()
