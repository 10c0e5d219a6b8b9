"""A whole model family in forty lines: words are near where they are made of the same letters."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.progress import Progress, silent
from embedlab.core.settings import check_settings, setting
from embedlab.models import Family, Trained
from embedlab.models.training.requirements import kept_vocabulary
from embedlab.models.training.session import ALONE
from embedlab.vectors.embedding import Embedding


@dataclass(frozen=True)
class LettersConfig:
    dim: int = setting(16, label="Dimensions", low=2, high=500, help="More dimensions tell more letters apart.")
    min_count: int = setting(1, label="Minimum count", low=1, high=1_000, help="Drops words that are seen less often.")
    noise: float = setting(0.1, label="Noise", low=0, high=1, group="More", help="More noise makes vectors less alike.")

    def __post_init__(self):
        check_settings(self)


def train(corpus, config: LettersConfig, *, seed=1, report=silent, session=ALONE) -> Trained:
    rng = np.random.default_rng(seed)
    kept = kept_vocabulary(corpus, config.min_count)
    letters = rng.standard_normal((2**16, config.dim), np.float32)
    vectors = np.stack([letters[[ord(letter) % 2**16 for letter in word]].mean(axis=0) for word in kept.words])
    vectors += np.float32(config.noise) * rng.standard_normal(vectors.shape, np.float32)
    report(Progress(1, 1, "Epoch 1 of 1", {"epoch": 1, "loss": config.noise}))
    return Trained(Embedding(list(kept.words), vectors, kept.counts), (config.noise,), 0.01, corpus.n_tokens)


FAMILY = Family("letters", "Letters", "Words of the same letters are near.", LettersConfig, train)
