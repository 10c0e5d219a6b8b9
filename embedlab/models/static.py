"""Static embedding: one vector a token, a text is their mean; faster than a transformer, and less exact.

Distilled from a transformer (see static_distil), trained on texts that belong together (multiple negatives ranking,
Henderson et al. 2017, as sentence-transformers trains its StaticEmbedding), or both one after the other. The weights of
tokens are folded into their vectors, so that the plain mean which the saved model takes is the weighted one.
"""

import time
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import BadInput, BadSetting, TrainingFailed
from embedlab.models.background import run_beside, run_reporting
from embedlab.models.contrastive import even_batches, info_nce
from embedlab.models.encoder import Encoder, is_out_of_memory, torch_threads
from embedlab.models.opened import base_of, is_static, open_encoder
from embedlab.models.static_config import StaticConfig
from embedlab.models.static_distil import principal_components, token_vectors, token_weights, tokenizer_of, with_words
from embedlab.models.static_kept import compared
from embedlab.models.static_model import StaticEncoder, static_encoder
from embedlab.models.static_pairs import SAID, Pairs, find_pairs
from embedlab.models.trained import Trained
from embedlab.progress import Progress, Report, silent
from embedlab.session import ALONE, Checkpoint, Session
from embedlab.vectors import Embedding

ENGINE = "static 1"  # part of a checkpoint; raise it when the same checkpoint would mean something else
LEAST_HELD_OUT = 20  # pairs; fewer measure nothing
# Shares of the work: preparing, training (of modes that train), encoding and comparing.
DISTILLING, ENDING = 0.6, 0.1


def train(corpus: Corpus, config: StaticConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE) -> Trained:
    """A static model of the corpus: its vectors of words and documents, and an encoder for any text.

    The loss is the mean cross-entropy of finding a text's partner in its batch, none where nothing is trained.
    notes["kept"] says how fast it encodes beside its transformer, and how far the two agree on which documents are alike.
    TrainingFailed when the corpus has no texts that belong together or memory runs out; BadSetting when the base model
    cannot be had or its tokenizer does not fit.
    """
    report(Progress(0, 1, "Checking the corpus"))
    if not corpus.n_documents or not corpus.n_types:
        raise TrainingFailed(f"The corpus {corpus.name!r} holds no words to encode. Add text, or loosen its preprocessing.")
    base = base_of(config, session)
    if is_static(base):
        raise BadSetting("The base model is static itself, so there is nothing to distil. Choose a transformer.")
    teacher = run_beside(lambda: open_encoder(base, config.max_length),
                         lambda: report(Progress(0, 1, f"Loading {config.base} (the first time takes a while)")))
    try:
        with torch_threads(config.workers):
            return _train(corpus, config, teacher, seed, report, session)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"Memory ran out with {config.dim} dimensions and batches of {config.batch_size}. Lower one of them, or the "
                             "number of words.") from None


def _train(corpus: Corpus, config: StaticConfig, teacher: Encoder, seed: int, report: Report, session: Session) -> Trained:
    words = corpus.vocabulary.head(max_words=config.max_words)
    prepared = DISTILLING if config.mode == "distil" else 0.3
    notes = {"engine": "static", "base": config.base, "mode": config.mode, "warnings": [], "loss_is": "no training"}
    began = time.perf_counter()
    tokenizer, table, told = run_reporting(lambda relay: _begun(corpus, config, teacher, list(words.words), seed, lambda share, what: relay(
        Progress(prepared * share, 1, what))), report)
    notes |= told | {"preparing_seconds": round(time.perf_counter() - began, 3)}
    model, state, before = static_encoder(tokenizer, table), _State(), {}
    if config.mode != "distil":
        before = _encoded(model, corpus, words)
        state, trained = _tuned(model, corpus, config, words, seed, prepared, report, session)
        notes |= trained
    seconds = state.seconds if config.mode != "distil" else time.perf_counter() - began
    report(Progress(1 - ENDING, 1, "Encoding words and documents"))
    after = _encoded(model, corpus, words)
    notes["kept"] = run_reporting(lambda relay: compared(corpus, teacher, model, lambda share: relay(
        Progress(1 - ENDING + ENDING * share, 1, "Comparing it with its transformer"))), report)
    report(Progress(1, 1, "Done"))
    raw_words = corpus.n_tokens * max(len(state.losses), 1)
    return Trained(Embedding(list(words.words), after["words"], words.counts), tuple(state.losses), seconds, raw_words, after["documents"],
                   model, notes, tuple(state.validation), before=before)


