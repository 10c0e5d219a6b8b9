"""The page Map: a stored map, its colours, its checks, its link, and a map that begins from the one on screen."""

import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from helpers.pages_shown import html_of, texts

from embedlab.models.family import Trained

PCA = {"map.method": "pca"}
TRUST = {"map_panel_tab": "Trust"}


@pytest.fixture
def odd(lab):
    """A run of 30 words, one of them with a zero vector and far fewer drawn than there are, in the lab."""
    from embedlab.store.runs import RunSpec
    from embedlab.vectors.embedding import Embedding

    corpus = lab.add_corpus("polarity")
    words = [*corpus.vocabulary.words[:28], "notinthecorpus", "zilch"]
    vectors = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    vectors[[3, 29]] = 0
    id = lab.new_run(RunSpec(corpus.id, "word2vec", {"window": 5, "min_count": 1}, 1, "odd"))
    lab.finish_run(
        id,
        Trained(Embedding(words, vectors, np.arange(90, 60, -1))),
        {"words": 30, "dim": 6, "seconds": 1, "loss": [], "words_per_second": 0, "notes": {}},
    )
    return lab


def link_to(lab, selected, **settings):
    """A link to a map of the newest run, drawn for it, with points selected."""
    from embedlab.jobs.map_specs import MapSpec
    from embedlab.ui.map import link

    run = lab.runs()[0]
    spec = MapSpec(run.id, "pca", **settings)
    made = lab.map(run, "pca", what=spec.what, limit=spec.limit, dims=spec.dims, **settings.get("params", {}))
    return {"run": run.id, "map": spec.id, "sel": link.packed_selection(np.array(selected, int), len(made))}


def labels(page):
    return [button.label for button in page.button]


def headings(page):
    return [heading.value for heading in page.header]


def search(page, text):
    page.session_state["map_search"] = text
    page.run()


@pytest.fixture
def lists(monkeypatch):
    """The rows of each list of near things that the page has drawn, the latest last."""
    drawn = []
    monkeypatch.setattr("embedlab.ui.map.selected.near_list", lambda rows, **about: drawn.append(list(rows)))
    return drawn


@pytest.fixture
def started(monkeypatch):
    """The specs of the jobs that the page starts; a map is drawn at once."""
    from embedlab import jobs
    from embedlab.core.progress import silent
    from embedlab.jobs.map_tasks import make_map

    asked = []

    def start(workspace, kind, spec, **about):
        asked.append(spec)
        return make_map(workspace, spec, silent)["map"]

    monkeypatch.setattr(jobs, "start", start)
    return asked


def test_map_page_shows_a_stored_map_with_its_trust(open_page, filled):
    page = open_page("map", filled.home)
    page.segmented_control(key="map.method").set_value("pca").run()
    assert not page.exception
    said = html_of(page)
    for score in ("Trustworthiness", "Continuity", "Neighbours kept", "Distances kept"):
        assert f"<dt>{score}<b>" in said
    for colour in ("cluster", "pos", "label", "kept", "distance"):
        page.selectbox(key="colour_words_7").set_value(colour).run()
        assert not page.exception, colour
    search(page, "Film")
    assert headings(page) == ["film"], "found though it is written in another way, and selected"
    page = open_page("map", filled.home, **PCA, **TRUST)
    assert [button.label for button in page.button if button.key.startswith("check_")] == [
        "Would noise look like this too?"
    ]
    assert "PCA is deterministic" in texts(page)
    assert "of the 15 true nearest neighbours" in html_of(page)


@pytest.mark.slow
def test_map_page_restores_map_colour_and_selection_from_a_link(open_page, filled):
    from embedlab.jobs.map_specs import MapSpec
    from embedlab.ui.map import link

    run = filled.runs()[0]
    spec = MapSpec(run.id, "pca", limit=120, seed=7)
    filled.map(run, "pca", limit=120, seed=7)
    link = {
        "run": run.id,
        "map": spec.id,
        "colour": "distance",
        "to": "film",
        "view": "0.1,0.2,3",
        "sel": link.packed_selection(np.array([3, 5, 8]), 120),
    }
    page = open_page("map", filled.home, link=link)
    assert not page.warning
    assert (
        page.segmented_control(key="map.method").value,
        page.number_input(key="map.limit").value,
        page.number_input(key="map.seed").value,
    ) == ("pca", 120, 7)
    assert (page.selectbox(key="colour_words_7").value, page.text_input(key="distance_to").value) == (
        "distance",
        "film",
    )
    assert headings(page) == ["3 words selected"]
    assert (page.query_params["map"], page.query_params["view"]) == (spec.id, "0.1,0.2,3")


