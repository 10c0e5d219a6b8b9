"""How a run turns texts into vectors: by its own encoder, or from its words by mean or by SIF weighting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.progress import Progress, Report
from embedlab.data.corpus import Corpus
from embedlab.data.tokens.preprocess import Preprocessing, sentences
from embedlab.evaluation.words.spelling import fold_index, folded
from embedlab.vectors.embedding import Embedding

SIF = 1e-3  # the constant a of Arora, Liang and Ma 2017
STEP = 500  # texts between two reports
BAG_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Encoded:
    """Vectors of groups of texts. vectors, random: one float32 (n, dim) a group; a text of no known word is a zero row.

    unknown: share of the tokens that the run has no vector for, None for an encoder, which takes any text.
    """

    vectors: list[np.ndarray]
    random: list[np.ndarray]
    unknown: float | None
    about: str


Reader = Callable[..., Encoded]


def word_reader(embedding: Embedding, corpus: Corpus | None = None, *, weighting: str = "mean") -> Reader:
    """A reader that makes a text's vector from the vectors of its words, cut as the corpus of the run was cut.

    "mean" is the plain mean. "sif" weighs each word by a / (a + p(word)) and takes the first singular vector of the
    first group off all groups (Arora, Liang and Ma 2017, algorithm 1); p comes from the counts of the run, or from the
    rank by Zipf's law where it has none. The random vectors are one a word, read in the same way.
    """
    share = (
        np.asarray(embedding.counts, np.float64)
        if embedding.counts is not None
        else 1 / np.arange(1, len(embedding) + 1)
    )
    share = share / max(share.sum(), 1)
    weight = SIF / (SIF + share) if weighting == "sif" else np.ones(len(embedding))
    cut = _cutter(embedding, corpus)

    def read(groups: Sequence[Sequence[str]], *, seed: int, report: Report) -> Encoded:
        total, done, bags, n_all, n_known = sum(map(len, groups)), 0, [], 0, 0
        for group in groups:
            bag, known, tokens = _bag(group, cut, weight, lambda n: report(Progress(done + n, total, "Reading texts")))  # noqa: B023
            bags.append(bag)
            done, n_all, n_known = done + len(group), n_all + tokens, n_known + known
        used = np.unique(np.concatenate([bag.indices for bag in bags]))
        noise = np.random.default_rng([seed, 1]).standard_normal((len(used), embedding.dim), np.float32)
        made = [[_dense(bag[:, used], table) for bag in bags] for table in (embedding.vectors[used], noise)]
        if weighting == "sif":
            made = [_without_common_direction(vectors) for vectors in made]
        about = {
            "mean": "A text is the mean of its word vectors.",
            "sif": "A text is the SIF-weighted mean of its word vectors, less their common direction.",
        }[weighting]
        return Encoded(*made, 1 - n_known / n_all if n_all else None, about)

    return read


def encoder_reader(load: Callable[[], object]) -> Reader:
    """A reader that asks a sentence encoder, loaded when first needed; equal texts are encoded once.

    The random vectors are one a different text.
    """

    def read(groups: Sequence[Sequence[str]], *, seed: int, report: Report) -> Encoded:
        report(Progress(0, 1, "Loading the encoder"))
        encoder = load()
        texts = list(dict.fromkeys(text for group in groups for text in group))
        place = {text: i for i, text in enumerate(texts)}
        vectors = encoder.encode(
            len(texts), texts.__getitem__, tick=lambda n: report(Progress(n, len(texts), "Encoding texts"))
        )
        noise = np.random.default_rng([seed, 1]).standard_normal(vectors.shape, np.float32)
        rows = [np.array([place[text] for text in group], np.int64) for group in groups]
        return Encoded(
            [vectors[r] for r in rows], [noise[r] for r in rows], None, "Texts are read by the run's own encoder."
        )

    return read


def _cutter(embedding: Embedding, corpus: Corpus | None) -> Callable[[str], list[int]]:
    """A function from a text to the rows of its words, -1 for a word that the run does not have."""
    prep = corpus.preprocessing if corpus is not None else Preprocessing()
    phrases = corpus.phrases if corpus is not None else None
    exact, known = embedding.ids, fold_index(embedding.words)

    def cut(text: str) -> list[int]:
        tokens = [token for _, _, found in sentences(text, prep) for token in found]
        tokens = phrases.join(tokens) if phrases is not None else tokens
        return [exact.get(token, known.get(folded(token), -1)) for token in tokens]

    return cut


def _bag(texts: Sequence[str], cut, weight: np.ndarray, tick: Callable[[int], None]):
    """(sparse float32 (n_texts, n_words) whose rows give the weighted mean, known tokens, all tokens)."""
    from scipy.sparse import csr_array

    rows, starts, n_all = [], [0], 0
    for i, text in enumerate(texts):
        found = cut(text)
        known = [row for row in found if row >= 0]
        rows += known
        starts.append(len(rows))
        n_all += len(found)
        if i % STEP == 0:
            tick(i)
    rows, starts = np.array(rows, np.int64), np.array(starts)
    data = weight[rows] / np.repeat(np.maximum(np.diff(starts), 1), np.diff(starts))
    return csr_array((data.astype(np.float32), rows, starts), shape=(len(texts), len(weight))), len(rows), n_all


def _dense(bag, table: np.ndarray) -> np.ndarray:
    return np.concatenate(
        [
            np.zeros((0, table.shape[1]), np.float32),
            *(bag[first : first + BAG_ROWS] @ table for first in range(0, bag.shape[0], BAG_ROWS)),
        ]
    )


def _without_common_direction(groups: list[np.ndarray]) -> list[np.ndarray]:
    """All groups less their projection on the first right singular vector of the first one."""
    common = common_direction(groups[0])
    return [vectors - np.outer(vectors @ common, common) for vectors in groups]


def common_direction(vectors: np.ndarray) -> np.ndarray:
    """The first right singular vector of the rows, float32 (dim,)."""
    _, axes = np.linalg.eigh(vectors.T.astype(np.float64) @ vectors)
    return axes[:, -1].astype(np.float32)


def word_counts(groups: Sequence[Sequence[str]]) -> list:
    """TF-IDF vectors of the texts, sparse, fitted on the first group: what counting words alone can tell."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    fitted = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    try:
        return [fitted.fit_transform(groups[0]), *(fitted.transform(group) for group in groups[1:])]
    except ValueError:  # no text holds a single word
        from scipy.sparse import csr_array

        return [csr_array((len(group), 1)) for group in groups]
