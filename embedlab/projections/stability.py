"""Two checks of a finished map: the same map with other seeds, and a map of noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.progress import Report, silent, span
from embedlab.projections.graph import Neighbours
from embedlab.projections.methods import layout
from embedlab.projections.projection import Projection
from embedlab.projections.trust import trust_scores

SEEDS = 3


@dataclass(frozen=True, eq=False)
class Stability:
    """seeds: of the maps compared, the given map first; jitter: float32 (n,), how far each point moves.

    The maps are aligned first. Jitter is the root mean square distance of a point's positions from their mean. It is
    a share of the radius of the map, the root mean square distance of its points from their mean.
    """

    seeds: tuple[int, ...]
    jitter: np.ndarray

    @property
    def summary(self) -> dict[str, float]:
        """The median and the ninth decile of the jitter."""
        return {"median": float(np.median(self.jitter)), "most": float(np.quantile(self.jitter, 0.9))}


def stability(
    vectors: np.ndarray,
    projection: Projection,
    *,
    n_seeds: int = SEEDS,
    graphs: Path | None = None,
    report: Report = silent,
) -> Stability:
    """How far points move when the map is computed again with other seeds; vectors: of its points, in order.

    All maps start from PCA, or from the layout that the given map started from. So the large picture is the same by
    design, and only what chance decides after that moves.
    """
    neighbours = Neighbours(vectors, projection.metric, graphs)
    coords = [projection.coords]
    for i in range(1, n_seeds):
        stage = span(report, (i - 1) / (n_seeds - 1), i / (n_seeds - 1))
        coords.append(
            layout(
                vectors,
                projection.method,
                dict(projection.params),
                n_components=projection.n_components,
                seed=projection.seed + i,
                report=stage,
                neighbours=neighbours,
                start=projection.start,
            ).coords
        )
    return Stability(tuple(projection.seed + i for i in range(n_seeds)), jitter(coords))


def jitter(coords: Sequence[np.ndarray]) -> np.ndarray:
    """See `Stability`: float32 (n,) for several maps (n, dims) of the same points, aligned with the first."""
    laid = np.stack([aligned(one, coords[0]) for one in coords])
    middle = laid.mean(axis=0)
    radius = np.sqrt(((middle - middle.mean(axis=0)) ** 2).sum(axis=1).mean())
    moved = np.sqrt(((laid - middle) ** 2).sum(axis=2).mean(axis=0))
    return (moved / max(radius, np.finfo(float).tiny)).astype(np.float32)


def aligned(coords: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """`coords` aligned with `onto` by shift, rotation, reflection and scale, float64 (Procrustes; Gower 1975)."""
    coords, onto = np.asarray(coords, np.float64), np.asarray(onto, np.float64)
    centred, target = coords - coords.mean(axis=0), onto - onto.mean(axis=0)
    left, singular, right = np.linalg.svd(centred.T @ target)
    scale = singular.sum() / max((centred**2).sum(), np.finfo(float).tiny)
    return scale * centred @ left @ right + onto.mean(axis=0)


def noise_map(vectors: np.ndarray, projection: Projection, *, report: Report = silent) -> Projection:
    """The map of as many random vectors by the same method and settings, with its trust scores.

    Their values are independent and normal, so any shape on this map comes from the method alone.
    """
    random = np.random.default_rng(projection.seed).normal(size=vectors.shape).astype(np.float32)
    neighbours = Neighbours(random, projection.metric)
    made = layout(
        random,
        projection.method,
        dict(projection.params),
        n_components=projection.n_components,
        seed=projection.seed,
        report=span(report, 0.0, 0.9),
        neighbours=neighbours,
    )
    scores = trust_scores(neighbours, made.coords, seed=projection.seed, report=span(report, 0.9, 1.0))
    return Projection(
        method=projection.method,
        params=dict(projection.params),
        ids=projection.ids,
        coords=made.coords,
        seed=projection.seed,
        scores=scores,
        n_total=projection.n_total,
        what=projection.what,
        notes=made.notes,
    )
