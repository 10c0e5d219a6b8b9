"""Co-occurrence counts of a corpus in memory."""

from embedlab.core.spill import Space
from embedlab.models.glove.cooccurrence import count_cooccurrences
from embedlab.models.glove.counts import Counting


def count(corpus, n_words, window, budget=1e9, **how):
    with Space(budget) as space:
        return count_cooccurrences(corpus, Counting(n_words, window, **how), space)
