"""Association tests for bias: WEAT, with effect size, permutation p-value and the words that drive it.

Caliskan, Bryson and Narayanan 2017, "Semantics derived automatically from language corpora contain human-like biases".
"""

from itertools import combinations
from math import comb

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.word_files import Association
from embedlab.evaluation.results import BenchmarkResult, interval
from embedlab.evaluation.words.similarity import frequencies, missing_words, reference
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding, normalised

PERMUTATIONS = 10_000  # drawn when there are more ways to part the words than these; all are tried otherwise
LEAST = 2
DRAWS = 200  # sets of random vectors: one alone would be large or small by chance


def score_association(
    embedding: Embedding,
    test: Association,
    *,
    name: str,
    title: str,
    seed: int,
    report: Report = silent,
    prep: Preprocessing | None = None,
) -> BenchmarkResult:
    """The effect size d of a WEAT: how much closer the first targets stand to the first attributes than the second do.

    s(w) = mean cosine with attributes A less that with B; d = (mean of s over X - mean over Y) / standard deviation of s
    over both (n - 1). The interval is a bootstrap over the words of X and of Y. The p-values, under `metrics`, are
    shares of the ways to part X and Y anew that give as great a difference: in this direction, as in the paper, and in
    either. The frequency reference takes likeness of log frequency for the cosine. The baseline is the mean over DRAWS
    sets of random vectors, and its interval holds 95 % of them.
    """
    index = index_of((word for _, words in (*test.targets, *test.attributes) for word in words), embedding, prep)
    lists = [
        (title_, [index[word] for word in words if word in index])
        for title_, words in (*test.targets, *test.attributes)
    ]
    n_total = sum(len(words) for _, words in (*test.targets, *test.attributes))
    n_used = sum(len(rows) for _, rows in lists)
    missing = missing_words((words for _, words in (*test.targets, *test.attributes)), index)
    if min(len(rows) for _, rows in lists) < LEAST:
        short = ", ".join(f"{len(rows)} of {kind}" for kind, rows in lists)
        return BenchmarkResult(
            name,
            title,
            "bias",
            "effect size",
            None,
            None,
            None,
            n_used,
            n_total,
            None,
            None,
            None,
            seed,
            test.digest,
            (f"Each list needs {LEAST} words that the run has; it has {short}. Train on more text or lower min_count."),
            missing=missing,
        )
    x, y, a, b = (np.array(rows, np.int64) for _, rows in lists)
    report(Progress(0, 1, title))
    kept = np.unique(np.concatenate([x, y, a, b]))
    places = [np.searchsorted(kept, side) for side in (x, y, a, b)]
    s = _of_targets(embedding.vectors[kept], places)
    rng = np.random.default_rng([seed, 1])
    random = np.array(
        [effect_size(*_of_targets(rng.standard_normal((len(kept), embedding.dim)), places)) for _ in range(DRAWS)]
    )
    frequency = frequencies(embedding)
    counted = [
        -np.abs(frequency[rows][:, None] - frequency[a]).mean(axis=1)
        + np.abs(frequency[rows][:, None] - frequency[b]).mean(axis=1)
        for rows in (x, y)
    ]
    one, two = permutation_p(*s, seed=seed)
    known = [(kind, word) for kind, words in test.targets for word in words if word in index]
    items = [
        {"item": f"{kind}: {word}", "target": kind, "word": word, "association": float(value)}
        for (kind, word), value in zip(known, np.concatenate(s), strict=True)
    ]
    (first, _), (second, _) = test.attributes
    parts = [
        {
            "name": kind,
            "score": float(values.mean()),
            "low": None,
            "high": None,
            "n_used": len(values),
            "n_total": len(words),
        }
        for (kind, words), values in zip(test.targets, s, strict=True)
    ]
    return BenchmarkResult(
        name,
        title,
        "bias",
        "effect size",
        effect_size(*s),
        *_spread(*s, seed),
        n_used,
        n_total,
        float(random.mean()),
        *interval(random),
        seed,
        test.digest,
        _reading(test, effect_size(*s), two),
        parts,
        items,
        missing,
        references=reference("word frequency", (effect_size(*counted), *_spread(*counted, seed))),
        metrics=[
            {
                "name": "p, one-sided",
                "score": one,
                "low": None,
                "high": None,
                "baseline": None,
                "about": f"Share of ways to part the targets at random that lean at least as far towards {first} for {test.targets[0][0]}.",
            },
            {
                "name": "p, two-sided",
                "score": two,
                "low": None,
                "high": None,
                "baseline": None,
                "about": f"The same in either direction; a positive association leans to {first}, a negative one to {second}.",
            },
        ],
        by=["target", "association"],
    )


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
    """(one-sided, two-sided) share of the partitions into sets of these sizes whose difference of means is as great.

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
    """95 % bootstrap interval of the effect size; the words of X and of Y are drawn apart."""
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
        return f"No association is shown: chance parts the words as far in {p:.0%} of cases."
    return f"“{x}” stands closer to “{a}” and “{y}” closer to “{b}” than chance would have it. The corpus says so, not the world."
