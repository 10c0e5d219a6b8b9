"""Sweeps of choices on the command line: the model and the judge suit the data unless others are named."""

import pytest
from helpers.commands import answer, run
from helpers.tastes import tastes

from embedlab.lab import Lab


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("home"))
    lab.register_interactions(tastes(lab.corpora_folder))
    return lab.home


@pytest.mark.slow
def test_sweep_of_choices_is_judged_by_the_split_that_suits_them(home, monkeypatch):
    monkeypatch.setattr("embedlab.sweeps.conductor.cores", lambda: 1)  # one at a time, in this process
    made = answer(home, "sweep", "run", "tastes", "--model", "als", "--vary", "dim=4,8", "--set", "epochs=2")
    assert made["objective"] == "items-time" and len(made["points"]) == 2
    assert all(point["items-time"]["mean"] > 0 for point in made["points"])
    configs = [trial.spec.config for trial in Lab(home).runs() if trial.sweep]
    assert {(config["split"], config["epochs"]) for config in configs} == {("time", 2)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "word2vec", "--vary", "dim=4,8"), "Word2Vec learns from texts"),
        (("--objective", "simlex999", "--vary", "dim=4,8"), "cannot judge runs of 'tastes'"),
        (("--objective", "validation", "--vary", "dim=4,8"), "does not follow the quality"),
    ],
)
def test_what_does_not_go_with_choices_is_refused(home, words, said):
    done = run(home, "sweep", "run", "tastes", *words, check=False)
    assert done.returncode == 2 and said in done.stderr
