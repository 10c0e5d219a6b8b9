"""One or two sentences on how a run was trained and encoded, from its notes.

Notes of older versions may be incomplete.
"""

from collections.abc import Mapping

PRECISION_NAMES = {"int8": "eight bits", "float32": "float32"}


def how_trained(notes: Mapping, config: Mapping) -> str:
    """How a transformer was trained (precision, device, length of texts, frozen layers) and how it encoded the corpus.

    notes, config: those of the run; "" where the notes say nothing. notes["step_ms"]: milliseconds of a step in a trial
    of each precision, if any.
    """
    return " ".join(filter(None, (_trained(notes, config), _encoded(notes.get("encoding")))))


def on_gpu(notes: Mapping) -> str:
    """The name of the GPU that was used, "" for a processor or where the notes do not say."""
    kind, _, name = notes.get("device", "").partition(": ")
    return (name or "the GPU") if kind == "cuda" else ""


def _trained(notes: Mapping, config: Mapping) -> str:
    parts = []
    if precision := notes.get("precision"):
        where = f" on {on_gpu(notes) or 'the processor'}" if "device" in notes else ""
        parts.append(f"in {precision}{where}{_tried(precision, notes.get('step_ms', {}))}")
    length = notes.get("training_length")
    if length and config.get("trim") and length < config.get("max_length", 0):
        parts.append(f"on the first {length:,} tokens of each text (95 of 100 have no more)")
    if frozen := notes.get("frozen_layers"):
        parts.append(f"with the lowest {f'{frozen} layers' if frozen > 1 else 'layer'} frozen")
    return f"Trained {', '.join(parts)}." if parts else ""


def _tried(used: str, milliseconds: Mapping) -> str:
    """The result of the trial of both precisions, where its numbers were kept."""
    if len(milliseconds) < 2:
        return ""
    other = "float32" if used == "bfloat16" else "bfloat16"
    return f" ({milliseconds[used]:,g} ms a step in a trial, {other} {milliseconds[other]:,g} ms)"


def _encoded(encoding: Mapping | None) -> str:
    if not encoding:
        return ""
    speed, cosine = encoding.get("texts_per_second"), encoding.get("cosine_to_float32")
    used = PRECISION_NAMES[encoding["precision"]]
    if not speed or not cosine:
        return f"Encoded in {used}."
    measured = (
        f"{speed['int8'] / speed['float32']:.1f} times as fast as float32; cosine to float32 {cosine['mean']:.3f} on "
        f"average, {cosine['lowest']:.3f} at the lowest."
    )
    return (
        f"Encoded in {used}, {measured}"
        if used != "float32"
        else f"Encoded in float32; in a trial eight bits were {measured}"
    )
