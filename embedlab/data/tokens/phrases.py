"""Phrases: words that occur side by side more often than by chance, joined with an underscore.

Mikolov et al. 2013, "Distributed representations of words and phrases", equation 6, with the number of distinct words
and pairs as a factor, as in gensim. Learning streams over the sentences and holds about MAX_COUNTED words and pairs.
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
    passes: tuple[dict[str, float], ...] = ()
    for _ in range(prep.phrases):
        known = PhraseModel(passes)
        passes += (_scored(*_counted(map(known.join, walk())), prep),)
    return PhraseModel(passes)


def _counted(sentences: Iterable[list[str]]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Counts of words and of pairs (a, b). Beyond MAX_COUNTED, the rarest are dropped, more of them each time."""
    words: Counter = Counter()
    pairs: Counter = Counter()
    rare = 0
    for tokens in sentences:
        words.update(tokens)
        pairs.update(pairwise(tokens))
        if len(words) + len(pairs) > MAX_COUNTED:
            rare += 1
            words, pairs = (Counter({key: n for key, n in found.items() if n > rare}) for found in (words, pairs))
    return words, pairs


def _scored(words: Counter, pairs: Counter, prep: Preprocessing) -> dict[str, float]:
    """The pairs whose score is above the threshold: (count - minimum) / (count of a * count of b) * distinct."""
    distinct, found = len(words) + len(pairs), {}
    for (a, b), count in pairs.items():
        if words[a] and words[b]:  # a word may have been dropped as rare
            score = (count - prep.phrase_min_count) / words[a] / words[b] * distinct
            if score > prep.phrase_threshold:
                found[f"{a}_{b}"] = round(score, 3)
    return found


def sample_statistics(texts: Iterable[str], prep: Preprocessing) -> tuple[PhraseModel | None, Counter]:
    """(phrases, counts of words) of a sample of a corpus: what a preview needs to judge phrases and rare words by."""
    kept = [tokens for text in texts for _, _, tokens in sentences(text, prep)]
    phrases = learn_phrases(lambda: kept, prep) if prep.phrases else None
    return phrases, Counter(word for tokens in kept for word in (phrases.join(tokens) if phrases else tokens))
