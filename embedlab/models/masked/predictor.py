"""The model of a run that predicts hidden words, after training and before it."""

from embedlab.core.settings import from_dict
from embedlab.models.family import Predictor
from embedlab.models.masked.config import MaskedConfig


def _after(folder: str, seed: int):
    from embedlab.models.masked.model import open_model

    return open_model(folder, seed=seed)


def _before(settings: dict, seed: int, base: str, tokenizer):
    from embedlab.models.masked.train import Start, begin

    config = from_dict(MaskedConfig, settings)
    return begin(Start(config, seed, base or config.base), lambda: tokenizer)


PREDICTOR = Predictor(_after, _before)
