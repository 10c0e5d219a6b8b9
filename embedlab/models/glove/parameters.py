"""Parameters of a GloVe training: random, resumed from a checkpoint, or carried over from another run."""

from dataclasses import dataclass, field

import numpy as np

from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.held_out import MEASURE
from embedlab.models.training.session import Base, Checkpoint, Session

ENGINE = "EmbedLab GloVe"
# What the validation of older runs is; one that resumes keeps it for its first epochs and measures no more.
OLD_MEASURE = "loss of held-out counts scaled to the length of the training text"
ARRAYS = ("words", "contexts", "word_bias", "context_bias")


@dataclass(eq=False)
class Course:
    """Where a training stands: parameters as the kernels take them, epochs and rounds done, losses so far."""

    words: list[str]
    dim: int
    model: tuple[np.ndarray, ...]
    epoch: int = 0
    rounds: int = 0
    summed: float = 0.0
    loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    ranks: bool = True

    def vectors(self, ids: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The sums of word and context vectors, float32 (len(ids), dim)."""
        return self.model[0][ids, : self.dim] + self.model[1][ids, : self.dim]

    def checkpoint(self) -> Checkpoint:
        """A copy of all this."""
        state = {
            "engine": ENGINE,
            "words": list(self.words),
            "dim": self.dim,
            "epoch": self.epoch,
            "rounds": self.rounds,
            "summed": self.summed,
            "loss": list(self.loss),
            "validation": list(self.validation),
            "validation_is": MEASURE if self.ranks else OLD_MEASURE,
        }
        return Checkpoint(state, {name: array.copy() for name, array in zip(ARRAYS, self.model, strict=True)})


def begin(words: list[str], config: GloveConfig, seed: int, session: Session) -> Course:
    """The saved state to resume from, else random parameters, with those of a base carried over by word."""
    if session.saved is not None:
        return _resumed(session.saved, words, config)
    model = start(len(words), config.dim, np.random.default_rng(seed))
    if session.base is not None:
        _carry_over(model, words, config.dim, session.base)
    return Course(words, config.dim, model)


def start(n_words: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Word rows, context rows, word biases and context biases as the kernels take them, all random within 0.5 / dim."""
    from embedlab.kernels.machine import aligned

    width = width_of(dim)
    model = []
    for _ in range(2):
        rows = aligned(n_words, 2 * width)
        rows[:, width:] = 1
        rows[:, :dim] = (rng.random((n_words, dim), np.float32) - 0.5) / dim
        model.append(rows)
    for _ in range(2):
        bias = np.ones((n_words, 2), np.float32)
        bias[:, 0] = (rng.random(n_words, np.float32) - 0.5) / dim
        model.append(bias)
    return tuple(model)


def width_of(dim: int) -> int:
    """Floats of a padded vector."""
    from embedlab.kernels.machine import padded

    return padded(dim)


def _resumed(saved: Checkpoint, words: list[str], config: GloveConfig) -> Course:
    state = saved.state
    if state.get("engine") != ENGINE or state["words"] != words or state["dim"] != config.dim:
        raise TrainingFailed(
            "The saved state belongs to another corpus or other settings, so training cannot resume from "
            "it. Start the run again."
        )
    model = start(len(words), config.dim, np.random.default_rng())
    for array, name in zip(model, ARRAYS, strict=True):
        array[:] = saved.arrays[name]
    return Course(
        words,
        config.dim,
        model,
        state["epoch"],
        state["rounds"],
        state["summed"],
        list(state["loss"]),
        list(state["validation"]),
        not state["validation"] or state.get("validation_is") == MEASURE,
    )


def _carry_over(model: tuple[np.ndarray, ...], words: list[str], dim: int, base: Base) -> None:
    """Copy the parameters of a base into `model`; where it has vectors alone, each half takes half of one."""
    ids = {word: i for i, word in enumerate(words)}
    if base.end is not None and base.end.state.get("engine") == ENGINE:
        to = [ids[word] for word in base.end.state["words"]]
        for array, name in zip(model, ARRAYS, strict=True):
            array[to] = base.end.arrays[name]
        return
    to = [ids[word] for word in base.words]
    for rows in model[:2]:
        rows[to, :dim] = np.asarray(base.vectors, np.float32) / 2


def all_words(vocabulary: Vocabulary, config: GloveConfig, base: Base | None) -> list[str]:
    """The words kept, then those that only the base has; BadSetting if its vectors have another length."""
    if base is None:
        return list(vocabulary.words)
    if base.vectors.shape[1] != config.dim:
        raise BadSetting(
            f"Dimensions must be {base.vectors.shape[1]}, as in the run this one continues; got {config.dim}."
        )
    known = vocabulary.ids
    return [*vocabulary.words, *(word for word in base.words if word not in known)]


def all_counts(words: list[str], vocabulary: Vocabulary, base: Base | None) -> np.ndarray:
    """How often each word occurs in this corpus, else in that of the base; 0 where neither count is known."""
    counts = np.zeros(len(words), np.int64)
    counts[: len(vocabulary)] = vocabulary.counts
    if base is not None and base.counts is not None and len(words) > len(vocabulary):
        of = dict(zip(base.words, np.asarray(base.counts).tolist(), strict=True))
        counts[len(vocabulary) :] = [of[word] for word in words[len(vocabulary) :]]
    return counts
