"""A family for tests of sweeps whose best setting is known: x = 7, and y = 0.5 with less weight."""

import os
import time
from dataclasses import dataclass

import numpy as np

from embedlab import jobs
from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Progress, silent
from embedlab.core.settings import check_settings, setting
from embedlab.models import MODELS, Family, Trained
from embedlab.models.training.requirements import kept_vocabulary
from embedlab.models.training.session import ALONE, Session
from embedlab.store import catalog as tables
from embedlab.sweeps import read_board
from embedlab.sweeps.conductor import conduct, threads_here
from embedlab.sweeps.table import Board
from embedlab.vectors.embedding import Embedding


@dataclass(frozen=True)
class PlantedConfig:
    x: int = setting(0, label="X", low=0, high=20, help="Best at 7.")
    y: float = setting(0.0, label="Y", low=0.0, high=1.0, help="Best at 0.5.")
    slow: bool = setting(False, label="Slow start", help="Begins far worse and ends the same.")
    fails: bool = setting(False, label="Fails", help="Ends in a failure.")
    epochs: int = setting(4, label="Epochs", low=1, high=100, help="Changes nothing but time.")
    wait: float = setting(0.0, label="Wait", low=0.0, high=10.0, help="Seconds an epoch.")
    workers: int = setting(2, label="Threads", low=1, high=8, help="Changes nothing.")

    def __post_init__(self):
        check_settings(self)


def loss_of(config: PlantedConfig, epoch: int, seed: int) -> float:
    """1 at the best settings after the last epoch; seeds differ by thousandths."""
    late = (config.epochs - epoch) * (3.0 if config.slow and epoch <= config.epochs // 2 else 0.1)
    return 1 + (config.x - 7) ** 2 / 10 + (config.y - 0.5) ** 2 / 10 + late + (seed % 5) * 1e-3


def train(corpus, config, *, seed=1, report=silent, session: Session = ALONE) -> Trained:
    if config.fails:
        raise TrainingFailed("This was planted to fail. Choose other settings.")
    losses = []
    for epoch in range(1, config.epochs + 1):
        time.sleep(config.wait)
        losses.append(loss_of(config, epoch, seed))
        report(
            Progress(
                epoch, config.epochs, f"Epoch {epoch}", {"epoch": epoch, "loss": losses[-1], "validation": losses[-1]}
            )
        )
    words = kept_vocabulary(corpus, 1).words
    vectors = np.random.default_rng(seed).standard_normal((len(words), 4), np.float32)
    return Trained(
        Embedding(list(words), vectors),
        tuple(losses),
        0.01 * config.epochs,
        corpus.n_tokens,
        validation=tuple(losses),
        notes={"threads": os.environ.get("OMP_NUM_THREADS", "")},
    )


def swept(lab, id, *, report=silent, n=2) -> Board:
    """The sweep conducted by `n` threads of this process."""
    lab.catalog.delete(tables.jobs, id=id)
    jobs.create(lab, "sweep", {"sweep": id}, title="sweep", id=id)
    jobs.run_here(lab, id, report=report, work=lambda *args: conduct(*args, hands=threads_here(lab, n)))
    return read_board(lab, id)


FAMILY = Family(
    "planted",
    "Planted",
    "Its best settings are known.",
    PlantedConfig,
    train,
    judged_by="validation",
    changes_loss=frozenset(),
)


def register() -> None:
    """List the family, for a process of its own; tests in this process use monkeypatch."""
    MODELS["planted"] = FAMILY
