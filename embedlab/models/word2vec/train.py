"""Word2Vec: skip-gram or CBOW, negative sampling or hierarchical softmax.

Mikolov et al. 2013, "Efficient estimation of word representations in vector space" and "Distributed representations of
words and phrases and their compositionality". The corpus is read in blocks of sentences, each in one call of a compiled
kernel; threads take blocks in order and update the same rows without locks. Between segments of about a second all
threads rest: the session may then look at the vectors, save a checkpoint or pause. `plan` holds what stays the same,
`state` what changes, `fit` the epochs.
"""

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.family import Trained
from embedlab.models.training.automatic import with_numbers
from embedlab.models.training.requirements import dimension_warnings, kept_vocabulary
from embedlab.models.training.session import ALONE, Base, Session
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.cost import AUTOMATIC
from embedlab.models.word2vec.fit import faster, first_loss, measure, spread, train_epoch
from embedlab.models.word2vec.plan import Plan, Task, plan_of
from embedlab.models.word2vec.state import (
    State,
    begun,
    check_memory,
    checked_base,
    checkpoint_of,
    names_of,
    resumed,
)
from embedlab.vectors.embedding import Embedding


def train(
    corpus: Corpus, config: Word2VecConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """Word vectors of the words seen at least `min_count` times.

    The loss of an epoch is the mean negative log-likelihood of its predictions (with negative sampling, of one word and
    its negatives, equation 4 of the second paper), each measured just before its update; the validation loss is the
    same over held-out sentences after the epoch, on the same draws every time. Before the first epoch it is
    notes["loss_before"]. TrainingFailed when there is nothing to learn from, memory runs out or training diverges.
    """
    config = with_numbers(config, corpus, AUTOMATIC)
    report(Progress(0, config.epochs, "Preparing Word2Vec"))
    vocabulary = kept_vocabulary(corpus, config.min_count)
    task = Task(corpus, vocabulary, config, seed)
    try:
        if config.engine == "gensim":
            from embedlab.models.word2vec import gensim_engine

            if session.base is not None:
                raise BadSetting(
                    "gensim cannot be initialised from another run here. Choose one of EmbedLab's engines."
                )
            return gensim_engine.fit(task, report=report, session=session)
        return _fit(task, report, session)
    except MemoryError:
        raise TrainingFailed(
            f"Memory ran out with {len(vocabulary):,} words of {config.dim} dimensions. "
            "Use fewer dimensions or raise the minimum count."
        ) from None


def _fit(task: Task, report: Report, session: Session) -> Trained:
    vocabulary, config = task.vocabulary, task.config
    names = names_of(vocabulary, session.base)
    base = checked_base(session.base, config)
    check_memory(len(names), config.dim)
    plan = run_beside(
        lambda: plan_of(task, session.saved.state if session.saved else None),
        lambda: report(Progress(0, config.epochs, "Preparing Word2Vec (compiled once, then kept)")),
    )
    state = resumed(session.saved, plan, names) if session.saved else begun(names, base, plan, len(vocabulary))
    if not config.deterministic:  # which must not depend on a trial
        plan = faster(plan, state, report)
    rows = lambda ids: state.words[ids, : config.dim].copy()  # noqa: E731
    if not session.saved:
        state.before = (
            measure(plan, state, *spread(plan.validation, plan.workers)) if plan.held_out else first_loss(plan, state)
        )
        session.rest(0, names, rows, lambda: checkpoint_of(plan, state, names))
    while state.epoch < config.epochs:
        train_epoch(
            plan, state, report, lambda done: session.rest(done, names, rows, lambda: checkpoint_of(plan, state, names))
        )
    return _trained(plan, state, names, vocabulary, base)


def _trained(plan: Plan, state: State, names: list[str], vocabulary: Vocabulary, base: Base | None) -> Trained:
    config = plan.config
    if not any(state.losses):  # no prediction was ever made
        raise TrainingFailed(
            f"No sentence of {plan.corpus.name!r} holds two of the {len(vocabulary):,} words kept, so there are no "
            "neighbours to learn from. Lower the minimum count or choose another corpus."
        )
    notes = {
        "engine": f"EmbedLab Word2Vec, {'windows' if config.engine == 'embedlab' else 'pairs'}",
        "vector_bits": plan.bits,
        "loss_before": state.before if np.isfinite(state.before) else None,
        "loss_is": "mean negative log-likelihood of a prediction",
        "held_out_tokens": len(plan.validation[0]),
        "warnings": dimension_warnings(config.dim, len(vocabulary))
        + empty_epochs(state.losses)
        + no_held_out_loss(plan, state),
    }
    counts = np.zeros(len(names), np.int64)
    counts[: len(vocabulary)] = vocabulary.counts
    vectors, words = np.ascontiguousarray(state.words[:, : config.dim]), names
    if base is not None:
        counts += _base_counts(names, base)
        notes["continued"] = {"words_before": len(base.words), "words_new": len(names) - len(base.words)}
        order = np.array(sorted(range(len(names)), key=lambda i: (-counts[i], names[i])))
        words, vectors, counts = [names[i] for i in order], vectors[order], counts[order]
    return Trained(
        Embedding(words, vectors, counts),
        tuple(state.losses),
        state.seconds,
        plan.corpus.n_tokens * config.epochs,
        notes=notes,
        validation=tuple(state.validation),
        end=checkpoint_of(plan, state, names),
    )


def empty_epochs(losses: list[float]) -> list[str]:
    """A warning where subsampling of frequent words left an epoch nothing to predict: its loss of 0 is no success."""
    empty = [str(epoch) for epoch, loss in enumerate(losses, 1) if loss == 0]
    if not empty:
        return []
    which = f"epoch {empty[0]}" if len(empty) == 1 else f"{len(empty)} epochs"
    return [
        f"Subsampling left nothing to predict in {which}, where the loss reads 0. This text is too small for it: raise "
        "the subsampling threshold, or set it to 0."
    ]


def no_held_out_loss(plan: Plan, state: State) -> list[str]:
    """A warning where subsampling left nothing to predict in the sentences held out."""
    if not plan.held_out or np.isfinite(state.before):
        return []
    return [
        "Subsampling left nothing to predict in the sentences held out, so there is no held-out loss. This text is too "
        "small for it: raise the subsampling threshold, or set it to 0."
    ]


def _base_counts(names: list[str], base: Base) -> np.ndarray:
    """How often the base saw each word."""
    known = dict(
        zip(
            base.words,
            (base.counts if base.counts is not None else np.ones(len(base.words), np.int64)).tolist(),
            strict=True,
        )
    )
    return np.array([known.get(word, 0) for word in names], np.int64)
