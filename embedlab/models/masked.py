"""Masked language model: words are hidden, and a transformer learns to say which they were (Devlin et al. 2019).

A small one from scratch, with word pieces of its own, or a trained one that goes on learning on the corpus. Every step
depends on the seed and its number alone, so a training that was paused ends as one that was not.
Left out: whole-word masking, next-sentence prediction, gradient accumulation.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import BadInput, TrainingFailed
from embedlab.models.background import run_beside
from embedlab.models.encoder import is_out_of_memory, torch_threads
from embedlab.models.masked_config import MaskedConfig
from embedlab.models.masked_model import MaskedEncoder, Opened, logits_at, longest, model_card, new_model, open_model
from embedlab.models.masked_text import Pieces, Units, hide, learn_tokenizer, pieces_of, units_of, wrapped
from embedlab.models.trained import Trained
from embedlab.progress import Progress, Report, silent
from embedlab.session import ALONE, Checkpoint, Session
from embedlab.vectors import Embedding

ENGINE = "masked 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else
MOMENTS = 8  # a training is measured at least so often
LONG_TRAINING = 200  # steps from which a trial of 16-bit numbers pays
TRIAL_STEPS = 3
BEFORE = " as they were before"
FASTER = 1.1  # 16-bit numbers are taken where they are so many times as fast: they are a little less exact


def train(corpus: Corpus, config: MaskedConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE) -> Trained:
    """A masked language model of the corpus, and its vectors of the most frequent words and of all documents.

    The loss of an epoch is the mean cross-entropy of its hidden pieces in nats; `validation` is the same over held-out
    text, always with the same pieces hidden. notes["perplexity"] holds the exponentials of the latter before and after
    training and that of a unigram model on the same pieces. TrainingFailed when there is nothing to learn from, memory
    runs out or the loss is not finite; BadSetting when a trained model to begin with cannot be had.
    """
    report(Progress(0, 1, "Checking the corpus"))
    if not corpus.n_documents or not corpus.n_types:
        raise TrainingFailed(f"The corpus {corpus.name!r} holds no words to learn from. Add text, or loosen its preprocessing.")

    try:
        with torch_threads(config.workers):
            return _train(corpus, config, seed, report, session)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"Memory ran out with batches of {config.batch_size} stretches of {config.max_length} pieces. "
                             "Lower the batch size, the context length or the size of the model.") from None


# What a training is made of


@dataclass(frozen=True, eq=False)
class _Plan:
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

    @property
    def steps_an_epoch(self) -> int:
        return max(-(-len(self.pieces.train) // self.config.batch_size), 1)


@dataclass(eq=False)
class _State:
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


def _train(corpus: Corpus, config: MaskedConfig, seed: int, report: Report, session: Session) -> Trained:
    preparing = lambda message: lambda *_: report(Progress(0, 1, message))  # noqa: E731
    base = _base_of(config, session)
    units = units_of(corpus, config.held_out)
    opened = begin(config, units, corpus, seed=seed, base=base, saved=session.saved, tick=preparing("Learning word pieces"))
    model, tokenizer = opened.model, opened.tokenizer
    length = longest(model, tokenizer, config.max_length)
    pieces = pieces_of(units, tokenizer, length, scratch=session.scratch, tick=preparing("Cutting the text into pieces"))
    if not len(pieces.train):
        raise TrainingFailed(f"The texts of {corpus.name!r} are empty, so there is nothing to train on. Choose another corpus.")
    plan = _Plan(corpus, config, seed, units, pieces, tokenizer, length, opened.fresh_head, np.array(tokenizer.all_special_ids))
    encoding = _encoding_cost(plan)
    state = fit(plan, model, session, lambda p, steps: report(
        Progress(p.step * _step_pieces(plan), steps * _step_pieces(plan) + encoding, p.message, p.metrics)))
    training = state.steps * _step_pieces(plan)

    def vectors(encoder: MaskedEncoder, half: int):
        return _encoded(plan, encoder, report, training + half * encoding / 2, encoding / 2, training + encoding, (BEFORE if half else ""))

    started = time.perf_counter()
    notes = _notes(plan, state)
    encoder = MaskedEncoder(model, tokenizer, length, _card(plan, notes))
    words, documents = vectors(encoder, 0)
    start = begin(config, units, corpus, seed=seed, base=base, tokenizer=tokenizer).model
    words_before, documents_before = vectors(MaskedEncoder(start, tokenizer, length), 1)
    report(Progress(1, 1, "Done"))
    kept = corpus.vocabulary.head(max_words=config.max_words)
    return Trained(
        Embedding(list(kept.words), words, kept.counts), tuple(state.losses), state.seconds,
        round(state.n_pieces * corpus.n_tokens / max(len(pieces.train.stream) + len(pieces.held_out.stream), 1)), documents, encoder,
        notes | {"encoding_seconds": round(time.perf_counter() - started, 3)}, tuple(state.validation),
        before={"words": words_before, "documents": documents_before})


def _base_of(config: MaskedConfig, session: Session) -> str:
    """The name or folder of the model that training goes on from: that of the run it begins from, if there is one."""
    return str(session.base.model) if session.base is not None and session.base.model is not None else config.base


def begin(config: MaskedConfig, units: Units | None, corpus: Corpus, *, seed: int, base: str, saved: Checkpoint | None = None,
          tokenizer=None, tick: Callable[[], None] = lambda: None) -> Opened:
    """The model as it is before training, the same each time, and its tokenizer: learned here, given, or of the base."""
    if config.start == "model":
        return run_beside(lambda: open_model(base, seed=seed), tick)
    if tokenizer is None and saved is not None:
        from tokenizers import Tokenizer

        tokenizer = wrapped(Tokenizer.from_str(saved.state["tokenizer"]))
    if tokenizer is None:
        tokenizer = learn_tokenizer(units, kind=config.shape.tokenizer, vocabulary=config.shape.vocabulary,
                                    lowercase=corpus.preprocessing.lowercase, tick=tick)
    return Opened(new_model(tokenizer, config.shape, config.max_length, seed=seed), tokenizer)


# Training


def fit(plan: _Plan, model, session: Session, report: Callable[[Progress, int], None]) -> _State:
    """Train the model in place; its losses and what was measured on the way. report(progress in steps, steps in all)."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device)
    _set_dropout(model, plan.config.dropout)
    optimizer = _optimizer(model)
    if session.saved is not None:
        state = _resumed(session.saved, plan, model, optimizer)
    else:
        report(Progress(0, 1, "Trying how fast this machine is"), 1)
        state = _begun(plan, model, device, lambda: report(Progress(0, 1, "Measuring on held-out text"), 1))
    names = list(plan.corpus.vocabulary.head(max_words=plan.config.max_words).words)
    rows = lambda ids: _words_now(plan, model, [names[i] for i in np.arange(len(names))[ids]])  # noqa: E731
    rest = lambda: session.rest(state.step / state.steps, names, rows, lambda: _checkpoint(plan, state, model, optimizer, names))  # noqa: E731
    moments = _moments(state.steps, plan.steps_an_epoch)
    began = time.perf_counter(), state.n_pieces
    if session.saved is None:
        rest()
    while state.step < state.steps:
        epoch = state.step // plan.steps_an_epoch + 1
        started = time.perf_counter()
        loss, n_hidden, n_pieces = _step(plan, state, model, optimizer, device)
        state.seconds += time.perf_counter() - started
        _count(state, loss, n_hidden, n_pieces)
        rate = (state.n_pieces - began[1]) / max(time.perf_counter() - began[0], 1e-9)
        said = f"Epoch {epoch} of {-(-state.steps // plan.steps_an_epoch)}"
        report(Progress(state.step, state.steps, f"{said}, {rate:,.0f} pieces/s", {"rate": rate}), state.steps)
        if state.step in moments:
            measured = _measured(plan, state, model, device, epoch, lambda: report(Progress(state.step, state.steps, said), state.steps))  # noqa: B023
            if measured:
                report(Progress(state.step, state.steps, f"{said} done", measured), state.steps)
        rest()
    model.eval()
    model.to("cpu")
    return state


