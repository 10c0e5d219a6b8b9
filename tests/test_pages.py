"""Every page in its empty state, in use, and with input it cannot take."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

PAGES = Path(__file__).parent.parent / "pages"
NAMES = sorted(path.stem for path in PAGES.glob("*.py"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A workspace with labelled documents, a finished run, its map and its scores."""
    from embedlab import Lab

    lab = Lab(tmp_path_factory.mktemp("pages"))
    corpus = lab.add_corpus("polarity")
    run = lab.train(corpus, "word2vec", name="films", dim=12, epochs=3, min_count=1, workers=1)
    lab.map(run, "pca")
    lab.evaluate(run, ["simlex999", "classification"])
    return lab


@pytest.fixture
def open_page(monkeypatch):
    def opened(name: str, home: Path, **state) -> AppTest:
        monkeypatch.setenv("EMBEDLAB_HOME", str(home))
        page = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
        for key, value in state.items():
            page.session_state[key] = value
        page.run()
        assert not page.exception, page.exception
        return page

    return opened


def texts(page) -> str:
    return " ".join(element.value for kind in ("title", "markdown", "caption", "warning", "error") for element in getattr(page, kind))


@pytest.mark.parametrize("name", NAMES)
def test_page_of_an_empty_workspace_says_what_to_do(name, open_page, tmp_path):
    page = open_page(name, tmp_path)
    assert page.title[0].value == name.capitalize()
    assert not page.error
    if name not in ("corpora", "train"):
        assert "yet" in texts(page)


@pytest.mark.parametrize("name", NAMES)
def test_page_of_a_filled_workspace_shows_its_run(name, open_page, filled):
    page = open_page(name, filled.home)
    assert not page.error
    if name in ("map", "neighbours", "benchmarks"):
        assert page.sidebar.selectbox[0].options == ["films"]


def test_corpora_page_shows_sizes_words_curves_pairs_and_documents(open_page, filled):
    page = open_page("corpora", filled.home)
    assert page.metric[0].value == "200"
    for side in ("Zipf and coverage", "Training pairs", "Documents"):
        page.segmented_control(key="corpus_side").set_value(side).run()
        assert not page.exception, side
    assert set(page.dataframe[-1].value["Label"]) == {"neg"}


def test_corpora_page_makes_pairs_of_a_typed_sentence(open_page, filled):
    page = open_page("corpora", filled.home)
    page.segmented_control(key="corpus_side").set_value("Training pairs").run()
    page.text_input(key="pairs_sentence").set_value("one two three").run()
    page.slider(key="pairs_window").set_value(1).run()
    assert page.dataframe[-2].value.values.tolist() == [["one", "two"], ["two", "one"], ["two", "three"], ["three", "two"]]


def test_corpora_page_previews_pasted_text(open_page, tmp_path):
    page = open_page("corpora", tmp_path)
    page.segmented_control(key="corpora_view").set_value("Add your own").run()
    page.segmented_control(key="source").set_value("Paste text").run()
    page.text_area(key="pasted").set_value("The Cat sat.\nThe dog ran.").run()
    assert not page.exception
    assert "6 tokens stay, 0 go" in texts(page)
    page.selectbox(key="prep.stopwords").set_value("english").run() if "prep.stopwords" in [s.key for s in page.selectbox] else \
        page.segmented_control(key="prep.stopwords").set_value("english").run()
    assert "4 tokens stay, 2 go" in texts(page)


@pytest.mark.parametrize("model", ["word2vec", "glove", "transformer"])
def test_train_page_draws_the_form_of_every_family(open_page, filled, model):
    page = open_page("train", filled.home)
    page.segmented_control(key="train.model").set_value(model).run()
    assert not page.exception
    assert "Train model" in [button.label for button in page.button]
    assert page.metric[0].label == "Time, about" and page.metric[0].value


