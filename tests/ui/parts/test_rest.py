"""When garbage is collected: at rest after work, or when memory has grown; never after each click."""

from embedlab.ui.parts.rest import GROWN, Collector

START = 100 * 2**20


def looked_at(collector, *looks) -> list[bool]:
    """Whether it was due at each look, given as (processor seconds, memory), and collected where it was."""
    found = []
    for seconds, memory in looks:
        found.append(collector.due(seconds, memory))
        if found[-1]:
            collector.done(seconds, memory)
    return found


def test_collects_once_when_the_work_is_over():
    looks = [(1.0, START), (2.0, START), (2.9, START), (2.95, START), (3.0, START), (3.05, START)]
    assert looked_at(Collector(), *looks) == [False, False, False, True, False, False]


def test_an_idle_app_does_not_collect():
    assert not any(looked_at(Collector(), *[(0.01 * n, START) for n in range(20)]))


def test_a_busy_app_collects_when_memory_has_grown():
    looks = [(1.0, START), (2.0, START + GROWN // 2), (3.0, START + GROWN + 1), (4.0, START + GROWN + 2)]
    assert looked_at(Collector(), *looks) == [False, False, True, False]
