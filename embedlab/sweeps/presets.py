"""Sweeps that teach, ready to start: how large vectors should be, what the window does, and how items differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from embedlab.data.bundled import BUNDLED
from embedlab.data.interactions.bundled import BUNDLED_ITEMS
from embedlab.models import MODELS
from embedlab.store.workspace import Workspace
from embedlab.sweeps.spec import SweepSpec, axis_of
from embedlab.sweeps.table import Board
from embedlab.vectors.embedding import Embedding


@dataclass(frozen=True)
class Lesson:
    """A lesson: what it asks, on which bundled data it is best tried, and the sweep that answers it."""

    key: str
    title: str
    question: str
    corpus: str
    vary: Mapping[str, str]
    settings: Mapping
    objective: str
    also: tuple[str, ...]
    seeds: int = 3
    budget: float = 10.0
    family: str = "word2vec"

    @property
    def kind(self) -> str:
        """What kind of data it learns from: texts or interactions."""
        return MODELS[self.family].learns_from

    @property
    def corpus_title(self) -> str:
        """The name that the bundled data have in a workspace."""
        return (BUNDLED if self.corpus in BUNDLED else BUNDLED_ITEMS)[self.corpus].title

    def spec(self, corpus_id: str) -> SweepSpec:
        """The sweep on a corpus. Nothing is pruned: a lesson shows the bad ends too."""
        families = (self.family,)
        vary = {name: axis_of(name, values, families) for name, values in self.vary.items()}
        return SweepSpec(
            corpus_id,
            families,
            vary,
            {self.family: dict(self.settings)},
            seeds=self.seeds,
            objective=self.objective,
            also=self.also,
            budget=self.budget,
            prune=False,
            purpose=self.key,
        )


LESSONS = {
    "size": Lesson(
        "size",
        "Embedding size",
        "Too few dimensions lose information, too many learn the text by heart. Where is the middle for this corpus?",
        "lee",
        {"dim": "2, 5, 10, 25, 50, 100, 200, 600"},
        {"epochs": 50, "min_count": 5},
        "validation",
        ("wordsim353", "simlex999"),
    ),
    "window": Lesson(
        "window",
        "Context window",
        "A narrow window finds words that can stand in the same place, a wide one words about the same thing. Does it "
        "here? Narrow "
        "windows train for more epochs, so that all see as many pairs.",
        "enwiki",
        {"window": "1, 2, 3, 5, 10, 20"},
        {"epochs": 12, "dim": 50, "min_count": 5},
        "wordsim353",
        ("simlex999", "google-analogies"),
    ),
    "items": Lesson(
        "items",
        "Why the settings of text fail for items",
        "Word2Vec comes with settings of text: a window in order, few passes, negatives by count to the power 0.75. "
        "Do they suit what people choose? Each of them is tried with and without the others.",
        "tastes",
        {"epochs": "5, 30", "exponent": "0.75, -0.5", "order": "true, false"},
        {"window": 5},
        "items-last",
        (),
        seeds=1,
        family="item2vec",
    ),
}
TEXT_SETTINGS: Mapping = {"epochs": 5, "exponent": 0.75, "order": True}  # what the lesson on items begins with


def neighbour_lists(workspace: Workspace, board: Board, word: str, *, k: int = 8) -> dict[str, list[str]]:
    """The neighbours of a word at each point whose first seed is done: label -> words, nearest first.

    {} if no run has it.
    """
    found = {}
    for point in board.points:
        done = [trial for trial in point.trials if trial.status == "done"]
        if done and MODELS[point.family].has_vectors:
            embedding: Embedding = workspace.run(done[0].run).embedding
            if word in embedding:
                found[point.label] = [neighbour.word for neighbour in embedding.neighbours(word, k=k)]
    return found
