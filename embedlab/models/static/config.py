"""Settings of the static family, in their own module, since forms read them before heavy libraries are loaded."""

from dataclasses import dataclass

from embedlab.core.settings import check_settings, setting
from embedlab.models.encoders.settings import temperature, threads

TRAINED, DISTILLED = ("train", "both"), ("distil", "both")


@dataclass(frozen=True)
class StaticConfig:
    """Settings of the static family."""

    mode: str = setting(
        "distil",
        label="How",
        choices=("distil", "train", "both"),
        labels={"distil": "Distil a transformer", "train": "Train from random vectors", "both": "Distil, then train"},
        help="Distilling encodes each token once with a transformer. Training learns tokens from texts that belong "
        "together.",
    )
    base: str = setting(
        "minilm",
        label="Base model",
        help="The transformer that is distilled, or whose tokens are used: the bundled MiniLM ('minilm'), a local "
        "folder, or a name on the hub (needs a network).",
    )
    dim: int = setting(
        256,
        label="Dimensions",
        low=2,
        high=1024,
        help="More dimensions stay closer to the transformer but use more memory. The maximum is the transformer's "
        "own size.",
    )
    vocabulary: str = setting(
        "tokens",
        label="Vocabulary",
        choices=("tokens", "words"),
        labels={"tokens": "Word pieces", "words": "Word pieces and words"},
        help="Words of the corpus get vectors of their own instead of the mean of their pieces. All other words are"
        " split into pieces.",
    )
    weighting: str = setting(
        "corpus",
        label="Weights of tokens",
        choices=("corpus", "zipf", "none"),
        when=("mode", DISTILLED),
        labels={"corpus": "By corpus frequency", "zipf": "By rank", "none": "All the same"},
        help="Frequent tokens carry little meaning and count less (SIF). Frequencies come from the corpus, or from "
        "the rank in the base model.",
    )
    objective: str = setting(
        "auto",
        label="Texts that belong together",
        choices=("auto", "pairs", "neighbours", "halves"),
        when=("mode", TRAINED),
        labels={
            "auto": "Automatic",
            "pairs": "Pairs of the corpus",
            "neighbours": "Neighbouring sentences",
            "halves": "Halves of a text",
        },
        help="Automatic takes the pairs of the corpus. Without pairs it takes neighbouring sentences where "
        "documents have two or more on average, else random halves.",
    )
    epochs: int = setting(
        5,
        label="Epochs",
        low=1,
        high=1_000,
        when=("mode", TRAINED),
        help="More epochs fit the corpus closer and, on small text, learn it by heart.",
    )
    batch_size: int = setting(
        256,
        label="Batch size",
        low=4,
        high=8_192,
        when=("mode", TRAINED),
        help="Larger batches hold more wrong partners to tell apart, so the task is harder.",
    )
    learning_rate: float = setting(
        5e-3,
        label="Learning rate",
        low=1e-6,
        high=1.0,
        when=("mode", TRAINED),
        help="Higher learns faster and moves distilled vectors further.",
    )
    temperature: float = temperature(when=("mode", TRAINED))
    sif: float = setting(
        1e-3,
        label="SIF constant",
        low=1e-6,
        high=1.0,
        group="More",
        when=("mode", DISTILLED),
        help="A token that makes up this share of the text has half the weight. Lower takes more weight from "
        "frequent tokens.",
    )
    held_out: float = setting(
        0.05,
        label="Held-out share",
        low=0.0,
        high=0.5,
        group="More",
        when=("mode", TRAINED),
        help="Share of the texts that are only used to measure the loss. 0 trains on all.",
    )
    max_pairs: int = setting(
        200_000,
        label="Texts per epoch",
        low=2,
        high=100_000_000,
        group="More",
        when=("mode", TRAINED),
        help="The most pairs of texts that are used, drawn at random. More takes longer.",
    )
    max_words: int = setting(
        20_000,
        label="Words",
        low=1,
        high=1_000_000,
        group="More",
        help="Number of most frequent words listed and drawn on the map. With words in the vocabulary, each is "
        "encoded.",
    )
    max_length: int = setting(
        128,
        label="Maximum length",
        low=8,
        high=512,
        group="More",
        help="Tokens of a text that the transformer reads when the two are compared.",
    )
    workers: int = threads()

    def __post_init__(self):
        check_settings(self)
