"""Bundled files: each is the one that was tested, and one that is missing or changed is a sentence."""

import pytest

from embedlab.core.errors import BadInput
from embedlab.core.extras import NotInstalled
from embedlab.data.bundled import BUNDLED
from embedlab.data.bundled.checked import checked_file


@pytest.mark.parametrize("key", BUNDLED)
def test_bundled_file_has_its_digest(key):
    assert BUNDLED[key].path().is_file()


def test_file_that_is_missing_or_changed_is_a_sentence(tmp_path):
    with pytest.raises(BadInput, match="A text is missing: there is no a.txt"):
        checked_file(tmp_path / "a.txt", "0" * 64, "A text", again="embedlab")
    (tmp_path / "a.txt").write_text("other", encoding="utf-8")
    with pytest.raises(BadInput, match="A text has changed: a.txt has the digest"):
        checked_file(tmp_path / "a.txt", "0" * 64, "A text", again="embedlab")


def test_corpus_of_gensim_says_what_to_install_without_it(monkeypatch):
    monkeypatch.setattr("embedlab.core.extras.find_spec", lambda name: None)
    with pytest.raises(NotInstalled, match=r"'Lee news' needs gensim"):
        BUNDLED["lee"].path()
    assert not BUNDLED["lee"].available and BUNDLED["enwiki"].available
