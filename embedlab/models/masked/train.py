"""Masked language model: words are hidden, and a transformer learns to say which they were (Devlin et al. 2019).

A small model from scratch with its own word pieces, or a trained one that continues on the corpus: `fit` trains it.
Left out: whole-word masking, next-sentence prediction, gradient accumulation.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.device import device, memory_for, named, torch_threads
from embedlab.core.errors import TrainingFailed
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.models.encoders.checkpoint_identity import state_of
from embedlab.models.encoders.corpus_vectors import Encoding, encoded, encoding_cost
from embedlab.models.encoders.load import base_of
from embedlab.models.encoders.model_card import Card, model_card, table
from embedlab.models.family import Measure, Trained, start_end
from embedlab.models.masked.config import MaskedConfig
from embedlab.models.masked.fit import Plan, State, fit
from embedlab.models.masked.model import MaskedEncoder, Opened, longest, new_model, open_model
from embedlab.models.masked.text import Units, learn_tokenizer, pieces_of, units_of, wrapped
from embedlab.models.training.requirements import require_words
from embedlab.models.training.session import ALONE, Checkpoint, Session
from embedlab.vectors.embedding import Embedding

USE = """from sentence_transformers import SentenceTransformer
from transformers import pipeline

fill = pipeline("fill-mask", "path/to/this/folder")
print(fill("A [MASK] text."))
vectors = SentenceTransformer("path/to/this/folder").encode(["a text", "another"])"""


def train(
    corpus: Corpus, config: MaskedConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """A masked language model of the corpus, and its vectors of the most frequent words and of all documents.

    The loss of an epoch is the mean cross-entropy of its hidden pieces in nats; `validation` is the same over held-out
    text, always with the same pieces hidden. notes["perplexity"] holds the exponentials of the latter before and after
    training and that of a unigram model on the same pieces. TrainingFailed when there is nothing to learn from, memory
    runs out or the loss is not finite; BadSetting when the base model cannot be loaded.
    """
    report(Progress(0, 1, "Checking the corpus"))
    require_words(corpus)
    with (
        torch_threads(config.workers),
        memory_for(
            f"batches of {config.batch_size} stretches of {config.max_length} pieces",
            "Lower the batch size, the context length or the size of the model.",
        ),
    ):
        return _train(corpus, config, seed, report, session)


def _train(corpus: Corpus, config: MaskedConfig, seed: int, report: Report, session: Session) -> Trained:
    asked = Start(config, seed, base_of(config, session))
    plan, model = _planned(corpus, asked, report, session)
    words, pieces = plan.words, plan.pieces
    encoding = _encoding_cost(plan)
    state = fit(
        plan,
        model,
        session,
        lambda p, steps: report(
            Progress(p.step * _step_pieces(plan), steps * _step_pieces(plan) + 2 * encoding, p.message, p.metrics)
        ),
    )
    training = state.steps * _step_pieces(plan)

    def vectors(encoder: MaskedEncoder, done: float, how: Encoding = Encoding()) -> dict[str, np.ndarray]:
        share = encoding / encoding_cost(corpus, words)
        return encoded(
            encoder,
            words,
            corpus,
            lambda cost, message, metrics: report(
                Progress(done + share * cost, training + 2 * encoding, message, metrics)
            ),
            how,
        )

    started = time.perf_counter()
    notes = _notes(plan, state)
    encoder = MaskedEncoder(model, plan.tokenizer, plan.max_length, _card(plan, notes))
    after = vectors(encoder, training)
    start = begin(asked, lambda: plan.tokenizer).model
    before = vectors(
        MaskedEncoder(start, plan.tokenizer, plan.max_length),
        training + encoding,
        Encoding(" as they were before", cache=session.cache),
    )
    report(Progress(1, 1, "Done"))
    raw_words = round(
        state.course.amount * corpus.n_tokens / max(len(pieces.train.stream) + len(pieces.held_out.stream), 1)
    )
    return Trained(
        Embedding(list(words.words), after["words"], words.counts),
        tuple(state.course.column("loss")),
        state.course.seconds,
        raw_words,
        after["documents"],
        encoder,
        notes | {"encoding_seconds": round(time.perf_counter() - started, 3)},
        tuple(state.course.column("validation")),
        before=before,
    )


@dataclass(frozen=True)
class Start:
    """What a training starts from. base: the folder or name of a trained model, for config.start "model"."""

    config: MaskedConfig
    seed: int
    base: str


def _planned(corpus: Corpus, start: Start, report: Report, session: Session) -> tuple[Plan, object]:
    """What stays the same throughout, and the model as it is before training."""
    preparing = lambda message: lambda *_: report(Progress(0, 1, message))  # noqa: E731
    config, seed = start.config, start.seed
    units = units_of(corpus, config.held_out)
    tick = preparing("Learning word pieces")
    opened = begin(start, lambda: _tokenizer(corpus, units, config, session.saved, tick), tick=tick)
    tokenizer, length = opened.tokenizer, longest(opened.model, opened.tokenizer, config.max_length)
    pieces = pieces_of(
        units, tokenizer, length, scratch=session.scratch, tick=preparing("Cutting the text into pieces")
    )
    if not len(pieces.train):
        raise TrainingFailed(
            f"The texts of {corpus.name!r} are empty, so there is nothing to train on. Choose another corpus."
        )
    plan = Plan(
        corpus,
        config,
        seed,
        units,
        pieces,
        tokenizer,
        length,
        opened.fresh_head,
        np.array(tokenizer.all_special_ids),
        corpus.vocabulary.head(max_words=config.max_words),
    )
    if session.saved is not None:
        state_of(session.saved, plan.identity)
    return plan, opened.model


def begin(start: Start, tokenizer: Callable[[], object], *, tick: Callable[[], None] = lambda: None) -> Opened:
    """The model before training, the same each time, and its tokenizer: that of the base, or tokenizer()."""
    config, seed = start.config, start.seed
    if config.start == "model":
        return run_beside(lambda: open_model(start.base, seed=seed), tick)
    made = tokenizer()
    return Opened(new_model(made, config.shape, config.max_length, seed=seed), made)


def _tokenizer(corpus: Corpus, units: Units, config: MaskedConfig, saved: Checkpoint | None, tick: Callable):
    """The tokenizer of a checkpoint, or one learned from the corpus."""
    if saved is not None:
        from tokenizers import Tokenizer

        return wrapped(Tokenizer.from_str(saved.state["tokenizer"]))
    return learn_tokenizer(
        units,
        kind=config.shape.tokenizer,
        vocabulary=config.shape.vocabulary,
        lowercase=corpus.preprocessing.lowercase,
        tick=tick,
    )


# What it ends in


def _step_pieces(plan: Plan) -> int:
    return plan.config.batch_size * plan.max_length


def _encoding_cost(plan: Plan) -> float:
    """What encoding words and documents once takes, in pieces trained on: a third of the work a piece."""
    documents = min(len(plan.pieces.train.stream), plan.corpus.n_documents * plan.max_length)
    return (documents + 4 * len(plan.words)) / 3 + 1


def _perplexity(measured: list[float]) -> list[float]:
    """[perplexity, low, high]: the exponential of a mean loss and of its 95 % interval."""
    mean, error = measured[:2]
    return [round(math.exp(min(mean + z * error, 700)), 4) for z in (0, -1.96, 1.96)]


def _notes(plan: Plan, state: State) -> dict:
    config, warnings = plan.config, []
    shape = asdict(config.shape) if config.start == "scratch" else {"base": config.base}
    notes = {
        "engine": "transformers",
        "loss_is": "mean cross-entropy of hidden word pieces, in nats",
        "warnings": warnings,
        "model": shape,
        "max_length": plan.max_length,
        "vocabulary": len(plan.tokenizer),
        "unit": plan.units.name,
        "units": plan.units.n,
        "held_out_units": int(plan.units.held_out.sum()),
        "pieces": len(plan.pieces.train.stream),
        "steps": state.steps,
        "precision": state.precision,
        "pieces_per_second": round(state.course.amount / state.course.seconds) if state.course.seconds else 0,
        "device": named(device()),
        "fresh_head": plan.fresh_head,
        "curve": state.curve,
    }
    if plan.fresh_head:
        warnings.append(
            f"{config.base!r} came without the part that predicts words, so that part began from random numbers."
        )
    if not state.after:
        warnings.append(
            "Nothing was held out, so there is no perplexity on unseen text. Add documents, or raise the held-out "
            "share."
        )
        return notes
    unigram = math.exp(state.after[3])
    notes["perplexity"] = {
        "unigram": round(unigram, 4),
        "start": _perplexity(state.before),
        "end": _perplexity(state.after),
        "n": state.after[2],
    }
    notes["start_end"] = [
        start_end(
            Measure("held-out perplexity", "perplexity", f"held-out {plan.units.name}s", state.after[2]),
            _perplexity(state.before),
            _perplexity(state.after),
        )
    ]
    return notes


def _card(plan: Plan, notes: dict) -> str:
    """The README of the model: what it is, how well it predicts, how it is used."""
    measured = [("pieces a second while training", f"{notes['pieces_per_second']:,}"), ("steps", f"{notes['steps']:,}")]
    for name, title in (("start", "before training"), ("end", "after training")) if "perplexity" in notes else ():
        value, low, high = notes["perplexity"][name]
        measured.append((f"held-out perplexity {title}", f"{value:,.1f} ({low:,.1f} to {high:,.1f})"))
    if "perplexity" in notes:
        measured.append(("unigram perplexity on the same pieces", f"{notes['perplexity']['unigram']:,.1f}"))
    measured += notes["model"].items()
    about = (
        "`AutoModelForMaskedLM.from_pretrained(folder)` predicts hidden words; `SentenceTransformer(folder)` encodes "
        "texts as the mean of its "
        "last layer."
    )
    return model_card(
        Card(
            "Masked language model",
            about,
            plan.corpus,
            plan.config,
            plan.seed,
            {},
            scores=table(("measured", "value"), measured),
            use=USE,
            task="fill-mask",
        )
    )
