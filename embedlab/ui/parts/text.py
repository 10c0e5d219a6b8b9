"""How pages write sizes and text that users typed."""

import re

# What Markdown acts on in a line of text: links begin by themselves behind "www." and around "@".
MARKS = re.compile(r"[\\`*_\[\]<>$#~|&@]|:(?=\S)|(?<=\bwww)\.|^[-+=](?=\s)|(?<=^\d)[.)](?=\s)", re.IGNORECASE)
# What Streamlit replaces in finished text, where a backslash is gone: emoji and icons by name, arrows and dashes.
REPLACED = re.compile(r":(?=[\w+/-]+:)|(?<!\S)(?:<-|-|>|<|~)(?=>|-|=)")
JOINER = "\u2060"  # takes no room and ends no line


def memory(n_bytes: float) -> str:
    """Bytes as people say them."""
    return f"{n_bytes / 2**30:.1f} GB" if n_bytes >= 2**30 else f"{max(1, round(n_bytes / 2**20)):,} MB"


def plain(text: str) -> str:
    """User text for a place that takes Markdown, so that it is shown letter by letter: names, words, errors.

    The one place where user text is escaped. No link, picture, formula, colour, icon or HTML comes out of it.
    """
    return MARKS.sub(r"\\\g<0>", REPLACED.sub(rf"\g<0>{JOINER}", str(text)))
