"""What a group of points has more of than the others: words, values of attributes, endings, higher or lower numbers.

Only what is above chance is listed. Counts are compared by the exact hypergeometric test, numbers by ranks; a p-value
counts when it is below 0.01 after Bonferroni's correction for everything that was compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from embedlab.data.corpus import Corpus
from embedlab.data.points import Points, cell_words, distinct

LEVEL = 0.01
LEAST_RATIO = 1.5
LEAST_SEEN = 3  # members of the group with a word or value
READ = 4_000  # documents read at most of the group, and of the others
ENDINGS = (2, 3)
MOST = 8


@dataclass(frozen=True)
class Excess:
    """One thing that a group has more of than the others.

    kind: "word", "value", "ending" or "number". name: the attribute, "" for words and endings; value: what is more
    frequent. share, elsewhere: of the members, and of the other points, that have it; for a number the two medians.
    ratio: share over elsewhere, infinite where only the group has it; p: of the test, corrected.
    """

    kind: str
    name: str
    value: str
    share: float
    elsewhere: float
    ratio: float
    p: float

    @property
    def text(self) -> str:
        """What it is in a few words: label “sport”, words in -ing, year around 1994, elsewhere 2003."""
        if self.kind == "number":
            return f"{self.name} around {self.share:,.6g}, elsewhere {self.elsewhere:,.6g}"
        shown = {"word": f"“{self.value}”", "ending": f"words in -{self.value}"}
        return shown.get(self.kind, f"{self.name} “{self.value}”")


def above_chance(found: Iterable[Excess], compared: int) -> list[Excess]:
    """The excesses whose p-value holds after as many comparisons, corrected; those that tell most come first."""
    kept = [e for e in found if e.p * compared < LEVEL and (e.kind == "number" or e.ratio >= LEAST_RATIO)]
    corrected = [Excess(e.kind, e.name, e.value, e.share, e.elsewhere, e.ratio, e.p * compared) for e in kept]
    return sorted(corrected, key=_telling, reverse=True)


def _telling(excess: Excess) -> tuple[float, int]:
    """How much an excess tells of its group, for sorting: how common and how special it is, then how long a word."""
    return (0.5 if excess.kind == "number" else excess.share * float(np.log(min(excess.ratio, 100.0)))), len(
        excess.value
    )


def excess_words(corpus: Corpus, inside: np.ndarray, others: np.ndarray, *, seed: int = 1) -> list[Excess]:
    """Words that more documents of a group have than of the others, at most eight; both are numbers of documents.

    A word counts once a document, so that one long document does not speak for the group. Of a large group, and of the
    others, 4,000 documents are read.
    """
    rng = np.random.default_rng(seed)
    inside, others = (rows if len(rows) <= READ else rng.choice(rows, READ, replace=False) for rows in (inside, others))
    k, n = _documents_with(corpus, inside), _documents_with(corpus, others)
    words = np.flatnonzero(k >= LEAST_SEEN)
    found = _excesses(("word", ""), [corpus.vocabulary.words[i] for i in words], k[words], n[words], (inside, others))
    return above_chance(found, len(words))


def excess_values(points: Points, inside: np.ndarray) -> list[Excess]:
    """Values of attributes that a group of the points has more of, and numbers in which it is higher or lower.

    inside: bool (n,). Text that nearly every point has for itself is not compared.
    """
    import pyarrow as pa

    found, compared = [], 0
    for name in points.columns:
        column = points.column(name)
        if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
            values, codes = distinct(column)
            if len(values) > max(12, len(points) // 2):
                continue
            k = np.bincount(codes[inside & (codes >= 0)], minlength=len(values))
            n = np.bincount(codes[~inside & (codes >= 0)], minlength=len(values))
            shown = [cell_words(value) for value in values]
            found += _excesses(("value", name), shown, k, n, (codes[inside], codes[~inside]))
            compared += len(values)
        elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            numbers = np.asarray(column.cast(pa.float64()).fill_null(float("nan")).to_numpy(), np.float64)
            found += _shifted(name, numbers, inside)
            compared += 1
    return above_chance(found, compared)


def excess_endings(words: list[str], inside: np.ndarray) -> list[Excess]:
    """Endings of two or three letters that more words of a group have than of the others; inside: bool (n_words,)."""
    found, compared = [], 0
    for size in ENDINGS:
        ends = np.array([word[-size:] if len(word) >= size + 2 and word.isalpha() else "" for word in words])
        values, codes = np.unique(ends, return_inverse=True)
        k, n = (np.bincount(codes[rows], minlength=len(values)) for rows in (inside, ~inside))
        told = np.flatnonzero((k >= LEAST_SEEN) & (values != ""))
        found += _excesses(("ending", ""), values[told].tolist(), k[told], n[told], (codes[inside], codes[~inside]))
        compared += len(told)
    kept: list[Excess] = []
    for each in above_chance(found, compared):
        if not any(each.value.endswith(other.value) or other.value.endswith(each.value) for other in kept):
            kept.append(each)
    return kept


def _excesses(what: tuple[str, str], values: list[str], k: np.ndarray, n: np.ndarray, sides: tuple) -> list[Excess]:
    """Each value that k members of the group and n others have, with its exact p-value where it may be above chance.

    what: the kind and the name of the attribute. sides: the group and the others, of which only the numbers count.
    """
    from scipy.stats import hypergeom

    size, rest = len(sides[0]), max(len(sides[1]), 1)
    share, elsewhere = k / max(size, 1), n / rest
    ratio = np.divide(share, elsewhere, out=np.full(len(k), np.inf), where=elsewhere > 0)
    rows = np.flatnonzero((k >= LEAST_SEEN) & (ratio >= LEAST_RATIO))
    p = hypergeom.sf(k[rows] - 1, size + rest, k[rows] + n[rows], size)
    return [
        Excess(*what, values[i], float(share[i]), float(elsewhere[i]), float(ratio[i]), float(value))
        for i, value in zip(rows.tolist(), p.tolist(), strict=True)
    ]


def _shifted(name: str, numbers: np.ndarray, inside: np.ndarray) -> list[Excess]:
    """An attribute of numbers whose ranks differ between the group and the others, by Mann and Whitney's test."""
    from scipy.stats import mannwhitneyu

    a, b = (numbers[rows & np.isfinite(numbers)] for rows in (inside, ~inside))
    if len(a) < LEAST_SEEN or len(b) < LEAST_SEEN:
        return []
    low, high = float(np.median(a)), float(np.median(b))
    p = float(mannwhitneyu(a, b, method="asymptotic").pvalue)
    return [] if low == high else [Excess("number", name, "", low, high, low / high if high else np.inf, p)]


def _documents_with(corpus: Corpus, documents: np.ndarray) -> np.ndarray:
    """How many of these documents have each word, int64 (n_words,)."""
    n_words, starts = len(corpus.vocabulary), np.asarray(corpus.sentences)[np.asarray(corpus.documents)]
    parts = [np.unique(corpus.tokens[starts[row] : starts[row + 1]]) for row in documents.tolist()]
    tokens = np.concatenate(parts) if parts else np.zeros(0, np.int32)
    return np.bincount(tokens[tokens >= 0], minlength=n_words)
