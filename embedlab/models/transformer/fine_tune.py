"""Fine-tuning an encoder: texts tokenised once, both sides in one pass, fused AdamW, rests for checkpoints.

What is not trained is not computed twice: the token embeddings stay as they are unless asked for, and of frozen layers
the state of each text is computed once and kept. Left out: gradient accumulation, several devices.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.core.device import named
from embedlab.core.errors import TrainingFailed
from embedlab.core.parallel import Rate
from embedlab.core.progress import Progress, Report
from embedlab.models.encoders.batches import even_batches, label_batches, length_batches
from embedlab.models.encoders.checkpoint_identity import going_on, identity
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.frozen_layers import Reader, freeze, layers_of, training_mode
from embedlab.models.encoders.optimiser import Descent, finite
from embedlab.models.encoders.precision import choose_precision, in_precision
from embedlab.models.training.session import Checkpoint, Session
from embedlab.models.transformer.config import TransformerConfig
from embedlab.models.transformer.objectives import Texts, Tokenised, loss_for, tokenised

ENGINE = "transformer 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
REST_SECONDS = 1.0


@dataclass(eq=False)
class _State:
    """Where training stands."""

    step: int = 0
    at: int = 0  # batches of this epoch gone through
    summed: float = 0.0
    seen: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    seconds: float = 0.0
    precision: str = ""


@dataclass(frozen=True)
class Tuned:
    """losses and validation: one mean an epoch; seconds of training alone; tokens of the corpus gone through; notes."""

    losses: tuple[float, ...]
    validation: tuple[float, ...]
    seconds: float
    raw_words: int
    notes: dict


def fine_tune(
    encoder: Encoder,
    texts: Texts,
    config: TransformerConfig,
    *,
    name: str,
    corpus_id: str = "",
    seed: int,
    report: Report,
    session: Session,
) -> Tuned:
    """Train the encoder in place on texts.train; `name` is that of the corpus, for sentences, and `corpus_id` what checkpoints go by."""
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(texts.train)[: config.max_documents] for _ in range(config.epochs)]
    data = tokenised(
        encoder,
        texts,
        np.unique(np.concatenate([*chosen, texts.dev])),
        trim=config.trim,
        tick=lambda done: report(Progress(0, 1, f"Tokenising, {done:,} texts")),
    )
    epochs = [_batches(encoder, texts, data, config, some, rng) for some in chosen]
    n_frozen = open_for_training(encoder, config)
    reader = Reader(encoder, data.tokens.__getitem__, n_frozen, n_tokens=sum(map(len, data.tokens)))
    descent = Descent(
        [([p for p in encoder.model.parameters() if p.requires_grad], config.learning_rate)],
        n_steps=sum(map(len, epochs)),
        warmup=config.warmup,
    )
    loop = _Loop(
        encoder,
        texts,
        config,
        epochs,
        descent,
        _State(),
        loss_for(texts, data, config, reader, encoder.dim),
        n_frozen,
        identity(ENGINE, corpus_id, config, seed),
        report,
        session,
        name,
    )
    loop.run()
    encoder.model.eval()
    encoder.model.requires_grad_(True)
    tokens = int(sum(texts.n_tokens[batch].sum() for batches in epochs for batch in batches))
    state = loop.state
    notes = {
        "precision": state.precision,
        "training_length": data.length,
        "padding": "none" if encoder.pooling else "batches of like length",
        "trained_parameters": sum(p.numel() for p in descent.parameters),
        "frozen_layers": n_frozen,
        "device": named(encoder.model.device),
    }
    return Tuned(tuple(state.losses), tuple(state.validation), state.seconds, tokens, notes)


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


def _batches(
    encoder: Encoder,
    texts: Texts,
    data: Tokenised,
    config: TransformerConfig,
    chosen: np.ndarray,
    rng: np.random.Generator,
) -> list[np.ndarray]:
    """The chosen positions in the batches of one epoch. Only a model that pads needs texts of like length in them."""
    if config.objective == "labels":
        return label_batches(chosen, texts.labels[chosen], config.batch_size, rng)
    if encoder.pooling:
        return even_batches(chosen, config.batch_size)
    of = np.array([len(t) for t in data.tokens] + [0])
    return length_batches(chosen, of[data.ids[chosen]].max(1), config.batch_size, rng)


@dataclass(eq=False)
class _Loop:
    """Everything the loop over epochs touches."""

    encoder: Encoder
    texts: Texts
    config: TransformerConfig
    epochs: list
    descent: Descent
    state: _State
    loss_of: Callable
    n_frozen: int
    identity: dict
    report: Report
    session: Session
    name: str

    def run(self) -> None:
        self._begin()
        n_steps, rested = self.descent.n_steps, time.monotonic()
        while len(self.state.losses) < len(self.epochs):
            training_mode(self.encoder, self.n_frozen)
            epoch, batches, first, rate = (
                len(self.state.losses) + 1,
                self.epochs[len(self.state.losses)],
                self.state.seen,
                Rate(),
            )
            self.report(Progress(self.state.step, n_steps, f"Epoch {epoch} of {self.config.epochs}"))
            while self.state.at < len(batches):
                started = time.perf_counter()
                self._step(batches[self.state.at])
                self.state.seconds += time.perf_counter() - started
                speed = rate(self.state.seen - first)
                self.report(
                    Progress(
                        self.state.step,
                        n_steps,
                        f"Epoch {epoch} of {self.config.epochs}, {speed:,.0f} texts/s",
                        {"rate": speed},
                    )
                )
                if self.state.at < len(batches) and time.monotonic() - rested > REST_SECONDS:
                    self._rest(n_steps)
                    rested = time.monotonic()
            self._end_epoch(epoch, n_steps)

    def _begin(self) -> None:
        """Go on from what was saved, or choose the precision."""
        saved = self.session.saved
        if saved is not None:
            s = going_on(saved, self.identity)
            self.state = _State(**{name: s[name] for name in _State.__dataclass_fields__})
            self.descent.put_back(saved.arrays, s["taken"])
            _set_draws(saved.arrays, self.encoder.model.device)
            return
        training_mode(self.encoder, self.n_frozen)
        self.state.precision, _ = choose_precision(
            self.config.precision,
            self.descent.n_steps,
            lambda precision: self._loss(self.epochs[0][0], precision),
            self.descent.parameters,
            lambda: self.report(Progress(0, 1, "Trying which precision is faster here")),
        )

    def _step(self, batch: np.ndarray) -> None:
        loss = self._loss(batch, self.state.precision)
        self.state.step += 1
        self.state.at += 1
        if loss is None:
            return
        value = finite(loss, self.config.learning_rate, "Lower the learning rate or raise the temperature.")
        if loss.requires_grad:
            loss.backward()
            self.descent.step()
        self.state.summed += value * len(batch)
        self.state.seen += len(batch)

    def _loss(self, batch: np.ndarray, precision: str):
        with in_precision(self.encoder.model.device, precision):
            return self.loss_of(batch)

    def _end_epoch(self, epoch: int, n_steps: int) -> None:
        s = self.state
        if not s.seen:
            raise TrainingFailed(
                f"The texts of {self.name!r} are empty, so there is nothing to train on. Choose another corpus."
            )
        s.losses.append(s.summed / s.seen)
        numbers = {"epoch": epoch, "loss": s.losses[-1]}
        held_out = self._validation()
        if held_out is not None:
            s.validation.append(held_out)
            numbers["validation"] = held_out
        s.at, s.summed, s.seen = 0, 0.0, 0
        self.report(Progress(s.step, n_steps, f"Epoch {epoch} of {self.config.epochs} done", numbers))
        self._rest(n_steps)

    def _validation(self) -> float | None:
        """The mean loss over held-out texts, the same batches and draws every time; dropout only where it makes the readings."""
        import torch

        batches = even_batches(self.texts.dev, self.config.batch_size) if len(self.texts.dev) > 1 else []
        training_mode(self.encoder, self.n_frozen, dropout=self.config.objective == "simcse")
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            losses = [
                (float(loss), len(batch))
                for batch in batches
                if (loss := self._loss(batch, self.state.precision)) is not None
            ]
        return sum(loss * n for loss, n in losses) / sum(n for _, n in losses) if losses else None

    def _rest(self, n_steps: int) -> None:
        def checkpoint() -> Checkpoint:
            values = self.identity | {"words": [], "taken": self.descent.steps} | asdict(self.state)
            return Checkpoint(values, self.descent.arrays() | _draws(self.encoder.model.device))

        self.session.rest(self.state.step / n_steps, [], lambda rows: np.zeros((0, 0), np.float32), checkpoint)


def _draws(device) -> dict[str, np.ndarray]:
    """Where torch's random numbers stand, by the arrays of a checkpoint: dropout on a GPU draws from its own."""
    import torch

    found = {"rng": torch.get_rng_state().numpy()}
    return found | {"rng_cuda": torch.cuda.get_rng_state(device).numpy()} if device.type == "cuda" else found


def _set_draws(arrays: dict[str, np.ndarray], device) -> None:
    """Go on drawing where `_draws` found torch; a GPU that the checkpoint knows nothing of begins from the seed."""
    import torch

    torch.set_rng_state(torch.as_tensor(arrays["rng"]))
    if device.type == "cuda" and "rng_cuda" in arrays:
        torch.cuda.set_rng_state(torch.as_tensor(arrays["rng_cuda"]), device)
