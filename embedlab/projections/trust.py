"""How far a map can be trusted: what it keeps of the neighbourhoods and distances of its vectors.

trustworthiness   are points that are close on the map also close in the full space? (false neighbours lower it)
continuity        are points that are close in the full space also close on the map? (torn neighbourhoods lower it)
knn_recall        share of the k nearest true neighbours among the k nearest on the map (15, fewer on small maps)
distance_correlation   Spearman correlation of distances over random pairs: are large distances in proportion?

Trustworthiness and continuity: Venna and Kaski (2001), "Neighborhood preservation in nonlinear projection methods",
ICANN. Above `limit` points the first three are means over that many points drawn at random, each still ranked
against all points; `n_sampled` says so.
"""

import numpy as np

from embedlab.core.parallel import each, one_blas_thread
from embedlab.core.progress import Progress, Report, silent
from embedlab.projections.distances import blocks, distances_to_all, pair_distances, prepared
from embedlab.projections.graph import Neighbours, knn

SAMPLE = 5_000
PAIRS = 50_000
SHARE = 8  # blocks are this many times smaller than `blocks` allows, so that all threads get some


def trust_scores(
    neighbours: Neighbours, coords: np.ndarray, *, limit: int = SAMPLE, seed: int = 1, report: Report = silent
) -> dict[str, float | int]:
    """trustworthiness, continuity, knn_recall, distance_correlation, and the k, n and n_sampled behind them.

    neighbours: of the vectors (n, dim), under their metric. A graph that is known already is used; otherwise only the
    neighbours of the scored points are found. coords (n, 2 or 3), always Euclidean.
    """
    n = len(neighbours.vectors)
    k = scored_k(n)
    rows = sampled_rows(n, limit=limit, seed=seed)
    trust, continuity, recall = _neighbourhood_scores(neighbours, coords, rows, k, report)
    return {
        "trustworthiness": trust,
        "continuity": continuity,
        "knn_recall": recall,
        "distance_correlation": distance_correlation(neighbours.vectors, coords, metric=neighbours.metric, seed=seed),
        "k": k,
        "n": n,
        "n_sampled": len(rows),
    }


def scored_k(n: int, k: int = 15) -> int:
    """How many neighbours are compared on a map of n points: k, lowered to less than half of the points.

    The scores are not defined beyond that. With k near n every map would keep all neighbours.
    """
    return max(1, min(k, (n - 1) // 2))


def sampled_rows(n: int, *, limit: int = SAMPLE, seed: int = 1) -> np.ndarray:
    """The rows that are scored, int64, ascending: all of them, or `limit` drawn without repetition."""
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, limit, replace=False))


def trustworthiness(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15) -> float:
    """1 when every neighbour on the map is a true one, lower the further away false ones come from (eq. 1 there)."""
    return _neighbourhood_scores(Neighbours(vectors, metric), coords, np.arange(len(vectors)), k, silent)[0]


def continuity(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15) -> float:
    """1 when every true neighbour stays one on the map, lower the further they are sent away (eq. 2 there)."""
    return _neighbourhood_scores(Neighbours(vectors, metric), coords, np.arange(len(vectors)), k, silent)[1]


def knn_recall(vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", k: int = 15) -> float:
    """Mean share of each point's k nearest true neighbours that are among its k nearest on the map."""
    return float(kept_neighbours(Neighbours(vectors, metric), coords, k=k).mean(dtype=np.float64))


def kept_neighbours(neighbours: Neighbours, coords: np.ndarray, *, k: int = 15, report: Report = silent) -> np.ndarray:
    """The share of the k true neighbours of each point that the map keeps, float32 (n,); k: see `scored_k`."""
    k = scored_k(len(coords), k)
    true, _ = neighbours.nearest(k, report=report)
    drawn, _ = knn(coords, k, metric="euclidean", report=report)
    return (_shared(true, drawn) / k).astype(np.float32)


def distance_correlation(
    vectors: np.ndarray, coords: np.ndarray, *, metric: str = "cosine", n_pairs: int = PAIRS, seed: int = 1
) -> float:
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


def _neighbourhood_scores(
    neighbours: Neighbours, coords: np.ndarray, rows: np.ndarray, k: int, report: Report
) -> tuple[float, float, float]:
    """(trustworthiness, continuity, recall at k) over the given rows, from exact counts for any number of threads."""
    from embedlab.kernels.knn import excess_ranks

    n, metric = len(coords), neighbours.metric
    high, low = prepared(neighbours.vectors, metric), prepared(coords, "euclidean")
    truth = neighbours.nearest(k)[0][rows] if neighbours.known else None
    parts = blocks(len(rows), SHARE * n)
    counts = np.zeros((len(parts), 3), np.int64)  # ranks of intruders, ranks of those torn away, neighbours kept

    def judge(part: int) -> None:
        first, last = parts[part]
        block = rows[first:last]
        true_distances, map_distances = distances_to_all(high, block, metric), distances_to_all(low, block, "euclidean")
        true = _nearest(true_distances, k) if truth is None else truth[first:last].astype(np.int32)
        drawn = _nearest(map_distances, k)
        counts[part] = (
            excess_ranks(true_distances, drawn, k),
            excess_ranks(map_distances, true, k),
            _shared(true, drawn).sum(),
        )

    report(Progress(0, len(parts), "Scoring the map"))
    with one_blas_thread():
        each(
            judge,
            range(len(parts)),
            told=lambda done: report(Progress(done, len(parts), "Scoring the map")),
        )
    intruders, torn, kept = (int(count) for count in counts.sum(axis=0))
    worst = len(rows) * k * (2 * n - 3 * k - 1) / 2
    return 1 - intruders / worst, 1 - torn / worst, kept / (len(rows) * k)


def _nearest(distances: np.ndarray, k: int) -> np.ndarray:
    """The columns of the k smallest distances of each row, nearest first, int32."""
    from embedlab.kernels.knn import best_of_block, sort_heaps

    best, where = np.full((len(distances), k), -np.inf, distances.dtype), np.full((len(distances), k), -1, np.int32)
    best_of_block(-distances, 0, best, where)
    sort_heaps(best, where)
    return where


def _shared(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How many of each row of `left` the same row of `right` holds too."""
    both = np.sort(np.concatenate([left, right], axis=1), axis=1)
    return (both[:, 1:] == both[:, :-1]).sum(axis=1)
