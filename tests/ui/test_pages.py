"""Every page, empty and filled; what each of them does stands in test_page_NAME.py."""

import pytest
from helpers.pages_shown import texts
from helpers.paths import ROOT

NAMES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_page_of_an_empty_workspace_says_what_to_do(name, open_page, tmp_path):
    page = open_page(name, tmp_path)
    assert page.title[0].value == name.capitalize()
    assert not page.error
    if name not in ("corpora", "train", "start"):
        assert "yet" in texts(page)


@pytest.mark.parametrize("name", NAMES)
def test_page_of_a_filled_workspace_shows_its_run(name, open_page, filled):
    page = open_page(name, filled.home)
    assert not page.error
    if name in ("map", "neighbours", "benchmarks"):
        assert page.selectbox[0].options == ["films"]
