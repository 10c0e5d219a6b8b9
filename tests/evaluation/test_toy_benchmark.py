"""A benchmark that is one function and one entry: the page, the command, the library and sweeps score by it."""

import numpy as np
import pytest
from helpers.commands import answer

from embedlab.evaluation import BENCHMARKS, Benchmark, BenchmarkResult, applicable
from embedlab.evaluation.results import mean_interval
from embedlab.sweeps import SweepSpec, checked


def _rhymes(scored, *, name, title, seed, report) -> BenchmarkResult:
    """The share of words whose nearest neighbour ends in the same letter."""
    unit = scored.embedding.unit[:200]
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    words = scored.embedding.words
    hits = np.array([words[i][-1] == words[j][-1] for i, j in enumerate(cosines.argmax(axis=1))], float)
    rows = [{"item": i, "word": words[i], "hit": hit} for i, hit in enumerate(hits.tolist())]
    low, high = mean_interval(hits, seed=seed)
    return BenchmarkResult(
        *(name, title, "rhyme", "accuracy", float(hits.mean()), low, high, len(hits), len(hits)),
        *(0.1, 0.05, 0.15, seed, "rhymes-1"),
        rows=rows,
        by=["hit"],
    )


@pytest.fixture
def toy(monkeypatch):
    benchmark = Benchmark("rhymes", "Rhymes", "Do neighbours rhyme?", "rhyme", "accuracy", "vectors", score=_rhymes)
    monkeypatch.setitem(BENCHMARKS, "rhymes", benchmark)


@pytest.fixture
def run(lab, toy):
    return lab.train(lab.add_corpus("lee"), dim=8, epochs=1, workers=1)


def test_library_scores_by_it(lab, run):
    [result] = lab.evaluate(run, ["rhymes"])
    assert (result.benchmark, result.metric, result.n_used) == ("rhymes", "accuracy", 200)
    assert result.low <= result.score <= result.high
    assert "rhymes" in applicable(lab.run_corpus(run))


def test_command_scores_by_it(lab, run):
    found = answer(lab.home, "evaluate", run.id, "--benchmark", "rhymes")
    assert [(score["benchmark"], score["metric"]) for score in found] == [("rhymes", "accuracy")]


def test_benchmarks_page_offers_it_and_shows_its_score(open_page, lab, run):
    lab.evaluate(run, ["rhymes"])
    page = open_page("benchmarks", lab.home)
    assert not page.exception and not page.error
    assert any("Rhymes · Other" in options for options in (list(box.options) for box in page.multiselect))


def test_sweep_may_be_judged_by_it(lab, run):
    spec = SweepSpec(run.spec.corpus_id, (run.spec.model,), {"dim": [4, 8]}, objective="rhymes")
    assert checked(spec).objective == "rhymes" and spec.larger_is_better
