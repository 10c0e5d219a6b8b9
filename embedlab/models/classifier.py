"""Classifier: a head on a sentence encoder that tells the labels of a corpus apart.

The head is first fitted to the frozen vectors (a linear probe); then, unless that is all that was asked for, encoder and
head learn on together from there, so that a random head does not spoil what the encoder knows (Kumar et al. 2022,
"Fine-tuning can distort pretrained features"). Batches hold texts of like length and pass in pieces that memory and
patience can bear; between two of them everything rests: the session may save a checkpoint or pause.
Left out: a pooler of its own, so AutoModelForSequenceClassification does not fit; the head reads the pooled vector.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import BadInput, TrainingFailed
from embedlab.models.background import run_beside, run_reporting
from embedlab.models.classifier_card import model_card
from embedlab.models.classifier_config import ClassifierConfig
from embedlab.models.classifier_head import Classifier, Head, fit_head, probe_accuracy, quality, softmax
from embedlab.models.classifier_layers import (
    LORA_RATE,
    Reader,
    close_after_training,
    learning,
    open_for_training,
    training_mode,
)
from embedlab.models.classifier_scores import accuracy, score_predictions, with_interval, worst_mistakes
from embedlab.models.classifier_split import Split, split_corpus
from embedlab.models.encoder import Encoder, is_out_of_memory, torch_threads
from embedlab.models.opened import base_of, open_encoder
from embedlab.models.trained import Trained
from embedlab.progress import Progress, Report, silent
from embedlab.session import ALONE, Checkpoint, Session
from embedlab.vectors import Embedding
from embedlab.vocab import Vocabulary

ENGINE = "classifier 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else
PIECE_TOKENS = 4096  # go through the encoder at once; more in a batch come piece by piece
SORTED_TOGETHER = 32  # batches whose texts are sorted by length, so that a batch holds little padding
WORD_PIECES = 1.4  # tokens of the model for one of the corpus, roughly
TRIAL_STEPS, TRIAL_SECONDS, CLEARLY_FASTER = 60, 1.0, 0.9
# Cost of a document and epoch in units of encoding it once: forward, backward, and the validation text.
COST = {"full": 3.2, "lora": 2.8, "top": 1.5, "probe": 0.0}
WORD_COST, HEAD_COST = 0.3, 1e-3


def train(corpus: Corpus, config: ClassifierConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE) -> Trained:
    """A classifier of the corpus labels: its encoder's vectors of words and documents, and what it is worth.

    The loss of an epoch is the mean cross-entropy of the training documents, each taken when training comes to it; the
    validation loss that of the validation documents after the epoch. notes["classification"] holds the scores on the
    test documents, measured once, of the epoch that was best on validation. TrainingFailed when the labels do not allow
    a split, memory runs out or the loss is not finite; BadSetting when the base model cannot be had.
    """
    report(Progress(0, 1, "Checking the labels"))
    if not corpus.n_documents or not corpus.n_types:
        raise TrainingFailed(f"The corpus {corpus.name!r} holds no words to encode. Add text, or loosen its preprocessing.")
    split = split_corpus(corpus, config, seed=seed)
    return train_on(corpus, config, split, seed=seed, report=report, session=session)


def train_on(corpus: Corpus, config: ClassifierConfig, split: Split, *, seed: int = 1, report: Report = silent,
             session: Session = ALONE) -> Trained:
    """The same on a split that is given."""
    encoder = run_beside(lambda: open_encoder(base_of(config, session), config.max_length),
                         lambda: report(Progress(0, 1, f"Loading {config.base} (the first time takes a while)")))
    try:
        with torch_threads(config.workers):
            return _train(_Plan.of(corpus, config, split, encoder, seed, report, session))
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"Memory ran out with batches of {config.batch_size} texts of up to {config.max_length} tokens. "
                             "Lower the batch size or the maximum length, or train the top layers or the head alone.") from None


# What a training is made of


@dataclass(frozen=True, eq=False)
class _Plan:
    """What stays the same throughout."""

    corpus: Corpus
    config: ClassifierConfig
    split: Split
    encoder: Encoder
    seed: int
    report: Report
    session: Session
    words: Vocabulary
    n_tokens: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def of(cls, corpus, config, split, encoder, seed, report, session) -> "_Plan":
        words = corpus.vocabulary.head(max_words=config.max_words)
        n_tokens = np.diff(np.asarray(corpus.sentences)[np.asarray(corpus.documents)])
        counts = np.bincount(split.labels[split.train], minlength=len(split.names))
        weights = counts.sum() / (len(counts) * np.maximum(counts, 1)) if config.balanced else None
        return cls(corpus, config, split, encoder, seed, report, session, words, n_tokens, weights)

    @property
    def encoding(self) -> float:
        """Cost of encoding all words and documents."""
        return self.corpus.n_documents + WORD_COST * len(self.words)

    @property
    def tuning(self) -> float:
        """Cost of all that comes before encoder and head learn together."""
        return self.encoding + self.fitting

    @property
    def training(self) -> float:
        return COST[self.config.mode] * len(self.split.train) * self.config.epochs

    @property
    def fitting(self) -> float:
        return HEAD_COST * len(self.split.train) * self.config.head_epochs

    @property
    def total(self) -> float:
        return self.encoding * (1 if self.config.mode == "probe" else 2) + self.training + self.fitting

    def tell(self, cost: float, message: str, metrics: dict | None = None) -> None:
        """Report that so much of the work is done."""
        self.report(Progress(min(cost, self.total), self.total, message, metrics or {}))

    def options(self) -> dict:
        """How a head is fitted to frozen vectors."""
        return {"epochs": self.config.head_epochs, "rate": self.config.head_rate, "weights": self.weights}


@dataclass(eq=False)
class _State:
    """What training changes beside the weights. best: all that learns, in one vector, of the best epoch so far."""

    epoch: int = 0
    batch: int = 0
    summed: float = 0.0
    n_seen: int = 0
    seconds: float = 0.0
    records: list[dict] = field(default_factory=list)
    best: np.ndarray | None = None
    precision: dict = field(default_factory=dict)
    steps: int = 0


def _train(plan: _Plan) -> Trained:
    config, split = plan.config, plan.split
    saved = _checked(plan)
    before = _encoded(plan, 0) if saved is None else {what: saved.arrays[f"before_{what}"] for what in ("words", "documents")}
    if saved is None:
        plan.session.rest(plan.encoding / plan.total, plan.words.words, lambda ids: before["words"][ids],
                          lambda: _checkpoint(plan, _State(), before, {}))
    started = time.perf_counter()
    head, records = _fitted(plan, before["documents"])
    state = _State(records=records, seconds=time.perf_counter() - started)
    after = before
    if config.mode != "probe":
        head_records = records
        state = _tuned(plan, head, before, saved)
        after = _encoded(plan, plan.tuning + plan.training)
    weight, bias = head.folded()
    probabilities = softmax(after["documents"][split.test] @ weight.T + bias)
    notes = _notes(plan, state, probabilities, before, after)
    if config.mode != "probe":
        notes["head"] = {"epochs": len(head_records), "validation_accuracy": max(head_records, key=quality)["validation_accuracy"]}
    classifier = Classifier(plan.encoder, split.names, weight, bias, model_card(plan.corpus, config, plan.seed, notes))
    plan.tell(plan.total, "Done")
    return Trained(
        Embedding(list(plan.words.words), after["words"], plan.words.counts), tuple(r["loss"] for r in state.records), state.seconds,
        int(plan.n_tokens[split.train].sum()) * len(state.records), after["documents"], classifier, notes,
        tuple(r["validation_loss"] for r in state.records), before={} if config.mode == "probe" else before)


def _encoded(plan: _Plan, done: float) -> dict[str, np.ndarray]:
    """The vectors of all words and documents as the encoder is now, float32; `done` is the cost before it."""
    words, corpus = plan.words, plan.corpus

    def work(relay: Report) -> dict:
        def ticking(base: float, cost: float, n: int, what: str) -> Callable[[int], None]:
            began = time.perf_counter()

            def tick(count: int) -> None:
                rate = count / max(time.perf_counter() - began, 1e-9)
                relay(Progress(base + cost * count, plan.total, f"Encoding {what}, {count:,} of {n:,}, {rate:,.0f} texts/s", {"rate": rate}))

            tick(0)
            return tick

        vectors = plan.encoder.encode(len(words), words.words.__getitem__, tick=ticking(done, WORD_COST, len(words), "words"))
        documents = plan.encoder.encode(corpus.n_documents, corpus.text, tick=ticking(
            done + WORD_COST * len(words), 1, corpus.n_documents, "documents"))
        return {"words": vectors, "documents": documents}

    with torch_threads(plan.config.workers):
        return run_reporting(work, plan.report)


def _fitted(plan: _Plan, documents: np.ndarray) -> tuple[Head, list[dict]]:
    """The head that frozen vectors give, and its epochs; they are told of where they are all the training there is."""
    split, labels = plan.split, plan.split.labels
    alone, n = plan.config.mode == "probe", plan.config.head_epochs

    def tick(record: dict) -> None:
        metrics = {"epoch": record["epoch"], "loss": record["loss"], "validation": record["validation_loss"],
                   "accuracy": record["validation_accuracy"]} if alone else {}
        plan.tell(plan.encoding + plan.fitting * record["epoch"] / n, f"Fitting the head, epoch {record['epoch']} of {n}", metrics)

    head, records = fit_head(documents[split.train], labels[split.train], documents[split.validation], labels[split.validation],
                             len(split.names), seed=plan.seed, tick=tick, **plan.options())
    return head, records


# Encoder and head together


def _tuned(plan: _Plan, head: Head, before: dict, saved: Checkpoint | None) -> _State:
    """Train encoder and head in place, to the epoch that was best on validation."""
    import torch

    opened = open_for_training(plan.encoder, plan.config, seed=plan.seed)
    _to_device(head, plan.encoder)
    reader = Reader(plan.encoder, plan.config, plan.corpus.text, int(WORD_PIECES * plan.n_tokens[plan.split.train].sum()))
    params = _reached(plan, head, reader)
    optimizer = _optimizer(plan, params, head)
    state = _State() if saved is None or not saved.state["begun"] else _resumed(saved, params, optimizer)
    if not state.precision:
        state.precision = _precision(plan, head, reader)
    while state.epoch < plan.config.epochs:
        _epoch(plan, state, head, reader, params, optimizer, before)
    with torch.no_grad():
        torch.nn.utils.vector_to_parameters(torch.from_numpy(state.best).to(params[0].device), params)
    close_after_training(plan.encoder, opened)
    state.precision["trained_parameters"] = int(sum(p.numel() for p in params))
    state.precision["kept_activations"] = reader.kept is not None
    _to_device(head, None)
    return state


def _reached(plan: _Plan, head: Head, reader: Reader) -> list:
    """What learns, the head last: the parameters that a document's loss reaches, found by one."""
    training_mode(plan.encoder, plan.config)
    _loss(plan, head, reader, plan.split.train[:2], "float32").backward()
    params = [p for p in learning(plan.encoder) if p.grad is not None] + head.parameters
    for p in params:
        p.grad = None
    return params


