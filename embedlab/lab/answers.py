"""Answers of a run to questions about its corpus: why two words are near, which label a text has."""

from collections.abc import Sequence
from dataclasses import replace

from embedlab.core.errors import BadInput
from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.explain.contexts import Why, prepare, shared_contexts, window_of
from embedlab.models import families_where, family_of
from embedlab.store.runs import Run


def explain_pair(
    run: Run, corpus: Corpus | None, a: str, b: str, *, window: int | None = None, k: int = 10, report: Report = silent
) -> Why:
    """Why two words of a run are near, with the cosine of their trained vectors, that of random words, and that of their contexts."""
    if corpus is None:
        raise BadInput(
            f"{run.name!r} has no corpus here, so there are no contexts to look at. Choose a run that was trained here."
        )
    learned = float(run.embedding.similarity_matrix([a, b])[0, 1])
    around = window_of(run.spec.model, run.spec.config)
    around = around if window is None else replace(around, size=window)
    prepare(corpus, around, report=report)
    return replace(
        shared_contexts(corpus, a, b, window=around, k=k), learned=learned, random=run.embedding.random_cosine
    )


def classify(run: Run, texts: Sequence[str]) -> list[dict]:
    """What a finished classifier run makes of texts, as `Lab.classify` gives it."""
    open_classifier = family_of(run.spec.model).open_classifier
    if open_classifier is None or run.encoder_folder is None:
        raise BadInput(
            f"{run.name!r} is no finished classifier, so it has no labels to choose from. Train with --model "
            f"{families_where(lambda family: family.open_classifier)} on a labelled corpus."
        )
    if not texts or any(not text.strip() for text in texts):
        raise BadInput("There is nothing to classify. Type a text.")
    return open_classifier(run.encoder_folder, run.spec.config["max_length"]).answers(list(texts))
