"""How far a map may be trusted: what it keeps of the neighbourhoods and distances of the vectors it was made from.

trustworthiness   are points that lie close on the map also close in truth? (false neighbours lower it)
continuity        do points that are close in truth lie close on the map? (torn neighbourhoods lower it)
knn_recall        share of the 15 nearest true neighbours that are among the 15 nearest on the map
distance_correlation   Spearman correlation of distances over random pairs: is the map at large in proportion?

Trustworthiness and continuity: Venna and Kaski (2001), "Neighborhood preservation in nonlinear projection methods",
ICANN. Above `limit` points the first three are means over that many points drawn at random, each still ranked
against all points; `n_sampled` says so.
"""

import numpy as np

from embedlab.progress import Progress, Report, silent
from embedlab.projections.graph import blocks, distances_to_all, knn, pair_distances, prepared

SAMPLE = 2_000
PAIRS = 20_000


def trust_scores(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15, limit: int = SAMPLE,
                 seed: int = 1, report: Report = silent) -> dict[str, float | int]:
    """trustworthiness, continuity, knn_recall, distance_correlation, and the k, n and n_sampled they rest on.

    vectors (n, dim) under `metric`; coords (n, 2 or 3), always Euclidean. With fewer than 2k points, k is lowered to
    the largest value for which the scores are defined (k < n / 2).
    """
    n = len(vectors)
    k = max(1, min(k, (n - 1) // 2))
    rows = sampled_rows(n, limit=limit, seed=seed)
    trust, continuity, recall = _neighbourhood_scores(vectors, coords, rows, k, metric, report)
    return {"trustworthiness": trust, "continuity": continuity, "knn_recall": recall,
            "distance_correlation": distance_correlation(vectors, coords, metric=metric, seed=seed),
            "k": k, "n": n, "n_sampled": len(rows)}


def sampled_rows(n: int, *, limit: int = SAMPLE, seed: int = 1) -> np.ndarray:
    """The rows that are scored, int64, ascending: all of them, or `limit` drawn without repetition."""
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, limit, replace=False))


def trustworthiness(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15) -> float:
    """1 when every neighbour on the map is a true one, lower as intruders come from further away (eq. 1 there)."""
    return _neighbourhood_scores(vectors, coords, np.arange(len(vectors)), k, metric, silent)[0]


def continuity(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15) -> float:
    """1 when every true neighbour stays one on the map, lower the further they are sent away (eq. 2 there)."""
    return _neighbourhood_scores(vectors, coords, np.arange(len(vectors)), k, metric, silent)[1]


def knn_recall(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15) -> float:
    """Mean share of each point's k nearest true neighbours that are among its k nearest on the map."""
    return float(kept_neighbours(vectors, coords, metric=metric, k=k).mean(dtype=np.float64))


def kept_neighbours(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15,
                    rows: np.ndarray | None = None, report: Report = silent) -> np.ndarray:
    """For each point (or each of `rows`) the share of its k true neighbours kept on the map, float32, 0 to 1."""
    k = max(1, min(k, len(vectors) - 1))
    true, _ = knn(vectors, k, metric=metric, rows=rows, report=report)
    drawn, _ = knn(coords, k, metric="euclidean", rows=rows, report=report)
    return _overlap(true, drawn)


def distance_correlation(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", n_pairs: int = PAIRS,
                         seed: int = 1) -> float:
    """Spearman correlation of true and drawn distances over random pairs; 0 when one side does not vary."""
    from scipy.stats import rankdata

    rng = np.random.default_rng(seed)
    left = rng.integers(0, len(vectors), n_pairs)
    right = (left + rng.integers(1, len(vectors), n_pairs)) % len(vectors)
    true = rankdata(pair_distances(prepared(vectors, metric), left, right, metric))
    drawn = rankdata(pair_distances(prepared(coords, "euclidean"), left, right, "euclidean"))
    if true.std() == 0 or drawn.std() == 0:
        return 0.0
    return float(np.corrcoef(true, drawn)[0, 1])


def _neighbourhood_scores(vectors, coords, rows, k, metric, report) -> tuple[float, float, float]:
    """(trustworthiness, continuity, recall at k) over the given rows."""
    n = len(vectors)
    high, low = prepared(vectors, metric), prepared(coords, "euclidean")
    intruders = torn = kept = 0.0
    for first, last in blocks(len(rows), n):
        report(Progress(first, len(rows), "Scoring the map"))
        block = rows[first:last]
        true_distances, map_distances = distances_to_all(high, block, metric), distances_to_all(low, block, "euclidean")
        true, drawn = _nearest(true_distances, k), _nearest(map_distances, k)
        intruders += _excess_ranks(true_distances, drawn, k)
        torn += _excess_ranks(map_distances, true, k)
        kept += float(_overlap(true, drawn).sum(dtype=np.float64))
    report(Progress(len(rows), len(rows), "Map scored"))
    worst = len(rows) * k * (2 * n - 3 * k - 1) / 2
    return 1 - intruders / worst, 1 - torn / worst, kept / len(rows)


def _nearest(distances: np.ndarray, k: int) -> np.ndarray:
    return np.argpartition(distances, k - 1, axis=1)[:, :k]


def _excess_ranks(distances: np.ndarray, neighbours: np.ndarray, k: int) -> float:
    """Sum over all neighbours of how far their rank in `distances` lies beyond k.

    The rank of j is one more than the number of points strictly closer; ties so count in the map's favour.
    """
    total = 0
    for row, chosen in zip(distances, neighbours, strict=True):
        ranks = 1 + np.count_nonzero(row < row[chosen][:, None], axis=1)
        total += int(np.maximum(ranks - k, 0).sum())
    return float(total)


def _overlap(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Share of each row of `left` that the same row of `right` holds too, float32."""
    both = np.sort(np.concatenate([left, right], axis=1), axis=1)
    return ((both[:, 1:] == both[:, :-1]).sum(axis=1) / left.shape[1]).astype(np.float32)
