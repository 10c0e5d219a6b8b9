"""Word2Vec (Mikolov et al. 2013): skip-gram and CBOW, negative sampling and hierarchical softmax.

Plain arrays in, plain arrays out; every kernel releases the GIL, so that threads of Python run them side by side.

The fast kernels treat a window as one small matrix problem: its target rows (the centre and the negatives drawn for
it, or the inner nodes on the centre's Huffman path) are copied to a block, all contexts are scored against the block
and both sides updated, and the block's changes are written back once. So the pairs of a window share their negatives
and do not see each other's changes to the targets. `train_exact` has neither shortcut: it is the textbook's one pair
after the other, for comparison.

Rows are padded with zeros to `width` floats, a multiple of 16, so that loops need no remainder. A width is a constant
to the compiler, which is why `train_kernel(width)` makes a kernel for it; numba caches each on disk.
"""

from functools import cache

import numpy as np
from numba import float32, float64, int32, int64, njit, types, uint32, uint64, void

TILE = 6  # targets scored in one pass: the centre and five negatives, the common case
BOUND = 1000.0  # no coordinate grows beyond: sums of products stay finite, whatever the learning rate
REACH, STEPS = 6.0, 2048  # the sigmoid is a table over [-REACH, REACH], and constant outside

# Without "nnan" and "ninf", so that a comparison with a number that is none has its usual meaning.
_FAST = dict(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "arcp"})
_EXACT = dict(cache=True, nogil=True, error_model="numpy")
_GRID = np.linspace(-REACH, REACH, STEPS + 1)
SIGMOID = (1 / (1 + np.exp(-_GRID))).astype(np.float32)
SOFTPLUS = np.logaddexp(0, _GRID).astype(np.float32)


@njit(uint64(uint64), inline="always", **_EXACT)
def _next(state):
    """Knuth's 64-bit linear congruential generator; its high bits are the random ones."""
    return state * uint64(6364136223846793005) + uint64(1442695040888963407)


@njit(int64(uint64, uint64[::1]), inline="always", **_EXACT)
def _noise_word(state, noise):
    """A word by Walker's alias method: noise[i] is alias << 32 | threshold of 32 bits, one look-up a draw."""
    product = (state >> uint64(24)) * uint64(len(noise))
    place = product >> uint64(40)
    entry = noise[place]
    stays = ((product >> uint64(8)) & uint64(0xFFFFFFFF)) < (entry & uint64(0xFFFFFFFF))
    return int64(place) if stays else int64(entry >> uint64(32))