def _encoded(model: StaticEncoder, corpus: Corpus, words) -> dict[str, np.ndarray]:
    """The vectors of all words and documents as they are now."""
    return {"words": model.encode(len(words), words.words.__getitem__, tick=lambda n: None),
            "documents": model.encode(corpus.n_documents, corpus.text, tick=lambda n: None)}


# Where the table begins


def _begun(corpus: Corpus, config: StaticConfig, teacher: Encoder, words: list[str], seed: int, tell) -> tuple[object, np.ndarray, dict]:
    """(tokenizer, table float32 (n_tokens, dim), notes): distilled, or random within the same size."""
    tokenizer, gained = tokenizer_of(teacher, config.base), []
    n_pieces = tokenizer.get_vocab_size()
    if config.vocabulary == "words":
        tokenizer, gained = with_words(tokenizer, words, config.base)
    n_tokens = n_pieces + len(gained)
    told = {"tokens": n_tokens, "words_of_their_own": len(gained)}
    if config.mode == "train":
        table = np.random.default_rng(seed).standard_normal((n_tokens, config.dim), np.float32) / np.float32(np.sqrt(config.dim))
        return tokenizer, table, told
    if config.dim > teacher.dim:
        raise BadSetting(f"The base model has {teacher.dim} dimensions, so no more can be distilled; got {config.dim}. Lower the dimensions.")
    pieces = token_vectors(teacher, n_pieces, tick=lambda n: tell(n / n_tokens, f"Asking for tokens, {n:,} of {n_tokens:,}"))
    own = teacher.encode(len(gained), gained.__getitem__, tick=lambda n: tell(
        (n_pieces + n) / n_tokens, f"Asking for tokens, {n_pieces + n:,} of {n_tokens:,}"))
    spoken = np.flatnonzero(np.concatenate([pieces.any(1), np.ones(len(own), bool)]))
    table = np.zeros((n_tokens, config.dim), np.float32)
    table[spoken], share = principal_components(np.concatenate([pieces, own])[spoken], config.dim)
    tell(1, "Weighing tokens")
    weights = token_weights(corpus, tokenizer, n_tokens, config, tick=lambda n: tell(1, f"Counting tokens, document {n:,} of {corpus.n_documents:,}"))
    return tokenizer, table * weights[:, None], told | {"variance_kept": round(share, 4)}


# Training


@dataclass(eq=False)
class _State:
    """What training changes beside the table."""

    epoch: int = 0
    batch: int = 0
    steps: int = 0
    summed: float = 0.0
    n_seen: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)


def _tuned(model: StaticEncoder, corpus: Corpus, config: StaticConfig, words, seed: int, prepared: float, report: Report,
           session: Session) -> tuple[_State, dict]:
    """Train the table in place; the losses, and notes on what it was trained on."""
    import torch

    pairs = find_pairs(corpus, model.tokenizer, config, seed=seed, tick=lambda done, n: report(
        Progress(prepared, 1, f"Reading texts, {done:,} of {n:,}")))
    learned, held = _held_out(len(pairs), config, seed)
    optimizer = torch.optim.AdamW([model.table], lr=config.learning_rate, weight_decay=0.0, fused=True)
    state = _State() if session.saved is None else _resumed(session.saved, model, corpus, config, seed, optimizer)
    while state.epoch < config.epochs:
        batches = even_batches(np.random.default_rng([seed, 5, state.epoch]).permutation(learned), config.batch_size)
        while state.batch < len(batches):
            began = time.perf_counter()
            rows = batches[state.batch]
            state.summed += _step(model, pairs, rows, optimizer, config, [seed, 6, state.steps], len(batches) * config.epochs, state.steps) * len(rows)
            state.n_seen, state.batch, state.steps = state.n_seen + len(rows), state.batch + 1, state.steps + 1
            state.seconds += time.perf_counter() - began
            share = (state.epoch + state.batch / len(batches)) / config.epochs
            done = min(prepared + (1 - ENDING - prepared) * share, 1 - ENDING)
            report(Progress(done, 1, f"Epoch {state.epoch + 1} of {config.epochs}", {}))
            if state.batch < len(batches):
                _rest(session, done, model, words, state, corpus, config, seed, optimizer)
        _end_epoch(state, model, pairs, held, config, report, done)
        _rest(session, done, model, words, state, corpus, config, seed, optimizer)
    return state, {"loss_is": "mean cross-entropy of finding a text's partner in its batch", "trained_on": SAID[pairs.what],
                   "pairs": len(pairs), "held_out_pairs": len(held)}


