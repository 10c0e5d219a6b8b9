"""Which texts are held out of training, so that a loss can be measured on text the model has never seen."""

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: consecutive multiples spread evenly


def held_out_mask(first: int, last: int, share: float) -> np.ndarray:
    """Whether each of the sentences first..last is held out, bool (last - first,).

    It depends on the number of the sentence alone, so every engine and every seed holds out the same ones: those for
    which the top 24 bits of number * 2^64/golden ratio, as a fraction, lie below `share` (Fibonacci hashing).
    """
    numbers = np.arange(first, last, dtype=np.uint64)
    return (numbers * _GOLDEN >> np.uint64(40)) * 2.0**-24 < share


def held_out_of(n: int, share: float, *, least: int) -> np.ndarray:
    """Which of n texts are held out, bool (n,): about `share` of them, or none if that is fewer than `least`."""
    held_out = held_out_mask(0, n, share)
    return held_out if held_out.sum() >= least else np.zeros(n, bool)
