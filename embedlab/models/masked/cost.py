"""What a masked language model needs of a corpus, what it costs, and how many epochs it took."""

from collections.abc import Mapping

from embedlab.data.corpus import Corpus
from embedlab.models.advice import Advice, Estimate
from embedlab.models.encoders.advice import advise_batch, advise_documents
from embedlab.models.encoders.cost import LOADING, encoded_pieces
from embedlab.models.masked.config import MaskedConfig

PIECES_A_WORD = 1.4  # pieces of a vocabulary of some thousands to a word of English
# Floating-point operations a second in float32 at width 128, in trials; bench/masked.py measures it.
SPEED = 45e9
OPERATIONS = 6  # a weight and piece: two forward, four backward
MINILM = (6, 384, 30_522)  # layers, width and vocabulary, where a base is not known before it is loaded
PROGRAM_BYTES = 700e6  # Python with torch and transformers
FEW, ENOUGH = 300_000, 1_000_000  # tokens
CHANGES_LOSS = frozenset(
    {
        "preset",
        "held_out",
        "max_length",
        "mask_share",
        "vocabulary",
        "batch_size",
        "base",
        "start",
        "tokenizer",
        "length",
    }
)


def advise(corpus: Corpus, config: MaskedConfig) -> list[Advice]:
    """Whether the text is long enough to learn a language model from, or to continue one on."""
    n_blocks = int(corpus.n_tokens * PIECES_A_WORD / config.max_length)
    if too_large := advise_batch(n_blocks, config.batch_size, 1):
        return too_large
    if config.start == "model":
        return advise_documents(corpus)
    if corpus.n_tokens >= FEW:
        return []
    return [
        Advice(
            "warning",
            f"{corpus.n_tokens:,} tokens are few for a new model: it will learn little more than which words are "
            f"frequent. Begin with a trained model, or add text: a new one pays from about {ENOUGH:,} tokens on.",
            "start",
            "model",
        )
    ]


def estimate(corpus: Corpus, config: MaskedConfig) -> Estimate:
    """The time of the arithmetic; the memory of weights, gradients and two moments, of a batch and of the pieces."""
    return Estimate(_seconds(corpus, config), _bytes(corpus, config))


def _seconds(corpus: Corpus, config: MaskedConfig) -> float:
    """Loading, training, and encoding words and documents with the model before and after."""
    passes = 2 * (OPERATIONS / 3) * _weights(config) * encoded_pieces(corpus, config) / SPEED
    if config.length == "minutes":
        return LOADING + 60 * config.minutes + passes
    _, width, vocabulary = _size(config)
    pieces = config.wanted_epochs * corpus.n_tokens * PIECES_A_WORD
    if config.length == "steps":
        pieces = config.steps * config.batch_size * config.max_length
    return LOADING + OPERATIONS * (_weights(config) + config.mask_share * vocabulary * width) * pieces / SPEED + passes


def _bytes(corpus: Corpus, config: MaskedConfig) -> float:
    layers, width, vocabulary = _size(config)
    batch = config.batch_size * config.max_length
    activations = batch * (layers * 40 * width + config.mask_share * 3 * vocabulary)
    weights = _weights(config) + vocabulary * width
    return PROGRAM_BYTES + 4 * (4 * weights + activations + corpus.n_tokens * PIECES_A_WORD)


def _size(config: MaskedConfig) -> tuple[int, int, int]:
    """(layers, width, vocabulary)."""
    return (config.shape.layers, config.shape.width, config.shape.vocabulary) if config.start == "scratch" else MINILM


def _weights(config: MaskedConfig) -> int:
    """The weights of the layers alone; BERT's layers are larger than those of a new model."""
    layers, width, _ = _size(config)
    return layers * (10 if config.start == "scratch" else 12) * width**2


def called(settings: Mapping) -> str:
    """A masked model with its size, or with what it continues."""
    if settings.get("start") == "model":
        return "masked model, continued"
    names = {"quick": "small", "standard": "medium", "thorough": "large"}
    return f"masked model, {names.get(settings.get('preset', ''), 'own size')}"


def epochs(settings: Mapping, summary: Mapping) -> int | None:
    """The epochs that were trained: the size of the model says how many, not the settings."""
    return len(summary.get("loss", [])) or None
