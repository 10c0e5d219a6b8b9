"""The time and memory of a Word2Vec training, and what its settings mean in a sweep."""

from collections.abc import Mapping
from dataclasses import asdict

from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import Window
from embedlab.models.advice import Advice, Estimate, share_of_two, token_bytes
from embedlab.models.family import flat_window
from embedlab.models.training.automatic import Line, rule
from embedlab.models.training.word_advice import advise_words
from embedlab.models.word2vec.config import Word2VecConfig

# Raw words a second with 5 negatives at dim 100 and window 5 on two threads.
SPEED = {"skipgram": 2.5e6, "cbow": 5.7e6}
PROGRAM_BYTES = 250e6
WORD_BYTES = 250  # of a word in the vocabulary
CHANGES_LOSS = frozenset(
    {"window", "negatives", "exponent", "objective", "architecture", "min_count", "sample", "held_out", "engine"}
)
USUAL_WINDOW = 5
EPOCHS = {
    "skipgram": Line(((200_000, 30), (1_000_000, 20), (17_000_000, 5))),
    "cbow": Line(((200_000, 50), (1_000_000, 40), (17_000_000, 5))),
}
AUTOMATIC = rule(lambda settings: EPOCHS[settings.get("architecture", "skipgram")])


def advise(corpus: Corpus, config: Word2VecConfig) -> list[Advice]:
    """Whether text, dimensions, epochs, window and minimum count fit together."""
    return advise_words(corpus, config, AUTOMATIC(corpus, asdict(config)))


def estimate(corpus: Corpus, config: Word2VecConfig) -> Estimate:
    """The time grows with words, epochs, dimensions and, for skip-gram, the window; the memory with distinct words."""
    n_words = len(corpus.vocabulary.head(min_count=config.min_count))
    width = 0.4 + 0.6 * config.dim / 100  # a part of the work does not grow with the vectors
    reach = 1.0 if config.architecture == "cbow" else _pairs_a_word(config.window)
    speed = SPEED[config.architecture] * share_of_two(config.workers)
    seconds = corpus.n_tokens * config.epochs / speed * width * reach
    memory = 2 * 4 * n_words * config.dim + WORD_BYTES * n_words
    return Estimate(seconds, memory + PROGRAM_BYTES + token_bytes(corpus))


def _pairs_a_word(window: int) -> float:
    """Training pairs a word, beside those of the usual window: the reach is drawn from 1 to `window`."""
    return (window + 1) / (USUAL_WINDOW + 1)


def equal_work(settings: Mapping) -> dict:
    """The settings with as many epochs as give every window the same number of training pairs.

    The epochs given are those of the usual window. Without this, wide windows would win because they train more.
    """
    if not {"window", "epochs"} <= settings.keys():
        return dict(settings)
    return dict(settings) | {"epochs": max(1, round(settings["epochs"] / _pairs_a_word(settings["window"])))}


def called(settings: Mapping) -> str:
    """Skip-gram or CBOW."""
    return "CBOW" if settings.get("architecture") == "cbow" else "skip-gram"


def can_pause(settings: Mapping) -> bool:
    """Whether the engine keeps checkpoints: gensim's cannot be stopped in between."""
    return settings.get("engine") != "gensim"


def context_window(settings: Mapping) -> Window:
    """The window as Word2Vec draws it: nearer words are seen more often, in proportion to window + 1 - distance."""
    flat = flat_window(settings)
    return Window(flat.size, "linear", flat.min_count)
