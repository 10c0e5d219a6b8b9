"""What labels teach an encoder: accuracy and seconds of a probe, LoRA, the top layers and all layers on SST-2.

    python bench/labels.py [--train 5000] [--epochs 2] [--base minilm] [--modes probe,full,top,lora] [--seed 1]

EMBEDLAB_DATA names the folder of public data. The test part is SST-2's own dev set, 872 sentences; a tenth of the
training sentences picks the epoch. Intervals are 95 % bootstrap over test sentences; each mode's lead over the probe is
paired, so that sentences which both answer right or wrong cancel. Seconds are of training alone; "all" adds encoding
the texts before and after. Ends with an error when all layers are not above the probe.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from embedlab.data.build import add_files
from embedlab.data.reading.columns import Columns
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.results import mean_interval
from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.classifier.split import Split
from embedlab.models.classifier.train import train_on
from embedlab.models.classifier.tune import Task

RATES = {"probe": 5e-5, "lora": 1e-4, "top": 1e-4, "full": 5e-5}


def main():
    args, right = arguments(), {}
    with tempfile.TemporaryDirectory() as folder:
        corpus, split = sst2(Path(folder), args.train, args.seed)
        print(
            f"{len(split.train):,} sentences to learn from, {len(split.validation):,} to choose by, "
            f"{len(split.test):,} to test on; "
            f"{args.epochs} epochs",
            flush=True,
        )
        for mode in args.modes.split(","):
            config = ClassifierConfig(
                base=args.base, mode=mode, epochs=args.epochs, learning_rate=RATES[mode], max_length=64, max_words=10
            )
            began = time.perf_counter()
            trained = train_on(Task(corpus, config, split, args.seed))
            line(mode, trained, time.perf_counter() - began)
            right[mode] = answered_right(trained, split)
            ahead = (
                lead(mode, right[mode] - right["probe"], args.seed) if mode != "probe" and "probe" in right else None
            )
            if mode == "full" and ahead is not None and ahead <= 0:
                sys.exit("All layers are not above the probe.")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--train", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--base", default="minilm")
    parser.add_argument("--modes", default="probe,full,top,lora")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def sst2(folder: Path, n_train: int, seed: int):
    """(corpus of the sentences, the split that SST-2 comes with)."""
    source = Path(os.environ["EMBEDLAB_DATA"]) / "sst2"
    train, dev = (
        [row.split("\t") for row in (source / name).read_text(encoding="utf-8").splitlines()]
        for name in ("train.tsv", "dev.tsv")
    )
    rng = np.random.default_rng(seed)
    rows = [train[i] for i in rng.permutation(len(train))[:n_train]] + dev
    table = folder / "sst2.tsv"
    table.write_text(
        "text\tlabel\n" + "".join(f"{text}\t{('bad', 'good')[int(label)]}\n" for text, label in rows), encoding="utf-8"
    )
    corpus = add_files(
        [(table, table.name)],
        folder / "corpora",
        name="SST-2",
        preprocessing=Preprocessing(),
        columns=Columns("text", "label"),
    )
    learned, test = np.arange(n_train), np.arange(n_train, len(rows))
    return corpus, Split(
        learned[n_train // 10 :],
        learned[: n_train // 10],
        test,
        np.asarray(corpus.labels, np.int64),
        corpus.label_names,
        "SST-2's own",
    )


def line(mode: str, trained, everything: float) -> None:
    found, notes = trained.notes["classification"], trained.notes
    score, low, high = found["accuracy"]
    more = ""
    if "start_end" in notes:
        start, end = notes["start_end"][0]["start"], notes["start_end"][0]["end"]
        more = (
            f"  probe of its vectors {start[0]:.3f} -> {end[0]:.3f}, {notes['precision']['trained_parameters']:,} "
            f"numbers trained, "
            f"{notes['precision']['used']}"
        )
    print(
        f"{mode:6} accuracy {score:.3f} ({low:.3f} to {high:.3f}), macro-F1 {found['macro_f1'][0]:.3f}, "
        f"training {trained.seconds:6.1f} s, "
        f"all {everything:6.1f} s, epoch {found['best_epoch']} of {len(found['epochs'])}{more}",
        flush=True,
    )


def answered_right(trained, split: Split) -> np.ndarray:
    """Whether each test sentence got its label, 0 or 1."""
    classifier = trained.encoder
    logits = trained.documents[split.test] @ classifier.weight.T + classifier.bias
    return (logits.argmax(1) == split.labels[split.test]).astype(float)


def lead(mode: str, differences: np.ndarray, seed: int) -> float:
    """Mean difference of accuracy, printed with its interval."""
    low, high = mean_interval(differences, seed=seed)
    print(f"{mode} less probe: {differences.mean():+.3f} ({low:+.3f} to {high:+.3f})", flush=True)
    return differences.mean()


if __name__ == "__main__":
    main()
