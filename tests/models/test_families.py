"""What every model family must do."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import FrozenInstanceError, asdict, fields

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus, topics

from embedlab.core.background import run_reporting
from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.progress import Cancelled, Progress, silent
from embedlab.core.settings import from_dict, settings_of
from embedlab.models import MODELS, TEXTS, TRANSFORMER, Family, Trained, families_for
from embedlab.vectors.embedding import Embedding

QUICK = {
    "word2vec": {"dim": 8, "epochs": 2, "min_count": 1},
    "glove": {"dim": 8, "epochs": 2, "min_count": 1},
    "transformer": {"objective": "none"},
    "masked": {
        "preset": "custom",
        "layers": 1,
        "width": 16,
        "heads": 2,
        "length": "epochs",
        "epochs": 2,
        "learning_rate": 1e-3,
        "max_length": 16,
    },
    "classifier": {"mode": "probe", "head_epochs": 2},
    "static": {"mode": "train", "dim": 8, "epochs": 2},
}
each = pytest.mark.parametrize("family", MODELS.values(), ids=list(MODELS))
OF_TEXTS = families_for(TEXTS)  # those of items: test_recommending.py
each_of_texts = pytest.mark.parametrize("family", OF_TEXTS.values(), ids=list(OF_TEXTS))
words_only = pytest.mark.parametrize("family", [MODELS["word2vec"], MODELS["glove"]], ids=["word2vec", "glove"])


def test_importing_the_registry_imports_nothing_heavy():
    heavy = (
        "torch",
        "gensim",
        "numba",
        "scipy",
        "sklearn",
        "transformers",
        "sentence_transformers",
        "psutil",
        "pandas",
    )
    code = f"import sys, embedlab.models; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_names_are_those_of_the_contract():
    assert list(OF_TEXTS) == ["word2vec", "glove", "transformer", "masked", "classifier", "static"]
    items = ["item2vec", "itemglove", "als", "puresvd", "popularity", "itemknn", "ease"]
    assert list(MODELS) == [*OF_TEXTS, *items]
    assert all(name == family.name for name, family in MODELS.items())


@each
def test_config_says_the_effect_of_every_setting(family: Family):
    config, described = family.config(), settings_of(family.config)
    assert [s.name for s in described] == [f.name for f in fields(family.config)]
    for s in described:
        assert s.label and len(s.help) > 20 and "\n" not in s.help and s.help.endswith("."), s.name
        assert s.group in ("Main", "More")
        assert set(s.labels) == set(s.choices or ())
        assert s.type in (str, bool) or (s.low is not None and s.high is not None), s.name
    with pytest.raises(FrozenInstanceError):
        config.epochs = 3
    assert from_dict(family.config, json.loads(json.dumps(asdict(config)))) == config


@pytest.mark.parametrize(
    "family",
    [family for family in MODELS.values() if family.initialised_from == TRANSFORMER],
    ids=lambda family: family.name,
)
def test_family_that_begins_from_a_transformer_names_it_in_its_settings(family: Family):
    config = from_dict(family.config, dict(family.base_settings) | {"base": "a run"})
    assert config.base == "a run" and all(
        getattr(config, name) == value for name, value in family.base_settings.items()
    )


@each
def test_config_refuses_values_out_of_bounds(family: Family):
    for s in settings_of(family.config):
        wrong = ["nonsense"] if s.choices or s.type is not str else [3]
        wrong += [s.low - 1, s.high + 1, float("nan"), float("inf")] if s.type in (int, float) else []
        for value in wrong:
            with pytest.raises(BadSetting, match=s.label):
                family.config(**{s.name: value})


@each_of_texts
def test_training_ends_in_an_embedding_of_the_words(family: Family, tmp_path):
    corpus, seen = make_corpus(tmp_path, topics(np.random.default_rng(0), 40), ["a", "b"] * 20), []
    trained = family.train(corpus, family.config(**QUICK[family.name]), seed=3, report=seen.append)
    assert isinstance(trained, Trained) and isinstance(trained.embedding, Embedding)
    assert trained.embedding.words == corpus.vocabulary.words
    assert trained.embedding.counts.tolist() == corpus.vocabulary.counts.tolist()
    assert len(trained.loss) == len([p for p in seen if "epoch" in p.metrics])
    assert all(type(value) is float for value in trained.loss)
    assert json.loads(json.dumps(trained.notes)) == trained.notes and trained.notes["warnings"] == []
    assert seen[-1].fraction == 1 and [p.fraction for p in seen] == sorted(p.fraction for p in seen)
    assert (trained.documents is None) == (trained.encoder is None)


@words_only
def test_words_seen_too_seldom_fail_with_a_sentence(family: Family, tmp_path):
    corpus = make_corpus(tmp_path, ["every word here is different", "no matter where you look at it"])
    with pytest.raises(
        TrainingFailed, match="No word occurs 5 times in 'planted'; the most frequent, 'at', occurs 1 time. Lower"
    ):
        family.train(corpus, family.config(min_count=5), seed=1)


@words_only
def test_one_repeated_word_fails_with_a_sentence(family: Family, tmp_path):
    corpus = make_corpus(tmp_path, ["echo echo echo echo"] * 10)
    with pytest.raises(TrainingFailed, match="Only one word, 'echo', occurs at least 5 times in 'planted'"):
        family.train(corpus, family.config(min_count=5), seed=1)


@each_of_texts
def test_corpus_without_words_fails_with_a_sentence(family: Family, tmp_path):
    with pytest.raises(TrainingFailed, match="'planted'"):
        family.train(make_corpus(tmp_path, [""]), family.config(**QUICK[family.name]), seed=1)


def test_running_beside_relays_every_report_and_repeats_the_last_while_it_waits():
    seen = []

    def work(relay):
        relay(Progress(1, 2, "first", {"epoch": 1, "loss": 0.5, "rate": 7}))
        while len(seen) < 4:
            time.sleep(0.01)
        relay(Progress(2, 2, "second"))
        return "result"

    assert run_reporting(work, seen.append, every=0.05) == "result"
    assert seen[0].metrics == {"epoch": 1, "loss": 0.5, "rate": 7} and seen[-1] == Progress(2, 2, "second")
    assert len(seen) >= 4 and all(p == Progress(1, 2, "first", {"rate": 7}) for p in seen[1:-1])


def test_running_beside_raises_what_the_work_raises():
    def work(relay):
        raise TrainingFailed("Broken on purpose.")

    with pytest.raises(TrainingFailed, match="Broken on purpose"):
        run_reporting(work, silent)


def test_cancelling_work_that_runs_beside_ends_it_at_its_next_report():
    ended = threading.Event()

    def work(relay):
        try:
            while True:
                relay(Progress(0, 1))
                time.sleep(0.01)
        finally:
            ended.set()

    def report(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        run_reporting(work, report)
    assert ended.is_set()


def test_a_family_is_not_judged_with_settings_its_measure_has_failed_with():
    family = MODELS["word2vec"]
    assert family.judges({"objective": "negative"}) == family.judges({}) == "validation"
    assert family.judges({"objective": "hierarchical"}) == ""
