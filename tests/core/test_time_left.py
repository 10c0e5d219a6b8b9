"""Time left: one estimator for recorded courses of work, never negative, and right once the pace is known."""

import pytest

from embedlab.core.sizes import duration
from embedlab.core.time_left import Clock


def course(expected, waited, seconds, n=40, tail=0.0):
    """Clocks of work that loads for `waited`, works evenly for `seconds`, and may end in a stretch without reports."""
    loading = [Clock(waited * k / 5, 0.0, expected) for k in range(5)]
    at_work = [Clock(waited + seconds * k / n, k / n, expected, waited) for k in range(1, n)]
    last = at_work[-1]
    silent = [Clock(last.elapsed + tail * k / 5, last.share, expected, waited) for k in range(1, 6)] if tail else []
    return loading + at_work + silent


# What a masked training, a GloVe and a transformer reported here: (estimate, seconds of loading, seconds of work).
RECORDED = {"as estimated": (31.0, 2.0, 29.0), "far slower": (31.0, 8.0, 240.0), "far faster": (600.0, 3.0, 60.0)}


@pytest.mark.parametrize("name", RECORDED)
def test_time_left_starts_at_the_estimate_and_converges(name):
    expected, waited, seconds = RECORDED[name]
    clocks = course(expected, waited, seconds)
    assert clocks[0].left == expected  # what the form said
    for clock in clocks:
        true = waited + seconds - clock.elapsed
        assert clock.left > 0
        if clock.share >= 0.3:
            assert clock.left == pytest.approx(true, rel=0.6)
        if clock.share >= 0.7:
            assert clock.left == pytest.approx(true, rel=0.35)


@pytest.mark.parametrize("name", RECORDED)
def test_time_left_never_jumps_from_one_report_to_the_next(name):
    lefts = [clock.left for clock in course(*RECORDED[name], n=200)]
    for before, after in zip(lefts[:-1], lefts[1:], strict=True):
        assert 0.6 * before - 2 < after < 1.35 * before + 2


def test_time_left_grows_while_nothing_is_reported():
    lefts = [clock.left for clock in course(31.0, 2.0, 30.0, tail=60.0)][-5:]
    assert lefts == sorted(lefts) and lefts[0] > 0


def test_time_left_of_an_estimate_that_ran_out_while_loading_stays_positive():
    assert [round(Clock(elapsed, 0.0, 20.0).left) for elapsed in (0, 10, 19, 40, 400)] == [20, 10, 5, 10, 100]


def test_time_left_without_an_estimate_waits_for_the_pace():
    assert Clock(5.0, 0.0).left is None and Clock(5.0, 0.005).left is None
    assert Clock(15.0, 0.5, waited=5.0).left == pytest.approx(10.0)
    assert Clock(15.0, 1.0).left == 0.0 == Clock(15.0, 1.5, 60.0).left


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "under a second"),
        (12.4, "12 s"),
        (89.6, "90 s"),
        (200, "3 min"),
        (3599, "1 h"),
        (4800, "1 h 20 min"),
        (9000, "2 h 30 min"),
    ],
)
def test_duration_in_words(seconds, text):
    assert duration(seconds) == text
