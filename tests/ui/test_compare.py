"""The page Compare: two runs side by side, and two that are trained for it."""

import pytest
from helpers.pages_shown import html_of, texts
from helpers.small_runs import imported


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Two runs that differ in their seed, compared, and the first run as two maps."""
    from embedlab import Lab

    lab = Lab(tmp_path_factory.mktemp("compared"))
    corpus = lab.add_corpus("polarity")
    runs = [
        lab.train(corpus, "word2vec", name=name, dim=12, epochs=2, min_count=2, workers=1, seed=seed)
        for name, seed in (("first", 1), ("second", 2))
    ]
    lab.compare_maps(*runs, methods=("pca", "pca"))
    lab.map(runs[0], "umap", limit=300, n_neighbors=5)
    lab.map(runs[0], "umap", limit=200, n_neighbors=5)  # other points, the same settings
    lab.map(runs[0], "umap", limit=300)
    lab.map(runs[0], "umap", what="documents", limit=300, seed=3, epochs=10)
    lab.compare_maps(runs[0], runs[0], methods=("pca", FIVE), limit=500)
    return lab


FIVE = {"method": "umap", "params": {"n_neighbors": 5}, "seed": 1}
PCA = {"compare.left.method": "pca", "compare.right.method": "pca"}


def test_compare_page_takes_the_two_newest_runs_and_offers_to_compare_them(open_page, compared):
    page = open_page("compare", compared.home)
    assert [page.selectbox(key=f"compare.{side}").value for side in ("left", "right")] == [
        compared.run("first").id,
        compared.run("second").id,
    ]
    assert "These two have not been compared yet" in texts(page)
    assert "Compare" in [button.label for button in page.button]


def test_compare_page_shows_a_stored_comparison_with_chance_and_noise(open_page, compared):
    page = open_page("compare", compared.home, **PCA)
    assert [metric.label for metric in page.metric] == ["Neighbours kept", "By chance", "Maps agree"]
    assert page.metric[0].value.endswith(" of 10") and "noise of training" in texts(page)
    table = page.dataframe[0].value
    assert list(table.columns) == ["Word", "Kept", "Lost", "Gained"] and table["Kept"][:30].mean() < 1
    page.segmented_control(key="compare.order").set_value("Stayed most").run()
    assert page.dataframe[0].value["Kept"].is_monotonic_decreasing
    for key, value in (("compare.view", "Morph"), ("compare.colour", "Groups of the first")):
        page.segmented_control(key=key).set_value(value).run()
        assert not page.exception, value


def test_compare_page_finds_a_word_and_lists_what_it_lost_and_gained(open_page, compared):
    page = open_page("compare", compared.home, **PCA)
    assert "No word chosen" in texts(page)
    page.text_input(key="compare.search").set_value("film").run()
    shown = html_of(page)
    assert "<b>film</b> keeps " in shown and shown.count("<ol>") == 2
    page.text_input(key="compare.search").set_value("zzz").run()
    assert "No word on the maps contains" in texts(page) and not page.exception


def test_compare_page_refuses_one_map_twice(open_page, compared):
    id = compared.run("first").id
    page = open_page("compare", compared.home, **PCA, **{"compare.left": id, "compare.right": id})
    assert "Both sides are the same run and the same map" in texts(page) and not page.exception


def test_compare_page_offers_the_settings_of_the_stored_maps_of_a_run_once(open_page, compared):
    id = compared.run("first").id
    page = open_page(
        "compare",
        compared.home,
        **{"compare.left": id, "compare.right": id, "compare.left.method": "pca", "compare.limit": 500},
    )
    box = page.selectbox(key="compare.right.method")
    assert box.options == ["PCA", "t-SNE", "UMAP", "UMAP, neighbours 5"]
    box.select("UMAP, neighbours 5").run()
    assert "Two maps of one run" in texts(page) and [metric.label for metric in page.metric] == [
        "Neighbours kept",
        "By chance",
        "Maps agree",
    ]
    linked = {name: page.query_params[name] for name in ("left", "right", "left.map", "right.map", "words")}
    assert (
        linked["left.map"] == "pca"
        and linked["right.map"] in {row["id"] for row in compared.maps(id)}
        and linked["words"] == "500"
    )
    again = open_page("compare", compared.home, link=linked)
    assert again.selectbox(key="compare.right.method").value == linked["right.map"] and len(again.metric) == 3


def test_compare_page_compares_documents_where_both_sides_have_them(open_page, compared):
    from embedlab.core.progress import silent
    from embedlab.jobs import map_tasks
    from embedlab.jobs.map_specs import CompareSpec

    ids = [compared.run(name).id for name in ("first", "second")]
    map_tasks.compare_runs(
        compared, CompareSpec(*ids, methods=("pca", "pca"), limit=500, what="documents").json, silent
    )
    page = open_page("compare", compared.home, link={"compared": "documents", "words": "500"}, **PCA)
    assert page.segmented_control(key="compare.what").value == "documents"
    assert list(page.dataframe[0].value.columns) == ["Document", "Kept"] and "No document chosen" in texts(page)
    assert page.selectbox(key="compare.left.method").options == ["PCA", "t-SNE", "UMAP", "UMAP, epochs 10, seed 3"], (
        "maps of documents lend their settings"
    )
    page.text_input(key="compare.search").set_value("film").run()
    assert "nearest neighbours" in html_of(page) and not page.exception
    page.segmented_control(key="compare.what").set_value("words").run()
    assert page.query_params["compared"] == "words" and not page.exception


@pytest.mark.slow
def test_compare_page_trains_two_windows_and_then_compares_them(open_page, lab, monkeypatch):
    from embedlab import jobs

    monkeypatch.setattr(jobs, "start", jobs.create)  # no workers here
    lab.add_corpus("polarity")
    page = open_page("compare", lab.home)
    page.button[0].click().run()
    assert not page.exception and "Training both, then comparing" in texts(page)
    runs = lab.runs()
    assert sorted(run.spec.config["window"] for run in runs) == [2, 15] and len({run.spec.seed for run in runs}) == 1
    for run in runs:
        jobs.run_here(lab, run.id)
    page.run()
    assert [job.spec["methods"] for job in jobs.list_jobs(lab, kind="compare")] == [["umap", "umap"]]
    chosen = [lab.run(page.selectbox(key=f"compare.{side}").value).spec.config["window"] for side in ("left", "right")]
    assert chosen == [2, 15] and not page.exception
    [button] = [button for button in page.button if button.label.startswith("Train window")]
    button.click().run()
    assert len(lab.runs()) == 2, "runs that are there are used again"


def test_compare_page_says_that_a_run_shown_on_it_has_been_deleted(open_page, lab, tmp_path):
    first, second, third = (imported(lab, tmp_path, name, seed=i) for i, name in enumerate(("one", "two", "three")))
    page = open_page("compare", lab.home, link={"left": first.id, "right": second.id})
    assert not page.warning
    lab.delete_run(second.id)
    page.run()
    assert not page.exception and page.selectbox(key="compare.right").value == third.id
    assert "The run “two”, which was shown here, has been deleted. three is shown instead." in texts(page)
    page.selectbox(key="compare.right").set_value(first.id).run()
    assert "has been deleted" not in texts(page)
