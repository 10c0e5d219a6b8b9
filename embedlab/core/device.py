"""What work with torch takes of the machine: a device, threads, memory, and a sentence where memory ends."""

import ctypes
import functools
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.parallel import SharedSwitch

# torch's threads spin while they wait for each other, which makes training four times slower beside a busy process
# (18 s against 4 s on two cores). Read once, when torch is first imported, so it is set when this module is; a choice
# made outside is left alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
DEVICE = "EMBEDLAB_DEVICE"  # "cpu" or "cuda", for who knows better
NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


# The device


@functools.cache
def device() -> str:
    """ "cuda" where a GPU answers, else "cpu"; EMBEDLAB_DEVICE decides where it is set.

    BadSetting if it names what there is not.
    """
    asked = os.environ.get(DEVICE, "").strip().lower()
    if asked not in ("", "cpu", "cuda"):
        raise BadSetting(f"{DEVICE} is {asked!r}. Set it to 'cpu' or 'cuda', or unset it.")
    if asked == "cpu":
        return "cpu"
    found = "cuda" if _gpu_answers() else "cpu"
    if asked == "cuda" and found == "cpu":
        raise BadSetting(
            f"{DEVICE} is 'cuda', but torch finds no GPU that answers. Unset it, or install a torch that fits the GPU "
            "and its driver."
        )
    return found


def _gpu_answers() -> bool:
    """Whether the GPU multiplies correctly. torch may list one that it has no kernels for, or that is full."""
    import torch

    if not torch.cuda.is_available():
        return False
    try:
        ones = torch.ones(8, 8, device="cuda")
        return float((ones @ ones).sum()) == 512
    except RuntimeError:
        return False


def named(place) -> str:
    """A torch device as notes tell it: "cpu", or "cuda: " and the name of the GPU."""
    import torch

    place = torch.device(place)
    return f"cuda: {torch.cuda.get_device_name(place)}" if place.type == "cuda" else place.type


def wait_for(place) -> None:
    """Wait until a GPU has done what it was asked for; a processor has always done it. Read clocks after this."""
    if place.type == "cuda":
        import torch

        torch.cuda.synchronize(place)


@contextmanager
def short_products(place) -> Iterator[None]:
    """Products of float32 take TF32 inside, on a GPU; on a processor nothing changes.

    For encoding: 10 bits of each factor are read and sums stay float32, which leaves the cosine of a vector to its
    float32 one above .999 (see tests/test_hardware.py); training keeps all bits, or says bfloat16.
    """
    with SHORT.held() if place.type == "cuda" else nullcontext():
        yield


def _shorten() -> Callable[[], None]:
    import torch

    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    return lambda: torch.set_float32_matmul_precision(before)


SHORT = SharedSwitch(_shorten)


# Threads and memory


class _TorchThreads:
    """How many threads torch uses: a number for each thread of Python, and one that new threads begin with.

    torch sets both at once. Blocks in several threads at a time each keep their own number; new threads begin with the
    least that any block asks for, and with the first number again when all blocks have ended.
    """

    def __init__(self):
        self.lock, self.asked, self.first = threading.RLock(), [], 0

    @contextmanager
    def held(self, n: int) -> Iterator[None]:
        import torch

        with self.lock:
            own = torch.get_num_threads()
            self.first = self.first if self.asked else own
            self.asked.append(n)
            self._set(torch, n)
        try:
            yield
        finally:
            with self.lock:
                self.asked.remove(n)
                self._set(torch, own)

    def _set(self, torch, own: int) -> None:
        torch.set_num_threads(own)
        beginning = min(self.asked, default=self.first)
        if beginning != own:  # set by a thread that ends at once, so that this one keeps its own number
            helper = threading.Thread(target=torch.set_num_threads, args=(beginning,))
            helper.start()
            helper.join()


_torch_threads = _TorchThreads()


def torch_threads(n: int) -> AbstractContextManager[None]:
    """A block in which torch uses `n` threads, in this thread and in those that it starts; as many as before after it.

    Blocks of other threads neither wait nor change: each keeps the number it asked for.
    """
    return _torch_threads.held(n)


@contextmanager
def memory_for(what: str, advice: str) -> Iterator[None]:
    """A block that raises TrainingFailed where memory runs out: what it ran out with, and what to lower.

    After it, a GPU's spare memory is given back.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise TrainingFailed(f"Memory ran out with {what}. {advice}") from None
    finally:
        release_gpu()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, on the CPU or on a GPU; torch says so in a RuntimeError."""
    return isinstance(error, MemoryError) or any(said in str(error) for said in NO_MEMORY)


def release_gpu() -> None:
    """Give the memory of a GPU that torch keeps for later back to others; torch is not loaded for it."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_initialized():
        gc.collect()  # what stands in a circle still holds its tensors
        cuda.empty_cache()


@functools.cache
def keep_freed_memory() -> None:
    """Let glibc keep large freed blocks for the next batch, because fresh pages of the system are slow."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_THRESHOLD, 1 << 28)
            libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)
