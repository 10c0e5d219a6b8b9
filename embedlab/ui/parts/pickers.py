"""What several pages share: words to begin with, bars in tables."""

import streamlit as st

from embedlab.lab.examples import examples_of
from embedlab.vectors.embedding import Embedding


def bar(start: float = 0.0):
    """A number from 0 to 1 with a bar behind it, which begins at `start`."""
    help = f"The bar begins at {start:.2f}, the mean cosine of two random words of this run." if start else None
    start = min(max(start, 0.0), 0.99)
    return st.column_config.ProgressColumn(min_value=start, max_value=1.0, format="%.3f", width="small", help=help)


def example(embedding: Embedding, n: int) -> list[str]:
    """Words to begin with: of several themes, and with neighbours that say something."""
    return list(dict.fromkeys((*examples_of(embedding).words, *embedding.words[: 2 * n])))[:n]
