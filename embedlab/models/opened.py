"""Saved models opened again, whatever family made them."""

import json
from pathlib import Path

from embedlab.models.encoder import Encoder, load_encoder
from embedlab.session import Session


def open_encoder(base: str, max_length: int) -> Encoder:
    """The encoder named by `base` (see load_encoder), or the static one that a folder holds."""
    if is_static(base):
        from embedlab.models.static_model import load_static

        return load_static(Path(base))
    return load_encoder(base, max_length)


def base_of(config, session: Session) -> str:
    """What a training opens: the model of the run it begins from, or what its settings name."""
    model = session.base.model if session.base is not None else None
    return config.base if model is None else str(model)


def is_static(base: str) -> bool:
    """Whether `base` is a folder of a sentence-transformers model that sums rows of a table."""
    modules = Path(base) / "modules.json"
    if not modules.is_file():
        return False
    first = json.loads(modules.read_text(encoding="utf-8"))[0]["type"]
    return first.rpartition(".")[2] == "StaticEmbedding"