def _begun(plan: _Plan, model, device, tick: Callable[[], None]) -> _State:
    seconds, precision = _trial(plan, model, device)
    config = plan.config
    steps = config.wanted_epochs * plan.steps_an_epoch
    if config.length == "steps":
        steps = config.steps
    elif config.length == "minutes":
        steps = max(round(60 * config.minutes / seconds), 1)
    state = _State(steps=steps, precision=precision)
    state.before = _held_out_loss(plan, model, device, tick)
    if state.before:
        state.curve.append([0, None, state.before[0]])
    return state


def _trial(plan: _Plan, model, device) -> tuple[float, str]:
    """Seconds a step, and the precision that is faster here; nothing is learned by it."""
    config, spent = plan.config, {}
    if config.length != "minutes" and (config.precision != "auto" or config.wanted_epochs * plan.steps_an_epoch < LONG_TRAINING):
        return 0.0, "bfloat16" if config.precision == "bfloat16" else "float32"
    for precision in ("float32", "bfloat16") if config.precision == "auto" else (config.precision,):
        state, times = _State(steps=1, precision=precision), []
        for step in range(TRIAL_STEPS):
            state.step, began = step % plan.steps_an_epoch, time.perf_counter()
            loss, *_ = _loss(plan, state, model, device)
            loss.backward()
            times.append(time.perf_counter() - began)
        model.zero_grad()
        spent[precision] = min(times)
    faster = "bfloat16" if "bfloat16" in spent and spent["bfloat16"] * FASTER < spent.get("float32", math.inf) else next(iter(spent))
    return 1.1 * spent[faster], faster


