"""How a file is read: what was detected, in sentences, and the choices that overrule it."""

from collections.abc import Sequence

import streamlit as st

from embedlab.data.reading.encodings import COMMON
from embedlab.data.reading.options import SEPARATORS, ReadOptions
from embedlab.ui.parts.text import plain

HEADERS = {None: "Detect", True: "Names of columns", False: "Data"}


def reading_choices(key: str) -> ReadOptions:
    """Three choices side by side: encoding, separator and header."""
    left, middle, right = st.columns(3)
    encoding = left.selectbox(
        "Encoding",
        [None, *COMMON],
        format_func=lambda codec: COMMON.get(codec, "Detect"),
        key=f"{key}_encoding",
        help="Choose another one if letters look wrong.",
    )
    separator = middle.selectbox(
        "Separator",
        [None, *SEPARATORS],
        format_func=lambda name: (name or "detect").capitalize(),
        key=f"{key}_separator",
        help="What stands between the cells of a table. A text file with a separator is read as a table.",
    )
    header = right.selectbox("First row", list(HEADERS), format_func=HEADERS.get, key=f"{key}_header")
    return ReadOptions(encoding, separator, header)


def show_sentences(sentences: Sequence[str]) -> None:
    """What was done with a file, one caption a sentence."""
    for sentence in sentences:
        st.caption(plain(sentence))
