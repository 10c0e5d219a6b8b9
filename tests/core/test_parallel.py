"""Threads: every result once, nothing after an error, items taken as they are needed."""

import threading

import pytest

from embedlab.core.parallel import Rate, in_threads


@pytest.mark.parametrize("workers", [1, 3])
def test_results_of_every_item_come_once(workers):
    assert sorted(in_threads(workers, lambda n: n and n * n, range(50))) == [n * n for n in range(50)]


def test_items_are_taken_only_a_little_ahead():
    taken = []

    def items():
        for n in range(100):
            taken.append(n)
            yield n

    results = in_threads(2, lambda n: n, items())
    next(results)
    assert len(taken) <= 4
    results.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_out_and_no_thread_stays(workers):
    def task(n):
        if n == 3:
            raise ValueError("broken on purpose")
        return n

    before = threading.active_count()  # other tests may have left threads of libraries
    with pytest.raises(ValueError, match="broken on purpose"):
        list(in_threads(workers, task, range(1000)))
    assert threading.active_count() == before


def test_rate_falls_while_nothing_is_done():
    rate = Rate()
    assert rate(10) > rate(10) > 0
