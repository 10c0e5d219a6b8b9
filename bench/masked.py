"""A masked language model from scratch: held-out perplexity beside unigrams, pieces a second, time of the presets.

    python bench/masked.py --data FOLDER [--preset quick] [--words 1000000] [--share 1.0] [--need 1.3]

The corpus is the first words of corpora/enwiki-17m.txt.gz in the folder of public data (EMBEDLAB_DATA by default), or
the bundled Wikipedia sample. --share trains on that share of the preset's steps, after which the time of all is told by
proportion. Ends with an error when the perplexity is not `need` times below that of word counts alone.
"""

import argparse
import gzip
import os
import sys
import tempfile
import time
from pathlib import Path

from embedlab import Lab
from embedlab.models.masked.config import PRESETS, MaskedConfig
from embedlab.models.masked.cost import PIECES_A_WORD, estimate


def corpus_of(lab: Lab, data: str | None, n_words: int):
    """The first words of the public corpus, two hundred a document."""
    if data is None:
        return lab.add_corpus("enwiki")
    with gzip.open(Path(data) / "corpora" / "enwiki-17m.txt.gz", "rt", encoding="utf-8") as file:
        words = file.read(8 * n_words).split()[:n_words]
    path = lab.home / "million.txt"
    path.write_text("\n".join(" ".join(words[i : i + 200]) for i in range(0, len(words), 200)), encoding="utf-8")
    return lab.add_corpus(path, preprocessing={"split": "line"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default=os.environ.get("EMBEDLAB_DATA"))
    parser.add_argument("--preset", default="quick", choices=list(PRESETS))
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--need", type=float, default=1.3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        lab = Lab(home)
        corpus = corpus_of(lab, args.data, args.words)
        config = MaskedConfig(preset=args.preset)
        steps = int(
            config.wanted_epochs * corpus.n_tokens * PIECES_A_WORD / config.batch_size / (config.max_length - 2)
        )
        length = {} if args.share == 1 else {"length": "steps", "steps": max(int(args.share * steps), 10)}
        began = time.perf_counter()
        run = lab.train(corpus, "masked", preset=args.preset, max_words=1_000, **length)
        whole = time.perf_counter() - began
        notes = run.summary["notes"]
        found = notes["perplexity"]
        full = run.summary["seconds"] * steps / notes["steps"]
        print(
            f"{args.preset}: {corpus.n_tokens:,} words, {notes['pieces']:,} pieces, {notes['steps']:,} steps in "
            f"{notes['precision']}"
        )
        print(
            f"training {run.summary['seconds']:.0f} s of {whole:.0f} s; all {steps:,} steps of the preset: "
            f"{full / 60:.1f} min "
            f"(estimate {estimate(corpus, config).seconds / 60:.1f} min); {notes['pieces_per_second']:,} pieces/s"
        )
        print(
            f"held-out perplexity {found['start'][0]:,.0f} before, {found['end'][0]:,.1f} after (95 % interval "
            f"{found['end'][1]:,.1f} to "
            f"{found['end'][2]:,.1f}, {found['n']:,} pieces); unigram {found['unigram']:,.1f}"
        )
        ratio = found["unigram"] / found["end"][0]
        print(f"unigram / model: {ratio:.2f}")
        if args.share == 1 and ratio < args.need:
            sys.exit(f"The model is only {ratio:.2f} times below word counts alone; {args.need} is needed.")


if __name__ == "__main__":
    main()
