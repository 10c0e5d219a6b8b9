"""The chart of scores by size, and what it says."""

import pytest

from embedlab.plots.sizes import size_curve, smallest_size

ROWS = [
    {"dim": 32, "start": [0.5, 0.4, 0.6], "end": [0.6, 0.55, 0.65]},
    {"dim": 64, "start": [0.6, 0.5, 0.7], "end": [0.78, 0.7, 0.82]},
    {"dim": 128, "start": [0.65, 0.6, 0.7], "end": [0.8, 0.75, 0.84]},
]


def test_size_curve_shows_start_and_end_with_intervals():
    figure = size_curve(ROWS, "Spearman correlation")
    start, end = figure.data
    assert list(end.x) == [32, 64, 128] and list(start.y) == [0.5, 0.6, 0.65]
    assert list(end.error_y.array) == pytest.approx([0.05, 0.04, 0.04]) and list(
        end.error_y.arrayminus
    ) == pytest.approx([0.05, 0.08, 0.05])
    assert figure.layout.yaxis.title.text == "Spearman correlation" and figure.layout.xaxis.type == "log"


def test_smallest_size_keeps_within_the_interval_of_the_whole():
    assert (
        smallest_size(ROWS)
        == "64 of 128 dimensions score 0.780, within the interval of the whole (0.750 to 0.840): 50% of the size."
    )
    assert smallest_size([ROWS[0], ROWS[2]]) == "Every shorter size scores below the interval of all 128 dimensions."
