"""PureSVD: the strongest directions in who chose what, and each choice answered by its part in them.

Cremonesi, Koren and Turrin 2010, "Performance of recommender algorithms on top-N recommendation tasks", section 3.2:
with R ~ U S Q^T the scores of a history r are r Q Q^T. What is missing counts as zero.
"""

import time

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.models.factorization.config import SvdConfig
from embedlab.models.family import Trained
from embedlab.models.item_settings import items_as_embedding, what_to_learn
from embedlab.models.recommending import Factors
from embedlab.models.training.session import ALONE, Session


def train(
    data: Interactions, config: SvdConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """Vectors of the items (columns of Q), of the users (their choices times Q) and a recommender."""
    choices = what_to_learn(data, config.split)
    report(Progress(0, 1, "Finding the strongest directions"))
    began = time.perf_counter()
    vectors, strengths = directions(choices, config.dim, seed)
    recommender = Factors(vectors, vectors, choices.counts > 0)
    report(Progress(1, 1, "Done"))
    dim = vectors.shape[1]
    few = [f"These choices have {dim} directions, so the vectors have no more dimensions."] if dim < config.dim else []
    return Trained(
        items_as_embedding(data, choices, vectors * strengths),
        seconds=time.perf_counter() - began,
        raw_words=len(choices),
        documents=recommender.people(choices),
        notes={"engine": "PureSVD by ARPACK", "warnings": few},
        recommender=recommender,
    )


def directions(choices: Choices, dim: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(Q float32 (n_items, dim), singular values float32 (dim,)), the strongest first, their signs fixed."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import svds

    ones = np.ones(len(choices))
    matrix = csr_matrix((ones, choices.items, choices.offsets), shape=(choices.n_users, choices.n_items))
    dim = min(dim, min(matrix.shape) - 1)
    start = np.random.default_rng(seed).standard_normal(min(matrix.shape))
    _, values, rows = svds(matrix, k=dim, v0=start, return_singular_vectors="vh")
    order = np.argsort(-values)
    rows, values = rows[order], values[order]
    signs = np.sign(rows[np.arange(dim), np.abs(rows).argmax(axis=1)])
    return np.ascontiguousarray((rows * signs[:, None]).T, np.float32), values.astype(np.float32)
