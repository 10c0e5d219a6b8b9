"""Tokens: the compiled twin of text/preprocess.py, and a table that numbers words.

A word is two 64-bit numbers: its first 15 bytes of UTF-8 and its length, so that nearly every word is compared at once.
Longer ones hold a hash and the place of their bytes in an arena. A table is open-addressed with linear probing: `slots`
holds ids + 1, and the keys lie in the order words turned up, the frequent ones together at the beginning.

Places in arrays are unsigned here: numba asks of every signed one whether it counts from the end.
"""

import numpy as np
from numba import boolean, int32, int64, njit, uint8, uint16, uint32, uint64

from embedlab.kernels.text_sentences import SEPARATOR

N_TYPES, N_LONG, ARENA = range(3)  # places in the state of a table

_ONE, _BYTE, _FULL = np.uint64(1), np.uint64(8), np.uint64(64)
_LONG = np.uint64(255 << 56)  # in place of a length: the word is in the arena, at the place the lower bits give
_SOUGHT = np.uint64(
    (1 << 64) - 1
)  # in place of both while the word is looked for: no key equals it, bytes are compared
_EACH = np.uint64(0x0101010101010101)  # one in each byte
_EXACT = dict(cache=True, nogil=True, error_model="numpy")


@njit(uint64(uint64, uint64, uint64), **_EXACT)
def _home(low, high, shift):
    """The slot a word should have; for a long one the place in the arena must not matter."""
    if high >= _LONG:
        high = _LONG
    mixed = (low ^ (high * uint64(0x9E3779B97F4A7C15))) * uint64(0xD6E8FEB86659FD93)
    return (mixed ^ mixed >> uint64(29)) * uint64(0xA0761D6478BD642F) >> shift


@njit(boolean(uint64, uint8[::1], uint64, uint64, int64[::1], uint8[::1]), **_EXACT)
def _same(number, text, begin, size, ends, arena):
    """Whether the `size` bytes of `text` from `begin` on are those of the long word of this number."""
    first = uint64(ends[number])
    if uint64(ends[number + _ONE]) - first != size:
        return False
    for k in range(size):
        if arena[first + k] != text[begin + k]:
            return False
    return True


@njit(
    uint64(
        uint64,
        uint64,
        uint8[::1],
        uint64,
        uint64,
        uint64,
        int64[::1],
        uint32[::1],
        uint64[:, ::1],
        int64[::1],
        uint8[::1],
    ),
    **_EXACT,
)
def _find(low, high, text, begin, size, shift, table, slots, keys, ends, arena):
    """The id of a word, a new one if it is new; a long one (high is _SOUGHT) stands in `text` from `begin` on."""
    mask = uint64(len(slots)) - _ONE
    slot = _home(low, high, shift)
    while slots[slot]:
        word = uint64(slots[slot]) - _ONE
        if keys[word, 0] == low:
            other = keys[word, 1]
            if other == high and high < _LONG:
                return word
            if high >= _LONG and other >= _LONG and _same(other - _LONG, text, begin, size, ends, arena):
                return word
        slot = slot + _ONE & mask
    word = uint64(table[N_TYPES])
    table[N_TYPES] += 1
    if high >= _LONG:
        high = _LONG | uint64(table[N_LONG])
        free = uint64(table[ARENA])
        for k in range(size):
            arena[free + k] = text[begin + k]
        table[ARENA] += int64(size)
        table[N_LONG] += 1
        ends[table[N_LONG]] = table[ARENA]
    keys[word, 0], keys[word, 1], slots[slot] = low, high, word + _ONE
    return word


@njit(uint64(uint16[::1], uint64, uint64, uint16[::1], uint64, uint8[::1]), **_EXACT)
def _translate(units, i, last, to, single, text):
    """Write what units[i:last] become, as UTF-8 with a separator behind; returns the bytes before it.

    single: units below it are one byte.
    """
    n = uint64(0)
    while i < last:
        unit = uint64(to[units[i]])
        if unit < single:
            text[n] = unit
        elif unit < uint64(2048):
            text[n] = uint64(192) | unit >> uint64(6)
            n += _ONE
            text[n] = uint64(128) | unit & uint64(63)
        else:
            text[n] = uint64(224) | unit >> uint64(12)
            text[n + _ONE] = uint64(128) | unit >> uint64(6) & uint64(63)
            n += uint64(2)
            text[n] = uint64(128) | unit & uint64(63)
        n += _ONE
        i += _ONE
    text[n] = SEPARATOR
    return n


@njit(uint64(uint64[::1], uint64), **_EXACT)
def _eight(buffer, i):
    """The eight bytes from byte i on, the first one lowest."""
    shift = (i & uint64(7)) << uint64(3)
    return buffer[i >> uint64(3)] >> shift | buffer[(i >> uint64(3)) + _ONE] << _ONE << uint64(63) - shift


@njit(uint64(uint64), **_EXACT)
def _before_separator(eight):
    """Ones in the bytes before the first separator, all ones if there is none."""
    zeros = eight ^ _EACH * uint64(SEPARATOR)
    found = zeros - _EACH & ~zeros & _EACH << uint64(7)  # the lowest one is right, and no other is looked at
    return ((found & ~found + _ONE) >> uint64(7)) - _ONE


