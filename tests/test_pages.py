"""Every page in its empty state, in use, and with input it cannot take."""

import shutil
from pathlib import Path

import counting
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from embedlab import catalog as tables
from embedlab import jobs
from embedlab.models import MODELS

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


@pytest.mark.parametrize("model", ["word2vec", "glove", "transformer", "masked", "classifier", "static"])
def test_train_page_draws_the_form_of_every_family(open_page, filled, model):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value(model).run()
    assert not page.exception
    assert "Train model" in [button.label for button in page.button]
    assert page.metric[0].label == "Time, about" and page.metric[0].value


def test_neighbours_page_answers_every_question(open_page, filled):
    page = open_page("neighbours", filled.home)
    assert "Nearest to" in texts(page)
    for question in ("Analogy", "Odd one out", "Similarity", "Axes", "Why near", "In context"):
        page.segmented_control(key="question").set_value(question).run()
        assert not page.exception and not page.warning, question


def html_of(page) -> str:
    return " ".join(element.proto.body for element in page.get("html"))


def test_neighbours_page_says_what_each_neighbour_shares(open_page, filled):
    page = open_page("neighbours", filled.home, question="Neighbours", word="film", k=5)
    table = page.dataframe[0].value
    assert list(table.columns) == ["Word", "Cosine", "Shares", "Count"]
    assert table["Shares"].str.len().gt(0).all()
    assert "Choose a row to see why it is near" in texts(page)


def test_neighbours_page_explains_a_pair_with_marked_sentences(open_page, filled):
    page = open_page("neighbours", filled.home, question="Why near", why_a="film", why_b="movie")
    assert [metric.label for metric in page.metric] == ["Vectors", "Contexts", "Side by side"]
    assert "Why “film” and “movie” are near" in texts(page) and "Counted over all" in texts(page)
    shown = html_of(page)
    assert "<mark class='a'>film</mark>" in shown and "<mark class='b'>movie</mark>" in shown and "<mark class='c'>" in shown
    page.text_input(key="why_b").set_value("moviie").run()
    assert "movie" in page.warning[0].value and not page.exception
    page.text_input(key="why_b").set_value("film").run()
    assert "given twice" in page.warning[0].value


def test_neighbours_page_of_a_large_corpus_waits_for_its_index(open_page, lab, monkeypatch):
    from embedlab import jobs
    from embedlab.ui import why

    monkeypatch.setattr(why, "AT_ONCE", 0)
    monkeypatch.setattr(jobs, "start", jobs.create)  # no workers here
    lab.train("polarity", "word2vec", name="films", dim=8, epochs=1, min_count=2, workers=1)
    page = open_page("neighbours", lab.home, question="Why near", why_a="film", why_b="movie")
    assert "Looking through" in texts(page) and "near" not in texts(page)
    page.run()
    queued = jobs.list_jobs(lab, kind="index")
    assert len(queued) == 1
    jobs.run_here(lab, queued[0].id)
    page.run()
    assert "Why “film” and “movie” are near" in texts(page)


def test_neighbours_page_of_imported_vectors_says_that_sentences_are_missing(open_page, tmp_path):
    from embedlab import Lab

    lab = Lab(tmp_path / "home")
    path = tmp_path / "v.txt"
    path.write_text("3 2\ncat 1 0\ndog 0.9 0.1\nbond 0 1\n")
    lab.import_vectors(path)
    page = open_page("neighbours", lab.home)
    assert "came without a corpus" in texts(page)
    page.segmented_control(key="question").set_value("Why near").run()
    assert not page.exception and "No corpus behind this run" in texts(page)


def test_neighbours_page_answers_an_unknown_word_with_spellings(open_page, filled):
    page = open_page("neighbours", filled.home)
    page.text_input(key="word").set_value("filmm").run()
    assert "film" in page.warning[0].value and not page.exception


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


def test_benchmarks_page_shows_scores_with_coverage(open_page, filled):
    page = open_page("benchmarks", filled.home)
    table = page.dataframe[0].value
    assert set(table["Benchmark"]) == {"SimLex-999", "Document classification"}
    assert all(" of " in used for used in table["Used"])


def test_runs_page_lists_the_run(open_page, filled):
    page = open_page("runs", filled.home)
    assert page.dataframe[0].value["name"].tolist() == ["films"]