def _held_out(n: int, config: StaticConfig, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(pairs to learn from, pairs that measure the loss); none of the latter when they would be too few."""
    order, n_held = np.random.default_rng([seed, 7]).permutation(n), round(config.held_out * n)
    n_held = n_held if n_held >= LEAST_HELD_OUT else 0
    return order[n_held:], order[:n_held]


def _loss(model: StaticEncoder, pairs: Pairs, rows: np.ndarray, config: StaticConfig, draws: list[int]):
    import torch
    from torch.nn.functional import embedding_bag

    one, other, keys = pairs.batch(rows, np.random.default_rng(draws))
    first, second = (embedding_bag(torch.from_numpy(ids), model.table, torch.from_numpy(offsets)) for ids, offsets in (one, other))
    key = torch.tensor(keys)
    return info_nce(first, second, temperature=config.temperature, same=key[:, None] == key[None, :])


def _step(model, pairs, rows, optimizer, config, draws, n_steps, step) -> float:
    """One step down the gradient of a batch of pairs; the loss before it."""
    loss = _loss(model, pairs, rows, config, draws)
    value = float(loss.detach())
    if not np.isfinite(value):
        raise TrainingFailed(f"The loss is not a finite number with a learning rate of {config.learning_rate:g}. "
                             "Lower the learning rate or raise the temperature.")
    optimizer.param_groups[0]["lr"] = config.learning_rate * min((step + 1) / max(0.1 * n_steps, 1), (n_steps - step) / (0.9 * n_steps), 1.0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return value


def _end_epoch(state: _State, model, pairs: Pairs, held: np.ndarray, config: StaticConfig, report: Report, done: float) -> None:
    import torch

    state.losses.append(state.summed / state.n_seen)
    metrics = {"epoch": state.epoch + 1, "loss": state.losses[-1]}
    if len(held):
        with torch.no_grad():
            batches = even_batches(held, config.batch_size)
            losses = [float(_loss(model, pairs, rows, config, [0, i])) * len(rows) for i, rows in enumerate(batches)]
        state.validation.append(sum(losses) / len(held))
        metrics["validation"] = state.validation[-1]
    state.epoch, state.batch, state.summed, state.n_seen = state.epoch + 1, 0, 0.0, 0
    report(Progress(done, 1, f"Epoch {state.epoch} of {config.epochs} done", metrics))


# Rests


def _rest(session: Session, done: float, model, words, state: _State, corpus, config, seed, optimizer) -> None:
    def checkpoint() -> Checkpoint:
        values = {"engine": ENGINE, "words": list(words.words), "corpus": corpus.id, "config": asdict(config), "seed": seed} | asdict(state)
        moments = optimizer.state[model.table]
        return Checkpoint(values, {"table": model.table.detach().numpy(), "first": moments["exp_avg"].numpy(), "second": moments["exp_avg_sq"].numpy()})

    session.rest(done, words.words, lambda ids: model.encode(len(ids), lambda i: words.words[ids[i]], tick=lambda n: None), checkpoint)


def _resumed(saved: Checkpoint, model: StaticEncoder, corpus, config, seed, optimizer) -> _State:
    """The state as it was saved, with table and moments put back; BadInput if it belongs to another training."""
    import torch

    s = saved.state
    if (s["engine"], s["corpus"], s["config"], s["seed"]) != (ENGINE, corpus.id, asdict(config), seed) or \
            saved.arrays["table"].shape != tuple(model.table.shape):
        raise BadInput("The checkpoint was saved by another training: its corpus, settings, seed or version differ. "
                       "Train again from the start.")
    with torch.no_grad():
        model.table.copy_(torch.from_numpy(saved.arrays["table"]))
    optimizer.state[model.table] = {"step": torch.tensor(float(s["steps"])), "exp_avg": torch.from_numpy(saved.arrays["first"].copy()),
                                    "exp_avg_sq": torch.from_numpy(saved.arrays["second"].copy())}
    return _State(**{name: s[name] for name in ("epoch", "batch", "steps", "summed", "n_seen", "seconds", "losses", "validation")})
