"""Phrases: words that keep company more often than chance, joined with an underscore (gensim's Phrases underneath).

Mikolov et al. 2013, "Distributed representations of words and phrases", equation 6. Learning streams over the
sentences and holds at most MAX_COUNTED words and pairs; applying is our own, since most sentences hold no phrase and
that can be seen at once.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from embedlab.core.files import write_json
from embedlab.data.tokens.preprocess import Preprocessing, sentences

MAX_COUNTED = 4_000_000


@dataclass(frozen=True, eq=False)
class PhraseModel:
    """What each pass joins: `passes[i]` maps "a_b" to its score. The second pass joins what the first has joined."""

    passes: tuple[dict[str, float], ...]

    def __len__(self) -> int:
        return sum(len(found) for found in self.passes)

    def join(self, tokens: list[str]) -> list[str]:
        """The tokens with phrases joined, from left to right."""
        for found in self.passes:
            tokens = _join(tokens, found)
        return tokens

    def save(self, folder: Path) -> None:
        """Write phrases.json into `folder`."""
        write_json(folder / "phrases.json", list(self.passes))

    @classmethod
    def load(cls, folder: Path) -> "PhraseModel | None":
        """The phrases saved in `folder`, None if there are none."""
        path = folder / "phrases.json"
        return cls(tuple(json.loads(path.read_text(encoding="utf-8")))) if path.exists() else None


def _join(tokens: list[str], found: dict[str, float]) -> list[str]:
    pairs = list(map("_".join, pairwise(tokens)))
    if not pairs or found.keys().isdisjoint(pairs):
        return tokens
    joined, skip = [], False
    for token, pair in zip(tokens, pairs + [""], strict=True):
        if skip:
            skip = False
        elif pair in found:
            joined.append(pair)
            skip = True
        else:
            joined.append(token)
    return joined


def learn_phrases(walk: Callable[[], Iterable[list[str]]], prep: Preprocessing) -> PhraseModel:
    """The phrases of a corpus; `walk()` starts a new walk over its tokens, one for each pass."""
    from gensim.models.phrases import FrozenPhrases, Phrases

    passes: tuple[dict[str, float], ...] = ()
    for _ in range(prep.phrases):
        known = PhraseModel(passes)
        counted = Phrases(min_count=prep.phrase_min_count, threshold=prep.phrase_threshold, max_vocab_size=MAX_COUNTED)
        counted.add_vocab(known.join(tokens) for tokens in walk())
        passes += ({phrase: round(float(score), 3) for phrase, score in FrozenPhrases(counted).phrasegrams.items()},)
    return PhraseModel(passes)


def sample_statistics(texts: Iterable[str], prep: Preprocessing) -> tuple[PhraseModel | None, Counter]:
    """(phrases, counts of words) of a sample of a corpus: what a preview needs to judge phrases and rare words by."""
    kept = [tokens for text in texts for _, _, tokens in sentences(text, prep)]
    phrases = learn_phrases(lambda: kept, prep) if prep.phrases else None
    return phrases, Counter(word for tokens in kept for word in (phrases.join(tokens) if phrases else tokens))
