"""Regions of a map as values: two layers of groups with their places and names."""

from dataclasses import dataclass

import numpy as np

LEAST_POINTS = 16  # of a map that has regions
LEAST_NAMED, LEAST_PURITY = 4, 0.3  # points of a small region with a name, and its share of those around its place


@dataclass(frozen=True, eq=False)
class Layer:
    """Regions of one size, largest first. codes: int32 (n,), the region of each point.

    places: float32 (n_regions, dims), where each has most of its points. names: one each, all different. sizes:
    numbers of points. purity: float (n_regions,), the share of the points around its place that are its own.
    """

    codes: np.ndarray
    places: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    purity: np.ndarray


@dataclass(frozen=True, eq=False)
class Regions:
    """Large regions of a map, about twelve, and small ones within them, about fifty; fewer on small maps."""

    coarse: Layer
    fine: Layer

    def named(self) -> list[tuple]:
        """(*place, name, points, level) of each region with a name of its own: level 0 large, 1 small; largest first.

        A small region that is spread over the map, or has few points, has no place where its name could stand.
        """
        return [
            (*map(float, place), name, float(size), level)
            for level, layer in enumerate((self.coarse, self.fine))
            for place, name, size, purity in zip(layer.places, layer.names, layer.sizes, layer.purity, strict=True)
            if level == 0 or (size >= LEAST_NAMED and purity >= LEAST_PURITY)
        ]
