"""A file format that is one function and one entry: the page, the command and the library write it."""

import json

import numpy as np
import pytest
from helpers.commands import answer

from embedlab.vectors.formats import EXPORTS, Export
from embedlab.vectors.formats.writers import no_note


def _write(embedding, path, report):
    path.write_text(json.dumps({word: row.tolist() for word, row in zip(embedding.words, embedding.vectors)}))


@pytest.fixture
def toy(monkeypatch):
    export = Export("dictionary", "JSON dictionary", "One object: word to numbers.", ".json", _write, no_note)
    monkeypatch.setitem(EXPORTS, "dictionary", export)


@pytest.fixture
def run(lab, toy):
    return lab.train(lab.add_corpus("lee"), dim=8, epochs=1, workers=1)


def test_library_writes_it(lab, run, tmp_path):
    written = lab.export(run, "dictionary", tmp_path / "vectors.json")
    found = json.loads(written.read_text())
    np.testing.assert_array_equal([found[word] for word in run.embedding.words], run.embedding.vectors)


def test_command_writes_it(lab, run, tmp_path):
    answer(lab.home, "export", run.id, "--format", "dictionary", "-o", tmp_path / "vectors.json")
    assert list(json.loads((tmp_path / "vectors.json").read_text())) == run.embedding.words


def test_runs_page_offers_it(monkeypatch, lab, run):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("EMBEDLAB_HOME", str(lab.home))

    def script():
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.runs.page import export_form

        export_form(workspace().runs()[0])

    page = AppTest.from_function(script).run()
    page.selectbox[0].set_value("dictionary").run()
    assert not page.exception
    page.button[0].click().run()
    assert not page.exception and not page.error
