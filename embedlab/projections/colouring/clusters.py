"""Clusters of vectors by k-means."""

import numpy as np

from embedlab.core.parallel import one_thread
from embedlab.projections.distances import prepared

CANDIDATES = range(4, 11)
JUDGED = 1_500
FITTED = 20_000  # vectors that centres are found from; all others go with the nearest


def cluster_codes(vectors: np.ndarray, *, k: int | None = None, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(codes int32 (n,), centres of length one (k, dim)) by k-means, largest cluster first.

    Vectors are scaled to length one first. Without `k`, the number from 4 to 10 with the best mean silhouette over
    1,500 points (Rousseeuw 1987).
    """
    unit = prepared(np.asarray(vectors), "cosine")
    distinct = len(np.unique(unit, axis=0))
    with one_thread():  # The batches are small: threads would only wait for each other.
        codes = grouped(unit, max(1, min(k or _best_k(unit, distinct, seed), distinct)), seed)
    centres = np.stack([unit[codes == code].mean(axis=0) for code in range(codes.max() + 1)])
    return codes, prepared(centres, "cosine")


def grouped(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The group of each point by k-means, int32, largest first; centres come from at most 20,000 points."""
    from sklearn.cluster import MiniBatchKMeans

    k = min(k, len(points))
    fit = MiniBatchKMeans(k, n_init=3, batch_size=2048, random_state=seed)
    if len(points) > FITTED:
        chosen = np.sort(np.random.default_rng(seed).choice(len(points), FITTED, replace=False))
        codes = fit.fit(points[chosen]).predict(points)
    else:
        codes = fit.fit_predict(points)
    sizes = np.bincount(codes)
    ranks = np.zeros(len(sizes), np.int32)
    ranks[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return ranks[codes]


def _best_k(unit: np.ndarray, distinct: int, seed: int) -> int:
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    judged = rng.choice(len(unit), min(JUDGED, len(unit)), replace=False)
    best, best_score = min(2, distinct), -1.0
    for k in (k for k in CANDIDATES if k <= min(distinct, len(unit) // 3)):
        codes = grouped(unit, k, seed)[judged]
        if 1 < len(np.unique(codes)) < len(codes):
            score = float(silhouette_score(unit[judged], codes))
            best, best_score = (k, score) if score > best_score else (best, best_score)
    return best
