"""Figures: what they carry, where labels stand, and files that open without a network."""

import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from embedlab import plots
from embedlab.core.errors import BadInput, BadSetting
from embedlab.plots.drawing import groups, map_labels, screen
from embedlab.plots.labels import Beside, Markers, Room, label_box, padded_ranges, place_labels, text_width, to_pixels
from embedlab.plots.style import PALETTE, escape, log_ticks, shortened
from embedlab.projections import Projection
from embedlab.projections.colouring.colours import Colour, frequency_colour


def a_map(n=200, dims=2, method="umap", seed=0, **more):
    rng = np.random.default_rng(seed)
    return Projection(method, {}, rng.permutation(n) + 1000, rng.normal(size=(n, dims)), n_total=5000, **more)


def names(n=200):
    return [f"word{i}" for i in range(n)]


def categories(n=200):
    return Colour(
        "pos", "category", np.arange(n, dtype=np.int32) % 3, "Class", ("noun", "other", "verb"), muted=("other",)
    )


def overlap(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]) > 0 and min(a[3], b[3]) - max(a[1], b[1]) > 0


# Labels


@pytest.mark.parametrize("avoid", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_labels_do_not_overlap_and_are_not_cut_off(seed, avoid):
    rng = np.random.default_rng(seed)
    coords = rng.normal(size=(500, 2)) * rng.uniform(0.1, 10, 2)
    texts = ["x" * length for length in rng.integers(1, 20, 500)]
    placed = place_labels(coords, rng.uniform(size=500), texts, Room(700, 500, limit=200), Markers(avoided=avoid))
    assert len(placed) > 30
    boxes = [label.box for label in placed]
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if overlap(a, b)]
    assert all(box[0] >= 0 and box[1] >= 0 and box[2] <= 700 and box[3] <= 500 for box in boxes)
    assert len({label.index for label in placed}) == len(placed)


def test_labels_stand_beside_their_points():
    coords = np.random.default_rng(0).normal(size=(80, 2))
    pixels = to_pixels(coords, padded_ranges(coords), 600, 400, equal=True)
    for label in place_labels(coords, np.ones(80), names(80), Room(600, 400), Markers(10)):
        x, y = pixels[label.index]
        left, top, right, bottom = label.box
        assert not (left < x + 5 and right > x - 5 and top < y + 5 and bottom > y - 5)
        assert max(left - x, x - right, 0) < 12 and max(top - y, y - bottom, 0) < 12


def test_labels_of_the_most_important_points_come_first():
    coords = np.zeros((3, 2)) + [[0, 0], [0, 0.001], [9, 9]]
    placed = place_labels(coords, np.array([1, 5, 3]), ["aa" * 8, "bb" * 8, "cc"], Room(450, 300, limit=2))
    assert [label.index for label in placed] == [1, 2]


def test_labels_avoid_other_points_while_there_is_room():
    coords = np.array([[0.0, 0], [0.5, 0], [-3, -3], [3, 3]])
    free = place_labels(coords, np.arange(4)[::-1], ["abcdefgh", "", "", ""], Room(600, 600), Markers(avoided=True))
    assert [label.side for label in free] == ["middle left"]
    assert place_labels(coords, np.arange(4)[::-1], ["abcdefgh", "", "", ""], Room(600, 600))[0].side == "middle right"


def test_labels_of_no_points_and_of_one():
    assert place_labels(np.zeros((0, 2)), np.zeros(0), []) == []
    assert len(place_labels(np.zeros((1, 2)), np.ones(1), ["word"])) == 1


def test_label_width_counts_wide_and_narrow_characters():
    assert text_width("lll", 10) < text_width("aaa", 10) < text_width("mmm", 10) < text_width("日本語", 10)
    assert text_width("e\u0301", 10) == text_width("e", 10)
    left, top, right, bottom = label_box(Beside(100, 50, 5), "word", "top center", font=10)
    assert bottom < 45 and (left + right) / 2 == 100


# The map


def test_map_labels_name_function_words_last():
    projection = Projection("umap", {}, [0, 1], np.array([[0, 0, 0], [0.0, 1e-9, 0]]), n_total=2)
    labelled = map_labels(projection, plots.Drawing(["the", "house"], most_labels=1), Room(700, 500))
    assert [label.index for label in labelled] == [1]


def test_printed_map_with_texts_that_do_not_fit():
    with pytest.raises(BadInput, match="200 points but came with 3 texts"):
        plots.static_map(a_map(), plots.Drawing(names(3)))


def test_more_categories_than_colours_take_another_shape():
    colour = Colour("label", "category", np.arange(8, dtype=np.int32), "Label", tuple("abcdefgh"))
    looks = [(ink, symbol) for _, _, ink, symbol, _ in groups(colour, 8)]
    assert len(set(looks)) == 8
    assert looks[6] == (PALETTE[0], "diamond")


