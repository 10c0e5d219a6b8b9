"""Prepares a worker for its first map: Dask loads this module when a worker starts (its `preload`)."""

import importlib
import threading

KERNELS = ("knn", "umap", "tsne")


def dask_setup(worker) -> None:
    """Called by Dask as a worker starts: compile, or read from the cache on disk, beside the work."""
    threading.Thread(target=warm_up, daemon=True).start()


def warm_up() -> None:
    """Import every kernel of the maps: with written-out signatures, that compiles it where no cache holds it."""
    for name in KERNELS:
        importlib.import_module(f"embedlab.kernels.{name}")
    importlib.import_module("embedlab.kernels.umap").layout_step(2)
