"""The loop of every torch training: epochs of batches, progress, checkpoints, losses, held-out measures.

A family hands in functions; the loop knows nothing of networks. `Course` is what it changes and what a checkpoint keeps
of it. A resumed training therefore makes the same steps as one that never stopped.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from embedlab.core.errors import TrainingFailed
from embedlab.core.parallel import Rate


@dataclass(eq=False)
class Course:
    """Where a training stands.

    epoch: epochs that are over; batch: batches done of the next; step: batches done in all. summed, seen: the losses of
    this epoch times their weights, and the weights. amount: items processed in all. seconds: of steps alone. records:
    one an epoch, {"epoch", "loss"} and what was measured.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    summed: float = 0.0
    seen: float = 0
    amount: int = 0
    seconds: float = 0.0
    records: list[dict] = field(default_factory=list)

    def column(self, name: str) -> list[float]:
        """A number of every record that has it, such as "loss"."""
        return [record[name] for record in self.records if name in record]


@dataclass(frozen=True)
class Step:
    """What a step gave: the loss before it times its weight in the epoch, that weight, and the items it processed."""

    summed: float
    weight: float
    amount: int


def records_of(losses: Sequence[float], validation: Sequence[float]) -> list[dict]:
    """The records of epochs by their losses and, where there are any, held-out losses."""
    held_out = [{"validation": value} for value in validation] or [{}] * len(losses)
    return [{"epoch": i, "loss": loss} | more for i, (loss, more) in enumerate(zip(losses, held_out, strict=True), 1)]


def nothing(course: Course) -> None:
    """Does nothing."""


@dataclass(frozen=True)
class Loop:
    """The parts of a training.

    n_epochs, n_steps: in all. batches(epoch): those of an epoch, the same every time; called as the epoch begins, and
    again when a training resumes within it. step(batch, tick): learns from a batch and returns a `Step`; where it takes
    long, it calls tick(share of the batch done). measure(): held-out measures at the end of an epoch by name,
    "validation" first; {} without any. rest(share): saves or shows what is due, and may raise Paused. tell(share,
    message, metrics): reports progress, and may raise Cancelled. unit: of the items, for "texts/s".
    between(course): after a step within an epoch. ended(course): after an epoch, before the rest. corpus: its name, for
    errors. rest_every: seconds between two rests within an epoch.
    """

    n_epochs: int
    n_steps: int
    batches: Callable[[int], Sequence]
    step: Callable[..., Step]
    measure: Callable[[], Mapping[str, float]]
    rest: Callable[[float], None]
    tell: Callable[[float, str, Mapping], None]
    unit: str
    corpus: str
    between: Callable[[Course], None] = nothing
    ended: Callable[[Course], None] = nothing
    rest_every: float = 0.0


def train(loop: Loop, course: Course) -> None:
    """Every epoch that is left. TrainingFailed where no batch of an epoch holds anything to learn from."""
    while course.epoch < loop.n_epochs:
        batches = loop.batches(course.epoch)
        _steps(loop, course, batches)
        _end_epoch(loop, course)


def name_of(loop: Loop, course: Course) -> str:
    """The epoch under way, for messages."""
    return f"Epoch {course.epoch + 1} of {loop.n_epochs}"


def _steps(loop: Loop, course: Course, batches: Sequence) -> None:
    """The steps that are left of an epoch, with a rest between two of them whenever one is due."""
    rate, first, rested, name = Rate(), course.amount, time.monotonic(), name_of(loop, course)
    loop.tell(course.step / loop.n_steps, name, {})
    while course.batch < len(batches):
        batch, began = batches[course.batch], time.perf_counter()

        def tick(part: float) -> None:
            loop.tell((course.step + part) / loop.n_steps, name, {})

        made = loop.step(batch, tick)
        course.summed += made.summed
        course.seen, course.amount = course.seen + made.weight, course.amount + made.amount
        course.batch, course.step = course.batch + 1, course.step + 1
        course.seconds += time.perf_counter() - began
        speed = rate(course.amount - first)
        loop.tell(course.step / loop.n_steps, f"{name}, {speed:,.0f} {loop.unit}/s", {"rate": speed})
        if course.batch < len(batches):
            loop.between(course)
            if time.monotonic() - rested >= loop.rest_every:
                loop.rest(course.step / loop.n_steps)
                rested = time.monotonic()


def _end_epoch(loop: Loop, course: Course) -> None:
    """The record of an epoch: its mean loss, and what is measured on held-out data."""
    if not course.seen:
        raise TrainingFailed(
            f"The texts of {loop.corpus!r} are empty, so there is nothing to train on. Choose another corpus."
        )
    loss, name = course.summed / course.seen, name_of(loop, course)
    measured = dict(loop.measure())
    course.records.append({"epoch": course.epoch + 1, "loss": loss} | measured)
    course.epoch, course.batch, course.summed, course.seen = course.epoch + 1, 0, 0.0, 0
    loop.ended(course)
    said = "".join(f", {key} {value:.3f}" for key, value in measured.items() if key != "validation")
    loop.tell(course.step / loop.n_steps, f"{name} done{said}", course.records[-1])
    loop.rest(course.step / loop.n_steps)
