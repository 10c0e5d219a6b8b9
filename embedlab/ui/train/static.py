"""What a static run costs and keeps, beside the transformer it came from."""

import streamlit as st

from embedlab.core.sizes import count_of
from embedlab.models.run_notes import on_gpu
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import metrics
from embedlab.ui.parts.text import plain


def results(run: Run) -> None:
    """Speed and agreement of a finished run of static vectors, beside the transformer that they came from."""
    notes = run.summary["notes"]
    kept = notes["kept"]
    st.subheader("Beside its transformer", anchor=False)
    facts = [
        (
            "Encodes",
            f"{kept['static_words_per_second']:,} words/s",
            f"The median of five tries on {count_of(kept['documents'], 'document')}.",
        ),
        (f"{run.spec.config['base']} encodes", f"{kept['transformer_words_per_second']:,} words/s", _where(run, notes)),
        ("Faster", f"{kept['times_faster']:,.0f} times", _range(kept)),
    ]
    said = ""
    if kept["agreement"]:
        score, low, high = kept["agreement"]
        facts.append(
            (
                "Agreement",
                f"{score:.3f}",
                "Spearman's correlation of both models' cosines over all pairs of "
                f"{count_of(kept['documents'], 'document')}.",
            )
        )
        said = (
            "Agreement is 1 where both models find the same documents alike, and 0 where they have nothing in common. "
            f"95 % interval {low:.3f} to {high:.3f}."
        )
    metrics(*facts)
    what = [f"{notes['tokens']:,} tokens"]
    if notes.get("variance_kept"):
        what.append(f"{notes['variance_kept']:.1%} of the variance kept in {run.summary['dim']} dimensions")
    if notes.get("trained_on"):
        what.append(
            f"trained on {notes['trained_on']} ({notes['pairs']:,}, {notes['held_out_pairs']:,} of them held out)"
        )
    st.caption(plain(". ".join([" · ".join(what), *filter(None, [said])])))


def _where(run: Run, notes: dict) -> str:
    """The device of the transformer when both were timed: a look-up needs no GPU, a transformer uses one."""
    if gpu := on_gpu(notes):
        return f"The same documents, on {gpu}; the static model encodes on the processor."
    known = "device" in notes and run.spec.config.get("mode") != "train"  # which names the place of the table alone
    return f"The same documents on the same {'processor' if known else 'machine'}."


def _range(kept: dict) -> str:
    """How far the rounds of the timing lay apart; runs of older versions were timed once."""
    if "rounds" not in kept:
        return "Timed once, so another load of the machine gives another number."
    low, high = kept["times_faster_range"]
    return f"Median of {kept['rounds']} rounds measured in turn on equal texts. Range: {low:,.0f} to {high:,.0f} times."
