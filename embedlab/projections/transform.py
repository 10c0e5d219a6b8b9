"""New points on a finished map, which does not move."""

import numpy as np

from embedlab.errors import BadInput
from embedlab.projections.graph import nearest_among, prepared
from embedlab.projections.maps import Projection
from embedlab.projections.pca import principal_components
from embedlab.projections.umap import UMAPConfig, memberships, optimised
from embedlab.settings import from_dict

EPOCHS = 60


def transform(new_vectors: np.ndarray, old_vectors: np.ndarray, projection: Projection, *, n_neighbors: int = 15,
              seed: int = 1) -> np.ndarray:
    """Where new vectors (m, dim) belong on the map of old_vectors (n, dim), those of its points in order: float32 (m, dims).

    PCA projects them onto its axes. On other maps each starts at the mean of its nearest old points, weighted as UMAP
    weighs neighbours; on a UMAP map it then settles as in a layout, pulled to them and pushed from other old points.
    """
    new, old = np.asarray(new_vectors, np.float32), np.asarray(old_vectors, np.float32)
    if new.ndim != 2 or new.shape[1] != old.shape[1] or len(old) != len(projection):
        raise BadInput(f"A map of {len(projection):,} points needs their vectors and new ones of the same dimension; "
                       f"got arrays of shape {old.shape} and {new.shape}.")
    metric = projection.params["metric"]
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
    return optimised(start, edges, config, epochs=EPOCHS, seed=seed, first=n)[n:]


def _onto_axes(new, old, metric: str, projection: Projection) -> np.ndarray:
    both = prepared(np.concatenate([old, new]), metric)
    coords, _ = principal_components(both[:len(old)], projection.n_components)
    axes, *_ = np.linalg.lstsq(both[:len(old)] - both[:len(old)].mean(axis=0), coords, rcond=None)
    found = (both[len(old):] - both[:len(old)].mean(axis=0)) @ axes
    if projection.params.get("whiten"):
        spread = coords.std(axis=0)
        found = found / np.where(spread > 0, spread, 1)
    return found.astype(np.float32)
