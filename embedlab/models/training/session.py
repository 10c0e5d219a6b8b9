"""What a training run is connected to: callbacks that watch it learn, checkpoints, and what it is initialised with.

An engine calls `session.rest(...)` between two pieces of work, when nothing is changing, about once a second. It knows
nothing of files: the caller passes `show` and `save` as functions, and every part may be missing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.progress import Cancelled

Rows = Callable[[np.ndarray | slice], np.ndarray]


class Paused(Cancelled):
    """Raised when the user has asked to pause. The checkpoint is already saved."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All an engine needs to resume, or a later run to start where this one ended.

    state: plain values for JSON, `engine` (a name) and `words` (a list) among them; arrays: named numpy arrays.
    """

    state: Mapping
    arrays: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Base:
    """What an incremental training is initialised from.

    words, vectors: float32 (n_words, dim); counts: int64 (n_words,) or None; end: the checkpoint that training ended
    with, or None for vectors trained elsewhere; model: the folder of its saved transformer, if it has one.
    """

    words: list[str]
    vectors: np.ndarray
    counts: np.ndarray | None = None
    end: Checkpoint | None = None
    model: Path | None = None


def _never(*_) -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Session:
    """The connections of one training run.

    show(done, words, rows): look at the vectors at a moment, `done` the share of training from 0 to 1; rows(ids) gives
    float32 (len(ids), dim) copies for ids into `words`. It is called when show_due(done) says so, at the start and at
    the end. save(checkpoint): keep it; called when save_due() says so; False when that failed, and training continues.
    pause_asked(): whether to save and stop.
    saved: the checkpoint to resume from. base: what an incremental training is initialised from. scratch: a folder
    for what memory does not hold, the system's own if None. cache: a folder where encodings of texts outlive the run.
    """

    show: Callable[[float, list[str], Rows], None] | None = None
    show_due: Callable[[float], bool] = _never
    save: Callable[[Checkpoint], bool | None] | None = None
    save_due: Callable[[], bool] = _never
    pause_asked: Callable[[], bool] = _never
    saved: Checkpoint | None = None
    base: Base | None = None
    scratch: Path | None = None
    cache: Path | None = None

    def rest(self, done: float, words: list[str], rows: Rows, checkpoint: Callable[[], Checkpoint]) -> None:
        """Show and save what is due; Paused when the user has asked for it and a checkpoint could be saved."""
        if self.show is not None and (done in (0, 1) or self.show_due(done)):
            self.show(done, words, rows)
        if self.save is None:
            return
        pause = done < 1 and self.pause_asked()
        kept = self.save(checkpoint()) if pause or (done < 1 and self.save_due()) else None
        if pause and kept is not False:
            raise Paused


ALONE = Session()