@pytest.mark.slow
@pytest.mark.parametrize("link", [{"map": "0000000000000000"}, {"sel": "not a selection", "view": "nan,0,x"}])
def test_map_page_of_a_link_that_leads_nowhere_still_opens(open_page, filled, link):
    page = open_page("map", filled.home, link=link)
    assert ("not among those stored" in texts(page)) == ("map" in link)


@pytest.mark.slow
@pytest.mark.parametrize("dims", [2, 3])
def test_map_page_shows_the_checks_of_a_map(open_page, filled, dims):
    from embedlab.core.progress import silent
    from embedlab.jobs import map_tasks
    from embedlab.jobs.map_specs import MapSpec

    run, settings = filled.runs()[0], {"epochs": 10}
    spec = MapSpec(run.id, "umap", limit=60, dims=dims, params=settings)
    filled.map(run, "umap", limit=60, dims=dims, **settings)
    for check in (map_tasks.check_stability, map_tasks.check_noise):
        check(filled, spec.json, silent)
    page = open_page(
        "map",
        filled.home,
        **{"map.method": "umap", "map.limit": 60, "map.dims": dims, "map.umap.epochs": 10},
        **TRUST,
    )
    assert {"Check stability", "Would noise look like this too?"} <= {
        button.label.removesuffix(" again") for button in page.button
    }
    assert "Another seed moves half of the points" in texts(page) and "The same method on random vectors" in texts(page)
    assert not page.exception


@pytest.mark.slow
def test_map_page_starts_a_changed_setting_from_the_layout_on_screen_and_a_link_leads_back_to_it(
    open_page, filled, started
):
    from embedlab.jobs.map_specs import MapSpec

    run, few = filled.runs()[0], {"epochs": 20}
    filled.map(run, "umap", limit=120, **few)
    first = MapSpec(run.id, "umap", limit=120, params=few)
    second = MapSpec(run.id, "umap", limit=120, params=few | {"n_neighbors": 5})
    page = open_page("map", filled.home, **{"map.method": "umap", "map.limit": 120, "map.umap.epochs": 20})
    assert page.query_params["map"] == first.id and not [toggle for toggle in page.toggle if toggle.key == "map.warm"]
    page.number_input(key="map.umap.n_neighbors").set_value(5).run()
    warm = replace(second, start=first.id).id
    assert page.query_params["map"] == warm, "a quick map is drawn at once"
    assert [spec.get("start") for spec in started] == [first.id]
    assert f"Its first layout was that of map `{first.id}` (Neighbours 15)" in texts(page)
    page.number_input(key="map.umap.n_neighbors").set_value(15).run()
    assert page.query_params["map"] == first.id and "Its first layout" not in texts(page)
    page.session_state["map.warm"] = False
    page.number_input(key="map.umap.n_neighbors").set_value(6).run()
    assert page.query_params["map"] == replace(second, params=few | {"n_neighbors": 6}).id

    again = open_page("map", filled.home, link={"run": run.id, "map": warm})
    assert again.query_params["map"] == warm and again.number_input(key="map.umap.n_neighbors").value == 5
    assert "Its first layout was that of map" in texts(again)


@pytest.mark.parametrize("dims", [2, 3])
def test_map_page_of_a_point_without_direction_says_so_and_still_draws(open_page, odd, dims):
    page = open_page("map", odd.home, link=link_to(odd, [3], dims=dims))
    assert "is zero, so nothing is near it" in texts(page) and not page.error
    assert page.get("bidi_component"), "the map is drawn all the same"
    assert headings(page) == [odd.runs()[0].embedding.words[3]]


