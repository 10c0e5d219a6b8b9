"""What the questions begin with: words, pairs and lists by theme, as far as the run knows them."""

import streamlit as st

from embedlab.store.runs import Run
from embedlab.ui.parts.pickers import example
from embedlab.vectors.embedding import Embedding

# Words that mean something to everyone, by theme; those that a run knows are offered, the most telling themes first.
THEMES = (
    ("king", "queen", "prince", "princess", "emperor"),
    ("music", "song", "album", "guitar", "piano", "concert"),
    ("football", "cricket", "tennis", "team", "coach", "match"),
    ("film", "movie", "actor", "director", "comedy", "drama"),
    ("doctor", "hospital", "patients", "disease", "nurse"),
    ("water", "river", "sea", "lake", "rain", "fire"),
    ("police", "court", "prison", "murder", "judge"),
    ("france", "germany", "spain", "italy", "japan", "india"),
    ("computer", "software", "internet", "data", "network"),
    ("market", "bank", "economy", "price", "trade"),
    ("war", "army", "soldiers", "peace", "battle"),
    ("dog", "cat", "horse", "bird", "fish"),
)
# a is to b as c is to ?
ANALOGIES = (
    ("man", "king", "woman"),
    ("france", "paris", "germany"),
    ("man", "he", "woman"),
    ("australia", "australian", "india"),
    ("good", "better", "bad"),
    ("day", "days", "year"),
    ("go", "went", "take"),
)
AXES = (
    ("man-woman, he-she", "bad-good, poor-rich"),
    ("he-she, his-her", "old-new, last-first"),
    ("small-large, little-great", "bad-good, old-new"),
)


def first_words(embedding: Embedding, n: int = 6) -> list[str]:
    """Words to begin with, each of another theme; frequent nouns where the run knows too few of them."""
    count = embedding.counts
    usual = [next((word for word in theme if _often(embedding, word, count)), None) for theme in THEMES]
    found = [word for word in usual if word]
    return (found + [word for word in example(embedding, n) if word not in found])[:n]


def _often(embedding: Embedding, word: str, counts) -> bool:
    row = embedding.ids.get(word)
    return row is not None and (counts is None or counts[row] >= min(20, counts.max()))


def analogies(embedding: Embedding) -> list[tuple[str, str, str]]:
    """Three known words of each analogy that the run can be asked."""
    return [words for words in ANALOGIES if all(word in embedding for word in words)]


def several(embedding: Embedding, word: str, n: int) -> list[str]:
    """A word and words to set beside it: its nearest, and first words of other themes."""
    near = [found.word for found in embedding.neighbours(word, k=n // 2)]
    return list(dict.fromkeys([word, *near, *first_words(embedding, n)]))[:n]


def odd_ones(embedding: Embedding, word: str) -> list[str]:
    """A word, two of its nearest, and one of another theme."""
    near = [found.word for found in embedding.neighbours(word, k=2)]
    other = [found for found in first_words(embedding, 12) if found not in (word, *near)]
    stranger = min(other, key=lambda found: embedding.unit[embedding.id(found)] @ embedding.unit[embedding.id(word)])
    return [word, *near, stranger]


def axes(embedding: Embedding) -> tuple[str, str]:
    """Two axes as pairs low-high with commas between, of words the run knows."""
    for axis in AXES:
        kept = [[pair for pair in side.split(", ") if all(w in embedding for w in pair.split("-"))] for side in axis]
        if all(kept):
            return ", ".join(kept[0]), ", ".join(kept[1])
    e = (first_words(embedding, 4) * 4)[:4]
    return f"{e[0]}-{e[1]}", f"{e[2]}-{e[3]}"


@st.cache_data(max_entries=16, show_spinner=False)
def offered(run_id: str, _run: Run) -> list[str]:
    """The words that the page offers for a run, looked up once."""
    return first_words(_run.embedding)
