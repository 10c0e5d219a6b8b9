"""GloVe: word vectors whose products fit the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014, "GloVe: Global vectors for word representation": counts weighted by 1/distance
within sentences (section 4.2), weighted least squares (equation 8), AdaGrad. Counting stands in `cooccurrence`, which
also tells why a run repeats exactly on any number of threads. Left out: windows to one side only.
"""

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.parallel import Rate, in_threads
from embedlab.core.progress import Progress, Report, silent
from embedlab.core.spill import Space
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.family import Trained
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.cooccurrence import LANES
from embedlab.models.glove.counts import Counting, Counts
from embedlab.models.glove.held_out import MEASURE, METRIC, Questions, questions_of, ranking_error
from embedlab.models.glove.shards import count_corpus
from embedlab.models.training.requirements import dimension_warnings, kept_vocabulary
from embedlab.models.training.session import ALONE, Base, Checkpoint, Session
from embedlab.vectors.embedding import Embedding

ENGINE = "EmbedLab GloVe"
# What the validation of older runs is; one that resumes keeps it for its first epochs and measures no more.
OLD_MEASURE = "loss of held-out counts scaled to the length of the training text"
TASK_FLOATS = 2**26  # entries times width of one training task: a fraction of a second
SHARED_FLOATS = 2**18  # less than this between two meetings is quicker on one thread than shared out
REST_SECONDS = 0.5  # how often training may be looked at
DIVERGED = 100  # times the loss of parameters that are all zero


