"""Sweeps find what is planted, and lose and repeat nothing when they are stopped."""

import math
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from helpers import planted_sweep
from helpers.paths import ROOT, TESTS
from helpers.planted_sweep import swept

from embedlab import jobs, sweeps
from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import Cancelled, silent
from embedlab.models import MODELS
from embedlab.store import catalog as tables
from embedlab.sweeps import SweepSpec, axis_of, checked, new_sweep, read_board, remaining
from embedlab.sweeps.conductor import comparable
from embedlab.sweeps.reading import read
from embedlab.sweeps.suggest import Tried, importance, next_point, unpromising
from embedlab.sweeps.table import Point, Trial

W = ("word2vec",)


@pytest.fixture
def planted(lab, monkeypatch):
    """A laboratory with a corpus and the planted family; sweeps run on threads of this process."""
    monkeypatch.setitem(MODELS, "planted", planted_sweep.FAMILY)
    lab.add_corpus("polarity")
    return lab


def spec_of(lab, **options) -> SweepSpec:
    options = {"vary": {"x": "1, 4, 7, 12"}} | options
    vary = {name: axis_of(name, values, ("planted",)) for name, values in options.pop("vary").items()}
    return SweepSpec(lab.corpora()[0]["id"], ("planted",), vary, {"planted": options.pop("fixed", {})}, **options)


# What is asked


@pytest.mark.parametrize(
    ("text", "values", "grid"),
    [
        ("2, 5 10", (2, 5, 10), (2, 5, 10)),
        ("2..10:3", (), (2, 6, 10)),
        ("1..100:3:log", (), (1, 10, 100)),
        ("2..10", (), (2, 4, 6, 8, 10)),
    ],
)
def test_axis_is_read_from_text(text, values, grid):
    axis = axis_of("dim", text, W)
    assert axis.values == values and axis.grid(whole=True) == grid
    assert axis_of("dim", str(axis), W) == axis


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("dim", "0, 5", "between 1 and 2,000"),
        ("dim", "9..2", "is empty"),
        ("dim", "2..9:lg", "neither a number of steps"),
        ("size", "3", "has a setting 'size'"),
        ("dim", "", "no values"),
        ("dim", "five", "whole number"),
        ("architecture", "skipgram..cbow", "is no range"),
        ("sample", "0..0.1:log", "logarithmic"),
    ],
)
def test_axis_that_cannot_be_is_refused_in_a_sentence(name, text, says):
    with pytest.raises(BadSetting, match=says):
        axis_of(name, text, W)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vary": {"window": axis_of("window", "2, 5", W)}}, "held-out loss cannot compare values of 'window'"),
        ({"families": ("word2vec", "glove")}, "cannot compare model families"),
        (
            {"fixed": {"word2vec": {"objective": "hierarchical"}}},
            "held-out loss of Word2Vec does not follow the quality of its vectors with these settings",
        ),
        (
            {"families": ("masked",), "vary": {"dropout": "0, 0.5"}},
            "held-out loss of Masked language model does not follow",
        ),
        ({"families": ("gpt",)}, "needs model families"),
        ({"vary": {}}, "Nothing varies"),
        ({"seeds": 0}, "1 to 20 seeds"),
        ({"objective": "glue"}, "no benchmark 'glue'"),
        ({"strategy": "best"}, "no strategy"),
        ({"vary": {"workers": axis_of("workers", "1, 2", W)}}, "cannot vary"),
        ({"vary": {"dim": axis_of("dim", "1..2000:999", W)}, "seeds": 3}, "2,997 trials"),
    ],
)
def test_sweep_that_cannot_answer_its_question_is_refused(change, says):
    spec = SweepSpec("c", W, {"dim": axis_of("dim", "5, 10", W)})
    with pytest.raises(BadSetting, match=says):
        checked(replace(spec, **change))


