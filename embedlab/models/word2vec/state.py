"""Where a Word2Vec training stands: its vectors and losses, new, initialised from another run or from a checkpoint."""

from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.settings import from_dict
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.training.session import Base, Checkpoint
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.plan import Plan

ENGINE = "word2vec 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else


@dataclass(eq=False)
class State:
    """What training changes. Rows of both matrices are padded to a multiple of 16 floats."""

    words: np.ndarray
    outputs: np.ndarray
    epoch: int = 0
    block: int = 0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(2))
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    before: float = 0.0
    seconds: float = 0.0


def names_of(vocabulary: Vocabulary, base: Base | None) -> list[str]:
    """The word of each row: the vocabulary in order, then words of the base alone, whose rows do not change."""
    if base is None:
        return list(vocabulary.words)
    return [*vocabulary.words, *(word for word in base.words if word not in vocabulary.ids)]


def checked_base(base: Base | None, config: Word2VecConfig) -> Base | None:
    """The base, or BadSetting if its vectors have another length."""
    if base is not None and base.vectors.shape[1] != config.dim:
        raise BadSetting(
            f"The base run has {base.vectors.shape[1]} dimensions, but these settings ask for {config.dim}. "
            f"Set the dimensions to {base.vectors.shape[1]}."
        )
    return base


def begun(names: list[str], base: Base | None, plan: Plan, n_kept: int) -> State:
    """Random word rows within 1 / dim and output rows of zeros, or the rows of the base.

    The range is that of gensim, twice as wide as in the original program.
    """
    from embedlab.kernels.machine import aligned, padded

    dim, width = plan.config.dim, padded(plan.config.dim)
    rng = np.random.default_rng(plan.seed)
    words, outputs = aligned(len(names), width), aligned(len(names) if len(plan.noise) else n_kept - 1, width)
    for first in range(0, len(names), 2**16):
        part = words[first : first + 2**16, :dim]
        part[:] = (rng.random(part.shape, np.float32) - 0.5) * 2 / dim
    if base is not None:
        _take_over(words, names, base.words, base.vectors)
        end = base.end
        if end is not None and end.state["engine"] == ENGINE and len(plan.noise) and end.state["outputs_of"] == "words":
            _take_over(outputs, names, end.state["words"], end.arrays["outputs"])
    return State(words, outputs)


def _take_over(rows: np.ndarray, names: list[str], theirs: list[str], vectors: np.ndarray) -> None:
    """Copy the vectors of the words that both have."""
    place = {word: i for i, word in enumerate(theirs)}
    pairs = np.array([(i, place[word]) for i, word in enumerate(names) if word in place], np.int64).reshape(-1, 2)
    rows[pairs[:, 0], : vectors.shape[1]] = vectors[pairs[:, 1]]


def checkpoint_of(plan: Plan, state: State, names: list[str]) -> Checkpoint:
    """All that is needed to resume, or to initialise a later run."""
    dim = plan.config.dim
    values = {
        "engine": ENGINE,
        "words": names,
        "outputs_of": "words" if len(plan.noise) else "nodes",
        "corpus": plan.corpus.id,
        "config": asdict(plan.config),
        "seed": plan.seed,
        "epoch": state.epoch,
        "block": state.block,
        "block_tokens": plan.block_tokens,
        "sums": state.sums.tolist(),
        "losses": state.losses,
        "validation": state.validation,
        "before": state.before,
        "seconds": state.seconds,
    }
    return Checkpoint(values, {"vectors": state.words[:, :dim], "outputs": state.outputs[:, :dim]})


def resumed(saved: Checkpoint, plan: Plan, names: list[str]) -> State:
    """The state as it was saved; BadInput if it belongs to another training."""
    from embedlab.kernels.machine import aligned, padded

    s = saved.state
    mine = (ENGINE, plan.corpus.id, asdict(plan.config), plan.seed, len(names))
    config = asdict(from_dict(Word2VecConfig, dict(s["config"])))  # an older one lacks newer settings
    if (s["engine"], s["corpus"], config, s["seed"], len(s["words"])) != mine:
        raise BadInput(
            "The checkpoint was saved by another training: its corpus, settings, seed or version differ. "
            "Train again from the start."
        )
    matrices = []
    for rows in (saved.arrays["vectors"], saved.arrays["outputs"]):
        matrix = aligned(len(rows), padded(rows.shape[1]))
        matrix[:, : rows.shape[1]] = rows
        matrices.append(matrix)
    return State(
        *matrices,
        s["epoch"],
        s["block"],
        np.array(s["sums"]),
        list(s["losses"]),
        list(s["validation"]),
        s["before"],
        s["seconds"],
    )


def check_memory(n_words: int, dim: int) -> None:
    """MemoryError before the system runs out."""
    import psutil

    if 3 * 4.0 * n_words * (dim + 16) > psutil.virtual_memory().available:
        raise MemoryError
