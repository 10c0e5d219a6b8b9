"""What a training with torch takes of the machine: threads, memory, and a sentence where memory ends."""

import ctypes
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from embedlab.errors import TrainingFailed

# torch's threads spin while they wait for each other, which makes training four times slower beside a busy process
# (18 s against 4 s on two cores). Read once, when torch is first imported, so it is set when this module is; a choice
# made outside is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # mallopt(3)


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """torch uses `n` threads inside, and as many as before after."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def memory_for(what: str, advice: str) -> Iterator[None]:
    """TrainingFailed where memory runs out inside: what it ran out with, and what to lower."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"Memory ran out with {what}. {advice}") from None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch means by this RuntimeError that memory ran out, on the CPU or on a GPU."""
    return "out of memory" in str(error) or "can't allocate memory" in str(error)


@functools.cache
def keep_freed_memory() -> None:
    """Let glibc keep large blocks for the next batch instead of handing each back to the system, whose fresh pages are slow."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_THRESHOLD, 1 << 28)
            libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)
