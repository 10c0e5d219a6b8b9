"""Tokens: the compiled twin of text/preprocess.py, and a table that numbers words.

A word is two 64-bit numbers: its first 15 bytes of UTF-8 and its length, so that nearly every word is compared at once.
Longer ones hold a hash and the place of their bytes in an arena. A table is open-addressed with linear probing: `slots`
holds ids + 1, and the keys lie in the order words turned up, the frequent ones together at the beginning.

Places in arrays are unsigned here: numba asks of every signed one whether it counts from the end.
"""

import numpy as np
from numba import boolean, int32, int64, njit, uint8, uint16, uint32, uint64
from numba.types import Tuple

from embedlab.kernels.sentences import SEPARATOR

N_TYPES, N_LONG, ARENA = range(3)  # places in the state of a table

_ONE, _BYTE, _FULL = np.uint64(1), np.uint64(8), np.uint64(64)
_LONG = np.uint64(255 << 56)  # in place of a length: the word is in the arena, at the place the lower bits give
_SOUGHT = np.uint64((1 << 64) - 1)  # in place of both while the word is looked for: no key equals it, bytes are compared
_EXACT = dict(cache=True, nogil=True, error_model="numpy")


@njit(uint64(uint64, uint64, uint64), **_EXACT)
def _home(low, high, shift):
    """The slot a word should have; for a long one the place in the arena must not matter."""
    if high >= _LONG:
        high = _LONG
    mixed = (low ^ (high * uint64(0x9E3779B97F4A7C15))) * uint64(0xD6E8FEB86659FD93)
    return (mixed ^ mixed >> uint64(29)) * uint64(0xA0761D6478BD642F) >> shift


@njit(boolean(uint64, uint64, int64[::1], int64[::1], uint8[::1]), **_EXACT)
def _same(number, size, table, ends, arena):
    """Whether the `size` bytes at the free end of the arena are those of the long word of this number."""
    begin, free = uint64(ends[number]), uint64(table[ARENA])
    if uint64(ends[number + _ONE]) - begin != size:
        return False
    for k in range(size):
        if arena[begin + k] != arena[free + k]:
            return False
    return True


@njit(uint64(uint64, uint64, uint64, uint64, int64[::1], uint32[::1], uint64[:, ::1], int64[::1], uint8[::1]), **_EXACT)
def _find(low, high, size, shift, table, slots, keys, ends, arena):
    """The id of a word, a new one if it is new; a long one (high is _SOUGHT) waits at the free end of the arena."""
    mask = uint64(len(slots)) - _ONE
    slot = _home(low, high, shift)
    while slots[slot]:
        word = uint64(slots[slot]) - _ONE
        if keys[word, 0] == low:
            other = keys[word, 1]
            if other == high and high < _LONG:
                return word
            if high >= _LONG and other >= _LONG and _same(other - _LONG, size, table, ends, arena):
                return word
        slot = slot + _ONE & mask
    word = uint64(table[N_TYPES])
    table[N_TYPES] += 1
    if high >= _LONG:
        high = _LONG | uint64(table[N_LONG])
        table[ARENA] += int64(size)
        table[N_LONG] += 1
        ends[table[N_LONG]] = table[ARENA]
    keys[word, 0], keys[word, 1], slots[slot] = low, high, word + _ONE
    return word


@njit(uint64(uint16[::1], uint64, uint64, uint16[::1], uint64, uint64, uint8[::1]), **_EXACT)
def _write(units, i, last, to, single, free, arena):
    """Write the units of a word into the arena, from `free` on, as UTF-8; returns the place behind.

    single: units below it are one byte.
    """
    while i < last:
        unit = uint64(to[units[i]])
        if unit < single:
            arena[free] = unit
        elif unit < uint64(2048):
            arena[free] = uint64(192) | unit >> uint64(6)
            free += _ONE
            arena[free] = uint64(128) | unit & uint64(63)
        else:
            arena[free] = uint64(224) | unit >> uint64(12)
            arena[free + _ONE] = uint64(128) | unit >> uint64(6) & uint64(63)
            free += uint64(2)
            arena[free] = uint64(128) | unit & uint64(63)
        free += _ONE
        i += _ONE
    return free


