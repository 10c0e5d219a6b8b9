"""Vectors with groups that a map must show, and how well it does."""

import numpy as np


def planted(n_each=40, n_groups=3, dim=20, seed=0, spread=0.25):
    """Vectors around n_groups random directions, and the group of each."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n_groups), n_each)
    centres = rng.normal(size=(n_groups, dim))
    return (centres[groups] + spread * rng.normal(size=(len(groups), dim))).astype(np.float32), groups


def share_of_nearest_in_own_group(coords, groups):
    gaps = np.linalg.norm(coords[:, None] - coords[None], axis=2)
    np.fill_diagonal(gaps, np.inf)
    return (groups[gaps.argmin(axis=1)] == groups).mean()
