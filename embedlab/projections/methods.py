"""PROJECTIONS: every way to lay vectors out in two or three dimensions, and the functions that run one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.core.progress import Report, silent
from embedlab.core.settings import from_dict
from embedlab.projections import pca, tsne, umap
from embedlab.projections.graph import Neighbours
from embedlab.projections.layout import Layout, Show, checked_vectors


@dataclass(frozen=True)
class Method:
    """One way to lay vectors out: `project(vectors, config, *, n_components, seed, report, neighbours, start, show) -> Layout`."""

    name: str
    title: str
    about: str
    config: type
    project: Callable[..., Layout]


PROJECTIONS = {
    "pca": Method(
        "pca",
        "PCA",
        "A straight projection: fast, its axes and distances mean something, but it shows only the widest directions.",
        pca.PCAConfig,
        pca.project,
    ),
    "tsne": Method(
        "tsne",
        "t-SNE",
        "Keeps each point's nearest neighbours near; distances between groups and their sizes mean little.",
        tsne.TSNEConfig,
        tsne.project,
    ),
    "umap": Method(
        "umap",
        "UMAP",
        "Keeps neighbours near and more of the large picture; distances between groups still mean little.",
        umap.UMAPConfig,
        umap.project,
    ),
}


def project(vectors: np.ndarray, method: str, config: Any = None, **options) -> np.ndarray:
    """Coordinates float32 (n, n_components) of the vectors (n, dim): what `layout` makes, without its notes."""
    return layout(vectors, method, config, **options).coords


def layout(
    vectors: np.ndarray,
    method: str,
    config: Any = None,
    *,
    n_components: int = 2,
    seed: int = 1,
    report: Report = silent,
    neighbours: Neighbours | None = None,
    start: np.ndarray | None = None,
    show: Show | None = None,
) -> Layout:
    """Coordinates with notes and explained variance. `config`: that method's dataclass, a dict of it, or None.

    neighbours: the graph of these vectors, if there is one to share. start: coordinates (n, n_components) to begin
    from, so that a changed setting starts from the map on screen. show: called about twice a second with the share of
    the optimisation done and the coordinates so far. PCA, which is done at once, takes neither.
    """
    chosen = method_named(method)
    if config is None or isinstance(config, dict):
        config = from_dict(chosen.config, config or {})
    if not isinstance(config, chosen.config):
        raise BadSetting(f"{chosen.title} takes a {chosen.config.__name__}; got a {type(config).__name__}.")
    vectors = checked_vectors(vectors, n_components)
    return chosen.project(
        vectors,
        config,
        n_components=n_components,
        seed=seed,
        report=report,
        neighbours=neighbours,
        start=start,
        show=show,
    )


def method_named(name: str) -> Method:
    """The method of that name; BadSetting names those there are."""
    if name not in PROJECTIONS:
        raise BadSetting(f"There is no map method {name!r}; choose one of {', '.join(PROJECTIONS)}.")
    return PROJECTIONS[name]
