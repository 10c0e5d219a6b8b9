"""What Word2Vec draws and walks from, made once a training: the alias table of negatives and the Huffman tree."""

import numpy as np
from numba import float64, int32, int64, njit, uint64

_PLAIN = dict(cache=True, nogil=True, error_model="numpy")


@njit(uint64[::1](float64[::1]), **_PLAIN)
def alias_table(probability):
    """Walker's alias table of a distribution, in Vose's way: uint64 (n,), alias << 32 | threshold of 2^32."""
    n = len(probability)
    scaled, table = probability * n, np.empty(n, np.uint64)
    small, large, n_small, n_large = np.empty(n, np.int64), np.empty(n, np.int64), 0, 0
    for i in range(n):
        if scaled[i] < 1:
            small[n_small] = i
            n_small += 1
        else:
            large[n_large] = i
            n_large += 1
    while n_small and n_large:
        n_small -= 1
        low, high = small[n_small], large[n_large - 1]
        table[low] = uint64(high) << uint64(32) | uint64(scaled[low] * 4294967296.0)
        scaled[high] -= 1 - scaled[low]
        if scaled[high] < 1:
            n_large -= 1
            small[n_small] = high
            n_small += 1
    for i in range(n_small):
        table[small[i]] = uint64(small[i]) << uint64(32) | uint64(0xFFFFFFFF)
    for i in range(n_large):
        table[large[i]] = uint64(large[i]) << uint64(32) | uint64(0xFFFFFFFF)
    return table


@njit(int32[::1](int64[::1]), **_PLAIN)
def huffman_tree(counts):
    """The Huffman tree of counts in descending order, as the way up: int32 (2 n - 1,), leaves first, then inner nodes.

    Each entry is parent * 2 + turn, with parents counted from 0 among the inner nodes; -1 at the root, which is last.
    """
    n = len(counts)
    up, weight = np.full(2 * n - 1, -1, np.int32), np.empty(2 * n - 1, np.int64)
    weight[:n] = counts
    leaf, inner = n - 1, n
    for made in range(n, 2 * n - 1):
        for turn in range(2):
            if leaf >= 0 and (inner >= made or weight[leaf] < weight[inner]):
                child = leaf
                leaf -= 1
            else:
                child = inner
                inner += 1
            up[child] = (made - n) * 2 + (1 - turn)
            weight[made] = weight[child] + (weight[made] if turn else 0)
    return up


@njit(int64(int32[::1]), **_PLAIN)
def tree_depth(up):
    """The number of inner nodes above the deepest leaf."""
    n = (len(up) + 1) // 2
    depth = np.zeros(2 * n - 1, np.int64)
    for node in range(2 * n - 3, -1, -1):
        depth[node] = depth[n + (up[node] >> 1)] + 1
    return np.max(depth[:n])
