"""The words that a word model keeps, and the error when they are too few."""

from embedlab.core.errors import TrainingFailed
from embedlab.core.sizes import count_of
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary


def require_words(corpus: Corpus) -> None:
    """TrainingFailed for a corpus without a word in it, which no family that reads texts can do anything with."""
    if not corpus.n_documents or not corpus.n_types:
        raise TrainingFailed(f"The corpus {corpus.name!r} holds no words. Add text, or loosen its preprocessing.")


def kept_vocabulary(corpus: Corpus, min_count: int) -> Vocabulary:
    """The words seen at least `min_count` times; TrainingFailed if fewer than two are left."""
    vocabulary = corpus.vocabulary.head(min_count=min_count)
    if len(vocabulary) >= 2:
        return vocabulary
    require_words(corpus)
    if not len(vocabulary):
        raise TrainingFailed(
            f"No word occurs {count_of(min_count, 'time')} in {corpus.name!r}; the most frequent, "
            f"{corpus.vocabulary.words[0]!r}, occurs {count_of(corpus.vocabulary.counts[0], 'time')}. "
            "Lower the minimum count or add text."
        )
    raise TrainingFailed(
        f"Only one word, {vocabulary.words[0]!r}, occurs at least {count_of(min_count, 'time')} in {corpus.name!r}; "
        "training needs two or more. Lower the minimum count or add text."
    )


def dimension_warnings(dim: int, n_words: int) -> list[str]:
    """A sentence if vectors are longer than there are words, else nothing: allowed, but a waste."""
    if dim <= n_words:
        return []
    return [
        f"{dim:,} dimensions for {n_words:,} words: every word could have a dimension of its own, so the vectors "
        "will hardly generalise. Use fewer dimensions or more text."
    ]
