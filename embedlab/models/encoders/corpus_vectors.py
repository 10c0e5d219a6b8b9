"""The vectors of the most frequent words and of all documents, by families that encode texts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.parallel import Rate
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.encoders.encoder import Encoder

WORD_COST = 0.3  # of encoding a word, in units of encoding a document

Tell = Callable[[float, str, dict], None]  # the cost of what is done, a message, metrics


def encoding_cost(corpus: Corpus, words: Vocabulary) -> float:
    """Of all words and documents, in units of encoding a document."""
    return corpus.n_documents + WORD_COST * len(words)


@dataclass(frozen=True)
class Encoding:
    """How words and documents are encoded.

    when: added to messages after what is encoded. precision: "float32" or "int8". cache: a folder for the vectors of a
    model that other trainings may start from.
    """

    when: str = ""
    precision: str = "float32"
    cache: Path | None = None


def encoded(
    encoder: Encoder, words: Vocabulary, corpus: Corpus, tell: Tell, how: Encoding = Encoding()
) -> dict[str, np.ndarray]:
    """{"words", "documents"}: their vectors as the encoder is now, float32 (n, dim)."""

    def ticking(what: str, n: int, base: float, cost: float) -> Callable[[int], None]:
        rate = Rate()

        def tick(done: int) -> None:
            tell(
                base + cost * done,
                f"Encoding {what}{how.when}, {done:,} of {n:,}, {rate(done):,.0f} texts/s",
                {"rate": rate(done)},
            )

        tick(0)
        return tick

    n = len(words)
    return {
        "words": encoder.encode(
            n, words.words.__getitem__, tick=ticking("words", n, 0, WORD_COST), precision=how.precision, cache=how.cache
        ),
        "documents": encoder.encode(
            corpus.n_documents,
            corpus.text,
            precision=how.precision,
            cache=how.cache,
            tick=ticking("documents", corpus.n_documents, WORD_COST * n, 1),
        ),
    }