def _moments(steps: int, an_epoch: int) -> set[int]:
    """The steps after which held-out text is looked at: the ends of epochs, and others in between while they are few."""
    ends = {*range(an_epoch, steps, an_epoch), steps}
    return ends | ({max(round(steps * k / MOMENTS), 1) for k in range(1, MOMENTS)} if len(ends) < MOMENTS else set())


def _rows_of(plan: _Plan, step: int) -> np.ndarray:
    """The blocks of a step: those of an epoch in a random order that depends on the seed and the epoch alone."""
    epoch, place = divmod(step, plan.steps_an_epoch)
    order = np.random.default_rng([plan.seed, 1, epoch]).permutation(len(plan.pieces.train))
    return order[place * plan.config.batch_size:(place + 1) * plan.config.batch_size]


def _loss(plan: _Plan, state: _State, model, device):
    """The mean loss of the hidden pieces of a step as a tensor, how many they are, and pieces read."""
    import torch
    from torch.nn.functional import cross_entropy

    ids = plan.pieces.train.take(_rows_of(plan, state.step))
    hidden, chosen = hide(ids, plan.config.mask_share, plan.tokenizer.mask_token_id, plan.special,
                          np.random.default_rng([plan.seed, 2, state.step]))
    torch.manual_seed(plan.seed * 1_000_003 + state.step)  # of dropout
    model.train()
    with torch.autocast(device.type, torch.bfloat16, enabled=state.precision == "bfloat16"):
        scores = logits_at(model, *_tensors(plan, hidden, chosen, device))
    target = torch.from_numpy(ids[chosen]).to(device)
    return cross_entropy(scores.float(), target), int(chosen.sum()), int((ids != plan.tokenizer.pad_token_id).sum())


def _tensors(plan: _Plan, ids: np.ndarray, chosen: np.ndarray, device):
    """Ids, attention mask (None where nothing is padded, which is faster) and hidden places as tensors."""
    import torch

    seen = ids != plan.tokenizer.pad_token_id
    attention = None if seen.all() else torch.from_numpy(seen.astype(np.int64)).to(device)
    return torch.from_numpy(ids).to(device), attention, torch.from_numpy(chosen).to(device)


def _step(plan: _Plan, state: _State, model, optimizer, device) -> tuple[float, int, int]:
    """Take one step down the gradient, clipped to length one; the loss before it, hidden pieces, pieces read."""
    import torch

    config = plan.config
    rising = max(round(config.warmup * state.steps), 1)
    for group in optimizer.param_groups:
        group["lr"] = config.rate * min((state.step + 1) / rising, (state.steps - state.step) / max(state.steps - rising, 1), 1.0)
    loss, n_hidden, n_pieces = _loss(plan, state, model, device)
    value = float(loss.detach())
    if not math.isfinite(value):
        raise TrainingFailed(f"The loss is not a finite number with a learning rate of {config.rate:g}. Lower the learning rate.")
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return value, n_hidden, n_pieces


def _count(state: _State, loss: float, n_hidden: int, n_pieces: int) -> None:
    state.step += 1
    state.n_pieces += n_pieces
    for sums in (state.epoch_sum, state.moment_sum):
        sums[0] += loss * n_hidden
        sums[1] += n_hidden


