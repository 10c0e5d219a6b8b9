"""What a static model needs of a corpus, and what it costs."""

from collections.abc import Mapping
from dataclasses import replace

from embedlab.data.corpus import Corpus
from embedlab.models.advice import Advice, Estimate, token_bytes
from embedlab.models.encoders.advice import advise_batch, advise_objective
from embedlab.models.encoders.cost import LOADING, MODEL_BYTES
from embedlab.models.static.config import StaticConfig

ENCODING = 1_500.0  # tokens/s while distilling MiniLM-L6
TRAINING = 20_000.0  # pairs of texts a second
TOKENS = 30_000  # of the vocabulary of MiniLM
COMPARING = 10.0  # seconds beside the transformer
PROGRAM_BYTES = 700e6
CHANGES_LOSS = frozenset(
    {"objective", "held_out", "max_length", "temperature", "vocabulary", "batch_size", "base", "weighting", "max_pairs"}
)


def advise(corpus: Corpus, config: StaticConfig) -> list[Advice]:
    """What the objective misses in the corpus."""
    if config.mode == "distil":
        return []
    n_texts = min(max(corpus.n_documents, corpus.n_sentences), config.max_pairs)
    missing = [_suited(advice) for advice in advise_objective(corpus, config.objective)]
    return missing or advise_batch(n_texts, config.batch_size, 4)


def _suited(advice: Advice) -> Advice:
    """The advice with an objective that this family has."""
    return replace(advice, value="halves") if advice.setting == "objective" else advice


def estimate(corpus: Corpus, config: StaticConfig) -> Estimate:
    """The time of encoding every token once, of training on pairs, and of the comparison with the transformer."""
    own = min(config.max_words, corpus.n_types) if config.vocabulary == "words" else 0
    distilling = 0.0 if config.mode == "train" else (TOKENS + own) / ENCODING
    pairs = min(max(corpus.n_documents, corpus.n_sentences), config.max_pairs)
    training = 0.0 if config.mode == "distil" else pairs * config.epochs / TRAINING
    memory = MODEL_BYTES + 4 * 4 * (TOKENS + own) * config.dim + 4 * config.dim * corpus.n_documents
    return Estimate(LOADING + distilling + training + COMPARING, memory + PROGRAM_BYTES + token_bytes(corpus))


def epochs(settings: Mapping, summary: Mapping) -> int | None:
    """The epochs that were trained; None where the vectors were distilled only."""
    return None if settings.get("mode") == "distil" else settings.get("epochs")
