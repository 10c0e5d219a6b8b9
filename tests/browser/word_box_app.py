"""A page with word boxes alone: one word, several words, and what came back."""

import streamlit as st

from embedlab.ui.parts.word_box import BoxLook, word_box, words_file

WORDS = words_file(
    ["the", "car", "Café", "carpet", "care", "new_york", "newt", "cat", *(f"word{i}" for i in range(400_000))]
)

st.session_state.setdefault("runs", 0)
st.session_state.runs += 1
word = word_box("Word", key="one", words=WORDS, value=st.session_state.get("word", ""))
st.session_state.word = word
look = BoxLook(placeholder="separate them by commas", several=True)
words = word_box("Words", key="several", words=WORDS, value=st.session_state.get("words", ""), look=look)
st.session_state.words = words
if st.button("Travel"):
    st.session_state.word = "carpet"
    st.rerun()
st.text(f"asked {word!r} and {words!r} in run {st.session_state.runs}")
