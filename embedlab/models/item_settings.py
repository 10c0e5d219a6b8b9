"""What all families of items share: the setting of what is held out, and vectors of items and users as runs hold."""

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.core.settings import setting
from embedlab.core.sizes import count_of
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import ALL, SPLITS, training_part
from embedlab.vectors.embedding import Embedding

SPLIT_SEED = 1  # the same for every run, so that runs of other seeds are measured on the same choices


def split_setting():
    """The field `split` of a config: what is kept out of training."""
    return setting(
        ALL,
        label="Held out",
        choices=(ALL, *SPLITS),
        labels={ALL: "Nothing"} | {name: kind.title for name, kind in SPLITS.items()},
        help="What is kept out of training for evaluating. Hold nothing out to recommend with all that is known.",
    )


def what_to_learn(data: Interactions, split: str) -> Choices:
    """The choices a training may see. TrainingFailed if all are of one item or user."""
    choices = training_part(data, split, seed=SPLIT_SEED)
    n_items, n_users = int((choices.counts > 0).sum()), int((np.diff(choices.offsets) > 0).sum())
    if n_items < 2 or n_users < 2:
        raise TrainingFailed(
            f"{data.name!r} leaves {count_of(n_items, 'item')} and {count_of(n_users, 'user')} to learn from; "
            "two of each are needed. Add more choices, or hold out less."
        )
    return choices


def items_as_embedding(data: Interactions, choices: Choices, vectors: np.ndarray) -> Embedding:
    """The items that were seen in training, by name, the most chosen first. vectors: float32 (n_items, dim)."""
    seen = np.flatnonzero(choices.counts > 0)
    order = seen[np.argsort(-choices.counts[seen], kind="stable")]
    names = data.vocabulary.words
    return Embedding([names[i] for i in order], np.ascontiguousarray(vectors[order], np.float32), choices.counts[order])


def users_as_means(choices: Choices, vectors: np.ndarray) -> np.ndarray:
    """float32 (n_users, dim): each user as the mean of what they chose; zeros for one who chose nothing."""
    sums = np.zeros((choices.n_users, vectors.shape[1]), np.float32)
    np.add.at(sums, choices.users, vectors[choices.items])
    return sums / np.maximum(np.diff(choices.offsets), 1)[:, None].astype(np.float32)
