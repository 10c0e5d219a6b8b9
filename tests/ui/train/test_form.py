"""The page Train: forms, films, runs to begin from, and runs to go on with."""

import re
import shutil

import pytest
from helpers import counting
from helpers.pages_shown import texts
from streamlit.testing.v1 import AppTest

from embedlab import jobs
from embedlab.models import MODELS
from embedlab.models.training.film import Filming, Watched
from embedlab.store import catalog as tables


@pytest.mark.parametrize("model", ["word2vec", "glove", "transformer", "masked", "classifier", "static"])
def test_train_page_draws_the_form_of_every_family(open_page, filled, model):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value(model).run()
    assert not page.exception
    assert "Train model" in [button.label for button in page.button]
    assert page.metric[0].label == "Time, about" and page.metric[0].value


def test_train_page_warns_of_missing_pairs_before_training(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("transformer").run()
    assert not page.warning
    page.selectbox(key="train.transformer.objective").set_value("pairs").run()
    assert "has no pairs of texts" in page.warning[0].value


def test_train_page_estimates_the_memory_of_a_masked_model(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("masked").run()
    small = page.metric[1]
    assert small.label == "Memory, about" and small.value.endswith("MB")
    page.selectbox(key="train.masked.preset").set_value("thorough").run()
    assert page.metric[1].value != small.value


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
    found = re.search(
        r"0 words are new and join the (\S+) of films\. Of those, (\S+) occur .* other (\S+) stay", texts(page)
    )
    whole, shared, others = (int(number.replace(",", "")) for number in found.groups())
    corpus = filled.corpus(filled.corpora()[0]["id"])
    assert shared == len(corpus.vocabulary.head(min_count=5)) and others == whole - shared
    assert whole == len(filled.run("films").embedding)
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


def test_train_page_replays_the_film_until_it_is_put_away(open_page, filled, film):
    page = open_page("train", filled.home, watched=film.id)
    assert page.subheader[0].value == "How it learned"
    assert "50 of" in texts(page) and "so not watched: zebra" in texts(page)
    page.button(key=f"away_{film.id}").click().run()
    assert not page.subheader and not page.exception


def test_train_page_shows_the_film_of_a_running_training_as_it_grows(open_page, filled):
    run = filled.run("films")
    id = filled.new_training(filled.corpus(filled.corpora()[0]["id"]), "word2vec", {}, name="watched")
    watch = {"words": 50, "probes": ["film", "zebra"], "pairs": [["film", "movie"]]}
    jobs.create(filled, "train", {"run": id, "watch": watch}, title="watched", id=id)
    filled.catalog.update(tables.jobs, id, status="running")
    page = open_page("train", filled.home, watched=id)
    assert page.subheader[0].value == "Watch it learn" and "The film begins as soon as training does" in texts(page)
    filming = Filming(filled.run_folder(id), Watched(probes=["film", "zebra"], pairs=[("film", "movie")], n_words=50))
    for done, said in ((0, "at 0% of training"), (0.5, "at 50% of training")):
        filming.show(done, run.embedding.words, lambda ids: run.embedding.vectors[ids])
        page.run()
        assert not page.exception and f"50 of {len(run.embedding):,} words {said}" in texts(page)
        assert "so not watched: zebra" in texts(page)
    assert page.session_state["followed"][:2] == (id, 1)
    filled.catalog.update(tables.jobs, id, status="cancelled")
    page.run()
    assert not page.exception and page.subheader[0].value == "How it learned"
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
