"""Popularity: everybody is recommended what most people chose. Whoever is not above it has learned no taste."""

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.dataset import Interactions
from embedlab.models.family import Trained
from embedlab.models.item_settings import what_to_learn
from embedlab.models.recommending import Popular
from embedlab.models.training.session import ALONE, Session
from embedlab.models.yardsticks.config import PopularityConfig


def train(
    data: Interactions, config: PopularityConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A recommender by the number of choices; items have no vectors."""
    choices = what_to_learn(data, config.split)
    report(Progress(1, 1, "Done"))
    recommender = Popular(choices.counts.astype(np.float32), choices.counts > 0)
    return Trained(None, raw_words=len(choices), notes={"engine": "counting"}, recommender=recommender)
