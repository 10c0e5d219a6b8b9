"""Why two words are near: the contexts they share in the corpus, how much each adds, and the sentences themselves.

Church and Hanks 1990, "Word association norms, mutual information, and lexicography": PMI(w, c) = log P(w, c) / P(w)P(c).
Levy and Goldberg 2014, "Neural word embedding as implicit matrix factorization": skip-gram with negative sampling fits
a shifted PMI; its positive part, PPMI = max(PMI, 0), is a vector one can read. Levy, Goldberg and Dagan 2015, "Improving
distributional similarity with lessons learned from word embeddings", equation 3: P(c) from counts to the power 0.75,
the form of Word2Vec's negative samples, so that the rarest contexts do not outweigh all others.
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
TELLING_LENGTH = 14  # tokens of a sentence that is short enough to read and long enough to understand


@dataclass(frozen=True, eq=False)
class ContextRow:
    """What stands around a word, over the contexts of positive PMI.

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
        """How many of how many occurrences were looked at, as people say it."""
        if len(self.places) < self.n_occurrences:
            return f"{len(self.places):,} of {self.n_occurrences:,} occurrences of “{self.word}”"
        return f"all {self.n_occurrences:,} occurrences of “{self.word}”"


@dataclass(frozen=True)
class SharedContext:
    """A word that stands near both: its PPMI and count with each, and what it adds to the cosine of the two rows.

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

    cosine: of their PPMI rows; learned: of their trained vectors, and random: of two random words of the run, both None
    when no run was asked; contexts: the `k` that
    add most of `n_shared`; together: sentences in which both stand within one window, `n_together` such places among
    those looked at; looked_at: what was counted, in words, a sample for very frequent words.
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
    """Whether questions about this window are answered at once."""
    return has_index(corpus) and has_totals(corpus, window)


def prepare(corpus: Corpus, window: Window, *, report: Report = silent) -> None:
    """Build what questions about this window need and what is not there yet."""
    open_index(corpus, report=report)
    context_totals(corpus, window, report=report)


def shared_contexts(
    corpus: Corpus,
    a: str,
    b: str,
    *,
    window: Window | int = 5,
    k: int = 10,
    n_together: int = 5,
    smoothing: float = SMOOTHING,
    sample: int = SAMPLE,
) -> Why:
    """The contexts two words share, those that add most to their similarity first, with sentences.

    window: what stands around a word; a number means that many words on either side. n_together: most sentences that
    have both. UnknownWord for a word that the corpus, or the window's minimum count, has not kept; BadInput for the
    same word twice.
    """
    window = Window(window) if isinstance(window, int) else window
    if a == b:
        raise BadInput(f"{a!r} was given twice. Give two different words.")
    _check(k, sample, smoothing)
    rows = [context_row(corpus, word, window=window, smoothing=smoothing, sample=sample) for word in (a, b)]
    cosine, n_shared, contexts = compare_rows(corpus, *rows, k=k)
    contexts = _with_examples(corpus, window, rows, contexts)
    found, sentences = _together(corpus, window, rows, n_together)
    looked_at = f"Counted over {rows[0].drawn} and {rows[1].drawn}."
    return Why(a, b, window, cosine, n_shared, tuple(contexts), found, sentences, looked_at)


def shared_with_each(
    corpus: Corpus,
    word: str,
    others: Sequence[str],
    *,
    window: Window | int = 5,
    k: int = 5,
    smoothing: float = SMOOTHING,
    sample: int = SAMPLE,
) -> dict[str, tuple[float, list[SharedContext]]]:
    """other -> (cosine of the PPMI rows, its `k` best shared contexts without examples), for a list of neighbours.

    Others that the corpus has not kept are left out.
    """
    window = Window(window) if isinstance(window, int) else window
    _check(k, sample, smoothing)
    mine = context_row(corpus, word, window=window, smoothing=smoothing, sample=sample)
    n_words, found = window.n_words(corpus), {}
    for other in others:
        if corpus.vocabulary.ids.get(other, n_words) < n_words and other != word:
            theirs = context_row(corpus, other, window=window, smoothing=smoothing, sample=sample)
            cosine, _, contexts = compare_rows(corpus, mine, theirs, k=k)
            found[other] = cosine, contexts
    return found


def context_row(
    corpus: Corpus, word: str, *, window: Window, smoothing: float = SMOOTHING, sample: int = SAMPLE
) -> ContextRow:
    """The PPMI of a word with everything that stands around it, from at most `sample` of its occurrences."""
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
    """log P(c), smoothed, float64 (n_words,); -inf for words that never have company."""
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
    """For each context word a sentence of readable length in which it stands near the word of `row`."""
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
        TELLING_LENGTH,
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
    """(places where one word has the other in its window, sentences of some of them), looked for around the rarer one."""
    from embedlab.kernels.inverted_index import find_together

    (row, mark), (other, other_mark) = sorted(zip(rows, "ab", strict=True), key=lambda pair: pair[0].n_occurrences)
    here, there = np.empty(len(row.places), np.int64), np.empty(len(row.places), np.int64)
    bounds = _bounds(corpus, row.places)
    n = find_together(corpus.tokens, row.places, *bounds, window.n_words(corpus), window.size, other.row, here, there)
    first_in_sentence = np.unique(corpus.sentence_at(here[:n]), return_index=True)[1]
    shown = first_in_sentence[evenly(np.arange(len(first_in_sentence)), limit)] if limit else first_in_sentence[:0]
    return int(n), tuple(marked_sentence(corpus, [(int(here[i]), mark), (int(there[i]), other_mark)]) for i in shown)


def _check(k: int, sample: int, smoothing: float) -> None:
    if k < 1 or sample < 1:
        raise BadSetting(f"k and sample must be at least 1; got {k} and {sample}.")
    if not 0 < smoothing <= 1:
        raise BadSetting(f"The smoothing exponent lies above 0 and at most at 1; got {smoothing}.")
