"""Work shared out among threads, and the switches of the whole process that decide how many each library uses.

Kernels and products release the GIL, so threads of Python keep every core busy. Switches are set here and in `device`,
nowhere else: blocks that need one share it, whichever threads they run in.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager

import numpy as np

# Sharing out


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
    """`parts` ranges of rows with about equally many edges.

    starts: int64 (n + 1,), where the edges of each row begin.
    """
    cuts = np.searchsorted(starts, np.linspace(0, starts[-1], parts + 1)[1:-1])
    bounds = [0, *(int(cut) for cut in cuts), len(starts) - 1]
    return list(zip(bounds[:-1], bounds[1:], strict=True))


def in_threads(workers: int, task: Callable, items: Iterable) -> Iterator:
    """Results of task(item), as they finish; the caller's thread stays free to report, and nothing outlives an error.

    At most 2 * workers items are taken ahead, so `items` may be made as they are asked for. Close the iterator
    (`contextlib.closing`) when leaving it early. With one worker everything runs in the caller's thread, in order.
    """
    if workers == 1:
        yield from map(task, items)
        return
    waiting: set[Future] = set()
    items = iter(items)
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


# Switches of the process


class SharedSwitch:
    """A setting of the whole process that blocks of work hold, at once in several threads or one inside another.

    `change()` sets it and returns what sets it back, which happens when the last block has ended. Nobody waits for
    anybody: a block that needs the setting finds it made. A class because it guards the count of its holders.
    """

    def __init__(self, change: Callable[[], Callable[[], None]]):
        self.change, self.lock = change, threading.RLock()
        self.holders = 0
        self.undo: list[Callable[[], None]] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        with self.lock:
            # Changed by each holder: a library that was loaded meanwhile has not been told yet.
            self.undo.append(self.change())
            self.holders += 1
        try:
            yield
        finally:
            with self.lock:
                self.holders -= 1
                while self.holders == 0 and self.undo:
                    self.undo.pop()()


def _limit_blas() -> Callable[[], None]:
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas").restore_original_limits


BLAS = SharedSwitch(_limit_blas)


def one_blas_thread():
    """A block whose matrix products use one thread: the caller runs several of them, each the same to the last bit."""
    return BLAS.held()


@contextmanager
def one_thread() -> Iterator[None]:
    """A block whose matrix products and OpenMP loops use one thread, for work too small to be shared out."""
    from threadpoolctl import threadpool_limits

    # OpenMP keeps its number of threads for each thread of Python, so this one is nobody else's.
    with one_blas_thread(), threadpool_limits(1, user_api="openmp"):
        yield


@contextmanager
def same_numba_threads() -> Iterator[None]:
    """A block of a library that changes how many threads numba uses: afterwards there are as many as before."""
    import numba

    before = numba.get_num_threads()  # numba, too, keeps it for each thread of Python
    try:
        yield
    finally:
        numba.set_num_threads(before)


_environment = threading.Lock()


def set_environment(values: Mapping[str, str], *, replace: bool = True) -> None:
    """Set variables of the environment for this process and those it starts. replace: also those that are set."""
    with _environment:
        os.environ.update({name: value for name, value in values.items() if replace or name not in os.environ})
