"""Classifier: a head on a sentence encoder that tells the labels of a corpus apart.

The head is first fitted to the frozen vectors (a linear probe). Unless the head alone is trained, encoder and head
then learn together (`tune`), so that a random head does not damage the encoder (Kumar et al. 2022, "Fine-tuning can
distort pretrained features").
Left out: a separate pooler, so AutoModelForSequenceClassification does not fit; the head reads the pooled vector.
"""

import time

import numpy as np

from embedlab.core.background import run_reporting
from embedlab.core.device import memory_for, named, torch_threads
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.classifier.head import (
    Classifier,
    Head,
    HeadFit,
    Labelled,
    fit_head,
    probe_accuracy,
    quality,
    softmax,
)
from embedlab.models.classifier.scores import accuracy_of, score_predictions, worst_mistakes
from embedlab.models.classifier.split import split_corpus
from embedlab.models.classifier.tune import Plan, State, Task, checkpoint_of, tuned
from embedlab.models.encoders.checkpoint_identity import state_of
from embedlab.models.encoders.corpus_vectors import Encoding, encoded
from embedlab.models.encoders.load import open_base, require_transformer
from embedlab.models.encoders.model_card import Card, code, model_card, table
from embedlab.models.family import Measure, Trained, start_end
from embedlab.models.training.loop import Course
from embedlab.models.training.requirements import require_words
from embedlab.models.training.session import ALONE, Session
from embedlab.vectors.embedding import Embedding

USE = """import json
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

folder = "path/to/this/folder"
encoder = SentenceTransformer(folder)
head, labels = load_file(f"{folder}/classifier.safetensors"), json.load(open(f"{folder}/classifier.json"))["labels"]
logits = encoder.encode(["A text to classify"]) @ head["weight"].T + head["bias"]
print(labels[int(logits[0].argmax())])"""


