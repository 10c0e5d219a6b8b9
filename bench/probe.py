"""The linear probe beside plain and standardised logistic regression: `python bench/probe.py [--texts 2000]`.

Reads SST-2 from the folder that EMBEDLAB_DATA names, with the bundled MiniLM. Prints the accuracy of each and the
processor time of the probe.
"""

import argparse
import time

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from embedlab.evaluation import BENCHMARKS, load_benchmark
from embedlab.evaluation.texts.sentences import probed
from embedlab.models.encoders.load import open_encoder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000, help="training texts, an even sample")
    chosen = parser.parse_args()
    texts, encoder = load_benchmark(BENCHMARKS["sst2"].data()), open_encoder("minilm", 128)
    labels = np.array([row[2] for row in texts.rows])
    train, test = np.flatnonzero(~texts.test), np.flatnonzero(texts.test)
    train = train[np.linspace(0, len(train) - 1, chosen.texts).astype(np.int64)]
    x, z = (
        encoder.encode(len(rows), lambda i, rows=rows: texts.rows[rows[i]][0], tick=lambda n: None)
        for rows in (train, test)
    )
    y, truth = labels[train], labels[test]
    print(f"plain         {LogisticRegression(max_iter=1_000).fit(x, y).score(z, truth):.3f}")
    scaler = StandardScaler().fit(x)
    standardised = LogisticRegression(C=0.1, max_iter=1_000).fit(scaler.transform(x), y)
    print(f"standardised  {standardised.score(scaler.transform(z), truth):.3f}")
    start = time.process_time()
    predicted, c = probed(x, z, y)
    print(
        f"probe         {np.mean(predicted == truth):.3f}   C = {c:g}, {time.process_time() - start:.1f} s of "
        f"processor time"
    )


if __name__ == "__main__":
    main()
