"""What a classifier run has learned: its confusion matrix, scores a label, mistakes, and a box to try a sentence in."""

from pathlib import Path

import pandas as pd
import streamlit as st

from embedlab import plots
from embedlab.core.errors import BadInput
from embedlab.core.glossary import term
from embedlab.models import family_of
from embedlab.store.runs import Run
from embedlab.ui.parts.frame import dark, metrics
from embedlab.ui.parts.text import plain

SHARE = {"min_value": 0.0, "max_value": 1.0, "format": "%.3f", "width": "small"}


def results(run: Run) -> None:
    """The scores of a finished run that labels texts, its mistakes, and a box to try it in."""
    found = run.summary["notes"]["classification"]
    st.subheader("How well it tells the labels apart", anchor=False)
    st.caption(
        f"{plain(found['split']['said'])} Scores are of the test part, which was looked at once, with the epoch that "
        "was best on validation: "
        f"{found['best_epoch']} of {len(found['epochs'])}."
    )
    _headline(found)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            plots.confusion(found["labels"], found["confusion"], dark=dark()),
            key=f"confusion_{run.id}",
            config={"displayModeBar": False},
        )
    with right:
        try_box(run, found["labels"])
        _by_label(run, found)
    _mistakes(run, found)


def _headline(found: dict) -> None:
    majority = found["majority"]
    facts = [
        ("Accuracy", f"{found['accuracy'][0]:.1%}", "Share of the test documents that were given their own label."),
        (
            "Macro-F1",
            f"{found['macro_f1'][0]:.3f}",
            "Mean F1 of the labels: each counts alike, however many documents it has.",
        ),
        (
            f"Always “{majority['label']}”",
            f"{majority['accuracy'][0]:.1%}",
            "Accuracy of giving every document the most frequent label.",
        ),
    ]
    metrics(*facts)
    st.caption(
        f"95 % intervals over {found['n']:,} test documents: accuracy {_interval(found['accuracy'])}, macro-F1 "
        f"{found['macro_f1'][1]:.3f} to {found['macro_f1'][2]:.3f}.{_beside_majority(found)}"
    )


def _beside_majority(found: dict) -> str:
    """A word of caution where the interval does not lie above giving every document the most frequent label."""
    if found["accuracy"][1] > found["majority"]["accuracy"][0]:
        return ""
    return (
        " Not shown to be better than giving every document the most frequent label. More labelled documents would "
        "tell."
    )


def _interval(score: list[float]) -> str:
    return f"{score[1]:.1%} to {score[2]:.1%}"


def _by_label(run: Run, found: dict) -> None:
    frame = pd.DataFrame(found["classes"])[["label", "n", "precision", "recall", "f1"]]
    frame.columns = ["Label", "Documents", "Precision", "Recall", "F1"]
    for place, name in ((3, "precision"), (5, "recall")):  # cards of older versions have no intervals
        ends = [one.get(f"{name}_interval") for one in found["classes"]]
        if all(ends):
            texts = [f"{low:.2f} to {high:.2f}" for low, high in ends]
            frame.insert(place, f"{name.capitalize()}, 95 %", texts)
    columns = {
        "Documents": st.column_config.NumberColumn(
            "n", format="localized", width=62, help="Test documents of this label."
        ),
        "Precision": st.column_config.NumberColumn(
            format="%.3f", width=74, help="Of the documents given this label, the share that has it."
        ),
        "Recall": st.column_config.NumberColumn(
            format="%.3f", width=62, help="Of the documents of this label, the share that was given it."
        ),
        "F1": st.column_config.NumberColumn(format="%.3f", width=62, help=term("F1")),
    }
    st.markdown("**By label**")
    st.dataframe(
        frame,
        hide_index=True,
        column_config=columns,
        key=f"labels_{run.id}",
        alt="Precision, recall and F1 of each label",
    )


def _mistakes(run: Run, found: dict) -> None:
    st.markdown("**Most confident mistakes**")
    if not found["mistakes"]:
        st.caption("None: every test document was given its own label.")
        return
    st.caption("Wrong answers on the test part, the surest first. Some may be labels that are wrong in the corpus.")
    frame = pd.DataFrame(found["mistakes"])[["text", "label", "predicted", "probability", "document"]]
    frame.columns = ["Text", "Label", "Answer", "Probability", "Document"]
    st.dataframe(
        frame,
        hide_index=True,
        row_height=70,
        height=min(400, 40 + 70 * len(frame)),
        key=f"mistakes_{run.id}",
        alt="The most confident mistakes",
        column_config={
            "Text": st.column_config.TextColumn(width="large"),
            "Probability": st.column_config.ProgressColumn(**SHARE),
            "Document": st.column_config.NumberColumn(
                "Number", format="localized", help="Number of the document in the corpus."
            ),
        },
    )


def try_box(run: Run, labels: list[str]) -> None:
    """A sentence typed, and how probable the model finds each label."""
    st.markdown("**Try a sentence**")
    text = st.text_input(
        "Text to classify",
        key=f"classify_{run.id}",
        placeholder="Type a text and press Enter",
        label_visibility="collapsed",
    )
    if not text.strip():
        st.caption(f"The model answers with one of {len(labels):,} labels, and how probable it finds each.")
        return
    try:
        answer = _model(run.spec.model, str(run.encoder_folder), run.spec.config["max_length"]).answers([text])[0]
    except BadInput as error:
        st.warning(plain(str(error)), icon=":material/error:")
        return
    st.plotly_chart(
        plots.probabilities(answer["probabilities"], dark=dark()),
        key=f"answer_{run.id}",
        config={"displayModeBar": False},
    )


@st.cache_resource(max_entries=2, show_spinner="Loading the classifier")
def _model(model: str, folder: str, max_length: int):
    return family_of(model).open_classifier(Path(folder), max_length)
