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
