"""Sentence benchmarks: similarity of sentence pairs (STS), and labels predicted by a linear probe (GLUE tasks)."""

import numpy as np

from embedlab.core.intervals import share_interval
from embedlab.core.progress import Progress, span
from embedlab.evaluation.files.text_tables import LabelledTexts, SentencePairs
from embedlab.evaluation.results import (
    BenchmarkResult,
    bootstrap_pearson,
    interval,
    pearson,
)
from embedlab.evaluation.scoring import Measure, Scoring, bounded, few, mean_of, part_of, reference
from embedlab.evaluation.texts.text_vectors import Encoded, Reader, word_counts
from embedlab.evaluation.words.similarity import all_equal, correlated
from embedlab.vectors.embedding import normalised

MAX_TRAIN = 20_000
FOLDS, CHOSEN_ON = 3, 5_000  # of the cross-validation that chooses C
DENSE_C, COUNTS_C = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1), (0.3, 1.0, 3.0, 10.0)
SHOWN = 160  # characters of a text in `rows`


def score_sts(reader: Reader, pairs: SentencePairs, scoring: Scoring) -> BenchmarkResult:
    """Spearman's (and Pearson's) correlation of cosine and human judgement over the sentence pairs the run can read.

    A pair counts when each sentence has a word that the run knows; an encoder reads all. The reference is the cosine of
    TF-IDF word counts.
    """
    rows, n, seed = pairs.rows, len(pairs.rows), scoring.seed
    both = [row[0] for row in rows] + [row[1] for row in rows]
    read = reader([both], seed=seed, report=span(scoring.report, 0.0, 0.8))
    known = read.vectors[0].any(axis=1)
    used = np.flatnonzero(known[:n] & known[n:])
    human = np.array([rows[i][2] for i in used])
    cosines, random = (_row_cosines(vectors[0][used], vectors[0][n + used]) for vectors in (read.vectors, read.random))
    scoring.report(Progress(0.9, 1, f"{scoring.title}: resampling"))
    score = correlated(human, cosines, seed)
    if score[0] is None:
        note = all_equal(human, cosines) or (
            f"The run can read both sentences of {len(used):,} of the {n:,} pairs; a correlation needs at least 3. "
            "Train on more text."
        )
    else:
        note = _words_unknown(read)
    counts = _sparse_cosines(word_counts([both])[0], used, n)
    return scoring.result(
        Measure("sts", "Spearman", pairs.digest, len(used), n),
        score,
        correlated(human, random, seed),
        note=f"{few(len(used))} {note}".strip(),
        rows=[
            {"item": int(i), "sentence1": _short(rows[i][0]), "sentence2": _short(rows[i][1])}
            | {"human": judged, "cosine": float(cosine)}
            for i, judged, cosine in zip(used, human.tolist(), cosines, strict=True)
        ],
        references=reference("word counts", correlated(human, counts, seed)),
        metrics=[] if score[0] is None else [_linear(human, cosines, seed) | {"baseline": pearson(human, random)}],
        by=["human", "cosine"],
    )


def _row_cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", normalised(a), normalised(b))


def _sparse_cosines(counts, used: np.ndarray, n: int) -> np.ndarray:
    """Cosines of rows i and n + i of TF-IDF vectors, which have length one."""
    return np.asarray(counts[used].multiply(counts[n + used]).sum(axis=1)).ravel()


def _linear(human: np.ndarray, values: np.ndarray, seed: int) -> dict:
    """Pearson's correlation as a metric of a result."""
    about = "Whether the cosine grows in proportion to the judgement, not only in the same order."
    value = (pearson(human, values), *bootstrap_pearson(human, values, seed=seed))
    return {"name": "Pearson", "about": about} | bounded(value)


def _words_unknown(read: Encoded) -> str:
    if read.unknown is None:
        return read.about
    return f"{read.about} The run has no vector for {read.unknown:.1%} of the words of these texts."


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rsplit(" ", 1)[0] + "…"


# Texts with labels


