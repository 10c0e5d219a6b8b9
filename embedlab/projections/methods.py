"""PROJECTIONS: every way to lay vectors out in two or three dimensions, and the functions that run one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedlab.errors import BadSetting
from embedlab.progress import Report, silent
from embedlab.projections import pca, tsne, umap
from embedlab.projections.layout import Layout, checked_vectors
from embedlab.settings import from_dict


@dataclass(frozen=True)
class Method:
    """One way to lay vectors out: `project(vectors, config, *, n_components, seed, report) -> Layout`."""

    name: str
    title: str
    about: str
    config: type
    project: Callable[..., Layout]


PROJECTIONS = {
    "pca": Method("pca", "PCA",
                  "A straight projection: fast, its axes and distances mean something, but it shows only the widest "
                  "directions.", pca.PCAConfig, pca.project),
    "tsne": Method("tsne", "t-SNE",
                   "Keeps each point's nearest neighbours near; distances between groups and their sizes mean little.",
                   tsne.TSNEConfig, tsne.project),
    "umap": Method("umap", "UMAP",
                   "Keeps neighbours near and more of the large picture; distances between groups still mean little.",
                   umap.UMAPConfig, umap.project),
}


def project(vectors: np.ndarray, method: str, config: Any = None, *, n_components: int = 2, seed: int = 1,
            report: Report = silent) -> np.ndarray:
    """Coordinates float32 (n, n_components) of the vectors (n, dim); `layout` also tells what had to give way."""
    return layout(vectors, method, config, n_components=n_components, seed=seed, report=report).coords


def layout(vectors: np.ndarray, method: str, config: Any = None, *, n_components: int = 2, seed: int = 1,
           report: Report = silent) -> Layout:
    """Coordinates with notes and explained variance. `config`: that method's dataclass, a dict of it, or None."""
    chosen = method_named(method)
    if config is None or isinstance(config, dict):
        config = from_dict(chosen.config, config or {})
    if not isinstance(config, chosen.config):
        raise BadSetting(f"{chosen.title} takes a {chosen.config.__name__}; got a {type(config).__name__}.")
    vectors = checked_vectors(vectors, n_components)
    return chosen.project(vectors, config, n_components=n_components, seed=seed, report=report)


def method_named(name: str) -> Method:
    """The method of that name; BadSetting names those there are."""
    if name not in PROJECTIONS:
        raise BadSetting(f"There is no map method {name!r}; choose one of {', '.join(PROJECTIONS)}.")
    return PROJECTIONS[name]
