"""User text on pages is shown letter by letter."""

import pytest
from streamlit.testing.v1 import AppTest

from embedlab.ui.parts.text import JOINER, plain


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("![x](http://h/x.png)", r"!\[x\](http\://h/x.png)"),
        ("$x^2$", r"\$x^2\$"),
        ("[a](http://b)", r"\[a\](http\://b)"),
        (":red[x]", r"\:red\[x\]"),
        (":material/home:", f"\\:{JOINER}material/home:"),
        (":smile:", f"\\:{JOINER}smile:"),
        ("<b>bold</b>", r"\<b\>bold\</b\>"),
        ("`code` *star* _low_", r"\`code\` \*star\* \_low\_"),
        ("www.example.com", r"www\.example.com"),
        ("me@example.com", r"me\@example.com"),
        ("&lt;", r"\&lt;"),
        ("1. first", r"1\. first"),
        ("- item", r"\- item"),
        ("a -> b", f"a -{JOINER}\\> b"),
        ("# head", r"\# head"),
        ("a | b", r"a \| b"),
    ],
)
def test_text_that_markdown_would_act_on_is_escaped(text, escaped):
    assert plain(text) == escaped


@pytest.mark.parametrize(
    "text", ["plain, name (v1.2)", "Run 'films': not found. Choose another.", "a-b 12.5 %", "naïve"]
)
def test_text_without_marks_stays_as_it_is(text):
    assert plain(text) == text


def test_error_of_the_package_is_shown_letter_by_letter():
    def body():
        from embedlab.core.errors import BadInput
        from embedlab.ui.neighbours.asked import ask

        def failing():
            raise BadInput("There is no run ![x](http://h/x.png).")

        ask(failing)

    shown = AppTest.from_function(body, default_timeout=30).run()
    assert [warning.value for warning in shown.warning] == [r"There is no run !\[x\](http\://h/x.png)."]