def _measured(plan: _Plan, state: _State, model, device, epoch: int, tick: Callable[[], None]) -> dict:
    """Add a point to the curve; the metrics of an epoch if one ends here, else {}."""
    held_out = _held_out_loss(plan, model, device, tick)
    state.curve.append([state.step, state.moment_sum[0] / state.moment_sum[1], held_out[0] if held_out else None])
    state.moment_sum = [0.0, 0.0]
    if state.step == state.steps:
        state.after = held_out
    if state.step % plan.steps_an_epoch and state.step < state.steps:
        return {}
    state.losses.append(state.epoch_sum[0] / state.epoch_sum[1])
    state.epoch_sum = [0.0, 0.0]
    if held_out:
        state.validation.append(held_out[0])
    return {"epoch": epoch, "loss": state.losses[-1]} | ({"validation": held_out[0]} if held_out else {})


def _held_out_loss(plan: _Plan, model, device, tick: Callable[[], None]) -> list[float]:
    """[mean, standard error, pieces, unigram mean] of the losses of hidden pieces of held-out text, always the same; [] without any."""
    import torch
    from torch.nn.functional import cross_entropy

    blocks, losses, unigram = plan.pieces.held_out, [], []
    model.eval()
    with torch.no_grad():
        for at, first in enumerate(range(0, len(blocks), plan.config.batch_size)):
            tick()
            ids = blocks.take(np.arange(first, min(first + plan.config.batch_size, len(blocks))))
            hidden, chosen = hide(ids, plan.config.mask_share, plan.tokenizer.mask_token_id, plan.special,
                                  np.random.default_rng([plan.seed, 3, at]))
            scores = logits_at(model, *_tensors(plan, hidden, chosen, device)).float()
            losses.append(cross_entropy(scores, torch.from_numpy(ids[chosen]).to(device), reduction="none").cpu().numpy())
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


def _optimizer(model):
    """AdamW, without decay for biases and norms; its learning rate is set at each step."""
    import torch

    groups = [[p for p in model.parameters() if (p.ndim > 1) == many] for many in (True, False)]
    return torch.optim.AdamW([{"params": groups[0], "weight_decay": 0.01}, {"params": groups[1], "weight_decay": 0.0}],
                             lr=1e-3, betas=(0.9, 0.98))


# Checkpoints


def _checkpoint(plan: _Plan, state: _State, model, optimizer, names: list[str]) -> Checkpoint:
    """Weights p0, p1 ... and the optimizer's two means of each, m0, v0 ...; the rest as plain values."""
    arrays = {}
    for i, p in enumerate(model.parameters()):
        arrays[f"p{i}"] = p.detach().cpu().numpy()
        if p in optimizer.state:
            arrays[f"m{i}"], arrays[f"v{i}"] = (optimizer.state[p][key].cpu().numpy() for key in ("exp_avg", "exp_avg_sq"))
    tokenizer = plan.tokenizer.backend_tokenizer.to_str() if plan.config.start == "scratch" else ""
    return Checkpoint({"engine": ENGINE, "words": names, "corpus": plan.corpus.id, "config": asdict(plan.config), "seed": plan.seed,
                       "tokenizer": tokenizer, "state": asdict(state)}, arrays)


def _resumed(saved: Checkpoint, plan: _Plan, model, optimizer) -> _State:
    """The state as it was saved, weights put in place; BadInput if it belongs to another training."""
    import torch

    s, parameters = saved.state, list(model.parameters())
    mine = (ENGINE, plan.corpus.id, asdict(plan.config), plan.seed)
    if (s["engine"], s["corpus"], s["config"], s["seed"]) != mine or any(
            f"p{i}" not in saved.arrays or saved.arrays[f"p{i}"].shape != tuple(p.shape) for i, p in enumerate(parameters)):
        raise BadInput("The checkpoint was saved by another training: its corpus, settings, seed, base model or version differ. "
                       "Train again from the start.")
    state = _State(**s["state"])
    with torch.no_grad():
        for i, p in enumerate(parameters):
            p.copy_(torch.from_numpy(saved.arrays[f"p{i}"]))
            if f"m{i}" in saved.arrays:
                optimizer.state[p] = {"step": torch.tensor(float(state.step)), "exp_avg": torch.from_numpy(saved.arrays[f"m{i}"]).to(p.device),
                                      "exp_avg_sq": torch.from_numpy(saved.arrays[f"v{i}"]).to(p.device)}
    return state


