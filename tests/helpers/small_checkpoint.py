"""A checkpoint made of a number."""

import numpy as np

from embedlab.models.training.session import Checkpoint


def checkpoint(n: int, size: int = 1000) -> Checkpoint:
    """A checkpoint whose parts all say `n`, so that a mixture would show."""
    return Checkpoint(
        {"engine": "test", "words": ["ü", "b"], "n": n},
        {"first": np.full(size, n), "second": np.full((size, 2), n, np.float32)},
    )
