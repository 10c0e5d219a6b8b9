"""The page Runs: the list, what a run was initialised from, and forms to rename, delete, export, import, resume."""

import numpy as np
import pytest
from helpers.pages_shown import texts
from helpers.small_runs import imported
from streamlit.testing.v1 import AppTest

from embedlab import jobs
from embedlab.models.training.session import Paused
from embedlab.store import catalog as tables
from embedlab.ui.runs.manage import file_stem, packed
from embedlab.ui.runs.page import names_of, side_by_side
from embedlab.vectors.formats import import_embedding


def test_runs_page_lists_the_run(open_page, filled):
    page = open_page("runs", filled.home)
    assert page.dataframe[0].value["name"].tolist() == ["films"]


def test_run_says_how_it_was_trained_and_encoded(monkeypatch, lab, tiny):
    run = lab.train("polarity", "transformer", base=tiny, max_words=50, max_documents=50)
    monkeypatch.setenv("EMBEDLAB_HOME", str(lab.home))

    def body():
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.runs.manage import manage

        manage(workspace(), workspace().runs()[0])

    page = AppTest.from_function(body, default_timeout=60).run()
    said = texts(page)
    assert not page.exception and "Trained in float32" in said and "Encoded in float32." in said
    assert f"on the first {run.summary['notes']['training_length']} tokens of each text" in said


@pytest.mark.slow
def test_runs_page_says_what_a_run_began_from(open_page, lab):
    first = lab.train("lee", "glove", name="first", dim=4, epochs=1)
    id = lab.new_training(
        lab.corpora() and lab.corpus(lab.corpora()[0]["id"]), "glove", {}, name="second", from_run=first
    )
    table = open_page("runs", lab.home).dataframe[0].value
    assert dict(zip(table["name"], table["base"].fillna("-"), strict=True)) == {"second": "first", "first": "-"}
    lab.catalog.update(tables.jobs, id, status="failed")
    lab.delete_run(first.id)
    assert open_page("runs", lab.home).dataframe[0].value["base"].tolist() == ["a deleted run"]
    assert lab.run(id).spec.base == first.id


MINE = ("mine.txt", b"2 3\nking 1 0 0\nqueen 0 1 0\n", "text/plain")
PICKLE = ("bad.npy", b"\x80\x04\x95 not vectors", "application/octet-stream")


@pytest.fixture
def managed(monkeypatch, lab, tmp_path):
    """Opens what the Runs page shows of its newest run, and of the form for vectors from elsewhere."""
    monkeypatch.setenv("EMBEDLAB_HOME", str(lab.home))

    def body():
        from embedlab.ui.parts.delete import deleted_lately, undo_bar
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.runs import imports
        from embedlab.ui.runs.manage import manage

        here = workspace()
        undo_bar(here, "run")
        imports.imported_bar(here)
        runs = here.runs()
        if runs:
            manage(here, runs[0])
        imports.import_form(here)
        deleted_lately(here, "run")

    def opened() -> AppTest:
        page = AppTest.from_function(body, default_timeout=60).run()
        assert not page.exception, page.exception
        return page

    return opened


def button(page: AppTest, label: str):
    """The one button of this name."""
    [found] = [button for button in page.button if button.label == label]
    return found


def test_rename_form_keeps_the_new_name_and_refuses_none(managed, lab, tmp_path):
    run = imported(lab, tmp_path, "first")
    page = managed()
    assert button(page, "Rename").disabled
    page.text_input(key=f"name_{run.id}").set_value("  ").run()
    assert button(page, "Rename").disabled
    page.text_input(key=f"name_{run.id}").set_value("a better name").run()
    button(page, "Rename").click().run()
    assert not page.exception and page.header[0].value == "a better name"
    assert lab.run(run.id).name == "a better name"


def test_delete_asks_with_the_name_takes_that_run_alone_and_is_undone(managed, lab, tmp_path):
    older, newer = imported(lab, tmp_path, "older"), imported(lab, tmp_path, "newer")
    page = managed()
    button(page, "Delete").click().run()
    assert "Delete “newer”?" in texts(page)
    button(page, "Delete it").click().run()
    assert not page.exception and page.header[0].value == "older" and "“newer” is deleted" in texts(page)
    assert "Delete it" not in [found.label for found in page.button]  # the next run is not armed
    assert [run.id for run in lab.runs()] == [older.id] and not newer.folder.exists()
    button(page, "Undo").click().run()
    assert {run.id for run in lab.runs()} == {older.id, newer.id} and "is deleted" not in texts(page)