def score_probe(reader: Reader, texts: LabelledTexts, scoring: Scoring) -> BenchmarkResult:
    """Accuracy (and macro F1) of logistic regression on frozen vectors, on texts it was not trained on.

    For two texts u and v the features are u, v, |u - v| and u * v (Conneau et al. 2017, InferSent). References: the
    same on TF-IDF word counts, and the most frequent label of the training texts for every text.
    """
    groups, seed = _groups(texts), scoring.seed
    labels, test, two = np.array([row[2] for row in texts.rows]), np.asarray(texts.test, bool), len(groups) == 4
    read = reader(groups, seed=seed, report=span(scoring.report, 0.0, 0.6))
    train, answers = (_used(read.vectors, part, two) for part in (0, 1))
    if len(train) > MAX_TRAIN:
        train = train[np.linspace(0, len(train) - 1, MAX_TRAIN).astype(np.int64)]
    y_train, y = labels[~test][train], labels[test][answers]
    if len(np.unique(y_train)) < 2 or not len(y):
        note = (
            "A probe needs training texts of two labels and one test text that the run can read. It can read "
            f"{len(train):,} training texts of {len(np.unique(y_train))} labels and {len(y):,} test texts."
        )
        unscored = Measure("probe", "accuracy", texts.digest, 0, int(test.sum()))
        return scoring.no_result(unscored, note, by=["right"])
    predicted, strength = {}, {}
    for nth, (what, made) in enumerate((("probe", read.vectors), ("baseline", read.random), ("word counts", None))):
        scoring.report(Progress(0.6 + nth * 0.13, 1, f"{scoring.title}: {what}"))
        made = word_counts(groups) if made is None else made
        sides = (_features(made, part, rows, two) for part, rows in ((0, train), (1, answers)))
        predicted[what], strength[what] = probed(*sides, y_train)
    how = (
        f"The probe is logistic regression with C = {strength['probe']:g}, chosen by three-fold cross-validation on "
        "the training texts. The vectors are divided by their standard deviation."
    )
    right, (values, counts) = predicted["probe"] == y, np.unique(y_train, return_counts=True)
    scoring.report(Progress(1, 1, scoring.title))
    return scoring.result(
        Measure("probe", "accuracy", texts.digest, len(y), int(test.sum())),
        mean_of(right, seed),
        mean_of(predicted["baseline"] == y, seed),
        note=" ".join(filter(None, [few(len(y)), texts.split, _words_unknown(read), how])),
        parts=by_label(y, right, labels[test], seed),
        rows=_rows(groups, answers, y, predicted["probe"]),
        references=[
            *reference("word counts", mean_of(predicted["word counts"] == y, seed)),
            *reference("most frequent label", mean_of(y == values[counts.argmax()], seed)),
        ],
        metrics=[_macro(macro_f1(y, predicted["probe"], seed), macro_f1(y, predicted["baseline"], seed)[0])],
        by=["right"],
    )


def _groups(texts: LabelledTexts) -> list[list[str]]:
    """The training texts, then the test texts; both sides of each where the texts are pairs."""
    groups = [
        [row[side] for row, held in zip(texts.rows, texts.test, strict=True) if held == part]
        for part in (False, True)
        for side in (0, 1)
    ]
    return groups if any(groups[1]) or any(groups[3]) else [groups[0], groups[2]]