def test_neighbours_page_answers_every_question(open_page, filled):
    page = open_page("neighbours", filled.home)
    assert "Nearest to" in texts(page)
    for question in ("Analogy", "Odd one out", "Similarity", "Axes", "In context"):
        page.segmented_control(key="question").set_value(question).run()
        assert not page.exception and not page.warning, question


def test_neighbours_page_answers_an_unknown_word_with_spellings(open_page, filled):
    page = open_page("neighbours", filled.home)
    page.text_input(key="word").set_value("filmm").run()
    assert "film" in page.warning[0].value and not page.exception


def test_map_page_shows_a_stored_map_with_its_trust(open_page, filled):
    page = open_page("map", filled.home)
    page.segmented_control(key="map.method").set_value("pca").run()
    assert not page.exception
    assert [metric.label for metric in page.metric] == ["Trustworthiness", "Continuity", "Neighbours kept", "Distances kept"]
    for colour in ("cluster", "pos", "label", "distance"):
        page.selectbox(key="colour_words_5").set_value(colour).run()
        assert not page.exception, colour
    page.text_input(key="map_search").set_value("film").run()
    assert "selected" in texts(page)


def test_benchmarks_page_shows_scores_with_coverage(open_page, filled):
    page = open_page("benchmarks", filled.home)
    table = page.dataframe[0].value
    assert set(table["Benchmark"]) == {"SimLex-999", "Document classification"}
    assert all(" of " in used for used in table["Used"])


def test_runs_page_lists_the_run(open_page, filled):
    page = open_page("runs", filled.home)
    assert page.dataframe[0].value["name"].tolist() == ["films"]


def test_corpora_page_previews_phrases_and_rare_words_by_the_uploaded_text(open_page, tmp_path):
    page = open_page("corpora", tmp_path)
    page.segmented_control(key="corpora_view").set_value("Add your own").run()
    page.segmented_control(key="source").set_value("Paste text").run()
    page.text_area(key="pasted").set_value("\n".join(["we saw new york today"] * 30 + ["a lone zebra came new today"] * 3)).run()
    page.number_input(key="prep.min_count").set_value(5).run()
    assert not page.exception
    assert "15 tokens stay, 0 go" in texts(page)
    page.text_area[-1].set_value("a zebra saw new york").run()
    assert "3 tokens stay, 2 go" in texts(page)


def test_map_page_restores_map_colour_and_selection_from_a_link(open_page, filled, monkeypatch):
    from embedlab.lab import map_spec
    from embedlab.ui import map_link
    from embedlab.work import map_id

    run = filled.runs()[0]
    spec = map_spec(run.id, "pca", limit=120, seed=7)
    filled.map(run, "pca", limit=120, seed=7)
    monkeypatch.setenv("EMBEDLAB_HOME", str(filled.home))
    page = AppTest.from_file(str(PAGES / "map.py"), default_timeout=60)
    page.query_params.update({"run": run.id, "map": map_id(spec), "colour": "distance", "to": "film", "view": "0.1,0.2,3",
                              "sel": map_link.packed_selection(np.array([3, 5, 8]), 120)})
    page.run()
    assert not page.exception and not page.warning
    assert (page.segmented_control(key="map.method").value, page.number_input(key="map.limit").value, page.number_input(key="map.seed").value) == ("pca", 120, 7)
    assert (page.selectbox(key="colour_words_5").value, page.text_input(key="distance_to").value) == ("distance", "film")
    assert "3 words selected" in texts(page)
    assert (page.query_params["map"], page.query_params["view"]) == (map_id(spec), "0.1,0.2,3")


@pytest.mark.parametrize("link", [{"map": "0000000000000000"}, {"sel": "not a selection", "view": "nan,0,x"}])
def test_map_page_of_a_link_that_leads_nowhere_still_opens(open_page, filled, monkeypatch, link):
    monkeypatch.setenv("EMBEDLAB_HOME", str(filled.home))
    page = AppTest.from_file(str(PAGES / "map.py"), default_timeout=60)
    page.query_params.update(link)
    page.run()
    assert not page.exception
    assert ("not among those stored" in texts(page)) == ("map" in link)