def train(
    corpus: Corpus, config: ClassifierConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A classifier of the corpus labels: its encoder's vectors of words and documents, and what it is worth.

    The loss of an epoch is the mean cross-entropy of the training documents, each measured just before its update; the
    validation loss that of the validation documents after the epoch. notes["classification"] holds the scores on the
    test documents, measured once, of the epoch that was best on validation. TrainingFailed when the labels do not allow
    a split, memory runs out or the loss is not finite; BadSetting when the base model cannot be loaded.
    """
    report(Progress(0, 1, "Checking the labels"))
    require_words(corpus)
    split = split_corpus(corpus, config, seed=seed)
    return train_on(Task(corpus, config, split, seed), report=report, session=session)


def train_on(task: Task, *, report: Report = silent, session: Session = ALONE) -> Trained:
    """The same on a split that is given."""
    config = task.config
    encoder = open_base(config, session, report)
    if config.mode != "probe":
        require_transformer(encoder, config.base, "train the head alone")
    with (
        torch_threads(config.workers),
        memory_for(
            f"batches of {config.batch_size} texts of up to {config.max_length} tokens",
            "Lower the batch size or the maximum length, or train the top layers or the head alone.",
        ),
    ):
        return _train(Plan.of(task, encoder, report, session))


def _train(plan: Plan) -> Trained:
    config, split, saved = plan.config, plan.split, plan.session.saved
    if saved is None:
        before = _encoded(plan, 0, cached=True)
        plan.session.rest(
            plan.encoding / plan.total,
            plan.words.words,
            lambda ids: before["words"][ids],
            lambda: checkpoint_of(plan, State(), before),
        )
    else:
        state_of(saved, plan.identity)
        before = {what: saved.arrays[f"before_{what}"] for what in ("words", "documents")}
    started = time.perf_counter()
    head, head_records = _fitted(plan, before["documents"])
    course = Course(seconds=time.perf_counter() - started, records=head_records)
    state, after = State(course), before
    if config.mode != "probe":
        state = tuned(plan, head, before)
        after = _encoded(plan, plan.tuning + plan.training)
    weight, bias = head.folded()
    probabilities = softmax(after["documents"][split.test] @ weight.T + bias)
    notes = _notes(plan, state, probabilities, before, after)
    if config.mode != "probe":
        notes["head"] = {
            "epochs": len(head_records),
            "validation_accuracy": max(head_records, key=quality)["validation_accuracy"],
        }
    classifier = Classifier(plan.encoder, split.names, weight, bias, _card(plan, notes))
    plan.tell(plan.total, "Done")
    n_tokens = np.diff(np.asarray(plan.corpus.sentences)[np.asarray(plan.corpus.documents)])
    return Trained(
        Embedding(list(plan.words.words), after["words"], plan.words.counts),
        tuple(r["loss"] for r in state.records),
        state.course.seconds,
        int(n_tokens[split.train].sum()) * len(state.records),
        after["documents"],
        classifier,
        notes,
        tuple(r["validation_loss"] for r in state.records),
        before={} if config.mode == "probe" else before,
    )


def _encoded(plan: Plan, done: float, *, cached: bool = False) -> dict[str, np.ndarray]:
    """The vectors of all words and documents as the encoder is now; `done` is the cost before it."""

    def work(relay: Report) -> dict:
        def tell(cost: float, message: str, metrics: dict) -> None:
            relay(Progress(done + cost, plan.total, message, metrics))

        with torch_threads(plan.config.workers):
            how = Encoding(cache=plan.session.cache if cached else None)
            return encoded(plan.encoder, plan.words, plan.corpus, tell, how)

    return run_reporting(work, plan.report)


def _head_fit(plan: Plan) -> HeadFit:
    """How a head is fitted to frozen vectors."""
    return HeadFit(plan.config.head_epochs, plan.config.head_rate, plan.seed, plan.weights)


def _fitted(plan: Plan, documents: np.ndarray) -> tuple[Head, list[dict]]:
    """The head that frozen vectors give, and its epochs; they are told of where they are all the training there is."""
    split, labels = plan.split, plan.split.labels
    alone, n = plan.config.mode == "probe", plan.config.head_epochs

    def tick(record: dict) -> None:
        metrics = (
            {
                "epoch": record["epoch"],
                "loss": record["loss"],
                "validation": record["validation_loss"],
                "accuracy": record["validation_accuracy"],
            }
            if alone
            else {}
        )
        plan.tell(
            plan.encoding + plan.fitting * record["epoch"] / n,
            f"Fitting the head, epoch {record['epoch']} of {n}",
            metrics,
        )

    learned, validation = (Labelled(documents[rows], labels[rows]) for rows in (split.train, split.validation))
    return fit_head(learned, validation, len(split.names), _head_fit(plan), tick=tick)


# What is told of it


def _notes(plan: Plan, state: State, probabilities: np.ndarray, before: dict, after: dict) -> dict:
    config, split, seed = plan.config, plan.split, plan.seed
    own = split.labels[split.test]
    most = int(np.bincount(split.labels[split.train]).argmax())
    best = max(range(len(state.records)), key=lambda i: quality(state.records[i]))
    scores = score_predictions(own, probabilities, split.names, most_frequent=most, seed=seed) | {
        "split": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
            "said": split.said,
        },
        "epochs": state.records,
        "best_epoch": best + 1,
        "mistakes": worst_mistakes(plan.corpus, split.test, own, probabilities, split.names),
    }
    notes = {
        "engine": "sentence-transformers",
        "base": config.base,
        "max_length": plan.encoder.max_length,
        "device": named(plan.encoder.model.device),
        "loss_is": "mean cross-entropy of a document's label",
        "classification": scores,
        "warnings": list(split.warnings),
    }
    if config.mode == "probe":
        return notes
    start, end = (probe_accuracy(vectors["documents"], split, _head_fit(plan)) for vectors in (before, after))
    interval = [accuracy_of(matrix) for matrix in (start, end)]
    notes["start_end"] = [start_end(Measure("linear probe", "accuracy", "test part", len(own)), *interval)]
    notes["precision"] = state.precision
    if best + 1 < len(state.records):
        notes["warnings"].append(
            f"Epoch {best + 1} of {len(state.records)} was best on validation and was kept; fewer epochs may do."
        )
    return notes


def _card(plan: Plan, notes: dict) -> str:
    """The README of the model: what it is, what it learned from, what it is worth, how it is used."""
    found = notes["classification"]
    some = ", ".join(map(code, found["labels"][:8])) + (" …" if len(found["labels"]) > 8 else "")
    about = (
        f"A linear head over the sentence vectors of {code(plan.config.base)} that tells {some} apart. The encoder "
        "alone loads by "
        f"`SentenceTransformer(folder)` or `AutoModel.from_pretrained(folder)`. {found['split']['said']}"
    )
    measured = {
        "Accuracy": found["accuracy"],
        "Macro-F1": found["macro_f1"],
        f"Accuracy of always answering {code(found['majority']['label'])}": found["majority"]["accuracy"],
    }
    scores = table(
        ("test part", "score", "95% interval"),
        [(name, f"{score:.3f}", f"{low:.3f} to {high:.3f}") for name, (score, low, high) in measured.items()],
    )
    scores += table(
        ("label", "n", "precision", "recall", "F1"),
        [
            (code(c["label"]), f"{c['n']:,}", *(f"{c[name]:.3f}" for name in ("precision", "recall", "f1")))
            for c in found["classes"]
        ],
    )
    scores += [
        f"Epoch {found['best_epoch']} of {len(found['epochs'])} was best on validation and is the one kept; the test "
        "part was looked at once.",
        "",
    ]
    return model_card(
        Card(
            f"Classifier of {len(found['labels'])} labels",
            about,
            plan.corpus,
            plan.config,
            plan.seed,
            notes,
            scores=scores,
            use=USE,
            task="text-classification",
        )
    )
