"""Advice for families that learn one vector a word: whether text, dimensions, window and minimum count fit together."""

from collections.abc import Mapping

from embedlab.core.sizes import count_of
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.advice import Advice

FEW, ENOUGH = 100_000, 1_000_000  # tokens
TOKENS_A_DIMENSION = 1_000


def advise_words(corpus: Corpus, config, usual: Mapping) -> list[Advice]:
    """What to change; `config` has dim, window, epochs and min_count. usual: what “auto” becomes on this corpus."""
    kept = corpus.vocabulary.head(min_count=config.min_count)
    if not len(kept):
        return [_nothing_kept(corpus.vocabulary, config.min_count)]
    found = [
        _too_few_words(corpus.vocabulary, kept, config),
        _too_few_tokens(int(kept.counts.sum())),
        _too_many_dimensions(kept, config.dim, usual["dim"]),
        _too_few_epochs(config.epochs, usual["epochs"]),
        _window_too_wide(corpus, config.window),
        _many_dropped(corpus, kept, config.min_count, usual["min_count"]),
        _mostly_unique(corpus),
    ]
    return [advice for advice in found if advice is not None]


def _nothing_kept(vocabulary: Vocabulary, min_count: int) -> Advice:
    if not len(vocabulary):
        return Advice("warning", "The corpus holds no words, so nothing would be trained. Add text.", stops=True)
    word, count = vocabulary.words[0], int(vocabulary.counts[0])
    return Advice(
        "warning",
        f"No word occurs {count_of(min_count, 'time')}, so nothing would be trained. The most frequent one, {word!r}, "
        f"occurs {count_of(count, 'time')}: lower the minimum count.",
        "min_count",
        _fitting_count(vocabulary),
        stops=True,
    )


def _fitting_count(vocabulary: Vocabulary) -> int:
    """A minimum count that keeps a tenth of the words, or two of them."""
    return max(1, int(vocabulary.counts[min(max(1, len(vocabulary) // 10), len(vocabulary) - 1)]))


def _too_few_words(vocabulary: Vocabulary, kept: Vocabulary, config) -> Advice | None:
    if len(kept) < 2:
        lower = _fitting_count(vocabulary) if len(vocabulary) > 1 else None
        return Advice(
            "warning",
            f"Only {kept.words[0]!r} is left at minimum count {config.min_count:,}; one word has no neighbours. "
            "Lower the minimum count or add text.",
            "min_count" if lower else "",
            lower,
            stops=True,
        )
    if config.dim > len(kept):
        fewer = max(2, len(kept) // 10)
        return Advice(
            "warning",
            f"{config.dim:,} dimensions are more than the {len(kept):,} words that are left. Vectors would only learn "
            f"the text by heart: choose at most {fewer:,} or add text.",
            "dim",
            fewer,
        )
    return None


def _too_few_tokens(n_tokens: int) -> Advice | None:
    if n_tokens < FEW:
        return Advice(
            "warning",
            f"{n_tokens:,} tokens are few: neighbours will be shaky and change with the seed. "
            f"They become meaningful from about {ENOUGH:,} tokens; add text if you can.",
        )
    if n_tokens < ENOUGH:
        return Advice(
            "note",
            f"{n_tokens:,} tokens give useful neighbours for frequent words only. More text helps more than any "
            "setting.",
        )
    return None


def _too_many_dimensions(kept: Vocabulary, dim: int, usual: int) -> Advice | None:
    n_tokens = int(kept.counts.sum())
    if len(kept) < dim or dim <= usual or n_tokens >= TOKENS_A_DIMENSION * dim:
        return None
    return Advice(
        "note",
        f"{dim:,} dimensions need about {TOKENS_A_DIMENSION * dim:,} tokens; with {n_tokens:,} try {usual:,} "
        "dimensions.",
        "dim",
        usual,
    )


def _too_few_epochs(epochs: int, usual: int) -> Advice | None:
    if epochs > usual / 2:
        return None
    few = f"{count_of(epochs, 'epoch')} {'is' if epochs == 1 else 'are'} few"
    return Advice(
        "note",
        f"A text of this size can be read more often: {few}, try {usual}.",
        "epochs",
        usual,
    )


def _window_too_wide(corpus: Corpus, window: int) -> Advice | None:
    mean = corpus.n_tokens / max(corpus.n_sentences, 1)
    if window <= mean:
        return None
    smaller = max(1, int(mean))
    return Advice(
        "note",
        f"A window of {window} words is longer than most sentences, which have {mean:.1f} tokens on average. "
        f"Choose {smaller}, or let windows cross sentences within a document.",
        "window",
        smaller,
    )


def _many_dropped(corpus: Corpus, kept: Vocabulary, min_count: int, usual: int) -> Advice | None:
    lost = 1 - len(kept) / corpus.n_types
    if lost <= 0.5 or min_count <= usual:
        return None
    share = 1 - int(kept.counts.sum()) / corpus.n_tokens
    return Advice(
        "note",
        f"Minimum count {min_count:,} drops {lost:.0%} of the words, which are {share:.1%} of the tokens. "
        f"Lower it to {usual:,} if rare words matter to you.",
        "min_count",
        usual,
    )


def _mostly_unique(corpus: Corpus) -> Advice | None:
    if not corpus.n_tokens or corpus.n_types / corpus.n_tokens <= 0.5:
        return None
    return Advice(
        "warning",
        "Most words occur once. If the language is written without spaces, add the corpus again with segment=auto, "
        "which cuts it into words, or put spaces between the words first.",
    )
