"""What a classifier needs of a corpus, and what it costs."""

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.models.advice import Advice, Estimate, share_of_two, token_bytes
from embedlab.models.classifier.config import LEAST, ClassifierConfig
from embedlab.models.encoders import cost
from embedlab.models.encoders.advice import advise_batch, label_counts

CHANGES_LOSS = frozenset(
    {
        "held_out",
        "max_length",
        "base",
        "balanced",
        "leave_out_rare",
        "validation_share",
        "test_share",
        "max_documents",
        "batch_size",
    }
)
SHARE = {"full": 1.0, "lora": 0.9, "top": 0.5, "probe": 0.0}  # of the work of training all layers
TRAINING_PART = 0.7  # of the labelled documents; the others validate and test
BATCH_PIECES = 4096  # pieces of a batch that pass at once
SHAKY, FEW, GOOD = 10, 50, 100  # documents a label
FEW_LABELLED = 1_000


def advise(corpus: Corpus, config: ClassifierConfig) -> list[Advice]:
    """Whether there are two labels or more, and documents enough of each."""
    counts = label_counts(corpus)
    used = np.flatnonzero(counts >= LEAST) if config.leave_out_rare else np.flatnonzero(counts)
    if len(used) < 2:
        return [_too_few_labels(corpus, len(used), config.leave_out_rare)]
    rarest = used[counts[used].argmin()]
    if found := advise_batch(round(TRAINING_PART * counts[used].sum()), config.batch_size, 2):
        return found
    found = _rarest_label(corpus.label_names[rarest], int(counts[rarest]))
    if found is None and counts.sum() < FEW_LABELLED:
        found = Advice(
            "note",
            f"{counts.sum():,} labelled documents are few to change a whole model with. The head alone, or LoRA, may "
            "do as well.",
            "mode",
            "probe",
        )
    return [found] if found else []


def _too_few_labels(corpus: Corpus, n: int, leave_out_rare: bool) -> Advice:
    has = "fewer than two labels of 3 documents or more" if leave_out_rare else "one label" if n else "no labels"
    return Advice(
        "warning",
        f"{corpus.name} has {has}, and a classifier tells two or more apart. Choose a corpus with a label column.",
        stops=True,
    )


def _rarest_label(label: str, n: int) -> Advice | None:
    has = f"The label {label!r} has {n:,} document{'' if n == 1 else 's'}"
    if n < LEAST:
        return Advice(
            "warning",
            f"{has}; training, validation and test need one each. Add documents, or switch on “Leave out rare "
            "labels” under More settings.",
            "leave_out_rare",
            True,
            stops=True,
        )
    if n < FEW:
        return Advice(
            "warning" if n < SHAKY else "note",
            f"{has}; its scores will be shaky. They become meaningful from about {GOOD} documents a label.",
        )
    return None


def estimate(corpus: Corpus, config: ClassifierConfig) -> Estimate:
    """The time of encoding words and documents, before and after, and of training on the labelled ones in between."""
    share, length = SHARE[config.mode], cost.pieces(corpus, config.max_length)
    labelled = min(int(label_counts(corpus).sum()), config.max_documents)
    trained = TRAINING_PART * labelled * config.epochs * length * share
    encodings = 2 if share else 1
    work = encodings * cost.encoded_pieces(corpus, config) / cost.ENCODING + trained / cost.FINE_TUNING
    batch = share * min(config.batch_size * length, BATCH_PIECES) * cost.PIECE_BYTES
    memory = cost.training_bytes(batch) + cost.vector_bytes(corpus, encodings)
    return Estimate(
        cost.LOADING + work / share_of_two(config.workers), memory + cost.PROGRAM_BYTES + token_bytes(corpus)
    )
