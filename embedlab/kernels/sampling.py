"""What Word2Vec draws at random, token by token: survivors of subsampling, the reach of a window, the targets of a
word.

All are put into the kernel that calls them as they stand, so that its widths and lengths stay constants.
"""

from numba import float32, int64, njit, uint64


@njit(inline="always")
def advance(state):
    """Knuth's linear congruence modulo 2^64, of which the high bits are used."""
    return state * uint64(6364136223846793005) + uint64(1442695040888963407)


@njit(inline="always")
def survivors(tokens, first, last, keep, sentence, state):
    """Copy what subsampling leaves of tokens[first:last] into `sentence`; returns the state and how many there are."""
    n = 0
    for place in range(first, last):
        word = tokens[place]
        if word < len(keep):
            state = advance(state)
            if float32(state >> uint64(40)) * float32(2.0**-24) < keep[word]:
                sentence[n] = word
                n += 1
    return state, n


@njit(inline="always")
def reach_of(state, window):
    """1 to `window`, from the high half of the state, without a division."""
    return int64(((state >> uint64(33)) * uint64(window)) >> uint64(31)) + 1


@njit(inline="always")
def targets_of(centre, noise, up, n_negatives, targets, labels, state):
    """The rows that `centre` is told by and their labels; returns the state and how many there are.

    Negative sampling: the word itself, 1, and words drawn from Walker's alias table (alias << 32 | threshold), 0;
    one that hits the word is left out. Hierarchical softmax: the inner nodes from the word up to the root.
    """
    n = 0
    if len(noise):
        targets[0], labels[0], n = centre, float32(1), 1
        for _ in range(n_negatives):
            state = advance(state)
            product = (state >> uint64(24)) * uint64(len(noise))
            place = product >> uint64(40)
            entry = noise[place]
            own = ((product >> uint64(8)) & uint64(0xFFFFFFFF)) < (entry & uint64(0xFFFFFFFF))
            drawn = int64(place) if own else int64(entry >> uint64(32))
            if drawn != centre:
                targets[n], labels[n] = drawn, float32(0)
                n += 1
    else:
        n_words = (len(up) + 1) >> 1
        step = int64(up[centre])
        while step >= 0:
            targets[n], labels[n] = step >> 1, float32(1 - (step & 1))
            n += 1
            step = int64(up[n_words + (step >> 1)])
    return state, n
