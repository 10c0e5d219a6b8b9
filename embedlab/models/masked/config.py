"""Settings of masked language models, and the sizes that presets stand for."""

from dataclasses import dataclass

from embedlab.core.errors import BadSetting
from embedlab.core.settings import check_settings, setting
from embedlab.models.encoders.settings import precision_of_training, threads, warm_up, words_to_encode


@dataclass(frozen=True)
class Shape:
    """The size of a model trained from scratch, and how often it reads the corpus."""

    layers: int
    width: int
    heads: int
    vocabulary: int
    epochs: int
    tokenizer: str = "wordpiece"


# Sized for a corpus of a million words.
PRESETS = {
    "quick": Shape(2, 112, 2, 4_000, 1),
    "standard": Shape(3, 144, 4, 4_000, 3),
    "thorough": Shape(4, 192, 4, 6_000, 6),
}
CONTINUED_EPOCHS = 3


@dataclass(frozen=True)
class MaskedConfig:
    """Settings of the masked family."""

    start: str = setting(
        "scratch",
        label="Begin with",
        choices=("scratch", "model"),
        labels={"scratch": "A new, small model", "model": "A trained model"},
        help="A new model learns its word pieces and all its weights from this corpus. A trained one continues "
        "learning here.",
    )
    base: str = setting(
        "minilm",
        label="Trained model",
        when=("start", ("model",)),
        help="Base model: the bundled MiniLM ('minilm'), a local folder, or a name on the hub (needs a network).",
    )
    preset: str = setting(
        "quick",
        label="Size",
        choices=(*PRESETS, "custom"),
        when=("start", ("scratch",)),
        labels={
            "quick": "Small",
            "standard": "Medium",
            "thorough": "Large",
            "custom": "My own",
        },
        help="Larger models predict better and take longer.",
    )
    layers: int = setting(
        2,
        label="Layers",
        low=1,
        high=24,
        when=("preset", ("custom",)),
        help="More layers combine words over more steps; time and memory grow in proportion.",
    )
    width: int = setting(
        128,
        label="Width",
        low=8,
        high=1024,
        when=("preset", ("custom",)),
        help="Numbers per word inside the model. Wider models hold more; time grows with the square.",
    )
    heads: int = setting(
        2,
        label="Attention heads",
        low=1,
        high=16,
        when=("preset", ("custom",)),
        help="More heads attend to more places of a sentence at once. The width must be a multiple of twice their "
        "number.",
    )
    vocabulary: int = setting(
        4_000,
        label="Vocabulary",
        low=30,
        high=100_000,
        when=("preset", ("custom",)),
        help="Word pieces at most: more keeps words whole, and leaves fewer examples of each.",
    )
    tokenizer: str = setting(
        "wordpiece",
        label="Word pieces",
        choices=("wordpiece", "bpe"),
        when=("preset", ("custom",)),
        labels={"wordpiece": "WordPiece", "bpe": "BPE"},
        help="How words are cut: WordPiece as in BERT, or byte pairs as in RoBERTa, which know every character.",
    )
    length: str = setting(
        "auto",
        label="Train for",
        choices=("auto", "epochs", "steps", "minutes"),
        labels={"auto": "As the size asks", "epochs": "Epochs", "steps": "Steps", "minutes": "Minutes"},
        help="How the length of training is given. Automatic takes what suits the size, or 3 epochs of a trained "
        "model.",
    )
    epochs: int = setting(
        3,
        label="Epochs",
        low=1,
        high=1000,
        when=("length", ("epochs",)),
        help="More epochs fit the corpus closer. The held-out perplexity shows when it is enough.",
    )
    steps: int = setting(
        1_000,
        label="Steps",
        low=1,
        high=10_000_000,
        when=("length", ("steps",)),
        help="Number of batches in all, however many epochs that makes.",
    )
    minutes: float = setting(
        5.0,
        label="Minutes",
        low=0.05,
        high=10_000.0,
        when=("length", ("minutes",)),
        help="A trial at the start finds how many steps fit in this time on this machine.",
    )
    max_length: int = setting(
        64,
        label="Context length",
        low=8,
        high=512,
        group="More",
        help="Pieces that the model sees at once: longer shows it more around a word and costs time.",
    )
    batch_size: int = setting(
        16,
        label="Batch size",
        low=1,
        high=1024,
        group="More",
        help="Blocks of text a step. Larger batches give steadier and fewer steps, and need more memory.",
    )
    learning_rate: float = setting(
        0.0,
        label="Learning rate",
        low=0.0,
        high=0.1,
        group="More",
        help="Higher learns faster until it breaks; 0 takes one that suits the size of the model.",
    )
    mask_share: float = setting(
        0.2,
        label="Hidden share",
        low=0.05,
        high=0.8,
        group="More",
        help="Share of the pieces hidden: more gives more to learn from a text and less to see around it.",
    )
    warmup: float = warm_up(0.06)
    dropout: float = setting(
        0.0,
        label="Dropout",
        low=0.0,
        high=0.5,
        group="More",
        help="Share of activations set to zero at random. More keeps a long training from learning the text by heart.",
    )
    held_out: float = setting(
        0.05,
        label="Held-out share",
        low=0.0,
        high=0.5,
        group="More",
        help="Share of documents or sentences kept out of training to measure perplexity. More measures more "
        "precisely.",
    )
    precision: str = precision_of_training()
    max_words: int = words_to_encode()
    workers: int = threads()

    def __post_init__(self):
        check_settings(self)
        if self.start == "scratch" and self.shape.width % (2 * self.shape.heads):
            unit = 2 * self.shape.heads
            raise BadSetting(
                f"Width must be a multiple of twice the attention heads, so that each gets an even part; got "
                f"{self.shape.width} and {self.shape.heads}. Try {unit * max(1, self.shape.width // unit)}."
            )

    @property
    def shape(self) -> Shape:
        """The size of a model trained from scratch."""
        if self.preset in PRESETS:
            return PRESETS[self.preset]
        return Shape(self.layers, self.width, self.heads, self.vocabulary, CONTINUED_EPOCHS, self.tokenizer)

    @property
    def wanted_epochs(self) -> int:
        """Passes over the corpus, unless steps or minutes are given."""
        if self.length == "epochs":
            return self.epochs
        return self.shape.epochs if self.start == "scratch" else CONTINUED_EPOCHS

    @property
    def rate(self) -> float:
        """The learning rate at its highest."""
        if self.learning_rate:
            return self.learning_rate
        return 1e-3 * min(1.0, (128 / self.shape.width) ** 0.5) if self.start == "scratch" else 5e-5
