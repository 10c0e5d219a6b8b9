"""Recommendations for a person: somebody in the data, or anybody who names some items, and what they rest on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.sizes import count_of
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import ALL, default_split
from embedlab.evaluation import BENCHMARKS, applicable
from embedlab.evaluation.items.ranking import best_items
from embedlab.models.recommending import Recommender
from embedlab.store.items import choices_of
from embedlab.store.runs import Run
from embedlab.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Person:
    """Who is asked for. history: int32, the numbers of the items they chose, in order. said: what could not be used."""

    name: str
    history: np.ndarray
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    """An item that may suit. because: (number of a chosen item, what it adds to the score), the most first.

    The shares add up to the score. A recommender that asks nobody, such as popularity, gives none.
    """

    item: int
    score: float
    because: tuple[tuple[int, float], ...]


def data_of(here: Workspace, run: Run) -> Interactions:
    """The interactions of a run that recommends. BadInput for another run, NotFound where they have been deleted."""
    if not run.recommends:
        raise BadInput(f"The run {run.name!r} recommends nothing. Choose a run of items, such as ALS or item2vec.")
    return choices_of(here, run)


def person_of(data: Interactions, recommender: Recommender, *, user: str | None, chosen: Sequence[str]) -> Person:
    """A user of the data by name, or somebody who chose these items by name or id.

    BadInput unless exactly one of both is given, or where none of the items is known to the model.
    """
    if bool(user) == bool(chosen):
        raise BadInput("Recommendations are for a user of the data, or for somebody who chose some items: give one.")
    if user:
        name, history = user, np.asarray(data.choices.of(data.user(user)))
    else:
        numbers = dict.fromkeys(data.item(key) for key in chosen)
        name, history = "somebody", np.array(list(numbers), np.int32)
    known = history[recommender.seen[history]]
    cold = [data.vocabulary.words[i] for i in history[~recommender.seen[history]][:3]]
    said = []
    if cold:
        said.append(
            f"{count_of(len(history) - len(known), 'chosen item')}, {cold[0]!r} among them, "
            "never occurred in training: cold items add nothing."
        )
    if not len(known):
        raise BadInput(f"None of the chosen items of {name} occurred in training, so there is nothing to go by.")
    return Person(name, np.ascontiguousarray(history, np.int32), tuple(said))


def recommended(recommender: Recommender, person: Person, k: int, n_items: int) -> list[Recommendation]:
    """The `k` best items that the person has not chosen, the best first."""
    known = person.history[recommender.seen[person.history]]
    history = Choices(np.array([0, len(known)], np.int64), known, n_items)
    top, _ = best_items(recommender, history, k)
    return [_recommendation(recommender, known, int(item)) for item in top[0] if item >= 0]


def _recommendation(recommender: Recommender, history: np.ndarray, item: int) -> Recommendation:
    shares = recommender.shares(history, item)
    order = [int(i) for i in np.argsort(-shares, kind="stable") if shares[i]]
    because = tuple((int(history[i]), float(shares[i])) for i in order)
    score = sum(share for _, share in because) if because else _flat_score(recommender, history, item)
    return Recommendation(item, float(score), because)


def _flat_score(recommender: Recommender, history: np.ndarray, item: int) -> float:
    one = Choices(np.array([0, len(history)], np.int64), history, len(recommender.seen))
    return float(recommender.scores(one)[0, item])


def recommend(
    here: Workspace, run: Run, k: int, *, user: str | None, chosen: Sequence[str]
) -> tuple[list[dict], tuple[str, ...]]:
    """([{"item", "title", "score", "because": [{"item", "title", "share"}]}], what could not be used in sentences)."""
    data = data_of(here, run)
    person = person_of(data, run.recommender, user=user, chosen=chosen)
    ids, names = data.item_ids, data.vocabulary.words
    rows = [
        {
            "item": ids[each.item],
            "title": names[each.item],
            "score": each.score,
            "because": [{"item": ids[i], "title": names[i], "share": share} for i, share in each.because],
        }
        for each in recommended(run.recommender, person, k, data.n_items)
    ]
    return rows, person.said


def note_on_vectors(run: Run, shown: str = "The map shows") -> str:
    """What a reader of maps and neighbours should know of a model that recommends by other vectors; "" for others."""
    if not dict(run.summary.get("notes") or {}).get("scored"):
        return ""
    return f"{shown} the items' own vectors; recommendations use context vectors, which recommend better."


def usual_benchmarks(here: Workspace, run: Run) -> list[str]:
    """The benchmarks a run is scored on by default: for a run of items, the split that its training held out, else the
    one that suits its data."""
    data = here.run_interactions(run)
    if data is None:
        return [name for name in applicable(here.run_corpus(run)) if BENCHMARKS[name].usual]
    split = run.spec.config.get("split", ALL)
    wanted = default_split(data) if split == ALL else split
    return [name for name in applicable(data) if BENCHMARKS[name].split == wanted]
