"""Item-kNN: an item is recommended by the chosen items that are chosen by the same people.

Similarity is the cosine of two items' columns of choices, with a shrinkage h: r_i . r_j / (|r_i| |r_j| + h), as
Dacrema et al. 2021, "A troubling analysis of reproducibility and progress in recommender systems research", tune it.
BM25 weighs choices before (Robertson and Zaragoza 2009, equation 3.15): items as documents, users as terms.
"""

import time

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.models.family import Trained
from embedlab.models.item_settings import what_to_learn
from embedlab.models.recommending import Links
from embedlab.models.training.session import ALONE, Session
from embedlab.models.yardsticks.config import KnnConfig
from embedlab.models.yardsticks.together import together

K1, B = 1.2, 0.75


def train(
    data: Interactions, config: KnnConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A recommender by the nearest items of each; items have no vectors."""
    choices = what_to_learn(data, config.split)
    began = time.perf_counter()
    recommender = nearest_items(choices, config, report=report)
    return Trained(
        None,
        seconds=time.perf_counter() - began,
        raw_words=len(choices),
        notes={"engine": "cosine of choices"},
        recommender=recommender,
    )


def nearest_items(choices: Choices, config: KnnConfig, *, report: Report = silent) -> Links:
    """The `neighbours` nearest items of each with their similarity."""
    from embedlab.kernels.knn import best_of_block, sort_heaps

    weights = bm25(choices) if config.weighting == "bm25" else np.ones(len(choices), np.float32)
    lengths = np.sqrt(np.bincount(choices.items, weights.astype(np.float64) ** 2, choices.n_items))
    k = min(config.neighbours, choices.n_items - 1)
    near, strength = [], []
    for first, block in together(choices, weights):
        last = first + len(block)
        report(Progress(first, choices.n_items, "Comparing items"))
        block /= (np.outer(lengths[first:last], lengths) + config.shrink + 1e-12).astype(np.float32)
        block[np.arange(len(block)), np.arange(first, last)] = 0  # an item does not recommend itself
        best = np.zeros((len(block), k), np.float32)  # only what is above zero
        where = np.full((len(block), k), -1, np.int32)
        best_of_block(block, 0, best, where)
        sort_heaps(best, where)
        near.append(where)
        strength.append(best)
    report(Progress(1, 1, "Done"))
    return Links(np.concatenate(near), np.concatenate(strength), choices.counts > 0)


def bm25(choices: Choices) -> np.ndarray:
    """The BM25 weight of each choice, float32 (n,): more for users who choose little and items chosen little."""
    per_user = np.diff(choices.offsets)
    n_items = max(int((choices.counts > 0).sum()), 1)
    rarity = np.log(1 + (n_items - per_user + 0.5) / (per_user + 0.5))
    length = choices.counts / max(choices.counts[choices.counts > 0].mean(), 1e-12)
    saturation = (K1 + 1) / (1 + K1 * (1 - B + B * length))
    return (rarity[choices.users] * saturation[choices.items]).astype(np.float32)
