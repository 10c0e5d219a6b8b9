"""What a finished classifier run says of itself, and how it is opened to label texts."""

from collections.abc import Mapping
from pathlib import Path

from embedlab.models import run_notes
from embedlab.models.family import always

learns_labels = always  # so that benchmarks on the same documents say how well they were learned


def open_classifier(folder: Path, max_length: int):
    """The saved classifier in `folder`, whose `answers(texts)` gives labels with probabilities."""
    from embedlab.models.classifier.head import load_classifier

    return load_classifier(folder, max_length)


def epochs(settings: Mapping, summary: Mapping) -> int | None:
    """The epochs in which the encoder was trained; None where only the head was."""
    return None if settings.get("mode") == "probe" else settings.get("epochs")


def how_trained(notes: Mapping, settings: Mapping) -> str:
    """One or two sentences on how it was trained; its notes on precision hold the milliseconds of the trial as well."""
    precision = notes.get("precision") or {}
    step_ms = {name: precision[f"{name}_ms"] for name in ("float32", "bfloat16") if f"{name}_ms" in precision}
    return run_notes.how_trained({**notes, "precision": precision.get("used"), "step_ms": step_ms}, settings)
