"""Word pairs that people have judged, and what all benchmarks of words share."""

from collections.abc import Iterable

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.word_files import WordPairs
from embedlab.evaluation.results import BenchmarkResult, bootstrap_spearman, mean_interval, spearman
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding, normalised

FEW = 30


def frequencies(embedding: Embedding) -> np.ndarray:
    """The log frequency of each word, float64 (n,): from counts, or by Zipf's law from the rank where there are none."""
    if embedding.counts is not None:
        return np.log(np.maximum(np.asarray(embedding.counts, np.float64), 1))
    return -np.log(np.arange(1, len(embedding) + 1))


def score_pairs(
    embedding: Embedding,
    pairs: WordPairs,
    *,
    name: str,
    title: str,
    seed: int,
    report: Report = silent,
    prep: Preprocessing | None = None,
) -> BenchmarkResult:
    """Spearman's correlation of cosine and human judgement over the pairs whose two words the run has.

    The frequency reference calls two words alike when they are as frequent as each other: minus the difference of
    their log frequencies stands in for the cosine.
    """
    index = index_of((word for row in pairs.rows for word in row[:2]), embedding, prep)
    used = [i for i, (a, b, _) in enumerate(pairs.rows) if a in index and b in index]
    first, second = (np.array([index[pairs.rows[i][side]] for i in used], np.int64) for side in (0, 1))
    human = np.array([pairs.rows[i][2] for i in used])
    cosines = pair_cosines(embedding.vectors, first, second)
    score = spearman(human, cosines)
    report(Progress(1, 2, f"{title}: resampling"))
    frequency = frequencies(embedding)
    alike = -np.abs(frequency[first] - frequency[second])
    note = (
        few(len(used))
        if score is not None
        else (
            all_equal(human, cosines)
            or f"The run has both words of {len(used)} of the {len(pairs.rows):,} pairs; a rank correlation needs at "
            "least 3. Train on more text or lower min_count."
        )
    )
    rows = [
        {"item": i, "word1": pairs.rows[i][0], "word2": pairs.rows[i][1], "human": pairs.rows[i][2], "cosine": float(c)}
        for i, c in zip(used, cosines, strict=True)
    ]
    return BenchmarkResult(
        name,
        title,
        "similarity",
        "Spearman",
        *_ranked(human, cosines, seed),
        len(used),
        len(pairs.rows),
        *_ranked(human, _random_cosines(embedding.dim, first, second, seed), seed),
        seed,
        pairs.digest,
        note,
        [],
        rows,
        missing_words((row[:2] for row in pairs.rows), index),
        references=reference("word frequency", _ranked(human, alike, seed)),
        by=["human", "cosine"],
    )


def _ranked(human: np.ndarray, values: np.ndarray, seed: int) -> tuple[float | None, float | None, float | None]:
    """Spearman's correlation and its interval, or three times None."""
    score = spearman(human, values)
    return (None, None, None) if score is None else (score, *bootstrap_spearman(human, values, seed=seed))


def reference(name: str, found: tuple[float | None, float | None, float | None]) -> list[dict]:
    """A reference as results carry it: a list of one, or of none when it could not be computed."""
    return [] if found[0] is None else [{"name": name, "score": found[0], "low": found[1], "high": found[2]}]


def pair_cosines(vectors: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of vectors[first[i]] and vectors[second[i]], float32 (n,)."""
    return np.einsum("ij,ij->i", normalised(vectors[first]), normalised(vectors[second]))


def _random_cosines(dim: int, first: np.ndarray, second: np.ndarray, seed: int) -> np.ndarray:
    """The cosines of Gaussian vectors in place of the words."""
    words, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    vectors = np.random.default_rng([seed, 1]).standard_normal((len(words), dim), np.float32)
    return pair_cosines(vectors, places[: len(first)], places[len(first) :])


def mean_of(values: np.ndarray, seed: int) -> tuple[float | None, float | None, float | None]:
    """Mean of item scores and its interval, or three times None when there are none."""
    return (float(np.mean(values)), *mean_interval(values, seed=seed)) if len(values) else (None, None, None)


def all_equal(human: np.ndarray, cosines: np.ndarray) -> str:
    """Why three pairs or more give no correlation: one side has a single value; "" otherwise."""
    if len(human) < 3:
        return ""
    if np.ptp(human) == 0:
        return f"All {len(human):,} judgements that could be used are {human[0]:g}, so there is nothing to rank."
    if np.ptp(cosines) == 0:
        return f"All {len(cosines):,} cosines are {cosines[0]:.3f}, so the run ranks nothing. Train it for longer."
    return ""


def few(n: int) -> str:
    """A warning when the bootstrap has too few items to show how uncertain the score is."""
    return f"Only {n} items could be used: the score means little, whatever its interval." if n < FEW else ""


def missing_words(rows: Iterable[Iterable[str]], index: dict[str, int]) -> list[str]:
    """Words of the benchmark that the run does not have, each once."""
    return list(dict.fromkeys(word for row in rows for word in row if word not in index))