def test_map_page_of_an_euclidean_map_lists_neighbours_by_distance(open_page, odd, lists):
    open_page("map", odd.home, link=link_to(odd, [3], params={"metric": "euclidean"}))
    vectors = odd.runs()[0].embedding.vectors
    expected = np.sort(np.linalg.norm(vectors, axis=1))[2:11]  # from the zero vector to itself and its twin: 0
    assert [float(row.text) for row in lists[-1][1:]] == pytest.approx(expected, abs=0.006)
    assert (lists[-1][0].name, lists[-1][0].text) == ("zilch", "0.00")
    lengths = [row.value for row in lists[-1]]
    assert lengths == sorted(lengths, reverse=True) and 0 <= lengths[-1] < lengths[0] == 1, "the nearest is longest"


def test_map_page_says_when_the_corpus_lacks_a_word_that_is_asked_about(open_page, odd):
    page = open_page("map", odd.home, link=link_to(odd, [28]))
    page.toggle(key="map_why").set_value(True).run()
    assert "'notinthecorpus'" in texts(page) and not page.error and not page.exception
    assert page.get("bidi_component")


def test_map_page_of_an_unknown_word_to_measure_from_still_draws_and_downloads(open_page, odd, monkeypatch):
    import streamlit as st

    offered = []
    monkeypatch.setattr(st, "download_button", lambda label, data, *rest, **about: offered.append(data))
    page = open_page("map", odd.home, link=link_to(odd, []) | {"colour": "distance"})
    page.text_input(key="distance_to").set_value("unheardof").run()
    assert (
        "'unheardof' is not among the 30 words" in page.warning[0].value
        and page.get("bidi_component")
        and not page.exception
    )
    assert offered[-1]().startswith(b"<!doctype html>")


@pytest.mark.slow
@pytest.mark.parametrize("dims", [2, 3])
def test_map_page_places_words_that_are_not_drawn(open_page, odd, lists, dims):
    words = odd.runs()[0].embedding.words
    page = open_page("map", odd.home, link=link_to(odd, [0], limit=20, dims=dims))
    missing = sum(bool(row.note) for row in lists[-1])
    assert 0 < missing < 10
    assert f"{missing} of these 10 are not drawn." in texts(page)
    page.toggle(key="map_ghosts.False").set_value(False).run()
    assert texts(page).count("belongs beside") == missing
    page.text_input(key="map_place.words").set_value(f"{words[25]}, {words[2]}").run()
    assert "Hollow points were placed afterwards" in texts(page) and not page.exception
    page.text_input(key="map_place.words").set_value("zilch").run()
    assert "The vector of 'zilch' is zero, so it has no nearest point" in texts(page) and page.get("bidi_component")
    page.text_input(key="map_place.words").set_value(f"unheardof {words[25].upper()} {words[2]}").run()
    assert (
        "Not among the words of this run: unheardof." in texts(page)
        and f"only ringed: {words[2]}." in texts(page)
        and page.get("bidi_component")
    )


def test_map_page_places_texts_among_documents(open_page, filled):
    run = filled.runs()[0]
    filled.map(run, "pca", what="documents", limit=300)
    page = open_page("map", filled.home, **PCA, **{"map.what.2": "documents", "map.limit": 300})
    page.text_area(key="map_place.documents").set_value("a wonderful film\nqqqq xxxx").run()
    assert "'qqqq xxxx' has no word of 'films'" in texts(page) and page.get("bidi_component")
    page.text_area(key="map_place.documents").set_value("a wonderful film").run()
    assert headings(page) == ["a wonderful film"] and "Hollow points were placed afterwards" in texts(page)
    assert not page.exception and not page.error


