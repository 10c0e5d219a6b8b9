"""Start and end of a fine-tune scored by one evaluator on texts kept out of training, with bootstrap intervals.

Graded pairs: Spearman correlation of cosine and score, as on STS-B. Pairs: the share of texts whose partner is nearest
among all partners. Labels: the share whose nearest other text has the same label. Texts alone: the share whose first
half finds its second half among all second halves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedlab.core.intervals import share_interval
from embedlab.models.family import Measure, start_end

MOST, LEAST = 1000, 20  # texts kept out: more make no surer score worth the time, fewer say nothing
RESAMPLES = 1000

ABOUT = {
    "foreign": ("sentences from elsewhere", "Spearman correlation"),
    "graded": ("graded pairs", "Spearman correlation"),
    "pairs": ("finding the partner", "accuracy"),
    "labels": ("nearest text has the label", "accuracy"),
    "halves": ("finding the other half", "accuracy"),
}


@dataclass(frozen=True, eq=False)
class Dev:
    """What is scored: `read(i)` and, but for labels, `other(i)` for i < n.

    `gold` are scores or labels; on: a few words. together: items in a row that depend on each other, and are resampled
    as one.
    """

    kind: str
    n: int
    read: Callable[[int], str]
    other: Callable[[int], str] | None
    gold: np.ndarray | None
    on: str
    together: int = 1

    @property
    def graded(self) -> bool:
        return self.kind in ("graded", "foreign")

    def vectors(self, encode: Callable[[int, Callable[[int], str]], np.ndarray]) -> np.ndarray:
        """float32 (1 or 2, n, dim), by `encode(n, text)`."""
        return np.stack([encode(self.n, text) for text in (self.read, self.other) if text is not None])


def items(dev: Dev, vectors: np.ndarray) -> np.ndarray:
    """What each item adds to the score, (n,): a cosine, or 1 where the right text is nearest."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-12)
    if dev.graded:
        return (unit[0] * unit[1]).sum(1)
    if dev.kind == "labels":
        cosines = unit[0] @ unit[0].T
        np.fill_diagonal(cosines, -2)
        return (dev.gold[cosines.argmax(1)] == dev.gold).astype(float)
    cosines = unit[0] @ unit[1].T
    return (np.diagonal(cosines) >= cosines.max(1) - 1e-6).astype(float)  # equal partners are all right


def statistic(dev: Dev, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The score of each of several samples: values (n,), rows int (n_samples, n)."""
    if not dev.graded:
        return values[rows].mean(1)
    from scipy.stats import rankdata

    a, b = (rankdata(array[rows], axis=1) for array in (values, dev.gold))
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    return (a * b).sum(1) / np.maximum(np.sqrt((a**2).sum(1) * (b**2).sum(1)), 1e-12)


def compare(dev: Dev, start: np.ndarray, end: np.ndarray, sizes: tuple[int, ...] = ()) -> tuple[dict, list[dict]]:
    """(start and end, the same at each shorter size): scores as [score, low, high], 95 in 100 of the resamples.

    start, end: as of `Dev.vectors`. The difference is resampled in pairs, so what both share does not widen it.
    """
    evaluator, metric = ABOUT[dev.kind]
    whole = start_end(Measure(evaluator, metric, dev.on, dev.n), **_scores(dev, start, end))
    full = start.shape[2]
    cut = [{"dim": size} | _scores(dev, start[:, :, :size], end[:, :, :size]) for size in sizes if size < full]
    return whole, (
        [*cut, {"dim": full} | {name: whole[name] for name in ("start", "end", "difference")}] if cut else []
    )


def _scores(dev: Dev, start: np.ndarray, end: np.ndarray) -> dict:
    values = items(dev, start), items(dev, end)
    scores = resampled(*values, lambda side, rows: statistic(dev, side, rows), together=dev.together)
    if not dev.graded:  # a share, whose interval is exact: all right is no certainty
        for name, side in zip(("start", "end"), values, strict=True):
            scores[name][1:] = [round(x, 4) for x in share_interval(float(side.sum()), dev.n)]
    return scores


def resampled(start: np.ndarray, end: np.ndarray, score: Callable, *, together: int = 1) -> dict:
    """{"start", "end", "difference"}: each [score, low, high], 95 in 100 of the resamples.

    start, end: what each item adds, (n,). score(values, rows): the score of several samples, as `statistic`. Items that
    belong `together` are drawn as one, and both sides are drawn alike.
    """
    rng, n = np.random.default_rng(0), len(start)
    found: tuple[list, list] = ([], [])
    for _ in range(RESAMPLES // 100):
        groups = rng.integers(n // together, size=(100, n // together))
        rows = (groups[:, :, None] * together + np.arange(together)).reshape(100, -1)
        for kept, side in zip(found, (start, end), strict=True):
            kept.append(score(side, rows))
    samples = [np.concatenate(side) for side in found]
    points = [float(score(side, np.arange(n)[None, :])[0]) for side in (start, end)]
    scores = {name: (points[at], *_middle(samples[at])) for at, name in enumerate(("start", "end"))}
    scores["difference"] = (points[1] - points[0], *_middle(samples[1] - samples[0]))
    return {name: [round(x, 4) for x in numbers] for name, numbers in scores.items()}


def _middle(samples: np.ndarray) -> list[float]:
    """The ends of the middle 95 %."""
    return np.percentile(samples, [2.5, 97.5]).tolist()


def halves(texts: list[str]) -> list[tuple[str, str]]:
    """Both halves of the texts that have eight words or more."""
    words = [text.split() for text in texts]
    return [(" ".join(w[: len(w) // 2]), " ".join(w[len(w) // 2 :])) for w in words if len(w) >= 8]
