"""Static embedding: one vector a token, a text is their mean; faster than a transformer, and less exact.

Distilled from a transformer (see static_distil), trained on texts that belong together (multiple negatives ranking,
Henderson et al. 2017, as sentence-transformers trains its StaticEmbedding), or both one after the other. The weights of
tokens are folded into their vectors, so that the plain mean which the saved model takes is the weighted one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedlab.core.background import run_reporting
from embedlab.core.device import memory_for, named, torch_threads
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_of
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.encoders.batches import even_batches
from embedlab.models.encoders.checkpoint_identity import identity, state_of
from embedlab.models.encoders.corpus_vectors import Encoding, encoded
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.load import open_base
from embedlab.models.encoders.losses import info_nce
from embedlab.models.encoders.model_card import Card, code, model_card, table
from embedlab.models.encoders.optimiser import Descent, Schedule, finite
from embedlab.models.encoders.static_encoder import StaticEncoder, static_encoder
from embedlab.models.family import Trained
from embedlab.models.static.config import StaticConfig
from embedlab.models.static.distil import principal_components, token_vectors, token_weights, tokenizer_of, with_words
from embedlab.models.static.fidelity import compared
from embedlab.models.static.pairs import SAID, find_pairs
from embedlab.models.training.loop import Course, Loop, Step, records_of
from embedlab.models.training.loop import train as train_epochs
from embedlab.models.training.requirements import require_words
from embedlab.models.training.session import ALONE, Checkpoint, Session
from embedlab.vectors.embedding import Embedding

ENGINE = "static 2"  # part of a checkpoint; raise it when the same checkpoint would mean something else
LEAST_HELD_OUT = 20  # pairs; fewer measure nothing
WARM_UP = 0.1  # share of the steps
# Shares of the work: preparing the table by distilling alone or before a training, encoding and comparing.
DISTILLING, PREPARING, ENDING = 0.6, 0.3, 0.1


def train(
    corpus: Corpus, config: StaticConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A static model of the corpus: its vectors of words and documents, and an encoder for any text.

    The loss is the mean cross-entropy of finding a text's partner in its batch, none where nothing is trained.
    notes["kept"] says how fast it encodes beside its transformer, and how far the two agree on which documents are
    alike. TrainingFailed when the corpus has no texts that belong together or memory runs out; BadSetting when the base
    model cannot be had or its tokenizer does not fit.
    """
    report(Progress(0, 1, "Checking the corpus"))
    require_words(corpus)
    teacher = open_base(config, session, report)
    if isinstance(teacher, StaticEncoder):
        raise BadSetting("The base model is static itself, so there is nothing to distil. Choose a transformer.")
    plan = _Plan(corpus, config, corpus.vocabulary.head(max_words=config.max_words), seed, report, session)
    with (
        torch_threads(config.workers),
        memory_for(
            f"{config.dim} dimensions and batches of {config.batch_size}", "Lower one of them, or the number of words."
        ),
    ):
        return _train(plan, teacher)


@dataclass(frozen=True, eq=False)
class _Plan:
    """What stays the same throughout."""

    corpus: Corpus
    config: StaticConfig
    words: Vocabulary
    seed: int
    report: Report
    session: Session

    @property
    def prepared(self) -> float:
        """The share of the work that prepares the table."""
        return DISTILLING if self.config.mode == "distil" else PREPARING

    def done(self, share: float) -> float:
        """The share of all the work, with this share of the training."""
        return min(self.prepared + (1 - ENDING - self.prepared) * share, 1 - ENDING)

    def telling(self, done: float) -> Callable:
        """What reports messages where so much of the work is done."""
        return lambda cost, message, metrics: self.report(Progress(done, 1, message, metrics))


