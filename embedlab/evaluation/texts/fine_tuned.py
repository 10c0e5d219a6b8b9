"""Texts with labels by a fine-tuned encoder: a copy learns the training texts, then labels the test texts."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.progress import span
from embedlab.data.build import add_files
from embedlab.data.reading.columns import Columns
from embedlab.evaluation.files.text_tables import LabelledTexts
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.scoring import Scoring, bounded, mean_of
from embedlab.evaluation.texts.sentences import by_label, macro_f1, score_probe
from embedlab.evaluation.texts.text_vectors import encoder_reader

MOST = 5_000  # training texts: some minutes on two cores
VALIDATION = 10  # one in ten of them picks the epoch


def score_tuned(load: Callable[[], object], texts: LabelledTexts, scoring: Scoring) -> BenchmarkResult:
    """Accuracy (and macro F1) after all layers have learned the training texts for two epochs, beside the linear probe.

    A copy of the encoder learns; the run itself does not change.
    """
    found = score_probe(encoder_reader(load), texts, replace(scoring, report=span(scoring.report, 0.0, 0.2)))
    if found.score is None:
        return found
    train = np.flatnonzero(
        [not held and bool(a.strip() or b.strip()) for (a, b, _), held in zip(texts.rows, texts.test, strict=True)]
    )
    if len(train) > MOST:
        train = train[np.linspace(0, len(train) - 1, MOST).astype(np.int64)]
    answers = np.flatnonzero(texts.test)[[row["item"] for row in found.rows]]
    rest = replace(scoring, report=span(scoring.report, 0.2, 1.0))
    predicted = _learned(load(), texts, (train, answers), rest)
    labels = np.array([row[2] for row in texts.rows])
    right = predicted == labels[answers]
    probe = {"name": "linear probe", "score": found.score, "low": found.low, "high": found.high}
    said = f"A copy of the encoder learned {len(train):,} training texts, all layers, two epochs."
    return replace(
        found,
        **bounded(mean_of(right, scoring.seed)),
        note=f"{found.note} {said}".strip(),
        parts=by_label(labels[answers], right, labels[np.asarray(texts.test, bool)], scoring.seed),
        rows=[
            row | {"predicted": str(p), "right": bool(p == row["label"])}
            for row, p in zip(found.rows, predicted, strict=True)
        ],
        references=[probe, *found.references],
        metrics=[found.metrics[0] | bounded(macro_f1(labels[answers], predicted, scoring.seed))],
    )


def together(encoder, first: str, second: str) -> str:
    """Two texts joined by the separator of the encoder, as BERT reads pairs (Devlin et al. 2019); one text as it is."""
    return f"{first} {getattr(encoder.model.tokenizer, 'sep_token', None) or ''} {second}" if second else first


def _learned(encoder, texts: LabelledTexts, parts: tuple[np.ndarray, np.ndarray], scoring: Scoring) -> np.ndarray:
    """The labels that a copy of the encoder gives to test texts. parts: the rows to learn and the rows to label."""
    from embedlab.models.classifier.config import ClassifierConfig
    from embedlab.models.classifier.split import Split
    from embedlab.models.classifier.train import train_on
    from embedlab.models.classifier.tune import Task

    train, used = parts[0], np.concatenate(parts)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        encoder.save(folder / "encoder")
        # Readers of tables drop rows without text. A blank text becomes a full stop, so that each row is one document.
        rows = ({"text": together(encoder, *texts.rows[i][:2]).strip() or ".", "label": texts.rows[i][2]} for i in used)
        path = folder / "texts.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        corpus = add_files([(path, path.name)], folder / "corpora", name="texts", columns=Columns("text", "label"))
        if corpus.n_documents != len(used):
            raise BadInput(
                f"Only {corpus.n_documents:,} of {len(used):,} texts could be read, so answers would not match texts. "
                "Remove texts without visible characters."
            )
        order = np.random.default_rng(scoring.seed).permutation(len(train))
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
        trained = train_on(Task(corpus, config, split, scoring.seed), report=scoring.report)
        classifier = trained.encoder
        logits = trained.documents[split.test] @ classifier.weight.T + classifier.bias
        return np.array(split.names)[logits.argmax(1)]