def test_train_page_offers_to_resume_a_run_that_ended_early(open_page, lab, monkeypatch):
    monkeypatch.setitem(MODELS, "counting", counting.FAMILY)
    monkeypatch.setenv("EMBEDLAB_CHECKPOINT_EVERY", "0")

    def stop(progress):
        if progress.step > 15:
            raise KeyboardInterrupt

    id = lab.new_training(lab.add_corpus("lee"), "counting", {}, name="stopped")
    with pytest.raises(KeyboardInterrupt):
        jobs.run_here(lab, id, report=stop)
    started = []
    monkeypatch.setattr(jobs, "start_training", lambda here, run, resume=False: started.append((run, resume)))
    page = open_page("train", lab.home, watched=id)
    at = lab.run(id).resumable_at.percent
    assert {f"Resume from {at}", "Train again from the start"} <= {button.label for button in page.button}
    page.button(key=f"resume_{id}").click().run()
    page.button(key=f"again_{id}").click().run()
    assert started == [(id, True), (id, False)]


def test_train_page_begins_from_a_finished_run_with_its_dimension(open_page, filled):
    page = open_page("train", filled.home)
    start = page.selectbox(key="train.word2vec.base")
    assert start.value == "" and len(start.options) == 2
    start.set_value(filled.run("films").id).run()
    assert not page.exception
    dimensions = next(field for field in page.text_input if field.label == "Dimensions")
    assert (dimensions.value, dimensions.disabled) == ("12", True)
    assert "0 words are new" in texts(page) or "words are new and join" in texts(page)
    page.pills(key="train.model").set_value("glove").run()
    assert page.selectbox(key="train.glove.base").options == ["Random vectors"]


def test_watch_offers_pause_only_where_the_engine_can(open_page, lab, monkeypatch):
    corpus = lab.add_corpus("lee")
    for engine, offered in (("embedlab", True), ("gensim", False)):
        id = lab.new_training(corpus, "word2vec", {"engine": engine})
        lab.catalog.update(tables.jobs, id, status="running")
        page = open_page("train", lab.home, watched=id)
        labels = [button.label for button in page.button]
        assert ("Pause" in labels) == offered and "Cancel" in labels
        if offered:
            page.button(key=f"pause_{id}").click().run()
            assert jobs.get(lab, id).pausing and page.button(key=f"pause_{id}").disabled


def test_runs_page_says_what_a_run_began_from(open_page, lab):
    first = lab.train("lee", "glove", name="first", dim=4, epochs=1)
    id = lab.new_training(lab.corpora() and lab.corpus(lab.corpora()[0]["id"]), "glove", {}, name="second", from_run=first)
    table = open_page("runs", lab.home).dataframe[0].value
    assert dict(zip(table["name"], table["base"].fillna("-"), strict=True)) == {"second": "first", "first": "-"}
    lab.catalog.update(tables.jobs, id, status="failed")
    lab.delete_run(first.id)
    assert open_page("runs", lab.home).dataframe[0].value["base"].tolist() == ["a deleted run"]
    assert lab.run(id).spec.base == first.id


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


@pytest.fixture
def film(filled):
    """The finished run with a film of its training."""
    from embedlab.live import Filming

    run = filled.runs()[0]
    filming = Filming(run.folder, probes=["film", "zebra"], pairs=[("film", "movie")], n_words=50)
    for done in (0, 0.5, 1):
        filming.show(done, run.embedding.words, lambda ids: run.embedding.vectors[ids])
    yield run
    shutil.rmtree(run.folder / "frames")


def test_train_page_offers_to_film_with_words_of_the_corpus(open_page, filled):
    page = open_page("train", filled.home)
    corpus = filled.corpora()[0]["id"]
    probes = page.text_input(key=f"watch.probes.{corpus}").value.split(", ")
    assert len(probes) == 4 and all(word in filled.corpus(corpus).vocabulary for word in probes)
    assert not [warning for warning in page.warning if "watched" in warning.value]
    page.text_input(key=f"watch.probes.{corpus}").set_value("Film, qwertz").run()
    assert "'qwertz': not among the" in page.warning[0].value and not page.exception
    page.text_input(key=f"watch.pairs.{corpus}").set_value("film movie, plot").run()
    assert "'plot' has 1 word; a pair has two" in page.warning[0].value and not page.exception
    page.toggle(key="watch.on").set_value(False).run()
    assert not [warning for warning in page.warning if "pair" in warning.value]