def _train(plan: _Plan, teacher: Encoder) -> Trained:
    config, corpus, words, report = plan.config, plan.corpus, plan.words, plan.report
    began = time.perf_counter()
    tokenizer, vectors, notes = _table(plan, teacher)
    notes |= {"preparing_seconds": round(time.perf_counter() - began, 3)}
    model, course, before = static_encoder(tokenizer, vectors), Course(), {}
    if config.mode != "distil":
        before = encoded(model, words, corpus, plan.telling(plan.prepared), Encoding(" as training begins"))
        tuning = _Tuning(model=model, plan=plan, tell=lambda share, *said: report(Progress(plan.done(share), 1, *said)))
        course = tuning.run()
        notes |= tuning.notes
    seconds = course.seconds if config.mode != "distil" else time.perf_counter() - began
    after = encoded(model, words, corpus, plan.telling(1 - ENDING))
    notes["kept"] = _compared(plan, teacher, model)
    model.card = _card(corpus, config, plan.seed, notes, model)
    report(Progress(1, 1, "Done"))
    return Trained(
        Embedding(list(words.words), after["words"], words.counts),
        tuple(course.column("loss")),
        seconds,
        corpus.n_tokens * max(len(course.records), 1),
        after["documents"],
        model,
        notes,
        tuple(course.column("validation")),
        before=before,
    )


def _table(plan: _Plan, teacher: Encoder) -> tuple[object, np.ndarray, dict]:
    """(tokenizer, table before training, notes on both)."""
    config = plan.config
    # The transformer may be on a GPU; the table learns on the processor.
    place = "cpu" if config.mode == "train" else teacher.model.device
    notes = {
        "engine": "static",
        "base": config.base,
        "mode": config.mode,
        "device": named(place),
        "warnings": [],
        "loss_is": "no training",
    }
    tokenizer, vectors, more = run_reporting(
        lambda relay: _begun(plan, teacher, lambda share, what: relay(Progress(plan.prepared * share, 1, what))),
        plan.report,
    )
    return tokenizer, vectors, notes | more


def _compared(plan: _Plan, teacher: Encoder, model: StaticEncoder) -> dict:
    """Speed and agreement of the model beside its transformer."""
    said = "Comparing it with its transformer"
    return run_reporting(
        lambda relay: compared(
            plan.corpus, teacher, model, lambda share: relay(Progress(1 - ENDING + ENDING * share, 1, said))
        ),
        plan.report,
    )


def _card(corpus: Corpus, config: StaticConfig, seed: int, notes: dict, model: StaticEncoder) -> str:
    """The README of the model: what it is, what it keeps of its transformer."""
    kept = notes["kept"]
    measured = [
        ("documents that both encoded", f"{kept['documents']:,}"),
        ("times as fast as the transformer, median of several rounds", kept["times_faster"]),
        ("least and largest of the rounds", " to ".join(map(str, kept["times_faster_range"]))),
    ]
    if kept["agreement"]:
        score, low, high = kept["agreement"]
        measured.append(("Spearman of their cosines", f"{score:.3f} ({low:.3f} to {high:.3f})"))
    about = (
        f"One vector for each of {notes['tokens']:,} tokens; a text is their mean. Its tokens are those of "
        f"{code(config.base)}."
    )
    return model_card(
        Card(
            f"Static embedding of {model.dim} dimensions",
            about,
            corpus,
            config,
            seed,
            notes,
            scores=table(("measured", "value"), measured),
        )
    )


# Where the table begins


