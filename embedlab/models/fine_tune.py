"""Fine-tuning an encoder: texts tokenised once, both sides in one pass, fused AdamW, rests for checkpoints.

What is not trained is not computed twice: the token embeddings stay as they are unless asked for, and of frozen layers
the state of each text is computed once and kept. Left out: gradient accumulation, several devices.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.errors import BadInput, TrainingFailed
from embedlab.models.contrastive import (
    cosent,
    cosine_regression,
    even_batches,
    info_nce,
    label_batches,
    length_batches,
    matryoshka,
    supervised_contrastive,
)
from embedlab.models.encoder import Encoder
from embedlab.models.encoding import token_batches
from embedlab.models.transformer_config import TransformerConfig
from embedlab.progress import Progress, Report
from embedlab.session import Checkpoint, Session

ENGINE = "transformer 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else
REST_SECONDS = 1.0
PROBE_STEPS = 60  # from so many steps on, trying both precisions pays
KEPT_STATE_BYTES = 1.5e9


@dataclass(frozen=True, eq=False)
class Texts:
    """What an objective trains on: positions 0 .. n - 1, each with one to three texts, and a label or score.

    rows: the document or sentence of each; sides: readers of the texts of a row; train, dev: positions.
    """

    unit: str
    rows: np.ndarray
    n_tokens: np.ndarray
    sides: tuple[Callable[[int], str], ...]
    labels: np.ndarray | None = None
    scores: np.ndarray | None = None
    train: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    dev: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    @property
    def read(self) -> Callable[[int], str]:
        return self.sides[0]


@dataclass(frozen=True, eq=False)
class Tokenised:
    """Distinct texts as token ids, and which of them each position holds: int (n_positions, n_sides), -1 for a blank."""

    tokens: list[np.ndarray]
    ids: np.ndarray
    length: int


def tokenised(encoder: Encoder, texts: Texts, positions: np.ndarray, *, trim: bool, tick: Callable[[int], None]) -> Tokenised:
    """The texts at these positions, each distinct one tokenised once; trimmed to the length that 95 of 100 stay within."""
    known: dict[str, int] = {}
    ids = np.full((len(texts.rows), len(texts.sides)), -1)
    for at, position in enumerate(positions.tolist()):
        for side, read in enumerate(texts.sides):
            text = read(int(texts.rows[position]))
            if text.strip():
                ids[position, side] = known.setdefault(text, len(known))
        if at % 2000 == 0:
            tick(at)
    tokens, strings = [], list(known)
    for first in range(0, len(strings), 4096):
        tokens += encoder.tokenise(strings[first:first + 4096])
        tick(first)
    lengths = [len(t) for t in tokens]
    length = max(int(np.ceil(np.percentile(lengths, 95))), 4) if trim and tokens else max(lengths, default=0)
    return Tokenised([t if len(t) <= length else np.append(t[:length - 1], t[-1]) for t in tokens], ids, length)


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


@dataclass(frozen=True)
class Tuned:
    """losses and validation: one mean an epoch; seconds of training alone; tokens of the corpus gone through; notes."""

    losses: tuple[float, ...]
    validation: tuple[float, ...]
    seconds: float
    raw_words: int
    notes: dict


def fine_tune(encoder: Encoder, texts: Texts, config: TransformerConfig, *, name: str, seed: int, report: Report, session: Session) -> Tuned:
    """Train the encoder in place on texts.train; `name` is that of the corpus, for sentences."""
    import torch

    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    preparing = lambda done: report(Progress(0, 1, f"Tokenising, {done:,} texts"))  # noqa: E731
    chosen = [rng.permutation(texts.train)[:config.max_documents] for _ in range(config.epochs)]
    data = tokenised(encoder, texts, np.unique(np.concatenate([*chosen, texts.dev])), trim=config.trim, tick=preparing)
    epochs = [_batches(encoder, texts, data, config, some, rng) for some in chosen]
    parameters = trainable(encoder, config)
    vectors_of = _reader(encoder, data, config, preparing)
    loss_of = objective(texts, data, config, vectors_of, encoder.dim)
    optimizer, schedule = _optimizer(parameters, config, sum(map(len, epochs)))
    state, precision = _State(), None
    if session.saved is not None:
        state, precision = _resumed(session.saved, parameters, optimizer, schedule, _belongs(config, seed, texts))
    precision = precision or _precision(encoder, config, loss_of, epochs[0], parameters, state)
    loop = _Loop(encoder, texts, config, epochs, parameters, optimizer, schedule, state, precision, loss_of, seed, report, session, name)
    loop.run()
    encoder.model.eval()
    encoder.model.requires_grad_(True)
    tokens = int(sum(texts.n_tokens[batch].sum() for batches in epochs for batch in batches))
    notes = {"precision": precision, "training_length": data.length, "padding": "none" if encoder.pooling else "batches of like length",
             "trained_parameters": sum(p.numel() for p in parameters), "frozen_layers": _n_frozen(encoder, config)}
    return Tuned(tuple(state.losses), tuple(state.validation), state.seconds, tokens, notes)


@dataclass(frozen=True, eq=False)
class _Loop:
    """Everything the loop over epochs touches."""

    encoder: Encoder
    texts: Texts
    config: TransformerConfig
    epochs: list
    parameters: list
    optimizer: object
    schedule: object
    state: _State
    precision: str
    loss_of: Callable
    seed: int
    report: Report
    session: Session
    name: str

    def run(self) -> None:
        n_steps, rested = sum(map(len, self.epochs)), time.monotonic()
        while len(self.state.losses) < len(self.epochs):
            self.encoder.model.train()
            epoch, batches, began = len(self.state.losses) + 1, self.epochs[len(self.state.losses)], time.perf_counter()
            first = self.state.seen
            self.report(Progress(self.state.step, n_steps, f"Epoch {epoch} of {self.config.epochs}"))
            while self.state.at < len(batches):
                started = time.perf_counter()
                self._step(batches[self.state.at])
                self.state.seconds += time.perf_counter() - started
                rate = (self.state.seen - first) / max(time.perf_counter() - began, 1e-9)
                self.report(Progress(self.state.step, n_steps, f"Epoch {epoch} of {self.config.epochs}, {rate:,.0f} texts/s", {"rate": rate}))
                if self.state.at < len(batches) and time.monotonic() - rested > REST_SECONDS:
                    self._rest(n_steps)
                    rested = time.monotonic()
            self._end_epoch(epoch, n_steps)

    def _step(self, batch: np.ndarray) -> None:
        loss = self._loss(batch)
        self.state.step += 1
        self.state.at += 1
        if loss is not None:
            self.state.summed += take_step(loss, self.parameters, self.optimizer, self.schedule, self.config) * len(batch)
            self.state.seen += len(batch)

    def _loss(self, batch: np.ndarray):
        import torch

        with torch.autocast(self.encoder.model.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            return self.loss_of(batch)

    def _end_epoch(self, epoch: int, n_steps: int) -> None:
        s = self.state
        if not s.seen:
            raise TrainingFailed(f"The texts of {self.name!r} are empty, so there is nothing to train on. Choose another corpus.")
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
        self.encoder.model.train(self.config.objective == "simcse")
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            losses = [(float(loss), len(batch)) for batch in batches if (loss := self._loss(batch)) is not None]
        return sum(loss * n for loss, n in losses) / sum(n for _, n in losses) if losses else None

    def _rest(self, n_steps: int) -> None:
        def checkpoint() -> Checkpoint:
            return _checkpoint(self.state, self.parameters, self.optimizer, self.precision, _belongs(self.config, self.seed, self.texts))

        self.session.rest(self.state.step / n_steps, [], lambda rows: np.zeros((0, 0), np.float32), checkpoint)


# Pieces


def _batches(encoder: Encoder, texts: Texts, data: Tokenised, config: TransformerConfig, chosen: np.ndarray,
             rng: np.random.Generator) -> list[np.ndarray]:
    """The chosen positions in the batches of one epoch. Only a model that pads needs texts of like length in them."""
    if config.objective == "labels":
        return label_batches(chosen, texts.labels[chosen], config.batch_size, rng)
    if encoder.pooling:
        return even_batches(chosen, config.batch_size)
    of = np.array([len(t) for t in data.tokens] + [0])
    return length_batches(chosen, of[data.ids[chosen]].max(1), config.batch_size, rng)


def _n_frozen(encoder: Encoder, config: TransformerConfig) -> int:
    """How many lower layers stay as they are; at least one learns."""
    return min(config.frozen_layers, len(encoder.model[0].model.encoder.layer) - 1) if encoder.pooling else 0


def trainable(encoder: Encoder, config: TransformerConfig) -> list:
    """The parameters that learn; the others are told that they do not."""
    model = encoder.model
    model.requires_grad_(True)
    if not config.train_embeddings or _n_frozen(encoder, config):
        model[0].model.get_input_embeddings().requires_grad_(False)
    if encoder.pooling:
        bert = model[0].model
        if bert.pooler is not None:  # never asked
            bert.pooler.requires_grad_(False)
        if _n_frozen(encoder, config):
            bert.embeddings.requires_grad_(False)
            bert.encoder.layer[:_n_frozen(encoder, config)].requires_grad_(False)
    return [p for p in model.parameters() if p.requires_grad]


def _reader(encoder: Encoder, data: Tokenised, config: TransformerConfig, tick: Callable[[int], None]) -> Callable:
    """ids of distinct texts -> their vectors, (n, dim); what frozen layers make of each text is computed once."""
    import torch

    n = _n_frozen(encoder, config)
    if not n:
        return lambda ids: encoder.forward([data.tokens[i] for i in ids])
    kept: list = [None] * len(data.tokens)
    width = encoder.model[0].model.config.hidden_size
    fits = 4.0 * width * sum(map(len, data.tokens)) <= KEPT_STATE_BYTES

    def states(batch_ids: list[int]):
        encoder.model.eval()
        with torch.no_grad():
            x, batch, _ = encoder.hidden([data.tokens[i] for i in batch_ids], n)
        return x, batch

    if fits:
        for rows in token_batches(np.array([len(t) for t in data.tokens])):
            x, batch = states(rows.tolist())
            for place, part in zip(batch.order, x.split(batch.lengths.tolist()), strict=True):
                kept[int(rows[place])] = part.clone()
            tick(len(rows))

    def read(ids: list[int]):
        from embedlab.models.packed import pack

        training = encoder.model.training
        if fits:
            batch = pack([data.tokens[i] for i in ids], encoder.model.device)
            x = torch.cat([kept[ids[i]] for i in batch.order])
        else:
            x, batch = states(ids)
        encoder.model.train(training)
        return encoder.from_hidden(x, batch, n)

    return read


def objective(texts: Texts, data: Tokenised, config: TransformerConfig, vectors_of: Callable, dim: int) -> Callable:
    """positions -> loss of one batch, or None when fewer than two of its texts say anything."""
    import torch

    sizes = [*(size for size in config.sizes if size < dim), dim]

    def sides(batch: np.ndarray, n: int) -> np.ndarray:
        ids = data.ids[batch]
        return ids[(ids[:, :n] >= 0).all(1)]

    def nested(loss: Callable, vectors: list):
        with torch.autocast(vectors[0].device.type, enabled=False):  # cosines over a temperature need all their digits
            return matryoshka(loss, [v.float() for v in vectors], sizes)

    def simcse(batch):
        ids = sides(batch, 1)[:, 0]
        if len(ids) < 2:
            return None
        first, second = vectors_of([*ids, *ids]).chunk(2)  # one pass, two draws of the dropout mask
        if torch.is_grad_enabled() and torch.equal(first, second):
            raise TrainingFailed(f"The model {config.base!r} has no dropout, so SimCSE cannot read a text in two ways. "
                                 "Choose pairs or labels, or another base model.")
        return nested(lambda v: info_nce(*v, temperature=config.temperature, same=_same(ids, first.device)), [first, second])

    def pairs(batch):
        ids = sides(batch, 2)
        if len(ids) < 2:
            return None
        against = ids[ids[:, 2] >= 0, 2] if ids.shape[1] > 2 else ids[:0, 0]
        found = vectors_of([*ids[:, 0], *ids[:, 1], *against])
        parts = list(found.split([len(ids), len(ids), len(against)]))
        same = _same(ids[:, 0], found.device) | _same(ids[:, 1], found.device)
        return nested(lambda v: info_nce(v[0], v[1], negatives=v[2], temperature=config.temperature, same=same), parts)

    def graded(batch):
        batch = batch[(data.ids[batch][:, :2] >= 0).all(1)]
        if len(batch) < 2:
            return None
        ids = data.ids[batch]
        found = vectors_of([*ids[:, 0], *ids[:, 1]])
        gold = torch.as_tensor(texts.scores[batch], dtype=torch.float32, device=found.device)
        if config.graded_loss == "cosine":
            return nested(lambda v: cosine_regression(*v, gold), list(found.chunk(2)))
        return nested(lambda v: cosent(*v, gold, temperature=config.temperature), list(found.chunk(2)))

    def labels(batch):
        batch = batch[data.ids[batch][:, 0] >= 0]
        if len(batch) < 2:
            return None
        vectors = vectors_of(data.ids[batch][:, 0].tolist())
        own = torch.as_tensor(texts.labels[batch], device=vectors.device)
        return nested(lambda v: supervised_contrastive(v[0], own, temperature=config.temperature), [vectors])

    return {"simcse": simcse, "pairs": pairs, "graded": graded, "labels": labels}[config.objective]


def _same(ids: np.ndarray, device):
    """Which texts of a batch are equal, bool (n, n)."""
    import torch

    return torch.as_tensor(ids[:, None] == ids[None, :], device=device)


def _optimizer(parameters: list, config: TransformerConfig, n_steps: int):
    """AdamW (no decay for biases and norms) and a learning rate that rises over the warm-up and falls to zero."""
    import torch

    decayed, others = ([p for p in parameters if (p.ndim > 1) == many] for many in (True, False))
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
                                  lr=config.learning_rate, fused=True)
    rising = max(round(config.warmup * n_steps), 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, (n_steps - step) / max(n_steps - rising, 1), 1.0))
    return optimizer, schedule


def take_step(loss, parameters: list, optimizer, schedule, config: TransformerConfig) -> float:
    """Take one step down the gradient, clipped to length one; returns the loss before it."""
    import torch

    value = float(loss.detach())
    if not np.isfinite(value):
        raise TrainingFailed(f"The loss is not a finite number with a learning rate of {config.learning_rate:g}. "
                             "Lower the learning rate or raise the temperature.")
    optimizer.zero_grad()
    if loss.requires_grad:
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
    return value


def _precision(encoder: Encoder, config: TransformerConfig, loss_of: Callable, batches: list, parameters: list, state: _State) -> str:
    """ "float32" or "bfloat16": as asked for, or by a trial of about a second where training is long enough to pay for it."""
    import torch

    if config.precision != "auto":
        return config.precision
    if len(batches) * config.epochs < PROBE_STEPS:
        return "float32"
    best, began = {"float32": float("inf"), "bfloat16": float("inf")}, time.perf_counter()
    encoder.model.train()
    with torch.random.fork_rng():
        for batch in batches[:3]:
            for precision in best:
                started = time.perf_counter()
                with torch.autocast(encoder.model.device.type, torch.bfloat16, enabled=precision == "bfloat16"):
                    loss = loss_of(batch)
                if loss is not None and loss.requires_grad:
                    loss.backward()
                best[precision] = min(best[precision], time.perf_counter() - started)
            if time.perf_counter() - began > 1:
                break
    for p in parameters:
        p.grad = None
    return "bfloat16" if best["bfloat16"] < 0.85 * best["float32"] else "float32"


# Checkpoints


def _belongs(config: TransformerConfig, seed: int, texts: Texts) -> list:
    return [asdict(config), seed, len(texts.train), len(texts.dev), texts.unit]


def _checkpoint(state: _State, parameters: list, optimizer, precision: str, belongs: list) -> Checkpoint:
    import torch

    arrays = {"rng": torch.get_rng_state().numpy()}
    for i, p in enumerate(parameters):
        moments = optimizer.state.get(p, {})
        arrays[f"p{i}"] = p.detach().cpu().numpy()
        for name, key in (("m", "exp_avg"), ("v", "exp_avg_sq")):
            arrays[f"{name}{i}"] = moments[key].cpu().numpy() if moments else np.zeros(tuple(p.shape), np.float32)
    taken = max((float(moments["step"]) for moments in optimizer.state.values()), default=0.0)
    return Checkpoint({"engine": ENGINE, "words": [], "belongs": belongs, "precision": precision, "steps": taken} | asdict(state), arrays)


def _resumed(saved: Checkpoint, parameters: list, optimizer, schedule, belongs: list) -> tuple[_State, str]:
    """The state as it was saved, with parameters, moments and draws put back; BadInput if it belongs to another training."""
    import torch

    s, arrays = saved.state, saved.arrays
    same = s.get("engine") == ENGINE and s["belongs"] == belongs
    if not same or any(arrays.get(f"p{i}", np.zeros(0)).shape != tuple(p.shape) for i, p in enumerate(parameters)):
        raise BadInput("The checkpoint was saved by another training: its corpus, settings, seed or version differ. "
                       "Train again from the start.")
    with torch.no_grad():
        for i, p in enumerate(parameters):
            p.copy_(torch.as_tensor(arrays[f"p{i}"]))
            if s["steps"]:
                optimizer.state[p] = {"step": torch.tensor(s["steps"], device=p.device), "exp_avg": torch.as_tensor(arrays[f"m{i}"]).clone().to(p.device),
                                      "exp_avg_sq": torch.as_tensor(arrays[f"v{i}"]).clone().to(p.device)}
    schedule.last_epoch = int(s["steps"])
    for group, rate in zip(optimizer.param_groups, schedule.lr_lambdas, strict=True):
        group["lr"] = group["initial_lr"] * rate(int(s["steps"]))
    torch.set_rng_state(torch.as_tensor(arrays["rng"]))
    return _State(**{name: s[name] for name in _State.__dataclass_fields__}), s["precision"]
