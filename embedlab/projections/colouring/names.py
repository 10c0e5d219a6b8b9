"""Names of groups of points: one or two words that are typical of the group and say something to a reader.

Words are named by centrality against the whole, documents by class TF-IDF. Neither uses function words: words among the
most frequent whose neighbours are no nearer than those of a word in the middle, which is a rule for all languages, and
the English ones by dictionary.
"""

import re

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.data.tokens.parts_of_speech import function_words, part_of_speech
from embedlab.data.tokens.stopwords import STOPWORDS
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.item_names import item_names, user_names
from embedlab.projections.colouring.labels import document_word_weights
from embedlab.projections.distances import prepared

JOIN = " · "
NAMED_BY = 2
FREQUENT_SHARE = 0.25
FREQUENT_LEAST, FREQUENT_MOST = 20, 200  # a quarter of a large group would reach down to words seen a few times
RIVAL = 0.5  # how much the nearest other group counts against a word
KNOWN = 0.02  # what halving the rank of a word among the frequent ones of its group is worth, in cosine
ALWAYS_COMMON, OFTEN_COMMON = 60, 400  # ranks: none of the first names a group, of the others those with no topic
NEAREST = 10
LEAST_NEAR = 0.9  # of the nearness of words in the middle: a frequent word with less has no topic
NAMING = {
    "noun": 0.05,
    "proper noun": 0.05,
    "verb": -0.02,
    "adverb": -0.05,
    "number": -0.1,
}  # cosine that a class is worth, in English
LEAST_LEAD, MOST_LEAD = 2.0, 20.0  # times as frequent in a group of documents as elsewhere; more counts no more
LETTER = re.compile(r"[^\W\d_]")
CASED = 3  # letters of a name in a script with capitals: shorter ones are abbreviations and remains of markup


def group_names(drawn: Drawn, codes: np.ndarray, n: int, noun: str) -> tuple[str, ...]:
    """The names of `n` groups of what is drawn, all different: of words, documents, items or users, or else numbers.

    codes: int (n_points,), the group of each point. noun: what a group without a name is called.
    """
    if drawn.words is not None:
        found = word_names(centred(drawn.vectors), codes, n, drawn.words, drawn.counts)
    elif drawn.documents is not None and drawn.corpus is not None:
        found = document_names(drawn.corpus, drawn.documents, codes, n)
    elif drawn.points.kind == "items":
        found = item_names(drawn.points, centred(drawn.vectors), codes, n, drawn.counts)
    elif drawn.points.kind == "users" and drawn.chosen is not None and drawn.ids is not None:
        found = user_names(drawn.chosen, drawn.ids, codes, n)
    else:
        found = [[] for _ in range(n)]
    named = [JOIN.join(words) or f"{noun} {i + 1}" for i, words in enumerate(found)]
    return tuple(f"{name} ({i + 1})" if named.count(name) > 1 else name for i, name in enumerate(named))


def centred(vectors: np.ndarray) -> np.ndarray:
    """The vectors at length one, less their mean, at length one again, float32 (n, dim).

    What all vectors have in common says nothing about any of them.
    """
    unit = prepared(np.asarray(vectors), "cosine")
    return prepared(unit - unit.mean(axis=0, dtype=np.float64).astype(np.float32), "cosine")


def word_names(
    unit: np.ndarray, codes: np.ndarray, n: int, words: list[str], counts: np.ndarray | None
) -> list[list[str]]:
    """For each group up to two words, near its centre and far from the next one, among its frequent words.

    unit: `centred` vectors. counts: of the words, or None where they stand in order of frequency. No two forms of a
    word stand together. A group without any word that can name it is named by what it has.
    """
    ranks = frequency_ranks(len(words), counts)
    diffuse = _diffuse(unit, ranks)
    centres = prepared(np.stack([unit[codes == code].mean(axis=0) for code in range(n)]), "cosine")
    found = []
    for code in range(n):
        members = np.flatnonzero(codes == code)
        members = members[np.argsort(ranks[members], kind="stable")]
        most = min(max(FREQUENT_LEAST, int(len(members) * FREQUENT_SHARE)), FREQUENT_MOST)
        fit = members[~diffuse[members]][: 3 * most]
        fit = fit[can_name([words[i] for i in fit])]
        members = fit[:most] if len(fit) else members[:most]  # titles and numbers have only themselves for a name
        near = unit[members] @ centres.T
        own = near[:, code].copy()
        near[:, code] = -1
        rival = near.max(axis=1) if n > 1 else np.zeros(len(members))
        kind = np.array([NAMING.get(part_of_speech(words[i]), 0.0) for i in members])
        score = own - RIVAL * rival - KNOWN * np.log2(1 + np.arange(len(members))) + kind
        found.append(unlike([words[i] for i in members[np.argsort(-score, kind="stable")]]))
    return found


