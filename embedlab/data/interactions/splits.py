"""What is kept of the interactions for training and what is held out, in three ways that ask different questions."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput, BadSetting
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions

RANDOM_SHARE = 0.2  # of the choices, held out at random
TIME_SHARE = 0.1  # of the choices, the latest
ALL = "none"  # nothing is held out


@dataclass(frozen=True)
class SplitKind:
    """One way to split. asks: the question it answers. cannot: what it does not settle."""

    title: str
    asks: str
    cannot: str


SPLITS: dict[str, SplitKind] = {
    "time": SplitKind(
        "By time",
        "What do people choose after this date, when only what came before is known?",
        "It says nothing of users and items that are new after the date, and often leaves few users to ask.",
    ),
    "last": SplitKind(
        "Last choice",
        "What does each person choose next?",
        "Other people's later choices are known to the model, so it may have seen the future.",
    ),
    "random": SplitKind(
        "At random",
        "What else might these people like, apart from what is known of them?",
        "It cannot say what comes next: choices before and after the held-out one are known.",
    ),
}


@dataclass(frozen=True, eq=False)
class Split:
    """Interactions split in two. train, test: of all users and items. cut: when the test part begins, by time only.

    leaked: how many choices of the test part are of items that nobody had chosen before the cut of the split by time,
    and that training has seen all the same; None without times.
    """

    name: str
    train: Choices
    test: Choices
    cut: float | None = None
    leaked: int | None = None


def default_split(data: Interactions) -> str:
    """By time where times are known, else at random."""
    return "time" if data.has_times else "random"


def split_of(data: Interactions, name: str, *, seed: int = 1) -> Split:
    """The interactions split by a name of SPLITS; the seed matters at random only.

    BadSetting for another name. BadInput for a split by time without times, or where nothing is left to ask.
    """
    if name not in SPLITS:
        raise BadSetting(f"There is no split {name!r}. Choose one of {', '.join(SPLITS)}.")
    choices, times = data.choices, data.times
    cut = None if times is None else cut_of(times)
    if name == "time":
        if times is None or cut is None:
            raise BadInput(
                f"{data.name!r} has no times, so it cannot be split by them. Split it by last or random, "
                "or add it again and name its time column."
            )
        kept = np.asarray(times) < cut
    else:
        kept = _kept_last(choices) if name == "last" else _kept_random(len(choices), seed)
    train, test = choices.where(kept), choices.where(~kept)
    if not len(test) or not len(train):
        raise BadInput(f"The split {name!r} of {data.name!r} leaves nothing to learn from or nothing to ask.")
    leaked = None if times is None or cut is None else _leaked(choices, times, kept, cut)
    return Split(name, train, test, cut if name == "time" else None, leaked)


def training_part(data: Interactions, name: str, *, seed: int = 1) -> Choices:
    """What a model that is to be evaluated by this split may see; all of it for ALL."""
    return data.choices if name == ALL else split_of(data, name, seed=seed).train


def cut_of(times: np.ndarray) -> float:
    """The moment from which the latest tenth of the choices was made; choices of one second stay together."""
    return float(np.quantile(np.asarray(times), 1 - TIME_SHARE, method="higher"))


def _kept_last(choices: Choices) -> np.ndarray:
    """All but the last choice of each user who has two or more."""
    kept = np.ones(len(choices), bool)
    kept[choices.offsets[1:][np.diff(choices.offsets) > 1] - 1] = False
    return kept


def _kept_random(n: int, seed: int) -> np.ndarray:
    kept = np.ones(n, bool)
    kept[np.random.default_rng(seed).permutation(n)[: round(n * RANDOM_SHARE)]] = False
    return kept


def _leaked(choices: Choices, times: np.ndarray, kept: np.ndarray, cut: float) -> int:
    """Test choices of items that training has seen but nobody had chosen before the cut."""
    first = np.full(choices.n_items, np.inf)
    np.minimum.at(first, choices.items, np.asarray(times))
    seen = np.bincount(choices.items[kept], minlength=choices.n_items) > 0
    late = seen & (first >= cut)
    return int(late[choices.items[~kept]].sum())
