"""PROJECTIONS: every way to lay vectors out in two or three dimensions, and the functions that run one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.core.settings import from_dict
from embedlab.projections import pca, tsne, umap
from embedlab.projections.layout import Layout, LayoutOptions, checked_vectors


@dataclass(frozen=True)
class Method:
    """One projection method: `project(vectors, config, options) -> Layout`, and the dataclass of its settings.

    seconds: about how long it takes, `seconds(n, dim, config)`, on two cores; None for unknown. It decides whether a
    map is drawn unasked. linear: whether its axes have a meaning, and its map is the same for every seed.
    """

    name: str
    title: str
    about: str
    config: type
    project: Callable[..., Layout]
    seconds: Callable[[int, int, Any], float] | None = None
    linear: bool = False


PROJECTIONS = {
    "pca": Method(
        "pca",
        "PCA",
        "A linear projection: fast, and its axes and distances have a meaning. It shows only the widest directions.",
        pca.PCAConfig,
        pca.project,
        pca.seconds,
        linear=True,
    ),
    "tsne": Method(
        "tsne",
        "t-SNE",
        "Keeps each point's nearest neighbours near; distances between groups and their sizes mean little.",
        tsne.TSNEConfig,
        tsne.project,
        tsne.seconds,
    ),
    "umap": Method(
        "umap",
        "UMAP",
        "Keeps neighbours near and more of the overall structure; distances between groups still mean little.",
        umap.UMAPConfig,
        umap.project,
        umap.seconds,
    ),
}


def project(vectors: np.ndarray, method: str, config: Any = None, **options) -> np.ndarray:
    """Coordinates float32 (n, n_components) of the vectors (n, dim): what `layout` makes, without its notes."""
    return layout(vectors, method, config, **options).coords


def layout(vectors: np.ndarray, method: str, config: Any = None, **options) -> Layout:
    """Coordinates with notes and explained variance.

    config: that method's dataclass, a dict of its settings, or None for the defaults. options: fields of LayoutOptions.
    """
    chosen = method_named(method)
    if config is None or isinstance(config, dict):
        config = from_dict(chosen.config, config or {})
    if not isinstance(config, chosen.config):
        raise BadSetting(f"{chosen.title} takes a {chosen.config.__name__}; got a {type(config).__name__}.")
    asked = LayoutOptions(**options)
    return chosen.project(checked_vectors(vectors, asked.n_components), config, asked)


def method_named(name: str) -> Method:
    """The method of that name; BadSetting lists the known ones."""
    if name not in PROJECTIONS:
        raise BadSetting(f"There is no map method {name!r}; choose one of {', '.join(PROJECTIONS)}.")
    return PROJECTIONS[name]
