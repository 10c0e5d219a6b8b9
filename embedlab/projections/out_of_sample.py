"""New points on a finished map (out-of-sample). The map does not move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.settings import from_dict
from embedlab.projections.distances import prepared
from embedlab.projections.graph import nearest_among
from embedlab.projections.layout import LayoutOptions
from embedlab.projections.pca import principal_components
from embedlab.projections.projection import Projection
from embedlab.projections.trust import scored_k
from embedlab.projections.umap import UMAPConfig, memberships, optimised
from embedlab.vectors.embedding import Embedding

EPOCHS = 60


@dataclass(frozen=True, eq=False)
class Placed:
    """Points placed on a finished map. rows: int64 (n,) of the items, -1 for others, such as a typed text.

    vectors: float32 (n, dim); coords: float32 (n, dims); beside: int64 (n,), the row of the nearest drawn point.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    vectors: np.ndarray
    coords: np.ndarray
    beside: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    @property
    def keys(self) -> np.ndarray:
        """A distinct number for each point, int64 (n,): its row, or -1, -2 ... for those that are no items."""
        return np.where(self.rows < 0, -np.cumsum(self.rows < 0), self.rows)


def place(
    items: Embedding,
    projection: Projection,
    *,
    rows: Sequence[int] = (),
    names: Sequence[str] = (),
    vectors: np.ndarray | None = None,
) -> Placed:
    """Items that the map does not draw, and other vectors (n, dim) with `names`, placed on the finished map.

    BadInput for an item that is drawn, and for a zero vector where the map measures by cosine.
    """
    rows = np.asarray(list(rows), np.int64)
    if drawn := projection.ids[projection.positions(rows)].tolist():
        raise BadInput(f"{items.words[drawn[0]]!r} is drawn on this map already. Search for it.")
    new = items.vectors[rows]
    if vectors is not None:
        new = np.concatenate([new, np.asarray(vectors, np.float32)])
    names = (*(items.words[row] for row in rows), *names)
    empty = np.flatnonzero(~new.any(axis=1))
    if len(empty) and projection.metric == "cosine":
        raise BadInput(
            f"The vector of {names[empty[0]]!r} is zero, so it has no nearest point on this map. Leave it out, or draw "
            "the map by Euclidean distance."
        )
    coords = transform(new, items.vectors[projection.ids], projection, seed=projection.seed)
    rows = np.concatenate([rows, np.full(len(names) - len(rows), -1)])
    beside = (
        projection.ids[nearest_among(coords, projection.coords, 1, metric="euclidean")[0][:, 0]] if len(names) else rows
    )
    return Placed(names, rows, new, coords, beside)


def kept_by_placed(placed: Placed, items: Embedding, projection: Projection) -> np.ndarray:
    """The share of true neighbours among the drawn points that each placed point keeps on the map, float32."""
    k = scored_k(len(projection))
    true, _ = nearest_among(placed.vectors, items.vectors[projection.ids], k, metric=projection.metric)
    drawn, _ = nearest_among(placed.coords, projection.coords, k, metric="euclidean")
    return np.array([len(set(a) & set(b)) / k for a, b in zip(true.tolist(), drawn.tolist(), strict=True)], np.float32)


def transform(
    new_vectors: np.ndarray, old_vectors: np.ndarray, projection: Projection, *, n_neighbors: int = 15, seed: int = 1
) -> np.ndarray:
    """Coordinates float32 (m, dims) of new vectors (m, dim) on a map; old_vectors (n, dim): of its points, in order.

    PCA projects them onto its axes. On other maps each starts at the mean of its nearest old points, with UMAP's edge
    weights. On a UMAP map it is then optimised with the old points fixed.
    """
    new, old = np.asarray(new_vectors, np.float32), np.asarray(old_vectors, np.float32)
    if new.ndim != 2 or new.shape[1] != old.shape[1] or len(old) != len(projection):
        raise BadInput(
            f"A map of {len(projection):,} points needs their vectors and new ones of the same dimension; "
            f"got arrays of shape {old.shape} and {new.shape}."
        )
    metric = projection.metric
    if not len(new):
        return np.zeros((0, projection.n_components), np.float32)
    if projection.method == "pca":
        return _onto_axes(new, old, metric, projection)
    k = min(projection.params.get("n_neighbors", n_neighbors), len(old) - 1)
    indices, distances = nearest_among(new, old, k, metric=metric)
    weights = memberships(distances)
    shares = weights / weights.sum(axis=1, keepdims=True)
    places = np.einsum("ij,ijd->id", shares, projection.coords[indices]).astype(np.float32)
    if projection.method != "umap":
        return places
    n, m = len(old), len(new)
    start = np.concatenate([projection.coords, places])
    starts = np.concatenate([np.zeros(n, np.int64), np.arange(0, m * k + 1, k)])
    edges = starts, indices.astype(np.int32).ravel(), weights.ravel()
    config = from_dict(UMAPConfig, dict(projection.params))
    return optimised(start, edges, replace(config, epochs=EPOCHS), LayoutOptions(seed=seed), first=n)[n:]


def _onto_axes(new, old, metric: str, projection: Projection) -> np.ndarray:
    both = prepared(np.concatenate([old, new]), metric)
    coords, _ = principal_components(both[: len(old)], projection.n_components)
    axes, *_ = np.linalg.lstsq(both[: len(old)] - both[: len(old)].mean(axis=0), coords, rcond=None)
    found = (both[len(old) :] - both[: len(old)].mean(axis=0)) @ axes
    if projection.params.get("whiten"):
        spread = coords.std(axis=0)
        found = found / np.where(spread > 0, spread, 1)
    return found.astype(np.float32)
