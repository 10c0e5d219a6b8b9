"""Words and their classes: do clusters find the classes again (purity), and which word does not belong?"""

import numpy as np

from embedlab.core.progress import Progress, Report, silent
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation.files.word_files import Classes
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.words.similarity import few, frequencies, mean_of, missing_words, reference
from embedlab.evaluation.words.spelling import index_of
from embedlab.vectors.embedding import Embedding, normalised

TRIALS = 20  # odd-one-out questions a class
OF_A_KIND = 4  # words of one class, beside one of another


def score_purity(
    embedding: Embedding,
    classes: Classes,
    *,
    name: str,
    title: str,
    seed: int,
    report: Report = silent,
    prep: Preprocessing | None = None,
) -> BenchmarkResult:
    """Purity of k-means on unit vectors, as many clusters as classes: the share of words in a cluster whose most frequent
    class is their own (Manning, Raghavan and Schütze 2008, section 16.3). Chance is well above zero; see the baseline.
    """
    index = index_of((word for word, _ in classes.rows), embedding, prep)
    used = [i for i, (word, _) in enumerate(classes.rows) if word in index]
    rows = np.array([index[classes.rows[i][0]] for i in used], np.int64)
    names, codes = np.unique([classes.rows[i][1] for i in used], return_inverse=True)
    if len(names) < 2 or len(used) < 4:
        return _nothing(
            classes,
            name,
            title,
            "classes",
            "purity",
            len(used),
            seed,
            missing_words(((w,) for w, _ in classes.rows), index),
        )
    noise = np.random.default_rng([seed, 1]).standard_normal((len(rows), embedding.dim), np.float32)
    found = []
    for nth, vectors in enumerate(
        (normalised(embedding.vectors[rows]), normalised(noise), frequencies(embedding)[rows][:, None])
    ):
        report(Progress(nth, 3, f"{title}: clusters"))
        found.append(_majority(vectors, codes, len(names), seed))
    own, random, counted = (majority == codes for majority in found)
    items = [
        {
            "item": i,
            "word": classes.rows[i][0],
            "class": classes.rows[i][1],
            "cluster of": str(names[m]),
            "right": bool(r),
        }
        for i, m, r in zip(used, found[0], own, strict=True)
    ]
    return BenchmarkResult(
        name,
        title,
        "classes",
        "purity",
        *mean_of(own, seed),
        len(used),
        len(classes.rows),
        *mean_of(random, seed),
        seed,
        classes.digest,
        f"{few(len(used))} {len(names)} clusters were made of {len(names)} classes.".strip(),
        _parts(classes, used, own, seed),
        items,
        missing_words(((w,) for w, _ in classes.rows), index),
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


def _parts(classes: Classes, used: list[int], right: np.ndarray, seed: int) -> list[dict]:
    """The share of each class that is in clusters of its own."""
    kinds, parts = np.array([kind for _, kind in classes.rows]), []
    for kind in dict.fromkeys(kinds.tolist()):
        values = right[kinds[used] == kind]
        score, low, high = mean_of(values, seed)
        parts.append(
            {
                "name": kind,
                "score": score,
                "low": low,
                "high": high,
                "n_used": len(values),
                "n_total": int((kinds == kind).sum()),
            }
        )
    return parts


def score_odd_one_out(
    embedding: Embedding,
    classes: Classes,
    *,
    name: str,
    title: str,
    seed: int,
    report: Report = silent,
    prep: Preprocessing | None = None,
) -> BenchmarkResult:
    """Share of questions in which the one word of another class has the lowest cosine with the mean of all five.

    The questions are drawn from the classes by a fixed seed, so that every run answers the same ones. The random
    baseline is near one in five.
    """
    questions = odd_questions(classes)
    index = index_of((word for word, _ in classes.rows), embedding, prep)
    table = np.array([[index.get(word, -1) for word in words] for _, words in questions], np.int64).reshape(
        -1, OF_A_KIND + 1
    )
    used = np.flatnonzero((table >= 0).all(axis=1))
    missing = missing_words(((word,) for word, _ in classes.rows), index)
    if not len(used):
        return _nothing(classes, name, title, "odd one out", "accuracy", 0, seed, missing, n_total=len(questions))
    report(Progress(0, 1, title))
    rows, places = np.unique(table[used], return_inverse=True)
    noise = np.random.default_rng([seed, 1]).standard_normal((len(rows), embedding.dim), np.float32)
    own, random = (
        _odd(normalised(vectors), places.reshape(len(used), -1)) for vectors in (embedding.vectors[rows], noise)
    )
    frequency = frequencies(embedding)[table[used]]
    counted = np.abs(frequency - frequency.mean(axis=1, keepdims=True)).argmax(axis=1)
    items = [
        {
            "item": int(i),
            "class": questions[i][0],
            "words": ", ".join(questions[i][1]),
            "expected": questions[i][1][-1],
            "got": questions[i][1][o],
            "right": bool(o == OF_A_KIND),
        }
        for i, o in zip(used, own, strict=True)
    ]
    kinds, right = np.array([kind for kind, _ in questions]), own == OF_A_KIND
    parts = []
    for kind in dict.fromkeys(kinds.tolist()):
        score, low, high = mean_of(right[kinds[used] == kind], seed)
        parts.append(
            {
                "name": kind,
                "score": score,
                "low": low,
                "high": high,
                "n_used": int((kinds[used] == kind).sum()),
                "n_total": int((kinds == kind).sum()),
            }
        )
    return BenchmarkResult(
        name,
        title,
        "odd one out",
        "accuracy",
        *mean_of(right, seed),
        len(used),
        len(questions),
        *mean_of(random == OF_A_KIND, seed),
        seed,
        classes.digest,
        few(len(used)),
        parts,
        items,
        missing,
        references=reference("word frequency", mean_of(counted == OF_A_KIND, seed)),
        by=["right"],
    )


def odd_questions(classes: Classes) -> list[tuple[str, list[str]]]:
    """(class, four words of it and one of another class, last) for TRIALS questions a class of four words or more."""
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


def _nothing(classes, name, title, task, metric, n_used, seed, missing, n_total: int | None = None) -> BenchmarkResult:
    n_total = len(classes.rows) if n_total is None else n_total
    note = f"The run has vectors for {n_used} of the {len(classes.rows):,} words, too few of two classes. Train on more text or lower min_count."
    return BenchmarkResult(
        name,
        title,
        task,
        metric,
        None,
        None,
        None,
        n_used,
        n_total,
        None,
        None,
        None,
        seed,
        classes.digest,
        note,
        missing=missing,
        by=["right"],
    )
