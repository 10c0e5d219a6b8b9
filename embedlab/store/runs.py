"""A run as the catalog and its folder show it, and the spec that repeats it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import NotFound
from embedlab.data.attributes import stored_attributes
from embedlab.models.recommending import FILE as RECOMMENDER
from embedlab.models.recommending import Recommender, load_recommender
from embedlab.models.training import checkpoints
from embedlab.models.training.checkpoints import Place
from embedlab.store.catalog import ENDED
from embedlab.vectors.embedding import Embedding

if TYPE_CHECKING:
    import pyarrow as pa

START = "@start"  # behind the id or name of a run: as it was before training


@dataclass(frozen=True)
class RunSpec:
    """Everything needed to repeat a run; JSON through `asdict`. base: the id of the run it begins from, if any."""

    corpus_id: str | None
    model: str
    config: Mapping
    seed: int
    name: str
    base: str | None = None


@dataclass(frozen=True)
class Run:
    """A run as the catalog and its folder show it.

    status: queued, running, paused, done, failed, cancelled, pruned or interrupted; `message` says why it is not done.
    sweep, point: the sweep it is a trial of and the number of its settings there; None for a run of its own.
    summary: words, dim, seconds, words_per_second, loss (one mean per epoch), notes; empty until done.
    at_start: whether this is the run as its fine-tune began, see `began`.
    """

    id: str
    spec: RunSpec
    status: str
    message: str
    created: str
    started: str | None
    finished: str | None
    summary: Mapping
    folder: Path
    sweep: str | None = None
    point: int | None = None
    at_start: bool = False

    @property
    def name(self) -> str:
        return self.spec.name

    @cached_property
    def embedding(self) -> Embedding:
        """The trained words and vectors; NotFound while the run is not done."""
        if self.status != "done":
            advice = {
                "queued": "Wait until it is done.",
                "running": "Wait until it is done.",
                "paused": "Resume it.",
            }.get(self.status, "Train it again.")
            raise NotFound(f"The run {self.name!r} is {self.status}, so it has no vectors. {advice}")
        if not self.has_vectors:
            raise NotFound(
                f"The items of {self.name!r} have no vectors: this model compares choices only. It recommends, and it "
                "is scored; for maps and neighbours train one with vectors, such as ALS."
            )
        embedding = Embedding.load(self.folder)
        return replace(embedding, vectors=np.array(self.before("words"))) if self.at_start else embedding

    def began(self) -> "Run":
        """The run as its fine-tune began: the same words with the vectors they had. NotFound for a run that keeps none.

        Its id is that of the run and START, which `Workspace.run` understands.
        """
        if self.before("words") is None:
            raise NotFound(
                f"The run {self.name!r} keeps no vectors of before its training. Runs that fine-tune a model keep them."
            )
        return replace(
            self, id=self.id + START, spec=replace(self.spec, name=f"{self.name}, before training"), at_start=True
        )

    @property
    def resumable_at(self) -> Place | None:
        """The place of its last checkpoint; None while it trains, when it is done, or without one."""
        ended_early = self.status in ENDED and self.status != "done"
        return checkpoints.place_of(self.folder / "checkpoint") if ended_early else None

    @property
    def size(self) -> int:
        """Bytes its folder takes on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    @property
    def attributes(self) -> "pa.Table | None":
        """What an imported file held beside names and vectors, row by row; None where there is nothing."""
        return None if self.status != "done" else stored_attributes(self.folder)

    @property
    def has_vectors(self) -> bool:
        """Whether it ended in vectors: some models of items have none."""
        return self.status == "done" and self.summary.get("dim") != 0

    @property
    def recommends(self) -> bool:
        """Whether it was trained on who chose what, and recommends items."""
        return (self.folder / RECOMMENDER).exists()

    @cached_property
    def recommender(self) -> Recommender:
        """What it recommends by; NotFound for a run that recommends nothing."""
        return load_recommender(self.folder, self.name)

    @property
    def has_documents(self) -> bool:
        """Whether the run embeds whole documents by itself (a transformer does)."""
        return (self.folder / "documents.npy").exists()

    @cached_property
    def documents(self) -> np.ndarray | None:
        """The vectors of the corpus documents, float32 (n_documents, dim), or None for a model of words."""
        if self.at_start:
            return self.before("documents")
        return np.load(self.folder / "documents.npy", mmap_mode="r") if self.has_documents else None

    def before(self, what: str) -> np.ndarray | None:
        """The "words" or "documents" as a fine-tune began, shaped like those it ended with; None for other runs."""
        path = self.folder / f"before-{what}.npy"
        return np.load(path, mmap_mode="r") if path.exists() else None

    @property
    def encoder_folder(self) -> Path | None:
        """The sentence-transformers folder of a transformer run, or None."""
        return self.folder / "model" if (self.folder / "model").is_dir() else None