@njit(Tuple((uint64, uint64))(uint8[::1], uint64, uint64), **_EXACT)
def _packed(arena, free, end):
    """(low, high) of the word arena[free:end]; for a long one a hash of its bytes and _SOUGHT."""
    size, low, high = end - free, uint64(0), uint64(0)
    for k in range(min(size, _BYTE)):
        low |= uint64(arena[free + k]) << _BYTE * k
    if size <= uint64(15):
        for k in range(_BYTE, size):
            high |= uint64(arena[free + k]) << _BYTE * k - _FULL
        return low, high | size << uint64(56)
    for k in range(_BYTE, size):
        low = (low ^ uint64(arena[free + k])) * uint64(0x9E3779B97F4A7C15)
        low ^= low >> uint64(32)
    return low, _SOUGHT


@njit(int64(uint16[::1], int64[:, ::1], int64, uint16[::1], boolean, int64[::1], uint32[::1], uint64[:, ::1], int64[::1],
            int64[::1], uint8[::1], int64[::1], int32[::1], int32[::1]), **_EXACT)
def code(units, spans, s, to, wide, table, slots, keys, counts, ends, arena, numbering, ids, lengths):
    """Number the tokens of the sentences from `s` on and count them; returns the first that found no room.

    wide: units above 127 are characters, written to words as UTF-8; else they are bytes. numbering: (factor, shift, ids
    written so far); the id of a word times the factor plus the shift is written.
    """
    shift, mask = _FULL, uint64(len(slots)) - _ONE
    while _ONE << _FULL - shift < uint64(len(slots)):
        shift -= _ONE
    single, separator = uint64(128) if wide else uint64(256), uint64(SEPARATOR)
    factor, offset, n = numbering[0], numbering[1], uint64(numbering[2])
    while s < len(spans):
        i, last = uint64(spans[s, 0]), uint64(spans[s, 1])
        room = spans[s, 1] - spans[s, 0]
        if (table[N_TYPES] + room // 2 + 1 > len(keys) or table[N_LONG] + room // 4 + 2 > len(ends)
                or table[ARENA] + 3 * room > len(arena)):
            break
        begin = n
        while i < last:
            first, low, high = i, uint64(0), uint64(0)
            stop = min(first + _BYTE, last)
            while i < stop:  # the first eight bytes
                unit = uint64(to[units[i]])
                if unit == separator or unit >= single:
                    break
                low |= unit << _BYTE * (i - first)
                i += _ONE
            stop = min(first + uint64(15), last)
            while i < stop:
                unit = uint64(to[units[i]])
                if unit == separator or unit >= single:
                    break
                high |= unit << _BYTE * (i - first) - _FULL
                i += _ONE
            size = i - first
            high |= size << uint64(56)
            if i < last and uint64(to[units[i]]) != separator:  # long, or not of bytes alone
                while i < last and uint64(to[units[i]]) != separator:
                    i += _ONE
                free = uint64(table[ARENA])
                end = _write(units, first, i, to, single, free, arena)
                size = end - free
                low, high = _packed(arena, free, end)
            i += _ONE
            if size == uint64(0):
                continue
            slot = _home(low, high, shift)
            while slots[slot]:  # found here nearly always; a call with so many arrays costs more than a word does
                word = uint64(slots[slot]) - _ONE
                if keys[word, 0] == low and keys[word, 1] == high:
                    break
                slot = slot + _ONE & mask
            else:
                word = _find(low, high, size, shift, table, slots, keys, ends, arena)
            counts[word] += 1
            ids[n] = int64(word) * factor + offset
            n += _ONE
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
    """Write the first n words, each with a line break behind, only the break for one that is gone; returns the bytes written."""
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
