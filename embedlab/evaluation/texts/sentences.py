"""Sentence benchmarks: similarity of sentence pairs (STS), and what a linear probe reads off texts (GLUE tasks)."""

import numpy as np

from embedlab.core.intervals import share_interval
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.evaluation.files.text_tables import LabelledTexts, SentencePairs
from embedlab.evaluation.results import (
    BenchmarkResult,
    bootstrap_pearson,
    bootstrap_spearman,
    interval,
    pearson,
    spearman,
)
from embedlab.evaluation.texts.text_vectors import Reader, word_counts
from embedlab.evaluation.words.similarity import all_equal, few, mean_of, reference
from embedlab.vectors.embedding import normalised

MAX_TRAIN = 20_000
FOLDS, CHOSEN_ON = 3, 5_000  # of the cross-validation that chooses C
DENSE_C, COUNTS_C = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1), (0.3, 1.0, 3.0, 10.0)
SHOWN = 160  # characters of a text in `rows`


def score_sts(
    reader: Reader, pairs: SentencePairs, *, name: str, title: str, seed: int, report: Report = silent
) -> BenchmarkResult:
    """Spearman's (and Pearson's) correlation of cosine and human judgement over the sentence pairs the run can read.

    A pair counts when each sentence has a word that the run knows; an encoder reads all. The reference is the cosine of
    TF-IDF word counts.
    """
    rows, n = pairs.rows, len(pairs.rows)
    both = [row[0] for row in rows] + [row[1] for row in rows]
    read = reader([both], seed=seed, report=span(report, 0.0, 0.8))
    known = read.vectors[0].any(axis=1)
    used = np.flatnonzero(known[:n] & known[n:])
    human = np.array([rows[i][2] for i in used])
    cosines, random = (_row_cosines(vectors[0][used], vectors[0][n + used]) for vectors in (read.vectors, read.random))
    report(Progress(0.9, 1, f"{title}: resampling"))
    counts = _sparse_cosines(word_counts([both])[0], used, n)
    score = _ranked(human, cosines, seed)
    note = (
        _words_unknown(read.unknown, read.about)
        if score[0] is not None
        else (
            all_equal(human, cosines)
            or f"The run can read both sentences of {len(used):,} of the {n:,} pairs; a correlation needs at least 3. "
            "Train on more text."
        )
    )
    items = [
        {
            "item": int(i),
            "sentence1": _short(rows[i][0]),
            "sentence2": _short(rows[i][1]),
            "human": h,
            "cosine": float(c),
        }
        for i, h, c in zip(used, human.tolist(), cosines, strict=True)
    ]
    metrics = (
        []
        if score[0] is None
        else [
            {
                "name": "Pearson",
                **_linear(human, cosines, seed),
                "baseline": pearson(human, random),
                "about": "Asks that cosine grows in step with the judgement, not only in the same order.",
            }
        ]
    )
    return BenchmarkResult(
        name,
        title,
        "sts",
        "Spearman",
        *score,
        len(used),
        n,
        *_ranked(human, random, seed),
        seed,
        pairs.digest,
        f"{few(len(used))} {note}".strip(),
        [],
        items,
        references=reference("word counts", _ranked(human, counts, seed)),
        metrics=metrics,
        by=["human", "cosine"],
    )


def _row_cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", normalised(a), normalised(b))


def _sparse_cosines(counts, used: np.ndarray, n: int) -> np.ndarray:
    """Cosines of rows i and n + i of TF-IDF vectors, which have length one."""
    return np.asarray(counts[used].multiply(counts[n + used]).sum(axis=1)).ravel()


def _ranked(human: np.ndarray, values: np.ndarray, seed: int) -> tuple[float | None, float | None, float | None]:
    score = spearman(human, values)
    return (None, None, None) if score is None else (score, *bootstrap_spearman(human, values, seed=seed))


def _linear(human: np.ndarray, values: np.ndarray, seed: int) -> dict:
    low, high = bootstrap_pearson(human, values, seed=seed)
    return {"score": pearson(human, values), "low": low, "high": high}


def _words_unknown(unknown: float | None, about: str) -> str:
    return about if unknown is None else f"{about} The run has no vector for {unknown:.1%} of the words of these texts."


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rsplit(" ", 1)[0] + "…"


# Texts with labels


