"""Vocabulary: words with their counts, most frequent first, and the tables that training draws from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, UnknownWord
from embedlab.core.files import Kept, read_array, read_json_list, write_array, write_json


@dataclass(frozen=True)
class Vocabulary:
    """Words ordered by count descending, then by word, so that ids are reproducible.

    words: list of distinct str; counts: int64 (n_words,).
    """

    words: list[str]
    counts: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self.ids

    @classmethod
    def from_counts(cls, counts: dict[str, int]) -> "Vocabulary":
        """The vocabulary of a word -> count mapping."""
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(words, np.array([counts[word] for word in words], np.int64))

    @cached_property
    def ids(self) -> dict[str, int]:
        """word -> id."""
        return {word: i for i, word in enumerate(self.words)}

    def id(self, word: str) -> int:
        """The id of `word`; UnknownWord if it is not here."""
        try:
            return self.ids[word]
        except KeyError:
            raise UnknownWord(f"{word!r} is not among the {len(self):,} words of this vocabulary.") from None

    def head(self, *, min_count: int = 1, max_words: int | None = None) -> "Vocabulary":
        """The part that stays when words seen less than `min_count` times, and all past `max_words`, go."""
        n = int(np.searchsorted(-self.counts, -min_count, side="right"))
        n = n if max_words is None else min(n, max_words)
        return Vocabulary(self.words[:n], self.counts[:n])

    def keep_probability(self, sample: float) -> np.ndarray:
        """Probability that one occurrence survives subsampling, float64 (n_words,); all ones when sample is 0.

        (sqrt(f / sample) + 1) * sample / f with f the word's share of all tokens: the form used by the original
        word2vec program (Mikolov et al. 2013, "Distributed representations of words and phrases", section 2.3).
        """
        if not sample or not len(self):
            return np.ones(len(self))
        share = self.counts / self.counts.sum()
        return np.minimum((np.sqrt(share / sample) + 1) * sample / share, 1.0)

    def noise_distribution(self, power: float = 0.75) -> np.ndarray:
        """Probability of each word as a negative sample, float64 (n_words,): count^power, normalised (ibid., 2.2)."""
        weight = self.counts.astype(np.float64) ** power
        return weight / weight.sum()

    def save(self, folder: Path) -> None:
        """Write words.json and counts.npy into `folder`."""
        write_json(folder / "words.json", self.words)
        write_array(folder / "counts.npy", self.counts)

    @classmethod
    def load(cls, folder: Path, corpus: str = "") -> "Vocabulary":
        """The vocabulary saved in `folder`, of the corpus of that name.

        BadInput if its files are damaged or disagree.
        """
        kept = Kept.of_corpus(corpus or folder.name)
        words, counts = read_json_list(folder / "words.json", kept), read_array(folder / "counts.npy", kept)
        if len(words) != len(counts):
            raise BadInput(
                f"The vocabulary in {folder.name} has {len(words):,} words but {len(counts):,} counts. "
                "Delete the corpus and add it again."
            )
        return cls(words, counts)
