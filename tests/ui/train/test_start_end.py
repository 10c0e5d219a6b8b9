"""The table of scores before and after training, and the sentences below it."""

import pytest
from streamlit.testing.v1 import AppTest

OWN = {"evaluator": "finding the partner", "metric": "accuracy", "on": "mine", "n": 50}
OLD = OWN | {"start": [0.5, 0.4, 0.6], "end": [0.7, 0.6, 0.8]}
FOREIGN = OLD | {
    "evaluator": "sentences from elsewhere",
    "difference": [-0.02, -0.03, -0.01],
    "verdict": "Less *well*.",
}


def shown(rows) -> AppTest:
    def script(rows):
        from types import SimpleNamespace

        from embedlab.ui.train.start_end import start_end

        start_end(SimpleNamespace(summary={"notes": {"start_end": rows}}, before=lambda what: None), key="k")

    return AppTest.from_function(script, args=(rows,), default_timeout=60).run()


def test_runs_of_older_versions_show_before_and_after():
    page = shown([OLD])
    assert not page.exception and "| Score | Before | After | Verdict |\n" in page.markdown[1].value
    assert "0.500 :small[0.400 to 0.600]" in page.markdown[1].value and not page.warning


@pytest.mark.parametrize("worse", [True, False])
def test_verdict_is_a_warning_where_training_made_it_worse(worse):
    page = shown([FOREIGN | {"worse": worse}])
    assert not page.exception and "| -0.020 :small[-0.030 to -0.010] |" in page.markdown[1].value
    texts = [element.value for element in (page.warning if worse else page.caption)]
    assert texts[-1].replace("\\", "") == "Less *well*." and len(page.warning) == worse


def test_runs_without_scores_show_nothing():
    assert not shown([]).markdown


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"start": [0.652, 0.60, 0.70], "end": [0.697, 0.65, 0.74]}, "not told apart"),
        ({"start": [0.133, 0.12, 0.14], "end": [0.096, 0.08, 0.11]}, "**worse**"),
        ({"start": [0.5, 0.4, 0.6], "end": [0.7, 0.65, 0.8]}, "**better**"),
        ({"start": [0.5, 0.4, 0.6], "end": [0.6, 0.5, 0.7], "difference": [0.1, 0.02, 0.18]}, "**better**"),
        ({"start": [0.5, 0.4, 0.6], "end": [0.6, 0.5, 0.7], "difference": [0.1, -0.02, 0.22]}, "not told apart"),
        ({"metric": "perplexity", "start": [4289, 4000, 4500], "end": [465, 427, 506]}, "**better**"),
        ({"start": [0.5], "end": [0.6]}, ""),
        ({"start": [0.5, None, None], "end": [0.6, None, None]}, ""),
    ],
)
def test_each_score_has_a_verdict_by_its_interval(row, said):
    from embedlab.ui.train.start_end import verdict

    assert verdict(OWN | row) == said
    assert not said or f"| {said} |" in shown([OWN | row]).markdown[1].value
