"""How long work tells of itself: it calls `report(Progress(...))` and knows nothing of files, processes or pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


class Cancelled(Exception):
    """Raised by `report` when the user has asked to stop; long work lets it pass through."""


def was_interrupted(error: BaseException | None) -> bool:
    """Whether an error goes back to a keyboard interrupt: one that meets a library being loaded becomes ImportError."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


@dataclass(frozen=True)
class Progress:
    """`step` of `total` is done. `metrics` carries numbers worth keeping.

    Metrics by name: `epoch` (1-based, float inside an epoch is never used), `loss` (mean of that finished epoch),
    `validation` (the same over held-out text), `ranking_error` (share of held-out questions answered wrongly),
    `rate` (units of work a second) with `unit` in `message`; `warning` (1) where the message must reach the log.
    """

    step: float
    total: float
    message: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def fraction(self) -> float:
        """Share done, 0 to 1; 0 when the total is not known."""
        return min(max(self.step / self.total, 0.0), 1.0) if self.total else 0.0


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """The report that says nothing."""


def span(report: Report, first: float, last: float) -> Report:
    """A report for one stage of the work: its 0 to 1 becomes `first` to `last` of the whole."""

    def inner(progress: Progress) -> None:
        report(Progress(first + (last - first) * progress.fraction, 1.0, progress.message, progress.metrics))

    return inner
