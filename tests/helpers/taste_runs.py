"""A workspace with small interactions and finished runs on them, of some models."""

from pathlib import Path

from embedlab import Lab
from helpers.tastes import SMALL, tastes

QUICK = {"als": {"dim": 8, "epochs": 5}, "item2vec": {"dim": 8, "epochs": 5}, "puresvd": {"dim": 8}}


def taste_lab(home: Path, *models: str, taste=SMALL) -> Lab:
    """The laboratory; each run is named like its model."""
    lab = Lab(home)
    data = tastes(lab.corpora_folder, taste)
    lab.register_interactions(data)
    for model in models:
        lab.train(data, model, name=model, **QUICK.get(model, {}))
    return lab