def test_spec_survives_json_and_a_setting_is_passed_over_where_a_family_lacks_it():
    import json

    families = ("word2vec", "glove")
    spec = checked(SweepSpec("c", families, {"dim": "5, 10", "alpha": "0.5, 1"}, objective="simlex999"))
    assert SweepSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert len(spec.grid()) == 2 + 4 and spec.config("word2vec", {"dim": 5})["workers"] == 1
    assert spec.config("glove", {"dim": 5, "alpha": 1.0})["alpha"] == 1.0


def test_trials_of_every_family_have_one_thread(planted):
    board = swept(planted, new_sweep(planted, spec_of(planted, vary={"x": "7"}, fixed={"workers": 4}), name="one"))
    assert board.trials[0].config["workers"] == 4  # what the reader fixed is kept
    board = swept(planted, new_sweep(planted, spec_of(planted, vary={"x": "7"}), name="two"))
    assert board.trials[0].config["workers"] == 1


# Choosing points


def test_same_past_gives_the_same_next_point_and_none_twice():
    spec = checked(
        SweepSpec("c", W, {"dim": "2..600:log", "learning_rate": "0.001..0.1:log"}, strategy="tpe", n_points=25)
    )
    past = []
    for _ in range(25):
        point = next_point(spec, past)
        assert point == next_point(spec, past)
        past.append(
            Tried(*point, value=(math.log(point[1]["dim"] / 50)) ** 2 + math.log(point[1]["learning_rate"] / 0.02) ** 2)
        )
    assert next_point(spec, past) is None
    assert len({tuple(tried.settings.items()) for tried in past}) == 25


def test_guided_points_come_nearer_than_random_ones():
    best = {}
    for strategy in ("tpe", "random"):
        found = []
        for seed in range(5):
            spec = checked(
                SweepSpec(
                    "c",
                    W,
                    {"dim": "2..600:log", "learning_rate": "0.001..0.1:log"},
                    strategy=strategy,
                    n_points=20,
                    seed=seed,
                )
            )
            past = []
            while (point := next_point(spec, past)) is not None:
                past.append(
                    Tried(
                        *point,
                        value=math.log(point[1]["dim"] / 50) ** 2 + math.log(point[1]["learning_rate"] / 0.02) ** 2,
                    )
                )
            found.append(np.median([tried.value for tried in past[10:]]))
        best[strategy] = np.median(found)
    assert best["tpe"] < 0.7 * best["random"]


@pytest.mark.parametrize(("dims", "values"), [("2, 3, 5", (2, 3, 5)), ("2..4", (2, 3, 4))])
@pytest.mark.parametrize("strategy", ["random", "tpe"])
def test_small_space_is_used_up_without_repeats(strategy, dims, values):
    spec = checked(SweepSpec("c", W, {"dim": dims, "epochs": "1, 2"}, strategy=strategy, n_points=30))
    past = []
    while (point := next_point(spec, past)) is not None:
        past.append(Tried(*point, value=float(len(past))))
    assert sorted(tuple(tried.settings.values()) for tried in past) == [(d, e) for d in values for e in (1, 2)]
    assert spec.most_points == 6


def test_importance_names_the_setting_that_matters_and_is_silent_on_few_points():
    spec = checked(SweepSpec("c", W, {"dim": "2..600", "learning_rate": "0.001..0.1"}, strategy="random", n_points=30))
    past = []
    for _ in range(20):
        point = next_point(spec, past)
        past.append(Tried(*point, value=float(point[1]["dim"])))
    shares = importance(spec, past)
    assert next(iter(shares)) == "dim" and shares["dim"] > 0.9 and abs(sum(shares.values()) - 1) < 1e-9
    assert importance(spec, past[:3]) == {}


