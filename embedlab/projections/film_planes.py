"""Positions of changing vectors on a stable plane, so that the movement can be followed.

Vectors are scaled to length one first, as in the neighbour lists, and centred on the mean of their frame. So distances
are comparable between frames, and no point is further out than 2.
"""

from collections.abc import Sequence

import numpy as np

from embedlab.vectors.embedding import normalised


def follow(vectors: np.ndarray, previous: np.ndarray | None = None) -> np.ndarray:
    """Positions float32 (n, 2) of `vectors` (n, dim) on their principal plane, rotated to match `previous` (n, 2).

    The plane belongs to this frame. It is only rotated or mirrored to match the frame before, never stretched (see
    `procrustes`).
    """
    centred = _centred(vectors)
    coords = centred @ principal_plane(centred)
    return (coords if previous is None else coords @ procrustes(coords, previous)).astype(np.float32)


def replay(frames: Sequence[np.ndarray]) -> np.ndarray:
    """Positions float32 (n_frames, n, 2) of `frames`, each (n, dim), all on the principal plane of the last one.

    The plane is fixed for the whole training: a random start is a small heap, which unfolds along the final
    directions.
    """
    plane = principal_plane(_centred(frames[-1]))
    return np.stack([_centred(frame) @ plane for frame in frames]).astype(np.float32)


def procrustes(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """The orthogonal matrix R (d, d), a rotation or reflection, for which ||points R - onto|| is least.

    points, onto: (n, d), centred. With points' onto = U S V' the solution is R = U V' (Schönemann 1966, "A generalized
    solution of the orthogonal Procrustes problem", Psychometrika 31, 1-10). It changes no length and no angle.
    """
    left, _, right = np.linalg.svd(np.asarray(points, np.float64).T @ np.asarray(onto, np.float64))
    return left @ right


def principal_plane(centred: np.ndarray) -> np.ndarray:
    """The two orthonormal directions (dim, 2) of greatest variance of `centred` (n, dim); a zero column if dim is 1.

    Signs are fixed: the largest loading of each is positive.
    """
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :2]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1, 1)
    return np.pad(axes, ((0, 0), (0, 2 - axes.shape[1])))


def _centred(vectors: np.ndarray) -> np.ndarray:
    unit = normalised(np.asarray(vectors, np.float32)).astype(np.float64)
    return unit - unit.mean(axis=0)
