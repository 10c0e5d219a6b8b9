"""Garbage is collected while the app rests, not after each click.

Streamlit runs a full collection after every script, and every visitor waits for it. Here a thread does so when the
process has been quiet for a moment, or when it has grown.
"""

import gc
import logging
import os
import threading
import time
from dataclasses import dataclass, field

QUIET = 0.2  # share of a core below which the process is at rest
GROWN = 200 * 2**20  # bytes of memory since the last collection that are not waited with
WORKED = 0.5  # seconds of work after which there may be something to collect
LOOK = 1.0  # seconds between two looks
log = logging.getLogger("embedlab.ui")


@dataclass
class Collector:
    """Decides from the processor time and memory of the process when to collect.

    It is told both at every look, so that it needs no clock of its own.
    """

    collected_at: float = 0.0  # processor seconds at the last collection
    memory_then: int | None = None
    seen: float | None = field(default=None)  # processor seconds at the last look

    def due(self, seconds: float, memory: int, *, passed: float = LOOK) -> bool:
        """Whether to collect now. seconds: processor time so far; memory: bytes; passed: seconds since the last look.

        At rest it is due once after some work; under load only when memory has grown much.
        """
        if self.memory_then is None:
            self.memory_then = memory
        busy = passed if self.seen is None else seconds - self.seen
        self.seen = seconds
        rests = busy < QUIET * passed and seconds - self.collected_at > WORKED
        return rests or memory - self.memory_then > GROWN

    def done(self, seconds: float, memory: int) -> None:
        """Note that garbage has just been collected."""
        self.collected_at = self.seen = seconds
        self.memory_then = memory


def begin() -> None:
    """Take over from Streamlit's collection after every script; once in a process."""
    from streamlit import config

    config.set_option("runner.postScriptGC", False)
    if not any(thread.name == NAME for thread in threading.enumerate()):
        threading.Thread(target=_watch, name=NAME, daemon=True).start()


NAME = "embedlab-rest"


def _watch() -> None:
    import psutil

    process, collector = psutil.Process(os.getpid()), Collector()
    last, frozen = time.monotonic(), False
    while True:
        time.sleep(LOOK)
        now, seconds, memory = time.monotonic(), time.process_time(), process.memory_info().rss
        if collector.due(seconds, memory, passed=now - last):
            gc.collect()
            if not frozen:  # modules stay to the end: later collections need not look at them
                gc.freeze()
                frozen = True
            collector.done(time.process_time(), process.memory_info().rss)
            log.debug("collected in %.0f ms", 1000 * (time.monotonic() - now))
        last = time.monotonic()
