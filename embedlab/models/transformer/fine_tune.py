"""Fine-tuning an encoder: texts are tokenised once, both sides pass together, AdamW is fused.

Nothing frozen is computed twice: token embeddings stay as they are unless asked for, and the state of each text after
the frozen layers is kept. Left out: gradient accumulation, several devices.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedlab.core.device import named
from embedlab.core.progress import Progress, Report
from embedlab.models.encoders.batches import even_batches, label_batches, length_batches
from embedlab.models.encoders.checkpoint_identity import identity, state_of
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.frozen_layers import Reader, freeze, layers_of, training_mode
from embedlab.models.encoders.optimiser import Descent, Schedule, finite
from embedlab.models.encoders.precision import choose_precision, in_precision
from embedlab.models.training.loop import Course, Loop, Step, records_of, train
from embedlab.models.training.session import Checkpoint, Session
from embedlab.models.transformer.config import TransformerConfig
from embedlab.models.transformer.objectives import Texts, Tokenised, loss_for, tokenised

ENGINE = "transformer 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
REST_SECONDS = 1.0


@dataclass(frozen=True)
class Tuned:
    """losses and validation: one mean an epoch; seconds of training alone; tokens of the corpus processed; notes."""

    losses: tuple[float, ...]
    validation: tuple[float, ...]
    seconds: float
    raw_words: int
    notes: dict


@dataclass(frozen=True, eq=False)
class Job:
    """What is fine-tuned on what. name: of the corpus, for sentences; corpus_id: what checkpoints go by."""

    encoder: Encoder
    texts: Texts
    config: TransformerConfig
    name: str
    seed: int
    report: Report
    session: Session
    corpus_id: str = ""


def fine_tune(job: Job) -> Tuned:
    """Train the encoder in place on texts.train."""
    import torch

    encoder, texts, config = job.encoder, job.texts, job.config
    torch.manual_seed(job.seed)
    rng = np.random.default_rng(job.seed)
    chosen = [rng.permutation(texts.train)[: config.max_documents] for _ in range(config.epochs)]
    data = tokenised(
        encoder,
        texts,
        np.unique(np.concatenate([*chosen, texts.dev])),
        trim=config.trim,
        tick=lambda done: job.report(Progress(0, 1, f"Tokenising, {done:,} texts")),
    )
    epochs = [_batches(job, data, some, rng) for some in chosen]
    n_frozen = open_for_training(encoder, config)
    reader = Reader(encoder, data.tokens.__getitem__, n_frozen, n_tokens=sum(map(len, data.tokens)))
    tuning = _Tuning(job, epochs, loss_for(texts, data, config, reader, encoder.dim), n_frozen)
    tuning.run()
    encoder.model.eval()
    encoder.model.requires_grad_(True)
    notes = {
        "precision": tuning.precision,
        "training_length": data.length,
        "padding": "none" if encoder.pooling else "batches of like length",
        "trained_parameters": sum(p.numel() for p in tuning.descent.parameters),
        "frozen_layers": n_frozen,
        "device": named(encoder.model.device),
    }
    tokens = int(sum(texts.n_tokens[batch].sum() for batches in epochs for batch in batches))
    course = tuning.course
    return Tuned(tuple(course.column("loss")), tuple(course.column("validation")), course.seconds, tokens, notes)


def open_for_training(encoder: Encoder, config: TransformerConfig) -> int:
    """Say to every parameter whether it learns; how many lower layers do not: at least one does."""
    n_frozen = min(config.frozen_layers, len(layers_of(encoder)) - 1) if config.frozen_layers else 0
    if n_frozen:
        freeze(encoder, n_frozen)
        return n_frozen
    encoder.model.requires_grad_(True)
    if not config.train_embeddings:
        encoder.model[0].model.get_input_embeddings().requires_grad_(False)
    if encoder.pooling and encoder.model[0].model.pooler is not None:  # never asked
        encoder.model[0].model.pooler.requires_grad_(False)
    return 0


def _batches(job: Job, data: Tokenised, chosen: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The chosen positions in the batches of one epoch. Only a model that pads needs texts of like length in them."""
    encoder, texts, config = job.encoder, job.texts, job.config
    if config.objective == "labels":
        return label_batches(chosen, texts.labels[chosen], config.batch_size, rng)
    if encoder.pooling:
        return even_batches(chosen, config.batch_size)
    of = np.array([len(t) for t in data.tokens] + [0])
    return length_batches(chosen, of[data.ids[chosen]].max(1), config.batch_size, rng)