def _optimizer(plan: _Plan, params: list, head: Head):
    """AdamW; biases and norms do not decay, and the head has a rate of its own. Rates are set at every step."""
    import torch

    own = {id(p) for p in head.parameters}
    rate = plan.config.learning_rate * (LORA_RATE if plan.config.mode == "lora" else 1)
    groups = [{"params": [p for p in params if id(p) not in own and p.ndim > 1], "weight_decay": 0.01, "most": rate},
              {"params": [p for p in params if id(p) not in own and p.ndim <= 1], "weight_decay": 0.0, "most": rate},
              {"params": head.parameters, "weight_decay": 0.01, "most": plan.config.head_rate}]
    return torch.optim.AdamW([group for group in groups if group["params"]], fused=True)


def _epoch(plan: _Plan, state: _State, head: Head, reader: Reader, params: list, optimizer, before: dict) -> None:
    """The rest of the epoch that `state` stands in, and what it is worth on validation."""
    batches = epoch_batches(plan.split.train, plan.n_tokens, plan.config.batch_size, seed=plan.seed, epoch=state.epoch)
    n_epochs, n_train = plan.config.epochs, len(plan.split.train)
    rate = _Rate()
    while state.batch < len(batches):
        training_mode(plan.encoder, plan.config)
        rows, began = batches[state.batch], time.perf_counter()

        def tick(n: int, seen=state.n_seen) -> None:
            done = plan.tuning + plan.training * (state.epoch + (seen + n) / n_train) / n_epochs
            plan.tell(done, f"Epoch {state.epoch + 1} of {n_epochs}, {rate(n, seen):,.0f} texts/s", {"rate": rate(n, seen)})

        state.summed += _step(plan, head, reader, params, optimizer, rows, state.steps, len(batches) * n_epochs, state.precision["used"], tick)
        state.n_seen += len(rows)
        state.batch, state.steps = state.batch + 1, state.steps + 1
        state.seconds += time.perf_counter() - began
        if state.batch < len(batches):
            _rest(plan, state, params, optimizer, before)
    _end_epoch(plan, state, head, reader, params)
    _rest(plan, state, params, optimizer, before)


