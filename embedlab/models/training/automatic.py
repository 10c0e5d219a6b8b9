"""Automatic settings of word models: epochs, dimensions and minimum count from the size of the corpus.

The rules were fitted by bench/defaults.py; docs/defaults.md shows its curves.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from embedlab.core.settings import AUTO, settings_of
from embedlab.data.corpus import Corpus

Rule = Callable[[Corpus, Mapping], dict]


@dataclass(frozen=True)
class Line:
    """A setting that changes with the size of a corpus: straight between points, both axes logarithmic.

    points: (tokens, value), the smallest first; level before the first and after the last.
    """

    points: tuple[tuple[int, int], ...]

    def at(self, n_tokens: int) -> int:
        """The value for a corpus of so many tokens, rounded as people would: 7, 25, 60, 150."""
        tokens, values = np.log(np.array(self.points, float)).T
        value = float(np.exp(np.interp(np.log(max(n_tokens, 1)), tokens, values)))
        step = 1 if value < 15 else 5 if value < 50 else 10
        return max(1, round(value / step) * step)


WORDS_A_DIMENSION = 10  # at least, so that vectors cannot learn a tiny text by heart
DIM = Line(((30_000, 50), (1_000_000, 100)))
MIN_COUNT = Line(((2_000, 1), (20_000, 2), (200_000, 5)))


def rule(epochs: Callable[[Mapping], Line]) -> Rule:
    """What “auto” becomes for a family whose epochs follow the line that its settings name."""

    def automatic(corpus: Corpus, settings: Mapping) -> dict:
        n = corpus.n_tokens
        given = settings.get("min_count", AUTO)
        min_count = MIN_COUNT.at(n) if given == AUTO else given
        kept = len(corpus.vocabulary.head(min_count=min_count))
        dim = min(DIM.at(n), max(2, kept // WORDS_A_DIMENSION))
        return {"dim": dim, "epochs": epochs(settings).at(n), "min_count": MIN_COUNT.at(n)}

    return automatic


def with_numbers(config, corpus: Corpus, automatic: Rule):
    """The config with the number that each automatic setting becomes on this corpus; the same where there is none."""
    waiting = [s.name for s in settings_of(type(config)) if getattr(config, s.name) == AUTO and s.automatic]
    if not waiting:
        return config
    found = automatic(corpus, asdict(config))
    return replace(config, **{name: found[name] for name in waiting})