class _Tuning:
    """The functions that the loop calls, and what they share.

    A class because it guards that the optimiser, the course and the random numbers of a checkpoint belong together.
    """

    def __init__(self, job: Job, epochs: list[list[np.ndarray]], loss_of: Callable, n_frozen: int):
        self.job, self.epochs, self.loss_of, self.n_frozen = job, epochs, loss_of, n_frozen
        self.encoder, self.config = job.encoder, job.config
        self.identity = identity(ENGINE, job.corpus_id, job.config, job.seed)
        self.descent = Descent(
            [([p for p in self.encoder.model.parameters() if p.requires_grad], self.config.learning_rate)],
            Schedule(sum(map(len, epochs)), self.config.warmup),
        )
        self.course, self.precision = Course(), ""

    def run(self) -> None:
        """Resume from a checkpoint or choose the precision; then every epoch that is left."""
        if self.job.session.saved is not None:
            self._resume(self.job.session.saved)
        else:
            self._choose_precision()
        loop = Loop(
            n_epochs=len(self.epochs),
            n_steps=self.descent.n_steps,
            batches=self._batches,
            step=self._step,
            measure=self._measure,
            rest=self._rest,
            tell=lambda share, message, metrics: self.job.report(Progress(share, 1, message, metrics)),
            unit="texts",
            corpus=self.job.name,
            rest_every=REST_SECONDS,
        )
        train(loop, self.course)

    def _choose_precision(self) -> None:
        training_mode(self.encoder, self.n_frozen)
        self.precision, _ = choose_precision(
            self.config.precision,
            self.descent.n_steps,
            lambda precision: self._loss(self.epochs[0][0], precision),
            self.descent.parameters,
            lambda: self.job.report(Progress(0, 1, "Trying which precision is faster here")),
        )

    def _batches(self, epoch: int) -> list[np.ndarray]:
        training_mode(self.encoder, self.n_frozen)
        return self.epochs[epoch]

    def _step(self, batch: np.ndarray, tick: Callable) -> Step:
        loss = self._loss(batch, self.precision)
        if loss is None:
            return Step(0.0, 0, 0)
        value = finite(loss, self.config.learning_rate, "Lower the learning rate or raise the temperature.")
        if loss.requires_grad:
            loss.backward()
            self.descent.step()
        return Step(value * len(batch), len(batch), len(batch))

    def _loss(self, batch: np.ndarray, precision: str):
        with in_precision(self.encoder.model.device, precision):
            return self.loss_of(batch)

    def _measure(self) -> dict[str, float]:
        """The mean loss over held-out texts, with the same batches and random numbers every time.

        Dropout is on only where it makes the two readings of a text.
        """
        import torch

        dev = self.job.texts.dev
        batches = even_batches(dev, self.config.batch_size) if len(dev) > 1 else []
        training_mode(self.encoder, self.n_frozen, dropout=self.config.objective == "simcse")
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            losses = [
                (float(loss), len(batch))
                for batch in batches
                if (loss := self._loss(batch, self.precision)) is not None
            ]
        if not losses:
            return {}
        return {"validation": sum(loss * n for loss, n in losses) / sum(n for _, n in losses)}

    def _rest(self, share: float) -> None:
        self.job.session.rest(share, [], lambda rows: np.zeros((0, 0), np.float32), self._checkpoint)

    def _checkpoint(self) -> Checkpoint:
        c = self.course
        state = {
            "step": c.step,
            "at": c.batch,
            "summed": c.summed,
            "seen": c.seen,
            "losses": c.column("loss"),
            "validation": c.column("validation"),
            "seconds": c.seconds,
            "precision": self.precision,
        }
        values = self.identity | {"words": [], "taken": self.descent.steps} | state
        return Checkpoint(values, self.descent.arrays() | random_states(self.encoder.model.device))

    def _resume(self, saved: Checkpoint) -> None:
        s = state_of(saved, self.identity)
        self.course = Course(
            epoch=len(s["losses"]),
            batch=s["at"],
            step=s["step"],
            summed=s["summed"],
            seen=s["seen"],
            seconds=s["seconds"],
            records=records_of(s["losses"], s["validation"]),
        )
        self.precision = s["precision"]
        self.descent.put_back(saved.arrays, s["taken"])
        set_random_states(saved.arrays, self.encoder.model.device)


def random_states(device) -> dict[str, np.ndarray]:
    """The states of torch's random number generators, as arrays; dropout on a GPU uses a generator of its own."""
    import torch

    found = {"rng": torch.get_rng_state().numpy()}
    return found | {"rng_cuda": torch.cuda.get_rng_state(device).numpy()} if device.type == "cuda" else found


def set_random_states(arrays: dict[str, np.ndarray], device) -> None:
    """Restore what `random_states` saved; a GPU without saved state starts from the seed."""
    import torch

    torch.set_rng_state(torch.as_tensor(arrays["rng"]))
    if device.type == "cuda" and "rng_cuda" in arrays:
        torch.cuda.set_rng_state(torch.as_tensor(arrays["rng_cuda"]), device)
