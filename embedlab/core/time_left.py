"""How long work still takes: an estimate made beforehand, corrected by the pace of the work itself."""

from dataclasses import dataclass

HALFWAY = 0.05  # share of the work after which its own pace counts as much as the estimate
LEAST_SHARE = 0.01  # without an estimate, the pace says nothing before so much is done
TAIL = 0.25  # of its total, what is taken to remain of an estimate that has run out


@dataclass(frozen=True)
class Clock:
    """Where a piece of work stands.

    elapsed: seconds since the start. share: how much is done, 0 to 1. expected: the estimate of the total in seconds,
    or None. waited: seconds before the first share was done, such as loading, which the pace leaves out.
    """

    elapsed: float
    share: float
    expected: float | None = None
    waited: float = 0.0

    @property
    def left(self) -> float | None:
        """Seconds still to go, 0 or more; None where nothing is known yet.

        It is the geometric mean of what the estimate and the pace say, weighed by the share done: the answer moves
        steadily from one to the other, and an estimate that is ten times off is soon outweighed either way.
        """
        share = min(max(self.share, 0.0), 1.0)
        if share == 1:
            return 0.0
        worked = max(self.elapsed - self.waited, 0.0)
        by_pace = worked * (1 - share) / share if share else None
        if not self.expected:
            return by_pace if share > LEAST_SHARE else None
        # An estimate that has run out was too short; what waits longer is taken to need longer.
        by_estimate = max(self.expected - self.elapsed, TAIL * (1 - share) * max(self.expected, self.elapsed))
        if not by_pace:
            return by_estimate
        weight = share / (share + HALFWAY)
        return by_pace**weight * by_estimate ** (1 - weight)