def score_probe(
    reader: Reader, texts: LabelledTexts, *, name: str, title: str, seed: int, report: Report = silent
) -> BenchmarkResult:
    """Accuracy (and macro F1) of logistic regression on frozen vectors, on texts it was not trained on.

    Of two texts u and v it sees |u - v| and u * v besides both (Conneau et al. 2017, InferSent). References: the same on
    TF-IDF word counts, and always giving the most frequent label of the training texts.
    """
    test = texts.test
    groups = [
        [row[side] for row, held in zip(texts.rows, test) if held == part] for part in (False, True) for side in (0, 1)
    ]
    two = any(groups[1]) or any(groups[3])
    groups = groups if two else [groups[0], groups[2]]
    labels = np.array([row[2] for row in texts.rows])
    read = reader(groups, seed=seed, report=span(report, 0.0, 0.6))
    train, answers = (_used(read.vectors, part, two) for part in (0, 1))
    if len(train) > MAX_TRAIN:
        train = train[np.linspace(0, len(train) - 1, MAX_TRAIN).astype(np.int64)]
    y_train, y = labels[~test][train], labels[test][answers]
    n_total = int(test.sum())
    if len(np.unique(y_train)) < 2 or not len(y):
        return BenchmarkResult(
            name,
            title,
            "probe",
            "accuracy",
            None,
            None,
            None,
            0,
            n_total,
            None,
            None,
            None,
            seed,
            texts.digest,
            (
                f"A probe needs training texts of two labels and one test text that the run can read; it can read {len(train):,} "
                f"training texts of {len(np.unique(y_train))} labels and {len(y):,} test texts."
            ),
            by=["right"],
        )
    predicted, strength = {}, {}
    for nth, (what, made) in enumerate((("probe", read.vectors), ("baseline", read.random), ("word counts", None))):
        report(Progress(0.6 + nth * 0.13, 1, f"{title}: {what}"))
        made = word_counts(groups) if made is None else made
        predicted[what], strength[what] = probed(
            *(_features(made, part, rows, two) for part, rows in ((0, train), (1, answers))), y_train
        )
    right = predicted["probe"] == y
    how = (
        f"The probe is logistic regression with C = {strength['probe']:g}, chosen by three-fold cross-validation on the "
        "training texts; the vectors are divided by their standard deviation."
    )
    values, counts = np.unique(y_train, return_counts=True)
    shown = [row for row, held in zip(texts.rows, test) if held]
    items = [
        {
            "item": int(i),
            "text": _short(f"{shown[i][0]} | {shown[i][1]}" if two else shown[i][0]),
            "label": a,
            "predicted": p,
            "right": bool(a == p),
        }
        for i, a, p in zip(answers, y.tolist(), predicted["probe"].tolist(), strict=True)
    ]
    f1, low, high = macro_f1(y, predicted["probe"], seed)
    report(Progress(1, 1, title))
    return BenchmarkResult(
        name,
        title,
        "probe",
        "accuracy",
        *mean_of(right, seed),
        len(y),
        n_total,
        *mean_of(predicted["baseline"] == y, seed),
        seed,
        texts.digest,
        " ".join(filter(None, [few(len(y)), texts.split, _words_unknown(read.unknown, read.about), how])),
        by_label(y, right, labels[test], seed),
        items,
        references=reference("word counts", mean_of(predicted["word counts"] == y, seed))
        + reference("most frequent label", mean_of(y == values[counts.argmax()], seed)),
        metrics=[
            {
                "name": "macro F1",
                "score": f1,
                "low": low,
                "high": high,
                "baseline": macro_f1(y, predicted["baseline"], seed)[0],
                "about": "Every label counts the same, however rare it is.",
            }
        ],
        by=["right"],
    )


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
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    dense = isinstance(train, np.ndarray)
    if dense:
        scale = float(train.std()) or 1.0
        train, test = train / scale, test / scale
    # With two labels and few features the exact Newton steps are several times faster; both solvers agree.
    newton = dense and train.shape[1] <= 800 and len(np.unique(labels)) == 2
    classifier = LogisticRegression(max_iter=1_000, solver="newton-cholesky" if newton else "lbfgs")
    grid, few_rows = (DENSE_C if dense else COUNTS_C), np.arange(len(labels))
    if len(labels) > CHOSEN_ON:
        few_rows = np.linspace(0, len(labels) - 1, CHOSEN_ON).astype(np.int64)
    chosen = grid[len(grid) // 2]
    if np.unique(labels[few_rows], return_counts=True)[1].min() >= FOLDS:
        search = GridSearchCV(classifier, {"C": grid}, cv=FOLDS, refit=False).fit(train[few_rows], labels[few_rows])
        chosen = search.best_params_["C"]
    return classifier.set_params(C=chosen).fit(train, labels).predict(test), chosen


def by_label(y: np.ndarray, right: np.ndarray, all_labels: np.ndarray, seed: int) -> list[dict]:
    """The share of right answers for each label, as `BenchmarkResult.parts` holds it."""
    parts = []
    for label in np.unique(all_labels):
        score, low, high = mean_of(right[y == label], seed)
        parts.append(
            {
                "name": str(label),
                "score": score,
                "low": low,
                "high": high,
                "n_used": int((y == label).sum()),
                "n_total": int((all_labels == label).sum()),
            }
        )
    return parts


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