def _end_epoch(plan: _Plan, state: _State, head: Head, reader: Reader, params: list) -> None:
    import torch

    loss, right = _validated(plan, head, reader, state.precision["used"])
    record = {"epoch": state.epoch + 1, "loss": state.summed / state.n_seen, "validation_loss": loss, "validation_accuracy": right}
    if not state.records or quality(record) > max(map(quality, state.records)):
        state.best = torch.nn.utils.parameters_to_vector(params).detach().cpu().numpy().copy()
    state.records.append(record)
    state.epoch, state.batch, state.summed, state.n_seen = state.epoch + 1, 0, 0.0, 0
    plan.tell(plan.tuning + plan.training * state.epoch / plan.config.epochs,
              f"Epoch {state.epoch} of {plan.config.epochs} done, validation accuracy {right:.3f}",
              {"epoch": state.epoch, "loss": record["loss"], "validation": loss, "accuracy": right})


def _step(plan, head, reader, params, optimizer, rows, step, n_steps, precision, tick) -> float:
    """One step down the gradient of a batch, its norm cut to one; the summed loss before it."""
    import torch

    torch.manual_seed(plan.seed * 1_000_003 + step)  # dropout has a seed of its own at every step, so that a resumed training repeats it
    norm, summed, seen = _weight_of(plan, rows), 0.0, 0
    for piece in pieces(rows, plan.n_tokens, plan.config.max_length):
        loss = _loss(plan, head, reader, piece, precision)
        value = float(loss.detach())
        if not np.isfinite(value):
            raise TrainingFailed(f"The loss is not a finite number with a learning rate of {plan.config.learning_rate:g}. Lower it.")
        (loss / norm).backward()
        summed += value
        seen += len(piece)
        tick(seen)
    torch.nn.utils.clip_grad_norm_(params, 1.0)
    rising = max(round(plan.config.warmup * n_steps), 1)
    share = min((step + 1) / rising, (n_steps - step) / max(n_steps - rising, 1), 1.0)
    for group in optimizer.param_groups:
        group["lr"] = group["most"] * share
    optimizer.step()
    optimizer.zero_grad()
    return summed * len(rows) / norm


