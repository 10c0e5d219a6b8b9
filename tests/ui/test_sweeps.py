"""The page Sweeps: the board, the form, the lessons, and the stability of a run."""

import pytest
from helpers.pages_shown import texts
from streamlit.testing.v1 import AppTest

from embedlab import jobs


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A finished sweep over two settings with two seeds, and a run whose stability is known."""
    from embedlab import Lab
    from embedlab.explain.seed_stability import FILE, retrained
    from embedlab.sweeps import SweepSpec, axis_of, new_sweep
    from embedlab.sweeps.conductor import conduct, threads_here

    lab = Lab(tmp_path_factory.mktemp("swept"))
    corpus = lab.add_corpus("polarity")
    vary = {name: axis_of(name, values, ("word2vec",)) for name, values in (("dim", "4, 8"), ("epochs", "1, 2"))}
    spec = SweepSpec(
        corpus.id, ("word2vec",), vary, {"word2vec": {"min_count": 2}}, seeds=2, also=("wordsim353",), prune=False
    )
    id = new_sweep(lab, spec, name="two settings")
    jobs.create(lab, "sweep", {"sweep": id}, title="two settings", id=id)
    jobs.run_here(lab, id, work=lambda *args: conduct(*args, hands=threads_here(lab, 1)))
    run = lab.train(corpus, "word2vec", name="alone", dim=8, epochs=2, min_count=2, workers=1)
    retrained([(1, run.embedding), (2, lab.runs(sweep=id)[0].embedding)]).save(run.folder / FILE)
    return lab


def test_sweeps_page_shows_the_best_the_reading_and_every_chart(open_page, swept):
    page = open_page("sweeps", swept.home)
    assert [metric.label for metric in page.metric][:3] == ["Best held-out loss", "Found with", "Runs done"]
    assert page.metric[2].value == "8 of 8" and "What the numbers say" in texts(page) and "2 trainings" in texts(page)
    [charts] = [control for control in page.segmented_control if control.key.startswith("sweep_chart")]
    assert list(charts.options) == ["Heat map", "Parallel", "Importance", "Score and cost", "Table"]
    for view in charts.options:
        charts = next(control for control in page.segmented_control if control.key.startswith("sweep_chart"))
        charts.set_value(view).run()
        assert not page.exception and not page.error, view
    assert "Resume" not in " ".join(button.label for button in page.button)


@pytest.mark.slow
def test_sweeps_page_refuses_what_a_loss_cannot_compare_and_starts_what_it_can(open_page, swept, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.ui.sweeps.form.begin", lambda here, id: begun.append(id))
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
    monkeypatch.setattr("embedlab.ui.sweeps.form.begin", lambda here, id: begun.append(id))
    page = open_page("sweeps", swept.home, sweeps_view="Lessons")
    lessons = ["Embedding size", "Context window", "Why the settings of text fail for items"]
    assert [sub.value for sub in page.header] == lessons
    page.button(key="lesson.window").click().run()
    from embedlab.sweeps import delete_sweep, read_board

    assert not page.exception and read_board(swept, begun[0]).spec.purpose == "window"
    delete_sweep(swept, begun[0])


def test_lesson_on_items_adds_its_bundled_choices(open_page, lab, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.ui.sweeps.form.begin", lambda here, id: begun.append(id))
    page = open_page("sweeps", lab.home, sweeps_view="Lessons")
    assert page.selectbox(key="lesson.items.corpus").options == ["Planted tastes · bundled"]
    page.button(key="lesson.items").click().run()
    from embedlab.sweeps import read_board

    spec = read_board(lab, begun[0]).spec
    assert (spec.purpose, spec.objective, spec.most_trials) == ("items", "items-last", 8) and not page.exception
    assert [row["name"] for row in lab.interactions()] == ["Planted tastes"]


def test_sweep_of_items_is_judged_by_a_split(open_page, tasted, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.ui.sweeps.form.begin", lambda here, id: begun.append(id))
    data = tasted.interactions()[0]["id"]
    page = open_page("sweeps", tasted.home, sweeps_view="New sweep", corpus=data)
    assert page.pills(key="sweep.families.interactions").value == ["item2vec"]
    judge = next(box for box in page.selectbox if box.label == "Judge by")
    assert judge.value == "items-time" and "Recall@10, last choice" in judge.options
    assert "Stop unpromising runs early" not in [toggle.label for toggle in page.toggle]
    assert "Held out" not in page.multiselect(key="sweep.vary.item2vec").options
    judge.set_value("items-random").run()
    next(button for button in page.button if button.label == "Start sweep").click().run()
    from embedlab.sweeps import delete_sweep, read_board

    spec = read_board(tasted, begun[0]).spec
    assert not page.exception and spec.config("item2vec", {"dim": 10})["split"] == "random"
    delete_sweep(tasted, begun[0])


@pytest.mark.slow
def test_trials_do_not_flood_lists_of_runs(open_page, swept):
    page = open_page("runs", swept.home)
    assert page.dataframe[0].value["name"].tolist() == ["alone"]
    page.selectbox(key="runs_of").set_value(page.selectbox(key="runs_of").options and swept.runs()[-1].sweep).run()
    assert len(page.dataframe[0].value) == 8 and not page.exception
    assert open_page("map", swept.home).selectbox[0].options == ["alone"]


@pytest.mark.slow
def test_stability_of_a_run_lists_the_words_not_to_trust(monkeypatch, swept):
    monkeypatch.setenv("EMBEDLAB_HOME", str(swept.home))

    def body():
        from embedlab.ui.parts.frame import workspace
        from embedlab.ui.sweeps import stability

        stability.panel(workspace(), workspace().run("alone"))

    page = AppTest.from_function(body, default_timeout=60).run()
    assert not page.exception
    assert [metric.label for metric in page.metric] == ["Neighbours kept", "By chance", "Words not to trust"]
    assert page.dataframe[0].value["Kept"].is_monotonic_increasing
