"""The page Train: forms, films, runs to begin from, and runs to go on with."""

import re
import shutil

import pytest
from helpers import counting
from helpers.pages_shown import texts
from streamlit.testing.v1 import AppTest

from embedlab import jobs
from embedlab.models import MODELS, families_for
from embedlab.models.training.film import Filming, Watched
from embedlab.store import catalog as tables


@pytest.mark.parametrize("model", list(families_for("texts")))
def test_train_page_draws_the_form_of_every_family(open_page, filled, model):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value(model).run()
    assert not page.exception
    assert "Train model" in [button.label for button in page.button]
    assert "Takes " in texts(page) and " of memory" in texts(page)


def start_button(page):
    return page.button(key="train.start")


def test_a_training_whose_data_lack_pairs_cannot_be_started_and_apply_mends_it(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("transformer").run()
    assert not start_button(page).disabled
    page.selectbox(key="train.transformer.objective").set_value("pairs").run()
    assert start_button(page).disabled and "has no pairs of texts" in texts(page)
    page.button(key="apply.transformer.objective").click().run()
    assert page.selectbox(key="train.transformer.objective").value == "simcse" and not start_button(page).disabled


@pytest.mark.slow
def test_a_batch_larger_than_the_data_cannot_be_started(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("transformer").run()
    page.number_input(key="train.transformer.batch_size").set_value(1024).run()
    assert start_button(page).disabled and "A batch of 1,024 is more than the" in texts(page)
    page.button(key="apply.transformer.batch_size").click().run()
    assert page.number_input(key="train.transformer.batch_size").value < 1024 and not start_button(page).disabled


def test_settings_that_cannot_go_together_leave_the_page_whole(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("transformer").run()
    page.text_input(key="train.transformer.dims").set_value("64,x").run()
    assert start_button(page).disabled and "Shorter sizes must be whole numbers" in texts(page)
    assert not page.exception and page.number_input(key="train.seed").value == 1


@pytest.mark.slow
def test_automatic_settings_show_the_number_they_become_and_follow_the_corpus(open_page, filled):
    corpus = filled.corpus(filled.corpora()[0]["id"])
    auto = MODELS["word2vec"].automatic(corpus, {})
    page = open_page("train", filled.home)
    epochs = page.number_input(key="train.word2vec.epochs")
    assert epochs.value == auto["epochs"] and f"auto: {auto['epochs']}" in epochs.label
    epochs.set_value(2).run()
    assert page.number_input(key="train.word2vec.epochs").value == 2
    assert f"try {auto['epochs']}" in texts(page)
    page.button(key="apply.word2vec.epochs").click().run()
    assert page.number_input(key="train.word2vec.epochs").value == auto["epochs"]
    page.session_state["train.word2vec.epochs.automatic"] = page.session_state["train.word2vec.epochs"] = 7
    page.run()  # as after another corpus, whose number was 7
    assert page.number_input(key="train.word2vec.epochs").value == auto["epochs"]


def test_suggested_name_tells_model_epochs_and_seed(open_page, filled):
    page = open_page("train", filled.home)
    page.number_input(key="train.word2vec.epochs").set_value(1)
    page.number_input(key="train.seed").set_value(7).run()
    name = next(field for field in page.text_input if field.label == "Name of the run").placeholder
    assert "skip-gram" in name and name.endswith("window 5, 1 epoch, seed 7")


def test_masked_model_starts_from_one_control(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("masked").run()
    labels = [widget.label for widget in (*page.selectbox, *page.text_input, *page.segmented_control)]
    assert labels.count("Start from") == 1 and not {"Begin with", "Trained model", "Base model"} & set(labels)
    start = page.selectbox(key="train.masked.from")
    assert start.options[:2] == ["A new, small model", "MiniLM (bundled)"]
    start.set_value("minilm").run()
    assert not page.exception and "Size" not in [widget.label for widget in page.selectbox]
    assert "from minilm" not in texts(page) and not start_button(page).disabled


def test_train_page_estimates_the_memory_of_a_masked_model(open_page, filled):
    def memory(page) -> str:
        return re.search(r"and (\d+ [kMG]B) of memory", texts(page)).group(1)

    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("masked").run()
    small = memory(page)
    page.selectbox(key="train.masked.preset").set_value("thorough").run()
    assert memory(page) != small


@pytest.mark.slow
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
    start = page.selectbox(key="train.word2vec.from")
    assert start.value == "" and len(start.options) == 2
    start.set_value(filled.run("films").id).run()
    assert not page.exception
    dimensions = next(field for field in page.text_input if field.label == "Dimensions")
    assert (dimensions.value, dimensions.disabled) == ("12", True)
    found = re.search(
        r"0 words are new and join the (\S+) of films\. Of those, (\S+) occur .* other (\S+) stay", texts(page)
    )
    whole, shared, others = (int(number.replace(",", "")) for number in found.groups())
    corpus = filled.corpus(filled.corpora()[0]["id"])
    assert shared == len(corpus.vocabulary.head(min_count=page.number_input(key="train.word2vec.min_count").value))
    assert others == whole - shared
    assert whole == len(filled.run("films").embedding)
    page.pills(key="train.model").set_value("glove").run()
    assert page.selectbox(key="train.glove.from").options == ["Random vectors"]


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


@pytest.fixture
def film(filled):
    """The finished run with a film of its training."""
    run = filled.runs()[0]
    filming = Filming(run.folder, Watched(probes=["film", "zebra"], pairs=[("film", "movie")], n_words=50))
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


def test_train_page_replays_the_film_beside_the_links(open_page, filled, film):
    page = open_page("train", filled.home, watched=film.id)
    said = texts(page)
    assert "50 of" in said and "so not watched: zebra" in said
    assert all(label in said for label in ("See the map", "Ask for neighbours", "Judge"))


def test_train_page_shows_the_film_of_a_running_training_as_it_grows(open_page, filled):
    run = filled.run("films")
    id = filled.new_training(filled.corpus(filled.corpora()[0]["id"]), "word2vec", {}, name="watched")
    watch = {"words": 50, "probes": ["film", "zebra"], "pairs": [["film", "movie"]]}
    jobs.create(filled, "train", {"run": id, "watch": watch}, title="watched", id=id)
    filled.catalog.update(tables.jobs, id, status="running")
    page = open_page("train", filled.home, watched=id)
    assert "The film begins as soon as training does" in texts(page)
    filming = Filming(filled.run_folder(id), Watched(probes=["film", "zebra"], pairs=[("film", "movie")], n_words=50))
    for done, said in ((0, "at 0% of training"), (0.5, "at 50% of training")):
        filming.show(done, run.embedding.words, lambda ids: run.embedding.vectors[ids])
        page.run()
        assert not page.exception and f"50 of {len(run.embedding):,} words {said}" in texts(page)
        assert "so not watched: zebra" in texts(page)
    assert page.session_state["followed"][:2] == (id, 1)
    filled.catalog.update(tables.jobs, id, status="cancelled")
    page.run()
    assert not page.exception and "at 2 moments, all on one plane" in texts(page)
    filled.delete_run(id)


def test_train_page_says_how_to_get_a_film(open_page, filled):
    page = open_page("train", filled.home, watched=filled.runs()[0].id)
    assert "has no film. Switch on" in texts(page)


def test_runs_page_replays_the_film_of_a_run(monkeypatch, filled, film):
    monkeypatch.setenv("EMBEDLAB_HOME", str(filled.home))

    def body():
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.train import film

        film.replay_of(workspace(), workspace().runs()[0])

    page = AppTest.from_function(body, default_timeout=60).run()
    page.toggle(key=f"replay_{film.id}").set_value(True).run()
    assert not page.exception and "at 3 moments, all on one plane" in page.caption[-1].value


def test_what_another_person_added_is_not_preselected(open_page, lab, tmp_path):
    bundled = lab.add_corpus("polarity")
    own = tmp_path / "diary.txt"
    own.write_text("dear diary today was a day\n" * 20, encoding="utf-8")
    uploaded = lab.add_corpus(str(own))
    assert lab.corpora()[0]["id"] == uploaded.id  # the newest is the first of the list
    assert open_page("train", lab.home).selectbox(key="pick_corpus_train").value == bundled.id
    mine = open_page("train", lab.home, corpus=uploaded.id)
    assert mine.selectbox(key="pick_corpus_train").value == uploaded.id
