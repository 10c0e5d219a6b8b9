"""Gets a worker ready for its first training: Dask loads this module as a worker starts (its `preload`)."""

import threading

DIM = 100  # the default of both families


def dask_setup(worker) -> None:
    """Called by Dask as a worker starts: compile, or read from the cache on disk, beside the work."""
    threading.Thread(target=warm_up, daemon=True).start()


def warm_up() -> None:
    """Make the kernels of a training with default settings, which takes some seconds where no cache holds them."""
    from embedlab.kernels import glove, machine, word2vec

    word2vec.windows(machine.padded(DIM), machine.widest_vectors(), word2vec.NEGATIVES_GROUP)
    glove.training(machine.padded(DIM))
