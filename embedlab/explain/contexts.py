"""Why two words are near: the contexts they share in the corpus, how much each adds, and the sentences themselves.

PMI(w, c) = log P(w, c) / P(w)P(c) is from Church and Hanks 1990, "Word association norms, mutual information, and
lexicography". Skip-gram with negative sampling fits a shifted PMI (Levy and Goldberg 2014, "Neural word embedding as
implicit matrix factorization"). Its positive part, PPMI = max(PMI, 0), is a vector one can read. P(c) comes from
counts to the power 0.75, as in Word2Vec's negative sampling, so rare contexts do not outweigh all others (Levy,
Goldberg and Dagan 2015, "Improving distributional similarity with lessons learned from word embeddings", equation 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, UnknownWord
from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.data.inverted_index import Window, context_totals, has_index, has_totals, open_index, totals_path
from embedlab.explain.concordance import Sentence, corpus_row, evenly, marked_sentence
from embedlab.models import family_of
from embedlab.vectors.embedding import top_rows

SAMPLE = 20_000  # occurrences of a word looked at: a click stays quick however frequent the word is
SMOOTHING = 0.75
EXAMPLE_LENGTH = 14  # preferred number of tokens of an example sentence


@dataclass(frozen=True, eq=False)
class ContextRow:
    """The contexts of a word with positive PMI.

    ids: int64 (n,), ascending; ppmi: float64 (n,), natural logarithm; counts: int64 (n,), occurrences in the windows
    looked at; n_occurrences: of the word; places: int64, those looked at.
    """

    word: str
    row: int
    ids: np.ndarray
    ppmi: np.ndarray
    counts: np.ndarray
    n_occurrences: int
    places: np.ndarray

    @property
    def drawn(self) -> str:
        """The number of occurrences looked at, as a phrase."""
        if len(self.places) < self.n_occurrences:
            return f"{len(self.places):,} of {self.n_occurrences:,} occurrences of “{self.word}”"
        return f"all {self.n_occurrences:,} occurrences of “{self.word}”"


@dataclass(frozen=True)
class SharedContext:
    """A context of both words: its PPMI and count with each, and what it adds to the cosine of the two rows.

    contribution = PPMI(a, c) PPMI(b, c) / (|a| |b|); over all shared contexts these sum to the cosine.
    """

    word: str
    contribution: float
    ppmi_a: float
    ppmi_b: float
    count_a: int
    count_b: int
    example_a: Sentence | None = None
    example_b: Sentence | None = None


@dataclass(frozen=True)
class Why:
    """Why `a` and `b` are near.

    cosine: of their PPMI rows; learned: of their trained vectors, random: of two random words of the run, both None
    without a run; contexts: the `k` largest of `n_shared`; together: sentences with both words in one window, from
    `n_together` such places; looked_at: a sentence on what was counted, a sample for very frequent words.
    """

    a: str
    b: str
    window: Window
    cosine: float
    n_shared: int
    contexts: tuple[SharedContext, ...]
    n_together: int
    together: tuple[Sentence, ...]
    looked_at: str
    learned: float | None = None
    random: float | None = None


def window_of(model: str, config) -> Window:
    """The window a run was trained with: size, weighting and minimum count; 5 words for families without a window."""
    return family_of(model).context_window(config)


def is_prepared(corpus: Corpus, window: Window) -> bool:
    """Whether the index and the totals for this window exist."""
    return has_index(corpus) and has_totals(corpus, window)


def prepare(corpus: Corpus, window: Window, *, report: Report = silent) -> None:
    """Build the index and the totals for this window, unless they exist."""
    open_index(corpus, report=report)
    context_totals(corpus, window, report=report)


@dataclass(frozen=True)
class ContextOptions:
    """How contexts are counted and shown.

    window: the context of a word; a number means that many words on either side. k: contexts shown; n_together: the
    largest number of sentences that have both words; smoothing: the exponent of context counts; sample: occurrences of
    a word looked at.
    """

    window: Window | int = 5
    k: int = 10
    n_together: int = 5
    smoothing: float = SMOOTHING
    sample: int = SAMPLE

    def __post_init__(self):
        if isinstance(self.window, int):
            object.__setattr__(self, "window", Window(self.window))
        if self.k < 1 or self.sample < 1:
            raise BadSetting(f"k and sample must be at least 1; got {self.k} and {self.sample}.")
        if not 0 < self.smoothing <= 1:
            raise BadSetting(f"The smoothing exponent must be above 0 and at most 1; got {self.smoothing}.")

    def row(self, corpus: Corpus, word: str) -> ContextRow:
        """The contexts of a word, see `context_row`."""
        return context_row(corpus, word, window=self.window, smoothing=self.smoothing, sample=self.sample)


def shared_contexts(corpus: Corpus, a: str, b: str, **options) -> Why:
    """The contexts two words share, largest contribution to their similarity first, with sentences.

    options: fields of ContextOptions. UnknownWord for a word that is not in the corpus or below the window's minimum
    count; BadInput for the same word twice.
    """
    asked = ContextOptions(**options)
    window = asked.window
    if a == b:
        raise BadInput(f"{a!r} was given twice. Give two different words.")
    rows = [asked.row(corpus, word) for word in (a, b)]
    cosine, n_shared, contexts = compare_rows(corpus, *rows, k=asked.k)
    contexts = _with_examples(corpus, window, rows, contexts)
    found, sentences = _together(corpus, window, rows, asked.n_together)
    looked_at = f"Counted over {rows[0].drawn} and {rows[1].drawn}."
    return Why(a, b, window, cosine, n_shared, tuple(contexts), found, sentences, looked_at)


def shared_with_each(
    corpus: Corpus, word: str, others: Sequence[str], **options
) -> dict[str, tuple[float, list[SharedContext]]]:
    """other -> (cosine of the PPMI rows, its `k` best shared contexts without examples), for a list of neighbours.

    options: fields of ContextOptions. Others that are not in the corpus are left out.
    """
    asked = ContextOptions(**options)
    mine = asked.row(corpus, word)
    n_words, found = asked.window.n_words(corpus), {}
    for other in others:
        if corpus.vocabulary.ids.get(other, n_words) < n_words and other != word:
            cosine, _, contexts = compare_rows(corpus, mine, asked.row(corpus, other), k=asked.k)
            found[other] = cosine, contexts
    return found


def context_row(
    corpus: Corpus, word: str, *, window: Window, smoothing: float = SMOOTHING, sample: int = SAMPLE
) -> ContextRow:
    """The PPMI of a word with each of its contexts, from at most `sample` of its occurrences."""
    from embedlab.kernels.inverted_index import count_contexts

    row, n_words = corpus_row(corpus, word), window.n_words(corpus)
    if row >= n_words:
        raise UnknownWord(
            f"{word!r} occurs {int(corpus.vocabulary.counts[row]):,} times in the corpus, fewer than the "
            f"minimum count of {window.min_count:,} that the run was trained with. Choose a more frequent word."
        )
    positions = open_index(corpus).of(row)
    places = evenly(positions, sample)
    weighted, counts = np.zeros(n_words), np.zeros(n_words, np.int64)
    count_contexts(corpus.tokens, places, *_bounds(corpus, places), n_words, window.weights(), weighted, counts)
    seen = np.flatnonzero(counts)
    pmi = np.log(weighted[seen] / weighted[seen].sum()) - _log_share(corpus, window, smoothing)[seen]
    kept = pmi > 0
    return ContextRow(word, row, seen[kept], pmi[kept], counts[seen[kept]], len(positions), places)


def compare_rows(corpus: Corpus, a: ContextRow, b: ContextRow, *, k: int) -> tuple[float, int, list[SharedContext]]:
    """(cosine of two PPMI rows, how many contexts they share, the `k` that add most)."""
    ids, at, bt = np.intersect1d(a.ids, b.ids, assume_unique=True, return_indices=True)
    lengths = np.linalg.norm(a.ppmi) * np.linalg.norm(b.ppmi)
    parts = a.ppmi[at] * b.ppmi[bt] / (lengths or 1.0)
    best = [
        SharedContext(
            corpus.vocabulary.words[ids[i]],
            float(parts[i]),
            float(a.ppmi[at[i]]),
            float(b.ppmi[bt[i]]),
            int(a.counts[at[i]]),
            int(b.counts[bt[i]]),
        )
        for i in top_rows(parts, k)
    ]
    return float(parts.sum()), len(ids), best


def _log_share(corpus: Corpus, window: Window, smoothing: float) -> np.ndarray:
    """log P(c), smoothed, float64 (n_words,); -inf for words without any context."""
    prepare(corpus, window)
    return _smoothed(totals_path(corpus, window), smoothing)


@lru_cache(maxsize=8)
def _smoothed(path: Path, smoothing: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        logs = smoothing * np.log(np.load(path, allow_pickle=False))
    return logs - np.log(np.exp(logs).sum() or 1.0)


def _bounds(corpus: Corpus, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the sentence of each place begins and ends, int64."""
    sentence = corpus.sentence_at(places)
    return np.asarray(corpus.sentences[sentence], np.int64), np.asarray(corpus.sentences[sentence + 1], np.int64)


