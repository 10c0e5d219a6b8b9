"""The held-out ranking error of GloVe: how often it prefers a word that was not seen to the neighbour that was.

A question is a word and a neighbour from the held-out sentences, with rivals: words of about the neighbour's frequency
that never stand near the word there. The model ranks them by (w - m).c, where m is the mean word vector of the text:
how much more the word calls for a candidate than any word does. So a model that knows word counts alone is at chance.

The squared error of the held-out counts does not measure quality. Scaled to the length of the training text, a pair
seen once in 2 % of the text counts as 49, and pairs not seen do not count. It is lowest after one epoch and with few
dimensions (bench/held_out.py).
"""

from dataclasses import dataclass

import numpy as np

from embedlab.models.glove.counts import BLOCK_TOKENS, Counts

MEASURE = "share of held-out pairs ranked below a pair of like frequency that was not seen; 0.5 is chance"
METRIC = "ranking_error"
FEWEST_QUESTIONS, ENTRIES_PER_QUESTION = 2_000, 256  # measuring takes about a fiftieth of an epoch
RIVALS = 3
SPREAD = 0.2  # standard deviation of the logarithm of a rival's rank over that of the neighbour
FEWEST_ANSWERS = 20
_SEED = 1  # every run of a corpus answers the same questions


@dataclass(frozen=True, eq=False)
class Questions:
    """words int32 (n,); candidates int32 (n, 1 + RIVALS): the neighbour, then its rivals, -1 where there is none.

    shares: float64 (n_words,), how much of the text each word of the vocabulary is.
    """

    words: np.ndarray
    candidates: np.ndarray
    shares: np.ndarray

    @property
    def n_rivals(self) -> int:
        return int((self.candidates[:, 1:] >= 0).sum())


def questions_of(unseen: Counts | None, word_counts: np.ndarray, n_entries: int) -> Questions | None:
    """The questions that held-out counts allow; None where they are too few to measure anything.

    word_counts: those of the vocabulary, most frequent words first. n_entries: entries of the training counts; they
    decide how many questions are worth their time. The choice depends on the pairs alone, not on seed, threads or
    layout.
    """
    if unseen is None:
        return None
    n_words = len(word_counts)
    pairs = _chosen(unseen, n_words, max(FEWEST_QUESTIONS, n_entries // ENTRIES_PER_QUESTION))
    words, neighbours = pairs // n_words, pairs % n_words
    rng, shape = np.random.default_rng(_SEED), (len(pairs), RIVALS)
    ranks = (neighbours[:, None] + 1) * np.exp(rng.normal(0, SPREAD, shape)) - 1
    rivals = np.clip(np.rint(ranks).astype(np.int64) + rng.integers(-3, 4, shape), 0, n_words - 1)
    rivals[(rivals == neighbours[:, None]) | _among(words[:, None] * n_words + rivals, unseen, n_words)] = -1
    candidates = np.column_stack([neighbours, rivals]).astype(np.int32)
    found = Questions(words.astype(np.int32), candidates, np.asarray(word_counts, np.float64) / np.sum(word_counts))
    return found if found.n_rivals >= FEWEST_ANSWERS else None


def ranking_error(questions: Questions, model: tuple[np.ndarray, ...]) -> float:
    """The share of rivals that `model` ranks above the neighbour, a tie counting half; 0.5 is chance."""
    from embedlab.kernels.glove import rank_rivals

    n, width = len(questions.shares), model[0].shape[1] // 2
    # einsum, because a matrix product may round differently on another number of threads
    mean = np.einsum("i,id->d", questions.shares, model[0][:n, :width])
    usual = np.einsum("jd,d->j", model[1][:n, :width], mean).astype(np.float32)[:, None]
    halves = rank_rivals(questions.words, questions.candidates, model[0], model[1], -usual)
    return halves / (2 * questions.n_rivals)


def _pairs(counts: Counts, n_words: int):
    """The pairs of some entries at a time as one number each, int64."""
    for first in range(0, len(counts), BLOCK_TOKENS):
        part = counts.entries[first : first + BLOCK_TOKENS]
        yield part["row"].astype(np.int64) * n_words + part["column"]


def _chosen(counts: Counts, n_words: int, n: int) -> np.ndarray:
    """At most n pairs, each as likely as any other, ascending: those whose hash is smallest."""
    kept = np.empty(0, np.int64)
    for pairs in _pairs(counts, n_words):
        kept = np.concatenate([kept, pairs])
        if len(kept) > n:
            kept = kept[np.argpartition(_hashed(kept), n)[:n]]
    return np.sort(kept)


def _hashed(values: np.ndarray) -> np.ndarray:
    """64 well-mixed bits of each number: the finaliser of splitmix64 (Steele, Lea and Flood 2014)."""
    mixed = values.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def _among(pairs: np.ndarray, counts: Counts, n_words: int) -> np.ndarray:
    """Whether each pair is an entry of `counts`, bool of the same shape."""
    found = np.zeros(pairs.shape, bool)
    for part in _pairs(counts, n_words):
        found |= np.isin(pairs, part)
    return found
