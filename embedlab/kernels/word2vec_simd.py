"""One or two rows times several others, and a step of gradient descent on both, written out in vectors of the
processor.

Left to itself the compiler adds up the lanes of one dot product after the other, and that takes longer than the
products where rows hold a hundred numbers. Here the lanes of all sums of a group are added up together. Rows of `width`
floats, a multiple of 16, in vectors of `bits`; arrays are float32.
"""

from numba import types
from numba.extending import intrinsic

from embedlab.kernels.simd import Vectors, all_known, constants


@intrinsic(prefer_literal=True)
def dots(typingctx, left, a, b, right, places, first, out, to, width, bits, n_left, n_right):
    """out[to + r n_right + t] = the row of `left` that begins at a (r = 0) or b (r = 1) times that of `right` at
    places[first + t].

    n_left is 1 or 2. Up to the next power of two of n_left n_right places of `out` are overwritten.
    """
    if not all_known(width, bits, n_left, n_right):
        return None

    def codegen(context, builder, signature, arguments):
        width, bits, n_left, n_right = constants(signature, 4)
        rows = Vectors(context, builder, signature, arguments, bits)
        left, right, out = (rows.array(k) for k in (0, 3, 6))
        theirs = rows.numbers(4, arguments[5], n_right)
        sums = [rows.variable() for _ in range(n_left * n_right)]
        with rows.each(width, rows.lanes) as (d, _):
            mine = rows.of_left(left, n_left, d)
            for t, start in enumerate(theirs):
                other = rows.load(right, builder.add(start, d))
                for r in range(n_left):
                    own = sums[r * n_right + t]
                    builder.store(rows.fma(mine[r], other, builder.load(own)), own)
        found = [builder.load(own) for own in sums]
        for k in range(0, len(found), rows.lanes):
            rows.store(rows.added_up(found[k : k + rows.lanes]), out, rows.plus(arguments[7], k))
        return context.get_dummy_value()

    return types.void(
        left, types.uint64, types.uint64, right, places, types.uint64, out, types.uint64, width, bits, n_left, n_right
    ), codegen


@intrinsic(prefer_literal=True)
def steps(typingctx, left, a, b, gained, right, places, first, slopes, to, width, bits, n_left, n_right):
    """With s[r, t] = slopes[to + r n_right + t], add s[r, t] times row t of `right` to row r of `gained`, for every t,
    and s[r, t] times row r of `left` to row t of `right`, for every r.

    Rows are named as in `dots`; one of `right` that is named twice is read the second time as the first left it.
    """
    if not all_known(width, bits, n_left, n_right):
        return None

    def codegen(context, builder, signature, arguments):
        width, bits, n_left, n_right = constants(signature, 4)
        rows = Vectors(context, builder, signature, arguments, bits)
        left, gained, right, slopes = (rows.array(k) for k in (0, 3, 4, 7))
        theirs, to = rows.numbers(5, arguments[6], n_right), arguments[8]
        slope = [[rows.filled(slopes, rows.plus(to, r * n_right + t)) for t in range(n_right)] for r in range(n_left)]
        with rows.each(width, rows.lanes) as (d, _):
            mine = rows.of_left(left, n_left, d)
            new = [rows.load(gained, rows.plus(d, r * width)) for r in range(n_left)]
            for t, start in enumerate(theirs):
                at = builder.add(start, d)
                moved = other = rows.load(right, at)
                for r in range(n_left):
                    new[r] = rows.fma(slope[r][t], other, new[r])
                    moved = rows.fma(slope[r][t], mine[r], moved)
                rows.store(moved, right, at)
            for r in range(n_left):
                rows.store(new[r], gained, rows.plus(d, r * width))
        return context.get_dummy_value()

    return types.void(
        left,
        types.uint64,
        types.uint64,
        gained,
        right,
        places,
        types.uint64,
        slopes,
        types.uint64,
        width,
        bits,
        n_left,
        n_right,
    ), codegen
