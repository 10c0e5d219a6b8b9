"""The input of a colouring: the drawn points with their vectors and, where known, counts and documents."""

from dataclasses import dataclass

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.points import Points
from embedlab.projections.colouring.layers import Regions


@dataclass(frozen=True, eq=False)
class Drawn:
    """The n points of a map, in the order they are drawn.

    vectors: float32 (n, dim). counts: int64 (n,), of words or items. corpus: where they come from, or chosen, for items
    and users; ids: int64 (n,), the numbers of drawn documents or users in it. target, target_name: the vector that
    distance is measured to. kept: see `trust.kept_neighbours`. stable: the overlap of each word's neighbours across
    seeds. regions: those of the map.
    """

    vectors: np.ndarray
    points: Points
    counts: np.ndarray | None = None
    corpus: Corpus | None = None
    ids: np.ndarray | None = None
    target: np.ndarray | None = None
    target_name: str = ""
    kept: np.ndarray | None = None
    stable: np.ndarray | None = None
    regions: Regions | None = None
    seed: int = 1
    chosen: Interactions | None = None

    @property
    def words(self) -> list[str] | None:
        """The names where the points are words, else None."""
        return list(self.points.names) if self.points.kind == "words" else None

    @property
    def documents(self) -> np.ndarray | None:
        """The numbers of the drawn documents in the corpus, None for other points."""
        return self.ids if self.points.kind == "documents" and self.corpus is not None else None
