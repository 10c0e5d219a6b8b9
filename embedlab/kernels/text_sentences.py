"""Lines and sentences: the compiled twin of text/plain.py (lines) and text/sentences.py.

Plain arrays in, plain arrays out. A text is an array of units, uint16: one a character, ODD for those beyond U+FFFF.
Signatures are written out, since compiling every helper for one set of types only is what keeps the first start short.
What a character is (`classes`) and what it becomes as part of a token (`to`) are tables made by the Python code whose
twin this is, so that both agree about every character.
"""

from numba import boolean, int32, int64, njit, uint8, uint16, uint64

SPACE, BREAK, END, CLOSE, FULL_END, FULL_CLOSE, OPEN, LOWER, UPPER, ALPHA, UNKNOWN = (1 << bit for bit in range(11))
SEPARATOR, ODD = 32, 0xFFFF

_START = BREAK | END | FULL_END
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
    while i < last and classes[units[uint64(i)]] & kind:
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
        for i in range(uint64(first), uint64(last)):
            unit = to[units[i]]
            if unit == ODD:
                odd[n] = 1
                break
            tokens += unit != SEPARATOR and not inside
            inside = unit != SEPARATOR
        if tokens > max_tokens:
            odd[n] = 1
    return n + 1


@njit(
    int64(uint16[::1], int64, int64, uint16[::1], uint16[::1], boolean, int64[::1], int64[:, ::1], uint8[::1], int64),
    **_EXACT,
)
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


@njit(
    int64(
        uint16[::1],
        int64,
        int64,
        uint16[::1],
        uint16[::1],
        boolean,
        uint64[::1],
        int64[::1],
        int64[:, ::1],
        uint8[::1],
        int64,
    ),
    **_EXACT,
)
def _cut_document(units, first, last, classes, to, wide, abbreviations, limits, spans, odd, n):
    """Write the sentences of units[first:last]; returns the new n, -1 if only Python can tell where they end."""
    i = start = _skip(units, first, last, classes, SPACE)
    while i < last:
        kind = classes[units[uint64(i)]]
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


@njit(
    int64(
        uint16[::1],
        int64[::1],
        boolean,
        uint16[::1],
        uint16[::1],
        boolean,
        uint64[::1],
        int64[::1],
        int64[:, ::1],
        uint8[::1],
        uint8[::1],
    ),
    **_EXACT,
)
def cut_sentences(units, ends, by_sentence, classes, to, wide, abbreviations, limits, spans, odd, slow):
    """Write the span of each sentence of the documents that end at `ends`; returns how many.

    by_sentence: False if only the end of a document ends a sentence. abbreviations: lower case, each packed into a
    number, the first letter highest. limits: (units, tokens) a sentence may have. odd[s]: the tokens of sentence s are
    for Python to find. slow[d]: so are the sentences of document d, none of which is written.
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
    return (
        3
        if (
            point == 0x1680
            or 0x2000 <= point <= 0x200A
            or point == 0x2028
            or point == 0x2029
            or point == 0x202F
            or point == 0x205F
            or point == 0x3000
        )
        else 0
    )


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
