"""Projection: a finished map with everything needed to trust, repeat and reuse it, in one .npz file."""

from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import Kept, read_npz, save_npz
from embedlab.core.progress import span
from embedlab.core.settings import from_dict
from embedlab.projections.graph import Neighbours
from embedlab.projections.layout import LayoutOptions, checked_vectors
from embedlab.projections.methods import method_named
from embedlab.projections.sampling import drawn_sentence
from embedlab.projections.trust import trust_scores

FORMAT = 2  # maps of format 1 used other defaults and are computed again


@dataclass(frozen=True, eq=False)
class Projection:
    """A map of some rows of an embedding.

    ids: int64 (n,) rows that were drawn, distinct; coords: float32 (n, 2 or 3); scores: see trust.py; n_total: how
    many could have been drawn; what: "words" or "documents"; notes: sentences about settings that were changed;
    explained: share of the variance on each axis, PCA only; start: float32 like coords, the layout of another map
    that it started from, if any.
    """

    method: str
    params: dict[str, Any]
    ids: np.ndarray
    coords: np.ndarray
    seed: int = 1
    scores: dict[str, float | int] = field(default_factory=dict)
    n_total: int = 0
    what: str = "words"
    notes: tuple[str, ...] = ()
    explained: tuple[float, ...] = ()
    start: np.ndarray | None = None

    def __post_init__(self):
        ids, coords = np.array(self.ids, np.int64), np.array(self.coords, np.float32)
        if ids.ndim != 1 or coords.shape not in ((len(ids), 2), (len(ids), 3)):
            raise BadInput(f"A map needs 2 or 3 coordinates for each of its {ids.size:,} points; got {coords.shape}.")
        if not np.isfinite(coords).all():
            raise BadInput("The computed map has coordinates that are not numbers. Lower the learning rate.")
        start = None if self.start is None else np.array(self.start, np.float32)
        if start is not None and start.shape != coords.shape:
            raise BadInput(f"A map of shape {coords.shape} cannot start from coordinates of shape {start.shape}.")
        ids.flags.writeable = coords.flags.writeable = False
        for name, value in (
            ("ids", ids),
            ("coords", coords),
            ("n_total", max(self.n_total, len(ids))),
            ("notes", tuple(self.notes)),
            ("explained", tuple(self.explained)),
            ("start", start),
        ):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def metric(self) -> str:
        """The distance of the map's settings, "cosine" or "euclidean"; cosine for a method that has no such setting."""
        return self.params.get("metric", "cosine")

    @property
    def n_components(self) -> int:
        return self.coords.shape[1]

    @property
    def title(self) -> str:
        """The usual name of the method: PCA, t-SNE or UMAP."""
        return method_named(self.method).title

    @property
    def drawn(self) -> str:
        """How many of how many points are on the map, as a sentence."""
        return drawn_sentence(len(self), self.n_total, self.what)

    def positions(self, ids) -> np.ndarray:
        """Positions on the map of rows of the embedding, int64; rows that are not drawn are left out."""
        order = np.argsort(self.ids)
        wanted = np.asarray(list(ids), np.int64)
        at = np.minimum(np.searchsorted(self.ids[order], wanted), max(len(self) - 1, 0))
        found = order[at] if len(self) else at
        return found[self.ids[found] == wanted] if len(self) else found[:0]

    def save(self, path: Path) -> None:
        """Write one .npz: the arrays, and the rest as JSON. A reader sees the old file or the whole new one."""
        about = {
            "format": FORMAT,
            "method": self.method,
            "params": self.params,
            "seed": self.seed,
            "scores": self.scores,
            "n_total": self.n_total,
            "what": self.what,
            "notes": list(self.notes),
            "explained": list(self.explained),
        }
        arrays = {"ids": self.ids, "coords": self.coords} | ({} if self.start is None else {"start": self.start})
        save_npz(Path(path), about, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Projection":
        """The map saved at `path`; NotFound if there is none, BadInput if the file is not one."""
        path = Path(path)
        kept = Kept("The map", f"There is no map {path.name!r}. Compute it again.", "Compute it again.")
        about, arrays = read_npz(path, kept, about=("method", "params"), arrays=("ids", "coords"))
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in (about | arrays).items() if name in known})


@dataclass(frozen=True, eq=False)
class Sample:
    """The points to draw. ids: rows; n_total: how many rows there were to choose from; what: words or documents."""

    ids: np.ndarray
    n_total: int | None = None
    what: str = "words"


def projection_of(
    vectors: np.ndarray,
    sample: Sample | np.ndarray,
    method: str,
    config: Any = None,
    *,
    graphs: Path | None = None,
    **options,
) -> Projection:
    """The map of some rows of `vectors` (n, dim), with its trust scores.

    sample: a Sample, or the rows alone. config: the method's dataclass, a dict of its settings, or None for the
    defaults. graphs: a folder that keeps neighbour graphs for the next map. options: fields of LayoutOptions.
    """
    sample = sample if isinstance(sample, Sample) else Sample(sample)
    asked = LayoutOptions(**options)
    ids = np.asarray(sample.ids, np.int64)
    chosen = checked_vectors(np.asarray(vectors)[ids], asked.n_components)
    chosen_method = method_named(method)
    if config is None or isinstance(config, dict):
        config = from_dict(chosen_method.config, config or {})
    metric = getattr(config, "metric", "cosine")  # as neighbour lists measure, where the method has no choice
    neighbours = Neighbours(chosen, metric, graphs)
    made = chosen_method.project(
        chosen, config, replace(asked, report=span(asked.report, 0.0, 0.9), neighbours=neighbours)
    )
    scores = trust_scores(neighbours, made.coords, seed=asked.seed, report=span(asked.report, 0.9, 1.0))
    return Projection(
        method=method,
        params=asdict(config),
        ids=ids,
        coords=made.coords,
        seed=asked.seed,
        scores=scores,
        n_total=len(vectors) if sample.n_total is None else sample.n_total,
        what=sample.what,
        notes=made.notes + one_direction_note(chosen, metric),
        explained=made.explained,
        start=None if method == "pca" else asked.start,
    )


def one_direction_note(vectors: np.ndarray, metric: str) -> tuple[str, ...]:
    """A sentence when all vectors differ in length alone and the metric ignores length; else nothing."""
    if metric != "cosine":
        return ()
    lengths = np.linalg.norm(vectors, axis=1)
    if (vectors @ vectors[lengths.argmax()] < (1 - 1e-5) * lengths * lengths.max()).any():
        return ()
    return (
        "All vectors point in the same direction, so every cosine is 1 and the layout is random. "
        "Choose the Euclidean distance.",
    )
