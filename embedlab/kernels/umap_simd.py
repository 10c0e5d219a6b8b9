"""The two inner loops of UMAP's layout, written out in vectors of the processor: whose turn it is, and the forces on a
point.

Left to itself the compiler goes through edges one by one and multiplies in 64 bits where 32 would do. Sixteen lanes are
worked on at a time; no bounds are checked.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from embedlab.kernels.simd import BIT, FLOAT, INDEX, WORD, Vectors, all_known

LANES = 16
_NUMBERS = ir.VectorType(INDEX, LANES)
_LANE = ir.Constant(_NUMBERS, list(range(LANES)))
_STEP = 0x9E3779B9  # from one counter to the next


@intrinsic
def turns(typingctx, columns, shares, start, end, time, out):
    """How many of the edges start .. end - 1 have their turn; their columns are written to out.

    An edge has its turn whenever time times its share, in parts of 2^16, reaches a whole number. columns: int32,
    shares: uint16, both read up to 15 places behind end; out: int32, with 15 spare places behind the most edges of a
    point.
    """

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, 512)
        end, time = arguments[3:5]
        columns, shares, out = rows.array(0), rows.array(1), rows.array(5)
        half, number = ir.VectorType(ir.IntType(16), LANES), _NUMBERS
        times, lane = rows.splat(builder.trunc(time, ir.IntType(16))), _LANE
        compress = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(number, [number, ir.VectorType(BIT, LANES), number]),
            f"llvm.experimental.vector.compress.v{LANES}i32",
        )
        count = cgutils.alloca_once_value(builder, ir.Constant(WORD, 0))
        with rows.each(builder.sub(end, arguments[2]), LANES) as (e, _):
            place = builder.add(arguments[2], e)
            share = builder.load(rows.pointer(shares, place, half), align=2)
            left = rows.splat(builder.trunc(builder.sub(end, place), INDEX))
            turn = builder.and_(
                builder.icmp_unsigned("<", builder.mul(share, times), share), builder.icmp_unsigned("<", lane, left)
            )
            found = builder.load(rows.pointer(columns, place, number), align=4)
            kept = builder.call(compress, [found, turn, ir.Constant(_NUMBERS, ir.Undefined)])
            at = builder.load(count)
            builder.store(kept, rows.pointer(out, at, number), align=4)
            n = builder.ctpop(builder.bitcast(turn, ir.IntType(LANES)))
            builder.store(builder.add(at, builder.zext(n, WORD)), count)
        return builder.load(count)

    return types.uint64(columns, shares, types.uint64, types.uint64, types.uint64, out), codegen


@intrinsic(prefer_literal=True)
def forces(
    typingctx,
    places,
    point,
    others,
    n_pulls,
    n_all,
    weight,
    seed,
    n,
    attraction_repulsion,
    table,
    shift,
    most,
    dims,
    out,
):
    """Write the forces on a point to out: their sum in x, y and z, and behind it the sum of the pulls' coefficients.

    places: float32 (n, dims). The first n_pulls of n_all lanes, a multiple of LANES, pull towards the points in
    `others`; the rest push, each from a point drawn by its number and `seed`, and count `weight`. attraction_repulsion:
    two tables of `table` coefficients each, by the bits of the squared distance above `shift`. A push is held to 4
    either way, a coefficient of the sum to `most`.
    """
    if not all_known(table, shift, dims):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, 32 * LANES)
        table, shift, dims = (signature.args[k].literal_value for k in (9, 10, 12))
        places, others, tables, out = (rows.array(k) for k in (0, 2, 8, 13))
        point, pulls, end, weight, seed, n, most = (arguments[k] for k in (1, 3, 4, 5, 6, 7, 11))
        number = lambda value: rows.splat(ir.Constant(INDEX, value))  # noqa: E731
        real = lambda value: rows.splat(ir.Constant(FLOAT, value))  # noqa: E731
        own = builder.mul(point, ir.Constant(WORD, dims))
        here = [rows.filled(places, rows.plus(own, d)) for d in range(dims)]
        pulls, most, n = rows.splat(builder.trunc(pulls, INDEX)), rows.splat(most), rows.splat(builder.zext(n, WORD))
        weights, limits = rows.splat(weight), (real(3e38), real(4.0))
        sums, total = [rows.variable() for _ in range(dims)], rows.variable()
        with rows.each(end, LANES) as (group, _):
            first = builder.trunc(group, INDEX)
            is_pull = builder.icmp_unsigned("<", builder.add(rows.splat(first), _LANE), pulls)
            # A mixer of 32 bits (two multiplications, three shifts) makes a draw of a counter.
            start = builder.add(seed, builder.mul(first, ir.Constant(INDEX, _STEP)))
            bits = builder.add(
                rows.splat(start), ir.Constant(_NUMBERS, [lane * _STEP % 2**32 for lane in range(LANES)])
            )
            for by, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
                bits = builder.mul(builder.xor(bits, builder.lshr(bits, number(by))), number(factor))
            bits = builder.xor(bits, builder.lshr(bits, number(16)))
            wide = builder.mul(builder.zext(bits, n.type), n)
            drawn = builder.trunc(builder.lshr(wide, rows.splat(ir.Constant(WORD, 32))), _NUMBERS)
            joined = builder.load(rows.pointer(others, group, _NUMBERS), align=4)
            other = builder.select(is_pull, joined, drawn)
            at = builder.mul(other, number(dims))
            there = (
                rows.gathered_pairs(places, other)
                if dims == 2
                else [rows.gathered(places, builder.add(at, number(d))) for d in range(dims)]
            )
            away = [builder.fsub(x, y) for x, y in zip(here, there, strict=True)]
            square = builder.fmul(away[0], away[0])
            for x in away[1:]:
                square = rows.fma(x, x, square)
            slot = builder.lshr(builder.bitcast(square, _NUMBERS), number(shift))
            force = rows.gathered(tables, builder.add(slot, builder.select(is_pull, number(0), number(table))))
            counted = builder.select(is_pull, rows.smaller(builder.fsub(rows.zeros, force), most), rows.zeros)
            builder.store(builder.fadd(builder.load(total), counted), total)
            limit, by = builder.select(is_pull, *limits), builder.select(is_pull, real(1.0), weights)
            for x, sum_of in zip(away, sums, strict=True):
                held = rows.smaller(rows.larger(builder.fmul(force, x), builder.fsub(rows.zeros, limit)), limit)
                builder.store(rows.fma(by, held, builder.load(sum_of)), sum_of)
        found = [rows.reduced("fadd", builder.load(own)) for own in (*sums, total)]
        for d, value in zip((*range(dims), 3), found, strict=True):
            builder.store(value, builder.gep(out, [ir.Constant(WORD, d)]))
        return context.get_dummy_value()

    return types.void(
        places,
        types.uint64,
        others,
        types.uint64,
        types.uint64,
        types.float32,
        types.uint32,
        types.uint32,
        attraction_repulsion,
        table,
        shift,
        types.float32,
        dims,
        out,
    ), codegen
