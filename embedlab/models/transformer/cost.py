"""What fine-tuning an encoder needs of a corpus, and what it costs."""

from collections.abc import Mapping

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.models.advice import Advice, Estimate, share_of_two, token_bytes
from embedlab.models.encoders import cost
from embedlab.models.encoders.advice import advise_batch, advise_documents, advise_objective, label_counts
from embedlab.models.transformer.config import FEW_DOCUMENTS, TransformerConfig
from embedlab.models.transformer.retrieval import DISTRACTORS
from embedlab.models.transformer.start_and_end import MOST

CHANGES_LOSS = frozenset(
    {
        "objective",
        "graded_loss",
        "dims",
        "held_out",
        "max_length",
        "temperature",
        "batch_size",
        "base",
        "unit",
        "max_documents",
    }
)
READINGS = {"none": 0, "labels": 1, "simcse": 2, "pairs": 2, "graded": 2}  # of a text in a step
INT8_FROM = 1_000, 8.0  # documents and seconds of encoding from which automatic encoding tries eight bits


def advise(corpus: Corpus, config: TransformerConfig) -> list[Advice]:
    """What the objective misses in the corpus, else whether there are documents enough."""
    if config.objective == "none":
        return []
    if missing := advise_objective(corpus, config.objective):
        return missing
    n_texts = min(_texts(corpus, config)[0], config.max_documents)
    return advise_batch(round(n_texts * (1 - config.held_out)), config.batch_size, 4) + advise_documents(corpus)


def estimate(corpus: Corpus, config: TransformerConfig) -> Estimate:
    """The time of encoding and scoring, before and after, and of training on texts in between."""
    readings = READINGS[config.objective] + (config.objective == "pairs" and corpus.has_negatives)
    n_texts, length = _texts(corpus, config)
    trained = readings * min(n_texts, config.max_documents) * config.epochs * length
    encodings = 2 if readings else 1
    scored = encodings * _scored(config, n_texts) * length if readings else 0
    work = encodings * _encoding(corpus, config) + scored / cost.ENCODING + trained / cost.FINE_TUNING
    batch = readings * min(config.batch_size, max(n_texts, 1)) * length * cost.PIECE_BYTES
    memory = cost.training_bytes(batch) + cost.vector_bytes(corpus, encodings)
    return Estimate(
        cost.LOADING + work / share_of_two(config.workers), memory + cost.PROGRAM_BYTES + token_bytes(corpus)
    )


def _scored(config: TransformerConfig, n_texts: int) -> float:
    """How many texts are encoded for the scores each time: held-out ones, and distractors where partners are found."""
    held_out = min(config.held_out * n_texts, MOST)
    sides = 1 if config.objective == "labels" else 2
    more = min(n_texts - held_out, DISTRACTORS) if config.objective in ("simcse", "pairs") else 0
    return sides * held_out + more


def _texts(corpus: Corpus, config: TransformerConfig) -> tuple[int, float]:
    """How many texts an epoch trains on, and how many pieces each has."""
    if config.objective == "simcse" and takes_sentences(corpus, config):
        return corpus.n_sentences, cost.pieces(corpus, config.max_length, sentences=True)
    labelled = config.objective == "labels"
    return int(label_counts(corpus).sum()) if labelled else corpus.n_documents, cost.pieces(corpus, config.max_length)


def _encoding(corpus: Corpus, config: TransformerConfig) -> float:
    """Seconds to encode all words and documents once."""
    pieces = cost.encoded_pieces(corpus, config)
    seconds = pieces / cost.ENCODING
    tried = config.encoding == "auto" and corpus.n_documents >= INT8_FROM[0] and seconds > INT8_FROM[1]
    return pieces / cost.INT8 if config.encoding == "int8" or tried else seconds


def takes_sentences(corpus: Corpus, config: TransformerConfig) -> bool:
    """Whether SimCSE trains on sentences: as asked, or where documents are few or longer than the model reads."""
    if config.unit != "auto":
        return config.unit == "sentence"
    n_tokens = np.diff(np.asarray(corpus.sentences)[np.asarray(corpus.documents)])
    more = corpus.n_sentences > corpus.n_documents
    return more and (corpus.n_documents < FEW_DOCUMENTS or float(n_tokens.mean()) > config.max_length)


def called(settings: Mapping) -> str:
    """The objective, and the base model where it is a name and no run."""
    objective = {"simcse": "SimCSE", "none": "as it is"}.get(
        settings.get("objective", ""), settings.get("objective", "")
    )
    return f"transformer, {objective}"


def learns_labels(settings: Mapping) -> bool:
    """Whether the labels were the objective: benchmarks on the same documents then say how well they were learned."""
    return settings.get("objective") == "labels"


def epochs(settings: Mapping, summary: Mapping) -> int | None:
    """The epochs that were trained; None where the base model stayed as it was."""
    return None if settings.get("objective") == "none" else settings.get("epochs")
