"""Charts of scores: references beside the score, and associations drawn to the side they mean."""

from types import SimpleNamespace

import pytest

from embedlab import plots


def test_forest_shows_what_is_reached_without_learning():
    result = SimpleNamespace(
        benchmark="cranfield",
        title="Cranfield",
        metric="nDCG@10",
        score=0.3,
        low=0.2,
        high=0.4,
        baseline=0.01,
        n_used=5,
        n_total=6,
        references=[{"name": "BM25", "score": 0.37, "low": 0.3, "high": 0.4}],
    )
    base, known, score = plots.scores_forest([result, result], names=["a run", "<b>another</b>"]).data
    assert (list(known.x), list(known.y), known.name, list(known.hovertext)) == (
        [0.37, 0.37],
        [0, 1],
        "without learning",
        ["BM25", "BM25"],
    )
    assert (list(base.x), list(score.x)) == ([0.01, 0.01], [0.3, 0.3])


@pytest.mark.parametrize("dark", [True, False, None])
def test_association_bars_are_ordered_and_named(dark):
    rows = [
        {"target": "men", "word": "he", "association": 0.1},
        {"target": "women", "word": "<i>she", "association": -0.2},
        {"target": "men", "word": "king", "association": -0.05},
    ]
    figure = plots.association_bars(rows, ("career", "family"), dark=dark)
    men, women = figure.data
    assert (list(men.x), list(men.y), list(women.y)) == ([-0.05, 0.1], [1, 2], [0])
    assert list(figure.layout.yaxis.ticktext) == ["&lt;i&gt;she", "king", "he"]
    assert figure.layout.title.text and "nearer to family (left) or to career (right)" in figure.layout.xaxis.title.text
