"""GloVe: word vectors whose products fit the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014, "GloVe: Global vectors for word representation": counts weighted by 1/distance
within sentences (section 4.2), weighted least squares (equation 8), AdaGrad. `cooccurrence` counts, and also tells why
a run repeats exactly on any number of threads; `parameters` says where vectors begin; `fit` trains them.
Left out: windows to one side only.
"""

import errno
import time

from embedlab.core.background import run_beside
from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Progress, Report, silent
from embedlab.core.spill import Space
from embedlab.data.corpus import Corpus
from embedlab.models.family import Trained
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.cost import AUTOMATIC
from embedlab.models.glove.counts import Counting
from embedlab.models.glove.fit import Problem, fit, kernel_of
from embedlab.models.glove.held_out import MEASURE, questions_of
from embedlab.models.glove.parameters import ENGINE, OLD_MEASURE, all_counts, all_words, begin, width_of
from embedlab.models.glove.shards import count_corpus
from embedlab.models.training.automatic import with_numbers
from embedlab.models.training.requirements import dimension_warnings, kept_vocabulary
from embedlab.models.training.session import ALONE, Session
from embedlab.vectors.embedding import Embedding


def train(
    corpus: Corpus,
    config: GloveConfig,
    *,
    seed: int = 1,
    report: Report = silent,
    session: Session = ALONE,
) -> Trained:
    """Word vectors (the sum of word and context vectors) trained on the co-occurrence counts of `corpus`.

    The loss is the mean over all entries of f(x) / 2 times the squared error, each taken when the epoch visits it. The
    validation is the ranking error of held-out pairs after each epoch (`held_out`). The same corpus, config and seed
    give the same vectors to the last bit, whatever the number of threads, the memory budget and the pauses. Counts
    that exceed the memory budget go to session.scratch. TrainingFailed when there is nothing to count, when memory or
    disk do not suffice, or when the loss diverges.
    """
    config = with_numbers(config, corpus, AUTOMATIC)
    total = config.epochs + 1  # counting is about as long as an epoch
    run_beside(
        lambda: kernel_of(config.dim),  # compiled here, so that `seconds` measures training
        lambda: report(Progress(0, total, "Preparing GloVe (compiled once, then kept)")),
    )
    vocabulary = kept_vocabulary(corpus, config.min_count)
    words = all_words(vocabulary, config, session.base)
    started = time.perf_counter()
    try:
        _check_memory(len(words), config)
        with Space(_budget(config), session.scratch) as space:
            how = Counting(len(vocabulary), config.window, config.x_max, config.alpha, seed, config.workers)
            counts, unseen = count_corpus(
                corpus,
                how,
                space,
                held_out=config.held_out,
                report=lambda p: report(Progress(p.fraction, total, p.message, p.metrics)),
            )
            if not len(counts):
                raise TrainingFailed(
                    f"No two of the {len(vocabulary):,} words kept share a sentence, so GloVe has "
                    "nothing to count. Lower the minimum count or choose another corpus."
                )
            counted = time.perf_counter() - started
            course = begin(words, config, seed, session)
            questions = questions_of(unseen, vocabulary.counts, len(counts)) if course.ranks else None
            fit(
                Problem(counts, questions, config, seed),
                course,
                session=session,
                report=lambda p: report(Progress(p.step + 1, total, p.message, p.metrics)),
            )
    except MemoryError:
        raise TrainingFailed(_memory_sentence(config)) from None
    except OSError as error:
        raise TrainingFailed(_disk_sentence(error)) from error
    seconds = time.perf_counter() - started
    notes = {
        "engine": ENGINE,
        "entries": len(counts),
        "held_out_entries": len(unseen or ()),
        "bytes_on_disk": space.on_disk,
        "counting_seconds": round(counted, 3),
        "entries_per_second": round(len(counts) * config.epochs / max(seconds - counted, 1e-9)),
        "loss_is": "mean over co-occurrence entries of f(x)/2 (w.c + b + b' - log x)^2",
        "validation_is": MEASURE if course.ranks else OLD_MEASURE,
        "warnings": dimension_warnings(config.dim, len(words)),
    }
    embedding = Embedding(words, course.vectors(), all_counts(words, vocabulary, session.base))
    return Trained(
        embedding,
        tuple(course.loss),
        seconds,
        corpus.n_tokens * config.epochs,
        notes=notes,
        validation=tuple(course.validation),
        end=course.checkpoint(),
    )


def _budget(config: GloveConfig) -> float:
    """Bytes that counts may take in memory."""
    import psutil

    return config.memory * 1e9 if config.memory is not None else psutil.virtual_memory().available / 2


def _check_memory(n_words: int, config: GloveConfig) -> None:
    """MemoryError before the system runs out: the parameters always stay in memory."""
    import psutil

    needed = n_words * 16 * (width_of(config.dim) + 1)
    if needed > 1e8 and needed > 0.9 * psutil.virtual_memory().available:
        raise MemoryError


def _memory_sentence(config: GloveConfig) -> str:
    return (
        f"Memory ran out with {config.dim} dimensions, a window of {config.window} and a minimum count of "
        f"{config.min_count}. Raise the minimum count, use fewer dimensions or set a smaller memory budget."
    )


def _disk_sentence(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return (
            "The disk is full: the counts exceed the memory budget and do not fit on the disk either. Free some space, "
            "raise the memory budget or the minimum count, or shorten the window."
        )
    return (
        f"The counts exceed the memory budget and could not be written to disk: {error.strerror or error}. "
        "Raise the memory budget."
    )
