"""A masked language model learning: every step depends on the seed and its number alone, so a pause changes nothing."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from embedlab.core.device import device as default_device
from embedlab.core.progress import Progress
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.encoders.checkpoint_identity import identity, state_of
from embedlab.models.encoders.optimiser import Descent, Schedule, finite
from embedlab.models.encoders.precision import choose_precision, in_precision, try_precisions
from embedlab.models.masked.config import MaskedConfig
from embedlab.models.masked.model import MaskedEncoder, logits_at
from embedlab.models.masked.text import Pieces, Units, hide
from embedlab.models.training.loop import Course, Loop, Step, records_of, train
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
    """What training changes, beside the weights.

    steps: in all. curve: [step, loss since the point before or None, held-out loss or None]. moment_sum: losses of
    hidden pieces since the last point, and how many. before, after: see `_held_out_loss`.
    """

    steps: int = 0
    precision: str = "float32"
    course: Course = field(default_factory=Course)
    curve: list[list] = field(default_factory=list)
    moment_sum: list[float] = field(default_factory=lambda: [0.0, 0.0])
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)

    def values(self) -> dict:
        """The plain values of a checkpoint."""
        c = self.course
        return {
            "steps": self.steps,
            "precision": self.precision,
            "step": c.step,
            "losses": c.column("loss"),
            "validation": c.column("validation"),
            "curve": self.curve,
            "epoch_sum": [c.summed, c.seen],
            "moment_sum": self.moment_sum,
            "before": self.before,
            "after": self.after,
            "n_pieces": c.amount,
            "seconds": c.seconds,
        }

    @classmethod
    def of(cls, values: Mapping, steps_an_epoch: int) -> "State":
        """The state in a checkpoint."""
        epoch = len(values["losses"])
        course = Course(
            epoch=epoch,
            batch=values["step"] - epoch * steps_an_epoch,
            step=values["step"],
            summed=values["epoch_sum"][0],
            seen=values["epoch_sum"][1],
            amount=values["n_pieces"],
            seconds=values["seconds"],
            records=records_of(values["losses"], values["validation"]),
        )
        kept = {name: values[name] for name in ("steps", "precision", "curve", "moment_sum", "before", "after")}
        return cls(course=course, **kept)


def fit(plan: Plan, model, session: Session, report: Callable[[Progress, int], None]) -> State:
    """Train the model in place; its losses and what was measured. report(progress in steps, steps in all)."""
    import torch

    device = torch.device(default_device())
    model.to(device)
    _set_dropout(model, plan.config.dropout)
    fitting = _Fitting(plan, model, device, session, report)
    fitting.run()
    model.eval()
    model.to("cpu")
    return fitting.state


class _Fitting:
    """The functions that the loop calls, and what they share.

    A class because it guards that model, optimiser and state of a checkpoint belong together.
    """

    def __init__(self, plan: Plan, model, device, session: Session, report: Callable[[Progress, int], None]):
        self.plan, self.model, self.device, self.session, self.report = plan, model, device, session, report
        self.state = State()

    def run(self) -> None:
        """Resume from a checkpoint, or choose precision and steps and measure the untrained model; then train."""
        saved = self.session.saved
        if saved is None:
            self._begin()
        else:
            self.state = State.of(state_of(saved, self.plan.identity)["state"], self.plan.steps_an_epoch)
            self.descent = self._descent()
            self.descent.put_back(saved.arrays, self.state.course.step)
        self.moments = _moments(self.state.steps, self.plan.steps_an_epoch)
        loop = Loop(
            n_epochs=-(-self.state.steps // self.plan.steps_an_epoch),
            n_steps=self.state.steps,
            batches=self._batches,
            step=self._step,
            measure=self._measure,
            rest=self._rest,
            tell=self._tell,
            unit="pieces",
            corpus=self.plan.corpus.name,
            between=self._between,
        )
        train(loop, self.state.course)

    def _begin(self) -> None:
        self._prepare("Trying how fast this machine is")
        self.state.steps, self.state.precision = self._length_and_precision()
        self.descent = self._descent()
        self.state.before = self._held_out(lambda: self._prepare("Measuring on held-out text"))
        if self.state.before:
            self.state.curve.append([0, None, self.state.before[0]])
            self._tell_point("Before training")
        self._rest(0.0)

    def _descent(self) -> Descent:
        return Descent(
            [(list(self.model.parameters()), self.plan.config.rate)],
            Schedule(self.state.steps, self.plan.config.warmup),
            betas=(0.9, 0.98),
        )

    def _length_and_precision(self) -> tuple[int, str]:
        """Steps in all, and the precision of training; the trial trains nothing."""
        config = self.plan.config
        steps = config.steps if config.length == "steps" else config.wanted_epochs * self.plan.steps_an_epoch
        parameters = list(self.model.parameters())

        def trial(precision: str):
            return loss_of_step(self.plan, 0, precision, self.model, self.device)[0]

        def tick() -> None:
            self._prepare("Trying how fast this machine is")

        if config.length != "minutes":
            return steps, choose_precision(config.precision, steps, trial, parameters, tick)[0]
        used, spent = choose_precision(config.precision, int(1e9), trial, parameters, tick)
        seconds = (spent or try_precisions((used,), trial, parameters, tick))[used]
        return max(round(60 * config.minutes / (MINUTES_HOLD * seconds)), 1), used

    def _prepare(self, message: str) -> None:
        self.report(Progress(0, 1, message), 1)

    def _tell(self, share: float, message: str, metrics: Mapping) -> None:
        steps = self.state.steps
        self.report(Progress(share * steps, steps, message, dict(metrics)), steps)

    def _tell_point(self, said: str) -> None:
        """Report the last point of the curve.

        Its metrics: `at` its step, `loss` since the point before it, `validation` and its exponential, the perplexity.
        """
        step, loss, held_out = self.state.curve[-1]
        metrics = {"at": step} | ({"loss": loss} if loss is not None else {})
        if held_out is not None:
            perplexity = math.exp(min(held_out, 700))
            metrics |= {"validation": held_out, "perplexity": perplexity}
            said += f", held-out perplexity {perplexity:,.1f}"
        self._tell(step / self.state.steps, said, metrics)

    def _batches(self, epoch: int) -> range:
        """The numbers of the steps of an epoch; the last epoch may end early."""
        first = epoch * self.plan.steps_an_epoch
        return range(first, min(first + self.plan.steps_an_epoch, self.state.steps))

    def _step(self, number: int, tick: Callable) -> Step:
        s = self.state
        loss, n_hidden, n_pieces = loss_of_step(self.plan, number, s.precision, self.model, self.device)
        value = finite(loss, self.plan.config.rate)
        loss.backward()
        self.descent.step()
        s.moment_sum[0] += value * n_hidden
        s.moment_sum[1] += n_hidden
        return Step(value * n_hidden, n_hidden, n_pieces)

    def _between(self, course: Course) -> None:
        """Measure the model in the midst of an epoch, where a point of the curve is due."""
        if course.step in self.moments:
            self._add_point(course)

    def _measure(self) -> dict[str, float]:
        """Measure the model at the end of an epoch."""
        held_out = self._add_point(self.state.course)
        return {"validation": held_out[0]} if held_out else {}

    def _add_point(self, course: Course) -> list[float]:
        """Add a point to the curve; what was measured on held-out text."""
        s, said = self.state, f"Step {course.step:,} of {self.state.steps:,}"
        held_out = self._held_out(lambda: self._tell(course.step / s.steps, said, {}))
        s.curve.append([course.step, s.moment_sum[0] / s.moment_sum[1], held_out[0] if held_out else None])
        s.moment_sum = [0.0, 0.0]
        if course.step == s.steps:
            s.after = held_out
        self._tell_point(said)
        return held_out

    def _held_out(self, tick: Callable[[], None]) -> list[float]:
        return _held_out_loss(self.plan, self.model, self.device, tick)

    def _rest(self, share: float) -> None:
        names = list(self.plan.words.words)
        self.session.rest(
            share,
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
            plan.identity | {"words": list(plan.words.words), "tokenizer": tokenizer, "state": self.state.values()},
            self.descent.arrays(),
        )


def _moments(steps: int, an_epoch: int) -> set[int]:
    """The steps after which held-out text is measured: the ends of epochs, and others in between if they are few."""
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
    """[mean, standard error, pieces, unigram mean] of the losses of hidden pieces of held-out text, always the same;
    [] without any.
    """
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
