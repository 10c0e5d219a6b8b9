"""Calls that cannot be interrupted, run in a thread so that the caller can go on reporting and be cancelled."""

import queue
import threading
from collections.abc import Callable
from dataclasses import replace

from embedlab.core.progress import Cancelled, Progress, Report


def run_beside(
    work: Callable,
    tick: Callable[[], None],
    *,
    stop: threading.Event | None = None,
    every: float = 0.2,
    patience: float | None = None,
):
    """What `work()` returns; meanwhile `tick()` is called in the caller's thread every `every` seconds.

    An exception in `work` is raised here. When `tick` raises (the user cancels), `stop` is set and `work`, which
    watches it, is awaited, for `patience` seconds at most; without `stop` the thread is left to end on its own.
    """
    outcome = {}

    def body():
        try:
            outcome["result"] = work()
        except BaseException as error:  # raised again in the caller's thread, nothing is swallowed
            outcome["error"] = error

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            tick()
            thread.join(every)
    except BaseException:
        if stop is not None:
            stop.set()
            thread.join(patience)
        raise
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


def run_reporting(work: Callable[[Report], object], report: Report, *, every: float = 0.2, patience: float = 1.0):
    """What `work(relay)` returns; what it tells `relay` reaches `report` in the caller's thread.

    For work whose single steps may take longer than a user waits: between two of its reports the last one is
    repeated, without what it said of an epoch, so that cancelling is noticed. The step then under way ends by itself.
    """
    told: queue.SimpleQueue[Progress] = queue.SimpleQueue()
    last: list[Progress] = []
    stop = threading.Event()

    def relay(progress: Progress) -> None:
        if stop.is_set():
            raise Cancelled
        told.put(progress)

    def drain() -> bool:
        fresh = not told.empty()
        while not told.empty():
            last[:] = [told.get()]
            report(last[0])
        return fresh

    def tick() -> None:
        if not drain() and last:
            metrics = {name: value for name, value in last[0].metrics.items() if name == "rate"}
            report(replace(last[0], metrics=metrics))

    result = run_beside(lambda: work(relay), tick, stop=stop, every=every, patience=patience)
    drain()
    return result
