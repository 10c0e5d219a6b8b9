"""Fitting GloVe: AdaGrad over the tiles of the counts, in an order that seed and epoch decide.

The result is the same to the last bit on any number of threads and however often training pauses: see `cooccurrence`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.core.parallel import Rate, in_threads
from embedlab.core.progress import Progress, Report, silent
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.cooccurrence import LANES
from embedlab.models.glove.counts import Counts
from embedlab.models.glove.held_out import METRIC, Questions, ranking_error
from embedlab.models.glove.parameters import Course, width_of
from embedlab.models.training.session import ALONE, Session

TASK_FLOATS = 2**26  # entries times width of one training task: a fraction of a second
SHARED_FLOATS = 2**18  # less than this between two meetings is quicker on one thread than shared out
REST_SECONDS = 0.5  # how often training may be looked at ...
RESTS = 48  # ... or more often, so that even a short training can be watched
DIVERGED = 100  # times the loss of parameters that are all zero


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted: the counts, the questions of the held-out text or None, the settings and the seed."""

    counts: Counts
    questions: Questions | None
    config: GloveConfig
    seed: int = 1


def fit(problem: Problem, course: Course, *, report: Report = silent, session: Session = ALONE) -> None:
    """Train `course` to the last epoch. Between two pieces of work nothing is in flight: there it reports and rests."""
    counts, questions, config = problem.counts, problem.questions, problem.config
    rest, bound = _Rests(course, config, session), DIVERGED * max(counts.null_loss(), 1e-3)
    rest(0.0, always=True)
    while course.epoch < config.epochs:
        for part in _epoch(problem, course, report):
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


def kernel_of(dim: int) -> Callable:
    """The compiled kernel that trains vectors of `dim`."""
    from embedlab.kernels.glove import training

    return training(width_of(dim))


def _epoch(problem: Problem, course: Course, report: Report) -> Iterator[float]:
    """Go through the rounds of this epoch that are left, in an order that seed and epoch decide; yields the share done.

    Rounds whose shifts are equal modulo LANES follow each other, so that threads may process them lane by lane.
    """
    counts, config = problem.counts, problem.config
    rng, n = np.random.default_rng([problem.seed, course.epoch]), len(counts.cuts)
    shifts, kinds = rng.permutation(n), rng.permutation(LANES)
    shifts = shifts[np.argsort(kinds[shifts % LANES], kind="stable")]
    tiles = counts.round(shifts)
    sizes = (tiles[:, 1] - tiles[:, 0]).reshape(n, -1).sum(1)
    kernel, workers = kernel_of(config.dim), _workers(counts, config)
    rate, before, done = Rate(), int(sizes[: course.rounds].sum()), int(sizes[: course.rounds].sum())
    floats = sizes * width_of(config.dim)
    most = min(TASK_FLOATS, int(floats.sum()) * config.epochs // RESTS)
    for first, last in _batches(floats, shifts % LANES if workers > 1 else None, course.rounds, most):
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
    return config.workers if len(counts) * width_of(config.dim) >= LANES * SHARED_FLOATS else 1


def _batches(floats: np.ndarray, kinds: np.ndarray | None, first: int, most: int) -> Iterator[tuple[int, int]]:
    """(first, last) round of what is done between two rests, about `most` floats; of one kind only where given."""
    while first < len(floats):
        last, total = first + 1, floats[first]
        while last < len(floats) and total + floats[last] <= most and (kinds is None or kinds[last] == kinds[first]):
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
    """Calls session.rest once in REST_SECONDS or in one of RESTS parts of training, with where the training stands."""

    def __init__(self, course: Course, config: GloveConfig, session: Session):
        self.course, self.config, self.session = course, config, session
        self.last, self.done = time.perf_counter(), 0.0
        self.rows: Callable = course.vectors

    def __call__(self, part: float, *, always: bool = False) -> None:
        done = min((self.course.epoch + part) / self.config.epochs, 1.0)
        if always or time.perf_counter() - self.last >= REST_SECONDS or done - self.done >= 1 / RESTS:
            self.session.rest(done, self.course.words, self.rows, self.course.checkpoint)
            self.last, self.done = time.perf_counter(), done
