"""Labels of documents, and of words by over-representation: in which label is a word more frequent than elsewhere?"""

import numpy as np

from embedlab.data.corpus import Corpus

MOST_NAMES = 12
EVEN, NO_LABEL, OTHER = "evenly spread", "no label", "other labels"
PRIOR = 10.0
LEAST_RATIO = 1.25
BLOCK_TOKENS = 4_000_000


def document_labels(corpus: Corpus, ids: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """(codes int32 of the documents `ids`, category names, which of them are grey)."""
    return fewer(np.asarray(corpus.labels)[ids], list(corpus.label_names), NO_LABEL)


def word_labels(corpus: Corpus, words: list[str]) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """(codes int32 of the words, category names, which of them are grey).

    A word's share of label l is smoothed towards the label's share of all tokens by PRIOR imagined occurrences, so that
    a word seen once does not look typical of anything. Ratios below LEAST_RATIO count as evenly spread.
    """
    counts, totals = word_counts(corpus, words, np.asarray(corpus.labels), len(corpus.label_names))
    codes, ratio = over_represented(counts, totals)
    return fewer(np.where(ratio >= LEAST_RATIO, codes, -1), list(corpus.label_names), EVEN)


def over_represented(counts: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(group int64 (n_words,), ratio float64 (n_words,)): where each word is most over-represented, and how much.

    counts (n_words, n_groups) of the words, totals (n_groups,) of all tokens.
    """
    ratios = smoothed_ratios(counts, totals)
    best = ratios.argmax(axis=1)
    return best, ratios[np.arange(len(ratios)), best]


def smoothed_ratios(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Share of each word's occurrences that fall in a group over the group's share of all tokens, float64."""
    share = totals / max(totals.sum(), 1)
    smoothed = (counts + PRIOR * share) / (counts.sum(axis=1, keepdims=True) + PRIOR)
    return np.divide(smoothed, share, out=np.zeros_like(smoothed), where=share > 0)


def word_counts(corpus: Corpus, words: list[str], groups: np.ndarray, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """(occurrences (n_words, n_groups) of each word in documents of each group, all tokens (n_groups,)), int64.

    groups: the group of each document of the corpus, -1 for none. Reads the tokens block by block.
    """
    rows = np.full(len(corpus.vocabulary), len(words), np.int64)
    for row, word in enumerate(words):
        if word in corpus.vocabulary:
            rows[corpus.vocabulary.id(word)] = row
    starts = np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
    counts = np.zeros((len(words) + 1) * n_groups, np.int64)
    for first in range(0, int(starts[-1]), BLOCK_TOKENS):
        tokens = np.asarray(corpus.tokens[first : first + BLOCK_TOKENS])
        documents = np.searchsorted(starts, np.arange(first, first + len(tokens)), side="right") - 1
        group = groups[documents]
        used = (group >= 0) & (tokens >= 0)
        counts += np.bincount(rows[tokens[used]] * n_groups + group[used], minlength=len(counts))
    counts = counts.reshape(-1, n_groups)
    return counts[:-1], counts.sum(axis=0)


def document_word_weights(corpus: Corpus, groups: np.ndarray, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """(weight float64 (n_words, n_groups), documents int64 (n_words, n_groups) with the word) of each group's words.

    An occurrence adds less the more of them a document has already, log(1 + occurrences), so that one long document
    does not decide for its group. groups: the group of each document of the corpus, -1 for none.
    """
    n_words = len(corpus.vocabulary)
    starts = np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
    weights, documents = np.zeros(n_words * n_groups), np.zeros(n_words * n_groups, np.int64)
    first = 0
    while first < len(groups):
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + BLOCK_TOKENS, side="right")) - 1)
        last = min(last, len(groups))
        tokens = np.asarray(corpus.tokens[starts[first] : starts[last]], np.int64)
        owner = np.repeat(np.arange(last - first), np.diff(starts[first : last + 1]))
        used = (groups[first:last][owner] >= 0) & (tokens >= 0)
        keys, times = np.unique(owner[used] * n_words + tokens[used], return_counts=True)
        cells = keys % n_words * n_groups + groups[first:last][keys // n_words]
        weights += np.bincount(cells, np.log1p(times), minlength=len(weights))
        documents += np.bincount(cells, minlength=len(documents))
        first = last
    return weights.reshape(n_words, n_groups), documents.reshape(n_words, n_groups)


def fewer(
    codes: np.ndarray, names: list[str], missing: str, rest: str = OTHER
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """(codes int32, names, which of them are grey): the MOST_NAMES most frequent names, the others joined as `rest`.

    Code -1 becomes the category `missing`.
    """
    codes = np.asarray(codes, np.int64)
    sizes = np.bincount(codes[codes >= 0], minlength=len(names))
    kept = np.sort(np.argsort(-sizes, kind="stable")[:MOST_NAMES]) if len(names) > MOST_NAMES else np.arange(len(names))
    muted = [rest] if len(kept) < len(names) else []
    if (codes < 0).any():
        muted.append(missing)
    categories = [names[i] for i in kept] + muted
    table = np.full(len(names) + 1, len(kept), np.int32)
    table[kept] = np.arange(len(kept))
    table[-1] = len(categories) - 1
    return table[codes], tuple(categories), tuple(muted)
