"""What families say before training: sentences of advice, and estimates of time and memory."""

from collections.abc import Iterable
from dataclasses import dataclass

from embedlab.core.sizes import duration, size
from embedlab.data.corpus import Corpus

LEVELS = ("warning", "note", "good")  # the most serious first


@dataclass(frozen=True)
class Advice:
    """One thing to know before training: level is "good", "note" or "warning".

    setting, value: the setting that the sentence would change and the value that it asks for; "" and None where it asks
    for something else. stops: whether training would end at once with an error, so that starting it makes no sense.
    """

    level: str
    sentence: str
    setting: str = ""
    value: int | float | str | bool | None = None
    stops: bool = False


@dataclass(frozen=True)
class Estimate:
    """The rough cost of a training: seconds on two cores, and bytes of memory at the peak."""

    seconds: float
    bytes: float

    @property
    def sentence(self) -> str:
        """Both in words."""
        return f"Rough estimate: {duration(self.seconds)} on two cores and {size(self.bytes)} of memory."


def by_urgency(found: Iterable[Advice]) -> tuple[Advice, ...]:
    """The same advice, the most serious first."""
    return tuple(sorted(found, key=lambda advice: LEVELS.index(advice.level)))


def token_bytes(corpus: Corpus) -> float:
    """The memory that the token ids of a corpus take."""
    return 4.0 * corpus.n_tokens


def share_of_two(workers: int) -> float:
    """The speed with this many threads, as a share of that with two: no machine is taken to have more."""
    return min(max(workers, 1), 2) / 2
