"""The chart of the long tail: its curve, the line of equal items, titles and shares."""

from embedlab import plots


def test_long_tail_draws_the_curve_beside_the_line_of_equal_items():
    figure = plots.long_tail([0, 0.5, 1], [0, 0.9, 1])
    alike, curve = figure.data
    assert (list(alike.x), list(alike.y)) == ([0, 1], [0, 1])
    assert (list(curve.x), list(curve.y)) == ([0, 0.5, 1], [0, 0.9, 1])
    assert figure.layout.title.text == "Share of choices of the most chosen items"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Share of items", "Share of choices")
    assert figure.layout.xaxis.tickformat == ".0%"
