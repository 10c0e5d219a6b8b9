"""Runs that are there at once: a few given vectors, imported from a text file."""

import numpy as np


def imported(lab, folder, name: str, *, n: int = 12, dim: int = 4, seed: int = 0):
    """A finished run of `n` words w0, w1, ... with random vectors."""
    vectors = np.random.default_rng(seed).normal(size=(n, dim))
    lines = [f"w{i} " + " ".join(f"{value:.4f}" for value in row) for i, row in enumerate(vectors)]
    path = folder / f"{name}.txt"
    path.write_text("\n".join([f"{n} {dim}", *lines]), encoding="utf-8")
    return lab.import_vectors(path, name=name)