def test_transformers_are_not_filmed(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("transformer").run()
    assert "watch.on" not in [toggle.key for toggle in page.toggle]


def test_train_page_replays_the_film_until_it_is_put_away(open_page, filled, film):
    page = open_page("train", filled.home, watched=film.id)
    assert page.subheader[0].value == "How it learned"
    assert "50 of" in texts(page) and "so not watched: zebra" in texts(page)
    page.button(key=f"away_{film.id}").click().run()
    assert not page.subheader and not page.exception


def test_train_page_says_how_to_get_a_film(open_page, filled):
    page = open_page("train", filled.home, watched=filled.runs()[0].id)
    assert "has no film. Switch on" in texts(page)


def test_runs_page_replays_the_film_of_a_run(monkeypatch, filled, film):
    monkeypatch.setenv("EMBEDLAB_HOME", str(filled.home))

    def body():
        from embedlab.ui import live
        from embedlab.ui.frame import workspace

        live.replay_of(workspace(), workspace().runs()[0])

    page = AppTest.from_function(body, default_timeout=60).run()
    page.toggle(key=f"replay_{film.id}").set_value(True).run()
    assert not page.exception and "at 3 moments, all on one plane" in page.caption[-1].value


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Two runs that differ in their seed, compared, and the first run as two maps."""
    from embedlab import Lab

    lab = Lab(tmp_path_factory.mktemp("compared"))
    corpus = lab.add_corpus("polarity")
    runs = [lab.train(corpus, "word2vec", name=name, dim=12, epochs=2, min_count=2, workers=1, seed=seed)
            for name, seed in (("first", 1), ("second", 2))]
    lab.compare_maps(*runs, methods=("pca", "pca"))
    return lab


PCA = {"compare.left.method": "pca", "compare.right.method": "pca"}


def test_compare_page_takes_the_two_newest_runs_and_offers_to_compare_them(open_page, compared):
    page = open_page("compare", compared.home)
    assert [box.value for box in page.selectbox[:2]] == [compared.run("first").id, compared.run("second").id]
    assert "These two have not been compared yet" in texts(page)
    assert "Compare" in [button.label for button in page.button]


def test_compare_page_shows_a_stored_comparison_with_chance_and_noise(open_page, compared):
    page = open_page("compare", compared.home, **PCA)
    assert [metric.label for metric in page.metric] == ["Neighbours kept", "By chance", "Maps agree"]
    assert page.metric[0].value.endswith(" of 10") and "noise of training" in texts(page)
    table = page.dataframe[0].value
    assert list(table.columns) == ["Word", "Kept", "Lost", "Gained"] and table["Kept"].is_monotonic_increasing
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
    assert "No word on the maps begins with" in texts(page) and not page.exception


def test_compare_page_refuses_one_map_twice(open_page, compared):
    id = compared.run("first").id
    page = open_page("compare", compared.home, **PCA, **{"compare.left": id, "compare.right": id})
    assert "nothing can differ" in texts(page) and not page.exception


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
    chosen = [lab.run(box.value).spec.config["window"] for box in page.selectbox[:2]]
    assert chosen == [2, 15] and not page.exception
    [button] = [button for button in page.button if button.label.startswith("Train window")]
    button.click().run()
    assert len(lab.runs()) == 2, "runs that are there are used again"


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
    assert (page.selectbox(key="colour_words_6").value, page.text_input(key="distance_to").value) == ("distance", "film")
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


@pytest.mark.parametrize("dims", [2, 3])
def test_map_page_shows_the_checks_of_a_map(open_page, filled, dims):
    from embedlab import work
    from embedlab.lab import map_spec
    from embedlab.progress import silent

    run, settings = filled.runs()[0], {"epochs": 10}
    spec = map_spec(run.id, "umap", limit=60, dims=dims, settings=settings)
    filled.map(run, "umap", limit=60, dims=dims, **settings)
    for check in (work.check_stability, work.check_noise):
        check(filled, spec, silent)
    page = open_page("map", filled.home, **{"map.method": "umap", "map.limit": 60, "map.dims": dims, "map.umap.epochs": 10, "map_trust": True})
    assert "Another seed moves half of the points" in texts(page) and "The same method on random vectors" in texts(page)
    assert not page.exception


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A finished sweep over two settings with two seeds, and a run whose stability is known."""
    from embedlab import Lab
    from embedlab.retrained import FILE, retrained
    from embedlab.sweeps import SweepSpec, axis_of, new_sweep
    from embedlab.sweeps.conduct import conduct, threads_here

    lab = Lab(tmp_path_factory.mktemp("swept"))
    corpus = lab.add_corpus("polarity")
    vary = {name: axis_of(name, values, ("word2vec",)) for name, values in (("dim", "4, 8"), ("epochs", "1, 2"))}
    spec = SweepSpec(corpus.id, ("word2vec",), vary, {"word2vec": {"min_count": 2}}, seeds=2, also=("wordsim353",), prune=False)
    id = new_sweep(lab, spec, name="two settings")
    jobs.create(lab, "sweep", {"sweep": id}, title="two settings", id=id)
    jobs.run_here(lab, id, work=lambda *args: conduct(*args, hands=threads_here(lab, 1)))
    run = lab.train(corpus, "word2vec", name="alone", dim=8, epochs=2, min_count=2, workers=1)
    retrained([(1, run.embedding), (2, lab.runs(sweep=id)[0].embedding)]).save(run.folder / FILE)
    return lab


def test_sweeps_page_shows_the_best_the_reading_and_every_chart(open_page, swept):
    page = open_page("sweeps", swept.home)
    assert [metric.label for metric in page.metric][:3] == ["Best held-out loss", "Found with", "Trials done"]
    assert page.metric[2].value == "8 of 8" and "What the numbers say" in texts(page) and "2 trainings" in texts(page)
    [charts] = [control for control in page.segmented_control if control.key.startswith("sweep_chart")]
    assert list(charts.options) == ["Heat map", "Parallel", "Importance", "Score and cost", "Table"]
    for view in charts.options:
        charts = next(control for control in page.segmented_control if control.key.startswith("sweep_chart"))
        charts.set_value(view).run()
        assert not page.exception and not page.error, view
    assert "Resume" not in " ".join(button.label for button in page.button)


def test_sweeps_page_refuses_what_a_loss_cannot_compare_and_starts_what_it_can(open_page, swept, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.ui.sweeps_form.begin", lambda here, id: begun.append(id))
    page = open_page("sweeps", swept.home, sweeps_view="New sweep")
    assert "Start sweep" in [button.label for button in page.button]
    page.text_input(key="sweep.values.dim").set_value("5, x").run()
    assert "whole number" in page.error[0].value and not page.exception
    page.text_input(key="sweep.values.dim").set_value("5, 6").run()
    next(button for button in page.button if button.label == "Start sweep").click().run()
    assert len(begun) == 1 and not page.exception
    from embedlab.sweeps import delete_sweep, read_board

    assert read_board(swept, begun[0]).spec.vary["dim"].values == (5, 6)
    delete_sweep(swept, begun[0])


def test_lessons_start_with_one_click(open_page, swept, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.ui.sweeps_form.begin", lambda here, id: begun.append(id))
    page = open_page("sweeps", swept.home, sweeps_view="Lessons")
    assert [sub.value for sub in page.subheader] == ["Embedding size", "Context window"]
    page.button(key="lesson.window").click().run()
    from embedlab.sweeps import delete_sweep, read_board

    assert not page.exception and read_board(swept, begun[0]).spec.purpose == "window"
    delete_sweep(swept, begun[0])


def test_trials_do_not_flood_lists_of_runs(open_page, swept):
    page = open_page("runs", swept.home)
    assert page.dataframe[0].value["name"].tolist() == ["alone"]
    page.selectbox(key="runs_of").set_value(page.selectbox(key="runs_of").options and swept.runs()[-1].sweep).run()
    assert len(page.dataframe[0].value) == 8 and not page.exception
    assert open_page("map", swept.home).sidebar.selectbox[0].options == ["alone"]


def test_stability_of_a_run_lists_the_words_not_to_trust(monkeypatch, swept):
    monkeypatch.setenv("EMBEDLAB_HOME", str(swept.home))

    def body():
        from embedlab.ui import sweeps_stability
        from embedlab.ui.frame import workspace

        sweeps_stability.panel(workspace(), workspace().run("alone"))

    page = AppTest.from_function(body, default_timeout=60).run()
    assert not page.exception
    assert [metric.label for metric in page.metric] == ["Neighbours kept", "By chance", "Words not to trust"]
    assert page.dataframe[0].value["Kept"].is_monotonic_increasing


def test_map_page_starts_a_changed_setting_from_the_layout_on_screen_and_a_link_leads_back_to_it(open_page, filled, monkeypatch):
    from embedlab import jobs
    from embedlab.lab import map_spec
    from embedlab.progress import silent
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

    again = AppTest.from_file(str(PAGES / "map.py"), default_timeout=60)
    again.query_params.update({"run": run.id, "map": warm})
    again.run()
    assert again.query_params["map"] == warm and again.number_input(key="map.umap.n_neighbors").value == 5
    assert "Began from the layout" in texts(again) and not again.exception
