"""A text box that suggests the words a run knows while one types: one box for all pages."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from embedlab.ui.parts.served import served

HERE = Path(__file__).parent


@dataclass(frozen=True)
class BoxLook:
    """How a word box looks and what it takes.

    several: words with commas or blanks between them, each completed by itself; leaving the box submits them too.
    label_hidden: the label is only read out; large: the one thing to do on a page.
    """

    placeholder: str = ""
    several: bool = False
    label_hidden: bool = False
    large: bool = False


@st.cache_resource(show_spinner=False)
def _component():
    script, style = ((HERE / f"word_box.{ending}").read_text(encoding="utf-8") for ending in ("js", "css"))
    return st.components.v2.component("embedlab_word_box", html='<div class="word-box"></div>', js=script, css=style)


def words_file(words: Iterable[str]) -> bytes:
    """The file that a word box suggests from: one word a line, the most frequent first. Keep it in a cache."""
    return "\n".join(word.replace("\n", " ") for word in words).encode()


def word_box(label: str, *, key: str, words: bytes | None, value: str = "", look: BoxLook = BoxLook()) -> str:
    """The text that was submitted just now, by Enter or by a click on a suggestion; `value` on every other run.

    Suggestions are the most frequent of `words` that begin with what is typed, whatever its case and accents: "New Y"
    finds "new_york". What is submitted may be any text: look it up with `Embedding.id`, which knows other spellings.
    Keep what comes back and pass it as `value` on the next run: the box then shows it, unless the reader is typing.

    words: from `words_file`; None for a box without suggestions. The browser asks for them when the box is first used.
    """
    just = (st.session_state.get(key) or {}).get("submitted")  # what the box shows already
    data = {
        "label": label,
        "value": value if just is None else just,
        "words": None if words is None else served(key, "words", words, "text/plain; charset=utf-8"),
        **asdict(look),
    }
    submitted = _component()(key=key, data=data, on_submitted_change=lambda: None).submitted
    return value if submitted is None else submitted
