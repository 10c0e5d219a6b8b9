"""GloVe for items: vectors whose products fit how often two items are chosen by the same people.

Sessions are shuffled, so that the 1/distance of the counts says nothing, and the window spans them up to WIDEST items.
An item is recommended by the products of its context vector with the vectors of the chosen items; with the biases of
equation 8 (Pennington et al. 2014), which say how often an item is chosen at all, the lists come close to popularity.
"""

from dataclasses import replace

import numpy as np

from embedlab.core.progress import Report, silent
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.sequences import Source, sequences_of
from embedlab.models.family import Trained
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.item_config import ItemGloveConfig
from embedlab.models.glove.train import train as train_words
from embedlab.models.item_settings import items_as_embedding, users_as_means, what_to_learn
from embedlab.models.recommending import Factors
from embedlab.models.training.session import ALONE, Session

WIDEST = 100  # choices to each side that are counted


def train(
    data: Interactions, config: ItemGloveConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """Vectors of the items (word plus context vectors), users as the mean of what they chose, and a recommender."""
    choices = what_to_learn(data, config.split)
    source = Source(f"{data.id}-{config.split}", data.name, data.folder, data.vocabulary.words)
    sessions = sequences_of(choices, source, seed=seed)
    of_words = GloveConfig(
        dim=config.dim,
        window=max(1, min(sessions.longest - 1, WIDEST)),
        epochs=config.epochs,
        min_count=1,
        x_max=config.x_max,
        alpha=config.alpha,
        learning_rate=config.learning_rate,
        held_out=0.0,
        workers=config.workers,
    )
    trained = train_words(sessions, of_words, seed=seed, report=report, session=session)
    vectors = np.zeros((choices.n_items, config.dim), np.float32)
    vectors[sessions.items] = trained.embedding.vectors
    left, right = np.zeros_like(vectors), np.zeros_like(vectors)
    left[sessions.items] = trained.end.arrays["words"][:, : config.dim]
    right[sessions.items] = trained.end.arrays["contexts"][:, : config.dim]
    return replace(
        trained,
        embedding=items_as_embedding(data, choices, vectors),
        documents=users_as_means(choices, vectors),
        notes=trained.notes | {"scored": "chosen items times context vectors"},
        recommender=Factors(left, right, choices.counts > 0, mean=True),
        end=None,
    )