def test_map_page_draws_a_quick_map_unasked_and_asks_before_a_slow_one(open_page, filled, started, monkeypatch):
    page = open_page("map", filled.home, **PCA)
    shown = page.query_params["map"]
    assert started == [] and "Draw map" not in labels(page)
    page.number_input(key="map.limit").set_value(77).run()
    assert [spec["limit"] for spec in started] == [77] and "Draw map" not in labels(page)
    monkeypatch.setattr("embedlab.ui.map.forming.estimate", lambda *asked: 90.0)
    page.number_input(key="map.limit").set_value(78).run()
    assert len(started) == 1 and "Draw map" in labels(page) and "It takes about 2 min." in texts(page)
    assert page.get("bidi_component") and page.query_params["map"] != shown, "the map before it stays on screen"
    next(button for button in page.button if button.label == "Draw map").click().run()
    assert [spec["limit"] for spec in started] == [77, 78] and "Draw map" not in labels(page)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pca", "tsne", "umap"])
def test_map_of_a_run_that_has_none_is_drawn_on_arrival(open_page, odd, started, method):
    page = open_page("map", odd.home, **{"map.method": method})
    assert [spec["method"] for spec in started] == [method] and page.get("bidi_component")


@pytest.mark.slow
def test_map_page_names_a_selection_and_colours_by_it(open_page, odd):
    page = open_page("map", odd.home, link=link_to(odd, [1, 4, 5]))
    assert headings(page) == ["3 words selected"]
    page.text_input(key="map_tag_name").set_value("mine")
    next(button for button in page.button if button.label == "Tag").click().run()
    assert [(tag.name, tag.rows) for tag in odd.tags(odd.runs()[0])] == [("mine", (1, 4, 5))]
    colours = next(box for box in page.selectbox if box.label == "Colour")
    assert "Colour: tag" in colours.options
    colours.set_value("tag").run()
    page.button(key="map_tag_mine").click().run()
    assert headings(page) == ["3 words selected"]
    page.button(key="map_untag_mine").click().run()
    assert odd.tags(odd.runs()[0]) == [] and not page.error and not page.exception


def test_map_page_travels_from_neighbour_to_neighbour_and_ends_the_search(open_page, filled, monkeypatch):
    lists = []
    monkeypatch.setattr("embedlab.ui.map.selected.near_list", lambda rows, **about: lists.append((list(rows), about)))
    page = open_page("map", filled.home, **PCA)
    search(page, "film")
    (rows, about) = lists[-1]
    assert about["mark"] == pytest.approx(filled.runs()[0].embedding.random_cosine)

    kept = page.session_state["map_chosen"]
    page.session_state["map_chosen"] = kept | {"rows": np.array([rows[0].id]), "query": ""}
    search(page, "")
    assert headings(page) == [rows[0].name] and page.session_state["map_search"] == ""


def test_map_page_finds_the_job_that_another_visit_began(open_page, filled):
    from embedlab import jobs
    from embedlab.jobs.map_specs import MapSpec

    run = filled.runs()[0]
    spec = MapSpec(run.id, "umap", limit=88, params={"n_neighbors": 6})
    id = jobs.create(filled, "map", spec.json, title="On its way")
    page = open_page("map", filled.home, link={"run": run.id, "map": spec.id})  # as after loading the page again
    assert (
        "On its way" in texts(page) and "Draw map" not in labels(page) and "not among those stored" not in texts(page)
    )
    jobs.cancel(filled, id)
    page.run()
    assert "Draw map" in labels(page) and page.number_input(key="map.umap.n_neighbors").value == 6


def test_map_page_of_too_few_words_says_so_before_anything_is_drawn(open_page, lab, tmp_path):
    (tmp_path / "three.txt").write_text("3 2\na 1 0\nb 0 1\nc 1 1\n", encoding="utf-8")
    lab.import_vectors(tmp_path / "three.txt")
    page = open_page("map", lab.home)
    assert "This run has 3 words; a map needs at least 4." in texts(page) and "Draw map" not in labels(page)


def test_map_page_tells_of_a_selection_that_no_link_can_carry(open_page, filled, monkeypatch):
    from embedlab.ui.map import link as map_link

    link = link_to(filled, [1, 2, 3], limit=150)
    monkeypatch.setattr(map_link, "LONGEST", 5)
    page = open_page("map", filled.home, link=link)
    assert "too long for the page's address" in texts(page) and "sel" not in page.query_params