def test_screen_of_a_cube_is_seen_from_above_its_near_corner():
    cube = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    seen = screen(cube, width=600, height=400)
    assert seen[:, 0].mean() == pytest.approx(300, abs=1)
    near_low, near_high, far_high = seen[6], seen[7], seen[1]
    assert near_low[1] < near_high[1] < far_high[1]
    assert near_low[0] == pytest.approx(300) and far_high[0] == pytest.approx(300)


@pytest.mark.slow
@pytest.mark.parametrize("dims", [2, 3])
def test_static_map_as_png_and_svg(dims):
    projection = a_map(dims=dims)
    picture = plots.static_map(
        projection, plots.Drawing(names(), colour=categories(), highlight=projection.ids[:2]), dpi=60
    )
    assert picture.startswith(b"\x89PNG")
    drawing = plots.static_map(
        projection, plots.Drawing(names(), colour=frequency_colour(np.arange(1, 201))), format="svg"
    )
    texts = {element.text for element in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")}
    assert {
        "UMAP map",
        "200 of 5,000 words are drawn: the most frequent ones.",
        "UMAP 1 (no unit)",
        "Occurrences in the corpus",
    } <= texts
    assert drawing == plots.static_map(
        projection, plots.Drawing(names(), colour=frequency_colour(np.arange(1, 201))), format="svg"
    )


def test_static_map_draws_dollars_and_brackets_as_they_are():
    drawing = plots.static_map(a_map(4), plots.Drawing(["$x$", "<num>", "a_b", r"\frac"]), format="svg").decode()
    assert all(text in drawing for text in ("$x$", "&lt;num&gt;", "a_b", r"\frac"))


def test_static_map_has_three_hundred_dots_an_inch():
    from io import BytesIO

    from PIL import Image

    assert Image.open(BytesIO(plots.static_map(a_map(4), plots.Drawing(names(4))))).size == (2160, 1860)


def test_layout_figure_of_many_points_shows_the_same_five_thousand_every_time():
    coords = np.random.default_rng(0).normal(size=(20_000, 2))
    figures = [plots.layout_figure(places, title="So far") for places in (coords, coords + 1)]
    shown = [np.asarray(figure.data[0].x) for figure in figures]
    assert figures[0].layout.title.subtitle.text == "5,000 of 20,000 points" and len(shown[0]) == 5000
    np.testing.assert_allclose(shown[1] - shown[0], 1)


def test_static_map_in_an_unknown_format():
    with pytest.raises(BadSetting, match="png or svg; got 'pdf'"):
        plots.static_map(a_map(4), plots.Drawing(names(4)), format="pdf")


# Charts


def test_loss_curve_of_one_run_has_whole_epochs():
    figure = plots.loss_curve([(1, 3.0), (2, 2.0), (3, 1.5)])
    assert list(figure.data[0].x) == [1, 2, 3]
    assert (figure.layout.xaxis.dtick, figure.layout.showlegend) == (1, False)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("Epoch", "Mean loss of the epoch")


def test_loss_curves_of_several_runs_lie_over_each_other():
    figure = plots.loss_curve({"one": [(e, 1 / e) for e in range(1, 41)], "two": [(1, 2.0)], "none": []})
    assert [trace.name for trace in figure.data] == ["one", "two", "none"]
    assert figure.layout.showlegend and figure.layout.xaxis.dtick == 5


def test_loss_curve_before_the_first_epoch():
    assert list(plots.loss_curve([]).data[0].x) == []


def test_zipf_is_thinned_but_keeps_its_ends():
    counts = np.sort(np.random.default_rng(0).zipf(1.5, 20_000).clip(max=10**6))[::-1]
    figure = plots.zipf(np.arange(1, 20_001), counts)
    line = figure.data[1]
    assert len(line.x) <= 400 and (line.x[0], line.x[-1]) == (1, 20_000)
    assert (line.y[0], line.y[-1]) == (counts[0], counts[-1])
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert len(plots.zipf([], []).data) == 1


def test_coverage_shows_both_shares():
    figure = plots.coverage([1, 2, 5], [1000, 400, 100], [1.0, 0.95, 0.8], chosen=5)
    assert list(figure.data[0].y) == [1.0, 0.95, 0.8]
    assert list(figure.data[1].y) == [1.0, 0.4, 0.1]
    assert figure.layout.annotations[0].text == "minimum count 5"
    with pytest.raises(BadInput, match="share from 0 to 1; got 95"):
        plots.coverage([1], [10], [95.0])


def test_frequent_words_start_at_the_top():
    figure = plots.frequent_words(["the", "<num>"], [10, 7])
    assert list(figure.data[0].x) == [10, 7]
    assert (figure.layout.yaxis.autorange, figure.layout.yaxis.ticktext) == ("reversed", ("the", "&lt;num&gt;"))


def test_heatmap_writes_every_value_once():
    figure = plots.heatmap(["a", "b"], np.array([[1, 0.2], [0.2, 1]]))
    assert sorted(text for trace in figure.data[1:] for text in trace.text) == ["0.20", "0.20", "1.00", "1.00"]
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 1)
    assert len(plots.heatmap(names(30), np.eye(30)).data) == 1
    with pytest.raises(BadInput, match="3 words need a 3 x 3 matrix"):
        plots.heatmap(["a", "b", "c"], np.eye(2))