def test_lagging_curve_is_unpromising_only_after_half_of_the_epochs_and_among_enough_others():
    others = [{1: 5.0, 2: 4.0, 3: 3.0, 4: 2.0 + i / 10} for i in range(4)]
    assert unpromising({1: 9.0}, others, 4) is None
    assert unpromising({1: 9.0, 2: 8.0}, others, 4) == 4.0
    assert unpromising({1: 9.0, 2: 3.9}, others, 4) is None
    assert unpromising({1: 9.0, 2: 8.0}, others[:3], 4) is None


# Conducting


def test_planted_best_is_found_on_a_grid_with_its_seeds(planted):
    board = swept(
        planted,
        new_sweep(
            planted, spec_of(planted, vary={"x": "1, 4, 7, 12", "y": "0, 0.5"}, seeds=2, prune=False), name="grid"
        ),
    )
    assert dict(board.best.settings) == {"x": 7, "y": 0.5} and len(board.trials) == 16 and remaining(board) == 0
    value = board.best.measure("validation")
    assert value.n == 2 and value.mean == pytest.approx(1.0015) and value.low < 1.0015 < value.high
    assert all(run.sweep == board.id for run in planted.runs()) and planted.runs(sweep=None) == []


def test_sweep_made_before_its_family_lost_its_measure_names_no_best(planted, monkeypatch):
    id = new_sweep(planted, spec_of(planted, vary={"x": "1, 7"}), name="old")
    assert swept(planted, id).best.settings == {"x": 7}
    monkeypatch.setitem(MODELS, "planted", replace(planted_sweep.FAMILY, judged_by=""))
    board = read_board(planted, id)
    assert board.best is None and "does not follow the quality" in read(board)[0]


@pytest.mark.slow
def test_guided_sweep_comes_near_the_planted_best(planted):
    board = swept(
        planted,
        new_sweep(planted, spec_of(planted, vary={"x": "0..20", "y": "0..1"}, strategy="tpe", n_points=18), name="tpe"),
        n=1,
    )
    assert abs(board.best.settings["x"] - 7) <= 2 and len(board.points) == 18


@pytest.mark.slow
def test_pruning_stops_the_hopeless_and_never_the_best(planted):
    vary = {"x": "7, 8, 6, 5, 20, 19, 18, 17"}
    board = swept(planted, new_sweep(planted, spec_of(planted, vary=vary, fixed={"wait": 0.12}), name="pruned"), n=1)
    assert dict(board.best.settings) == {"x": 7}
    pruned = [point.settings["x"] for point in board.points if point.pruned]
    assert pruned and set(pruned) <= {20, 19, 18, 17}
    run = planted.run(next(trial.run for trial in board.trials if trial.status == "pruned"))
    assert "held-out loss" in run.message and remaining(board) == 0


def test_best_that_starts_slowly_is_not_pruned_before_half_of_its_epochs(planted):
    spec = spec_of(planted, vary={"x": "8, 9, 10, 11, 7"}, fixed={"wait": 0.1})
    curves = [
        {e: planted_sweep.loss_of(planted_sweep.PlantedConfig(x=x, epochs=10), e, 1) for e in range(1, 11)}
        for x in (8, 9, 10, 11)
    ]
    best = planted_sweep.PlantedConfig(x=7, slow=True, epochs=10)
    curve = {}
    for epoch in range(1, 11):
        curve[epoch] = planted_sweep.loss_of(best, epoch, 1)
        if epoch < 5 or epoch > 5:
            assert unpromising(curve, curves, 10) is None, epoch
    assert spec.prune


def test_losses_that_measure_different_things_are_not_compared():
    def point(**config):
        return Point(
            0, "word2vec", {}, (Trial("r", 0, 1, "word2vec", {"epochs": 5, "window": 5, "dim": 10} | config, "done"),)
        )

    assert comparable(point(dim=5), point(dim=50))
    assert not comparable(point(window=2), point()) and not comparable(point(epochs=9), point())


