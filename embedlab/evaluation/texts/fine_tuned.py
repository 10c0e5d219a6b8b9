"""Texts with labels by a fine-tuned encoder: it learns the training texts of the benchmark, with a head on top, and then answers the others."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import Report, silent, span
from embedlab.data.build import add_files
from embedlab.data.reading.columns import Columns
from embedlab.evaluation.files.text_tables import LabelledTexts
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.texts.sentences import by_label, macro_f1, score_probe
from embedlab.evaluation.texts.text_vectors import encoder_reader
from embedlab.evaluation.words.similarity import mean_of

MOST = 5_000  # training texts: some minutes on two cores
VALIDATION = 10  # one in so many of them picks the epoch


def score_tuned(
    load: Callable[[], object], texts: LabelledTexts, *, name: str, title: str, seed: int, report: Report = silent
) -> BenchmarkResult:
    """Accuracy (and macro F1) after all layers have learned the training texts for two epochs; beside it the linear probe.

    The run itself is left as it is: a copy of its encoder learns.
    """
    found = score_probe(encoder_reader(load), texts, name=name, title=title, seed=seed, report=span(report, 0.0, 0.2))
    if found.score is None:
        return found
    train = np.flatnonzero(
        [not held and bool(a.strip() or b.strip()) for (a, b, _), held in zip(texts.rows, texts.test)]
    )
    if len(train) > MOST:
        train = train[np.linspace(0, len(train) - 1, MOST).astype(np.int64)]
    answers = np.flatnonzero(texts.test)[[row["item"] for row in found.rows]]
    predicted = _learned(load(), texts, train, answers, seed, span(report, 0.2, 1.0))
    labels = np.array([row[2] for row in texts.rows])
    y = labels[answers]
    right = predicted == y
    f1, low, high = macro_f1(y, predicted, seed)
    score, lowest, highest = mean_of(right, seed)
    probe = {"name": "linear probe", "score": found.score, "low": found.low, "high": found.high}
    said = f"A copy of the encoder learned {len(train):,} training texts, all layers, two epochs."
    return replace(
        found,
        score=score,
        low=lowest,
        high=highest,
        note=f"{found.note} {said}".strip(),
        parts=by_label(y, right, labels[texts.test], seed),
        rows=[
            row | {"predicted": str(p), "right": bool(p == row["label"])}
            for row, p in zip(found.rows, predicted, strict=True)
        ],
        references=[probe, *found.references],
        metrics=[found.metrics[0] | {"score": f1, "low": low, "high": high}],
    )


def together(encoder, first: str, second: str) -> str:
    """Two texts as one with the separator of the encoder between them, as BERT reads pairs (Devlin et al. 2019); a single one as it is."""
    return f"{first} {getattr(encoder.model.tokenizer, 'sep_token', None) or ''} {second}" if second else first


def _learned(
    encoder, texts: LabelledTexts, train: np.ndarray, answers: np.ndarray, seed: int, report: Report
) -> np.ndarray:
    """The labels that a copy of the encoder gives to the texts `answers` once it has learned those of `train`."""
    from embedlab.models.classifier.config import ClassifierConfig
    from embedlab.models.classifier.split import Split
    from embedlab.models.classifier.train import train_on

    used = np.concatenate([train, answers])
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        encoder.save(folder / "encoder")
        # A reader of tables drops rows without text, so a blank text becomes a full stop: each row is one document.
        rows = ({"text": together(encoder, *texts.rows[i][:2]).strip() or ".", "label": texts.rows[i][2]} for i in used)
        path = folder / "texts.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        corpus = add_files([(path, path.name)], folder / "corpora", name="texts", columns=Columns("text", "label"))
        if corpus.n_documents != len(used):
            raise BadInput(
                f"Of {len(used):,} texts {corpus.n_documents:,} could be read, so the answers would not belong to their "
                "texts. Remove texts that hold no visible characters."
            )
        order = np.random.default_rng(seed).permutation(len(train))
        held = max(2, len(train) // VALIDATION)
        split = Split(
            np.sort(order[held:]),
            np.sort(order[:held]),
            np.arange(len(train), len(used)),
            np.asarray(corpus.labels, np.int64),
            corpus.label_names,
            texts.split,
        )
        config = ClassifierConfig(
            base=str(folder / "encoder"), epochs=2, max_length=min(128, encoder.max_length), max_words=10
        )
        trained = train_on(corpus, config, split, seed=seed, report=report)
        classifier = trained.encoder
        logits = trained.documents[split.test] @ classifier.weight.T + classifier.bias
        return np.array(split.names)[logits.argmax(1)]
