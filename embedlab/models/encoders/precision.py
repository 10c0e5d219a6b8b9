"""float32 or bfloat16: which of them this machine trains a model faster with, by a trial of about a second."""

import time
from collections.abc import Callable

from embedlab.core.device import wait_for

BOTH = ("float32", "bfloat16")
LONG = 60  # steps from which a trial pays
MOST_ROUNDS, SECONDS = 5, 1.0
CLEARLY = 0.9  # bfloat16 is a little less exact, so it has to take clearly less time


def in_precision(device, precision: str):
    """A context in which torch multiplies in that precision."""
    import torch

    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def choose_precision(
    wanted: str, n_steps: int, loss_of: Callable, parameters: list, tick: Callable[[], None]
) -> tuple[str, dict]:
    """(what to train with, seconds of a step by precision): as `wanted` or, for "auto", by a trial where training is
    long.

    loss_of(precision) is the loss of a batch as a tensor.
    """
    if wanted != "auto" or n_steps < LONG:
        return (wanted if wanted in BOTH else "float32"), {}
    spent = try_precisions(BOTH, loss_of, parameters, tick)
    return ("bfloat16" if spent["bfloat16"] < CLEARLY * spent["float32"] else "float32"), spent


def try_precisions(
    precisions: tuple[str, ...], loss_of: Callable, parameters: list, tick: Callable[[], None]
) -> dict[str, float]:
    """The fewest seconds of loss and gradient in each precision; no weight changes and no draw is used up."""
    import torch

    best, began, rounds, place = dict.fromkeys(precisions, float("inf")), time.perf_counter(), 0, parameters[0].device
    with torch.random.fork_rng():
        while rounds < 2 or rounds < MOST_ROUNDS and time.perf_counter() - began < SECONDS:
            for precision in precisions:
                tick()
                wait_for(place)
                at = time.perf_counter()
                loss = loss_of(precision)
                if loss is not None and loss.requires_grad:
                    loss.backward()
                wait_for(place)
                best[precision] = min(best[precision], time.perf_counter() - at)
            rounds += 1
    for p in parameters:
        p.grad = None
    return best
