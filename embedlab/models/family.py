"""What every model family ends in, and how a family is described."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from embedlab.models.training.session import Checkpoint
from embedlab.vectors.embedding import Embedding


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained artefact.

    embedding: a vector for each word kept. loss: one honest mean per epoch. seconds: training alone, without reading,
    compiling, measuring the loss or encoding. raw_words: corpus tokens gone through, all epochs together.
    documents: float32 (n_documents, dim), only from families that embed whole documents. encoder: something with
    `save(folder)`, or None. notes: anything else worth keeping, as JSON; `warnings` is a list of sentences.
    validation: the same mean as `loss` over held-out text, or what notes["validation_is"] says, one an epoch; empty
    without any. end: the state training
    ended in, from which a later run can begin; None from engines that cannot go on. before: what a fine-tune began from,
    as "words" and "documents": float32 of the shapes of `embedding.vectors` and `documents`; its scores before and after
    are notes["start_end"], dicts of evaluator, metric, on, n, start, end, each of the two as [score, low, high].
    """

    embedding: Embedding
    loss: tuple[float, ...]
    seconds: float
    raw_words: int
    documents: np.ndarray | None = None
    encoder: object | None = None
    notes: dict = field(default_factory=dict)
    validation: tuple[float, ...] = ()
    end: Checkpoint | None = None
    before: dict[str, np.ndarray] = field(default_factory=dict)


def start_end(evaluator: str, metric: str, *, on: str, n: int, start: list[float], end: list[float], **more) -> dict:
    """How a training moved one score, as pages and model cards read it: start and end as [score, low, high], of n items `on` something."""
    return {"evaluator": evaluator, "metric": metric, "on": on, "n": n, "start": start, "end": end} | more


@dataclass(frozen=True)
class Family:
    """A model family: `train(corpus, config, *, seed, report, session) -> Trained` with a `config` dataclass of settings.

    resumable: whether `train` rests for checkpoints, so that a run can be paused and resumed, and begin from another.
    begins_from: the families whose saved transformer it goes on from; empty for one that begins from word vectors.
    going_on: the settings that tell it to go on from one, where its name in `base` does not say so by itself.
    judged_by: the metric of a finished epoch that follows the quality of the vectors, lower is better. Captions and sweeps
    judge a run by nothing else that it measures itself; "" where no metric has passed bench/held_out.py.
    seconds, bytes: estimates of its training time and memory from a corpus and a config, where the family makes them itself.
    """

    name: str
    title: str
    about: str
    config: type
    train: Callable[..., Trained]
    resumable: bool = False
    judged_by: str = ""
    begins_from: tuple[str, ...] = ()
    going_on: Mapping[str, object] = field(default_factory=dict)
    seconds: Callable[..., float] | None = None
    bytes: Callable[..., float] | None = None
