"""EASE: for each item the weights of all others that best predict it, in closed form.

Steck 2019, "Embarrassingly shallow autoencoders for sparse data", equation 8: with P = (X^T X + lambda I)^-1 the
weights are B_ij = -P_ij / P_jj and B_jj = 0. Memory grows with the square of the number of items.
"""

import time
from collections.abc import Mapping

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Progress, Report, silent
from embedlab.core.settings import AUTO
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import ALL, training_part
from embedlab.models.family import Trained
from embedlab.models.item_settings import SPLIT_SEED, what_to_learn
from embedlab.models.recommending import Weights
from embedlab.models.training.session import ALONE, Session
from embedlab.models.yardsticks.config import EaseConfig
from embedlab.models.yardsticks.together import together

MOST_ITEMS = 20_000
MEAN_COUNTS = 8.0  # the regularisation for “auto”, in mean choices of an item: 500 on MovieLens-100k, 80 on Last.fm


def train(
    data: Interactions, config: EaseConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A recommender by weights between all items; items have no vectors. TrainingFailed for more than 20,000 items."""
    choices = what_to_learn(data, config.split)
    check_size(choices)
    began = time.perf_counter()
    report(Progress(0, 2, "Counting items chosen together"))
    table = weights_of(choices, strength_for(choices, config), report=report)
    report(Progress(2, 2, "Done"))
    return Trained(
        None,
        seconds=time.perf_counter() - began,
        raw_words=len(choices),
        notes={"engine": "closed form", "regularisation": strength_for(choices, config)},
        recommender=Weights(table, choices.counts > 0),
    )


def automatic(data: Interactions, settings: Mapping) -> dict:
    """The regularisation that “auto” becomes, from the choices that training may see."""
    choices = training_part(data, settings.get("split", ALL), seed=SPLIT_SEED)
    return {"regularisation": strength_for(choices, EaseConfig())}


def strength_for(choices: Choices, config: EaseConfig) -> float:
    """The regularisation; for “auto” it follows the mean number of choices of an item."""
    if config.regularisation != AUTO:
        return float(config.regularisation)
    return float(MEAN_COUNTS * len(choices) / max((choices.counts > 0).sum(), 1))


def weights_of(choices: Choices, regularisation: float, *, report: Report = silent) -> np.ndarray:
    """float32 (n_items, n_items): entry (i, j) is what the choice of i adds to the score of j."""
    from scipy.linalg.lapack import dpotrf, dpotri

    gram = np.empty((choices.n_items, choices.n_items))
    for first, block in together(choices, np.ones(len(choices), np.float32)):
        gram[first : first + len(block)] = block
    gram[np.diag_indices_from(gram)] += regularisation
    report(Progress(1, 2, "Solving for the weights"))
    factor, failed = dpotrf(gram, lower=1, overwrite_a=1)
    inverse, failed_too = dpotri(factor, lower=1, overwrite_c=1)
    if failed or failed_too:
        raise TrainingFailed("The equations of EASE have no stable solution. Raise the regularisation.")
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    table = -inverse / np.diag(inverse)
    np.fill_diagonal(table, 0)
    return np.ascontiguousarray(table, np.float32)


def check_size(choices: Choices) -> None:
    """TrainingFailed where the table of weights would not fit."""
    if choices.n_items > MOST_ITEMS:
        raise TrainingFailed(
            f"EASE compares every item with every other: {choices.n_items:,} items are more than the {MOST_ITEMS:,} it "
            "takes. Raise the minimum of choices an item, or use item-kNN or ALS."
        )
