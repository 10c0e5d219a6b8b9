"""The registry of benchmarks, what may be chosen, and the result that every benchmark comes back with."""

import json

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus
from helpers.topic_factory import topic_corpus, topic_words

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, Scored, ScoreOptions, applicable, evaluate, restricted
from embedlab.vectors.embedding import Embedding


@pytest.fixture
def topics(tmp_path):
    return topic_corpus(tmp_path)


@pytest.fixture
def planted():
    return topic_words()


def test_applicable(tmp_path, topics, monkeypatch):
    monkeypatch.delenv("EMBEDLAB_DATA", raising=False)
    of_words = [
        "wordsim353",
        "simlex999",
        "google-analogies",
        "categories",
        "odd-one-out",
        "bias-nature",
        "bias-career",
        "bias-science",
        "geometry",
    ]
    assert applicable(None) == applicable(make_corpus(tmp_path, ["x"])) == of_words
    assert applicable(topics) == [*of_words, "classification", "document-recall"]


# Those of recommendations: items/test_scored.py.
@pytest.mark.parametrize("name", [name for name, each in BENCHMARKS.items() if not each.of_items])
def test_benchmark_contract(name, planted, topics):
    benchmark = BENCHMARKS[name]
    if benchmark.source == "data" and benchmark.path is None:
        pytest.skip("EMBEDLAB_DATA does not hold this set")
    assert benchmark.name == name and benchmark.title and benchmark.about.endswith((".", "?"))
    result = evaluate(Scored(planted, topics), name, seed=3)
    assert (result.benchmark, result.title, result.task, result.metric) == (
        name,
        benchmark.title,
        benchmark.task,
        benchmark.metric,
    )
    assert BenchmarkResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    if benchmark.source != "data":  # which take seconds; the rest is scored by the same code
        assert evaluate(Scored(planted, topics), name, seed=3) == result


def test_result_of_a_newer_program_is_read(planted):
    result = evaluate(planted, "wordsim353")
    assert BenchmarkResult.from_dict(result.to_dict() | {"later": 1}) == result


def test_result_of_an_earlier_program_is_read():
    """What the catalog of the first version holds: no references, no items by number, no vocabulary."""
    old = {
        "benchmark": "simlex999",
        "title": "SimLex-999",
        "task": "similarity",
        "metric": "Spearman",
        "score": 0.3,
        "low": 0.2,
        "high": 0.4,
        "n_used": 900,
        "n_total": 999,
        "baseline": 0.0,
        "baseline_low": -0.1,
        "baseline_high": 0.1,
        "seed": 1,
        "digest": "abc",
        "note": "",
        "parts": [],
        "rows": [],
        "missing": [],
    }
    result = BenchmarkResult.from_dict(old)
    assert (result.references, result.by, result.vocabulary, result.beats_chance) == ([], [], {"mode": "own"}, True)


@pytest.mark.slow
def test_options_change_title_and_digest_only_where_they_apply(planted, topics, tmp_path):
    plain, mul = (evaluate(planted, "google-analogies", options={"analogy": method}) for method in ("add", "mul"))
    assert (plain.title, mul.title) == ("Google analogies", "Google analogies, 3CosMul")
    assert plain.digest != mul.digest and mul.options == {"analogy": "mul"}
    pairs = [evaluate(planted, "simlex999", options={"analogy": method}) for method in ("add", "mul")]
    assert pairs[0].digest == pairs[1].digest
    by_mean, by_sif = (
        evaluate(Scored(planted, topics), "classification", options=ScoreOptions(weighting=w)) for w in ("mean", "sif")
    )
    assert by_mean.digest != by_sif.digest and by_sif.title == "Document classification, SIF"
    with pytest.raises(BadSetting, match="Analogies by must be one of add, mul, plain; got 'best'"):
        evaluate(planted, "google-analogies", options={"analogy": "best"})


def test_shared_words_are_the_only_ones_used(planted, tmp_path):
    (tmp_path / "p.tsv").write_text("ball\tgoal\t5\nball\tbread\t1\nsoup\tbread\t4\ncourt\tbread\t0\n")
    own, shared = (
        evaluate(Scored(planted, words=words), tmp_path / "p.tsv")
        for words in (None, {"ball", "goal", "bread", "soup", "nowhere"})
    )
    assert (own.n_used, shared.n_used, shared.n_total) == (4, 3, 4)
    assert (own.vocabulary, shared.vocabulary) == ({"mode": "own", "words": None}, {"mode": "shared", "words": 4})
    assert own.digest != shared.digest
    again = evaluate(Scored(planted, words=["soup", "bread", "goal", "ball"]), tmp_path / "p.tsv")
    assert again.digest == shared.digest and again.missing == ["court"]
    with pytest.raises(BadInput, match="The runs share 1 words, too few to score"):
        restricted(planted, {"ball"})


def test_data_that_is_not_here_says_how_to_get_it(planted, monkeypatch):
    monkeypatch.delenv("EMBEDLAB_DATA", raising=False)
    with pytest.raises(
        NotFound, match="The data of Cranfield is missing. Set EMBEDLAB_DATA to a folder that holds cranfield"
    ):
        evaluate(planted, "cranfield")


def test_own_word_lists_are_whole():
    """No word is in two lists of one test, and no class has fewer than ten words."""
    from embedlab.evaluation import load_benchmark

    for name, benchmark in BENCHMARKS.items():
        if benchmark.task == "bias":
            test = load_benchmark(benchmark.path)
            for (_, one), (_, two) in (test.targets, test.attributes):
                assert not set(one) & set(two) and min(len(one), len(two)) == 10, name
    classes = load_benchmark(BENCHMARKS["categories"].path)
    kinds = [kind for _, kind in classes.rows]
    assert len(classes.rows) == 193 and min(map(kinds.count, kinds)) >= 10
    assert len({word for word, _ in classes.rows}) > 185


def test_no_benchmark_is_passed_by_random_vectors():
    """Over all built-in benchmarks of words at most one interval of random vectors in twenty may be above chance."""
    words = sorted(
        {
            word.lower()
            for name in ("wordsim353", "simlex999", "categories")
            for row in _rows(name)
            for word in row
            if isinstance(word, str)
        }
    )
    passed, scored = [], 0
    for seed in range(5):
        noise = Embedding(words, np.random.default_rng(100 + seed).standard_normal((len(words), 50), np.float32))
        for name in ("wordsim353", "simlex999", "categories", "odd-one-out"):
            result = evaluate(noise, name, seed=seed)
            scored += 1
            passed += [(name, seed)] * bool(result.beats_chance)
    assert len(passed) <= 1, passed  # seen over three ranges of seeds: 1, 0 and 0 of 20


def _rows(name):
    from embedlab.evaluation import load_benchmark

    return load_benchmark(BENCHMARKS[name].path).rows
