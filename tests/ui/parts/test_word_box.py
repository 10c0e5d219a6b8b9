"""The word box where no browser is: its value stands for what is typed, and its file lists the words."""

from streamlit.testing.v1 import AppTest

from embedlab.ui.parts.word_box import words_file


def test_file_has_one_word_a_line():
    assert words_file(["the", "new\nyork", "é"]).decode().split("\n") == ["the", "new york", "é"]


def script():
    import streamlit as st

    from embedlab.ui.parts.word_box import word_box, words_file

    st.text(word_box("Word", key="box", words=words_file(["one"]), value=st.session_state.get("word", "none yet")))


def test_page_under_test_gets_the_value_it_gave():
    page = AppTest.from_function(script).run()
    assert not page.exception
    assert page.text[0].value == "none yet"
    page.session_state["word"] = "one"
    assert page.run().text[0].value == "one"
