"""Encoder and head of a classifier trained together, from a head fitted to frozen vectors (Kumar et al. 2022).

Batches pass in pieces that memory bears and that let a user cancel; between two batches the session may save or pause.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from embedlab.core.progress import Progress, Report
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.classifier.head import Head, quality
from embedlab.models.classifier.layers import LORA_RATE, close_after_training, learning, n_frozen, open_for_training
from embedlab.models.classifier.split import Split
from embedlab.models.encoders.batches import GPU_TOKENS, even_batches, length_batches, token_batches
from embedlab.models.encoders.checkpoint_identity import identity, state_of
from embedlab.models.encoders.corpus_vectors import encoding_cost
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.frozen_layers import Reader, training_mode
from embedlab.models.encoders.inference import tokens_of
from embedlab.models.encoders.optimiser import Descent, Schedule, finite
from embedlab.models.encoders.precision import choose_precision, in_precision
from embedlab.models.training.loop import Course, Loop, Step, train
from embedlab.models.training.session import Checkpoint, Session

ENGINE = "classifier 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
PIECE_TOKENS = 4096  # go through the encoder at once; more in a batch come piece by piece
# On a GPU, while learning: every layer keeps its activations for the gradient (some 15 GB for a BERT of 12 layers).
GPU_PIECE = GPU_TOKENS // 4
# Cost of a document and epoch in units of encoding it once: forward, backward, and the validation text.
COST = {"full": 3.2, "lora": 2.8, "top": 1.5, "probe": 0.0}
HEAD_COST = 1e-3


@dataclass(frozen=True, eq=False)
class Task:
    """What a classifier is trained for: the labels of a corpus, on these parts of it."""

    corpus: Corpus
    config: ClassifierConfig
    split: Split
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Plan:
    """What stays the same throughout a training. weights: of each label in the loss, or None."""

    corpus: Corpus
    config: ClassifierConfig
    split: Split
    encoder: Encoder
    seed: int
    report: Report
    session: Session
    words: Vocabulary
    weights: np.ndarray | None

    @classmethod
    def of(cls, task: Task, encoder: Encoder, report: Report, session: Session) -> "Plan":
        """The plan of a task, with the label weights and the words to encode."""
        corpus, config, split = task.corpus, task.config, task.split
        counts = np.bincount(split.labels[split.train], minlength=len(split.names))
        weights = counts.sum() / (len(counts) * np.maximum(counts, 1)) if config.balanced else None
        return cls(
            corpus,
            config,
            split,
            encoder,
            task.seed,
            report,
            session,
            corpus.vocabulary.head(max_words=config.max_words),
            weights,
        )

    @property
    def identity(self) -> dict:
        return identity(ENGINE, self.corpus.id, self.config, self.seed)

    @property
    def encoding(self) -> float:
        """Cost of encoding all words and documents."""
        return encoding_cost(self.corpus, self.words)

    @property
    def fitting(self) -> float:
        return HEAD_COST * len(self.split.train) * self.config.head_epochs

    @property
    def tuning(self) -> float:
        """Cost of all that comes before encoder and head learn together."""
        return self.encoding + self.fitting

    @property
    def training(self) -> float:
        return COST[self.config.mode] * len(self.split.train) * self.config.epochs

    @property
    def total(self) -> float:
        return self.encoding * (1 if self.config.mode == "probe" else 2) + self.training + self.fitting

    def tell(self, cost: float, message: str, metrics: dict | None = None) -> None:
        """Report that so much of the work is done."""
        self.report(Progress(min(cost, self.total), self.total, message, metrics or {}))


@dataclass(eq=False)
class State:
    """What training changes beside the weights: its course, the best weights so far, notes on precision."""

    course: Course = field(default_factory=Course)
    best: np.ndarray | None = None
    precision: dict = field(default_factory=dict)

    @property
    def records(self) -> list[dict]:
        """One an epoch, as notes and checkpoints keep them, with "validation_loss" and "validation_accuracy"."""
        names = {"validation": "validation_loss", "accuracy": "validation_accuracy"}
        return [{names.get(key, key): value for key, value in record.items()} for record in self.course.records]

    def values(self) -> dict:
        """The plain values of a checkpoint."""
        c = self.course
        position = {"epoch": c.epoch, "batch": c.batch, "summed": c.summed, "n_seen": c.seen, "seconds": c.seconds}
        return position | {"records": self.records, "precision": self.precision}

    @classmethod
    def of(cls, saved: Checkpoint, values: Mapping) -> "State":
        """The state in a checkpoint."""
        names = {"validation_loss": "validation", "validation_accuracy": "accuracy"}
        records = [{names.get(key, key): value for key, value in record.items()} for record in values["records"]]
        course = Course(
            epoch=values["epoch"],
            batch=values["batch"],
            step=values["taken"],
            summed=values["summed"],
            seen=values["n_seen"],
            seconds=values["seconds"],
            records=records,
        )
        return cls(course, saved.arrays.get("best"), values["precision"])


def tuned(plan: Plan, head: Head, before: dict) -> State:
    """Train encoder and head in place; they end with the weights of the epoch that was best on validation."""
    opened = open_for_training(plan.encoder, plan.config, seed=plan.seed)
    head.to(plan.encoder.model.device)
    tuning = _Tuning(plan, head, before)
    tuning.run()
    tuning.descent.fill(tuning.state.best)
    close_after_training(plan.encoder, opened)
    head.to("cpu")
    return tuning.state


def checkpoint_of(plan: Plan, state: State, before: dict, descent: Descent | None = None) -> Checkpoint:
    """All that is needed to resume; descent: None before encoder and head have begun to learn together."""
    values = plan.identity | state.values()
    values |= {
        "words": list(plan.words.words),
        "begun": descent is not None,
        "taken": descent.steps if descent else 0,
    }
    arrays = {f"before_{what}": vectors for what, vectors in before.items()}
    if descent is not None:
        arrays |= descent.arrays() | ({"best": state.best} if state.best is not None else {})
    return Checkpoint(values, arrays)


class _Tuning:
    """The functions that the loop calls, and what they share.

    A class because it guards that head, optimiser and state of a checkpoint belong together.
    """

    def __init__(self, plan: Plan, head: Head, before: dict):
        self.plan, self.head, self.before, self.state = plan, head, before, State()
        rows = np.concatenate([plan.split.train, plan.split.validation]).tolist()
        tick = lambda done: plan.tell(plan.tuning, f"Tokenising, {done:,} texts")  # noqa: E731
        texts = [plan.corpus.text(row) for row in rows]
        self.tokens = dict(zip(rows, tokens_of(plan.encoder, texts, tick=tick), strict=True))
        self.n_frozen = n_frozen(plan.encoder, plan.config)
        n_tokens = sum(map(len, self.tokens.values()))
        self.reader = Reader(plan.encoder, self.tokens.__getitem__, self.n_frozen, n_tokens=n_tokens)
        rate = plan.config.learning_rate * (LORA_RATE if plan.config.mode == "lora" else 1)
        self.descent = Descent(
            [(self._reached(), rate), (head.parameters, plan.config.head_rate)],
            Schedule(len(self._batches(0)) * plan.config.epochs, plan.config.warmup),
        )

    def run(self) -> None:
        """Resume from a checkpoint or choose the precision; then every epoch that is left."""
        self._begin()
        plan = self.plan
        loop = Loop(
            n_epochs=plan.config.epochs,
            n_steps=self.descent.n_steps,
            batches=self._batches,
            step=self._step,
            measure=self._measure,
            rest=self._rest,
            tell=lambda share, *said: plan.tell(plan.tuning + plan.training * share, *said),
            unit="texts",
            corpus=plan.corpus.name,
            ended=self._keep_best,
        )
        train(loop, self.state.course)

    def _reached(self) -> list:
        """The parameters of the encoder that a document's loss reaches, found by one."""
        training_mode(self.plan.encoder, self.n_frozen)
        self._loss(self.plan.split.train[:2], "float32").backward()
        reached = [p for p in learning(self.plan.encoder) if p.grad is not None]
        for p in (*reached, *self.head.parameters):
            p.grad = None
        return reached

    def _begin(self) -> None:
        """Resume from what was saved, or choose the precision."""
        plan, saved = self.plan, self.plan.session.saved
        if saved is not None and (values := state_of(saved, plan.identity))["begun"]:
            self.state = State.of(saved, values)
            self.descent.put_back(saved.arrays, values["taken"])
            return
        training_mode(plan.encoder, self.n_frozen)
        batches = self._batches(0)
        piece = self._pieces(batches[len(batches) // 2])[0]
        used, spent = choose_precision(
            plan.config.precision,
            self.descent.n_steps,
            lambda precision: self._loss(piece, precision),
            self.descent.parameters,
            lambda: plan.tell(plan.tuning, "Trying which precision is faster here"),
        )
        self.state.precision = {
            "used": used,
            "trained_parameters": sum(p.numel() for p in self.descent.parameters),
            "kept_activations": self.reader.kept is not None,
        } | {f"{precision}_ms": round(1000 * seconds, 1) for precision, seconds in spent.items()}

    def _batches(self, epoch: int) -> list[np.ndarray]:
        """The documents of an epoch in shuffled batches, the same for the same seed.

        Batches hold documents of like length where the model pads.
        """
        rows, rng = self.plan.split.train, np.random.default_rng([self.plan.seed, 3, epoch])
        if self.plan.encoder.pooling:
            return even_batches(rng.permutation(rows), self.plan.config.batch_size)
        return length_batches(rows, self._lengths(rows), self.plan.config.batch_size, rng)

    def _pieces(self, rows: np.ndarray) -> list[np.ndarray]:
        import torch

        most = PIECE_TOKENS
        if self.plan.encoder.model.device.type == "cuda":
            most = GPU_PIECE if torch.is_grad_enabled() else GPU_TOKENS
        return [rows[part] for part in token_batches(self._lengths(rows), most)]

    def _lengths(self, rows: np.ndarray) -> np.ndarray:
        return np.array([len(self.tokens[row]) for row in rows.tolist()], np.int64)

    def _step(self, rows: np.ndarray, tick: Callable) -> Step:
        """One step down the gradient of a batch, which passes in pieces that memory bears."""
        import torch

        plan, summed, seen = self.plan, 0.0, 0
        # Dropout has a seed of its own at every step, so that a resumed training repeats it.
        torch.manual_seed(plan.seed * 1_000_003 + self.descent.steps)
        training_mode(plan.encoder, self.n_frozen)
        norm = float(len(rows)) if plan.weights is None else float(plan.weights[plan.split.labels[rows]].sum())
        for piece in self._pieces(rows):
            loss = self._loss(piece, self.state.precision["used"])
            summed += finite(loss, plan.config.learning_rate)
            (loss / norm).backward()
            seen += len(piece)
            tick(seen / len(rows))
        self.descent.step()
        return Step(summed * len(rows) / norm, len(rows), len(rows))

    def _loss(self, rows: np.ndarray, precision: str):
        """Summed cross-entropy of documents, each weighted by its label."""
        import torch
        from torch.nn.functional import cross_entropy

        logits, own = self._answers(rows, precision)
        weights = (
            None if self.plan.weights is None else torch.from_numpy(self.plan.weights.astype(np.float32)).to(own.device)
        )
        return cross_entropy(logits, own, weight=weights, reduction="sum")

    def _answers(self, rows: np.ndarray, precision: str):
        """(logits, labels) of documents."""
        import torch

        device = self.plan.encoder.model.device
        with in_precision(device, precision):
            vectors = self.reader(rows.tolist())
        return self.head.logits(vectors.float()), torch.from_numpy(self.plan.split.labels[rows]).to(device)

    def _keep_best(self, course: Course) -> None:
        records = self.state.records
        if len(records) == 1 or quality(records[-1]) > max(map(quality, records[:-1])):
            self.state.best = self.descent.flat()

    def _measure(self) -> dict[str, float]:
        """Mean cross-entropy and accuracy on the validation documents."""
        import torch
        from torch.nn.functional import cross_entropy

        self.plan.encoder.model.eval()
        rows, summed, right = self.plan.split.validation, 0.0, 0.0
        with torch.no_grad():
            for piece in self._pieces(rows):
                logits, own = self._answers(piece, self.state.precision["used"])
                summed += float(cross_entropy(logits, own, reduction="sum"))
                right += float((logits.argmax(1) == own).sum())
        return {"validation": summed / len(rows), "accuracy": right / len(rows)}

    def _rest(self, share: float) -> None:
        plan, words = self.plan, self.plan.words.words
        plan.session.rest(
            (plan.tuning + plan.training * share) / plan.total,
            words,
            lambda ids: plan.encoder.encode(len(ids), lambda i: words[ids[i]], tick=lambda n: None),
            lambda: checkpoint_of(plan, self.state, self.before, self.descent),
        )
