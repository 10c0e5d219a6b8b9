"""A sweep says no more than its numbers do."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from embedlab.sweeps import SweepSpec, axis_of, checked
from embedlab.sweeps.reading import read, read_any
from embedlab.sweeps.spread import spread_of
from embedlab.sweeps.table import Board, Point, Trial

W = ("word2vec",)


def test_a_single_point_has_the_t_interval_of_its_seeds():
    board = board_of({7: [1.0, 2.0, 3.0]}, measure="same-class")
    found = board.points[0].measure("same-class")
    assert found.mean == 2.0 and found.spread.deviation == pytest.approx(1.0) and found.spread.freedom == 2
    board = board_of({7: [0.1, 0.2, 0.3]}, measure="other")
    found = board.points[0].measure("other")
    assert found.high - found.mean == pytest.approx(4.3027 * 0.1 / math.sqrt(3), rel=1e-4)


def test_two_seeds_have_no_interval_of_their_own_but_pooled_ones():
    assert board_of({7: [1.0, 2.0]}).points[0].measure("validation").low is None
    assert "too few for an interval" in " ".join(read(board_of({7: [1.0, 2.0]}, purpose="")))
    board = board_of({value: [0.1, 0.2] for value in (2, 50, 600)}, measure="other", objective="wordsim353")
    found = board.points[0].measure("other")
    pooled = math.sqrt(3 * 2 * 0.05**2 / 3)
    assert found.spread.freedom == 3
    assert found.high - found.mean == pytest.approx(stats.t.ppf(0.975, 3) * pooled / math.sqrt(2), rel=1e-9)
    text = read(board_of({2: [3.0, 3.01], 50: [2.0, 2.01], 600: [2.5, 2.51]}))[-1]
    assert "no interval of their own" not in text and "too little for an interval of their own" in text


def test_intervals_stay_within_what_a_measure_can_be():
    wide = board_of({2: [0.1, 9.0, 0.2], 50: [0.1, 5.0, 0.3]}).points
    assert all(0 < point.measure("validation").low < point.measure("validation").mean for point in wide)
    words = board_of({2: [0.9, -0.1, 0.5]}, measure="wordsim353", objective="wordsim353").points[0]
    assert (words.measure("wordsim353").low, words.measure("wordsim353").high) == (
        pytest.approx(-0.81699, abs=1e-4),
        1.0,
    )


@pytest.mark.parametrize(("points", "seeds"), [(2, 3), (6, 3), (12, 2)])
def test_equal_points_are_told_apart_in_one_of_twenty_sweeps(points, seeds):
    """Any claim against the best point, over 400 sweeps of equal points."""
    rng, false = np.random.default_rng(1), 0
    for values in rng.standard_normal((400, points, seeds)):
        spread = spread_of("other", values.tolist())
        means = values.mean(axis=1)
        false += any(spread.apart((means.max(), seeds), (mean, seeds)) for mean in means)
    assert 8 <= false <= 34  # 20 expected, of a binomial with standard deviation 4.4


def test_other_measures_are_read_as_well():
    board = board_of(U_SHAPE)
    scores = {2: 0.3, 50: 0.1, 600: 0.29}
    points = tuple(
        replace(
            point,
            trials=tuple(
                replace(
                    trial,
                    measures=trial.measures | {"simlex999": scores[point.settings["dim"]] + trial.seed / 100},
                    n={"simlex999": (900, 999)},
                )
                for trial in point.trials
            ),
        )
        for point in board.points
    )
    text = " ".join(read(replace(board, points=points, spec=replace(board.spec, also=("simlex999",)))))
    assert "By SimLex-999 the best is 0.310" in text and "the best by the objective is behind it" in text
    assert "1 other setting cannot be told from it" in text


def board_of(
    values: dict, *, name="dim", purpose="", objective="validation", measure="validation", training=None
) -> Board:
    """A finished sweep over one setting: value -> measures of its seeds."""
    points = []
    for number, (level, seeds) in enumerate(values.items()):
        trials = tuple(
            Trial(
                f"r{number}{i}",
                number,
                i,
                "word2vec",
                {},
                "done",
                measures={
                    measure: value,
                    "seconds": 1.0 + number,
                    "loss": (training or {}).get(level, value) + i * 1e-6,
                },
                n={measure: (200, 999)} if measure != "validation" else {},
            )
            for i, value in enumerate(seeds)
        )
        points.append(Point(number, "word2vec", {name: level}, trials))
    axis = axis_of(name, list(values), W)
    return Board(
        "s", "s", SweepSpec("c", W, {name: axis}, seeds=3, purpose=purpose, objective=objective), tuple(points)
    )


U_SHAPE = {2: [3.0, 3.01, 3.02], 50: [2.0, 2.01, 2.02], 600: [2.5, 2.51, 2.52]}


def test_reading_of_sizes_says_too_small_and_overfits_only_when_the_training_loss_falls():
    text = " ".join(read(board_of(U_SHAPE, purpose="size", training={2: 3.0, 50: 1.9, 600: 1.2})))
    assert "best at 50 dimensions" in text and "Too small loses information" in text and "Too large overfits" in text
    text = " ".join(read(board_of(U_SHAPE, purpose="size", training={2: 3.0, 50: 1.9, 600: 2.4})))
    assert "overfits" not in text and "not overfitting. More epochs may help" in text


def test_reading_says_when_points_are_not_told_apart():
    wide = {2: [2.0, 2.5, 3.0], 50: [1.9, 2.4, 2.9], 600: [2.0, 2.4, 3.0]}
    text = " ".join(read(board_of(wide, purpose="size")))
    assert (
        "does not tell the values apart" in text
        and "nothing shows that they are too few" in text
        and "costs time here, not quality" in text
    )
    text = " ".join(read_any(board_of(wide)))
    assert "2 other settings cannot be told from it" in text


def test_reading_of_single_seeds_claims_nothing():
    text = " ".join(read(board_of({2: [3.0], 50: [2.0]}, purpose="size")))
    assert "may be chance" in text and "Too small" not in text and "no intervals" in text


def test_reading_without_values_says_why():
    board = board_of({2: [2.0], 50: [1.0]}, measure="loss")
    assert read(board) == [
        "No run has a value for held-out loss. This text is too short to hold sentences out. Raise the "
        "held-out share, or "
        "judge by a benchmark."
    ]
    spec = SweepSpec("c", ("masked",), {"dropout": axis_of("dropout", "0, 0.5", ("masked",))})
    assert read(replace(board, spec=spec)) == [
        "No run has a value for held-out loss. That of Masked language model does not follow the quality "
        "of its vectors. "
        "Judge by a benchmark."
    ]


def test_best_point_has_the_most_seeds():
    board = board_of({2: [1.9], 50: [2.0, 2.01, 2.02]})
    assert board.best.settings["dim"] == 50 and [point.settings["dim"] for point in board.ranked] == [2, 50]


def test_score_with_few_items_is_not_read():
    board = board_of(
        {1: [0.2, 0.3, 0.25], 20: [0.5, 0.6, 0.55]},
        name="window",
        purpose="window",
        objective="wordsim353",
        measure="wordsim353",
    )
    few = replace(
        board,
        points=tuple(
            replace(p, trials=tuple(replace(t, n={"wordsim353": (12, 353)}) for t in p.trials)) for p in board.points
        ),
    )
    assert "best at 20 words on either side" in " ".join(read(board)) and "too few items" in " ".join(read(few))


def test_windows_of_the_lesson_see_as_many_pairs(lab):
    from embedlab.sweeps.presets import LESSONS

    spec = checked(LESSONS["window"].spec("c"))
    pairs = [
        config["epochs"] * (config["window"] + 1)
        for config in (spec.config("word2vec", settings) for _, settings in spec.grid())
    ]
    assert max(pairs) / min(pairs) < 1.25


def test_cancelled_sweep_is_read_as_cut_short_and_not_as_one_of_single_seeds():
    text = " ".join(read(board_of({2: [3.0], 50: [2.0]})))
    assert "ended after 2 of 6 trainings" in text and "Resume it" in text
    assert "Only one of its 3 seeds has been trained" in text and "one seed per setting" not in text
    whole = board_of({2: [3.0], 50: [2.0]})
    text = " ".join(read(replace(whole, spec=replace(whole.spec, seeds=1))))
    assert "ended after" not in text and "With one seed per setting" in text
