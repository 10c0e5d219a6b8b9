"""Advice of several families of text encoders: too few or too long documents; missing pairs, scores and labels."""

import numpy as np

from embedlab.core.sizes import count_of
from embedlab.data.corpus import Corpus
from embedlab.models.advice import Advice

INSTEAD = {"pairs": "simcse", "graded": "simcse", "labels": "simcse", "neighbours": "halves"}  # needs texts alone
FEW_DOCUMENTS, ENOUGH_DOCUMENTS, LONG_DOCUMENT = 100, 1_000, 200


def advise_documents(corpus: Corpus) -> list[Advice]:
    """Whether there are documents enough to fine-tune on, and whether they are too long to be read whole."""
    found = []
    few = f"{count_of(corpus.n_documents, 'document')} {'is' if corpus.n_documents == 1 else 'are'} too few"
    if corpus.n_documents < FEW_DOCUMENTS:
        found.append(
            Advice(
                "warning",
                f"{few} to teach a transformer anything; "
                "it will stay close to the base model. Add documents or cut them smaller.",
            )
        )
    elif corpus.n_documents < ENOUGH_DOCUMENTS:
        found.append(
            Advice(
                "note",
                f"With {corpus.n_documents:,} documents the base model changes little. Fine-tuning pays from a few "
                "thousand on.",
            )
        )
    mean = corpus.n_raw_tokens / max(corpus.n_documents, 1)
    if mean > LONG_DOCUMENT:
        found.append(
            Advice(
                "note",
                f"Documents have {mean:,.0f} tokens on average, and the model reads only the first part of each. "
                "Cut them into paragraphs or sentences to use all of the text.",
            )
        )
    return found


def advise_objective(corpus: Corpus, objective: str) -> list[Advice]:
    """A warning where the corpus lacks what the objective needs, so that training would stop at once."""
    check = {"pairs": _pairs, "graded": _scores, "labels": _labels, "neighbours": _neighbours}.get(objective)
    missing = check(corpus) if check else ""
    if not missing:
        return []
    instead = INSTEAD[objective]
    if objective == "graded" and not _pairs(corpus):
        instead = "pairs"
    return [Advice("warning", f"{corpus.name} {missing}", "objective", instead, stops=True)]


def advise_batch(n_texts: int, batch_size: int, least: int) -> list[Advice]:
    """A warning where one batch would hold more texts than there are to train on. least: the smallest batch allowed."""
    if batch_size <= max(n_texts, least):
        return []
    smaller = max(least, 2 ** int(np.log2(max(n_texts // 4, 1))))
    return [
        Advice(
            "warning",
            f"A batch of {batch_size:,} is more than the {n_texts:,} texts to train on. Choose {smaller:,} or add "
            "text.",
            "batch_size",
            smaller,
            stops=True,
        )
    ]


def _pairs(corpus: Corpus) -> str:
    if corpus.has_pairs:
        return ""
    return (
        "has no pairs of texts. Choose another objective, or add the corpus again with the column that holds the "
        "second text."
    )


def _scores(corpus: Corpus) -> str:
    if missing := _pairs(corpus):
        return missing
    scores = np.empty(0) if corpus.scores is None else np.asarray(corpus.scores, float)
    n = len(np.unique(scores[np.isfinite(scores)]))
    if n > 1:
        return ""
    return (
        f"has {'one score for all pairs' if n else 'no scores'}, so there is no order to learn. Choose pairs, which "
        "need no scores, or add the corpus again with the column that holds the score."
    )


def _labels(corpus: Corpus) -> str:
    counts = label_counts(corpus)
    if counts.max(initial=0) < 2:
        return (
            f"has {'no label with two documents' if counts.any() else 'no labels'}, so there is nothing to pull "
            "together. Choose SimCSE, which needs texts alone, or add the corpus again with its label column."
        )
    if np.count_nonzero(counts) < 2:
        return (
            "has one label for all documents, and contrasting needs two or more. Choose SimCSE, which needs texts "
            "alone."
        )
    return ""


def _neighbours(corpus: Corpus) -> str:
    if corpus.n_sentences > corpus.n_documents:
        return ""
    return "has one sentence a document, so none has a neighbour. Choose halves of a text."


def label_counts(corpus: Corpus) -> np.ndarray:
    """Documents of each label, int64 (n_labels,)."""
    labels = np.empty(0, np.int64) if corpus.labels is None else np.asarray(corpus.labels)
    return np.bincount(labels[labels >= 0], minlength=len(corpus.label_names))
