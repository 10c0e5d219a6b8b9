"""The vectors of the most frequent words and of all documents, by families that encode texts."""

from collections.abc import Callable
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


def encoded(
    encoder: Encoder,
    words: Vocabulary,
    corpus: Corpus,
    tell: Tell,
    *,
    when: str = "",
    precision: str = "float32",
    cache: Path | None = None,
) -> dict[str, np.ndarray]:
    """{"words", "documents"}: their vectors as the encoder is now, float32 (n, dim). when: said after what is encoded.

    cache: where the vectors of a model that others may begin with are kept.
    """

    def ticking(what: str, n: int, base: float, cost: float) -> Callable[[int], None]:
        rate = Rate()

        def tick(done: int) -> None:
            tell(
                base + cost * done,
                f"Encoding {what}{when}, {done:,} of {n:,}, {rate(done):,.0f} texts/s",
                {"rate": rate(done)},
            )

        tick(0)
        return tick

    n = len(words)
    return {
        "words": encoder.encode(
            n, words.words.__getitem__, tick=ticking("words", n, 0, WORD_COST), precision=precision, cache=cache
        ),
        "documents": encoder.encode(
            corpus.n_documents,
            corpus.text,
            precision=precision,
            cache=cache,
            tick=ticking("documents", corpus.n_documents, WORD_COST * n, 1),
        ),
    }