def _begun(plan: _Plan, teacher: Encoder, tell: Callable) -> tuple[object, np.ndarray, dict]:
    """(tokenizer, table float32 (n_tokens, dim), notes): distilled, or random within the same size."""
    corpus, config, words, seed, session = plan.corpus, plan.config, list(plan.words.words), plan.seed, plan.session
    tokenizer, gained = tokenizer_of(teacher, config.base), []
    n_pieces = tokenizer.get_vocab_size()
    if config.vocabulary == "words":
        tokenizer, gained = with_words(tokenizer, words, config.base)
    n_tokens = n_pieces + len(gained)
    notes = {"tokens": n_tokens, "words_of_their_own": len(gained)}
    if config.mode == "train":
        table = np.random.default_rng(seed).standard_normal((n_tokens, config.dim), np.float32) / np.float32(
            np.sqrt(config.dim)
        )
        return tokenizer, table, notes
    if config.dim > teacher.dim:
        raise BadSetting(
            f"The base model has {teacher.dim} dimensions, so no more can be distilled; got {config.dim}. Lower the "
            "dimensions."
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
    return tokenizer, table * weights[:, None], notes | {"variance_kept": round(share, 4)}


# Training


class _Tuning:
    """The functions that the loop calls, and what they share.

    A class because it guards that the table, the optimiser and the course of a checkpoint belong together.
    """

    def __init__(self, plan: _Plan, model: StaticEncoder, tell: Callable):
        self.plan, self.model, self.tell = plan, model, tell
        config, corpus = plan.config, plan.corpus
        self.pairs = find_pairs(
            corpus,
            model.tokenizer,
            config,
            seed=plan.seed,
            tick=lambda done, n: tell(0.0, f"Reading texts, {done:,} of {n:,}", {}),
        )
        held_out = held_out_of(len(self.pairs), config.held_out, least=LEAST_HELD_OUT)
        self.learned, self.held = np.flatnonzero(~held_out), np.flatnonzero(held_out)
        self.descent = Descent(
            [([model.table], config.learning_rate)],
            Schedule(len(even_batches(self.learned, config.batch_size)) * config.epochs, WARM_UP),
            decay=0.0,
            longest=None,
        )
        self.identity = identity(ENGINE, corpus.id, config, plan.seed)
        self.course = Course()

    def run(self) -> Course:
        """Train the table in place, from the checkpoint if there is one."""
        if self.plan.session.saved is not None:
            self._resume(self.plan.session.saved)
        loop = Loop(
            n_epochs=self.plan.config.epochs,
            n_steps=self.descent.n_steps,
            batches=self._batches,
            step=self._step,
            measure=self._measure,
            rest=self._rest,
            tell=self.tell,
            unit="texts",
            corpus=self.plan.corpus.name,
        )
        train_epochs(loop, self.course)
        return self.course

    @property
    def notes(self) -> dict:
        """What the table was trained on."""
        return {
            "loss_is": "mean cross-entropy of finding a text's partner in its batch",
            "trained_on": SAID[self.pairs.what],
            "pairs": len(self.pairs),
            "held_out_pairs": len(self.held),
        }

    def _batches(self, epoch: int) -> list[np.ndarray]:
        order = np.random.default_rng([self.plan.seed, 5, epoch]).permutation(self.learned)
        return even_batches(order, self.plan.config.batch_size)

    def _step(self, rows: np.ndarray, tick: Callable) -> Step:
        loss = self._loss(rows, [self.plan.seed, 6, self.descent.steps])
        value = finite(loss, self.plan.config.learning_rate, "Lower the learning rate or raise the temperature.")
        loss.backward()
        self.descent.step()
        return Step(value * len(rows), len(rows), len(rows))

    def _loss(self, rows: np.ndarray, draws: list[int]):
        import torch
        from torch.nn.functional import embedding_bag

        one, other, keys = self.pairs.batch(rows, np.random.default_rng(draws))
        first, second = (
            embedding_bag(torch.from_numpy(ids), self.model.table, torch.from_numpy(offsets))
            for ids, offsets in (one, other)
        )
        key = torch.tensor(keys)
        same = key[:, None] == key[None, :]
        return info_nce(first, second, temperature=self.plan.config.temperature, same=same)

    def _measure(self) -> dict[str, float]:
        import torch

        if not len(self.held):
            return {}
        with torch.no_grad():
            losses = [
                float(self._loss(rows, [0, i])) * len(rows)
                for i, rows in enumerate(even_batches(self.held, self.plan.config.batch_size))
            ]
        return {"validation": sum(losses) / len(self.held)}

    def _rest(self, share: float) -> None:
        words, model = self.plan.words.words, self.model
        self.plan.session.rest(
            self.plan.done(share),
            words,
            lambda ids: model.encode(len(ids), lambda i: words[ids[i]], tick=lambda n: None),
            self._checkpoint,
        )

    def _checkpoint(self) -> Checkpoint:
        c = self.course
        state = {
            "epoch": c.epoch,
            "batch": c.batch,
            "summed": c.summed,
            "n_seen": c.seen,
            "seconds": c.seconds,
            "losses": c.column("loss"),
            "validation": c.column("validation"),
        }
        values = self.identity | {"words": list(self.plan.words.words), "taken": self.descent.steps} | state
        return Checkpoint(values, self.descent.arrays())

    def _resume(self, saved: Checkpoint) -> None:
        s = state_of(saved, self.identity)
        self.course = Course(
            epoch=s["epoch"],
            batch=s["batch"],
            step=s["taken"],
            summed=s["summed"],
            seen=s["n_seen"],
            seconds=s["seconds"],
            records=records_of(s["losses"], s["validation"]),
        )
        self.descent.put_back(saved.arrays, s["taken"])
