"""Association tests for bias: WEAT, with effect size, permutation p-value and the words that drive it.

Caliskan, Bryson and Narayanan 2017, "Semantics derived automatically from language corpora contain human-like biases".
"""

from itertools import combinations
from math import comb

import numpy as np

from embedlab.core.progress import Progress
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.word_files import Association
from embedlab.evaluation.results import BenchmarkResult, interval
from embedlab.evaluation.scoring import Estimate, Measure, Scoring, reference
from embedlab.evaluation.words.similarity import frequencies, missing_words
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding, normalised

PERMUTATIONS = 10_000  # drawn when there are more partitions of the words than these; all are tried otherwise
LEAST = 2
DRAWS = 200  # sets of random vectors: a single set could be large or small by chance


def score_association(
    embedding: Embedding, test: Association, scoring: Scoring, *, prep: Preprocessing | None = None
) -> BenchmarkResult:
    """The effect size d of a WEAT: how much closer the first targets are to the first attributes than the second are.

    s(w) = mean cosine with attributes A less that with B; d = (mean of s over X - mean over Y) / standard deviation of
    s over both (n - 1). The interval is a bootstrap over the words of X and of Y. The p-values, under `metrics`, are
    shares of the partitions into two sets of these sizes with an equal or greater difference: one-sided, as in the
    paper, and two-sided. The frequency reference replaces the cosine by likeness of log frequency. The baseline is the
    mean over DRAWS sets of random vectors, and its interval holds 95 % of them.
    """
    every = (*test.targets, *test.attributes)
    index = index_of((word for _, words in every for word in words), embedding, prep)
    lists = [(kind, np.array([index[word] for word in words if word in index], np.int64)) for kind, words in every]
    n_used = sum(len(rows) for _, rows in lists)
    measure = Measure("bias", "effect size", test.digest, n_used, sum(len(words) for _, words in every))
    missing = missing_words((words for _, words in every), index)
    if min(len(rows) for _, rows in lists) < LEAST:
        short = ", ".join(f"{len(rows)} of {kind}" for kind, rows in lists)
        note = f"Each list needs {LEAST} words that the run has; it has {short}. Train on more text or lower min_count."
        return scoring.no_result(measure, note, missing=missing)
    scoring.report(Progress(0, 1, scoring.title))
    s, random = _measured(embedding, [rows for _, rows in lists], scoring.seed)
    p_values = permutation_p(*s, seed=scoring.seed)
    known = [(kind, [word for word in words if word in index]) for kind, words in test.targets]
    return scoring.result(
        measure,
        _effect(s, scoring.seed),
        (float(random.mean()), *interval(random)),
        note=_reading(test, effect_size(*s), p_values[1]),
        parts=_parts(test, s),
        rows=_rows(known, s),
        missing=missing,
        references=reference("word frequency", _effect(_by_frequency(frequencies(embedding), lists), scoring.seed)),
        metrics=_p_metrics(test, p_values),
        by=["target", "association"],
    )