def _loss(plan: _Plan, head: Head, reader: Reader, rows: np.ndarray, precision: str):
    """Summed cross-entropy of documents, each weighted by its label."""
    import torch
    from torch.nn.functional import cross_entropy

    device = plan.encoder.model.device
    with torch.autocast(device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext():
        vectors = reader.forward(rows)
    weights = None if plan.weights is None else torch.from_numpy(plan.weights.astype(np.float32)).to(device)
    own = torch.from_numpy(plan.split.labels[rows]).to(device)
    return cross_entropy(head.logits(vectors.float()), own, weight=weights, reduction="sum")


def _weight_of(plan: _Plan, rows: np.ndarray) -> float:
    return float(len(rows)) if plan.weights is None else float(plan.weights[plan.split.labels[rows]].sum())


def _validated(plan: _Plan, head: Head, reader: Reader, precision: str) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) on the validation documents."""
    import torch
    from torch.nn.functional import cross_entropy

    plan.encoder.model.eval()
    rows = plan.split.validation[np.argsort(plan.n_tokens[plan.split.validation], kind="stable")]
    summed = right = 0.0
    device = plan.encoder.model.device
    with torch.no_grad():
        for piece in pieces(rows, plan.n_tokens, plan.config.max_length):
            with torch.autocast(device.type, torch.bfloat16) if precision == "bfloat16" else nullcontext():
                vectors = reader.forward(piece)
            logits, own = head.logits(vectors.float()), torch.from_numpy(plan.split.labels[piece]).to(device)
            summed += float(cross_entropy(logits, own, reduction="sum"))
            right += float((logits.argmax(1) == own).sum())
    return summed / len(rows), right / len(rows)


def _precision(plan: _Plan, head: Head, reader: Reader) -> dict:
    """{"used"} and, after a trial, milliseconds of both precisions for a batch; a trial changes no weight."""
    config = plan.config
    if config.precision != "auto":
        return {"used": config.precision}
    batches = epoch_batches(plan.split.train, plan.n_tokens, config.batch_size, seed=plan.seed, epoch=0)
    if len(batches) * config.epochs < TRIAL_STEPS:
        return {"used": "float32"}
    training_mode(plan.encoder, config)
    rows = next(pieces(batches[len(batches) // 2], plan.n_tokens, config.max_length))
    spent, began, rounds = {"float32": [], "bfloat16": []}, time.perf_counter(), 0
    while rounds < 2 or time.perf_counter() - began < TRIAL_SECONDS and rounds < 5:
        for precision, times in spent.items():
            at = time.perf_counter()
            _loss(plan, head, reader, rows, precision).backward()
            times.append(time.perf_counter() - at)
            plan.tell(plan.tuning, "Trying which precision is faster here")
        rounds += 1
    for p in [*learning(plan.encoder), *head.parameters]:
        p.grad = None
    best = {precision: min(times) for precision, times in spent.items()}
    used = "bfloat16" if best["bfloat16"] < CLEARLY_FASTER * best["float32"] else "float32"
    return {"used": used} | {f"{precision}_ms": round(1000 * seconds, 1) for precision, seconds in best.items()}


class _Rate:
    """Documents a second since this epoch, or its rest, began."""

    def __init__(self):
        self.began, self.first = time.perf_counter(), None

    def __call__(self, n: int, seen: int) -> float:
        self.first = seen if self.first is None else self.first
        return (seen + n - self.first) / max(time.perf_counter() - self.began, 1e-9)


def _to_device(head: Head, encoder: Encoder | None) -> None:
    """Move a head to where the encoder is, or back."""
    import torch

    device = torch.device("cpu") if encoder is None else encoder.model.device
    if head.weight.device == device:
        return
    for name in ("mean", "spread", "weight", "bias"):
        moved = getattr(head, name).detach().to(device)
        setattr(head, name, moved.requires_grad_(name in ("weight", "bias")))


# Batches


def epoch_batches(rows: np.ndarray, n_tokens: np.ndarray, size: int, *, seed: int, epoch: int) -> list[np.ndarray]:
    """The rows in shuffled batches of `size`, each of texts of like length; the same for the same seed and epoch.

    Rows are shuffled, sorted by length within every SORTED_TOGETHER batches, cut, and the batches shuffled again.
    """
    rng = np.random.default_rng([seed, 3, epoch])
    mixed = rng.permutation(rows)
    together = np.split(mixed, range(SORTED_TOGETHER * size, len(mixed), SORTED_TOGETHER * size))
    mixed = np.concatenate([part[np.argsort(n_tokens[part], kind="stable")] for part in together])
    batches = np.array_split(mixed, max(-(-len(mixed) // size), 1))
    return [batches[i] for i in rng.permutation(len(batches))]


def pieces(rows: np.ndarray, n_tokens: np.ndarray, max_length: int):
    """The rows in order, in pieces of about PIECE_TOKENS tokens with their padding, at least one row each."""
    lengths = np.minimum(np.ceil(WORD_PIECES * n_tokens[rows]) + 2, max_length)
    first, longest = 0, 0.0
    for i, length in enumerate(lengths.tolist()):
        longest = max(longest, length)
        if i > first and longest * (i + 1 - first) > PIECE_TOKENS:
            yield rows[first:i]
            first, longest = i, length
    yield rows[first:]


# Rests


def _rest(plan: _Plan, state: _State, params: list, optimizer, before: dict) -> None:
    steps = (state.n_seen / len(plan.split.train) + state.epoch) / plan.config.epochs
    done = (plan.tuning + plan.training * steps) / plan.total
    vectors = lambda ids: plan.encoder.encode(len(ids), lambda i: plan.words.words[ids[i]], tick=lambda n: None)  # noqa: E731
    plan.session.rest(done, plan.words.words, vectors, lambda: _checkpoint(plan, state, before, _learned(state, params, optimizer)))


def _learned(state: _State, params: list, optimizer) -> dict[str, np.ndarray]:
    """What has been learned, as one vector each: weights, both moments, the best weights."""
    import torch

    def flat(of) -> np.ndarray:
        return torch.cat([of(p).detach().reshape(-1).float().cpu() for p in params]).numpy()

    arrays = {"weights": flat(lambda p: p), "first": flat(lambda p: optimizer.state[p]["exp_avg"]),
              "second": flat(lambda p: optimizer.state[p]["exp_avg_sq"])}
    return arrays | ({"best": state.best} if state.best is not None else {})


def _checkpoint(plan: _Plan, state: _State, before: dict, learned: dict) -> Checkpoint:
    values = {"engine": ENGINE, "words": list(plan.words.words), "corpus": plan.corpus.id, "config": asdict(plan.config), "seed": plan.seed,
              "begun": bool(learned)} | {name: getattr(state, name) for name in (
                  "epoch", "batch", "summed", "n_seen", "seconds", "records", "precision", "steps")}
    return Checkpoint(values, learned | {f"before_{what}": vectors for what, vectors in before.items()})


def _checked(plan: _Plan) -> Checkpoint | None:
    """The checkpoint to go on from; BadInput if it belongs to another training."""
    saved = plan.session.saved
    if saved is None:
        return None
    s = saved.state
    if (s["engine"], s["corpus"], s["config"], s["seed"]) != (ENGINE, plan.corpus.id, asdict(plan.config), plan.seed):
        raise BadInput("The checkpoint was saved by another training: its corpus, settings, seed or version differ. "
                       "Train again from the start.")
    return saved


def _resumed(saved: Checkpoint, params: list, optimizer) -> _State:
    """The state as it was saved, with weights and moments put back."""
    import torch

    s, arrays = saved.state, saved.arrays
    if len(arrays["weights"]) != sum(p.numel() for p in params):
        raise BadInput("The checkpoint does not fit the base model, which has changed since it was saved. Train again from the start.")
    with torch.no_grad():
        torch.nn.utils.vector_to_parameters(torch.from_numpy(arrays["weights"].copy()).to(params[0].device), params)
    at = 0
    for p in params:
        part = slice(at, at := at + p.numel())
        moments = {name: torch.from_numpy(arrays[key][part].copy()).to(p.device).reshape(p.shape)
                   for name, key in (("exp_avg", "first"), ("exp_avg_sq", "second"))}
        optimizer.state[p] = moments | {"step": torch.tensor(float(s["steps"]), device=p.device)}
    return _State(s["epoch"], s["batch"], s["summed"], s["n_seen"], s["seconds"], list(s["records"]), arrays.get("best"), dict(s["precision"]),
                  s["steps"])


# What is told of it


def _notes(plan: _Plan, state: _State, probabilities: np.ndarray, before: dict, after: dict) -> dict:
    config, split, seed = plan.config, plan.split, plan.seed
    own = split.labels[split.test]
    most = int(np.bincount(split.labels[split.train]).argmax())
    best = max(range(len(state.records)), key=lambda i: quality(state.records[i]))
    scores = score_predictions(own, probabilities, split.names, most_frequent=most, seed=seed) | {
        "split": {"train": len(split.train), "validation": len(split.validation), "test": len(split.test), "said": split.said},
        "epochs": state.records, "best_epoch": best + 1,
        "mistakes": worst_mistakes(plan.corpus, split.test, own, probabilities, split.names)}
    notes = {"engine": "sentence-transformers", "base": config.base, "max_length": plan.encoder.max_length,
             "loss_is": "mean cross-entropy of a document's label", "classification": scores, "warnings": list(split.warnings)}
    if config.mode == "probe":
        return notes
    start, end = (probe_accuracy(vectors["documents"], split, seed=seed, **plan.options()) for vectors in (before, after))
    interval = [with_interval(accuracy, matrix, seed=seed) for matrix in (start, end)]
    notes["start_end"] = [{"evaluator": "linear probe", "metric": "accuracy", "on": "test part", "n": len(own),
                           "start": interval[0], "end": interval[1]}]
    notes["precision"] = state.precision
    if best + 1 < len(state.records):
        notes["warnings"].append(f"Epoch {best + 1} of {len(state.records)} was best on validation and was kept; fewer epochs may do.")
    return notes
