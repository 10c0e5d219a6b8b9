"""The identity of a checkpoint: it belongs to one version of a family, one corpus, its settings and its seed."""

from collections.abc import Mapping
from dataclasses import asdict

from embedlab.core.errors import BadInput
from embedlab.models.training.session import Checkpoint

ANOTHER = (
    "The checkpoint was saved by another training: its corpus, settings, seed, base model or version differ. "
    "Train again from the start."
)


def identity(engine: str, corpus_id: str, config, seed: int) -> dict:
    """The values that every checkpoint of a training carries. engine: the family and the version of what is saved."""
    return {"engine": engine, "corpus": corpus_id, "config": asdict(config), "seed": seed}


def state_of(saved: Checkpoint, whose: dict) -> Mapping:
    """The state of a checkpoint that belongs to this training; BadInput for any other."""
    if any(saved.state.get(name) != value for name, value in whose.items()):
        raise BadInput(ANOTHER)
    return saved.state
