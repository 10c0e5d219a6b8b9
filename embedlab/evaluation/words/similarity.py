"""Word pairs that people have judged, and what all benchmarks of words share."""

from collections.abc import Iterable

import numpy as np

from embedlab.core.progress import Progress
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.word_files import WordPairs
from embedlab.evaluation.results import BenchmarkResult, bootstrap_spearman, spearman
from embedlab.evaluation.scoring import UNKNOWN, Estimate, Measure, Scoring, few, reference
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding, normalised


def frequencies(embedding: Embedding) -> np.ndarray:
    """The log frequency of each word, float64 (n,): from counts, or from the rank by Zipf's law without them."""
    if embedding.counts is not None:
        return np.log(np.maximum(np.asarray(embedding.counts, np.float64), 1))
    return -np.log(np.arange(1, len(embedding) + 1))


def score_pairs(
    embedding: Embedding, pairs: WordPairs, scoring: Scoring, *, prep: Preprocessing | None = None
) -> BenchmarkResult:
    """Spearman's correlation of cosine and human judgement over the pairs whose two words the run has.

    The frequency reference calls two words similar when they are equally frequent: the cosine is replaced by minus the
    difference of their log frequencies.
    """
    index = index_of((word for row in pairs.rows for word in row[:2]), embedding, prep)
    used = [i for i, (a, b, _) in enumerate(pairs.rows) if a in index and b in index]
    first, second = (np.array([index[pairs.rows[i][side]] for i in used], np.int64) for side in (0, 1))
    human, seed = np.array([pairs.rows[i][2] for i in used]), scoring.seed
    cosines = pair_cosines(embedding.vectors, first, second)
    score = correlated(human, cosines, seed)
    scoring.report(Progress(1, 2, f"{scoring.title}: resampling"))
    frequency = frequencies(embedding)
    rows = [
        {"item": i, "word1": pairs.rows[i][0], "word2": pairs.rows[i][1], "human": pairs.rows[i][2], "cosine": float(c)}
        for i, c in zip(used, cosines, strict=True)
    ]
    return scoring.result(
        Measure("similarity", "Spearman", pairs.digest, len(used), len(pairs.rows)),
        score,
        correlated(human, _random_cosines(embedding.dim, first, second, seed), seed),
        note=few(len(used)) if score[0] is not None else all_equal(human, cosines) or _too_few(len(used), pairs),
        rows=rows,
        missing=missing_words((row[:2] for row in pairs.rows), index),
        references=reference("word frequency", correlated(human, -np.abs(frequency[first] - frequency[second]), seed)),
        by=["human", "cosine"],
    )


def _too_few(n: int, pairs: WordPairs) -> str:
    return (
        f"The run has both words of {n} of the {len(pairs.rows):,} pairs; a rank correlation needs at least 3. "
        "Train on more text or lower min_count."
    )


def correlated(human: np.ndarray, values: np.ndarray, seed: int) -> Estimate:
    """Spearman's correlation and its interval; three times None where there is none."""
    score = spearman(human, values)
    return UNKNOWN if score is None else (score, *bootstrap_spearman(human, values, seed=seed))


def pair_cosines(vectors: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of vectors[first[i]] and vectors[second[i]], float32 (n,)."""
    return np.einsum("ij,ij->i", normalised(vectors[first]), normalised(vectors[second]))


def _random_cosines(dim: int, first: np.ndarray, second: np.ndarray, seed: int) -> np.ndarray:
    """The cosines of Gaussian vectors in place of the words."""
    words, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    vectors = np.random.default_rng([seed, 1]).standard_normal((len(words), dim), np.float32)
    return pair_cosines(vectors, places[: len(first)], places[len(first) :])


def all_equal(human: np.ndarray, cosines: np.ndarray) -> str:
    """Why three pairs or more give no correlation: one side has a single value; "" otherwise."""
    if len(human) < 3:
        return ""
    if np.ptp(human) == 0:
        return f"All {len(human):,} judgements that could be used are {human[0]:g}, so there is nothing to rank."
    if np.ptp(cosines) == 0:
        return f"All {len(cosines):,} cosines are {cosines[0]:.3f}, so the run ranks nothing. Train it for longer."
    return ""


def missing_words(rows: Iterable[Iterable[str]], index: dict[str, int]) -> list[str]:
    """Words of the benchmark that the run does not have, each once."""
    return list(dict.fromkeys(word for row in rows for word in row if word not in index))