def test_axes_plot_labels_what_fits_and_names_all_on_hover():
    figure = plots.axes_plot(["a", "b", "c"], [[0, 0], [0, 0], [5, 5]], ("he to she", "poor to rich"))
    assert list(figure.data[0].hovertext) == ["a", "b", "c"]
    assert [text for text in figure.data[0].text if text] == ["a", "b", "c"]
    assert figure.layout.xaxis.title.text == "he to she"


def test_analogy_parts_carry_how_many_were_asked():
    figure = plots.analogy_parts(
        [
            {"name": "family", "score": 0.5, "low": 0.4, "high": 0.65, "n_used": 1200, "n_total": 1500},
            {"name": "currency", "score": None, "n_used": 0, "n_total": 866},
        ]
    )
    assert figure.layout.yaxis.ticktext == ("family  (1,200 of 1,500)", "currency  (0 of 866)")
    np.testing.assert_allclose([figure.data[0].error_x.arrayminus[0], figure.data[0].error_x.array[0]], [0.1, 0.15])
    assert [note.text for note in figure.layout.annotations] == ["50.0%", "none asked"]


def test_scores_forest_shows_score_interval_and_baseline():
    results = [
        SimpleNamespace(
            benchmark="wordsim353",
            metric="Spearman",
            score=0.6,
            low=0.5,
            high=0.7,
            baseline=0.02,
            baseline_low=-0.1,
            baseline_high=0.1,
            n_used=300,
            n_total=353,
        ),
        SimpleNamespace(
            benchmark="analogies",
            metric="accuracy",
            score=None,
            low=None,
            high=None,
            baseline=None,
            n_used=0,
            n_total=19544,
        ),
    ]
    figure = plots.scores_forest(results)
    base, score = figure.data
    assert (list(base.x), list(score.x)) == ([0.02], [0.6, None])
    np.testing.assert_allclose(score.error_x.array, [0.1, 0])
    np.testing.assert_allclose(base.error_x.arrayminus, [0.12])
    assert "300 of 353" in figure.layout.yaxis.ticktext[0]
    assert figure.layout.annotations[0].text == "no item could be used"


ALL_CHARTS = {
    "loss": lambda **more: plots.loss_curve([(1, 1.0)], **more),
    "zipf": lambda **more: plots.zipf([1, 2], [5, 3], **more),
    "coverage": lambda **more: plots.coverage([1, 2], [5, 3], [1, 0.5], **more),
    "frequent": lambda **more: plots.frequent_words(["a"], [3], **more),
    "heatmap": lambda **more: plots.heatmap(["a"], np.eye(1), **more),
    "axes": lambda **more: plots.axes_plot(["a"], [[1, 1]], ("x", "y"), **more),
    "parts": lambda **more: plots.analogy_parts([{"name": "a", "score": 1.0, "n_used": 1, "n_total": 1}], **more),
}


@pytest.mark.parametrize("name", ALL_CHARTS)
def test_chart_is_titled_transparent_and_serialisable_in_both_themes(name):
    for dark in (False, True):
        figure = ALL_CHARTS[name](dark=dark)
        assert isinstance(figure, go.Figure)
        assert figure.layout.title.text and figure.layout.title.x == 0
        assert figure.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
        assert figure.layout.font.color == ("#eceef2" if dark else "#1f2430")
        assert len(figure.to_json()) > 100


def test_shortened_cuts_at_a_word_and_escape_keeps_brackets():
    assert shortened("a few words that go on for ever and ever", 20) == "a few words that go\u2026"
    assert shortened("x" * 50, 10) == "x" * 9 + "\u2026"
    assert escape("<a & b>") == "&lt;a &amp; b&gt;"


def test_log_ticks_are_powers_of_ten_within():
    assert log_ticks(np.log10([3, 2500])) == ([1, 2, 3], ["10", "100", "1,000"])
    assert log_ticks(np.log10([20, 50]))[1] == ["20", "50"]
    assert log_ticks(np.log10([20, 20]))[1] == ["20"]
