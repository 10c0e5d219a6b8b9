"""Settings of the classifier family, in their own module, since forms read them before heavy libraries are loaded."""

from dataclasses import dataclass

from embedlab.core.settings import check_settings, setting
from embedlab.models.encoders.settings import precision_of_training, threads, warm_up, words_to_encode

TUNED = ("full", "top", "lora")
LEAST = 3  # documents of a label: one each for training, validation and test


@dataclass(frozen=True)
class ClassifierConfig:
    """Settings of the classifier family."""

    base: str = setting(
        "minilm",
        label="Base model",
        help="Base model: the bundled MiniLM ('minilm'), a local folder, or a name on the hub (needs a network).",
    )
    mode: str = setting(
        "full",
        label="What is trained",
        choices=("full", "top", "lora", "probe"),
        labels={
            "full": "All layers",
            "top": "Top layers only",
            "lora": "LoRA adapters",
            "probe": "The head alone (linear probe)",
        },
        help="Training more of the model fits the labels closer and takes longer. The head alone leaves the vectors"
        " as they are.",
    )
    epochs: int = setting(
        3,
        label="Epochs",
        low=1,
        high=100,
        when=("mode", TUNED),
        help="More epochs fit the labels closer. The epoch with the best validation loss is kept.",
    )
    batch_size: int = setting(
        32, label="Batch size", low=2, high=1024, help="Larger batches give steadier and fewer steps."
    )
    learning_rate: float = setting(
        5e-5,
        label="Learning rate",
        low=1e-7,
        high=1e-2,
        when=("mode", TUNED),
        help="Higher changes the base model more. LoRA takes ten times as much, which suits it.",
    )
    max_length: int = setting(
        128,
        label="Maximum length",
        low=8,
        high=512,
        help="Tokens read of each text: longer sees more and costs time in proportion.",
    )
    top_layers: int = setting(
        2,
        label="Layers trained",
        low=1,
        high=48,
        when=("mode", ("top",)),
        help="Number of layers to train, counted from the output. The layers below are frozen and computed once.",
    )
    lora_rank: int = setting(
        8,
        label="LoRA rank",
        low=1,
        high=256,
        when=("mode", ("lora",)),
        help="Rank of what is added to each matrix: higher can learn more and trains more numbers.",
    )
    validation_share: float = setting(
        0.1,
        label="Validation share",
        low=0.02,
        high=0.4,
        group="More",
        help="Of each label; picks the best epoch. More makes the choice surer and leaves less to learn from.",
    )
    test_share: float = setting(
        0.2,
        label="Test share",
        low=0.02,
        high=0.4,
        group="More",
        help="Of each label; looked at once, at the end. More makes the scores surer and leaves less to learn from.",
    )
    max_documents: int = setting(
        20_000,
        label="Documents used",
        low=10,
        high=10_000_000,
        group="More",
        help="At most this many, drawn at random with the labels in proportion; more takes longer.",
    )
    balanced: bool = setting(
        False,
        label="All labels count the same",
        group="More",
        help="Weighs each document by the rarity of its label, so that rare labels are found more often.",
    )
    leave_out_rare: bool = setting(
        False,
        label="Leave out rare labels",
        group="More",
        help="Goes on without labels that have too few documents to be split, instead of saying so and stopping.",
    )
    head_epochs: int = setting(
        30,
        label="Epochs of the head",
        low=1,
        high=1_000,
        group="More",
        help="Epochs for the classification head. They take seconds, and the best epoch is kept.",
    )
    head_rate: float = setting(
        1e-3,
        label="Learning rate of the head",
        low=1e-6,
        high=1.0,
        group="More",
        help="Higher moves the head faster and less steadily.",
    )
    warmup: float = warm_up(0.1, when=("mode", TUNED))
    precision: str = precision_of_training(when=("mode", TUNED))
    max_words: int = words_to_encode()
    workers: int = threads()

    def __post_init__(self):
        check_settings(self)
