"""Extras: a feature whose packages are missing says in one sentence what to install."""

import pytest

from embedlab.core import extras
from embedlab.core.extras import NotInstalled, missing_extra, needs


def test_missing_package_is_a_sentence_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "sweeps", ("no_such_package",))
    with pytest.raises(NotInstalled, match=r"^A sweep needs no_such_package, .* pip install 'embedlab\[sweeps\]'$"):
        needs("sweeps", "A sweep")
    error = missing_extra(ModuleNotFoundError("", name="no_such_package.part"))
    assert "embedlab[sweeps]" in str(error)
    assert missing_extra(ModuleNotFoundError("", name="another_package")) is None


def test_package_without_a_wheel_for_this_python_says_which_python_has_one(monkeypatch):
    monkeypatch.setitem(extras.NO_WHEEL, "gensim", (3, 11))
    assert extras.sentence("reference", "Lee news", "gensim").endswith("Use Python 3.10 or older for it.")