def train(
    corpus: Corpus,
    config: GloveConfig,
    *,
    seed: int = 1,
    report: Report = silent,
    session: Session = ALONE,
    scratch: Path | None = None,
) -> Trained:
    """Word vectors (the sum of word and context vectors) trained on the co-occurrence counts of `corpus`.

    The loss is the mean over all entries of f(x) / 2 times the squared error, each taken when the epoch visits it. The
    validation is the ranking error of held-out pairs after each epoch (`held_out`). The same corpus, config and seed
    give the same vectors to the last bit, whatever the number of threads, the memory budget and the pauses. scratch:
    the folder for counts that exceed the memory budget. TrainingFailed when there is nothing to count, when memory or
    disk do not suffice, or when the loss diverges.
    """
    total = config.epochs + 1  # counting is about as long as an epoch
    run_beside(
        lambda: _kernel(config.dim),  # compiled here, so that `seconds` measures training
        lambda: report(Progress(0, total, "Preparing GloVe (compiled once, then kept)")),
    )
    vocabulary = kept_vocabulary(corpus, config.min_count)
    words = _all_words(vocabulary, config, session.base)
    started = time.perf_counter()
    try:
        _check_memory(len(words), config)
        with Space(_budget(config), scratch or session.scratch) as space:
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
                    f"No two of the {len(vocabulary):,} words kept ever stand in one sentence, so GloVe has "
                    "nothing to count. Lower the minimum count or choose another corpus."
                )
            counted = time.perf_counter() - started
            course = begin(words, config, seed, session)
            questions = questions_of(unseen, vocabulary.counts, len(counts)) if course.ranks else None
            fit(
                counts,
                questions,
                course,
                config,
                seed=seed,
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
    embedding = Embedding(words, course.vectors(), _all_counts(words, vocabulary, session.base))
    return Trained(
        embedding,
        tuple(course.loss),
        seconds,
        corpus.n_tokens * config.epochs,
        notes=notes,
        validation=tuple(course.validation),
        end=course.checkpoint(),
    )


def _kernel(dim: int) -> Callable:
    """The compiled kernel that trains vectors of `dim`."""
    from embedlab.kernels.glove import training

    return training(_width(dim))


def _budget(config: GloveConfig) -> float:
    """Bytes that counts may take in memory."""
    import psutil

    return config.memory * 1e9 if config.memory is not None else psutil.virtual_memory().available / 2


def _check_memory(n_words: int, config: GloveConfig) -> None:
    """MemoryError before the system runs out: the parameters always stay in memory."""
    import psutil

    needed = n_words * 16 * (_width(config.dim) + 1)
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


# Parameters


@dataclass(eq=False)
class Course:
    """Where a training stands: parameters as the kernels take them, epochs and rounds done, losses so far."""

    words: list[str]
    dim: int
    model: tuple[np.ndarray, ...]
    epoch: int = 0
    rounds: int = 0
    summed: float = 0.0
    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    ranks: bool = True

    def vectors(self, ids: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The sums of word and context vectors, float32 (len(ids), dim)."""
        return self.model[0][ids, : self.dim] + self.model[1][ids, : self.dim]

    def checkpoint(self) -> Checkpoint:
        """A copy of all this."""
        state = {
            "engine": ENGINE,
            "words": list(self.words),
            "dim": self.dim,
            "epoch": self.epoch,
            "rounds": self.rounds,
            "summed": self.summed,
            "loss": list(self.loss),
            "validation": list(self.validation),
            "validation_is": MEASURE if self.ranks else OLD_MEASURE,
        }
        return Checkpoint(state, {name: array.copy() for name, array in zip(ARRAYS, self.model, strict=True)})


ARRAYS = ("words", "contexts", "word_bias", "context_bias")


def begin(words: list[str], config: GloveConfig, seed: int, session: Session) -> Course:
    """The saved state to go on from, else random parameters, with those of a base carried over by word."""
    if session.saved is not None:
        return _resumed(session.saved, words, config)
    model = start(len(words), config.dim, np.random.default_rng(seed))
    if session.base is not None:
        _carry_over(model, words, config.dim, session.base)
    return Course(words, config.dim, model)


def start(n_words: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Word rows, context rows, word biases and context biases as the kernels take them, all random within 0.5 / dim."""
    from embedlab.kernels.machine import aligned

    width = _width(dim)
    model = []
    for _ in range(2):
        rows = aligned(n_words, 2 * width)
        rows[:, width:] = 1
        rows[:, :dim] = (rng.random((n_words, dim), np.float32) - 0.5) / dim
        model.append(rows)
    for _ in range(2):
        bias = np.ones((n_words, 2), np.float32)
        bias[:, 0] = (rng.random(n_words, np.float32) - 0.5) / dim
        model.append(bias)
    return tuple(model)


def _width(dim: int) -> int:
    """Floats of a padded vector."""
    from embedlab.kernels.machine import padded

    return padded(dim)


def _resumed(saved: Checkpoint, words: list[str], config: GloveConfig) -> Course:
    state = saved.state
    if state.get("engine") != ENGINE or state["words"] != words or state["dim"] != config.dim:
        raise TrainingFailed(
            "The saved state belongs to another corpus or other settings, so training cannot go on from "
            "it. Start the run again."
        )
    model = start(len(words), config.dim, np.random.default_rng())
    for array, name in zip(model, ARRAYS, strict=True):
        array[:] = saved.arrays[name]
    return Course(
        words,
        config.dim,
        model,
        state["epoch"],
        state["rounds"],
        state["summed"],
        list(state["loss"]),
        list(state["validation"]),
        not state["validation"] or state.get("validation_is") == MEASURE,
    )


def _carry_over(model: tuple[np.ndarray, ...], words: list[str], dim: int, base: Base) -> None:
    """Copy the parameters of a base into `model`; where it has vectors alone, each half takes half of one."""
    ids = {word: i for i, word in enumerate(words)}
    if base.end is not None and base.end.state.get("engine") == ENGINE:
        to = [ids[word] for word in base.end.state["words"]]
        for array, name in zip(model, ARRAYS, strict=True):
            array[to] = base.end.arrays[name]
        return
    to = [ids[word] for word in base.words]
    for rows in model[:2]:
        rows[to, :dim] = np.asarray(base.vectors, np.float32) / 2


def _all_words(vocabulary: Vocabulary, config: GloveConfig, base: Base | None) -> list[str]:
    """The words kept, then those that only the base has; BadSetting if its vectors have another length."""
    if base is None:
        return list(vocabulary.words)
    if base.vectors.shape[1] != config.dim:
        raise BadSetting(
            f"Dimensions must be {base.vectors.shape[1]}, as in the run this one continues; got {config.dim}."
        )
    known = vocabulary.ids
    return [*vocabulary.words, *(word for word in base.words if word not in known)]


def _all_counts(words: list[str], vocabulary: Vocabulary, base: Base | None) -> np.ndarray:
    """How often each word occurs in this corpus, else in that of the base; 0 where neither count is known."""
    counts = np.zeros(len(words), np.int64)
    counts[: len(vocabulary)] = vocabulary.counts
    if base is not None and base.counts is not None and len(words) > len(vocabulary):
        of = dict(zip(base.words, np.asarray(base.counts).tolist(), strict=True))
        counts[len(vocabulary) :] = [of[word] for word in words[len(vocabulary) :]]
    return counts


# Fitting


def fit(
    counts: Counts,
    questions: Questions | None,
    course: Course,
    config: GloveConfig,
    *,
    seed: int = 1,
    report: Report = silent,
    session: Session = ALONE,
) -> None:
    """Train `course` to the last epoch. Between two pieces of work nothing is in flight: there it reports and rests."""
    rest, bound = _Rests(course, config, session), DIVERGED * max(counts.null_loss(), 1e-3)
    rest(0.0, always=True)
    while course.epoch < config.epochs:
        for part in _epoch(counts, course, config, seed, report):
            _check(course.summed / len(counts), bound, course, config)
            if part < 1:
                rest(part)
        _finish_epoch(counts, questions, course)
        _check(course.loss[-1], bound, course, config)
        metrics = {"epoch": course.epoch, "loss": course.loss[-1]}
        metrics |= {METRIC: course.validation[-1]} if questions else {}
        report(Progress(course.epoch, config.epochs, f"Epoch {course.epoch} of {config.epochs} done", metrics))
        rest(0.0, always=course.epoch == config.epochs)


def _finish_epoch(counts: Counts, questions: Questions | None, course: Course) -> None:
    course.loss.append(course.summed / len(counts))
    if questions is not None:
        course.validation.append(ranking_error(questions, course.model))
    course.epoch, course.rounds, course.summed = course.epoch + 1, 0, 0.0


def _check(loss: float, bound: float, course: Course, config: GloveConfig) -> None:
    """TrainingFailed if the loss so far is not a number, or far above that of parameters that are all zero."""
    finite = course.rounds > 0 or all(np.isfinite(array).all() for array in course.model)
    if np.isfinite(loss) and finite and loss <= bound:
        return
    what = f"grew to {loss:.3g}" if np.isfinite(loss) and finite else "is not a finite number"
    epoch = course.epoch + (course.rounds > 0 or not course.loss)
    raise TrainingFailed(
        f"The loss of epoch {epoch} {what} with a learning rate of {config.learning_rate:g}. "
        "Lower the learning rate and train again."
    )


def _epoch(counts: Counts, course: Course, config: GloveConfig, seed: int, report: Report) -> Iterator[float]:
    """Go through the rounds of this epoch that are left, in an order that seed and epoch decide; yields the share done.

    Rounds whose shifts are equal modulo LANES follow each other, so that threads may process them lane by lane.
    """
    rng, n = np.random.default_rng([seed, course.epoch]), len(counts.cuts)
    shifts, kinds = rng.permutation(n), rng.permutation(LANES)
    shifts = shifts[np.argsort(kinds[shifts % LANES], kind="stable")]
    tiles = counts.round(shifts)
    sizes = (tiles[:, 1] - tiles[:, 0]).reshape(n, -1).sum(1)
    kernel, workers = _kernel(config.dim), _workers(counts, config)
    rate, before, done = Rate(), int(sizes[: course.rounds].sum()), int(sizes[: course.rounds].sum())
    for first, last in _batches(sizes * _width(config.dim), shifts % LANES, course.rounds, workers > 1):
        losses = _through(
            tiles[first * n : last * n], kernel, (counts.entries, *course.model, config.learning_rate), workers
        )
        for round_losses in losses.reshape(-1, n):
            course.summed += float(round_losses.sum())
        course.rounds = last
        done += int(sizes[first:last].sum())
        report(
            Progress(
                course.epoch + done / len(counts),
                config.epochs,
                f"Epoch {course.epoch + 1} of {config.epochs}, {rate(done - before):,.0f} pairs/s",
                {"rate": rate(done - before)},
            )
        )
        yield done / len(counts)


def _workers(counts: Counts, config: GloveConfig) -> int:
    """How many threads are worth their meetings."""
    return config.workers if len(counts) * _width(config.dim) >= LANES * SHARED_FLOATS else 1


def _batches(floats: np.ndarray, kinds: np.ndarray, first: int, shared: bool) -> Iterator[tuple[int, int]]:
    """(first, last) round of what is done between two rests; where threads share them, of one kind only."""
    while first < len(floats):
        last, total = first + 1, floats[first]
        while (
            last < len(floats) and total + floats[last] <= TASK_FLOATS and (not shared or kinds[last] == kinds[first])
        ):
            total += floats[last]
            last += 1
        yield first, last
        first = last


def _through(tiles: np.ndarray, kernel: Callable, arguments: tuple, workers: int) -> np.ndarray:
    """The summed loss of each tile of some rounds after `kernel` has processed them, shared by threads lane by lane."""
    losses, every = np.zeros(len(tiles)), np.arange(len(tiles))
    if workers == 1:
        kernel(tiles, every, *arguments, losses)
        return losses
    lanes = every.reshape(-1, LANES).T.copy()
    sizes = (tiles[:, 1] - tiles[:, 0])[lanes].sum(1)
    largest_first = lanes[np.argsort(-sizes, kind="stable")]  # so that no thread ends with a large one
    with closing(in_threads(workers, lambda lane: kernel(tiles, lane, *arguments, losses), largest_first)) as results:
        for _ in results:
            pass
    return losses


class _Rests:
    """Calls session.rest about once in REST_SECONDS, with where the training stands."""

    def __init__(self, course: Course, config: GloveConfig, session: Session):
        self.course, self.config, self.session = course, config, session
        self.last = time.perf_counter()
        self.rows: Callable = course.vectors

    def __call__(self, part: float, *, always: bool = False) -> None:
        if always or time.perf_counter() - self.last >= REST_SECONDS:
            done = min((self.course.epoch + part) / self.config.epochs, 1.0)
            self.session.rest(done, self.course.words, self.rows, self.course.checkpoint)
            self.last = time.perf_counter()
