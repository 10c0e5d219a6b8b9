"""Vectors that change, on a plane that stays: positions of one moment after another that an eye can follow.

Vectors are brought to length one first, as the neighbour lists do, and every moment is centred on its own mean; so
distances on the plane are comparable between moments, and none lies further out than 2.
"""

from collections.abc import Sequence

import numpy as np

from embedlab.vectors.embedding import normalised


def follow(vectors: np.ndarray, previous: np.ndarray | None = None) -> np.ndarray:
    """Positions float32 (n, 2) of `vectors` (n, dim): their own principal plane, turned to lie as `previous` (n, 2) lies.

    The plane is this moment's, so it shows what there is to see now, and what came before is only turned or mirrored
    to meet it, never stretched (see `procrustes`).
    """
    centred = _centred(vectors)
    coords = centred @ principal_plane(centred)
    return (coords if previous is None else coords @ procrustes(coords, previous)).astype(np.float32)


def replay(frames: Sequence[np.ndarray]) -> np.ndarray:
    """Positions float32 (n_frames, n, 2) of `frames`, each (n, dim), all on the principal plane of the last one.

    One fixed frame of reference for the whole training: a random start lies in a heap, which unfolds along the
    directions that turn out to matter.
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
    """The two directions (dim, 2) of greatest variance of `centred` (n, dim), orthonormal; a zero column where dim is 1.

    Signs are fixed: the largest loading of each is positive.
    """
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :2]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1, 1)
    return np.pad(axes, ((0, 0), (0, 2 - axes.shape[1])))


def _centred(vectors: np.ndarray) -> np.ndarray:
    unit = normalised(np.asarray(vectors, np.float32)).astype(np.float64)
    return unit - unit.mean(axis=0)
