"""What the questions about a word begin with: examples that say something on the run, around the word itself."""

from embedlab.lab.examples import examples_of
from embedlab.vectors.embedding import Embedding

OFFERED = 6  # words to click beside the box


def offered(embedding: Embedding) -> list[str]:
    """The words that the page offers, each of another theme as far as there are themes."""
    return list(examples_of(embedding).words[:OFFERED]) or embedding.words[:OFFERED]


def pair_for(embedding: Embedding, word: str) -> tuple[str, str]:
    """Two words (a, b) to ask "a is to b as `word` is to what": of an example about the word, else of any."""
    found = examples_of(embedding).analogies
    about = next((each for each in found if each[2] == word), None)
    usual = next((each for each in found if word not in each[:2]), None)
    a, b = (about or usual or (*_others(embedding, word, 2),))[:2]
    return a, b


def examples(embedding: Embedding, but: tuple[str, str, str]) -> list[tuple[str, str, str]]:
    """The first few analogies (a, b, c) that say something on the run, without the one that is asked already."""
    found = [each[:3] for each in examples_of(embedding).analogies[:5]]
    return [each for each in found if each != but][:4]


def several(embedding: Embedding, word: str, n: int) -> list[str]:
    """A word and words to set beside it: its nearest, and words of several themes."""
    near = [found.word for found in embedding.neighbours(word, k=n // 2)]
    return list(dict.fromkeys([word, *near, *examples_of(embedding).matrix, *_others(embedding, word, n)]))[:n]


def odd_ones(embedding: Embedding, word: str) -> list[str]:
    """A word, two of its nearest, and the one of other themes that is farthest from it."""
    near = [found.word for found in embedding.neighbours(word, k=2)]
    other = [found for found in _others(embedding, word, 12) if found not in near]
    here = embedding.unit[embedding.id(word)]
    stranger = min(other, key=lambda found: float(embedding.unit[embedding.ids[found]] @ here), default=None)
    return [word, *near, *([stranger] if stranger else [])]


def axes(embedding: Embedding) -> tuple[str, str]:
    """Two axes as they are typed: pairs low-high with commas between."""
    found = [", ".join(f"{a}-{b}" for a, b in axis.pairs[:3]) for axis in examples_of(embedding).axes[:2]]
    words = (embedding.words * 4)[:4]
    return tuple([*found, f"{words[0]}-{words[1]}", f"{words[2]}-{words[3]}"][:2])


def poles(embedding: Embedding) -> list[str]:
    """Four items that two axes lead between: from the first to the second, and from the third to the fourth."""
    found = [title for axis in examples_of(embedding).axes[:2] for title in axis.pairs[0]]
    return [*found, *(embedding.words * 4)[:4]][:4]


def _others(embedding: Embedding, word: str, n: int) -> list[str]:
    """Example words besides the word itself; the most frequent ones where a run has few."""
    words = dict.fromkeys((*examples_of(embedding).words, *embedding.words[: n + 1]))
    return [each for each in words if each != word][:n]
