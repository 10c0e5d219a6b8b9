"""The score of a model of items under one split, with the yardsticks that stand beside every model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.core.sizes import count_of
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import SPLITS, Split, split_of
from embedlab.evaluation.items.measures import MEASURES, Judged, Measure, interval_of_lists, judge, times_listed
from embedlab.evaluation.items.ranking import best_items
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.scoring import UNKNOWN, Estimate, Scoring, bounded, few, mean_of, reference
from embedlab.evaluation.scoring import Measure as About
from embedlab.models import MODELS
from embedlab.models.family import Family, Trained
from embedlab.models.item_settings import SPLIT_SEED
from embedlab.models.recommending import Recommender

UNDECIDED = "This split cannot tell these methods apart."
NOT_THE_WORLD = "Scores on past choices do not say what recommending would change."


@dataclass(frozen=True, eq=False)
class ItemRun:
    """A model of items to be scored. split: what its training held out.

    anew(split, report): the recommender of the same model and settings, trained without what another split holds out.
    """

    data: Interactions
    recommender: Recommender
    split: str
    anew: Callable[[str, Report], Recommender]

    def for_split(self, name: str, report: Report = silent) -> Recommender:
        """The recommender that has not seen what this split holds out."""
        return self.recommender if self.split == name else self.anew(name, report)


@dataclass(frozen=True, eq=False)
class Asked:
    """What the lists of all models are judged by. users: those who are asked, by number."""

    data: Interactions
    split: Split
    users: np.ndarray
    k: int

    @classmethod
    def of(cls, data: Interactions, split: Split, k: int) -> "Asked":
        """Everybody with a held-out item whom training knows."""
        held, known = np.diff(split.test.offsets), np.diff(split.train.offsets)
        return cls(data, split, np.flatnonzero((held > 0) & (known > 0)), k)

    def judged(self, recommender: Recommender, report: Report = silent) -> Judged:
        """The lists of a recommender for these users, and which of them are right."""
        top, _ = best_items(recommender, self.split.train.take(self.users), self.k, report=report)
        return judge(top, self.split.test.take(self.users), self.split.train.counts)


def score_items(run: ItemRun, split_name: str, k: int, scoring: Scoring) -> BenchmarkResult:
    """The result of a model under one split: recall@k, all other measures, and the yardsticks for each.

    A model whose training did not hold this split out is trained anew without it, which the note says.
    """
    split = split_of(run.data, split_name, seed=SPLIT_SEED)
    asked = Asked.of(run.data, split, k)
    n_total = int((np.diff(split.test.offsets) > 0).sum())
    about = About("recommendation", f"recall@{k}", _digest(asked), len(asked.users), n_total)
    if not len(asked.users):
        return scoring.no_result(about, f"None of the {n_total:,} users with held-out choices is known from training.")
    recommender = run.for_split(split_name, span(scoring.report, 0, 0.6))
    judged = asked.judged(recommender, span(scoring.report, 0.6, 0.7))
    yardsticks, left_out = _yardsticks(asked, span(scoring.report, 0.7, 1))
    measured = {measure: estimate(measure, judged, scoring.seed) for measure in MEASURES}
    beside = {
        family.name: {measure: estimate(measure, found, scoring.seed) for measure in MEASURES}
        for family, found in yardsticks
    }
    main = MEASURES[0]
    anew = "" if run.split == split_name else "The model was trained anew without the held-out choices."
    return scoring.result(
        about,
        measured[main],
        UNKNOWN,
        note=" ".join(filter(None, [anew, *_said(asked), *left_out, _undecided(measured, beside), NOT_THE_WORLD])),
        references=[line for family, _ in yardsticks for line in reference(family.title, beside[family.name][main])],
        metrics=[_line(measure, k, measured[measure], _beside(beside, measure)) for measure in MEASURES],
        rows=_rows(asked, judged),
        by=[main.name.format(k=k)],
        held_out={"split": split_name, "leaked": split.leaked, "cut": split.cut},
    )


def estimate(measure: Measure, judged: Judged, seed: int) -> Estimate:
    """A measure with its interval over users."""
    if measure.of_user is not None:
        return mean_of(measure.of_user(judged), seed)
    return (_of_lists(measure, judged), *interval_of_lists(measure, judged, seed=seed))


def _of_lists(measure: Measure, judged: Judged) -> float:
    return measure.of_lists(times_listed(judged), judged) if measure.of_lists else 0.0


def _yardsticks(asked: Asked, report: Report) -> tuple[list[tuple[Family, Judged]], list[str]]:
    """(the yardsticks with their lists, popularity first; a sentence for each that cannot be had)."""
    found, left_out = [], []
    families = [family for family in MODELS.values() if family.yardstick]
    for i, family in enumerate(families):
        report(Progress(i, len(families), f"Beside it: {family.title}"))
        try:
            trained: Trained = family.train(asked.data, family.config(split=asked.split.name))
        except TrainingFailed as error:
            left_out.append(f"{family.title} is left out. {error}")
            continue
        if trained.recommender is not None:
            found.append((family, asked.judged(trained.recommender)))
    report(Progress(1, 1, "Done"))
    return found, left_out


def _line(measure: Measure, k: int, found: Estimate, beside: dict[str, dict]) -> dict:
    """One of `BenchmarkResult.metrics`, with the yardsticks of the same measure."""
    about = measure.about.format(k=k)
    return {"name": measure.name.format(k=k)} | bounded(found) | {"baseline": None, "about": about, "beside": beside}


def _beside(beside: Mapping[str, Mapping[Measure, Estimate]], measure: Measure) -> dict[str, dict]:
    return {name: bounded(found[measure]) for name, found in beside.items()}


def _said(asked: Asked) -> list[str]:
    """What the split asks and does not settle, and what it could not ask."""
    split, kind = asked.split, SPLITS[asked.split.name]
    said = [kind.asks, kind.cannot, few(len(asked.users))]
    unknown = int((np.diff(split.test.offsets) > 0).sum()) - len(asked.users)
    if unknown:
        said.append(f"{count_of(unknown, 'user')} with held-out choices {_are(unknown)} unknown to training, left out.")
    test = split.test.take(asked.users)
    new = int((split.train.counts[test.items] == 0).sum())
    if new:
        said.append(
            f"{new:,} of {len(test):,} held-out choices are of items that training never saw, so all miss them."
        )
    if split.leaked:
        said.append(
            f"{split.leaked:,} of {len(split.test):,} held-out choices are of items that nobody had chosen before the "
            "latest tenth, and training has seen these items all the same."
        )
    return said


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _undecided(measured: Mapping[Measure, Estimate], beside: Mapping[str, Mapping[Measure, Estimate]]) -> str:
    """A sentence where the intervals of all methods overlap in the first measure."""
    main = MEASURES[0]
    found = [measured[main], *(each[main] for each in beside.values())]
    lows = [low for _, low, _ in found if low is not None]
    highs = [high for _, _, high in found if high is not None]
    return UNDECIDED if lows and max(lows) <= min(highs) else ""


def _rows(asked: Asked, judged: Judged) -> list[dict]:
    """One row a user, with every measure that is of a user."""
    columns = {m.name.format(k=asked.k): m.of_user(judged) for m in MEASURES if m.of_user is not None}
    names = asked.data.users
    return [
        {"item": int(user), "user": names[user]}
        | {name: round(float(column[i]), 6) for name, column in columns.items()}
        for i, user in enumerate(asked.users)
    ]


def _digest(asked: Asked) -> str:
    parts = (asked.data.id, asked.split.name, SPLIT_SEED, asked.k)
    return blake2b(" ".join(map(str, parts)).encode(), digest_size=8).hexdigest()
