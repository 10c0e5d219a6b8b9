"""Blocks of dot products whose sums stay in registers until they are done, and what is done with such blocks.

All arrays are float32, and vectors have `bits`.
"""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from embedlab.kernels.simd import BIT, FLOAT, INDEX, WORD, Vectors, all_known, constants

_POWER = (0.99999475, 0.6930035, 0.23927357, 0.05301796, 0.00675575)  # 2^f by powers of f, on (-1, 0]


@intrinsic(prefer_literal=True)
def block(typingctx, a, at, a_step, b, bt, b_step, c, ct, c_step, n, scales, bits, n_rows, n_vectors):
    """c[r, v] = scales[r] times the sum over k < n of a[r, k] b[k, v], for n_rows rows and n_vectors vectors of
    columns.

    Each matrix begins at a place of its array (at, bt, ct), and so many floats lie from one row to the next (its step).
    """
    if not all_known(bits, n_rows, n_vectors):
        return None

    def codegen(context, builder, signature, arguments):
        bits, n_rows, n_vectors = constants(signature, 3)
        rows = Vectors(context, builder, signature, arguments, bits)
        (a, at, a_step), (b, bt, b_step), (c, ct, c_step) = (
            (rows.array(k), *arguments[k + 1 : k + 3]) for k in (0, 3, 6)
        )
        starts, scales = [rows.at_row(at, a_step, r) for r in range(n_rows)], rows.array(10)
        sums = [[rows.variable() for _ in range(n_vectors)] for _ in range(n_rows)]
        with rows.each(arguments[9], 1) as (k, _):
            right = builder.add(bt, builder.mul(k, b_step))
            theirs = [rows.load(b, rows.plus(right, v * rows.lanes)) for v in range(n_vectors)]
            for start, own in zip(starts, sums, strict=True):
                one = rows.filled(a, builder.add(start, k))
                for other, total in zip(theirs, own, strict=True):
                    builder.store(rows.fma(one, other, builder.load(total)), total)
        for r, own in enumerate(sums):
            to, by = rows.at_row(ct, c_step, r), rows.filled(scales, ir.Constant(WORD, r))
            for v, total in enumerate(own):
                rows.store(builder.fmul(builder.load(total), by), c, rows.plus(to, v * rows.lanes))
        return context.get_dummy_value()

    return types.void(
        a,
        types.uint64,
        types.uint64,
        b,
        types.uint64,
        types.uint64,
        c,
        types.uint64,
        types.uint64,
        types.uint64,
        scales,
        bits,
        n_rows,
        n_vectors,
    ), codegen


@intrinsic(prefer_literal=True)
def copied(typingctx, a, at, a_step, b, bt, b_step, n, bits, n_vectors):
    """b[r] = a[r] for n rows of n_vectors vectors; places and steps as in `block`."""
    if not all_known(bits, n_vectors):
        return None

    def codegen(context, builder, signature, arguments):
        bits, n_vectors = constants(signature, 2)
        rows = Vectors(context, builder, signature, arguments, bits)
        (a, at, a_step), (b, bt, b_step) = ((rows.array(k), *arguments[k + 1 : k + 3]) for k in (0, 3))
        with rows.each(arguments[6], 1) as (r, _):
            own, to = (builder.add(start, builder.mul(step, r)) for start, step in ((at, a_step), (bt, b_step)))
            for v in range(n_vectors):
                rows.store(rows.load(a, rows.plus(own, v * rows.lanes)), b, rows.plus(to, v * rows.lanes))
        return context.get_dummy_value()

    return types.void(
        a, types.uint64, types.uint64, b, types.uint64, types.uint64, types.uint64, bits, n_vectors
    ), codegen


@intrinsic(prefer_literal=True)
def transposed(typingctx, a, at, a_step, b, bt, b_step, bits):
    """b[k, r] = a[r, k] for a square of as many rows as a vector has lanes; places and steps as in `block`."""
    if not all_known(bits):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, *constants(signature, 1))
        (a, at, a_step), (b, bt, b_step) = ((rows.array(k), *arguments[k + 1 : k + 3]) for k in (0, 3))
        lanes, size = rows.lanes, 1
        square = [rows.load(a, rows.at_row(at, a_step, r)) for r in range(lanes)]
        while size < lanes:  # rows that lie `size` apart exchange the halves of each square of 2 size
            low = [lanes * (k & size > 0) + (k & ~size) for k in range(lanes)]
            for r in (r for r in range(lanes) if not r & size):
                x, y = square[r], square[r + size]
                square[r], square[r + size] = rows.shuffled(x, y, low), rows.shuffled(x, y, [k + size for k in low])
            size *= 2
        for k, row in enumerate(square):
            rows.store(row, b, rows.at_row(bt, b_step, k))
        return context.get_dummy_value()

    return types.void(a, types.uint64, types.uint64, b, types.uint64, types.uint64, bits), codegen


