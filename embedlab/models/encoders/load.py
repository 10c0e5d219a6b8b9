"""Models that a training is initialised from, or that are loaded again, of any family."""

import json
from pathlib import Path

from embedlab.core.background import run_beside
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Progress, Report
from embedlab.models.encoders.encoder import Encoder, load_encoder
from embedlab.models.training.session import Session


def open_base(config, session: Session, report: Report) -> Encoder:
    """The encoder that a training is initialised from; BadSetting if it cannot be loaded."""
    return run_beside(
        lambda: open_encoder(base_of(config, session), config.max_length),
        lambda: report(Progress(0, 1, f"Loading {config.base} (the first time takes a while)")),
    )


def require_transformer(encoder: Encoder, base: str, otherwise: str) -> None:
    """BadSetting unless the encoder is a transformer that gradients can go through here."""
    if not encoder.is_transformer:
        raise BadSetting(
            f"The model {base!r} holds no transformer that could be fine-tuned here. Choose another base model, or "
            f"{otherwise}."
        )


def open_encoder(base: str, max_length: int) -> Encoder:
    """The encoder named by `base` (see load_encoder), or the static one that a folder holds."""
    if is_static(base):
        from embedlab.models.encoders.static_encoder import load_static

        return load_static(Path(base))
    return load_encoder(base, max_length)


def base_of(config, session: Session) -> str:
    """The name or folder of the base model: that of the base run, or what the settings name."""
    model = session.base.model if session.base is not None else None
    return config.base if model is None else str(model)


def is_static(base: str) -> bool:
    """Whether `base` is a folder of a sentence-transformers model that sums rows of a table."""
    try:
        first = json.loads((Path(base) / "modules.json").read_text(encoding="utf-8"))[0]["type"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return str(first).rpartition(".")[2] == "StaticEmbedding"
