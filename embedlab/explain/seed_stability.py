"""Seed stability: the share of a word's neighbours that survive retraining with other seeds.

Antoniak and Mimno 2018, "Evaluating the stability of embedding-based word similarities": the neighbours of one
training are one random draw. Those that every seed finds can be trusted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import Kept, read_npz, save_npz
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.explain.compare import MOST_WORDS, common_words, jaccard, random_overlap
from embedlab.projections.graph import knn
from embedlab.vectors.embedding import Embedding

FILE = "retrained.npz"  # in the folder of the run that was trained again
FORMAT = 1
SHAKY = 0.25  # with this overlap, of 10 neighbours two seeds share 4


KEPT = Kept(
    "The comparison of seeds",
    "This run has not been trained again with other seeds. Check its stability first.",
    "Delete it and check the stability again.",
)


@dataclass(frozen=True, eq=False)
class Retrained:
    """The neighbours of each word in trainings with several seeds, from the most to the least frequent word.

    near: int32 (n_seeds, n, k), rows of the k nearest words, nearest first; counts: int64 (n,), 0 where unknown.
    """

    words: list[str]
    seeds: tuple[int, ...]
    near: np.ndarray
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    @property
    def k(self) -> int:
        return self.near.shape[2]

    @cached_property
    def kept(self) -> np.ndarray:
        """Mean Jaccard index of each word's neighbours over all pairs of seeds, float32 (n,): 1 is fully stable."""
        pairs = list(combinations(range(len(self.near)), 2))
        return np.mean([jaccard(self.near[a], self.near[b]) for a, b in pairs], axis=0, dtype=np.float64).astype(
            np.float32
        )

    def kept_of(self, words: Iterable[str]) -> np.ndarray | None:
        """`kept` of these words, float32 (n_words,); None where it is not known of all of them."""
        value, words = dict(zip(self.words, self.kept.tolist(), strict=True)), list(words)
        return np.array([value[word] for word in words], np.float32) if value.keys() >= set(words) else None

    @property
    def baseline(self) -> float:
        """The mean overlap of neighbours drawn at random."""
        return random_overlap(len(self), self.k)

    def agreed(self, row: int) -> list[tuple[str, int]]:
        """(neighbour, number of seeds) of a word, by number of seeds, then by rank in the first seed that has it."""
        found: dict[int, int] = {}
        for near in self.near[:, row]:
            for other in near.tolist():
                found[other] = found.get(other, 0) + 1
        return [(self.words[other], n) for other, n in sorted(found.items(), key=lambda item: -item[1])]

    def save(self, path: Path) -> None:
        """Write one .npz: arrays, and the rest as JSON. A reader sees the whole file or none."""
        save_npz(path, {"format": FORMAT, "words": self.words, "seeds": self.seeds}, near=self.near, counts=self.counts)

    @classmethod
    def load(cls, path: Path) -> "Retrained":
        """What was saved at `path`; NotFound if there is nothing, BadInput if the file is something else."""
        about, stored = read_npz(path, KEPT, about=("words", "seeds"), arrays=("near", "counts"))
        return cls(about["words"], tuple(about["seeds"]), stored["near"], stored["counts"])


def retrained(
    trainings: Sequence[tuple[int, Embedding]], *, k: int = 10, limit: int | None = MOST_WORDS, report: Report = silent
) -> Retrained:
    """The neighbours of the `limit` most frequent words in two or more trainings, each (seed, embedding).

    Neighbours are exact, by cosine, among the words that all trainings have. BadInput for fewer than two trainings or
    too few words.
    """
    if len(trainings) < 2:
        raise BadInput(f"Stability needs at least 2 trainings; got {len(trainings)}. Train with more seeds.")
    first = trainings[0][1]
    words = common_words(first, first)
    for _, other in trainings[1:]:
        words = [word for word in words if word in other.ids]
    words = words[:limit]
    if len(words) <= k:
        raise BadInput(
            f"The trainings share {len(words):,} words, too few for {k} neighbours each. Use a larger corpus."
        )
    near = np.empty((len(trainings), len(words), k), np.int32)
    for i, (_, embedding) in enumerate(trainings):
        part = span(report, i / len(trainings), (i + 1) / len(trainings))
        near[i] = knn(embedding.vectors[embedding.rows(words)], k, metric="cosine", report=part)[0]
    report(Progress(1, 1, "Neighbours compared"))
    counts = (
        np.zeros(len(words), np.int64)
        if first.counts is None
        else np.asarray(first.counts, np.int64)[first.rows(words)]
    )
    return Retrained(words, tuple(int(seed) for seed, _ in trainings), near, counts)
