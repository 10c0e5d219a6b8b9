"""How often items are chosen together, in blocks of items, for recommenders that compare all of them."""

from collections.abc import Iterator

import numpy as np

from embedlab.core.parallel import even_ranges, n_threads, team
from embedlab.data.interactions.choices import Choices

BLOCK_CELLS = 32_000_000  # of the product held at a time


def together(
    choices: Choices, weights: np.ndarray, *, block_cells: int = BLOCK_CELLS
) -> Iterator[tuple[int, np.ndarray]]:
    """(first item, float32 (some, n_items)): rows of R^T R, a block at a time; R holds `weights` float32 (n,)."""
    from embedlab.kernels.items import together_rows

    turned, order = choices.turned, np.argsort(choices.items, kind="stable")
    by_item = (turned.offsets, turned.items, weights[order])
    by_user = (np.ascontiguousarray(choices.offsets), np.ascontiguousarray(choices.items), weights)
    step = max(1, block_cells // choices.n_items)
    with team() as run:
        for first in range(0, choices.n_items, step):
            last = min(first + step, choices.n_items)
            out = np.empty((last - first, choices.n_items), np.float32)
            ranges = even_ranges(turned.offsets[first : last + 1] - turned.offsets[first], n_threads())
            # The kernel counts rows of `out` from the first item of its range.
            run(
                lambda a, b: together_rows(*by_item, *by_user, out[a:], first + a, first + b),  # noqa: B023
                ranges,
            )
            yield first, out
