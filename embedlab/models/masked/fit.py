"""A masked language model learning: every step depends on the seed and its number alone, so a pause changes nothing."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.core.device import device as default_device
from embedlab.core.parallel import Rate
from embedlab.core.progress import Progress
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.encoders.checkpoint_identity import going_on, identity
from embedlab.models.encoders.optimiser import Descent, finite
from embedlab.models.encoders.precision import choose_precision, in_precision, try_precisions
from embedlab.models.masked.config import MaskedConfig
from embedlab.models.masked.model import MaskedEncoder, logits_at
from embedlab.models.masked.text import Pieces, Units, hide
from embedlab.models.training.session import Checkpoint, Session

ENGINE = "masked 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
MOMENTS = 8  # a training is measured at least so often
MINUTES_HOLD = 1.1  # what a step takes over the fewest seconds of a trial


@dataclass(frozen=True, eq=False)
class Plan:
    """What stays the same throughout."""

    corpus: Corpus
    config: MaskedConfig
    seed: int
    units: Units
    pieces: Pieces
    tokenizer: object
    max_length: int
    fresh_head: bool
    special: np.ndarray
    words: Vocabulary

    @property
    def identity(self) -> dict:
        return identity(ENGINE, self.corpus.id, self.config, self.seed)

    @property
    def steps_an_epoch(self) -> int:
        return max(-(-len(self.pieces.train) // self.config.batch_size), 1)


@dataclass(eq=False)
class State:
    """What training changes, beside the weights."""

    steps: int = 0
    precision: str = "float32"
    step: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    curve: list[list] = field(default_factory=list)
    epoch_sum: list[float] = field(default_factory=lambda: [0.0, 0.0])
    moment_sum: list[float] = field(default_factory=lambda: [0.0, 0.0])
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    n_pieces: int = 0
    seconds: float = 0.0


def fit(plan: Plan, model, session: Session, report: Callable[[Progress, int], None]) -> State:
    """Train the model in place; its losses and what was measured on the way. report(progress in steps, steps in all)."""
    import torch

    device = torch.device(default_device())
    model.to(device)
    _set_dropout(model, plan.config.dropout)
    fitting = _Fitting(plan, model, device, session, report)
    fitting.begin()
    fitting.run()
    model.eval()
    model.to("cpu")
    return fitting.state


@dataclass(eq=False)
class _Fitting:
    """Everything the loop over steps touches."""

    plan: Plan
    model: object
    device: object
    session: Session
    report: Callable[[Progress, int], None]
    state: State = field(default_factory=State)
    descent: Descent | None = None

    def begin(self) -> None:
        """Go on from what was saved, or choose precision and steps and measure the model as it is."""
        saved = self.session.saved
        if saved is not None:
            self.state = State(**going_on(saved, self.plan.identity)["state"])
            self._descend()
            self.descent.put_back(saved.arrays, self.state.step)
            return
        self.report(Progress(0, 1, "Trying how fast this machine is"), 1)
        self.state.steps, self.state.precision = self._length_and_precision()
        self._descend()
        self.state.before = _held_out_loss(
            self.plan, self.model, self.device, lambda: self.report(Progress(0, 1, "Measuring on held-out text"), 1)
        )
        if self.state.before:
            self.state.curve.append([0, None, self.state.before[0]])
            self._tell_point("Before training")
        self._rest()

    def _descend(self) -> None:
        self.descent = Descent(
            [(list(self.model.parameters()), self.plan.config.rate)],
            n_steps=self.state.steps,
            warmup=self.plan.config.warmup,
            betas=(0.9, 0.98),
        )

    def _length_and_precision(self) -> tuple[int, str]:
        """Steps in all, and what to train with; nothing is learned by the trial."""
        config = self.plan.config
        steps = config.steps if config.length == "steps" else config.wanted_epochs * self.plan.steps_an_epoch
        trial = lambda precision: loss_of_step(self.plan, 0, precision, self.model, self.device)[0]  # noqa: E731
        parameters, tick = (
            list(self.model.parameters()),
            lambda: self.report(Progress(0, 1, "Trying how fast this machine is"), 1),
        )
        if config.length != "minutes":
            return steps, choose_precision(config.precision, steps, trial, parameters, tick)[0]
        used, spent = choose_precision(config.precision, int(1e9), trial, parameters, tick)
        seconds = (spent or try_precisions((used,), trial, parameters, tick))[used]
        return max(round(60 * config.minutes / (MINUTES_HOLD * seconds)), 1), used

    def run(self) -> None:
        """Every step that is left."""
        plan, s = self.plan, self.state
        moments, rate, first = _moments(s.steps, plan.steps_an_epoch), Rate(), s.n_pieces
        while s.step < s.steps:
            epoch, started = s.step // plan.steps_an_epoch + 1, time.perf_counter()
            self._step()
            s.seconds += time.perf_counter() - started
            speed, said = rate(s.n_pieces - first), f"Epoch {epoch} of {-(-s.steps // plan.steps_an_epoch)}"
            self._tell(f"{said}, {speed:,.0f} pieces/s", {"rate": speed})
            if s.step in moments:
                measured = self._measured(epoch, said)
                self._tell_point(said)
                if measured:
                    self._tell(f"{said} done", measured)
            self._rest()

    def _tell(self, message: str, metrics: dict | None = None) -> None:
        self.report(Progress(self.state.step, self.state.steps, message, metrics or {}), self.state.steps)

    def _tell_point(self, said: str) -> None:
        """Report the last point of the curve: `at` its step, `loss` since the point before it, `validation` and its exponential."""
        step, loss, held_out = self.state.curve[-1]
        metrics = {"at": step} | ({"loss": loss} if loss is not None else {})
        if held_out is not None:
            perplexity = math.exp(min(held_out, 700))
            metrics |= {"validation": held_out, "perplexity": perplexity}
            said += f", held-out perplexity {perplexity:,.1f}"
        self._tell(said, metrics)

    def _step(self) -> None:
        s = self.state
        loss, n_hidden, n_pieces = loss_of_step(self.plan, s.step, s.precision, self.model, self.device)
        value = finite(loss, self.plan.config.rate)
        loss.backward()
        self.descent.step()
        s.step += 1
        s.n_pieces += n_pieces
        for sums in (s.epoch_sum, s.moment_sum):
            sums[0] += value * n_hidden
            sums[1] += n_hidden

    def _measured(self, epoch: int, said: str) -> dict:
        """Add a point to the curve; the metrics of an epoch if one ends here, else {}."""
        s = self.state
        held_out = _held_out_loss(self.plan, self.model, self.device, lambda: self._tell(said))
        s.curve.append([s.step, s.moment_sum[0] / s.moment_sum[1], held_out[0] if held_out else None])
        s.moment_sum = [0.0, 0.0]
        if s.step == s.steps:
            s.after = held_out
        if s.step % self.plan.steps_an_epoch and s.step < s.steps:
            return {}
        s.losses.append(s.epoch_sum[0] / s.epoch_sum[1])
        s.epoch_sum = [0.0, 0.0]
        if held_out:
            s.validation.append(held_out[0])
        return {"epoch": epoch, "loss": s.losses[-1]} | ({"validation": held_out[0]} if held_out else {})

    def _rest(self) -> None:
        names = list(self.plan.words.words)
        self.session.rest(
            self.state.step / self.state.steps,
            names,
            lambda ids: self._words_now([names[i] for i in np.arange(len(names))[ids]]),
            self._checkpoint,
        )

    def _words_now(self, words: list[str]) -> np.ndarray:
        encoder = MaskedEncoder(self.model, self.plan.tokenizer, self.plan.max_length)
        return encoder.encode(len(words), words.__getitem__, tick=lambda done: None)

    def _checkpoint(self) -> Checkpoint:
        plan = self.plan
        tokenizer = plan.tokenizer.backend_tokenizer.to_str() if plan.config.start == "scratch" else ""
        return Checkpoint(
            plan.identity | {"words": list(plan.words.words), "tokenizer": tokenizer, "state": asdict(self.state)},
            self.descent.arrays(),
        )


def _moments(steps: int, an_epoch: int) -> set[int]:
    """The steps after which held-out text is looked at: the ends of epochs, and others in between while they are few."""
    ends = {*range(an_epoch, steps, an_epoch), steps}
    return ends | ({max(round(steps * k / MOMENTS), 1) for k in range(1, MOMENTS)} if len(ends) < MOMENTS else set())


def _rows_of(plan: Plan, step: int) -> np.ndarray:
    """The blocks of a step: those of an epoch in a random order that depends on the seed and the epoch alone."""
    epoch, place = divmod(step, plan.steps_an_epoch)
    order = np.random.default_rng([plan.seed, 1, epoch]).permutation(len(plan.pieces.train))
    return order[place * plan.config.batch_size : (place + 1) * plan.config.batch_size]


def loss_of_step(plan: Plan, step: int, precision: str, model, device):
    """The mean loss of the hidden pieces of a step as a tensor, how many they are, and pieces read."""
    import torch
    from torch.nn.functional import cross_entropy

    ids = plan.pieces.train.take(_rows_of(plan, step))
    hidden, chosen = hide(
        ids,
        plan.config.mask_share,
        plan.tokenizer.mask_token_id,
        plan.special,
        np.random.default_rng([plan.seed, 2, step]),
    )
    torch.manual_seed(plan.seed * 1_000_003 + step)  # of dropout
    model.train()
    with in_precision(device, precision):
        scores = logits_at(model, *_tensors(plan, hidden, chosen, device))
    target = torch.from_numpy(ids[chosen]).to(device)
    return cross_entropy(scores.float(), target), int(chosen.sum()), int((ids != plan.tokenizer.pad_token_id).sum())


def _tensors(plan: Plan, ids: np.ndarray, chosen: np.ndarray, device):
    """Ids, attention mask (None where nothing is padded, which is faster) and hidden places as tensors."""
    import torch

    seen = ids != plan.tokenizer.pad_token_id
    attention = None if seen.all() else torch.from_numpy(seen.astype(np.int64)).to(device)
    return torch.from_numpy(ids).to(device), attention, torch.from_numpy(chosen).to(device)


def _held_out_loss(plan: Plan, model, device, tick: Callable[[], None]) -> list[float]:
    """[mean, standard error, pieces, unigram mean] of the losses of hidden pieces of held-out text, always the same; [] without any."""
    import torch
    from torch.nn.functional import cross_entropy

    blocks, losses, unigram = plan.pieces.held_out, [], []
    model.eval()
    with torch.no_grad():
        for at, first in enumerate(range(0, len(blocks), plan.config.batch_size)):
            tick()
            ids = blocks.take(np.arange(first, min(first + plan.config.batch_size, len(blocks))))
            hidden, chosen = hide(
                ids,
                plan.config.mask_share,
                plan.tokenizer.mask_token_id,
                plan.special,
                np.random.default_rng([plan.seed, 3, at]),
            )
            scores = logits_at(model, *_tensors(plan, hidden, chosen, device)).float()
            losses.append(
                cross_entropy(scores, torch.from_numpy(ids[chosen]).to(device), reduction="none").cpu().numpy()
            )
            unigram.append(-plan.pieces.unigram[ids[chosen]])
    if not losses:
        return []
    every = np.concatenate(losses).astype(np.float64)
    error = every.std(ddof=1) / math.sqrt(len(every)) if len(every) > 1 else 0.0
    return [float(every.mean()), float(error), len(every), float(np.concatenate(unigram).mean())]


def _set_dropout(model, share: float) -> None:
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
