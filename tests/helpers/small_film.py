"""A film of ten words on their way from a random start to another place."""

import numpy as np

from embedlab.models.training.film import Film, Filming, Watched

WORDS = ["the", "of", "film", "actor", "1999", "plot", "scene", "a", "camera", "director"]


def learning(share: float, n: int = 10, dim: int = 6) -> np.ndarray:
    """Their vectors after a share of the training."""
    rng = np.random.default_rng(3)
    start, end = rng.normal(size=(2, n, dim))
    return ((1 - share) * start + share * end).astype(np.float32)


def rows_at(share: float, **shape):
    """What a film asks of a training: the vectors of the words with these numbers."""
    vectors = learning(share, **shape)
    return lambda ids: vectors[ids].copy()


def filmed(folder, shares=(0, 0.5, 1), **options) -> Filming:
    """What records a film, after it has seen these moments."""
    filming = Filming(folder, Watched(**options))
    for share in shares:
        filming.show(share, WORDS, rows_at(share))
    return filming


def small_film(folder, **options) -> Film:
    """The film of the start, the middle and the end, as it reads back."""
    filmed(folder, probes=["film", "plot"], pairs=[("film", "actor")], **options)
    return Film.open(folder)
