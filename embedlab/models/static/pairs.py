"""Texts that belong together, as token ids: pairs of the corpus, neighbouring sentences, or two halves of a text."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.data.corpus import Corpus
from embedlab.models.encoders.static_encoder import TOGETHER, token_ids
from embedlab.models.static.config import StaticConfig

SAID = {
    "pairs": "the pairs of the corpus",
    "neighbours": "neighbouring sentences of a document",
    "halves": "two random halves of a text",
}


@dataclass(frozen=True, eq=False)
class Pairs:
    """n pairs of texts: rows of `left` and `right` (the same for halves), which hold token ids and where each text
    starts.

    what: "pairs", "neighbours" or "halves".
    """

    what: str
    left: tuple[np.ndarray, np.ndarray]
    right: tuple[np.ndarray, np.ndarray]
    first: np.ndarray
    second: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def batch(self, rows: np.ndarray, rng: np.random.Generator):
        """((ids, offsets), (ids, offsets), keys) of the pairs `rows`.

        Keys tell equal first texts. Halves are drawn by `rng`.
        """
        if self.what != "halves":
            one, other = _taken(*self.left, self.first[rows]), _taken(*self.right, self.second[rows])
            return _flat(one), _flat(other), [hash(ids.tobytes()) for ids in one]
        texts = _taken(*self.left, self.first[rows])
        mixed = [rng.permutation(ids) for ids in texts]
        return (
            _flat([ids[: len(ids) // 2] for ids in mixed]),
            _flat([ids[len(ids) // 2 :] for ids in mixed]),
            [hash(ids.tobytes()) for ids in texts],
        )


def find_pairs(corpus: Corpus, tokenizer, config: StaticConfig, *, seed: int, tick) -> Pairs:
    """The pairs that the objective asks for; TrainingFailed if the corpus has fewer than two."""
    what = config.objective
    many = corpus.n_sentences > corpus.n_documents
    if what == "auto":
        what = (
            "pairs" if corpus.has_pairs else "neighbours" if corpus.n_sentences >= 2 * corpus.n_documents else "halves"
        )
    if what == "pairs" and not corpus.has_pairs:
        raise TrainingFailed(
            f"{corpus.name!r} has no pairs of texts. Choose neighbouring sentences or halves, or add the corpus again "
            "with "
            "the column that holds the second text."
        )
    if what == "neighbours" and not many:
        raise TrainingFailed(
            f"Every document of {corpus.name!r} is one sentence, so none has a neighbour. Choose halves of a text."
        )
    found = {"pairs": _paired, "neighbours": _neighbours, "halves": _halves}[what](corpus, tokenizer, tick)
    kept = _usable(found)
    if len(kept) < 2:
        raise TrainingFailed(
            f"{corpus.name!r} gives {len(kept)} pairs of texts with something in both; training needs two or more. "
            "Add text."
        )
    if len(kept) > config.max_pairs:
        kept = np.sort(np.random.default_rng([seed, 4]).permutation(kept)[: config.max_pairs])
    return Pairs(found.what, found.left, found.right, found.first[kept], found.second[kept])


def _usable(pairs: Pairs) -> np.ndarray:
    """Pairs with two tokens or more in the text that is halved, or one in each of two texts that differ."""
    left, right = np.diff(pairs.left[1])[pairs.first], np.diff(pairs.right[1])[pairs.second]
    return np.flatnonzero(left >= 2 if pairs.what == "halves" else (left > 0) & (right > 0))


def _paired(corpus: Corpus, tokenizer, tick) -> Pairs:
    rows = np.arange(corpus.n_documents)
    return Pairs(
        "pairs",
        _tokens(tokenizer, corpus.n_documents, corpus.text, tick),
        _tokens(tokenizer, corpus.n_documents, corpus.pair, tick),
        rows,
        rows,
    )


def _neighbours(corpus: Corpus, tokenizer, tick) -> Pairs:
    sentences = _tokens(tokenizer, corpus.n_sentences, corpus.sentence_text, tick)
    last = np.zeros(corpus.n_sentences, bool)
    last[np.asarray(corpus.documents)[1:][np.diff(corpus.documents) > 0] - 1] = True
    first = np.flatnonzero(~last)
    return Pairs("neighbours", sentences, sentences, first, first + 1)


def _halves(corpus: Corpus, tokenizer, tick) -> Pairs:
    texts, rows = _tokens(tokenizer, corpus.n_documents, corpus.text, tick), np.arange(corpus.n_documents)
    return Pairs("halves", texts, texts, rows, rows)


def _tokens(tokenizer, n: int, text, tick) -> tuple[np.ndarray, np.ndarray]:
    """(token ids int32 of all texts one after the other, where each starts int64 (n + 1,))."""
    ids, lengths = [], []
    for first in range(0, n, TOGETHER):
        last = min(first + TOGETHER, n)
        found, starts = token_ids(tokenizer, [text(i) for i in range(first, last)])
        ids.append(found.astype(np.int32))
        lengths.append(np.diff(starts))
        tick(last, n)
    return np.concatenate(ids), np.concatenate([[0], np.cumsum(np.concatenate(lengths))])


def _taken(ids: np.ndarray, starts: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    return [ids[starts[row] : starts[row + 1]] for row in rows.tolist()]


def _flat(texts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in texts])[:-1]]).astype(np.int64)
    return np.concatenate(texts).astype(np.int64), offsets