def frequency_ranks(n: int, counts: np.ndarray | None) -> np.ndarray:
    """The rank of each of n words by frequency, from 0; equal counts, and words without any, in their order."""
    ranks = np.arange(n)
    if counts is not None:
        ranks[np.argsort(-np.asarray(counts), kind="stable")] = np.arange(n)
    return ranks


def _diffuse(unit: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Which words are too common to name anything, bool: function words, in any language.

    The most frequent words are, and of the next those whose neighbours are far for a word of the middle: they stand
    beside words of every kind.
    """
    n = len(ranks)
    found = ranks < min(ALWAYS_COMMON, n // 20)
    frequent = np.flatnonzero(ranks < min(OFTEN_COMMON, n // 4))
    middle = np.flatnonzero((ranks >= n // 4) & (ranks < n // 2))[:OFTEN_COMMON]
    if len(middle) > NEAREST:
        found[frequent[_nearness(unit, frequent) < LEAST_NEAR * np.median(_nearness(unit, middle))]] = True
    return found


def document_names(corpus: Corpus, ids: np.ndarray, codes: np.ndarray, n: int) -> list[list[str]]:
    """For each group of documents up to two words of greatest class TF-IDF among those it has more of than the rest."""
    groups = np.full(corpus.n_documents, -1, np.int64)
    groups[ids] = codes
    words = corpus.vocabulary.words
    weights, documents = document_word_weights(corpus, groups, n)
    totals = weights.sum(axis=0)
    share = weights / np.maximum(totals, 1e-9)
    elsewhere = (weights.sum(axis=1, keepdims=True) - weights) / np.maximum(totals.sum() - totals, 1e-9)
    lead = share / np.maximum(elsewhere, share / MOST_LEAD + 1e-12)
    sizes = np.bincount(np.asarray(codes), minlength=n)
    score = class_tf_idf(weights, totals) * np.log(np.maximum(lead, 1))
    score *= (documents / np.maximum(sizes, 1)) ** 0.25  # a little for what many of its documents have
    score[(lead < LEAST_LEAD) | (documents < np.minimum(3, sizes))] = 0
    found = []
    for code in range(n):
        top = np.argsort(-score[:, code], kind="stable")[:60]
        top = top[score[top, code] > 0]
        kind = np.exp(5 * np.array([NAMING.get(part_of_speech(words[i]), 0.0) for i in top]))
        top = top[np.argsort(-score[top, code] * kind, kind="stable")]
        found.append(unlike([words[i] for i in top[can_name([words[i] for i in top])]]))
    return found


def class_tf_idf(counts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Class TF-IDF of each word for each class of documents, float64 (n_words, n_classes): tf * log(1 + A / f).

    tf is the word's share of the tokens of the class, f its occurrences in all classes, A the mean number of tokens of
    a class (Grootendorst 2022, "BERTopic", section 3.3).

    counts: (n_words, n_classes); totals: (n_classes,), all tokens.
    """
    share = counts / np.maximum(totals, 1)
    return share * np.log1p(totals.mean() / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def unlike(words: list[str], most: int = NAMED_BY) -> list[str]:
    """The first `most` of the words without those that are another form of one before: city, capital, not cities."""
    found: list[str] = []
    for word in words:
        if len(found) == most:
            break
        if not any(same_stem(word, other) for other in found):
            found.append(word)
    return found


def same_stem(a: str, b: str) -> bool:
    """Whether two words look like forms of one: city and cities, but not capital and captain.

    They share their beginning up to three letters of both, or seven tenths of the shorter one, or one holds the other.
    """
    a, b = a.casefold().removesuffix("'s"), b.casefold().removesuffix("'s")
    short, long = sorted((a, b), key=len)
    if short in long and len(short) >= CASED:
        return True
    same = next((i for i, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    return same >= CASED and (len(long) - same <= CASED or same >= 0.7 * len(short))


def _nearness(unit: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The mean cosine of each row with its ten nearest others among the first 20,000 words, float32."""
    near = unit[rows] @ unit[:20_000].T
    top = np.partition(near, -NEAREST - 1, axis=1)[:, -NEAREST - 1 :]
    return (top.sum(axis=1) - top.max(axis=1)) / NEAREST


def can_name(words: list[str]) -> np.ndarray:
    """Which tokens can stand in a name, bool: letters alone, more than two where the script has capitals, and none of
    the English function words."""
    return np.array([_is_word(word) for word in words], bool) & ~function_words(words)


def _is_word(word: str) -> bool:
    bare = re.sub("[-_'’]", "", word)
    if len(LETTER.findall(bare)) < len(bare) or word[:1] in "-_'’" or word.endswith(("'s", "’s")):
        return False
    return word.lower() not in STOPWORDS["english"] and len(bare) >= (CASED if word.lower() != word.upper() else 1)
