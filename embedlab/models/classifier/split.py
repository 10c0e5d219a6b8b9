"""Which documents a classifier learns from, is chosen by, and is measured on."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.data.corpus import Corpus
from embedlab.models.classifier.config import LEAST, ClassifierConfig


@dataclass(frozen=True, eq=False)
class Split:
    """The three parts, int64 document numbers in order; no document and no text is in two of them.

    labels: int64 (n_documents,), index into `names`, -1 for documents that are not used. said: what was done, in a
    sentence. warnings: sentences on what was left out.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    labels: np.ndarray
    names: list[str]
    said: str
    warnings: tuple[str, ...] = ()


def split_corpus(corpus: Corpus, config: ClassifierConfig, *, seed: int) -> Split:
    """The labelled documents in three parts, each label in proportion; the same ones for the same seed.

    Blank documents and repeated texts are left out, so that no text is learned from and measured on as well.
    TrainingFailed without labels, with one label only, or with a label of fewer than three documents.
    """
    labels = np.full(corpus.n_documents, -1) if corpus.labels is None else np.asarray(corpus.labels, np.int64).copy()
    if not (labels >= 0).any():
        raise TrainingFailed(
            f"{corpus.name!r} has no labels, so there is nothing to learn to tell apart. Add the corpus again with its "
            "label column, or choose the transformer family, which needs none."
        )
    n_labelled = int((labels >= 0).sum())
    n_repeated = _drop_repeated(corpus, labels)
    names, warnings = _drop_rare(corpus, labels, config)
    if n_repeated:
        warnings.append(
            f"{n_repeated:,} labelled documents are blank or have the text of an earlier one; they are left out, so "
            "that no "
            "text is both learned from and measured on."
        )
    rng = np.random.default_rng([seed, 1])
    rows = np.flatnonzero(labels >= 0)
    if len(rows) > config.max_documents:
        warnings.append(f"{config.max_documents:,} of {len(rows):,} labelled documents are used, drawn at random.")
        rows = _drawn(rows, labels, config.max_documents, rng)
        unused = np.ones(len(labels), bool)
        unused[rows] = False
        labels[unused] = -1
    parts = [rows[part] for part in stratified(labels[rows], config.validation_share, config.test_share, rng)]
    sizes = " / ".join(f"{len(part):,}" for part in parts)
    said = (
        f"The corpus names no split, so {len(rows):,} of {n_labelled:,} labelled documents were split at random, each "
        "label in "
        f"proportion, with seed {seed}: {sizes} for training / validation / test."
    )
    return Split(*parts, labels, names, said, tuple(warnings))


def stratified(
    labels: np.ndarray, validation: float, test: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places in `labels` of (training, validation, test), ascending; each part has at least one of each label.

    labels: int (n,), each value three times or more. Shares are of each label, rounded.
    """
    parts: tuple[list, list, list] = ([], [], [])
    for label in np.unique(labels):
        places = rng.permutation(np.flatnonzero(labels == label))
        n = len(places)
        n_test = min(max(round(test * n), 1), n - 2)
        n_validation = min(max(round(validation * n), 1), n - n_test - 1)
        cut = np.split(places, [n_test, n_test + n_validation])
        for part, own in zip(parts, (cut[2], cut[1], cut[0]), strict=True):
            part.append(own)
    train, middle, last = (np.sort(np.concatenate(part)) for part in parts)
    return train, middle, last


def _drop_repeated(corpus: Corpus, labels: np.ndarray) -> int:
    """Take the label from blank and repeated texts; how many there were."""
    seen, dropped = {hash("")}, 0
    for row in np.flatnonzero(labels >= 0).tolist():
        text = hash(" ".join(corpus.text(row).lower().split()))
        if text in seen:
            labels[row] = -1
            dropped += 1
        seen.add(text)
    return dropped


def _drop_rare(corpus: Corpus, labels: np.ndarray, config: ClassifierConfig) -> tuple[list[str], list[str]]:
    """The names of the labels that are used, with `labels` numbered anew by them, and warnings."""
    counts = np.bincount(labels[labels >= 0], minlength=len(corpus.label_names))
    used = np.flatnonzero(counts)
    rare = used[counts[used] < LEAST]
    if len(rare) and not config.leave_out_rare:
        first = rare[0]
        raise TrainingFailed(
            f"The label {corpus.label_names[first]!r} has {counts[first]} different documents; training, validation "
            "and test "
            f"need one each, so {LEAST} at least. Add documents, or switch on “Leave out rare labels”."
        )
    used = used[counts[used] >= LEAST]
    if len(used) < 2:
        which = (
            f"All labelled documents of {corpus.name!r} have the label {corpus.label_names[used[0]]!r}"
            if len(used)
            else f"No label of {corpus.name!r} has {LEAST} different documents"
        )
        raise TrainingFailed(f"{which}; a classifier needs two labels or more. Choose another label column or corpus.")
    new = np.full(len(counts) + 1, -1)  # the last one for -1
    new[used] = np.arange(len(used))
    labels[:] = new[labels]
    warnings = (
        [
            f"Left out, with fewer than {LEAST} documents: {', '.join(corpus.label_names[i] for i in rare[:10])}"
            f"{' and others' if len(rare) > 10 else ''}."
        ]
        if len(rare)
        else []
    )
    return [corpus.label_names[i] for i in used], warnings


def _drawn(rows: np.ndarray, labels: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """About `n` of the rows, each label in proportion and with LEAST of them at least."""
    kept = []
    for label in np.unique(labels[rows]):
        own = rows[labels[rows] == label]
        kept.append(rng.permutation(own)[: max(round(n * len(own) / len(rows)), LEAST)])
    return np.sort(np.concatenate(kept))
