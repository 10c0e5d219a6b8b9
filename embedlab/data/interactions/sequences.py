"""Sequences: choices as the models of words read a corpus, with sessions for sentences and items for words."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from embedlab.data.interactions.choices import Choices
from embedlab.data.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class Sequences:
    """What models of words ask of a corpus: tokens, where sentences start, and the vocabulary.

    A token is a place in `vocabulary`, whose items were seen in training, the most chosen first; `items`, int64, are
    their numbers in the interactions. Each session is one sentence and one document.
    """

    id: str
    name: str
    folder: Path
    vocabulary: Vocabulary
    items: np.ndarray
    tokens: np.ndarray
    sentences: np.ndarray

    @property
    def n_tokens(self) -> int:
        return len(self.tokens)

    @property
    def n_types(self) -> int:
        return len(self.vocabulary)

    @property
    def n_sentences(self) -> int:
        return len(self.sentences) - 1

    @property
    def n_documents(self) -> int:
        return self.n_sentences

    @cached_property
    def documents(self) -> np.ndarray:
        """Where each document starts in sentences, int64."""
        return np.arange(self.n_sentences + 1, dtype=np.int64)

    @property
    def longest(self) -> int:
        """The number of items of the longest session."""
        return int(np.diff(self.sentences).max(initial=0))


@dataclass(frozen=True)
class Source:
    """Where sequences come from: a name for messages, a folder for what is kept, and the names of all items."""

    id: str
    name: str
    folder: Path
    names: Sequence[str]


def sequences_of(choices: Choices, source: Source, *, seed: int | None = None) -> Sequences:
    """The choices of each user as one session. seed: shuffle each session by it; None keeps the order."""
    counts = choices.counts
    seen = np.flatnonzero(counts > 0)
    items = seen[np.lexsort((seen, -counts[seen]))]
    place = np.full(choices.n_items, -1, np.int32)
    place[items] = np.arange(len(items), dtype=np.int32)
    tokens = place[choices.items]
    if seed is not None:
        order = np.lexsort((np.random.default_rng(seed).random(len(tokens)), choices.users))
        tokens = tokens[order]
    offsets = np.unique(choices.offsets)  # without users who chose nothing
    vocabulary = Vocabulary([source.names[item] for item in items], counts[items])
    id = f"{source.id}-{'order' if seed is None else f'shuffled-{seed}'}-{len(tokens)}"
    return Sequences(id, source.name, source.folder, vocabulary, items, np.ascontiguousarray(tokens), offsets)
