"""Words and their classes: whether clusters match the classes (purity), and which of five words is the odd one."""

from collections.abc import Sequence

import numpy as np

from embedlab.core.progress import Progress
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.word_files import Classes
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.scoring import Measure, Scoring, few, mean_of, part_of, reference
from embedlab.evaluation.words.similarity import frequencies, missing_words
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding, normalised

TRIALS = 20  # odd-one-out questions per class
OF_A_KIND = 4  # words of one class in a question; the fifth is of another


def score_purity(
    embedding: Embedding, classes: Classes, scoring: Scoring, *, prep: Preprocessing | None = None
) -> BenchmarkResult:
    """Purity of k-means on unit vectors with as many clusters as classes.

    That is the share of words in a cluster whose most frequent class is their own (Manning, Raghavan and Schütze 2008,
    section 16.3). Chance is well above zero; see the baseline.
    """
    index, seed = index_of((word for word, _ in classes.rows), embedding, prep), scoring.seed
    used = [i for i, (word, _) in enumerate(classes.rows) if word in index]
    measure = Measure("classes", "purity", classes.digest, len(used), len(classes.rows))
    missing = missing_words(((word,) for word, _ in classes.rows), index)
    names, codes = np.unique([classes.rows[i][1] for i in used], return_inverse=True)
    if len(names) < 2 or len(used) < 4:
        return scoring.no_result(measure, _too_few(len(used), classes), missing=missing, by=["right"])
    rows = np.array([index[classes.rows[i][0]] for i in used], np.int64)
    found = []
    for nth, vectors in enumerate(
        (
            normalised(embedding.vectors[rows]),
            normalised(scoring.noise(len(rows), embedding.dim)),
            frequencies(embedding)[rows][:, None],
        )
    ):
        scoring.report(Progress(nth, 3, f"{scoring.title}: clusters"))
        found.append(_majority(vectors, codes, len(names), seed))
    own, random, counted = (majority == codes for majority in found)
    return scoring.result(
        measure,
        mean_of(own, seed),
        mean_of(random, seed),
        note=f"{few(len(used))} The words of {len(names)} classes were put into {len(names)} clusters.".strip(),
        parts=_parts([kind for _, kind in classes.rows], used, own, seed),
        rows=[
            {"item": i, "word": classes.rows[i][0], "class": classes.rows[i][1]}
            | {"cluster of": str(names[majority]), "right": bool(right)}
            for i, majority, right in zip(used, found[0], own, strict=True)
        ],
        missing=missing,
        references=reference("word frequency", mean_of(counted, seed)),
        by=["right"],
    )


def _majority(vectors: np.ndarray, codes: np.ndarray, k: int, seed: int) -> np.ndarray:
    """For each word the most frequent class of its cluster, int64 (n,)."""
    from sklearn.cluster import KMeans

    clusters = KMeans(k, n_init=10, random_state=seed).fit_predict(vectors)
    table = np.zeros((k, k), np.int64)
    np.add.at(table, (clusters, codes), 1)
    return table.argmax(axis=1)[clusters]


def _parts(all_kinds: list[str], used: Sequence[int], right: np.ndarray, seed: int) -> list[dict]:
    """The share of right items of each class. all_kinds: the class of every item, used or not."""
    kinds = np.array(all_kinds)
    mine = kinds[used]
    return [part_of(kind, right[mine == kind], int((kinds == kind).sum()), seed) for kind in dict.fromkeys(all_kinds)]


def score_odd_one_out(
    embedding: Embedding, classes: Classes, scoring: Scoring, *, prep: Preprocessing | None = None
) -> BenchmarkResult:
    """Share of questions in which the one word of another class has the lowest cosine with the mean of all five.

    The questions are drawn from the classes with a fixed seed, so that every run answers the same ones. The random
    baseline is near one in five.
    """
    questions, seed = odd_questions(classes), scoring.seed
    index = index_of((word for word, _ in classes.rows), embedding, prep)
    table = np.array([[index.get(word, -1) for word in words] for _, words in questions], np.int64)
    table = table.reshape(-1, OF_A_KIND + 1)
    used = np.flatnonzero((table >= 0).all(axis=1))
    measure = Measure("odd one out", "accuracy", classes.digest, len(used), len(questions))
    missing = missing_words(((word,) for word, _ in classes.rows), index)
    if not len(used):
        return scoring.no_result(measure, _too_few(0, classes), missing=missing, by=["right"])
    scoring.report(Progress(0, 1, scoring.title))
    rows, places = np.unique(table[used], return_inverse=True)
    own, random = (
        _odd(normalised(vectors), places.reshape(len(used), -1))
        for vectors in (embedding.vectors[rows], scoring.noise(len(rows), embedding.dim))
    )
    frequency = frequencies(embedding)[table[used]]
    counted = np.abs(frequency - frequency.mean(axis=1, keepdims=True)).argmax(axis=1)
    return scoring.result(
        measure,
        mean_of(own == OF_A_KIND, seed),
        mean_of(random == OF_A_KIND, seed),
        note=few(len(used)),
        parts=_parts([kind for kind, _ in questions], used, own == OF_A_KIND, seed),
        rows=[_odd_row(int(i), *questions[i], int(got)) for i, got in zip(used, own, strict=True)],
        missing=missing,
        references=reference("word frequency", mean_of(counted == OF_A_KIND, seed)),
        by=["right"],
    )


def _odd_row(item: int, kind: str, words: list[str], got: int) -> dict:
    answer = {"expected": words[-1], "got": words[got], "right": got == OF_A_KIND}
    return {"item": item, "class": kind, "words": ", ".join(words)} | answer


def odd_questions(classes: Classes) -> list[tuple[str, list[str]]]:
    """TRIALS questions for each class of four words or more: (class, four of its words and one of another, last)."""
    rng, by_class = np.random.default_rng(0), {}
    for word, kind in classes.rows:
        by_class.setdefault(kind, []).append(word)
    questions = []
    for kind, words in by_class.items():
        others = [word for other, found in by_class.items() if other != kind for word in found if word not in words]
        for _ in range(TRIALS if len(words) >= OF_A_KIND and others else 0):
            questions.append(
                (
                    kind,
                    [words[i] for i in rng.permutation(len(words))[:OF_A_KIND]] + [others[rng.integers(len(others))]],
                )
            )
    return questions


def _odd(unit: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Which word of each question has the lowest cosine with the mean of all its words, int64 (n,)."""
    vectors = unit[table]
    return np.einsum("qwd,qd->qw", vectors, vectors.mean(axis=1)).argmin(axis=1)


def _too_few(n_used: int, classes: Classes) -> str:
    return (
        f"The run has vectors for {n_used} of the {len(classes.rows):,} words, which is too few to compare classes. "
        "Train on more text or lower min_count."
    )
