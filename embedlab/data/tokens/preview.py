"""What preprocessing does to a few lines, token by token."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from embedlab.data.tokens.preprocess import NUMBER, Preprocessing, keep_word, raw_sentences, tokenizer


@dataclass(frozen=True)
class PreviewToken:
    """One token; `reason` says why it is dropped and is None for one that stays."""

    text: str
    reason: str | None = None


@dataclass(frozen=True)
class PreviewLine:
    """A line before and after: its sentences, each a tuple of tokens in reading order."""

    text: str
    sentences: tuple[tuple[PreviewToken, ...], ...]

    @property
    def kept(self) -> list[str]:
        """The tokens that stay."""
        return [token.text for sentence in self.sentences for token in sentence if token.reason is None]

    @property
    def dropped(self) -> list[PreviewToken]:
        """The tokens that go, each with its reason."""
        return [token for sentence in self.sentences for token in sentence if token.reason is not None]


def preview(lines, prep: Preprocessing, *, phrases=None, counts=None) -> list[PreviewLine]:
    """What becomes of each of the user's own lines: the tokens that stay and those that go, with the reason.

    `phrases` is a learned PhraseModel and `counts` maps words to their counts in a corpus; without them both are
    learned from these lines alone, so a minimum count above 1 drops most words of a few lines.
    """
    marked = [(line, [_marked(raw, prep) for _, _, raw in raw_sentences(line, tokenizer(prep))]) for line in lines]
    if prep.phrases:
        from embedlab.data.tokens.phrases import learn_phrases

        kept = [[token.text for token in s if token.reason is None] for _, found in marked for s in found]
        phrases = learn_phrases(lambda: kept, prep) if phrases is None else phrases
        marked = [(line, [_joined(sentence, phrases) for sentence in found]) for line, found in marked]
    why = _rarity([t.text for _, found in marked for s in found for t in s if t.reason is None], prep, counts)
    return [
        PreviewLine(
            line,
            tuple(
                tuple(token if token.reason else PreviewToken(token.text, why(token.text)) for token in sentence)
                for sentence in found
            ),
        )
        for line, found in marked
    ]


def _marked(raw: list[str], prep: Preprocessing) -> list[PreviewToken]:
    keep, marked = keep_word(prep), []
    for token in raw:
        word = keep(token)
        if word is None:
            word = token.strip("'_") if prep.tokenizer == "words" else token
            marked.append(PreviewToken(word, "number" if NUMBER.fullmatch(word) else "stop word"))
        elif word:
            marked.append(PreviewToken(word))
    return marked


def _joined(sentence: list[PreviewToken], phrases) -> list[PreviewToken]:
    """The sentence with its phrases joined; a dropped token inside a phrase moves behind it."""
    kept = [token.text for token in sentence if token.reason is None]
    groups: list[tuple[str, int]] = []  # (phrase, how many tokens it takes up)
    for word in phrases.join(kept):
        start = sum(size for _, size in groups)
        size = 1
        while "_".join(kept[start : start + size]) != word:
            size += 1
        groups.append((word, size))
    result, left = [], 0
    for token in sentence:
        if token.reason is not None:
            result.append(token)
        elif left:
            left -= 1
        else:
            word, size = groups.pop(0)
            left = size - 1
            result.append(PreviewToken(word))
    return result


def _rarity(tokens: list[str], prep: Preprocessing, counts) -> Callable[[str], str | None]:
    """A function from a word to the reason why its count drops it, or None."""
    counts = Counter(tokens) if counts is None else counts
    frequent = sorted((word for word in counts if counts[word] >= prep.min_count), key=lambda w: (-counts[w], w))
    kept = set(frequent[: prep.max_vocab])
    limit = prep.sample * sum(counts[word] for word in kept)
    rng = random.Random(0)

    def why(word: str) -> str | None:
        if counts.get(word, 0) < prep.min_count:
            return "rare"
        if word not in kept:
            return "beyond the maximum vocabulary"
        rate = counts[word] / limit if limit else 0.0  # the word's share over the sample rate, as in Vocabulary
        return "subsampled" if rate and rng.random() >= (rate**0.5 + 1) / rate else None

    return why
