"""Work that releases the GIL, side by side in threads of Python, and how fast it goes."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait


def in_threads(workers: int, task: Callable, items: Iterable) -> Iterator:
    """Results of task(item), as they finish; the caller's thread stays free to report, and nothing outlives an error.

    At most 2 * workers items are taken ahead, so `items` may be made as they are asked for. Close the iterator
    (`contextlib.closing`) when leaving it early. With one worker everything runs in the caller's thread, in order.
    """
    if workers == 1:
        yield from map(task, items)
        return
    waiting, items = set(), iter(items)
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(waiting) < 2 * workers and (item := next(items, _END)) is not _END:
                    waiting.add(pool.submit(task, item))
                if not waiting:
                    return
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        finally:
            for future in waiting:
                future.cancel()


_END = object()


class Rate:
    """Units a second since this was made: rate(units done so far)."""

    def __init__(self):
        self.started = time.perf_counter()

    def __call__(self, done: float) -> float:
        return done / max(time.perf_counter() - self.started, 1e-9)


# MERGED FROM embedlab/projections/threads.py
"""Work shared out among threads: kernels release the GIL, so a part each keeps every core busy."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager

import numpy as np


def n_threads() -> int:
    """How many threads work at a time: the cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    work: Callable, parts: Iterable, *, threads: int | None = None, told: Callable[[int], None] | None = None
) -> None:
    """Call `work(part)` for every part, several at a time.

    After each, `told(how many are done)` is called in the caller's thread; what it raises ends the work.
    """
    with ThreadPoolExecutor(threads or n_threads()) as pool:
        futures = [pool.submit(work, part) for part in parts]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                if told:
                    told(done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def team(threads: int | None = None):
    """A function `run(work, ranges, *arguments)` that calls work(first, last, *arguments) for all ranges at once.

    For steps too short to start threads for: they stay between calls. The caller's own thread takes the last range.
    """
    with ThreadPoolExecutor(max(1, (threads or n_threads()) - 1)) as pool:

        def run(work: Callable, ranges: Sequence[tuple[int, int]], *arguments) -> list:
            others: list[Future] = [pool.submit(work, *part, *arguments) for part in ranges[:-1]]
            last = work(*ranges[-1], *arguments)
            return [other.result() for other in others] + [last]

        yield run


def even_ranges(starts: np.ndarray, parts: int) -> list[tuple[int, int]]:
    """`parts` ranges of rows with about as many edges each; starts int64 (n + 1,): where the edges of each row begin."""
    cuts = np.searchsorted(starts, np.linspace(0, starts[-1], parts + 1)[1:-1])
    bounds = [0, *(int(cut) for cut in cuts), len(starts) - 1]
    return list(zip(bounds[:-1], bounds[1:], strict=True))


@contextmanager
def one_blas_thread():
    """Matrix products inside use one thread: the caller runs several of them, and each comes out the same bit by bit."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