def test_failing_trial_is_left_out_and_not_repeated(planted):
    board = swept(
        planted,
        new_sweep(
            planted, spec_of(planted, vary={"x": "3, 7", "fails": "true, false"}, seeds=2, prune=False), name="fails"
        ),
    )
    assert dict(board.best.settings) == {"x": 7, "fails": False} and remaining(board) == 0
    assert [len(point.trials) for point in board.points if point.settings["fails"]].count(1) >= 1


def test_budget_ends_a_sweep_and_the_rest_is_trained_when_it_goes_on(planted):
    id = new_sweep(planted, spec_of(planted, fixed={"wait": 0.05}, budget=0.003), name="short")
    board = swept(planted, id, n=1)
    assert 0 < len(board.trials) < 4 and remaining(board) == 4 - len(board.trials)
    planted.catalog.update(tables.sweeps, id, spec=replace(board.spec, budget=5.0).to_dict())
    again = swept(planted, id)
    assert [trial.run for trial in again.trials][: len(board.trials)] == [trial.run for trial in board.trials]
    assert remaining(again) == 0


def test_cancelled_sweep_goes_on_with_the_same_trials(planted):
    id = new_sweep(planted, spec_of(planted, fixed={"wait": 0.03}, seeds=2, prune=False), name="stopped")

    def stop(progress):
        if progress.step > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        swept(planted, id, report=stop)
    before = read_board(planted, id)
    assert jobs.get(planted, id).status == "cancelled" and all(trial.ended for trial in before.trials)
    done = {trial.run for trial in before.trials if trial.status == "done"}
    assert done and len(before.trials) < 8
    after = swept(planted, id)
    assert {trial.run for trial in before.trials} <= {trial.run for trial in after.trials} and len(after.trials) == 8
    assert {(trial.point, trial.seed) for trial in after.trials} == {(p, s) for p in range(4) for s in (1, 2)}
    assert all(trial.status == "done" for trial in after.trials)


KILLED = """
import sys
from helpers import planted_sweep
planted_sweep.register()
from embedlab import Lab, jobs
from embedlab.sweeps.conductor import conduct, threads_here
lab = Lab(sys.argv[1])
jobs.create(lab, "sweep", {"sweep": sys.argv[2]}, title="sweep", id=sys.argv[2])
jobs.run_here(lab, sys.argv[2], work=lambda *a: conduct(*a, hands=threads_here(lab, 2)))
"""


@pytest.mark.slow
def test_killed_sweep_resumes_to_the_same_trials(planted):
    """Guided: what is tried next depends on all that was found before, so a lost trial would show."""
    options = dict(vary={"x": "0..20", "y": "0..1"}, strategy="tpe", n_points=12, fixed={"wait": 0.05})
    id = new_sweep(planted, spec_of(planted, **options), name="killed")
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(planted.home), id],
        env=__import__("os").environ | {"PYTHONPATH": f"{TESTS}:{ROOT}"},
    )
    statuses = []
    while statuses.count("done") < 4 or "running" not in statuses:
        statuses = [trial.status for trial in read_board(planted, id).trials]
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert jobs.mark_interrupted(planted) >= 1
    cut = read_board(planted, id)
    assert any(trial.status == "interrupted" for trial in cut.trials)
    after = swept(planted, id)
    assert len(after.points) == 12 and remaining(after) == 0
    kept = {trial.run: (trial.point, dict(trial.config)) for trial in after.trials}
    assert all(kept[trial.run] == (trial.point, dict(trial.config)) for trial in cut.trials)
    assert len({tuple(point.settings.items()) for point in after.points}) == 12


def test_sweep_at_work_is_not_begun_twice_or_deleted(planted):
    id = new_sweep(planted, spec_of(planted), name="busy")
    jobs.create(planted, "sweep", {"sweep": id}, title="busy", id=id)
    with pytest.raises(BadInput, match="at work already"):
        sweeps.run(planted, id, report=silent)
    with pytest.raises(BadInput, match="Cancel it first"):
        sweeps.delete_sweep(planted, id)


