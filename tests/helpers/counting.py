"""A family for tests that only counts: deterministic, with a chosen speed; it can pause, resume and continue."""

import time
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress, silent
from embedlab.core.settings import check_settings, setting
from embedlab.models import MODELS, VECTORS, Family, Trained
from embedlab.models.family import always
from embedlab.models.training.requirements import kept_vocabulary
from embedlab.models.training.session import ALONE, Checkpoint, Session
from embedlab.vectors.embedding import Embedding

ENGINE, STEPS = "counting 1", 10


@dataclass(frozen=True)
class CountingConfig:
    dim: int = setting(4, label="Dimensions", low=1, high=2000, help="More dimensions are more numbers to count.")
    epochs: int = setting(3, label="Epochs", low=1, high=1000, help="More epochs count further, ten steps each.")
    wait: float = setting(0.0, label="Wait", low=0.0, high=10.0, help="More seconds after each step make it slower.")
    engine: str = setting(ENGINE, label="Engine", help="Another name stands for another version of the engine.")

    def __post_init__(self):
        check_settings(self)


def train(corpus, config, *, seed=1, report=silent, session: Session = ALONE) -> Trained:
    """Vectors that drift by random steps, so that every step depends on all before it."""
    report(Progress(0, config.epochs * STEPS, "Preparing"))
    words, vectors, rng, first, losses = _begin(corpus, config, seed, session)

    def rows(ids):
        return vectors[ids].copy()

    def checkpoint() -> Checkpoint:
        return Checkpoint(
            {"engine": config.engine, "words": words, "step": step, "losses": losses, "rng": rng.bit_generator.state},
            {"vectors": vectors},
        )

    step, total = first, config.epochs * STEPS
    for step in range(first + 1, total + 1):
        vectors *= 0.9
        vectors += rng.standard_normal(vectors.shape, np.float32)
        time.sleep(config.wait)
        metrics = {}
        if step % STEPS == 0:
            losses.append(float(np.abs(vectors).mean()))
            metrics = {"epoch": step // STEPS, "loss": losses[-1]}
        report(Progress(step, total, f"Epoch {(step - 1) // STEPS + 1}", metrics))
        session.rest(step / total, words, rows, checkpoint)
    return Trained(Embedding(words, vectors), tuple(losses), 1.0, corpus.n_tokens * config.epochs, end=checkpoint())


def _begin(corpus, config, seed, session):
    rng = np.random.default_rng(seed)
    if session.saved is not None:
        state = session.saved.state
        if state["engine"] != ENGINE:
            raise BadInput(f"The checkpoint was saved by the engine {state['engine']!r}. Train again from the start.")
        rng.bit_generator.state = state["rng"]
        return list(state["words"]), session.saved.arrays["vectors"].copy(), rng, state["step"], list(state["losses"])
    words = kept_vocabulary(corpus, 1).words
    if session.base is None:
        return list(words), rng.standard_normal((len(words), config.dim), np.float32), rng, 0, []
    known = set(session.base.words)
    fresh = [word for word in words if word not in known]
    vectors = np.vstack([session.base.vectors, np.zeros((len(fresh), config.dim), np.float32)])
    return [*session.base.words, *fresh], vectors, rng, 0, []


FAMILY = Family(
    "counting", "Counting", "Counts.", CountingConfig, train, initialised_from=VECTORS, can_pause=always, filmed=True
)


def register() -> None:
    """List the family, for a process of its own; tests in this process use monkeypatch."""
    MODELS["counting"] = FAMILY
