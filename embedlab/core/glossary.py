"""The glossary: each term in one sentence, as docs/glossary.md has it."""

import re
from functools import cache
from pathlib import Path

from embedlab.core.errors import BadInput

_LINE = re.compile(r"- \*\*(.+?)\*\*: (.+)")


@cache
def glossary() -> dict[str, str]:
    """Every term with its sentence, in the order of the page."""
    package = Path(__file__).parent.parent
    for path in (
        package / "_app" / "glossary.md",
        package.parent / "docs" / "glossary.md",
    ):  # in a wheel, in a checkout
        if path.exists():
            return dict(_LINE.findall(path.read_text(encoding="utf-8")))
    raise BadInput("The glossary is missing from this installation. Install embedlab again.")


def term(name: str) -> str:
    """The sentence on a term, as the help of a widget shows it; KeyError for a term that the glossary lacks."""
    return glossary()[name]
