"""Static embedding: one vector a token, a text is their mean; faster than a transformer, and less exact.

Distilled from a transformer (see static_distil), trained on texts that belong together (multiple negatives ranking,
Henderson et al. 2017, as sentence-transformers trains its StaticEmbedding), or both one after the other. The weights of
tokens are folded into their vectors, so that the plain mean which the saved model takes is the weighted one.
"""

import time
from dataclasses import asdict, dataclass, field

import numpy as np

from embedlab.core.background import run_reporting
from embedlab.core.device import memory_for, named, torch_threads
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_of
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.encoders.batches import even_batches
from embedlab.models.encoders.checkpoint_identity import going_on, identity
from embedlab.models.encoders.corpus_vectors import encoded
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.load import open_base
from embedlab.models.encoders.losses import info_nce
from embedlab.models.encoders.model_card import code, model_card, table
from embedlab.models.encoders.optimiser import Descent, finite
from embedlab.models.encoders.static_encoder import StaticEncoder, static_encoder
from embedlab.models.family import Trained
from embedlab.models.static.config import StaticConfig
from embedlab.models.static.distil import principal_components, token_vectors, token_weights, tokenizer_of, with_words
from embedlab.models.static.fidelity import compared
from embedlab.models.static.pairs import SAID, Pairs, find_pairs
from embedlab.models.training.requirements import require_words
from embedlab.models.training.session import ALONE, Checkpoint, Session
from embedlab.vectors.embedding import Embedding

ENGINE = "static 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
LEAST_HELD_OUT = 20  # pairs; fewer measure nothing
WARM_UP = 0.1  # share of the steps
# Shares of the work: preparing, training (of modes that train), encoding and comparing.
DISTILLING, ENDING = 0.6, 0.1