def test_map_page_shows_only_words_of_some_ranks(open_page, filled, monkeypatch):
    from embedlab.ui.map.component import MapState

    page = open_page("map", filled.home, **PCA)
    key = next(slider.key for slider in page.slider if slider.key.startswith("map_only.rank"))
    shown = []
    with monkeypatch.context() as patch:
        patch.setattr(
            "embedlab.ui.map.canvas.scatter", lambda cloud, view, **more: shown.append(view.shown) or MapState()
        )
        page.slider(key=key).set_range(10, 50).run()
    assert not page.exception and not page.error
    assert np.flatnonzero(shown[-1]).tolist() == list(range(9, 50))


@pytest.fixture
def royals(lab, tmp_path):
    """A lab with a run on twelve reviews that have a label, an author, a year and a date; its documents are drawn."""
    rows = [
        {
            "text": f"a review of the film number {i}",
            "kind": kind,
            "author": f"Ann {i}",
            "year": 1990 + i,
            "day": f"2020-01-{i + 1:02}",
        }
        for i, kind in enumerate(["royal", "animal"] * 6)
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    corpus = lab.add_corpus(tmp_path / "rows.jsonl", text_column="text", label_column="kind")
    lab.map(lab.train(corpus, dim=4, epochs=1, min_count=1), "pca", what="documents")
    return lab


DOCUMENTS = PCA | {"map.what.2": "documents"}


def test_map_page_colours_filters_and_searches_by_any_attribute(open_page, royals, monkeypatch):
    from embedlab.ui.map.component import MapState

    page = open_page("map", royals.home, **DOCUMENTS)
    views = []
    monkeypatch.setattr("embedlab.ui.map.canvas.scatter", lambda cloud, view, **more: views.append(view) or MapState())
    picker = next(box for box in page.selectbox if box.label == "Colour")
    assert {"Colour: author", "Colour: year", "Colour: day"} <= set(picker.options)
    assert "Colour: kind" not in picker.options, "it is the label"
    for name, form in (("year", "whole"), ("day", "date")):
        picker.set_value(name).run()
        assert (views[-1].colour.title, views[-1].colour.form) == (name, form)
    page.multiselect(key="map_only.kind").set_value(["royal"]).run()
    assert np.flatnonzero(views[-1].shown).tolist() == [0, 2, 4, 6, 8, 10]
    by = next(chosen for chosen in page.multiselect if chosen.label == "By")
    by.set_value(["kind", "year"]).run()
    next(slider for slider in page.slider if slider.label == "year").set_range(1992, 1996).run()
    assert np.flatnonzero(views[-1].shown).tolist() == [2, 4, 6]
    search(page, "ann 7")
    assert (list(views[-1].highlight), list(views[-1].selected)) == ([7], [7])
    assert not page.exception and not page.error


def test_map_page_says_the_attributes_of_a_document_and_lists_those_of_several(open_page, royals):
    page = open_page("map", royals.home, **DOCUMENTS)
    search(page, "ann 7")
    assert headings(page) == ["8\\. a review of the film number 7"]
    assert "kind: animal · author: Ann 7 · year: 1997" in texts(page)
    page = open_page("map", royals.home, link=link_to(royals, [2, 7], what="documents"))
    rows = page.dataframe[0].value[["kind", "author", "year"]].to_numpy().tolist()
    assert rows == [["royal", "Ann 2", 1992], ["animal", "Ann 7", 1997]]


def test_map_as_a_projector_file_and_a_page_with_its_regions(filled):
    from embedlab.lab.map_files import Shade, map_file
    from embedlab.lab.map_view import map_view

    view = map_view(filled, filled.runs()[0], filled.map(filled.runs()[0], "pca", limit=400))
    with zipfile.ZipFile(io.BytesIO(map_file(view, ".zip"))) as archive:
        assert len(archive.read("vectors.tsv").splitlines()) == 400
        assert archive.read("metadata.tsv").decode().splitlines()[1].split("\t")[0] == view.texts[0]
    page = map_file(view, ".html", Shade(view.colour("frequency"), halo=np.ones(400, np.float32))).decode()
    assert '"regions"' in page and '"halo"' in page