def test_deleted_sweep_takes_its_trials_along(planted):
    id = new_sweep(planted, spec_of(planted), name="gone")
    swept(planted, id)
    sweeps.delete_sweep(planted, id)
    assert planted.runs() == [] and sweeps.list_sweeps(planted) == [] and list((planted.home / "runs").iterdir()) == []
    with pytest.raises(NotFound, match="no sweep"):
        sweeps.find_sweep(planted, "gone")


def test_benchmarks_are_scored_in_the_trial_with_their_coverage(lab):
    corpus = lab.add_corpus("lee")
    spec = SweepSpec(
        corpus.id,
        W,
        {"dim": "5, 10"},
        {"word2vec": {"epochs": 1, "min_count": 5}},
        objective="wordsim353",
        also=("google-analogies",),
        prune=False,
    )
    board = swept(lab, new_sweep(lab, spec, name="scored"))
    point = board.points[0]
    assert point.n("wordsim353") == (60, 353) and point.measure("wordsim353").n == 1
    assert {"google-analogies", "validation", "seconds"} <= set(board.measures)
    assert not (lab.run(point.trials[0].run).folder / "end").exists()


def test_small_window_finds_twins_of_syntax_and_large_one_of_topic(lab, tmp_path):
    """Nouns of three topics in two slots: one topic per sentence, one class per slot, shown by the words beside it."""
    rng = np.random.default_rng(1)
    lines = []
    for i in range(1500):
        topic = "abc"[i % 3]
        words = []
        for _ in range(4):
            words += ["the", f"{topic}subject{rng.integers(3)}", "does", f"{topic}object{rng.integers(3)}", "so"]
        lines.append(" ".join(words))
    path = tmp_path / "slots.txt"
    path.write_text("\n".join(lines))
    corpus = lab.add_corpus(path, name="slots")
    spec = SweepSpec(
        corpus.id,
        W,
        {"window": "1, 12"},
        {"word2vec": {"epochs": 5, "dim": 16, "min_count": 1, "sample": 0.0}},
        objective="wordsim353",
        prune=False,
    )
    board = swept(lab, new_sweep(lab, spec, name="windows"))
    shares = {}
    for point in board.points:
        embedding = lab.run(point.trials[0].run).embedding
        nouns = [word for word in embedding.words if "subject" in word or "object" in word]
        near = {word: [n.word for n in embedding.neighbours(word, k=40) if n.word in nouns][:4] for word in nouns}
        same_class = np.mean([("subject" in a) == ("subject" in b) for a, found in near.items() for b in found])
        same_topic = np.mean([a[0] == b[0] for a, found in near.items() for b in found])
        shares[point.settings["window"]] = same_class, same_topic
    # Five seeds: window 1 class 1.00, topic 0.17 to 0.35; window 12 class 0.50, topic 1.00.
    assert shares[1][0] > 0.9 and shares[12][1] > 0.9
    assert shares[1][0] > shares[12][0] and shares[12][1] > shares[1][1]


def test_automatic_settings_of_a_sweep_are_numbers_from_its_beginning(lab):
    corpus = lab.add_corpus("polarity")
    auto = MODELS["word2vec"].automatic(corpus, {})
    spec = SweepSpec(corpus.id, W, {"dim": axis_of("dim", "5, 10", W)}, {"word2vec": {"min_count": 3}})
    stored = lab.catalog.row(tables.sweeps, new_sweep(lab, spec, name="numbers"))["spec"]
    assert stored["fixed"]["word2vec"] == {"min_count": 3, "epochs": auto["epochs"]}
    assert SweepSpec.from_dict(stored).config("word2vec", {"dim": 5})["epochs"] == auto["epochs"]
    older = spec.config("word2vec", {"dim": 5})  # of a sweep that was begun when 5 epochs were the default
    assert (older["epochs"], older["min_count"], older["dim"]) == (5, 3, 5)
    with pytest.raises(BadSetting, match="“auto” is one number"):
        axis_of("epochs", "auto, 5", W)
