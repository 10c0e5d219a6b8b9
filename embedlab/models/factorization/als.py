"""ALS: vectors of users and items whose products fit choices, by alternating least squares.

Hu, Koren and Volinsky 2008, "Collaborative filtering for implicit feedback datasets": minimise
sum_ui c_ui (p_ui - x_u . y_i)^2 + penalties (equation 3), p = 1 for a choice and else 0, c = 1 for what was not chosen.
Each side is solved in turn by some steps of conjugate gradients from where it stands (Takacs, Pilaszy and Tikk 2011).
The start and the penalties by activity follow Rendle, Krichene, Zhang and Koren 2021, "Revisiting the performance of
iALS".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.errors import TrainingFailed
from embedlab.core.parallel import even_ranges, n_threads, team
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.interactions.choices import Choices
from embedlab.data.interactions.dataset import Interactions
from embedlab.models.factorization.config import AlsConfig
from embedlab.models.family import Trained
from embedlab.models.item_settings import items_as_embedding, what_to_learn
from embedlab.models.recommending import Folded, penalties
from embedlab.models.training.session import ALONE, Checkpoint, Session

ENGINE = "EmbedLab ALS 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else


def train(
    data: Interactions, config: AlsConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """Vectors of the items that were chosen, of all users, and a recommender that fits new histories.

    The loss of an epoch is the objective above, without penalties, divided by the number of choices. The same seed
    gives the same vectors to the last bit on any number of threads. TrainingFailed when it diverges.
    """
    run_beside(_kernels, lambda: report(Progress(0, config.epochs, "Preparing ALS (compiled once, then kept)")))
    choices = what_to_learn(data, config.split)
    weights = confidence(choices, config)
    by_item = weights[np.argsort(choices.items, kind="stable")]
    began = time.perf_counter()
    state = _resumed(session.saved) if session.saved else _begun(choices, config, seed)
    names = data.vocabulary.words
    while len(state.loss) < config.epochs:
        half(choices, weights, state.items, state.users, config)
        half(choices.turned, by_item, state.users, state.items, config)
        state.loss.append(objective(choices, weights, state.users, state.items))
        if not np.isfinite(state.loss[-1]):
            raise TrainingFailed("The loss of ALS is no longer a number. Raise the regularisation or lower the weight.")
        done = len(state.loss)
        report(Progress(done, config.epochs, f"Epoch {done} of {config.epochs}", {"loss": state.loss[-1]}))
        session.rest(done / config.epochs, names, lambda ids: state.items[ids].copy(), lambda: _checkpoint(state, data))
    recommender = Folded(state.items, choices.counts > 0, config.weight, config.regularisation, config.exponent)
    return Trained(
        items_as_embedding(data, choices, state.items),
        tuple(state.loss),
        time.perf_counter() - began,
        len(choices) * config.epochs,
        documents=state.users,
        notes={"engine": ENGINE, "loss_is": "weighted squared error over all users and items, for each choice"},
        recommender=recommender,
    )


@dataclass(eq=False)
class State:
    """What training changes: float32 (n_users, dim), float32 (n_items, dim), the loss of each epoch."""

    users: np.ndarray
    items: np.ndarray
    loss: list[float]


def _begun(choices: Choices, config: AlsConfig, seed: int) -> State:
    state = State(start(choices.n_users, config.dim, seed), start(choices.n_items, config.dim, seed + 1), [])
    state.items[choices.counts == 0] = 0
    return state


def _checkpoint(state: State, data: Interactions) -> Checkpoint:
    about = {"engine": ENGINE, "words": data.vocabulary.words, "loss": state.loss}
    return Checkpoint(about, {"users": state.users, "items": state.items})


def _resumed(saved: Checkpoint) -> State:
    return State(
        np.array(saved.arrays["users"], np.float32),
        np.array(saved.arrays["items"], np.float32),
        list(saved.state["loss"]),
    )


def confidence(choices: Choices, config: AlsConfig) -> np.ndarray:
    """How much each choice counts, float32 (n,): the weight, or 1 + weight log(1 + strength) where strengths count."""
    if not config.strengths or choices.strengths is None:
        return np.full(len(choices), config.weight, np.float32)
    return (1 + (config.weight - 1) * np.log1p(np.maximum(choices.strengths, 0))).astype(np.float32)


def start(n: int, dim: int, seed: int) -> np.ndarray:
    """Random rows float32 (n, dim) of standard deviation 0.1 / sqrt(dim)."""
    return (np.random.default_rng(seed).standard_normal((n, dim), np.float32) * 0.1 / np.sqrt(dim)).astype(np.float32)


def half(choices: Choices, weights: np.ndarray, others: np.ndarray, rows: np.ndarray, config: AlsConfig) -> None:
    """Improve the rows of one side, the other side staying as it is."""
    from embedlab.kernels.items import solve_rows

    penalty = penalties(choices, config.weight, config.regularisation, config.exponent)
    given = (choices.offsets, choices.items, weights, others, others.T @ others, penalty, rows)
    _shared(choices, lambda first, last: solve_rows(*given, first, last, config.steps))


def objective(choices: Choices, weights: np.ndarray, users: np.ndarray, items: np.ndarray) -> float:
    """The sum of c (p - x . y)^2 over all users and items, divided by the number of choices."""
    from embedlab.kernels.items import misfit

    every = float(np.sum((users.T @ users).astype(np.float64) * (items.T @ items)))
    given = (choices.offsets, choices.items, weights, items, users)
    return (every + sum(_shared(choices, lambda first, last: misfit(*given, first, last)))) / len(choices)


def _shared(choices: Choices, work: Callable[[int, int], object]) -> list:
    """What work(first, last) gives for ranges of rows with about equally many choices, done at once."""
    with team() as run:
        return run(work, even_ranges(choices.offsets, n_threads()))


def _kernels() -> None:
    """Compile what an epoch needs, where it has not been kept."""
    from embedlab.kernels import items  # noqa: F401