@njit(uint64(uint64[::1], uint64, uint64), **_EXACT)
def _hash(buffer, begin, size):
    """A hash of these bytes."""
    mixed = uint64(0)
    for k in range(uint64(0), size, _BYTE):
        eight = _eight(buffer, begin + k)
        if size - k < _BYTE:
            eight &= (_ONE << _BYTE * (size - k)) - _ONE
        mixed = (mixed ^ eight) * uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> uint64(32)
    return mixed


@njit(
    int64(
        uint16[::1],
        int64[:, ::1],
        int64,
        uint16[::1],
        boolean,
        int64[::1],
        uint32[::1],
        uint64[:, ::1],
        int64[::1],
        int64[::1],
        uint8[::1],
        uint64[::1],
        int64[::1],
        int32[::1],
        int32[::1],
    ),
    **_EXACT,
)
def code(units, spans, s, to, wide, table, slots, keys, counts, ends, arena, buffer, numbering, ids, lengths):
    """Number the tokens of the sentences from `s` on and count them; returns the first that found no room.

    wide: units above 127 are characters, written to words as UTF-8; else they are bytes. buffer: room for the bytes of
    a sentence, which are read eight at a time. numbering: (factor, shift, ids written so far); the id of a word times
    the factor plus the shift is written.
    """
    shift, mask = _FULL, uint64(len(slots)) - _ONE
    while _ONE << _FULL - shift < uint64(len(slots)):
        shift -= _ONE
    single, text = uint64(128) if wide else uint64(256), buffer.view(np.uint8)
    factor, offset, n = numbering[0], numbering[1], uint64(numbering[2])
    while s < len(spans):
        room = spans[s, 1] - spans[s, 0]
        if (
            table[N_TYPES] + room // 2 + 1 > len(keys)
            or table[N_LONG] + room // 4 + 2 > len(ends)
            or table[ARENA] + 3 * room > len(arena)
            or 3 * room + 32 > len(text)
        ):
            break
        begin, i = n, uint64(0)
        last = _translate(units, uint64(spans[s, 0]), uint64(spans[s, 1]), to, single, text)
        while i < last:
            low, high = _eight(buffer, i), uint64(0)
            ones = _before_separator(low)
            size = (ones & _EACH) * _EACH >> uint64(56)
            low &= ones
            if size == uint64(0):
                i += _ONE
                continue
            if size == _BYTE:
                high = _eight(buffer, i + _BYTE)
                ones = _before_separator(high)
                size += (ones & _EACH) * _EACH >> uint64(56)
                high &= ones
            if size < uint64(16):
                high |= size << uint64(56)
            else:
                while text[i + size] != SEPARATOR:
                    size += _ONE
                low, high = _hash(buffer, i, size), _SOUGHT
            slot = _home(low, high, shift)
            while slots[slot]:  # found here nearly always; a call with so many arrays costs more than a word does
                word = uint64(slots[slot]) - _ONE
                if keys[word, 0] == low and keys[word, 1] == high:
                    break
                slot = slot + _ONE & mask
            else:
                word = _find(low, high, text, i, size, shift, table, slots, keys, ends, arena)
            counts[word] += 1
            ids[n] = int64(word) * factor + offset
            n += _ONE
            i += size + _ONE
        lengths[s] = int64(n - begin)
        s += 1
    numbering[2] = int64(n)
    return s


@njit(int64(int64, uint64[:, ::1], int64[::1], int64, uint8[::1], uint32[::1]), **_EXACT)
def place(n, keys, counts, floor, gone, slots):
    """Fill empty `slots` with the first n words that are not gone; those counted at most `floor` times go.

    Returns how many are left.
    """
    shift, mask, left = _FULL, uint64(len(slots)) - _ONE, 0
    while _ONE << _FULL - shift < uint64(len(slots)):
        shift -= _ONE
    for word in range(uint64(n)):
        if gone[word] or counts[word] <= floor:
            gone[word] = 1
            continue
        left += 1
        slot = _home(keys[word, 0], keys[word, 1], shift)
        while slots[slot]:
            slot = slot + _ONE & mask
        slots[slot] = word + _ONE
    return left


@njit(int64(int64, uint64[:, ::1], int64[::1], uint8[::1], uint8[::1], uint8[::1]), **_EXACT)
def spell(n, keys, ends, arena, gone, out):
    """Write the first n words, each with a line break behind, only the break for one that is gone; returns the bytes
    written."""
    at = uint64(0)
    for word in range(uint64(n)):
        low, high = keys[word, 0], keys[word, 1]
        if gone[word]:
            pass
        elif high >= _LONG:
            number = high - _LONG
            for k in range(uint64(ends[number]), uint64(ends[number + _ONE])):
                out[at] = arena[k]
                at += _ONE
        else:
            for k in range(high >> uint64(56)):
                out[at] = uint8(low >> _BYTE * k if k < _BYTE else high >> _BYTE * k - _FULL)
                at += _ONE
        out[at] = 10
        at += _ONE
    return int64(at)
