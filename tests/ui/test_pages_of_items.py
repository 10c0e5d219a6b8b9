"""Pages that need vectors, texts or transformers, and the Runs page, in a workspace with runs of items."""

from helpers.pages_shown import texts
from streamlit.testing.v1 import AppTest

from embedlab.ui.runs.page import names_of, settings_shown


def test_pages_that_need_vectors_offer_only_runs_that_have_them(open_page, tasted):
    page = open_page("neighbours", tasted.home, run=tasted.run("weights").id)
    assert "The items of weights have no vectors, so it is not shown here" in texts(page)
    assert "weights" not in page.selectbox[0].options and "factors" in page.selectbox[0].options
    page = open_page("compare", tasted.home, link={"left": tasted.run("factors").id})
    assert "weights" not in page.selectbox(key="compare.left").options
    assert "Items" in [slider.label for slider in page.select_slider]


def test_compare_takes_no_words_and_items_together_by_itself(open_page, tasted):
    page = open_page("compare", tasted.home)
    pair = {page.selectbox(key=f"compare.{side}").value for side in ("left", "right")}
    assert pair == {tasted.run("factors").id}  # the newest with vectors has no other of its kind


def test_inside_says_that_a_run_of_items_holds_no_transformer(open_page, tasted):
    said = texts(open_page("inside", tasted.home, run=tasted.run("factors").id))
    assert "factors learned from who chose what" in said and "No transformer yet" in said


def test_runs_page_lists_items_and_users_beside_words(open_page, tasted):
    table = open_page("runs", tasted.home).dataframe[0].value.set_index("name")
    data = tasted.data_set(tasted.interactions()[0]["id"])
    assert table.loc["films", "words"] == len(tasted.run("films").embedding)
    assert table.loc[["factors", "weights"], "users"].tolist() == [data.n_users] * 2
    assert table["words"].isna().tolist() == [name != "films" for name in table.index]


def test_settings_of_a_run_of_items_name_its_data_and_sizes(tasted):
    shown = settings_shown(tasted.run("weights"), names_of(tasted))
    assert shown["Data set"] == "tastes" and shown["Held out"] == "By time" and int(shown["Items"]) > 50
    assert not {"Corpus", "Words", "Dimensions", "Started from"} & shown.keys()


def managed(monkeypatch, lab, name: str) -> AppTest:
    """What the Runs page shows of one run."""
    monkeypatch.setenv("EMBEDLAB_HOME", str(lab.home))

    def body(name):
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.runs.manage import manage

        manage(workspace(), workspace().run(name))

    page = AppTest.from_function(body, kwargs={"name": name}, default_timeout=60).run()
    assert not page.exception, page.exception
    return page


def test_runs_page_exports_only_what_has_vectors(monkeypatch, tasted):
    page = managed(monkeypatch, tasted, "weights")
    assert "EASE gives items no vectors, so there is nothing to export" in texts(page)
    assert [button.label for button in page.button][:3] == ["Recommend", "Score it", "Delete"]
    page = managed(monkeypatch, tasted, "factors")
    found = [button.label for button in page.button]
    assert found[:5] == ["Show its map", "Ask it", "Recommend", "Score it", "Delete"] and "Prepare file" in found
    assert "items · " in texts(page) and "Would other seeds find the same neighbours?" in texts(page)
