"""What the notes of a run say of how it was trained and encoded, in sentences; runs of older versions lack some of them."""

from collections.abc import Mapping


def how_trained(notes: Mapping, config: Mapping) -> str:
    """Two plain sentences at most: in which precision, where and on how much of each text it was trained, and how it was encoded.

    notes, config: those of the run; "" where the notes say nothing of it, as of families without a transformer.
    """
    return " ".join(filter(None, (_trained(notes, config), _encoded(notes.get("encoding")))))


def on_gpu(notes: Mapping) -> str:
    """The name of the GPU that was computed on, "" for a processor or where the notes do not say."""
    kind, _, name = notes.get("device", "").partition(": ")
    return (name or "the GPU") if kind == "cuda" else ""


def _trained(notes: Mapping, config: Mapping) -> str:
    precision, milliseconds = notes.get("precision"), {}
    if isinstance(precision, Mapping):  # a classifier's, with the seconds of the trial
        milliseconds = {name: precision[f"{name}_ms"] for name in ("float32", "bfloat16") if f"{name}_ms" in precision}
        precision = precision["used"]
    where = f" on {on_gpu(notes) or 'the processor'}" if "device" in notes else ""
    parts = [f"in {precision}{where}{_tried(precision, milliseconds)}"] if precision else []
    length = notes.get("training_length")
    if length and config.get("trim") and length < config.get("max_length", 0):
        parts.append(f"on the first {length:,} tokens of each text (95 of 100 have no more)")
    if frozen := notes.get("frozen_layers"):
        parts.append(
            f"with the lowest {f'{frozen} layers' if frozen > 1 else 'layer'} left as {'they were' if frozen > 1 else 'it was'}"
        )
    return f"Trained {', '.join(parts)}." if parts else ""


def _tried(used: str, milliseconds: Mapping) -> str:
    """What the trial of both precisions found, where its numbers were kept."""
    if len(milliseconds) < 2:
        return ""
    other = "float32" if used == "bfloat16" else "bfloat16"
    return f" ({milliseconds[used]:,g} ms a step in a trial, {other} {milliseconds[other]:,g} ms)"


def _encoded(encoding: Mapping | None) -> str:
    if not encoding:
        return ""
    speed, cosine = encoding.get("texts_per_second"), encoding.get("cosine_to_float32")
    if not speed or not cosine:
        return f"Encoded in {'eight bits' if encoding['precision'] == 'int8' else 'float32'}."
    measured = (
        f"{speed['int8'] / speed['float32']:.1f} times as fast as float32; cosine to float32 {cosine['mean']:.3f} on average, "
        f"{cosine['lowest']:.3f} at the lowest."
    )
    return (
        f"Encoded in eight bits, {measured}"
        if encoding["precision"] == "int8"
        else f"Encoded in float32; in a trial eight bits were {measured}"
    )