def train(
    corpus: Corpus, config: StaticConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A static model of the corpus: its vectors of words and documents, and an encoder for any text.

    The loss is the mean cross-entropy of finding a text's partner in its batch, none where nothing is trained.
    notes["kept"] says how fast it encodes beside its transformer, and how far the two agree on which documents are alike.
    TrainingFailed when the corpus has no texts that belong together or memory runs out; BadSetting when the base model
    cannot be had or its tokenizer does not fit.
    """
    report(Progress(0, 1, "Checking the corpus"))
    require_words(corpus)
    teacher = open_base(config, session, report)
    if isinstance(teacher, StaticEncoder):
        raise BadSetting("The base model is static itself, so there is nothing to distil. Choose a transformer.")
    with (
        torch_threads(config.workers),
        memory_for(
            f"{config.dim} dimensions and batches of {config.batch_size}", "Lower one of them, or the number of words."
        ),
    ):
        return _train(corpus, config, teacher, seed, report, session)


def _train(
    corpus: Corpus, config: StaticConfig, teacher: Encoder, seed: int, report: Report, session: Session
) -> Trained:
    words = corpus.vocabulary.head(max_words=config.max_words)
    prepared = DISTILLING if config.mode == "distil" else 0.3
    place = (
        "cpu" if config.mode == "train" else teacher.model.device
    )  # of the transformer that is asked; the table learns on the processor
    notes = {
        "engine": "static",
        "base": config.base,
        "mode": config.mode,
        "device": named(place),
        "warnings": [],
        "loss_is": "no training",
    }
    began = time.perf_counter()
    tokenizer, vectors, told = run_reporting(
        lambda relay: _begun(
            corpus,
            config,
            teacher,
            list(words.words),
            seed,
            session,
            lambda share, what: relay(Progress(prepared * share, 1, what)),
        ),
        report,
    )
    notes |= told | {"preparing_seconds": round(time.perf_counter() - began, 3)}
    model, state, before = static_encoder(tokenizer, vectors), _State(), {}
    telling = lambda done: lambda cost, message, metrics: report(Progress(done, 1, message, metrics))  # noqa: E731
    if config.mode != "distil":
        before = encoded(model, words, corpus, telling(prepared), when=" as training begins")
        tuning = _Tuning(model, corpus, config, words, seed, prepared, report, session)
        state, trained = tuning.run()
        notes |= trained
    seconds = state.seconds if config.mode != "distil" else time.perf_counter() - began
    after = encoded(model, words, corpus, telling(1 - ENDING))
    notes["kept"] = run_reporting(
        lambda relay: compared(
            corpus,
            teacher,
            model,
            lambda share: relay(Progress(1 - ENDING + ENDING * share, 1, "Comparing it with its transformer")),
        ),
        report,
    )
    model.card = _card(corpus, config, seed, notes, model)
    report(Progress(1, 1, "Done"))
    raw_words = corpus.n_tokens * max(len(state.losses), 1)
    return Trained(
        Embedding(list(words.words), after["words"], words.counts),
        tuple(state.losses),
        seconds,
        raw_words,
        after["documents"],
        model,
        notes,
        tuple(state.validation),
        before=before,
    )


def _card(corpus: Corpus, config: StaticConfig, seed: int, notes: dict, model: StaticEncoder) -> str:
    """The README of the model: what it is, what it keeps of its transformer."""
    kept = notes["kept"]
    measured = [
        ("documents that both encoded", f"{kept['documents']:,}"),
        ("times as fast as the transformer", kept["times_faster"]),
    ]
    if kept["agreement"]:
        score, low, high = kept["agreement"]
        measured.append(("Spearman of their cosines", f"{score:.3f} ({low:.3f} to {high:.3f})"))
    about = f"One vector for each of {notes['tokens']:,} tokens; a text is their mean. Its tokens are those of {code(config.base)}."
    return model_card(
        f"Static embedding of {model.dim} dimensions",
        about,
        corpus,
        config,
        seed,
        notes,
        scores=table(("measured", "value"), measured),
    )


# Where the table begins


def _begun(
    corpus: Corpus, config: StaticConfig, teacher: Encoder, words: list[str], seed: int, session: Session, tell
) -> tuple[object, np.ndarray, dict]:
    """(tokenizer, table float32 (n_tokens, dim), notes): distilled, or random within the same size."""
    tokenizer, gained = tokenizer_of(teacher, config.base), []
    n_pieces = tokenizer.get_vocab_size()
    if config.vocabulary == "words":
        tokenizer, gained = with_words(tokenizer, words, config.base)
    n_tokens = n_pieces + len(gained)
    told = {"tokens": n_tokens, "words_of_their_own": len(gained)}
    if config.mode == "train":
        table = np.random.default_rng(seed).standard_normal((n_tokens, config.dim), np.float32) / np.float32(
            np.sqrt(config.dim)
        )
        return tokenizer, table, told
    if config.dim > teacher.dim:
        raise BadSetting(
            f"The base model has {teacher.dim} dimensions, so no more can be distilled; got {config.dim}. Lower the dimensions."
        )
    pieces = token_vectors(
        teacher, n_pieces, tick=lambda n: tell(n / n_tokens, f"Asking for tokens, {n:,} of {n_tokens:,}")
    )
    own = teacher.encode(
        len(gained),
        gained.__getitem__,
        cache=session.cache,
        tick=lambda n: tell((n_pieces + n) / n_tokens, f"Asking for tokens, {n_pieces + n:,} of {n_tokens:,}"),
    )
    spoken = np.flatnonzero(np.concatenate([pieces.any(1), np.ones(len(own), bool)]))
    table = np.zeros((n_tokens, config.dim), np.float32)
    table[spoken], share = principal_components(np.concatenate([pieces, own])[spoken], config.dim)
    tell(1, "Weighing tokens")
    weights = token_weights(
        corpus,
        tokenizer,
        n_tokens,
        config,
        tick=lambda n: tell(1, f"Counting tokens, document {n:,} of {corpus.n_documents:,}"),
    )
    return tokenizer, table * weights[:, None], told | {"variance_kept": round(share, 4)}


# Training


@dataclass(eq=False)
class _State:
    """What training changes beside the table."""

    epoch: int = 0
    batch: int = 0
    summed: float = 0.0
    n_seen: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)


@dataclass(eq=False)
class _Tuning:
    """Everything the loop over epochs touches."""

    model: StaticEncoder
    corpus: Corpus
    config: StaticConfig
    words: Vocabulary
    seed: int
    prepared: float
    report: Report
    session: Session
    state: _State = field(default_factory=_State)
    pairs: Pairs = field(init=False)
    held: np.ndarray = field(init=False)
    descent: Descent = field(init=False)
    identity: dict = field(init=False)

    def run(self) -> tuple[_State, dict]:
        """Train the table in place; the losses, and notes on what it was trained on."""
        config = self.config
        self.pairs = find_pairs(
            self.corpus,
            self.model.tokenizer,
            config,
            seed=self.seed,
            tick=lambda done, n: self.report(Progress(self.prepared, 1, f"Reading texts, {done:,} of {n:,}")),
        )
        held_out = held_out_of(len(self.pairs), config.held_out, least=LEAST_HELD_OUT)
        learned, self.held = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        n_batches = len(even_batches(learned, config.batch_size))
        self.descent = Descent(
            [([self.model.table], config.learning_rate)],
            n_steps=n_batches * config.epochs,
            warmup=WARM_UP,
            decay=0.0,
            longest=None,
        )
        self.identity = identity(ENGINE, self.corpus.id, config, self.seed)
        if self.session.saved is not None:
            s = going_on(self.session.saved, self.identity)
            self.state = _State(**{name: s[name] for name in _State.__dataclass_fields__})
            self.descent.put_back(self.session.saved.arrays, s["taken"])
        while self.state.epoch < config.epochs:
            self._epoch(
                even_batches(
                    np.random.default_rng([self.seed, 5, self.state.epoch]).permutation(learned), config.batch_size
                )
            )
        return self.state, {
            "loss_is": "mean cross-entropy of finding a text's partner in its batch",
            "trained_on": SAID[self.pairs.what],
            "pairs": len(self.pairs),
            "held_out_pairs": len(self.held),
        }

    def _epoch(self, batches: list[np.ndarray]) -> None:
        s, config = self.state, self.config
        while s.batch < len(batches):
            began, rows = time.perf_counter(), batches[s.batch]
            s.summed += self._step(rows) * len(rows)
            s.n_seen, s.batch = s.n_seen + len(rows), s.batch + 1
            s.seconds += time.perf_counter() - began
            done = self._done((s.epoch + s.batch / len(batches)) / config.epochs)
            self.report(Progress(done, 1, f"Epoch {s.epoch + 1} of {config.epochs}"))
            if s.batch < len(batches):
                self._rest(done)
        self._end_epoch()
        self._rest(self._done(s.epoch / config.epochs))

    def _done(self, share: float) -> float:
        """Share of all the work, with this share of the training."""
        return min(self.prepared + (1 - ENDING - self.prepared) * share, 1 - ENDING)

    def _step(self, rows: np.ndarray) -> float:
        """One step down the gradient of a batch of pairs; the loss before it."""
        loss = self._loss(rows, [self.seed, 6, self.descent.steps])
        value = finite(loss, self.config.learning_rate, "Lower the learning rate or raise the temperature.")
        loss.backward()
        self.descent.step()
        return value

    def _loss(self, rows: np.ndarray, draws: list[int]):
        import torch
        from torch.nn.functional import embedding_bag

        one, other, keys = self.pairs.batch(rows, np.random.default_rng(draws))
        first, second = (
            embedding_bag(torch.from_numpy(ids), self.model.table, torch.from_numpy(offsets))
            for ids, offsets in (one, other)
        )
        key = torch.tensor(keys)
        return info_nce(first, second, temperature=self.config.temperature, same=key[:, None] == key[None, :])

    def _end_epoch(self) -> None:
        import torch

        s = self.state
        s.losses.append(s.summed / s.n_seen)
        metrics = {"epoch": s.epoch + 1, "loss": s.losses[-1]}
        if len(self.held):
            with torch.no_grad():
                losses = [
                    float(self._loss(rows, [0, i])) * len(rows)
                    for i, rows in enumerate(even_batches(self.held, self.config.batch_size))
                ]
            s.validation.append(sum(losses) / len(self.held))
            metrics["validation"] = s.validation[-1]
        s.epoch, s.batch, s.summed, s.n_seen = s.epoch + 1, 0, 0.0, 0
        self.report(
            Progress(
                self._done(s.epoch / self.config.epochs), 1, f"Epoch {s.epoch} of {self.config.epochs} done", metrics
            )
        )

    def _rest(self, done: float) -> None:
        words, model = self.words.words, self.model
        values = lambda: self.identity | {"words": list(words), "taken": self.descent.steps} | asdict(self.state)  # noqa: E731
        self.session.rest(
            done,
            words,
            lambda ids: model.encode(len(ids), lambda i: words[ids[i]], tick=lambda n: None),
            lambda: Checkpoint(values(), self.descent.arrays()),
        )
