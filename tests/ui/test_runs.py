"""The page Runs: what is listed, and what a run began from."""

from helpers.pages_shown import texts
from streamlit.testing.v1 import AppTest

from embedlab.store import catalog as tables


def test_runs_page_lists_the_run(open_page, filled):
    page = open_page("runs", filled.home)
    assert page.dataframe[0].value["name"].tolist() == ["films"]


def test_run_says_how_it_was_trained_and_encoded(monkeypatch, lab, tiny):
    run = lab.train("polarity", "transformer", base=tiny, max_words=50, max_documents=50)
    monkeypatch.setenv("EMBEDLAB_HOME", str(lab.home))

    def body():
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.runs import page

        page.manage(workspace(), workspace().runs()[0])

    page = AppTest.from_function(body, default_timeout=60).run()
    said = texts(page)
    assert not page.exception and "Trained in float32" in said and "Encoded in float32." in said
    assert f"on the first {run.summary['notes']['training_length']} tokens of each text" in said


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
