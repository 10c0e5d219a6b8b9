"""Transformer: a sentence encoder fine-tuned on the corpus, then asked for its words and documents.

Objectives: unsupervised SimCSE (Gao, Yao and Chen 2021), multiple negatives ranking over pairs and triplets (Henderson
et al. 2017), graded pairs by CoSENT (Su 2022) or cosine regression, supervised contrastive over labels (Khosla et al.
2020), each at several sizes at once if asked for (Matryoshka: Kusupati et al. 2022); or none: the base model as it is.
Start and end are scored by the same evaluator on texts kept out of training.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from embedlab.core.background import run_reporting
from embedlab.core.device import memory_for, torch_threads
from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.held_out import held_out_of
from embedlab.models.encoders.corpus_vectors import Encoding, encoded, encoding_cost
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.inference import choose_bits
from embedlab.models.encoders.load import open_base, require_transformer
from embedlab.models.encoders.model_card import Card, code, model_card
from embedlab.models.family import Trained
from embedlab.models.training.requirements import require_words
from embedlab.models.training.session import ALONE, Session
from embedlab.models.transformer.before_after import begin, known_scores, n_scored
from embedlab.models.transformer.config import TransformerConfig
from embedlab.models.transformer.cost import takes_sentences
from embedlab.models.transformer.fine_tune import Job, Tuned, fine_tune
from embedlab.models.transformer.objectives import Texts
from embedlab.models.transformer.start_and_end import LEAST, MOST
from embedlab.vectors.embedding import Embedding

__all__ = ["TransformerConfig", "choose_texts", "train"]

# Cost of one text in units of encoding one document: forward and backward, as many texts as are read together.
COST = {"simcse": 6.0, "pairs": 6.0, "graded": 6.0, "labels": 3.0, "none": 0.0}
EASY = 0.01  # a loss below which telling texts apart was no task
NOTHING = {
    "pairs": "no pair has a counter-example, because all share their first or their second text.",
    "graded": "no two pairs differ in their score.",
    "labels": "no two texts share a label.",
    "simcse": "no two texts differ.",
}
LOSS_IS = {
    "simcse": "mean cross-entropy of finding a text's other reading in its batch",
    "pairs": "mean cross-entropy of finding a text's partner in its batch",
    "graded": "mean CoSENT loss of a batch",
    "labels": "mean supervised contrastive loss (Khosla et al. 2020, equation 2)",
    "none": "no training",
}


def train(
    corpus: Corpus, config: TransformerConfig, *, seed: int = 1, report: Report = silent, session: Session = ALONE
) -> Trained:
    """The encoder fine-tuned on `corpus`, with its vectors of the most frequent words and of all documents, start and
    end.

    The loss is the mean over the batches of an epoch, weighted by their texts. TrainingFailed when the corpus lacks
    what the objective needs, memory runs out or the loss is not finite. BadSetting when the base cannot be loaded.
    """
    report(Progress(0, 1, "Checking the corpus"))
    texts = None if config.objective == "none" else choose_texts(corpus, config)
    require_words(corpus)
    encoder = open_base(config, session, report)
    _check_encoder(encoder, config)

    def work(relay: Report) -> Trained:
        with torch_threads(config.workers):
            return _Training(_Task(corpus, config, texts, seed), encoder, relay, replace(session, show=None)).run()

    with memory_for(
        f"batches of {config.batch_size} texts of up to {config.max_length} tokens",
        "Lower the batch size or the maximum length.",
    ):
        return run_reporting(work, report)


def _check_encoder(encoder: Encoder, config: TransformerConfig) -> None:
    if config.objective != "none":
        require_transformer(encoder, config.base, "no training")
    too_long = [size for size in config.sizes if size >= encoder.dim]
    if too_long:
        raise BadSetting(
            f"The vectors of {config.base!r} have {encoder.dim} dimensions, so a size of {too_long[0]} is not shorter. "
            f"Give sizes below {encoder.dim}."
        )


@dataclass(frozen=True, eq=False)
class _Task:
    """What is asked for. texts: those trained on, None for no training."""

    corpus: Corpus
    config: TransformerConfig
    texts: Texts | None
    seed: int


class _Training:
    """One training, from the vectors it starts with to those it ends with; keeps the count of what has been done."""

    def __init__(self, task: _Task, encoder: Encoder, report: Report, session: Session):
        corpus, config, texts = task.corpus, task.config, task.texts
        self.corpus, self.config, self.texts, self.seed = corpus, config, texts, task.seed
        self.encoder, self.report, self.session = encoder, report, session
        self.words = corpus.vocabulary.head(max_words=config.max_words)
        n_trained = min(len(texts.train), config.max_documents) * config.epochs if texts else 0
        self.encoding, self.training = encoding_cost(corpus, self.words), COST[config.objective] * n_trained
        self.scoring = n_scored(config, texts) if texts else 0
        self.total, self.done = self.training + (self.encoding + self.scoring) * (2 if texts else 1), 0.0

    def run(self) -> Trained:
        self.report(Progress(0, self.total, "Choosing how to encode"))
        self.precision, measured = choose_bits(
            self.encoder, self.corpus.n_documents, self.corpus.text, self.config.encoding
        )
        notes = self._notes() | {"encoding": {"precision": self.precision} | measured}
        tuned, before, scored, began = Tuned((), (), 0.0, 0, {}), {}, None, time.perf_counter()
        if self.texts:
            before = self._encode(" as training begins")
            scored = self._scored(lambda: begin(self.corpus, self.config, self.texts, self._cached))
            tuned = self._tune()
        after = self._encode("")
        if scored:
            notes |= self._scored(lambda: scored.finish(self._quietly, self.config.sizes))
        notes["warnings"] += nothing_learned(tuned.losses, self.config.objective)
        notes["warnings"] += easy_from_the_start(tuned.losses, self.config.objective)
        notes |= tuned.notes | {"encoding_seconds": round(time.perf_counter() - began - tuned.seconds, 3)}
        self.report(Progress(self.total, self.total, "Done"))
        self.encoder.card = model_card(
            Card(
                f"Sentence encoder of {self.encoder.dim} dimensions",
                f"It began from {code(self.config.base)}. Texts past {notes['max_length']} tokens are cut.",
                self.corpus,
                self.config,
                self.seed,
                notes,
            )
        )
        return Trained(
            Embedding(list(self.words.words), after["words"], self.words.counts),
            tuned.losses,
            tuned.seconds,
            tuned.raw_words,
            after["documents"],
            self.encoder,
            notes,
            tuned.validation,
            before=before,
        )

    def _tune(self) -> Tuned:
        at = self.done

        def relay(p: Progress) -> None:
            self.report(Progress(at + p.fraction * self.training, self.total, p.message, p.metrics))

        tuned = fine_tune(
            Job(
                self.encoder,
                self.texts,
                self.config,
                name=self.corpus.name,
                seed=self.seed,
                report=relay,
                session=self.session,
                corpus_id=self.corpus.id,
            )
        )
        self.done += self.training
        return tuned

    def _encode(self, when: str) -> dict[str, np.ndarray]:
        """Vectors of the words and of the documents, as the encoder is now."""
        at = self.done

        def tell(cost: float, message: str, metrics: dict) -> None:
            self.report(Progress(at + cost, self.total, message, metrics))

        cache = self.session.cache if when or not self.texts else None  # what a training ends with is kept in its run
        found = encoded(self.encoder, self.words, self.corpus, tell, Encoding(when, self.precision, cache))
        self.done += self.encoding
        return found

    def _scored(self, work: Callable):
        """What `work` returns, which scores what is held out."""
        found = work()
        self.done += self.scoring
        return found

    def _cached(self, n: int, text: Callable[[int], str]) -> np.ndarray:
        """Vectors before training, which the next run from the same base finds in the workspace."""
        return self._quietly(n, text, cache=self.session.cache)

    def _quietly(self, n: int, text: Callable[[int], str], cache: Path | None = None) -> np.ndarray:
        def tick(done: int) -> None:
            self.report(Progress(self.done, self.total, "Scoring on held-out texts"))

        return self.encoder.encode(n, text, tick=tick, cache=cache)

    def _notes(self) -> dict:
        config, texts = self.config, self.texts
        loss = (
            "mean squared difference of cosine and score"
            if (config.objective, config.graded_loss) == ("graded", "cosine")
            else LOSS_IS[config.objective]
        )
        notes = {
            "engine": "EmbedLab transformer",
            "base": config.base,
            "max_length": self.encoder.max_length,
            "warnings": [],
            "loss_is": loss,
        }
        if texts is None:
            return notes
        notes |= {
            "unit": texts.unit,
            "texts": len(texts.rows),
            "texts_per_epoch": min(len(texts.train), config.max_documents),
            "held_out": len(texts.dev),
            "triplets": len(texts.sides) == 3,
        }
        if len(texts.train) > config.max_documents:
            notes["warnings"].append(
                f"Each epoch trained on {config.max_documents:,} of {len(texts.train):,} texts, drawn at random."
            )
        if texts.labels is not None and (alone := int((np.bincount(texts.labels) == 1).sum())):
            notes["warnings"].append(
                f"{alone} of {len(np.unique(texts.labels))} labels have one document only; it serves as a "
                "counter-example, since there is nothing to pull it towards."
            )
        return notes


def nothing_learned(losses: tuple[float, ...], objective: str) -> list[str]:
    """A warning where every epoch had a loss of 0, which is no success: there was nothing to tell apart."""
    if not losses or any(losses):
        return []
    return [f"The loss was 0 throughout: {NOTHING[objective]} Nothing was learned; choose other texts or an objective."]


def easy_from_the_start(losses: tuple[float, ...], objective: str) -> list[str]:
    """A word on the tiny loss of SimCSE, which a base model has before it learns anything."""
    if objective != "simcse" or not losses or not 0 < losses[-1] < EASY:
        return []
    return [
        f"A loss of {losses[-1]:.1g} is usual for SimCSE and no sign of quality: two readings of one text are told "
        "from those of other texts with ease. Read the scores before and after instead; a larger batch is harder."
    ]


# What is trained on


def choose_texts(corpus: Corpus, config: TransformerConfig) -> Texts:
    """The texts the objective needs, some of them held out; TrainingFailed if the corpus lacks them."""
    documents = np.arange(corpus.n_documents)
    n_tokens = np.diff(np.asarray(corpus.sentences)[np.asarray(corpus.documents)])
    if config.objective in ("pairs", "graded") and not corpus.has_pairs:
        raise TrainingFailed(
            f"{corpus.name!r} has no pairs of texts. Choose SimCSE, which needs texts alone, or add the "
            "corpus again with the column that holds the second text."
        )
    texts = Texts("document", documents, n_tokens, (corpus.text,))
    if config.objective == "labels":
        texts = _labelled(corpus, documents, n_tokens)
    elif config.objective == "graded":
        texts = _graded(corpus, documents, n_tokens)
    elif config.objective == "pairs":
        texts = replace(texts, sides=(corpus.text, corpus.pair, *((corpus.negative,) if corpus.has_negatives else ())))
    elif takes_sentences(corpus, config):
        texts = Texts(
            "sentence", np.arange(corpus.n_sentences), np.diff(np.asarray(corpus.sentences)), (corpus.sentence_text,)
        )
    if len(texts.rows) < 2:
        raise TrainingFailed(
            f"{corpus.name!r} has {len(texts.rows)} {texts.unit}s to train on; contrasting needs two or more. "
            "Add text, or split it into sentences or more documents."
        )
    return _split(texts, config.held_out)


def _split(texts: Texts, share: float) -> Texts:
    """Some positions held out of training: which, depends on their number alone, so every seed and setting keeps out
    the same.
    """
    held_out = held_out_of(len(texts.rows), min(share, MOST / len(texts.rows)), least=LEAST)
    return replace(texts, train=np.flatnonzero(~held_out), dev=np.flatnonzero(held_out))


def _graded(corpus: Corpus, documents: np.ndarray, n_tokens: np.ndarray) -> Texts:
    """Pairs with a score, brought to 0 .. 1; TrainingFailed without two different ones."""
    scores = known_scores(corpus)
    known = np.isfinite(scores)
    if len(np.unique(scores[known])) < 2:
        raise TrainingFailed(
            f"{corpus.name!r} has {'no scores' if not known.any() else 'one score for all pairs'}, so there is no "
            "order to learn. "
            "Choose pairs, which need no scores, or add the corpus again with the column that holds the score."
        )
    low = min(scores[known].min(), 0.0)
    return Texts(
        "document",
        documents[known],
        n_tokens[known],
        (corpus.text, corpus.pair),
        scores=(scores[known] - low) / (scores[known].max() - low),
    )


def _labelled(corpus: Corpus, documents: np.ndarray, n_tokens: np.ndarray) -> Texts:
    """Documents with a label; TrainingFailed unless two labels are used and one of them twice."""
    labels = np.full(len(documents), -1) if corpus.labels is None else np.asarray(corpus.labels)
    used = labels >= 0
    counts = np.bincount(labels[used])
    if not used.any():
        raise TrainingFailed(
            f"{corpus.name!r} has no labels. Choose SimCSE, which needs none, or add the corpus again with "
            "its label column."
        )
    if np.count_nonzero(counts) < 2:
        raise TrainingFailed(
            f"All labelled documents of {corpus.name!r} have the label {corpus.label_names[counts.argmax()]!r}; "
            "contrasting needs two labels or more. Choose SimCSE, which needs none."
        )
    if counts.max() < 2:
        raise TrainingFailed(
            f"No label of {corpus.name!r} has two documents, so there is nothing to pull together. "
            "Choose SimCSE, or a column with fewer different labels."
        )
    return Texts("document", documents[used], n_tokens[used], (corpus.text,), labels[used])