# What it ends in


def _step_pieces(plan: _Plan) -> int:
    return plan.config.batch_size * plan.max_length


def _encoding_cost(plan: _Plan) -> float:
    """What encoding words and documents takes, before and after, in pieces trained on: a third of the work a piece."""
    corpus = plan.corpus
    words = min(len(corpus.vocabulary), plan.config.max_words)
    documents = min(len(plan.pieces.train.stream), corpus.n_documents * plan.max_length)
    return 2 * (documents + 4 * words) / 3 + 1


def _encoded(plan: _Plan, encoder: MaskedEncoder, report: Report, begins: float, share: float, total: float, when: str):
    """Vectors of the words and of the documents, which is `share` of the `total` work and starts at `begins`."""
    words, n_documents = plan.corpus.vocabulary.head(max_words=plan.config.max_words).words, plan.corpus.n_documents
    n = len(words) + n_documents

    def ticking(before: int, what: str):
        return lambda done: report(Progress(begins + share * (before + done) / n, total, f"Encoding {what}{when}, {before + done:,} of {n:,}"))

    vectors = encoder.encode(len(words), words.__getitem__, tick=ticking(0, "words"))
    return vectors, encoder.encode(n_documents, plan.corpus.text, tick=ticking(len(words), "documents"))


def _words_now(plan: _Plan, model, words: list[str]) -> np.ndarray:
    encoder = MaskedEncoder(model, plan.tokenizer, plan.max_length)
    return encoder.encode(len(words), words.__getitem__, tick=lambda done: None)


def _perplexity(measured: list[float]) -> list[float]:
    """[perplexity, low, high]: the exponential of a mean loss and of its 95 % interval."""
    mean, error = measured[:2]
    return [round(math.exp(min(mean + z * error, 700)), 4) for z in (0, -1.96, 1.96)]


def _notes(plan: _Plan, state: _State) -> dict:
    config, warnings = plan.config, []
    shape = asdict(config.shape) if config.start == "scratch" else {"base": config.base}
    notes = {"engine": "transformers", "loss_is": "mean cross-entropy of hidden word pieces, in nats", "warnings": warnings,
             "model": shape, "max_length": plan.max_length, "vocabulary": len(plan.tokenizer), "unit": plan.units.name, "units": plan.units.n,
             "held_out_units": int(plan.units.held_out.sum()), "pieces": len(plan.pieces.train.stream), "steps": state.steps,
             "precision": state.precision, "pieces_per_second": round(state.n_pieces / state.seconds) if state.seconds else 0,
             "fresh_head": plan.fresh_head, "curve": state.curve}
    if plan.fresh_head:
        warnings.append(f"{config.base!r} came without the part that predicts words, so that part began from random numbers.")
    if not state.after:
        warnings.append("Nothing was held out, so there is no perplexity on unseen text. Add documents, or raise the held-out share.")
        return notes
    unigram = math.exp(state.after[3])
    notes["perplexity"] = {"unigram": round(unigram, 4), "start": _perplexity(state.before), "end": _perplexity(state.after), "n": state.after[2]}
    notes["start_end"] = [{"evaluator": "held-out perplexity", "metric": "perplexity", "on": f"held-out {plan.units.name}s", "n": state.after[2],
                           "start": _perplexity(state.before), "end": _perplexity(state.after)}]
    return notes


def _card(plan: _Plan, notes: dict) -> str:
    """The README.md that goes with the model."""
    scores = {"pieces a second while training": f"{notes['pieces_per_second']:,}"}
    for name, title in (("start", "before training"), ("end", "after training")):
        if "perplexity" in notes:
            value, low, high = notes["perplexity"][name]
            scores[f"held-out perplexity {title}"] = f"{value:,.1f} (95 % interval {low:,.1f} to {high:,.1f})"
    if "perplexity" in notes:
        scores["unigram perplexity on the same pieces"] = f"{notes['perplexity']['unigram']:,.1f}"
    return model_card(name=f"Masked language model of {plan.corpus.name}", corpus=plan.corpus.name, digest=plan.corpus.id,
                      facts=notes["model"] | asdict(plan.config) | {"seed": plan.seed, "steps": notes["steps"]}, scores=scores)
