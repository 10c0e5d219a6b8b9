"""How good a classifier is: confusion matrix, precision, recall and F1, with intervals, and its worst mistakes."""

import numpy as np

from embedlab.core.intervals import share_interval
from embedlab.data.corpus import Corpus

RESAMPLES = 1_000
MISTAKES, SHOWN = 30, 400  # how many are kept, and characters of each


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, n_labels: int) -> np.ndarray:
    """int64 (n_labels, n_labels): row the true label, column the answer."""
    return np.bincount(true * n_labels + predicted, minlength=n_labels**2).reshape(n_labels, n_labels)


def precision_recall_f1(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three float64 (..., n_labels) of confusion matrices (..., n_labels, n_labels).

    0 where nothing is to be divided by.
    """
    right, true, answered = np.diagonal(matrix, axis1=-2, axis2=-1), matrix.sum(-1), matrix.sum(-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (right / answered, right / true, 2 * right / (true + answered))
    return tuple(np.nan_to_num(value, nan=0.0) for value in found)


def accuracy(matrix: np.ndarray) -> np.ndarray:
    """Share of right answers, float64 (...)."""
    return np.trace(matrix, axis1=-2, axis2=-1) / matrix.sum((-2, -1))


def macro_f1(matrix: np.ndarray) -> np.ndarray:
    """Mean F1 of the labels that occur as truth or answer, float64 (...)."""
    occurs = matrix.sum(-1) + matrix.sum(-2) > 0
    return (precision_recall_f1(matrix)[2] * occurs).sum(-1) / occurs.sum(-1)


def with_interval(measure, matrix: np.ndarray, *, seed: int) -> list[float]:
    """[score, low, high]: a measure of the confusion matrix and its 95 % percentile bootstrap interval.

    Documents drawn again with replacement fall into the cells of the matrix as a multinomial, so cells are drawn. Where
    all answers are right, or all wrong, nothing is left to draw: the exact interval of that share is given.
    """
    n, right = int(matrix.sum()), int(np.trace(matrix))
    if right in (0, n):
        return [float(measure(matrix)), *share_interval(right, n)]
    drawn = np.random.default_rng(seed).multinomial(n, matrix.ravel() / n, RESAMPLES).reshape(RESAMPLES, *matrix.shape)
    low, high = np.percentile(measure(drawn), (2.5, 97.5))
    return [float(measure(matrix)), float(low), float(high)]


def accuracy_of(matrix: np.ndarray) -> list[float]:
    """[accuracy, low, high] with its exact 95 % interval."""
    n, right = int(matrix.sum()), int(np.trace(matrix))
    return [right / n, *share_interval(right, n)]


def score_predictions(
    true: np.ndarray, probabilities: np.ndarray, names: list[str], *, most_frequent: int, seed: int
) -> dict:
    """Everything to say of answers to a test, as JSON-ready values.

    true: int (n,); probabilities: (n, n_labels), the answer is the largest; most_frequent: the label that the majority
    baseline always answers. The scores are [score, low, high]. `classes` has one dict a label, whose precision and
    recall have exact 95 % intervals.
    """
    matrix = confusion_matrix(true, probabilities.argmax(1), len(names))
    precision, recall, f1 = precision_recall_f1(matrix)
    always = confusion_matrix(true, np.full(len(true), most_frequent), len(names))
    classes = [
        {"label": name, "n": int(n), "precision": float(p), "recall": float(r), "f1": float(f)}
        | {
            "precision_interval": list(share_interval(int(hit), int(answered))),
            "recall_interval": list(share_interval(int(hit), int(n))),
        }
        for name, n, answered, hit, p, r, f in zip(
            names, matrix.sum(1), matrix.sum(0), np.diagonal(matrix), precision, recall, f1, strict=True
        )
    ]
    return {
        "labels": list(names),
        "n": len(true),
        "confusion": matrix.tolist(),
        "classes": classes,
        "accuracy": accuracy_of(matrix),
        "macro_f1": with_interval(macro_f1, matrix, seed=seed),
        "majority": {"label": names[most_frequent], "accuracy": accuracy_of(always)},
    }


def worst_mistakes(
    corpus: Corpus, rows: np.ndarray, true: np.ndarray, probabilities: np.ndarray, names: list[str]
) -> list[dict]:
    """The wrong answers given with most confidence: {"document" (from 1), "text", "label", "predicted",
    "probability"}.
    """
    predicted = probabilities.argmax(1)
    wrong = np.flatnonzero(predicted != true)
    wrong = wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")][:MISTAKES]
    return [
        {
            "document": int(rows[i]) + 1,
            "text": _shown(corpus.text(int(rows[i]))),
            "label": names[true[i]],
            "predicted": names[predicted[i]],
            "probability": round(float(probabilities[i, predicted[i]]), 6),
        }
        for i in wrong
    ]


def _shown(text: str) -> str:
    text = " ".join(text[: 4 * SHOWN].split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
