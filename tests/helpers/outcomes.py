"""What a training of odd input comes to: numbers, or a sentence for the user."""

from collections.abc import Callable

import numpy as np

from embedlab.core.errors import TrainingFailed


def outcome(train: Callable, corpus, config) -> tuple[str, np.ndarray]:
    """("", vectors and losses in one row) of a training, or (the sentence it failed with, nothing)."""
    try:
        trained = train(corpus, config)
    except TrainingFailed as error:
        return str(error), np.zeros(0)
    return "", np.concatenate([trained.embedding.vectors.ravel(), trained.loss, trained.validation])


def finite_or_sentence(found: tuple[str, np.ndarray]) -> bool:
    """Whether an outcome is one of the two that a user can use: finite numbers, or a whole sentence."""
    sentence, numbers = found
    whole = len(sentence) > 40 and sentence.endswith(".")
    return whole if sentence else len(numbers) > 0 and bool(np.isfinite(numbers).all())
