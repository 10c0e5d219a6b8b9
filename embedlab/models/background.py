"""Calls that cannot be interrupted, run in a thread so that the caller can go on reporting and be cancelled."""

import threading
from collections.abc import Callable


def run_beside(work: Callable, tick: Callable[[], None], *, stop: threading.Event | None = None, every: float = 0.2):
    """What `work()` returns; meanwhile `tick()` is called in the caller's thread every `every` seconds.

    An exception in `work` is raised here. When `tick` raises (the user cancels), `stop` is set and awaited if given,
    for then `work` watches it; without it the thread is left to end on its own.
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
            thread.join()
        raise
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]
