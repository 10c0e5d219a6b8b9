"""Word benchmarks: similarity judgements (Spearman) and analogies (accuracy of 3CosAdd)."""

from collections.abc import Iterable

import numpy as np

from embedlab.evaluation.files import Analogies, WordPairs
from embedlab.evaluation.results import BenchmarkResult, bootstrap_mean, bootstrap_spearman, spearman
from embedlab.progress import Progress, Report, silent
from embedlab.vectors import Embedding, normalised

RESTRICT_VOCAB = 30_000  # candidates of an analogy: the most frequent words, as in the field since word2vec
FEW = 30
BATCH_CELLS = 1 << 24  # scores held at once: 64 MB

# Sections of the Google questions that are about meaning; those called gram... are about grammar.
SEMANTIC = {"capital-common-countries", "capital-world", "currency", "city-in-state", "family"}


def fold_index(words: Iterable[str]) -> dict[str, int]:
    """Upper-cased word -> row of its first, most frequent spelling."""
    index = {}
    for row, word in enumerate(words):
        index.setdefault(word.upper(), row)
    return index


def score_pairs(embedding: Embedding, pairs: WordPairs, *, name: str, title: str, seed: int,
                report: Report = silent) -> BenchmarkResult:
    """Spearman's correlation of cosine and human judgement over the pairs whose two words the run has, case ignored."""
    index = fold_index(embedding.words)
    used = [(a, b, human) for a, b, human in pairs.rows if a.upper() in index and b.upper() in index]
    first, second = (np.array([index[row[side].upper()] for row in used], np.int64) for side in (0, 1))
    human = np.array([row[2] for row in used])
    cosines = _cosines(embedding.vectors, first, second)
    score = spearman(human, cosines)
    report(Progress(1, 2, f"{title}: resampling"))
    low, high = bootstrap_spearman(human, cosines, seed=seed) if score is not None else (None, None)
    base, base_low, base_high = _pairs_baseline(embedding.dim, first, second, human, seed)
    note = _few(len(used)) if score is not None else (
        f"The run has both words of {len(used)} of the {len(pairs.rows):,} pairs; a rank correlation needs at least 3 "
        "that differ. Train on more text or lower min_count.")
    rows = [{"word1": a, "word2": b, "human": h, "cosine": float(c)}
            for (a, b, h), c in zip(used, cosines, strict=True)]
    return BenchmarkResult(
        name, title, "similarity", "Spearman", score, low, high, len(used), len(pairs.rows), base, base_low, base_high,
        seed, pairs.digest, note, [], rows, _missing((row[:2] for row in pairs.rows), index))


