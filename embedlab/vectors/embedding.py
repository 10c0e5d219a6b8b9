"""Embedding: items and their vectors, and the questions one asks of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, UnknownWord
from embedlab.core.files import Kept, read_array, read_json_list, write_array, write_json
from embedlab.data.spelling import closest, spelled

EPSILON = 0.001  # of 3CosMul: Levy and Goldberg 2014, equation 4
BLOCK_SCORES = 512  # of which only the best is looked at first
LEANING = 0.3  # mean cosine of random pairs from which cosines are said to be high anyway


@dataclass(frozen=True)
class Neighbour:
    """One answer: the word, its cosine (or 3CosMul ratio) with the question, how often the corpus has it."""

    word: str
    score: float
    count: int | None = None


@dataclass(frozen=True, eq=False)
class Embedding:
    """words: n distinct str; vectors: float32 (n, dim), finite, read-only; counts: int64 (n,) or None."""

    words: list[str]
    vectors: np.ndarray
    counts: np.ndarray | None = None

    def __post_init__(self):
        vectors = np.ascontiguousarray(self.vectors, np.float32).view()  # a view: the caller's array stays writable
        if vectors.ndim != 2 or len(vectors) != len(self.words):
            raise BadInput(f"{len(self.words):,} words need as many vectors; got an array of shape {vectors.shape}.")
        if not np.isfinite(vectors).all():
            bad = self.words[int(np.flatnonzero(~np.isfinite(vectors).all(1))[0])]
            raise BadInput(f"The vector of {bad!r} holds a value that is no number. Train at a lower learning rate.")
        if len(self.ids) != len(self.words):
            raise BadInput(f"{len(self.words) - len(self.ids):,} words occur more than once; each may have one vector.")
        if self.counts is not None and len(self.counts) != len(self.words):
            raise BadInput(f"{len(self.words):,} words need as many counts; got {len(self.counts):,}.")
        vectors.flags.writeable = False
        object.__setattr__(self, "vectors", vectors)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.ids

    def __getitem__(self, word: str) -> np.ndarray:
        return self.vectors[self.id(word)]

    @property
    def dim(self) -> int:
        return self.vectors.shape[1]

    @cached_property
    def ids(self) -> dict[str, int]:
        """word -> row."""
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> np.ndarray:
        """The vectors at length one (zero vectors stay zero), float32 (n, dim), read-only."""
        unit = normalised(self.vectors)
        unit.flags.writeable = False
        return unit

    @cached_property
    def random_cosine(self) -> float:
        """The mean cosine of two different words: the yardstick of every cosine of this embedding."""
        return mean_cosine(self.unit)

    def id(self, word: str) -> int:
        """The row of `word`, or of its spelling in this run; UnknownWord, with close spellings, if it is not here.

        Finding the spellings takes tens of milliseconds: loops over many words ask `ids.get` instead.
        """
        row = spelled(word, self.ids)
        if row is None:
            near = self.closest_spellings(word)
            hint = f" Closest spellings: {', '.join(near)}." if near else " No word is spelled like it."
            raise UnknownWord(f"{word!r} is not among the {len(self):,} words of this run.{hint}", near, word)
        return row

    def rows(self, words: Iterable[str]) -> np.ndarray:
        """The rows of `words`, int64; UnknownWord for the first that is not here."""
        return np.array([self.id(word) for word in words], np.int64)

    def closest_spellings(self, word: str, n: int = 5) -> tuple[str, ...]:
        """Up to `n` words spelled most like `word`, fewest edits first, then the more frequent; may be empty."""
        return tuple(self.words[i] for i in closest(word, self.words, n=n))

    def neighbours(self, query: str | np.ndarray, k: int = 10, exclude: Iterable[str] = ()) -> list[Neighbour]:
        """The `k` words of highest cosine with a word or a vector of length dim; the word itself is left out."""
        if isinstance(query, str):
            direction, left_out = self._direction(self.id(query)), {self.id(query)}
        else:
            direction, left_out = self._query_vector(query), set()
        left_out |= {self.ids[word] for word in exclude if word in self.ids}
        return self._best(np.clip(self.unit @ direction, -1, 1), k, left_out)

    def analogy(self, a: str, b: str, c: str, k: int = 10, method: str = "add") -> list[Neighbour]:
        """The `k` best answers to "a is to b as c is to ?"; a, b and c are left out.

        "add" is 3CosAdd: the cosine with b - a + c (Mikolov et al. 2013). "mul" is 3CosMul, b * c / (a + 0.001) of
        cosines shifted to 0..1 (Levy and Goldberg 2014, "Linguistic regularities in sparse and explicit word
        representations", equation 4): a ratio, which may exceed 1.
        """
        rows = [self.id(word) for word in (a, b, c)]
        ua, ub, uc = (self._direction(row) for row in rows)
        if method == "add":
            target = ub - ua + uc
            scores = np.clip(self.unit @ (target / (np.linalg.norm(target) or 1)), -1, 1)
        elif method == "mul":
            sim = (1 + np.clip(self.unit @ np.stack([ua, ub, uc], axis=1), -1, 1)) / 2
            scores = sim[:, 1] * sim[:, 2] / (sim[:, 0] + EPSILON)
        else:
            raise BadSetting(f"The analogy method is 'add' or 'mul'; got {method!r}.")
        return self._best(scores, k, set(rows))

    def odd_one_out(self, words: Sequence[str]) -> tuple[str, dict[str, float]]:
        """The word that fits the others least, and each word's cosine with the mean direction of them all."""
        words = list(dict.fromkeys(words))
        if len(words) < 3:
            raise BadInput(f"Odd one out needs at least three different words; got {len(words)}.")
        unit = self.unit[self.rows(words)]
        mean = unit.mean(axis=0)
        scores = np.clip(unit @ (mean / (np.linalg.norm(mean) or 1)), -1, 1)
        return words[int(scores.argmin())], dict(zip(words, scores.tolist(), strict=True))

    def similarity_matrix(self, words: Sequence[str]) -> np.ndarray:
        """Cosine of every word with every other, float32 (n, n), symmetric."""
        unit = self.unit[self.rows(words)]
        return np.clip(unit @ unit.T, -1, 1)

    def axis(self, pairs: Iterable[tuple[str, str]]) -> np.ndarray:
        """The direction that leads from the first to the second word of each pair, float32 (dim,), length one.

        It is the mean of the differences b - a of unit vectors, each brought to length one first, so that no pair
        outweighs another.
        """
        pairs = list(pairs)
        if not pairs:
            raise BadInput("An axis needs at least one pair of words, such as man - woman.")
        steps = self.unit[self.rows(b for _, b in pairs)] - self.unit[self.rows(a for a, _ in pairs)]
        for (a, b), step in zip(pairs, steps, strict=True):
            if not np.linalg.norm(step) > 1e-6:
                raise BadInput(f"{a!r} and {b!r} point the same way, so they define no axis. Choose another pair.")
        mean = normalised(steps).mean(axis=0)
        if not np.linalg.norm(mean) > 1e-6:
            raise BadInput("The pairs of this axis cancel out. Turn them the same way: low - high, small - large.")
        return normalised(mean[None])[0]

    def positions(self, words: Sequence[str], axis: np.ndarray) -> np.ndarray:
        """Cosine of each word with an axis, float32 (n,): positive towards the second words of its pairs."""
        return np.clip(self.unit[self.rows(words)] @ axis, -1, 1)

    def project_on_axes(self, words: Sequence[str], axes: Iterable[Iterable[tuple[str, str]]]) -> np.ndarray:
        """Where `words` lie on each axis given by its pairs, float32 (n_words, n_axes)."""
        return np.stack([self.positions(words, self.axis(pairs)) for pairs in axes], axis=1)

    def save(self, folder: Path) -> None:
        """Write words.json, vectors.npy and counts.npy into `folder`, each of them at once."""
        folder = Path(folder)
        if self.counts is None:
            (folder / "counts.npy").unlink(missing_ok=True)
        else:
            write_array(folder / "counts.npy", np.asarray(self.counts, np.int64))
        write_json(folder / "words.json", self.words)
        write_array(folder / "vectors.npy", self.vectors)

    @classmethod
    def load(cls, folder: Path) -> "Embedding":
        """The embedding saved in `folder`; NotFound if there is none, BadInput if its files are damaged."""
        folder = Path(folder)
        kept = Kept(
            f"The embedding in {folder.name!r}",
            f"{folder.name!r} holds no embedding. Choose another run or train again.",
            "Train or import again.",
        )
        words = read_json_list(folder / "words.json", kept)
        vectors = read_array(folder / "vectors.npy", kept)
        has_counts = (folder / "counts.npy").exists()
        counts = read_array(folder / "counts.npy", kept) if has_counts else None
        if vectors.dtype.kind not in "fiu":
            raise kept.damaged(folder / "vectors.npy", "no array of numbers")
        return cls(words, vectors, counts)

    def _direction(self, row: int) -> np.ndarray:
        """Unit vector of a row; BadInput if its vector is zero, for then it has no cosine."""
        if not self.unit[row].any():
            raise BadInput(f"The vector of {self.words[row]!r} is zero, so nothing is near it. Choose another word.")
        return self.unit[row]

    def _query_vector(self, query: np.ndarray) -> np.ndarray:
        """A vector given as a question, at length one, float32 (dim,)."""
        query = np.asarray(query, np.float64)
        if query.shape != (self.dim,) or not np.isfinite(query).all() or not query.any():
            raise BadInput(f"A query vector needs {self.dim} numbers that are not all zero; got shape {query.shape}.")
        return (query / np.linalg.norm(query)).astype(np.float32)

    def _best(self, scores: np.ndarray, k: int, left_out: set[int]) -> list[Neighbour]:
        """The `k` rows of highest score as Neighbours."""
        if k < 1:
            raise BadSetting(f"The number of neighbours must be at least 1; got {k}.")
        rows = [row for row in top_rows(scores, k + len(left_out)).tolist() if row not in left_out][:k]
        return [Neighbour(self.words[row], float(scores[row]), self._count(row)) for row in rows]

    def _count(self, row: int) -> int | None:
        return None if self.counts is None else int(self.counts[row])


def normalised(vectors: np.ndarray) -> np.ndarray:
    """The rows at length one, zero rows unchanged, float32 (n, dim)."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length == 0, 1, length)).astype(np.float32, copy=False)


def mean_cosine(unit: np.ndarray) -> float:
    """The mean cosine of all pairs of different rows of length one; zero rows are left out, 0.0 for under two rows.

    The square of the sum of n unit vectors is n plus the cosines of all ordered pairs, so no pair is drawn.
    """
    n = int(unit.any(axis=1).sum())
    total = unit.sum(axis=0, dtype=np.float64)
    return float((total @ total - n) / (n * (n - 1))) if n > 1 else 0.0


def beside_random(random_cosine: float, cosine: float | None = None, what: str = "words") -> str:
    """A sentence on the mean cosine of random pairs, sharper where it makes all cosines high; cosine: the one shown."""
    if random_cosine < LEANING:
        return f"Two random {what} of this run have a cosine of {random_cosine:.2f} on average."
    shown = "Cosines are high here" if cosine is None else f"{cosine:.2f}"
    return (
        f"{shown}, but any two {what} of this run have {random_cosine:.2f} on average. "
        "All its vectors lean one way, so only what lies above this number says that two are alike."
    )


def top_rows(scores: np.ndarray, k: int) -> np.ndarray:
    """The `k` positions of highest score, best first; equal scores in row order, also at the cut."""
    k = min(k, len(scores))
    if k < 1:
        return np.empty(0, np.int64)
    rows = np.flatnonzero(scores >= _reached_by(scores, k))
    return rows[np.argsort(-scores[rows], kind="stable")][:k]


def _reached_by(scores: np.ndarray, k: int) -> float:
    """A score that at least `k` of them reach, and few more.

    With many scores it is the k-th best of the best of each block, which costs one pass instead of a partition.
    """
    n_blocks = len(scores) // BLOCK_SCORES
    if n_blocks >= 4 * k:
        scores = scores[: n_blocks * BLOCK_SCORES].reshape(n_blocks, BLOCK_SCORES).max(axis=1)
    return np.partition(scores, len(scores) - k)[len(scores) - k]


def nearest_rows(vectors: np.ndarray, query: np.ndarray, k: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `vectors` (n, dim) of highest cosine with `query` (dim,), best first, and those cosines.

    For rows that are no words, such as the documents of a transformer run. Zero rows score 0.
    """
    length = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    scores = np.clip(vectors @ np.asarray(query, vectors.dtype) / np.where(length == 0, 1, length), -1, 1)
    rows = top_rows(scores, k)
    return rows, scores[rows]
