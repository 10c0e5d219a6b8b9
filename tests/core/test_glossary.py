"""The glossary: short sentences, each term once, and every term that the package asks for."""

import ast

from helpers.paths import ROOT

from embedlab.core.glossary import glossary, term

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def test_glossary_has_each_term_once_in_order_of_the_page():
    assert len(glossary()) == TEXT.count("\n- **") >= 60
    assert term("seed").startswith("The number that random choices start from")


def test_glossary_explains_a_term_in_one_short_sentence():
    too_long = {name: text for name, text in glossary().items() if len(text.split()) > 25}
    several = {name: text for name, text in glossary().items() if ". " in text or not text.endswith(".")}
    assert (too_long, several) == ({}, {})


def test_every_term_used_by_the_package_exists():
    used = {
        node.args[0].value
        for path in sorted((ROOT / "embedlab").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "term"
    }
    assert used and used <= glossary().keys()
