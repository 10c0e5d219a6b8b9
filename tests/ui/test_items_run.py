"""The pages Map and Neighbours for a run of items: its points, words, colours, questions, and the way to users."""

import pytest
from helpers.pages_shown import html_of, texts
from helpers.taste_runs import taste_lab

from embedlab.jobs.map_specs import MapSpec
from embedlab.ui.map import link
from embedlab.ui.neighbours.asked import item_of

QUESTIONS = ("Nearest", "Why near", "Analogy", "Similarity", "Odd one out", "Axes")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    made = taste_lab(tmp_path_factory.mktemp("items"), "als", "item2vec", "ease")
    for what in ("words", "documents"):
        made.map("als", "pca", what=what)
    made.map("item2vec", "pca")
    return made


@pytest.fixture
def lists(monkeypatch):
    """The rows of each list of near things that the page has drawn, the latest last."""
    drawn = []
    monkeypatch.setattr("embedlab.ui.map.selected.near_list", lambda rows, **about: drawn.append(list(rows)))
    return drawn


def opened(open_page, lab, name: str, *, what: str = "words", select: int | None = None, **state):
    """The map of a run by PCA, with one of its points selected."""
    run = lab.run(name)
    spec = MapSpec(run.id, "pca", what)
    address = {"run": run.id, "map": spec.id}
    if select is not None:
        n = len(lab.stored_map(run.id, spec.id))
        address["sel"] = link.packed_selection([select], n)
    return open_page("map", lab.home, link=address, **state)


def test_map_of_items_offers_users_and_popularity(open_page, lab):
    page = opened(open_page, lab, "als")
    assert page.segmented_control(key="map.what.2").options == ["Items", "Users"]
    assert [head.value for head in page.header] == ["Click an item"]
    colour = page.selectbox(key="colour_items_7")
    assert colour.value == "region"
    for name in ("frequency", "genre", "distance"):
        page.selectbox(key="colour_items_7").set_value(name).run()
        assert not page.exception and not page.warning, name
    assert page.text_input(key="distance_to").label == "Item to measure from"


def test_selected_item_shows_facts_neighbours_and_who_chose_both(open_page, lab, lists):
    page = opened(open_page, lab, "als", select=0, map_why=True)
    run = lab.run("als")
    first = run.embedding.words[0]
    assert page.header[0].value == first
    assert "genre: " in texts(page) and "two random items" in texts(page)
    assert [row.name for row in lists[-1]] == [n.word for n in run.embedding.neighbours(first, k=10)]
    assert f"Why “{first}” and" in texts(page) and "of 250 users chose both" in texts(page)
    assert [metric.label for metric in page.metric] == ["Cosine", "Chose both", "By chance", "Lift"]


def test_selected_user_shows_choices_and_the_way_to_recommendations(open_page, lab, lists):
    page = opened(open_page, lab, "als", what="documents", select=2)
    data = lab.run_interactions(lab.run("als"))
    assert page.header[0].value == data.users[2]
    assert f"choices: {len(data.choices.of(2))}" in texts(page) and "two random users" in texts(page)
    assert "What is recommended to them" in [button.label for button in page.button]
    assert page.selectbox(key="colour_users_4").value == "region"


def test_title_is_searched_in_any_case(open_page, lab):
    page = opened(open_page, lab, "als")
    title = lab.run("als").embedding.words[3]
    page.session_state["map_search"] = title.upper()
    page.run()
    assert page.header[0].value == title and not page.exception


def test_map_of_item2vec_says_that_it_recommends_by_other_vectors(open_page, lab):
    page = opened(open_page, lab, "item2vec")
    assert "The map shows the items' own vectors; recommendations use context vectors" in texts(page)
    assert "own vectors" not in texts(opened(open_page, lab, "als"))


def test_item_is_asked_every_question_that_suits(open_page, lab):
    run = lab.run("als")
    first = run.embedding.words[0]
    page = open_page("neighbours", lab.home, run=run.id, word=first)
    assert f"Nearest to “{first}”" in texts(page) and "chosen " in texts(page) and "users chose both" in texts(page)
    assert page.segmented_control(key="pick_question").options == list(QUESTIONS)
    for question in QUESTIONS:
        page.segmented_control(key="pick_question").set_value(question).run()
        assert not page.exception and not page.warning, question
    page.segmented_control(key="pick_question").set_value("Why near").run()
    assert f"Why “{first}” and" in texts(page)
    page.segmented_control(key="pick_question").set_value("Odd one out").run()
    assert "The odd one out is" in texts(page) and len(page.multiselect[0].value) == 4


def test_neighbours_of_item2vec_carry_the_note(open_page, lab):
    page = open_page("neighbours", lab.home, run=lab.run("item2vec").id)
    assert "This list compares the items' own vectors" in texts(page)


def test_items_are_found_by_id_and_in_any_case(lab, monkeypatch):
    monkeypatch.setattr("embedlab.ui.neighbours.asked.choices_behind", lab.run_interactions)
    run = lab.run("als")
    title, data = run.embedding.words[2], lab.run_interactions(run)
    id = data.item_ids[data.item(title)]
    assert [item_of(run, typed) for typed in (title, title.lower(), id)] == [title] * 3
    assert item_of(run, "No such film") == "No such film"


def test_why_near_of_deleted_choices_is_a_sentence(open_page, tmp_path):
    from embedlab.store import catalog as tables

    lab = taste_lab(tmp_path, "puresvd")
    lab.catalog.delete(tables.corpora, id=lab.run("puresvd").spec.corpus_id)
    page = open_page("neighbours", lab.home)
    assert "The data of this run have been deleted" in texts(page)
    assert "also" not in html_of(page)
