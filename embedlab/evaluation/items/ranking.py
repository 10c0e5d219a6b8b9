"""Full rankings: every item that training has seen and the user has not chosen competes; none is sampled away.

Sampled negatives reorder methods (Krichene and Rendle 2020, "On sampled metrics for item recommendation"), so there are
none here.
"""

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.choices import Choices
from embedlab.models.recommending import Recommender

BLOCK_CELLS = 16_000_000  # scores held at a time


def best_items(
    recommender: Recommender, histories: Choices, k: int, *, report: Report = silent
) -> tuple[np.ndarray, np.ndarray]:
    """(items int32 (n_users, k), scores float32 (n_users, k)) of each list, the best first; -1 where there are fewer.

    Items of the history and items that training has never seen are left out. Of equal scores the lower item number,
    which is the more chosen one, stands first.
    """
    from embedlab.kernels.items import hide_entries
    from embedlab.kernels.knn import best_of_block, sort_heaps

    n, k = histories.n_users, min(k, histories.n_items)
    top, scores = np.full((n, k), -1, np.int32), np.full((n, k), -np.inf, np.float32)
    step = max(1, BLOCK_CELLS // histories.n_items)
    cold = ~recommender.seen
    for first in range(0, n, step):
        report(Progress(first, n, "Ranking all items"))
        some = histories.take(np.arange(first, min(first + step, n)))
        block = np.ascontiguousarray(recommender.scores(some), np.float32)
        block[:, cold] = -np.inf
        hide_entries(np.ascontiguousarray(some.offsets), np.ascontiguousarray(some.items), block)
        rows = slice(first, first + some.n_users)
        best_of_block(block, 0, scores[rows], top[rows])
        sort_heaps(scores[rows], top[rows])
    return top, scores