def _rows(groups: list[list[str]], answers: np.ndarray, y: np.ndarray, predicted: np.ndarray) -> list[dict]:
    """The answered test texts as `BenchmarkResult.rows` holds them."""
    shown = [" | ".join(sides) for sides in zip(*groups[len(groups) // 2 :], strict=True)]
    return [
        {"item": int(i), "text": _short(shown[i]), "label": label, "predicted": found, "right": bool(label == found)}
        for i, label, found in zip(answers, y.tolist(), predicted.tolist(), strict=True)
    ]


def _macro(f1: tuple[float, float, float], baseline: float) -> dict:
    """Macro F1 as a metric of a result."""
    about = "Every label counts the same, however rare it is."
    return {"name": "macro F1"} | bounded(f1) | {"baseline": baseline, "about": about}


def _used(vectors: list[np.ndarray], part: int, two: bool) -> np.ndarray:
    """Rows of the training (0) or test (1) texts that the run can read."""
    sides = vectors[2 * part : 2 * part + 2] if two else [vectors[part]]
    return np.flatnonzero(np.all([side.any(axis=1) for side in sides], axis=0))


def _features(vectors: list, part: int, rows: np.ndarray, two: bool):
    """What the probe sees of the texts: dense or, for word counts, sparse (n, n_features)."""
    if not two:
        return vectors[part][rows]
    u, v = vectors[2 * part][rows], vectors[2 * part + 1][rows]
    if isinstance(u, np.ndarray):
        return np.concatenate([u, v, np.abs(u - v), u * v], axis=1)
    from scipy.sparse import hstack

    return hstack([u, v, abs(u - v), u.multiply(v)]).tocsr()


def probed(train, test, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """(the labels that logistic regression predicts for the test rows, its C), chosen inside the training rows.

    Dense vectors are divided by one number, their standard deviation, so that no direction gains weight. C is the one
    of highest accuracy in three-fold cross-validation on at most CHOSEN_ON of the training rows.
    """
    if isinstance(train, np.ndarray):
        scale = float(train.std()) or 1.0
        train, test = train / scale, test / scale
    classifier = _classifier(train, labels)
    c = _chosen_c(classifier, train, labels)
    return classifier.set_params(C=c).fit(train, labels).predict(test), c


def _classifier(train, labels: np.ndarray):
    """Logistic regression with the faster solver: exact Newton steps for two labels and few features."""
    from sklearn.linear_model import LogisticRegression

    newton = isinstance(train, np.ndarray) and train.shape[1] <= 800 and len(np.unique(labels)) == 2
    return LogisticRegression(max_iter=1_000, solver="newton-cholesky" if newton else "lbfgs")


def _chosen_c(classifier, train, labels: np.ndarray) -> float:
    """The C of highest accuracy in cross-validation; the middle of the grid where a label has too few rows for it."""
    from sklearn.model_selection import GridSearchCV

    grid, rows = (DENSE_C if isinstance(train, np.ndarray) else COUNTS_C), np.arange(len(labels))
    if len(labels) > CHOSEN_ON:
        rows = np.linspace(0, len(labels) - 1, CHOSEN_ON).astype(np.int64)
    if np.unique(labels[rows], return_counts=True)[1].min() < FOLDS:
        return grid[len(grid) // 2]
    search = GridSearchCV(classifier, {"C": grid}, cv=FOLDS, refit=False).fit(train[rows], labels[rows])
    return search.best_params_["C"]


def by_label(y: np.ndarray, right: np.ndarray, all_labels: np.ndarray, seed: int) -> list[dict]:
    """The share of right answers for each label, as `BenchmarkResult.parts` holds it."""
    return [
        part_of(str(label), right[y == label], int((all_labels == label).sum()), seed)
        for label in np.unique(all_labels)
    ]


def macro_f1(y: np.ndarray, predicted: np.ndarray, seed: int) -> tuple[float, float, float]:
    """Macro F1 over the labels of `y` and its 95 % interval.

    Cells of the confusion matrix are drawn, as many as there are items. If every answer is right, or every one wrong,
    nothing is left to draw, and the interval is the exact one of that share.
    """
    names = np.unique(np.concatenate([y, predicted]))
    k, n = len(names), len(y)
    cells = np.bincount(np.searchsorted(names, y) * k + np.searchsorted(names, predicted), minlength=k * k)
    kept = np.isin(names, y)
    score, right = float(_f1(cells.reshape(1, k, k), kept)[0]), int((y == predicted).sum())
    if right in (0, n):
        return score, *share_interval(right, n)
    drawn = np.random.default_rng(seed).multinomial(n, cells / n, 1_000).reshape(-1, k, k)
    return score, *interval(_f1(drawn, kept))


def _f1(tables: np.ndarray, kept: np.ndarray) -> np.ndarray:
    hit = np.einsum("nii->ni", tables)
    both = tables.sum(axis=1) + tables.sum(axis=2)
    return (2 * hit / np.maximum(both, 1))[:, kept].mean(axis=1)
