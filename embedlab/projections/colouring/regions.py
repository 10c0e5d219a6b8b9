"""Regions of a map in two layers: large ones that colour it, and small ones within them to read on coming closer."""

import numpy as np
from scipy.spatial import cKDTree

from embedlab.core.parallel import one_thread
from embedlab.projections.colouring.clusters import grouped
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.layers import LEAST_POINTS, Layer, Regions
from embedlab.projections.colouring.names import centred, group_names

COARSE, FINE = 12, 48
POINTS_A_FINE = 12
MAP_SHARE = 0.5  # of the spread of a region's vectors that places on the map count beside them
BESIDE = 15


def map_regions(coords: np.ndarray, drawn: Drawn) -> Regions:
    """The regions of a map (n, dims) with their names. A map of fewer than 16 points has none.

    Points are grouped by k-means over their vectors and their places together: a region is a place on the map whose
    points are alike in the full vectors. The same map has the same regions.
    """
    n, coords = len(coords), np.asarray(coords, np.float32)
    if n < LEAST_POINTS:
        nothing = _layer(coords, np.zeros(0, np.int32), ())
        return Regions(nothing, nothing)
    with one_thread():
        seen = np.hstack([centred(drawn.vectors), np.sqrt(MAP_SHARE / coords.shape[1]) * _spread(coords)])
        k = int(np.clip(round(np.sqrt(n) / 2), 2, COARSE))
        coarse = grouped(seen, k, drawn.seed)
        fine = _within(seen, coarse, min(FINE, n // POINTS_A_FINE), drawn.seed)
    layers = [
        _layer(coords, codes, group_names(drawn, codes, int(codes.max()) + 1, "Region")) for codes in (coarse, fine)
    ]
    return Regions(*layers)


def _within(seen: np.ndarray, coarse: np.ndarray, k: int, seed: int) -> np.ndarray:
    """The coarse regions divided into about `k` small ones, each by its size; largest first."""
    codes, n_found = np.zeros(len(coarse), np.int32), 0
    for code in range(int(coarse.max()) + 1):
        inside = np.flatnonzero(coarse == code)
        parts = grouped(seen[inside], max(1, round(k * len(inside) / len(coarse))), seed)
        codes[inside] = n_found + parts
        n_found += int(parts.max()) + 1
    ranks = np.empty(n_found, np.int32)
    ranks[np.argsort(-np.bincount(codes), kind="stable")] = np.arange(n_found)
    return ranks[codes]


def _layer(coords: np.ndarray, codes: np.ndarray, names: tuple[str, ...]) -> Layer:
    n = len(names)
    places, purity = np.zeros((n, coords.shape[1]), np.float32), np.zeros(n)
    tree = cKDTree(coords) if n else None
    for code in range(n):
        places[code] = _densest(coords[codes == code])
        beside = tree.query(places[code], min(BESIDE, len(coords)))[1]
        purity[code] = (codes[beside] == code).mean()
    return Layer(codes, places, names, tuple(np.bincount(codes, minlength=n).tolist()) if n else (), purity)


def _densest(coords: np.ndarray) -> np.ndarray:
    """The middle of the densest half of some points: a mean would lie between the parts of a torn region."""
    coords, middle = np.asarray(coords, np.float64), np.median(coords, axis=0)
    for _ in range(5):
        gaps = np.linalg.norm(coords - middle, axis=1)
        middle = coords[gaps <= np.median(gaps)].mean(axis=0)
    return middle


def _spread(coords: np.ndarray) -> np.ndarray:
    """Coordinates around zero with a spread of one, of which far outliers are no part."""
    low, high = np.percentile(coords, [1, 99], axis=0)
    inner = coords.clip(low, high)
    return (inner - inner.mean(axis=0)) / max(float(np.sqrt(inner.var(axis=0).mean())), 1e-9)
