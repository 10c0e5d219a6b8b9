"""Clusters of vectors by k-means, regions of a map by density, and names for both."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.parallel import one_thread
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import function_words
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.labels import LEAST_RATIO, smoothed_ratios, word_counts
from embedlab.projections.distances import prepared

CANDIDATES = range(4, 11)
JUDGED = 1_500
NAMED_BY = 3
FREQUENT_SHARE = 0.25
FREQUENT_MOST = 200  # a quarter of a large cluster would reach down to words that occur a few times
DENSITY_SAMPLE = 10_000


def cluster_codes(vectors: np.ndarray, *, k: int | None = None, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(codes int32 (n,), centres of length one (k, dim)) by k-means, largest cluster first.

    Vectors are scaled to length one first. Without `k`, the number from 4 to 10 with the best mean silhouette over
    1,500 points (Rousseeuw 1987).
    """
    unit = prepared(np.asarray(vectors), "cosine")
    distinct = len(np.unique(unit, axis=0))
    with one_thread():  # The batches are small: threads would only wait for each other.
        codes = _fitted(unit, max(1, min(k or _best_k(unit, distinct, seed), distinct)), seed)
    order = np.argsort(-np.bincount(codes), kind="stable")
    order = order[np.bincount(codes)[order] > 0]
    ranks = np.zeros(codes.max() + 1, np.int32)
    ranks[order] = np.arange(len(order))
    centres = np.stack([unit[codes == code].mean(axis=0) for code in order])
    return ranks[codes], prepared(centres, "cosine")


def cluster_names(
    unit: np.ndarray, codes: np.ndarray, centres: np.ndarray, words: list[str], counts: np.ndarray | None
) -> tuple[str, ...]:
    """Each cluster by its three most central words among its most frequent quarter: at least 10 words, at most 200."""
    counts = np.zeros(len(words)) if counts is None else np.asarray(counts)
    names = []
    for code, centre in enumerate(centres):
        members = np.flatnonzero(codes == code)
        frequent = members[np.argsort(-counts[members], kind="stable")]
        frequent = frequent[: min(max(10, int(len(members) * FREQUENT_SHARE)), FREQUENT_MOST)]
        central = frequent[np.argsort(-(unit[frequent] @ centre), kind="stable")[:NAMED_BY]]
        names.append(", ".join(words[i] for i in central))
    return tuple(names)


def document_cluster_names(corpus: Corpus, ids: np.ndarray, codes: np.ndarray, n_clusters: int) -> tuple[str, ...]:
    """Each cluster of documents by the three words of greatest class TF-IDF among its over-represented words.

    English function words come last: their share tells of a text's style, which does not help a reader of the map.
    """
    groups = np.full(corpus.n_documents, -1, np.int64)
    groups[ids] = codes
    words = corpus.vocabulary.words
    counts, totals = word_counts(corpus, words, groups, n_clusters)
    weight = class_tf_idf(counts, totals) * (smoothed_ratios(counts, totals) >= LEAST_RATIO)
    weight[function_words(words)] *= 1e-9
    tops = [np.argsort(-weight[:, code], kind="stable")[:NAMED_BY] for code in range(n_clusters)]
    names = [", ".join(words[i] for i in top) for top in tops]
    return tuple(f"{name} ({i + 1})" if names.count(name) > 1 else name for i, name in enumerate(names))


def class_tf_idf(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Class TF-IDF of each word for each class of documents, float64 (n_words, n_classes): tf * log(1 + A / f).

    tf is the word's share of the tokens of the class, f its occurrences in all classes, A the mean number of tokens of
    a class (Grootendorst 2022, "BERTopic", section 3.3).

    counts: (n_words, n_classes); totals: (n_classes,), all tokens.
    """
    share = counts / np.maximum(totals, 1)
    return share * np.log1p(totals.mean() / np.maximum(counts.sum(axis=1, keepdims=True), 1))


@dataclass(frozen=True, eq=False)
class Regions:
    """Dense regions of a map, largest first. codes: int32 (n,), the region of each point, -1 for one in none.

    centres: float32 (n_regions, dims), the median place of each region's points; names: one each; sizes: numbers of
    points.
    """

    codes: np.ndarray
    centres: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]


def map_regions(coords: np.ndarray, drawn: Drawn, *, least: int | None = None) -> Regions:
    """The dense regions of a map (n, dims), with names from what its points stand for.

    Found on the map by HDBSCAN (Campello, Moulavi and Sander 2013): regions of at least `least` points, by default one
    in a hundred but no fewer than 8. A region of words is named by its most central frequent members, one of documents
    by the words of greatest class TF-IDF. Other regions are numbered.
    """
    codes = region_codes(coords, least=least, seed=drawn.seed)
    n_regions = int(codes.max()) + 1
    inside = np.flatnonzero(codes >= 0)
    centres = np.array([np.median(coords[codes == code], axis=0) for code in range(n_regions)], np.float32).reshape(
        n_regions, coords.shape[1]
    )
    if drawn.words is not None and n_regions:
        unit = prepared(np.asarray(drawn.vectors), "cosine")
        means = prepared(np.stack([unit[codes == code].mean(axis=0) for code in range(n_regions)]), "cosine")
        names = cluster_names(unit, codes, means, drawn.words, drawn.counts)
    elif drawn.documents is not None and n_regions:
        names = document_cluster_names(drawn.corpus, np.asarray(drawn.documents)[inside], codes[inside], n_regions)
    else:
        names = tuple(f"Region {i + 1}" for i in range(n_regions))
    return Regions(codes, centres, names, tuple(np.bincount(codes[inside], minlength=n_regions).tolist()))


def region_codes(coords: np.ndarray, *, least: int | None = None, seed: int = 1) -> np.ndarray:
    """The dense region of each point, int32, largest first; -1 for points between regions.

    Above DENSITY_SAMPLE points a sample is clustered, and each other point goes with the nearest of the sample.
    """
    from scipy.spatial import cKDTree
    from sklearn.cluster import HDBSCAN

    coords = np.asarray(coords, np.float64)
    n = len(coords)
    sample = (
        np.arange(n)
        if n <= DENSITY_SAMPLE
        else np.sort(np.random.default_rng(seed).choice(n, DENSITY_SAMPLE, replace=False))
    )
    least = least or max(8, n // 100)
    least = max(2, round(least * len(sample) / n))
    if len(sample) < 2 * least:
        return np.full(n, -1, np.int32)
    found = HDBSCAN(
        min_cluster_size=least, min_samples=min(5, least), cluster_selection_method="eom", copy=True
    ).fit_predict(coords[sample])
    if len(sample) < n:
        found = found[cKDTree(coords[sample]).query(coords)[1]]
    sizes = np.bincount(found[found >= 0])
    ranks = np.full(len(sizes) + 1, -1, np.int32)
    ranks[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return ranks[found]


def _best_k(unit: np.ndarray, distinct: int, seed: int) -> int:
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    judged = rng.choice(len(unit), min(JUDGED, len(unit)), replace=False)
    best, best_score = min(2, distinct), -1.0
    for k in (k for k in CANDIDATES if k <= min(distinct, len(unit) // 3)):
        codes = _fitted(unit, k, seed)[judged]
        if 1 < len(np.unique(codes)) < len(codes):
            score = float(silhouette_score(unit[judged], codes))
            best, best_score = (k, score) if score > best_score else (best, best_score)
    return best


def _fitted(unit: np.ndarray, k: int, seed: int) -> np.ndarray:
    from sklearn.cluster import MiniBatchKMeans

    return MiniBatchKMeans(k, n_init=3, batch_size=2048, random_state=seed).fit_predict(unit)
