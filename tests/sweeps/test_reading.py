"""A sweep says no more than its numbers do."""

import math
from dataclasses import replace

import pytest

from embedlab.sweeps import SweepSpec, axis_of, checked
from embedlab.sweeps.reading import read, read_any
from embedlab.sweeps.table import Board, Estimate, Point, Trial, estimate_of

W = ("word2vec",)


def test_estimate_is_a_mean_with_the_t_interval_of_its_seeds():
    assert estimate_of([]) is None and estimate_of([2.0]) == Estimate(2.0, None, None, 1)
    found = estimate_of([1.0, 2.0, 3.0])
    assert found.mean == 2.0 and found.high - found.mean == pytest.approx(4.3027 / math.sqrt(3), rel=1e-4)
    assert found.overlaps(Estimate(9.0, None, None, 1)) and not found.overlaps(Estimate(9.0, 8.0, 10.0, 3))


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
    assert "overfits" not in text and "not overfitting; more epochs may help" in text


def test_reading_says_when_intervals_overlap():
    wide = {2: [2.0, 2.5, 3.0], 50: [1.9, 2.4, 2.9], 600: [2.0, 2.4, 3.0]}
    text = " ".join(read(board_of(wide, purpose="size")))
    assert (
        "does not tell the values apart" in text
        and "nothing shows that they are too few" in text
        and "costs time here, not quality" in text
    )
    text = " ".join(read_any(board_of(wide)))
    assert "2 other points overlap" in text


def test_reading_of_single_seeds_claims_nothing():
    text = " ".join(read(board_of({2: [3.0], 50: [2.0]}, purpose="size")))
    assert "may be chance" in text and "Too small" not in text and "no intervals" in text


def test_reading_without_values_says_why():
    board = board_of({2: [2.0], 50: [1.0]}, measure="loss")
    assert read(board) == [
        "No trial has a value for held-out loss. This text is too short to hold sentences out. Raise the held-out share, or "
        "judge by a benchmark."
    ]
    spec = SweepSpec("c", ("masked",), {"dropout": axis_of("dropout", "0, 0.5", ("masked",))})
    assert read(replace(board, spec=spec)) == [
        "No trial has a value for held-out loss. That of Masked language model does not follow the quality of its vectors. "
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
