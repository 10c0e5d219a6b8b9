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
TRIES = 5  # of the static model for each part


def compared(corpus: Corpus, teacher: Encoder, model: StaticEncoder, tell: Callable[[float], None]) -> dict:
    """How fast both encode the same documents, an even sample, and how far they agree, as JSON-ready values.

    "documents", "words", "static_words_per_second", "transformer_words_per_second"; "times_faster" is the median over
    "rounds" parts of the sample, each timed by both in turn, so that a busy machine slows both, and
    "times_faster_range" the least and the largest of them. "agreement" is [Spearman, low, high] of their cosines over
    all pairs, None under four documents; its interval is Fisher's for as many items as documents, which is cautious,
    for pairs share them. Words past what the transformer reads are counted for both.
    """
    rows = np.unique(np.linspace(0, corpus.n_documents - 1, SAMPLE).astype(np.int64))
    rows = np.random.default_rng(0).permutation(rows)
    texts = [corpus.text(row) for row in rows.tolist()]
    theirs, ours, seconds, began = [], [], [], time.perf_counter()
    for first in range(0, len(texts), STEP):
        part = texts[first : first + STEP]
        vectors, slow = _timed(teacher, part, 1)
        theirs.append(vectors)
        vectors, fast = _timed(model, part, TRIES)
        ours.append(vectors)
        seconds.append((slow, fast))
        tell((first + len(part)) / len(texts))
        if time.perf_counter() - began > PATIENCE:
            break
    theirs, ours, seconds = np.concatenate(theirs), np.concatenate(ours), np.array(seconds)
    n_tokens = np.diff(np.asarray(corpus.sentences)[np.asarray(corpus.documents)])
    n_words = int(n_tokens[rows[: len(theirs)]].sum())
    slow, fast = seconds.sum(axis=0)
    times = seconds[:, 0] / seconds[:, 1]
    return {
        "documents": len(theirs),
        "words": n_words,
        "static_words_per_second": round(n_words / fast),
        "transformer_words_per_second": round(n_words / slow),
        "times_faster": round(float(np.median(times)), 1),
        "times_faster_range": [round(float(times.min()), 1), round(float(times.max()), 1)],
        "rounds": len(times),
        "agreement": agreement(theirs, ours),
    }


def _timed(encoder: Encoder | StaticEncoder, texts: list[str], tries: int) -> tuple[np.ndarray, float]:
    """Vectors, and the median seconds of some tries, for a fast one is over before the clock has settled."""
    seconds = []
    for _ in range(tries):
        began = time.perf_counter()
        vectors = encoder.encode(len(texts), texts.__getitem__, tick=lambda n: None)
        seconds.append(time.perf_counter() - began)
    return vectors, float(np.median(seconds))


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
