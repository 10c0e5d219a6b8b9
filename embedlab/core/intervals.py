"""Intervals of shares: exact, so that 43 right of 43 is no certainty."""

LEVEL = 0.95


def share_interval(hits: float, n: float) -> tuple[float, float]:
    """95 % interval of the probability behind `hits` of `n` (Clopper and Pearson 1934).

    It covers the truth in 95 % of samples or more, at any share and any n. The ends are (0, 1) for n = 0.
    """
    if n <= 0:
        return 0.0, 1.0
    from scipy.special import betaincinv

    tail = (1 - LEVEL) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high
