"""Settings of the transformer family."""

from dataclasses import dataclass

from embedlab.core.errors import BadSetting
from embedlab.core.settings import check_settings, setting
from embedlab.models.encoders.settings import precision_of_training, temperature, threads, warm_up, words_to_encode

FEW_DOCUMENTS = 256  # below, SimCSE trains on sentences, so that there is something to train on
OBJECTIVES = {
    "simcse": "SimCSE (texts alone)",
    "pairs": "Pairs or triplets",
    "graded": "Graded pairs",
    "labels": "Labels",
    "none": "No training",
}


@dataclass(frozen=True)
class TransformerConfig:
    """Settings of the transformer family."""

    base: str = setting(
        "minilm",
        label="Base model",
        help="Base model: the bundled MiniLM ('minilm'), a local folder, or a name on the hub (needs a network).",
    )
    objective: str = setting(
        "simcse",
        label="Objective",
        choices=tuple(OBJECTIVES),
        labels=OBJECTIVES,
        help="What is pulled together: two readings of a text, the texts of a pair (a third is pushed away), texts "
        "by their score, or texts of one label.",
    )
    epochs: int = setting(
        1,
        label="Epochs",
        low=1,
        high=100,
        help="More epochs fit the corpus closer and forget more of the base model. One is often enough.",
    )
    batch_size: int = setting(
        32,
        label="Batch size",
        low=4,
        high=1024,
        help="Larger batches hold more negatives, so the task is harder, and need more memory.",
    )
    learning_rate: float = setting(
        2e-5,
        label="Learning rate",
        low=1e-7,
        high=1e-2,
        help="Higher changes the base model more. Graded pairs tolerate 5e-5; above 1e-4 it soon forgets what it knew.",
    )
    max_length: int = setting(
        64,
        label="Maximum length",
        low=8,
        high=512,
        help="Tokens read of each text. Longer reads more of it, and costs time and memory in proportion.",
    )
    graded_loss: str = setting(
        "cosine",
        label="Loss",
        choices=("cosine", "cosent"),
        when=("objective", ("graded",)),
        labels={"cosent": "CoSENT (order of the scores)", "cosine": "Cosine (the scores themselves)"},
        help="Cosine learns the score as a number from 0 to 1. CoSENT learns which pair is closer and needs a "
        "higher rate.",
    )
    dims: str = setting(
        "",
        label="Shorter sizes",
        help="Sizes such as 64,128,256: the first numbers of a vector are trained to work alone (Matryoshka).",
    )
    temperature: float = temperature()
    held_out: float = setting(
        0.1,
        label="Held-out share",
        low=0.0,
        high=0.5,
        group="More",
        help="Share of texts kept out of training, on which start and end are scored. More makes the score more "
        "certain.",
    )
    frozen_layers: int = setting(
        0,
        label="Frozen layers",
        low=0,
        high=48,
        group="More",
        help="Number of frozen layers, counted from the input. Each saves time, since its output is computed once, "
        "and learns nothing.",
    )
    train_embeddings: bool = setting(
        False,
        label="Train token embeddings",
        group="More",
        help="Train the table of token vectors as well. This is slower, needs more memory and seldom scores higher.",
    )
    trim: bool = setting(
        True,
        label="Trim the longest texts",
        group="More",
        help="Train on the length that 95 of 100 texts stay within. Scores and vectors still use the maximum length.",
    )
    precision: str = precision_of_training()
    encoding: str = setting(
        "auto",
        label="Precision of encoding",
        choices=("auto", "float32", "int8"),
        group="More",
        labels={"auto": "Automatic", "float32": "float32", "int8": "int8"},
        help="Eight-bit numbers are faster and differ a little. Automatic takes them for many texts and reports the"
        " difference.",
    )
    unit: str = setting(
        "auto",
        label="Train on",
        choices=("auto", "document", "sentence"),
        group="More",
        labels={"auto": "Automatic", "document": "Documents", "sentence": "Sentences"},
        when=("objective", ("simcse",)),
        help="Sentences give more and shorter texts. Automatic takes them when documents are few or long.",
    )
    max_documents: int = setting(
        10_000,
        label="Texts per epoch",
        low=2,
        high=10_000_000,
        group="More",
        help="The most texts an epoch trains on, drawn at random. More takes longer.",
    )
    max_words: int = words_to_encode()
    warmup: float = warm_up(0.1)
    workers: int = threads()

    def __post_init__(self):
        check_settings(self)
        object.__setattr__(self, "dims", self.dims.strip())
        self.sizes  # noqa: B018  says what is wrong with them

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shorter sizes, smallest first; BadSetting unless they are whole numbers from 2, separated by commas."""
        try:
            sizes = sorted({int(part) for part in self.dims.split(",")}) if self.dims else []
        except ValueError:
            sizes = [0]
        if sizes and sizes[0] < 2:
            raise BadSetting(
                f"Shorter sizes must be whole numbers from 2, separated by commas, such as 64,128,256; got "
                f"{self.dims!r}."
            )
        return tuple(sizes)
