"""Encoder and head of a classifier learning together, from a head that frozen vectors gave (Kumar et al. 2022).

Batches pass in pieces that memory and patience can bear; between two of them everything rests: the session may save a
checkpoint or pause.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from embedlab.core.parallel import Rate
from embedlab.core.progress import Progress, Report
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.classifier.head import Head, quality
from embedlab.models.classifier.layers import LORA_RATE, close_after_training, learning, n_frozen, open_for_training
from embedlab.models.classifier.split import Split
from embedlab.models.encoders.batches import GPU_TOKENS, even_batches, length_batches, token_batches
from embedlab.models.encoders.checkpoint_identity import going_on, identity
from embedlab.models.encoders.corpus_vectors import encoding_cost
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.frozen_layers import Reader, training_mode
from embedlab.models.encoders.inference import tokens_of
from embedlab.models.encoders.optimiser import Descent, finite
from embedlab.models.encoders.precision import choose_precision, in_precision
from embedlab.models.training.session import Checkpoint, Session

ENGINE = "classifier 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
PIECE_TOKENS = 4096  # go through the encoder at once; more in a batch come piece by piece
GPU_PIECE = (
    GPU_TOKENS // 4
)  # on a GPU, while learning: what every layer made is kept for the way back (some 15 GB of a BERT of 12 layers)
# Cost of a document and epoch in units of encoding it once: forward, backward, and the validation text.
COST = {"full": 3.2, "lora": 2.8, "top": 1.5, "probe": 0.0}
HEAD_COST = 1e-3


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
    def of(cls, corpus, config, split, encoder, seed, report, session) -> "Plan":
        counts = np.bincount(split.labels[split.train], minlength=len(split.names))
        weights = counts.sum() / (len(counts) * np.maximum(counts, 1)) if config.balanced else None
        return cls(
            corpus,
            config,
            split,
            encoder,
            seed,
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
    """What training changes beside the weights. best: all that learns, in one vector, of the best epoch so far."""

    epoch: int = 0
    batch: int = 0
    summed: float = 0.0
    n_seen: int = 0
    seconds: float = 0.0
    records: list[dict] = field(default_factory=list)
    best: np.ndarray | None = None
    precision: dict = field(default_factory=dict)


def tuned(plan: Plan, head: Head, before: dict) -> State:
    """Train encoder and head in place, to the epoch that was best on validation."""
    opened = open_for_training(plan.encoder, plan.config, seed=plan.seed)
    head.to(plan.encoder.model.device)
    tuning = _Tuning.of(plan, head, before)
    while tuning.state.epoch < plan.config.epochs:
        tuning.epoch()
    tuning.descent.fill(tuning.state.best)
    close_after_training(plan.encoder, opened)
    head.to("cpu")
    return tuning.state


def checkpoint_of(plan: Plan, state: State, before: dict, descent: Descent | None = None) -> Checkpoint:
    """All that is needed to go on; descent: None before encoder and head have begun to learn together."""
    values = (
        plan.identity
        | {"words": list(plan.words.words), "begun": descent is not None, "taken": descent.steps if descent else 0}
        | {name: getattr(state, name) for name in State.__dataclass_fields__ if name != "best"}
    )
    arrays = {f"before_{what}": vectors for what, vectors in before.items()}
    if descent is not None:
        arrays |= descent.arrays() | ({"best": state.best} if state.best is not None else {})
    return Checkpoint(values, arrays)


@dataclass(eq=False)
class _Tuning:
    """Everything the loop over epochs touches."""

    plan: Plan
    head: Head
    before: dict
    tokens: dict[int, np.ndarray]
    n_frozen: int
    reader: Reader
    descent: Descent
    state: State

    @classmethod
    def of(cls, plan: Plan, head: Head, before: dict) -> "_Tuning":
        """Ready for its first step, or for that after the checkpoint it goes on from."""
        config, rows = plan.config, np.concatenate([plan.split.train, plan.split.validation]).tolist()
        tokens = dict(
            zip(
                rows,
                tokens_of(
                    plan.encoder,
                    [plan.corpus.text(row) for row in rows],
                    tick=lambda done: plan.tell(plan.tuning, f"Tokenising, {done:,} texts"),
                ),
                strict=True,
            )
        )
        frozen = n_frozen(plan.encoder, config)
        reader = Reader(plan.encoder, tokens.__getitem__, frozen, n_tokens=sum(map(len, tokens.values())))
        made = cls(plan, head, before, tokens, frozen, reader, None, State())
        rate = config.learning_rate * (LORA_RATE if config.mode == "lora" else 1)
        made.descent = Descent(
            [(made._reached(), rate), (head.parameters, config.head_rate)],
            n_steps=len(made._batches(0)) * config.epochs,
            warmup=config.warmup,
        )
        made._begin()
        return made

    def _reached(self) -> list:
        """The parameters of the encoder that a document's loss reaches, found by one."""
        training_mode(self.plan.encoder, self.n_frozen)
        self._loss(self.plan.split.train[:2], "float32").backward()
        reached = [p for p in learning(self.plan.encoder) if p.grad is not None]
        for p in (*reached, *self.head.parameters):
            p.grad = None
        return reached

    def _begin(self) -> None:
        """Go on from what was saved, or choose the precision."""
        plan, saved = self.plan, self.plan.session.saved
        if saved is not None and (s := going_on(saved, plan.identity))["begun"]:
            self.state = State(
                best=saved.arrays.get("best"),
                **{name: s[name] for name in State.__dataclass_fields__ if name != "best"},
            )
            self.descent.put_back(saved.arrays, s["taken"])
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
        """The documents of an epoch in shuffled batches, the same for the same seed; of like length where a model pads."""
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

    def epoch(self) -> None:
        """The rest of the epoch that the state stands in, and what it is worth on validation."""
        plan, s = self.plan, self.state
        batches, first, rate = self._batches(s.epoch), s.n_seen, Rate()
        while s.batch < len(batches):
            rows, began = batches[s.batch], time.perf_counter()

            def tick(n: int) -> None:
                done = (
                    plan.tuning
                    + plan.training * (s.epoch + (s.n_seen + n) / len(plan.split.train)) / plan.config.epochs
                )
                speed = rate(s.n_seen + n - first)
                plan.tell(done, f"Epoch {s.epoch + 1} of {plan.config.epochs}, {speed:,.0f} texts/s", {"rate": speed})

            s.summed += self._step(rows, tick)
            s.n_seen, s.batch = s.n_seen + len(rows), s.batch + 1
            s.seconds += time.perf_counter() - began
            if s.batch < len(batches):
                self._rest()
        self._end_epoch()
        self._rest()

    def _step(self, rows: np.ndarray, tick) -> float:
        """One step down the gradient of a batch; the summed loss before it."""
        import torch

        plan, summed, seen = self.plan, 0.0, 0
        torch.manual_seed(
            plan.seed * 1_000_003 + self.descent.steps
        )  # dropout has a seed of its own at every step, so that a resumed training repeats it
        training_mode(plan.encoder, self.n_frozen)
        norm = float(len(rows)) if plan.weights is None else float(plan.weights[plan.split.labels[rows]].sum())
        for piece in self._pieces(rows):
            loss = self._loss(piece, self.state.precision["used"])
            summed += finite(loss, plan.config.learning_rate)
            (loss / norm).backward()
            seen += len(piece)
            tick(seen)
        self.descent.step()
        return summed * len(rows) / norm

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

    def _end_epoch(self) -> None:
        plan, s = self.plan, self.state
        loss, right = self._validated()
        record = {
            "epoch": s.epoch + 1,
            "loss": s.summed / s.n_seen,
            "validation_loss": loss,
            "validation_accuracy": right,
        }
        if not s.records or quality(record) > max(map(quality, s.records)):
            s.best = self.descent.flat()
        s.records.append(record)
        s.epoch, s.batch, s.summed, s.n_seen = s.epoch + 1, 0, 0.0, 0
        plan.tell(
            plan.tuning + plan.training * s.epoch / plan.config.epochs,
            f"Epoch {s.epoch} of {plan.config.epochs} done, validation accuracy {right:.3f}",
            {"epoch": s.epoch, "loss": record["loss"], "validation": loss, "accuracy": right},
        )

    def _validated(self) -> tuple[float, float]:
        """(mean cross-entropy, accuracy) on the validation documents."""
        import torch
        from torch.nn.functional import cross_entropy

        self.plan.encoder.model.eval()
        rows, summed, right = self.plan.split.validation, 0.0, 0.0
        with torch.no_grad():
            for piece in self._pieces(rows):
                logits, own = self._answers(piece, self.state.precision["used"])
                summed += float(cross_entropy(logits, own, reduction="sum"))
                right += float((logits.argmax(1) == own).sum())
        return summed / len(rows), right / len(rows)

    def _rest(self) -> None:
        plan, s = self.plan, self.state
        epochs = (s.n_seen / len(plan.split.train) + s.epoch) / plan.config.epochs
        vectors = lambda ids: plan.encoder.encode(len(ids), lambda i: plan.words.words[ids[i]], tick=lambda n: None)  # noqa: E731
        plan.session.rest(
            (plan.tuning + plan.training * epochs) / plan.total,
            plan.words.words,
            vectors,
            lambda: checkpoint_of(plan, s, self.before, self.descent),
        )
