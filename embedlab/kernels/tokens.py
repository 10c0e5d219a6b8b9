"""Sentences and tokens: the compiled twin of text/sentences.py and text/preprocess.py, and a table that numbers words.

Plain arrays in, plain arrays out. A text is an array of units, uint16: one a character, ODD for those beyond U+FFFF.
Signatures are written out, since compiling every helper for one set of types only is what keeps the first start short.
What a character is (`classes`) and what it becomes as part
of a token (`to`) are tables made by the Python code whose twin this is, so that both agree about every character.

A word is two 64-bit numbers: its first 15 bytes of UTF-8 and its length, so that nearly every word is compared at once.
Longer ones hold a hash and the place of their bytes in an arena. A table is open-addressed with linear probing: `slots`
holds ids + 1, and the keys lie in the order words turned up, the frequent ones together at the beginning.
"""

from numba import boolean, int32, int64, njit, uint8, uint16, uint64
from numba.types import Tuple

SPACE, BREAK, END, CLOSE, FULL_END, FULL_CLOSE, OPEN, LOWER, UPPER, ALPHA, UNKNOWN = (1 << bit for bit in range(11))
SEPARATOR, ODD = 32, 0xFFFF
N_TYPES, N_LONG, ARENA = range(3)  # places in the state of a table

_START = BREAK | END | FULL_END
_LONG = 255 << 56  # in place of a length: the word is in the arena, at the place the lower bits give
_EXACT = dict(cache=True, nogil=True, error_model="numpy")


@njit(int64(uint8[::1], uint16[::1], int32[::1], uint8[::1]), **_EXACT)
def decode(data, units, at, seen):
    """Decode UTF-8 into `units`; returns how many. at[i]: byte where unit i begins; seen[u]: set to 1 if u occurs."""
    n = i = 0
    while i < len(data):
        at[n] = i
        byte = int64(data[i])
        if byte < 128:
            unit, size = byte, 1
        elif byte < 224:
            unit, size = (byte & 31) << 6 | data[i + 1] & 63, 2
        elif byte < 240:
            unit, size = (byte & 15) << 12 | int64(data[i + 1] & 63) << 6 | data[i + 2] & 63, 3
        else:
            unit, size = ODD, 4
        units[n] = unit
        seen[unit] = 1
        i += size
        n += 1
    at[n] = len(data)
    return n


@njit(int64(uint16[::1], int64, int64, uint16[::1], int64), **_EXACT)
def _skip(units, i, last, classes, kind):
    """The first place from i on that is not of this kind."""
    while i < last and classes[units[i]] & kind:
        i += 1
    return i


@njit(int64(uint16[::1], int64, int64, uint16[::1]), **_EXACT)
def _trim(units, first, last, classes):
    """Where the span ends without white space."""
    while last > first and classes[units[last - 1]] & SPACE:
        last -= 1
    return last


@njit(int64(uint16[::1], int64, int64, int64, int64, uint16[::1], uint64[::1]), **_EXACT)
def _ends(units, first, at, following, last, classes, abbreviations):
    """1 if punctuation at `at` ends a sentence, 0 if not, -1 if that hangs on a character unknown here."""
    if at == first or classes[units[at - 1]] & SPACE:
        return 1
    alone = classes[units[at + 1]] & SPACE != 0
    if units[at] != 46 and alone:
        return 1
    if following < last:
        kind = classes[units[following]]
        if kind & UNKNOWN:
            return -1
        if kind & LOWER:
            return 0
    if not alone:
        return 1
    low = max(first, at - 8)
    letters, begin = at - low == 8, low
    for j in range(low, at):
        kind = classes[units[j]]
        if kind & UNKNOWN:
            return -1
        if kind & SPACE:
            begin = j + 1
        if not kind & ALPHA:
            letters = False
    if letters:  # longer than any abbreviation
        return 1
    while begin < at and classes[units[begin]] & OPEN:
        begin += 1
    if at - begin == 1 and classes[units[begin]] & UPPER:
        return 0
    key = uint64(0)
    for j in range(begin, at):
        unit = uint64(units[j])
        if unit == 0 or unit >= 128:
            return 1
        key = key << uint64(8) | (unit + uint64(32) if 65 <= unit <= 90 else unit)
    for known in abbreviations:
        if key == known:
            return 0
    return 1