def _measured(embedding: Embedding, lists: list[np.ndarray], seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """(associations of the words of X and of Y, effect sizes of DRAWS sets of random vectors)."""
    kept = np.unique(np.concatenate(lists))
    places = [np.searchsorted(kept, side) for side in lists]
    rng = np.random.default_rng([seed, 1])
    drawn = (_of_targets(rng.standard_normal((len(kept), embedding.dim)), places) for _ in range(DRAWS))
    return _of_targets(embedding.vectors[kept], places), np.array([effect_size(*found) for found in drawn])


def _by_frequency(frequency: np.ndarray, lists: list[tuple[str, np.ndarray]]) -> list[np.ndarray]:
    """The associations of X and of Y when likeness of log frequency replaces the cosine."""
    x, y, a, b = (frequency[rows] for _, rows in lists)
    return [-np.abs(words[:, None] - a).mean(axis=1) + np.abs(words[:, None] - b).mean(axis=1) for words in (x, y)]


def _effect(s: list[np.ndarray], seed: int) -> Estimate:
    """The effect size of the associations of X and of Y, with its bootstrap interval."""
    return effect_size(*s), *_spread(*s, seed)


def _rows(known: list[tuple[str, list[str]]], s: list[np.ndarray]) -> list[dict]:
    return [
        {"item": f"{kind}: {word}", "target": kind, "word": word, "association": float(value)}
        for (kind, words), values in zip(known, s, strict=True)
        for word, value in zip(words, values, strict=True)
    ]


def _parts(test: Association, s: list[np.ndarray]) -> list[dict]:
    """The mean association of each target list."""
    return [
        {"name": kind, "score": float(values.mean()), "low": None, "high": None}
        | {"n_used": len(values), "n_total": len(words)}
        for (kind, words), values in zip(test.targets, s, strict=True)
    ]


def _p_metrics(test: Association, p_values: tuple[float, float]) -> list[dict]:
    """The two p-values as metrics of a result."""
    (first, _), (second, _) = test.attributes
    about = (
        f"Share of random partitions of the targets in which {test.targets[0][0]} leans at least as far to {first}.",
        f"The same in either direction. A positive association leans to {first}, a negative one to {second}.",
    )
    return [
        {"name": name, "score": p, "low": None, "high": None, "baseline": None, "about": said}
        for name, p, said in zip(("p, one-sided", "p, two-sided"), p_values, about, strict=True)
    ]


def _of_targets(vectors: np.ndarray, places: list[np.ndarray]) -> list[np.ndarray]:
    """The associations of the words of X and of Y; places: rows of X, Y, A and B."""
    unit, (x, y, a, b) = normalised(vectors), places
    return [associations(unit, rows, a, b) for rows in (x, y)]


def associations(unit: np.ndarray, words: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """s(w): mean cosine of each word with the rows a less that with the rows b, float64 (n_words,)."""
    return (unit[words] @ unit[a].T).mean(axis=1, dtype=np.float64) - (unit[words] @ unit[b].T).mean(
        axis=1, dtype=np.float64
    )


def effect_size(x: np.ndarray, y: np.ndarray) -> float:
    """(mean x - mean y) / standard deviation (n - 1) over both; 0 when all are equal."""
    spread = np.concatenate([x, y]).std(ddof=1)
    return float((x.mean() - y.mean()) / spread) if spread > 1e-12 else 0.0


def permutation_p(x: np.ndarray, y: np.ndarray, *, seed: int) -> tuple[float, float]:
    """(one-sided, two-sided) share of the partitions into sets of these sizes with an equal or greater difference.

    All partitions are tried if there are no more than PERMUTATIONS; else that many are drawn, the observed one added.
    """
    both, n = np.concatenate([x, y]), len(x)
    observed = x.mean() - y.mean()
    if comb(len(both), n) <= PERMUTATIONS:
        chosen = np.array(list(combinations(range(len(both)), n)))
        sums = both[chosen].sum(axis=1)
    else:
        keys = np.random.default_rng(seed).random((PERMUTATIONS, len(both)))
        sums = both[np.argsort(keys, axis=1)[:, :n]].sum(axis=1)
        sums = np.append(sums, x.sum())
    differences = sums / n - (both.sum() - sums) / len(y)
    close = 1e-9 * max(abs(observed), 1e-9)
    return float((differences >= observed - close).mean()), float((np.abs(differences) >= abs(observed) - close).mean())


def _spread(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % bootstrap interval of the effect size; words of X and of Y are drawn separately."""
    return interval(resampled_effects(x, y, seed=seed))


def resampled_effects(x: np.ndarray, y: np.ndarray, *, seed: int, n_resamples: int = 1_000) -> np.ndarray:
    """The effect size in each resample of the words of X and of Y, float64 (n_resamples,)."""
    rng = np.random.default_rng(seed)
    drawn = [values[rng.integers(len(values), size=(n_resamples, len(values)))] for values in (x, y)]
    spread = np.concatenate(drawn, axis=1).std(axis=1, ddof=1)
    return (drawn[0].mean(axis=1) - drawn[1].mean(axis=1)) / np.where(spread > 1e-12, spread, np.inf)


def _reading(test: Association, d: float, p: float) -> str:
    """The outcome as a sentence."""
    (x, _), (y, _) = test.targets
    a, b = (kind for kind, _ in (test.attributes if d >= 0 else test.attributes[::-1]))
    if p > 0.05:
        return f"No association is shown: random partitions of the words differ as much in {p:.0%} of cases."
    return (
        f"“{x}” is closer to “{a}” and “{y}” closer to “{b}” than chance explains. "
        "This describes the corpus, not the world."
    )
