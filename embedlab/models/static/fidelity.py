"""What a static model keeps of its transformer: how much faster it encodes, and how far they agree on which texts are
alike.
"""

import time
from collections.abc import Callable

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.static_encoder import StaticEncoder

SAMPLE = 300  # documents; their cosines make 44,850 pairs
PATIENCE = 10.0  # seconds for the transformer; it then is asked for fewer documents
STEP = 32


def compared(corpus: Corpus, teacher: Encoder, model: StaticEncoder, tell: Callable[[float], None]) -> dict:
    """{"documents", "words", "static_words_per_second", "transformer_words_per_second", "times_faster", "agreement"}.

    Both encode the same documents, an even sample. agreement is [Spearman, low, high] of their cosines over all pairs
    of those, None under four; its interval is Fisher's for as many items as documents, which is cautious, for pairs
    share them. The words of a text past what the transformer reads are counted for both.
    """
    rows = np.unique(np.linspace(0, corpus.n_documents - 1, SAMPLE).astype(np.int64))
    rows = np.random.default_rng(0).permutation(rows)
    texts = [corpus.text(row) for row in rows.tolist()]
    theirs, began = [], time.perf_counter()
    for first in range(0, len(texts), STEP):
        part = texts[first : first + STEP]
        theirs.append(teacher.encode(len(part), part.__getitem__, tick=lambda n: None))
        tell((first + len(part)) / len(texts))
        if time.perf_counter() - began > PATIENCE:
            break
    slow = time.perf_counter() - began
    theirs = np.concatenate(theirs)
    texts = texts[: len(theirs)]
    ours, fast = _timed(model, texts)
    n_tokens = np.diff(np.asarray(corpus.sentences)[np.asarray(corpus.documents)])
    n_words = int(n_tokens[rows[: len(texts)]].sum())
    return {
        "documents": len(texts),
        "words": n_words,
        "static_words_per_second": round(n_words / fast),
        "transformer_words_per_second": round(n_words / slow),
        "times_faster": round(slow / fast, 1),
        "agreement": agreement(theirs, ours),
    }


def _timed(model: StaticEncoder, texts: list[str]) -> tuple[np.ndarray, float]:
    """Vectors, and the fewest seconds of several tries, for one is over before the clock has settled."""
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        vectors = model.encode(len(texts), texts.__getitem__, tick=lambda n: None)
        best = min(best, time.perf_counter() - began)
    return vectors, best


def agreement(a: np.ndarray, b: np.ndarray) -> list[float] | None:
    """[Spearman, low, high] of the cosines of all pairs of rows of `a` with those of `b`.

    None for under four rows, or no spread.
    """
    from scipy.stats import spearmanr

    from embedlab.vectors.embedding import normalised

    if len(a) < 4:
        return None
    upper = np.triu_indices(len(a), 1)
    found = float(spearmanr(*((normalised(rows) @ normalised(rows).T)[upper] for rows in (a, b))).statistic)
    if not np.isfinite(found):
        return None
    reach = 1.96 / np.sqrt(len(a) - 3)
    z = np.arctanh(np.clip(found, -0.999999, 0.999999))
    return [found, float(np.tanh(z - reach)), float(np.tanh(z + reach))]