def test_delete_is_disarmed_when_another_run_is_chosen_and_when_it_is_kept(managed, lab, tmp_path):
    imported(lab, tmp_path, "older")
    page = managed()
    button(page, "Delete").click().run()
    button(page, "Keep it").click().run()
    assert "Delete “older”?" not in texts(page)
    button(page, "Delete").click().run()
    imported(lab, tmp_path, "newer")  # which is the one that is shown now
    page.run()
    assert "?" not in texts(page).split("newer")[0] and "Delete it" not in [found.label for found in page.button]
    assert len(lab.runs()) == 2


def test_what_was_deleted_lately_can_be_brought_back_or_deleted_for_good(managed, lab, tmp_path):
    first, second = imported(lab, tmp_path, "first"), imported(lab, tmp_path, "second")
    gone = [lab.delete_run(run.id) for run in (first, second)]
    page = managed()
    page.button(key=f"discard_{gone[0].id}").click().run()
    page.button(key=f"restore_{gone[1].id}").click().run()
    assert [run.name for run in lab.runs()] == ["second"]
    assert not list((lab.home / "trash").iterdir()) and "Bring back" not in [found.label for found in page.button]


def test_export_form_prepares_a_file_that_reads_back(managed, lab, tmp_path):
    run = imported(lab, tmp_path, "first")
    with open(tmp_path / "back.txt", "wb") as file:
        file.write(packed(run, "word2vec", tmp_path)[1])
    back = import_embedding(tmp_path / "back.txt")
    assert back.words == run.embedding.words
    np.testing.assert_array_equal(back.vectors, run.embedding.vectors)
    assert packed(run, "glove", tmp_path)[0] == "first.glove.txt"
    names = {
        packed(run, format, tmp_path / format)[0] for format in ("word2vec", "word2vec-binary", "glove", "projector")
    }
    assert len(names) == 4 and file_stem("Lee: 30 epochs, 100/2") == "Lee-30-epochs-100-2"
    page = managed()
    page.selectbox(key=f"format_{run.id}").set_value("glove").run()
    page.button(key=f"prepare_{run.id}").click().run()
    assert not page.exception and [found.label for found in page.get("download_button")][-1].startswith("Download ")


def test_import_form_makes_a_run_of_a_file(managed, lab):
    page = managed()
    page.file_uploader(key="import_file_0").set_value(MINE).run()
    page.text_input(key="import_name").set_value("my vectors").run()
    button(page, "Import").click().run()
    assert not page.exception and not page.error
    [run] = lab.runs()
    assert (run.name, run.embedding.words, run.embedding.vectors.shape) == ("my vectors", ["king", "queen"], (2, 3))
    assert page.session_state["run"] == run.id
    assert "“my vectors” is imported" in texts(page) and "mine.txt: 2 vectors of 3 dimensions" in texts(page)


def test_comparison_names_the_settings_and_sizes_that_differ(lab, tmp_path):
    small, large = imported(lab, tmp_path, "small", n=12), imported(lab, tmp_path, "large", n=30)
    table = side_by_side([small, large], names_of(lab))
    differ = table[table["small"] != table["large"]]
    assert differ.loc["Words"].tolist() == ["12", "30"]
    assert side_by_side([small, small], {}).columns.is_unique


def test_import_form_refuses_a_pickle_with_a_sentence_and_stores_nothing(managed, lab):
    page = managed()
    page.file_uploader(key="import_file_0").set_value(PICKLE).run()
    for found in [found for found in page.button if found.label == "Import"]:
        found.click().run()
    assert lab.runs() == []
    said = " ".join(str(found.value) for found in page.error) + " ".join(found.message for found in page.exception)
    assert "Traceback" not in said and said


@pytest.mark.slow
def test_resume_form_offers_the_checkpoint_of_a_paused_run(managed, lab, monkeypatch):
    corpus, started = lab.add_corpus("lee"), []
    id = lab.new_training(corpus, "glove", {"dim": 4, "epochs": 1000, "min_count": 5})

    def ask(progress):
        if progress.metrics.get("epoch") == 2:
            (lab.run_folder(id) / "pause").touch()

    with pytest.raises(Paused):
        jobs.run_here(lab, id, report=ask)
    monkeypatch.setattr(jobs, "start_training", lambda here, run, resume=False: started.append((run, resume)))
    page = managed()
    page.button(key=f"resume_{id}").click().run()
    page.button(key=f"again_{id}").click().run()
    assert started == [(id, True), (id, False)]
