"""Ends worker processes when the app that started them is gone, however it ended.

Dask loads this file into each nanny and worker (`preload`). Without it, a nanny waits for its scheduler for ever.
"""

import os
import socket
import threading
import time
from collections.abc import Mapping

OWNER = "EMBEDLAB_OWNER"  # "pid:birth" of the process that started the workers


def owner() -> str:
    """This process, told apart from a later one with the same number."""
    import psutil

    return f"{os.getpid()}:{psutil.Process().create_time()}"


def alive(name: str) -> bool:
    """Whether the process that `owner` named still runs."""
    import psutil

    pid, born = name.split(":")
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(born)) < 1
    except psutil.NoSuchProcess:
        return False


def here() -> dict:
    """This process and the machine it runs on, as a job's row names its owner."""
    return {"host": socket.gethostname(), "process": owner()}


def believed_alive(whose: Mapping | None) -> bool:
    """Whether the process that `here` named still runs; one on another machine is believed to."""
    if not whose or whose["host"] != socket.gethostname():
        return bool(whose)
    return alive(whose["process"])


def dask_setup(server) -> None:
    """Called by Dask as a nanny or worker starts: watch the owner beside the work."""
    if name := os.environ.get(OWNER):
        threading.Thread(target=_watch, args=(name,), daemon=True).start()


def _watch(name: str) -> None:
    while alive(name):
        time.sleep(1)
    os._exit(1)
