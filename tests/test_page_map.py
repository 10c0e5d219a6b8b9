"""The page Map: a stored map, its colours, its checks, its link, and a map that begins from the one on screen."""

import numpy as np
import pytest
from pages_shown import texts


def test_map_page_shows_a_stored_map_with_its_trust(open_page, filled):
    page = open_page("map", filled.home)
    page.segmented_control(key="map.method").set_value("pca").run()
    assert not page.exception
    assert [metric.label for metric in page.metric] == ["Trustworthiness", "Continuity", "Neighbours kept", "Distances kept"]
    for colour in ("cluster", "pos", "label", "kept", "distance"):
        page.selectbox(key="colour_words_6").set_value(colour).run()
        assert not page.exception, colour
    page.text_input(key="map_search").set_value("film").run()
    assert "selected" in texts(page)
    page.toggle(key="map_trust").set_value(True).run()
    assert not page.exception
    assert [button.label for button in page.button if button.key.startswith("check_")] == ["Check stability", "Would noise look like this too?"]


def test_map_page_restores_map_colour_and_selection_from_a_link(open_page, filled):
    from embedlab.specs import map_spec
    from embedlab.ui import map_link
    from embedlab.work import map_id

    run = filled.runs()[0]
    spec = map_spec(run.id, "pca", limit=120, seed=7)
    filled.map(run, "pca", limit=120, seed=7)
    link = {"run": run.id, "map": map_id(spec), "colour": "distance", "to": "film", "view": "0.1,0.2,3",
            "sel": map_link.packed_selection(np.array([3, 5, 8]), 120)}
    page = open_page("map", filled.home, link=link)
    assert not page.warning
    assert (page.segmented_control(key="map.method").value, page.number_input(key="map.limit").value, page.number_input(key="map.seed").value) == ("pca", 120, 7)
    assert (page.selectbox(key="colour_words_6").value, page.text_input(key="distance_to").value) == ("distance", "film")
    assert "3 words selected" in texts(page)
    assert (page.query_params["map"], page.query_params["view"]) == (map_id(spec), "0.1,0.2,3")


@pytest.mark.parametrize("link", [{"map": "0000000000000000"}, {"sel": "not a selection", "view": "nan,0,x"}])
def test_map_page_of_a_link_that_leads_nowhere_still_opens(open_page, filled, link):
    page = open_page("map", filled.home, link=link)
    assert ("not among those stored" in texts(page)) == ("map" in link)


@pytest.mark.parametrize("dims", [2, 3])
def test_map_page_shows_the_checks_of_a_map(open_page, filled, dims):
    from embedlab import work
    from embedlab.progress import silent
    from embedlab.specs import map_spec

    run, settings = filled.runs()[0], {"epochs": 10}
    spec = map_spec(run.id, "umap", limit=60, dims=dims, settings=settings)
    filled.map(run, "umap", limit=60, dims=dims, **settings)
    for check in (work.check_stability, work.check_noise):
        check(filled, spec, silent)
    page = open_page("map", filled.home, **{"map.method": "umap", "map.limit": 60, "map.dims": dims, "map.umap.epochs": 10, "map_trust": True})
    assert "Another seed moves half of the points" in texts(page) and "The same method on random vectors" in texts(page)
    assert not page.exception


def test_map_page_starts_a_changed_setting_from_the_layout_on_screen_and_a_link_leads_back_to_it(open_page, filled, monkeypatch):
    from embedlab import jobs
    from embedlab.progress import silent
    from embedlab.specs import map_spec
    from embedlab.work import make_map, map_id

    run, few = filled.runs()[0], {"epochs": 20}
    filled.map(run, "umap", limit=120, **few)
    first = map_spec(run.id, "umap", limit=120, settings=few)
    second = map_spec(run.id, "umap", limit=120, settings=few | {"n_neighbors": 5})
    monkeypatch.setattr(jobs, "start", lambda workspace, kind, spec, **about: make_map(workspace, spec, silent)["map"])
    page = open_page("map", filled.home, **{"map.method": "umap", "map.limit": 120, "map.umap.epochs": 20})
    assert page.query_params["map"] == map_id(first) and not [toggle for toggle in page.toggle if toggle.key == "map.warm"]
    page.number_input(key="map.umap.n_neighbors").set_value(5).run()
    warm = map_id(second | {"start": map_id(first)})
    assert page.toggle(key="map.warm").value and page.query_params["map"] == warm
    page.toggle(key="map.warm").set_value(False).run()
    assert page.query_params["map"] == map_id(second)
    page.toggle(key="map.warm").set_value(True).run()
    next(button for button in page.button if button.label == "Draw map").click().run()
    assert f"Began from the layout of map `{map_id(first)}` (Neighbours 15)" in texts(page)
    page.number_input(key="map.umap.n_neighbors").set_value(15).run()
    assert page.query_params["map"] == map_id(first) and "Began from" not in texts(page)

    again = open_page("map", filled.home, link={"run": run.id, "map": warm})
    assert again.query_params["map"] == warm and again.number_input(key="map.umap.n_neighbors").value == 5
    assert "Began from the layout" in texts(again)
