"""The time and memory of a GloVe training, and the window it counts in."""

from collections.abc import Mapping
from dataclasses import asdict

from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import Window
from embedlab.data.statistics import cooccurrences
from embedlab.models.advice import Advice, Estimate, share_of_two, token_bytes
from embedlab.models.family import flat_window
from embedlab.models.glove.config import GloveConfig
from embedlab.models.training.automatic import Line, rule
from embedlab.models.training.word_advice import advise_words

COUNTING = 20e6  # pairs/s
FITTING = 12e6  # nonzero cells/s at dim 100 on two threads
PROGRAM_BYTES = 200e6
CELL_BYTES = 24
EPOCHS = Line(((1_000_000, 20), (17_000_000, 15)))
AUTOMATIC = rule(lambda settings: EPOCHS)
CHANGES_LOSS = frozenset({"window", "min_count", "held_out", "x_max", "alpha"})


def advise(corpus: Corpus, config: GloveConfig) -> list[Advice]:
    """Whether text, dimensions, epochs, window and minimum count fit together."""
    return advise_words(corpus, config, AUTOMATIC(corpus, asdict(config)))


def estimate(corpus: Corpus, config: GloveConfig) -> Estimate:
    """The time of counting pairs and of fitting each nonzero cell in every epoch; the memory of cells and vectors."""
    n_words = len(corpus.vocabulary.head(min_count=config.min_count))
    n_pairs, n_cells = cooccurrences(corpus, window=config.window, min_count=config.min_count)
    fitting = n_cells * config.epochs / FITTING * config.dim / 100 / share_of_two(config.workers)
    memory = CELL_BYTES * n_cells + 4 * 4 * n_words * (config.dim + 1)
    return Estimate(n_pairs / COUNTING + fitting, memory + PROGRAM_BYTES + token_bytes(corpus))


def context_window(settings: Mapping) -> Window:
    """The window as GloVe counts it: a word at distance d counts 1/d."""
    flat = flat_window(settings)
    return Window(flat.size, "harmonic", flat.min_count)