def _cosines(vectors: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of vectors[first[i]] and vectors[second[i]], float32 (n,)."""
    return np.einsum("ij,ij->i", normalised(vectors[first]), normalised(vectors[second]))


def _pairs_baseline(dim: int, first: np.ndarray, second: np.ndarray, human: np.ndarray, seed: int):
    """Score and interval of Gaussian vectors in place of the words."""
    words, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    vectors = np.random.default_rng([seed, 1]).standard_normal((len(words), dim), np.float32)
    cosines = _cosines(vectors, places[:len(first)], places[len(first):])
    score = spearman(human, cosines)
    return (score, *bootstrap_spearman(human, cosines, seed=seed)) if score is not None else (None, None, None)


def score_analogies(embedding: Embedding, questions: Analogies, *, name: str, title: str, seed: int,
                    restrict_vocab: int = RESTRICT_VOCAB, report: Report = silent) -> BenchmarkResult:
    """Share of questions whose nearest word to b - a + c is the expected one, a, b and c (any case) left out.

    A question counts when all four words are among the `restrict_vocab` most frequent, case ignored.
    """
    words = embedding.words[:restrict_vocab]
    index = fold_index(words)
    table = np.array([[index.get(word.upper(), -1) for word in row] for row in questions.rows], np.int64).reshape(-1, 4)
    used = np.flatnonzero((table >= 0).all(axis=1))
    group = np.array([index[word.upper()] for word in words], np.int64)  # row of the spelling that stands for a word
    unit = embedding.unit[:restrict_vocab]
    noise = normalised(np.random.default_rng([seed, 1]).standard_normal(unit.shape, np.float32))
    total = 2 * len(used)
    got = _answers(unit, table[used], group, lambda n: report(Progress(n, total, f"{title}: questions")))
    random = _answers(noise, table[used], group, lambda n: report(Progress(len(used) + n, total, f"{title}: baseline")))
    right = group[got] == table[used, 3]
    # A question whose answer is one of its own words cannot be answered: those words are left out.
    score, low, high = _mean(right, seed)
    base, base_low, base_high = _mean(group[random] == table[used, 3], seed)
    note = _few(len(used)) if len(used) else (
        f"None of the {len(table):,} questions has all four words among the {len(words):,} most frequent of this run. "
        "Train on more text or lower min_count.")
    rows = [{"category": questions.categories[i], "question": " ".join(questions.rows[i][:3]),
             "expected": questions.rows[i][3], "got": words[row], "right": bool(good)}
            for i, row, good in zip(used.tolist(), got.tolist(), right, strict=True)]
    return BenchmarkResult(
        name, title, "analogy", "accuracy", score, low, high, len(used), len(table), base, base_low, base_high, seed,
        questions.digest, note, _parts(questions.categories, used, right, seed), rows, _missing(questions.rows, index))


def _answers(unit: np.ndarray, table: np.ndarray, group: np.ndarray, done) -> np.ndarray:
    """The row of highest cosine with b - a + c for each question (n, 4), int64 (n,)."""
    best = np.empty(len(table), np.int64)
    variants = _variants(group)
    step = max(1, BATCH_CELLS // max(len(unit), 1))
    for first in range(0, len(table), step):
        a, b, c = table[first:first + step, :3].T
        scores = (unit[b] - unit[a] + unit[c]) @ unit.T
        here = np.arange(len(a))
        for side in (a, b, c):
            scores[here, side] = -np.inf
            for i in (np.flatnonzero(np.isin(side, list(variants))) if variants else ()):
                scores[i, variants[int(side[i])]] = -np.inf
        best[first:first + step] = scores.argmax(axis=1)
        done(min(first + step, len(table)))
    return best


def _variants(group: np.ndarray) -> dict[int, np.ndarray]:
    """row -> the rows that spell the same word in another case; only words that have any."""
    others = np.flatnonzero(group != np.arange(len(group)))
    return {int(row): others[group[others] == row] for row in np.unique(group[others])}


def _parts(categories: list[str], used: np.ndarray, right: np.ndarray, seed: int) -> list[dict]:
    """Score by category, then by half when the categories are Google's."""
    category = np.array(categories)
    names = list(dict.fromkeys(categories))
    parts = [_part(name, category == name, used, right, seed) for name in names]
    semantic = np.isin(category, list(SEMANTIC))
    if semantic.any() and not semantic.all():
        parts += [_part("Semantic", semantic, used, right, seed), _part("Syntactic", ~semantic, used, right, seed)]
    return parts


def _part(name: str, member: np.ndarray, used: np.ndarray, right: np.ndarray, seed: int) -> dict:
    """One line of `parts`; `member` marks its items among all of the benchmark."""
    values = right[member[used]]
    score, low, high = _mean(values, seed)
    return {"name": name, "score": score, "low": low, "high": high, "n_used": len(values), "n_total": int(member.sum())}


def _mean(values: np.ndarray, seed: int) -> tuple[float | None, float | None, float | None]:
    """Mean of item scores and its interval, or three times None when there are none."""
    return (float(np.mean(values)), *bootstrap_mean(values, seed=seed)) if len(values) else (None, None, None)


def _few(n: int) -> str:
    """A warning when the bootstrap has too few items to show how uncertain the score is."""
    return f"Only {n} items could be used: the score means little, whatever its interval." if n < FEW else ""


def _missing(rows: Iterable[tuple[str, ...]], index: dict[str, int]) -> list[str]:
    """Words of the benchmark that the run does not have, each once."""
    return list(dict.fromkeys(word for row in rows for word in row if word.upper() not in index))