def _with_examples(
    corpus: Corpus, window: Window, rows: Sequence[ContextRow], contexts: list[SharedContext]
) -> list[SharedContext]:
    """The contexts with one sentence for each of the two words."""
    examples = [
        _examples(corpus, window, row, [context.word for context in contexts], mark)
        for row, mark in zip(rows, "ab", strict=True)
    ]
    return [
        replace(context, example_a=one, example_b=two) for context, one, two in zip(contexts, *examples, strict=True)
    ]


def _examples(corpus: Corpus, window: Window, row: ContextRow, words: list[str], mark: str) -> list[Sentence]:
    """For each context word, a sentence of readable length in which it is near the word of `row`."""
    from embedlab.kernels.inverted_index import find_examples

    n_words = window.n_words(corpus)
    slots = np.full(n_words, -1, np.int32)
    slots[[corpus.vocabulary.ids[word] for word in words]] = np.arange(len(words))
    cost, here, there = (np.full(len(words), value, np.int64) for value in (np.iinfo(np.int64).max, 0, 0))
    find_examples(
        corpus.tokens,
        row.places,
        *_bounds(corpus, row.places),
        n_words,
        window.size,
        slots,
        EXAMPLE_LENGTH,
        cost,
        here,
        there,
    )
    return [
        marked_sentence(corpus, [(int(at), mark), (int(context), "context")])
        for at, context in zip(here, there, strict=True)
    ]


def _together(
    corpus: Corpus, window: Window, rows: Sequence[ContextRow], limit: int
) -> tuple[int, tuple[Sentence, ...]]:
    """(places where one word is in the window of the other, sentences of some), searched from the rarer word."""
    from embedlab.kernels.inverted_index import find_together

    (row, mark), (other, other_mark) = sorted(zip(rows, "ab", strict=True), key=lambda pair: pair[0].n_occurrences)
    here, there = np.empty(len(row.places), np.int64), np.empty(len(row.places), np.int64)
    bounds = _bounds(corpus, row.places)
    n = find_together(corpus.tokens, row.places, *bounds, window.n_words(corpus), window.size, other.row, here, there)
    first_in_sentence = np.unique(corpus.sentence_at(here[:n]), return_index=True)[1]
    shown = first_in_sentence[evenly(np.arange(len(first_in_sentence)), limit)] if limit else first_in_sentence[:0]
    return int(n), tuple(marked_sentence(corpus, [(int(here[i]), mark), (int(there[i]), other_mark)]) for i in shown)