@njit(int64(uint16[::1], int64, int64, uint16[::1], boolean, int64, int64[:, ::1], uint8[::1], int64), **_EXACT)
def _emit(units, first, last, to, wide, max_tokens, spans, odd, n):
    """Write a span; it is odd if it holds an odd character or more than `max_tokens` tokens. Returns n + 1."""
    spans[n, 0], spans[n, 1], odd[n] = first, last, 0
    if wide or last - first > 2 * max_tokens:
        tokens, inside = 0, False
        for i in range(first, last):
            unit = to[units[i]]
            if unit == ODD:
                odd[n] = 1
                break
            tokens += unit != SEPARATOR and not inside
            inside = unit != SEPARATOR
        if tokens > max_tokens:
            odd[n] = 1
    return n + 1


@njit(int64(uint16[::1], int64, int64, uint16[::1], uint16[::1], boolean, int64[::1], int64[:, ::1], uint8[::1], int64), **_EXACT)
def _pieces(units, first, last, classes, to, wide, limits, spans, odd, n):
    """Write the span in pieces of at most limits[0] units, cut at white space where there is some."""
    limit = limits[0]
    while last - first > limit:
        cut = first + limit
        for j in range(first + limit - 1, first + limit // 2 - 1, -1):
            if units[j] == 32 or units[j] == 10:
                cut = j
                break
        n = _emit(units, first, cut, to, wide, limits[1], spans, odd, n)
        first = _skip(units, cut, last, classes, SPACE)
    return _emit(units, first, last, to, wide, limits[1], spans, odd, n) if last > first else n


@njit(int64(uint16[::1], int64, int64, uint16[::1], uint16[::1], boolean, uint64[::1], int64[::1],
            int64[:, ::1], uint8[::1], int64), **_EXACT)
def _cut_document(units, first, last, classes, to, wide, abbreviations, limits, spans, odd, n):
    """Write the sentences of units[first:last]; returns the new n, -1 if only Python can tell where they end."""
    i = start = _skip(units, first, last, classes, SPACE)
    while i < last:
        kind = classes[units[i]]
        if not kind & _START:
            i += 1
            continue
        if kind & END:
            run = _skip(units, i + 1, last, classes, END)
            close = _skip(units, run, last, classes, CLOSE)
            following = _skip(units, close, last, classes, SPACE)
            if following == close:
                i = run
                continue
            verdict = _ends(units, first, i, following, last, classes, abbreviations)
            if verdict < 0:
                return -1
            if verdict == 0:
                i = following
                continue
            end = following
        elif kind & BREAK:
            second = i + 1
            while second < last and classes[units[second]] & SPACE and units[second] != 10:
                second += 1
            if second == last or units[second] != 10:
                i = second
                continue
            end, following = i, _skip(units, second, last, classes, SPACE)
        else:
            run = _skip(units, i + 1, last, classes, FULL_END)
            close = _skip(units, run, last, classes, FULL_CLOSE)
            end = following = _skip(units, close, last, classes, SPACE)
        if end > start:
            n = _pieces(units, start, _trim(units, start, end, classes), classes, to, wide, limits, spans, odd, n)
        start = i = following
    end = _trim(units, start, last, classes)
    return _pieces(units, start, end, classes, to, wide, limits, spans, odd, n)


@njit(int64(uint16[::1], int64[::1], boolean, uint16[::1], uint16[::1], boolean, uint64[::1], int64[::1], int64[:, ::1],
            uint8[::1], uint8[::1]), **_EXACT)
def cut_sentences(units, ends, by_sentence, classes, to, wide, abbreviations, limits, spans, odd, slow):
    """Write the span of each sentence of the documents that end at `ends`; returns how many.

    by_sentence: False if only the end of a document ends a sentence. abbreviations: lower case, each packed into a
    number, the first letter highest. limits: (units, tokens) a sentence may have. odd[s]: the tokens of sentence s are for
    Python to find. slow[d]: so are the sentences of document d, none of which is written.
    """
    n = first = 0
    for d in range(len(ends)):
        last = ends[d]
        if by_sentence:
            after = _cut_document(units, first, last, classes, to, wide, abbreviations, limits, spans, odd, n)
        else:
            start = _skip(units, first, last, classes, SPACE)
            after = _pieces(units, start, _trim(units, start, last, classes), classes, to, wide, limits, spans, odd, n)
        slow[d] = after < 0
        n = n if after < 0 else after
        first = last
    return n


@njit(uint64(uint64, uint64, uint64), **_EXACT)
def _home(low, high, shift):
    """The slot a word should have; for a long one the place in the arena must not matter."""
    if high >> uint64(56) == 255:
        high = uint64(_LONG)
    mixed = (low ^ (high * uint64(0x9E3779B97F4A7C15))) * uint64(0xD6E8FEB86659FD93)
    return (mixed ^ mixed >> uint64(29)) * uint64(0xA0761D6478BD642F) >> shift


@njit(boolean(int64, int64, int64[::1], int64[::1], uint8[::1]), **_EXACT)
def _same(place, size, table, ends, arena):
    """Whether the `size` bytes at the free end of the arena are those of the long word number `place`."""
    begin = ends[place]
    if ends[place + 1] - begin != size:
        return False
    for k in range(size):
        if arena[begin + k] != arena[table[ARENA] + k]:
            return False
    return True


@njit(int64(uint64, uint64, int64, uint64, int64[::1], int32[::1], uint64[:, ::1], int64[::1], uint8[::1]), **_EXACT)
def _find(low, high, size, shift, table, slots, keys, ends, arena):
    """The id of a word, a new one if it is new; a long one (size > 15) waits at the free end of the arena."""
    mask = uint64(len(slots) - 1)
    slot = _home(low, high, shift)
    while True:
        entry = slots[slot]
        if entry == 0:
            break
        word = uint64(entry - 1)
        if keys[word, 0] == low:
            other = keys[word, 1]
            if other == high and size <= 15:
                return int64(word)
            if size > 15 and other >> uint64(56) == 255:
                if _same(int64(other & uint64(0xFFFFFFFF)), size, table, ends, arena):
                    return int64(word)
        slot = slot + uint64(1) & mask
    new = table[N_TYPES]
    table[N_TYPES] += 1
    if size > 15:
        high = uint64(_LONG) | uint64(table[N_LONG])
        table[ARENA] += size
        table[N_LONG] += 1
        ends[table[N_LONG]] = table[ARENA]
    keys[new, 0], keys[new, 1], slots[slot] = low, high, new + 1
    return new


@njit(Tuple((uint64, uint64, int64))(uint16, uint64, uint64, int64, int64[::1], uint8[::1]), **_EXACT)
def _put(byte, low, high, size, table, arena):
    """(low, high, size) of a word that grows by a byte."""
    byte = uint64(byte)
    if size < 8:
        low |= byte << uint64(8 * size)
    elif size < 15:
        high |= byte << uint64(8 * (size - 8))
    else:
        free = table[ARENA]
        if size == 15:  # from now on `low` is a hash
            for k in range(15):
                arena[free + k] = uint8(low >> uint64(8 * k) if k < 8 else high >> uint64(8 * (k - 8)))
            low = (low ^ high * uint64(0x9E3779B97F4A7C15)) * uint64(0xD6E8FEB86659FD93)
        arena[free + size] = byte
        low = (low ^ byte) * uint64(0x100000001B3)
    return low, high, size + 1


@njit(int64(uint16[::1], int64[:, ::1], int64, uint16[::1], boolean, int64[::1], int32[::1], uint64[:, ::1], int64[::1],
            int64[::1], uint8[::1], int64[::1], int32[::1], int32[::1]), **_EXACT)
def code(units, spans, s, to, wide, table, slots, keys, counts, ends, arena, numbering, ids, lengths):
    """Number the tokens of the sentences from `s` on and count them; returns the first that found no room.

    wide: units above 127 are characters, written to words as UTF-8; else they are bytes. numbering: (factor, shift, ids
    written so far); the id of a word times the factor plus the shift is written.
    """
    bits = uint64(0)
    while uint64(1) << bits < uint64(len(slots)):
        bits += uint64(1)
    shift = uint64(64) - bits
    factor, offset, n = numbering[0], numbering[1], numbering[2]
    while s < len(spans):
        i, last = spans[s, 0], spans[s, 1]
        room = last - i
        if (table[N_TYPES] + room // 2 + 1 > len(keys) or table[N_LONG] + room // 4 + 2 > len(ends)
                or table[ARENA] + 3 * room > len(arena)):
            break
        begin = n
        while True:
            while i < last and to[units[i]] == SEPARATOR:
                i += 1
            if i == last:
                break
            low, high, size = uint64(0), uint64(0), 0
            while i < last:
                unit = to[units[i]]
                if unit == SEPARATOR:
                    break
                i += 1
                if unit < 128 or not wide:
                    low, high, size = _put(unit, low, high, size, table, arena)
                    continue
                if unit < 2048:
                    low, high, size = _put(192 | unit >> 6, low, high, size, table, arena)
                else:
                    low, high, size = _put(224 | unit >> 12, low, high, size, table, arena)
                    low, high, size = _put(128 | unit >> 6 & 63, low, high, size, table, arena)
                low, high, size = _put(128 | unit & 63, low, high, size, table, arena)
            high = high | uint64(size) << uint64(56) if size <= 15 else uint64(_LONG)
            word = _find(low, high, size, shift, table, slots, keys, ends, arena)
            counts[word] += 1
            ids[n] = word * factor + offset
            n += 1
        lengths[s] = n - begin
        s += 1
    numbering[2] = n
    return s


@njit(int64(int64, uint64[:, ::1], int64[::1], int64, uint8[::1], int32[::1]), **_EXACT)
def place(n, keys, counts, floor, gone, slots):
    """Fill empty `slots` with the first n words that are not gone; those counted at most `floor` times go.

    Returns how many are left.
    """
    shift, mask, left = uint64(64), uint64(len(slots) - 1), 0
    while uint64(1) << uint64(64) - shift < uint64(len(slots)):
        shift -= uint64(1)
    for word in range(n):
        if gone[word] or counts[word] <= floor:
            gone[word] = 1
            continue
        left += 1
        slot = _home(keys[word, 0], keys[word, 1], shift)
        while slots[slot]:
            slot = slot + uint64(1) & mask
        slots[slot] = word + 1
    return left


@njit(int64(int64, uint64[:, ::1], int64[::1], uint8[::1], uint8[::1], uint8[::1]), **_EXACT)
def spell(n, keys, ends, arena, gone, out):
    """Write the first n words, each with a line break behind, only the break for one that is gone; returns the bytes written."""
    at = 0
    for word in range(n):
        low, high = keys[word, 0], keys[word, 1]
        size = int64(high >> uint64(56))
        if gone[word]:
            pass
        elif size == 255:
            long = int64(high & uint64(0xFFFFFFFF))
            for k in range(ends[long], ends[long + 1]):
                out[at] = arena[k]
                at += 1
        else:
            for k in range(size):
                out[at] = uint8(low >> uint64(8 * k) if k < 8 else high >> uint64(8 * (k - 8)))
                at += 1
        out[at] = 10
        at += 1
    return at


@njit(int64(uint8[::1], int64, int64), **_EXACT)
def _space_at(data, i, last):
    """Bytes of the white-space character that begins at i, 0 if there is none."""
    byte = data[i]
    if byte < 128:
        return 1 if byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31 else 0
    if byte == 0xC2 and i + 1 < last:
        return 2 if data[i + 1] == 0x85 or data[i + 1] == 0xA0 else 0
    if i + 2 >= last or byte < 0xE1 or byte > 0xE3:
        return 0
    point = int64(byte & 15) << 12 | int64(data[i + 1] & 63) << 6 | int64(data[i + 2] & 63)
    return 3 if (point == 0x1680 or 0x2000 <= point <= 0x200A or point == 0x2028 or point == 0x2029
                 or point == 0x202F or point == 0x205F or point == 0x3000) else 0


@njit(int64(uint8[::1], int64, int64), **_EXACT)
def _space_before(data, first, last):
    """Bytes of the white-space character that ends before `last`, 0 if there is none."""
    for size in range(1, 4):
        if last - size >= first and _space_at(data, last - size, last) == size:
            return size
    return 0


@njit(int64(uint8[::1], int64, uint8[::1], int64[::1], int64[::1]), **_EXACT)
def strip_lines(data, limit, out, ends, state):
    """Write the lines of UTF-8 `data` without white space around, none that is empty; returns how many, -1 if one of
    them has more than `limit` bytes. ends: where each ends in `out`; state[0]: bytes written."""
    n = at = first = 0
    while first <= len(data):
        last = first
        while last < len(data) and data[last] != 10:
            last += 1
        after = last + 1
        if last - first > limit:
            return -1
        while first < last:
            size = _space_at(data, first, last)
            if size == 0:
                break
            first += size
        while first < last:
            size = _space_before(data, first, last)
            if size == 0:
                break
            last -= size
        if last > first:
            for k in range(first, last):
                out[at] = data[k]
                at += 1
            ends[n] = at
            n += 1
        first = after
    state[0] = at
    return n
