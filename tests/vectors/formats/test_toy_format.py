"""A file format that is two functions and two entries: the page, the command and the library write and read it."""

import json

import numpy as np
import pytest
from helpers.commands import answer

from embedlab.data.reading.reading import Reading
from embedlab.vectors.formats import EXPORTS, Export
from embedlab.vectors.formats.imported import Rows, imported
from embedlab.vectors.formats.readers import READERS, Reader
from embedlab.vectors.formats.writers import no_note


def _write(embedding, path, report):
    found = {word: row.tolist() for word, row in zip(embedding.words, embedding.vectors)}
    path.write_text("dictionary " + json.dumps(found))


def _read(path, head, job):
    found = json.loads(path.read_text().removeprefix("dictionary "))
    return imported(Rows(list(found), np.array(list(found.values()), np.float32)), Reading(job.name, "a dictionary"))


@pytest.fixture
def toy(monkeypatch):
    export = Export("dictionary", "JSON dictionary", "One object: word to numbers.", ".json", _write, no_note)
    monkeypatch.setitem(EXPORTS, "dictionary", export)
    reader = Reader("a dictionary", lambda path, head: head.startswith(b"dictionary "), _read)
    for name, known in {"dictionary": reader, **READERS}.items():  # the newcomer is asked first
        monkeypatch.delitem(READERS, name, raising=False)
        monkeypatch.setitem(READERS, name, known)


@pytest.fixture
def run(lab, toy):
    return lab.train(lab.add_corpus("lee"), dim=8, epochs=1, workers=1)


def test_library_writes_it_and_reads_it_back(lab, run, tmp_path):
    written = lab.export(run, "dictionary", tmp_path / "vectors.json")
    read = lab.import_vectors(written)
    assert read.embedding.words == run.embedding.words
    np.testing.assert_array_equal(read.embedding.vectors, run.embedding.vectors)


def test_command_writes_it(lab, run, tmp_path):
    answer(lab.home, "export", run.id, "--format", "dictionary", "-o", tmp_path / "vectors.json")
    assert (tmp_path / "vectors.json").read_text().startswith("dictionary {")
    read = answer(lab.home, "import", tmp_path / "vectors.json")
    assert read["words"] == len(run.embedding)


def test_runs_page_offers_it(monkeypatch, lab, run):
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("EMBEDLAB_HOME", str(lab.home))

    def script():
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.runs.manage import export_form

        export_form(workspace().runs()[0])

    page = AppTest.from_function(script, default_timeout=60).run()
    page.selectbox[0].set_value("dictionary").run()
    assert not page.exception
    page.button[0].click().run()
    assert not page.exception and not page.error
