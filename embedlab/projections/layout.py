"""Input and output of every projection: checked vectors in, a Layout out."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Report, silent

if TYPE_CHECKING:
    from embedlab.projections.graph import Neighbours

FEWEST = 4
SHOW_EVERY = 0.5

Show = Callable[[float, np.ndarray], None]  # share of the optimisation done, coords float32 (n, n_components)


@dataclass(frozen=True, eq=False)
class LayoutOptions:
    """How a layout is computed, whatever the method.

    n_components: 2 or 3. neighbours: the graph of the vectors, if there is one to share. start: coordinates
    (n, n_components) to start from, such as the map on screen. show: called about twice a
    second with the share of the optimisation done and the coordinates so far. threads: None for a number that suits.
    """

    n_components: int = 2
    seed: int = 1
    report: Report = silent
    neighbours: "Neighbours | None" = None
    start: np.ndarray | None = None
    show: Show | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Layout:
    """coords float32 (n, n_components); notes: sentences about settings that were changed; explained: see PCA."""

    coords: np.ndarray
    notes: tuple[str, ...] = ()
    explained: tuple[float, ...] = ()


def checked_vectors(vectors: np.ndarray, n_components: int) -> np.ndarray:
    """The vectors as an array (n, dim); BadInput or BadSetting when no map can be made of them."""
    vectors = np.asarray(vectors)
    if n_components not in (2, 3):
        raise BadSetting(f"A map has 2 or 3 dimensions; got {n_components!r}.")
    if vectors.ndim != 2 or vectors.shape[1] < 1:
        raise BadInput(f"A map needs one row of numbers for each point; got an array of shape {vectors.shape}.")
    if len(vectors) < FEWEST:
        raise BadInput(
            f"A map needs at least {FEWEST} points; there are {len(vectors)}. "
            "Draw more of them, or train with a lower minimum count."
        )
    if not np.isfinite(vectors).all():
        row = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise BadInput(
            f"The vector in row {row:,} holds a value that is not a number. Train with a lower learning rate."
        )
    if (vectors == vectors[0]).all():
        raise BadInput(f"All {len(vectors):,} vectors are equal, so there is nothing to map. Train for more epochs.")
    return vectors


def checked_start(start: np.ndarray | None, n: int, n_components: int) -> np.ndarray | None:
    """The start of a map, centred, float64 (n, n_components); BadInput when its shape does not fit."""
    if start is None:
        return None
    start = np.asarray(start, np.float64)
    if start.shape != (n, n_components) or not np.isfinite(start).all():
        raise BadInput(
            f"A map of {n:,} points in {n_components} dimensions cannot start from an array of shape {start.shape}: "
            "give each point one row of finite coordinates."
        )
    return start - start.mean(axis=0)


def lowered(name: str, value: float, most: float, n: int, notes: list[str]) -> float:
    """`value`, or `most` with a note when n points do not allow so much."""
    if value <= most:
        return value
    notes.append(f"{name} was lowered from {value:g} to {most:g}: {n:,} points allow no more.")
    return most


def paced(show: Show | None) -> Show:
    """A `show` to call at every step of an optimisation: passes on a copy of the coordinates every half second."""
    last = time.monotonic()

    def call(share: float, coords: np.ndarray) -> None:
        nonlocal last
        if show is not None and time.monotonic() - last >= SHOW_EVERY:
            show(share, np.array(coords, np.float32))
            last = time.monotonic()

    return call