@intrinsic(prefer_literal=True)
def powers(typingctx, a, at, n, bits):
    """1 / the sum of the powers 2^(score - the highest score), which are put in the place of the n scores of a from
    `at` on.

    What lies behind them, up to a multiple of two vectors, becomes 0. The power is a polynomial, within 6e-6 of its
    value.
    """
    if not all_known(bits):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, *constants(signature, 1))
        a, (_, at, n, _) = rows.array(0), arguments
        number = ir.VectorType(INDEX, rows.lanes)
        low, least = (rows.splat(ir.Constant(FLOAT, value)) for value in (-1e30, -126.0))
        last = builder.and_(builder.sub(n, ir.Constant(WORD, 1)), ir.Constant(WORD, -2 * rows.lanes))
        left = rows.splat(builder.trunc(builder.sub(n, last), INDEX))

        def each_vector(take) -> None:
            """take(place, own, among): of both vectors of each pair; among says of the last pair which lanes hold
            scores."""
            with rows.each(last, 2 * rows.lanes) as (d, _):
                for v in range(2):
                    take(builder.add(at, rows.plus(d, v * rows.lanes)), v, lambda x, other: x)
            for v in range(2):
                inside = builder.icmp_unsigned(
                    "<", ir.Constant(number, list(range(v * rows.lanes, (v + 1) * rows.lanes))), left
                )
                take(
                    builder.add(at, rows.plus(last, v * rows.lanes)),
                    v,
                    lambda x, other, inside=inside: builder.select(inside, x, other),
                )

        most, total = [rows.variable() for _ in range(2)], [rows.variable() for _ in range(2)]
        for own in most:
            builder.store(low, own)
        each_vector(
            lambda place, v, among: builder.store(
                rows.larger(builder.load(most[v]), among(rows.load(a, place), low)), most[v]
            )
        )
        top = rows.splat(rows.reduced("fmax", rows.larger(*map(builder.load, most))))

        def raise_two(place, v, among) -> None:
            x = rows.larger(builder.fsub(rows.load(a, place), top), least)
            whole = builder.fptosi(x, number)
            f = builder.fsub(x, builder.sitofp(whole, rows.vector))
            p = rows.splat(ir.Constant(FLOAT, _POWER[-1]))
            for c in _POWER[-2::-1]:
                p = rows.fma(p, f, rows.splat(ir.Constant(FLOAT, c)))
            exponent = builder.shl(whole, rows.splat(ir.Constant(INDEX, 23)))  # is added where a float keeps its own
            p = among(builder.bitcast(builder.add(builder.bitcast(p, number), exponent), rows.vector), rows.zeros)
            rows.store(p, a, place)
            builder.store(builder.fadd(builder.load(total[v]), p), total[v])

        each_vector(raise_two)
        return builder.fdiv(ir.Constant(FLOAT, 1.0), rows.reduced("fadd", builder.fadd(*map(builder.load, total))))

    return types.float32(a, types.uint64, types.uint64, bits), codegen


@intrinsic(prefer_literal=True)
def reaching(typingctx, a, at, bar, bars, bt, bits):
    """Two vectors of numbers as bits of a uint64: which of a from `at` on are not below the lower of bar and of bars
    from bt on."""
    if not all_known(bits):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, *constants(signature, 1))
        (a, at), bar, (bars, bt) = (
            (rows.array(0), arguments[1]),
            rows.splat(arguments[2]),
            (rows.array(3), arguments[4]),
        )
        found = ir.Constant(WORD, 0)
        for v in range(2):
            theirs = rows.load(bars, rows.plus(bt, v * rows.lanes))
            enough = builder.fcmp_ordered(">=", rows.load(a, rows.plus(at, v * rows.lanes)), rows.smaller(bar, theirs))
            own = builder.zext(builder.bitcast(enough, ir.IntType(rows.lanes)), WORD)
            found = builder.or_(found, builder.shl(own, ir.Constant(WORD, v * rows.lanes)))
        return found

    return types.uint64(a, types.uint64, types.float32, bars, types.uint64, bits), codegen


@intrinsic
def lowest(typingctx, bits):
    """The place of the lowest bit that is set in a uint64 that is not 0."""

    def codegen(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(BIT, 1))

    return types.uint64(types.uint64), codegen


@intrinsic
def from_bits(typingctx, bits):
    """The float32 that is kept as this int32."""

    def codegen(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], FLOAT)

    return types.float32(types.int32), codegen
