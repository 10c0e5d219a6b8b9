"""Products of a few rows with several others, written out in vectors of the processor.

Left to itself the compiler adds up the lanes of one dot product after the other, and that takes longer than the products
where rows hold a hundred numbers. Here the lanes of all sums of a group are added up together (`dots`), or the sums of a
block stay in registers until it is done (`block`). Constants (width, bits and the numbers of rows) are part of the code
that is made: rows of `width` floats, a multiple of 16, in vectors of `bits`. Arrays are float32 and contiguous, places
are counted in floats from their beginning; no bounds are checked.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_POWER = (0.99999475, 0.6930035, 0.23927357, 0.05301796, 0.00675575)  # 2^f by powers of f, on (-1, 0]
_FLOAT, _INDEX, _WORD, _BIT = ir.FloatType(), ir.IntType(32), ir.IntType(64), ir.IntType(1)


@intrinsic(prefer_literal=True)
def dots(typingctx, left, a, b, right, places, first, out, to, width, bits, n_left, n_right):
    """out[to + r n_right + t] = the row of `left` that begins at a (r = 0) or b (r = 1) times that of `right` at places[first + t].

    n_left is 1 or 2. Up to the next power of two of n_left n_right places of `out` are overwritten.
    """
    if not all_known(width, bits, n_left, n_right):
        return None

    def codegen(context, builder, signature, arguments):
        width, bits, n_left, n_right = _constants(signature, 4)
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
            rows.store(rows.added_up(found[k:k + rows.lanes]), out, rows.plus(arguments[7], k))
        return context.get_dummy_value()

    return types.void(left, types.uint64, types.uint64, right, places, types.uint64, out, types.uint64, width, bits, n_left, n_right), codegen


@intrinsic(prefer_literal=True)
def steps(typingctx, left, a, b, gained, right, places, first, slopes, to, width, bits, n_left, n_right):
    """With s[r, t] = slopes[to + r n_right + t], add s[r, t] times row t of `right` to row r of `gained`, for every t, and s[r, t]
    times row r of `left` to row t of `right`, for every r.

    Rows are named as in `dots`; one of `right` that is named twice is read the second time as the first left it.
    """
    if not all_known(width, bits, n_left, n_right):
        return None

    def codegen(context, builder, signature, arguments):
        width, bits, n_left, n_right = _constants(signature, 4)
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

    return types.void(left, types.uint64, types.uint64, gained, right, places, types.uint64, slopes, types.uint64, width, bits, n_left,
                      n_right), codegen


@intrinsic(prefer_literal=True)
def block(typingctx, a, at, a_step, b, bt, b_step, c, ct, c_step, n, scales, bits, n_rows, n_vectors):
    """c[r, v] = scales[r] times the sum over k < n of a[r, k] b[k, v], for n_rows rows and n_vectors vectors of columns.

    Each matrix begins at a place of its array (at, bt, ct), and so many floats lie from one row to the next (its step).
    """
    if not all_known(bits, n_rows, n_vectors):
        return None

    def codegen(context, builder, signature, arguments):
        bits, n_rows, n_vectors = _constants(signature, 3)
        rows = Vectors(context, builder, signature, arguments, bits)
        (a, at, a_step), (b, bt, b_step), (c, ct, c_step) = ((rows.array(k), *arguments[k + 1:k + 3]) for k in (0, 3, 6))
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
            to, by = rows.at_row(ct, c_step, r), rows.filled(scales, ir.Constant(_WORD, r))
            for v, total in enumerate(own):
                rows.store(builder.fmul(builder.load(total), by), c, rows.plus(to, v * rows.lanes))
        return context.get_dummy_value()

    return types.void(a, types.uint64, types.uint64, b, types.uint64, types.uint64, c, types.uint64, types.uint64, types.uint64, scales, bits,
                      n_rows, n_vectors), codegen


@intrinsic(prefer_literal=True)
def copied(typingctx, a, at, a_step, b, bt, b_step, n, bits, n_vectors):
    """b[r] = a[r] for n rows of n_vectors vectors; places and steps as in `block`."""
    if not all_known(bits, n_vectors):
        return None

    def codegen(context, builder, signature, arguments):
        bits, n_vectors = _constants(signature, 2)
        rows = Vectors(context, builder, signature, arguments, bits)
        (a, at, a_step), (b, bt, b_step) = ((rows.array(k), *arguments[k + 1:k + 3]) for k in (0, 3))
        with rows.each(arguments[6], 1) as (r, _):
            own, to = (builder.add(start, builder.mul(step, r)) for start, step in ((at, a_step), (bt, b_step)))
            for v in range(n_vectors):
                rows.store(rows.load(a, rows.plus(own, v * rows.lanes)), b, rows.plus(to, v * rows.lanes))
        return context.get_dummy_value()

    return types.void(a, types.uint64, types.uint64, b, types.uint64, types.uint64, types.uint64, bits, n_vectors), codegen


@intrinsic(prefer_literal=True)
def transposed(typingctx, a, at, a_step, b, bt, b_step, bits):
    """b[k, r] = a[r, k] for a square of as many rows as a vector has lanes; places and steps as in `block`."""
    if not all_known(bits):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, *_constants(signature, 1))
        (a, at, a_step), (b, bt, b_step) = ((rows.array(k), *arguments[k + 1:k + 3]) for k in (0, 3))
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
    """1 / the sum of the powers 2^(score - the highest score), which are put in the place of the n scores of a from `at` on.

    What lies behind them, up to a multiple of two vectors, becomes 0. The power is a polynomial, within 6e-6 of its value.
    """
    if not all_known(bits):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, *_constants(signature, 1))
        a, (_, at, n, _) = rows.array(0), arguments
        number = ir.VectorType(_INDEX, rows.lanes)
        low, least = (rows.splat(ir.Constant(_FLOAT, value)) for value in (-1e30, -126.0))
        last = builder.and_(builder.sub(n, ir.Constant(_WORD, 1)), ir.Constant(_WORD, -2 * rows.lanes))
        left = rows.splat(builder.trunc(builder.sub(n, last), _INDEX))

        def each_vector(take) -> None:
            """take(place, own, among): of both vectors of each pair; among says of the last pair which lanes hold scores."""
            with rows.each(last, 2 * rows.lanes) as (d, _):
                for v in range(2):
                    take(builder.add(at, rows.plus(d, v * rows.lanes)), v, lambda x, other: x)
            for v in range(2):
                inside = builder.icmp_unsigned("<", ir.Constant(number, list(range(v * rows.lanes, (v + 1) * rows.lanes))), left)
                take(builder.add(at, rows.plus(last, v * rows.lanes)), v, lambda x, other, inside=inside: builder.select(inside, x, other))

        most, total = [rows.variable() for _ in range(2)], [rows.variable() for _ in range(2)]
        for own in most:
            builder.store(low, own)
        each_vector(lambda place, v, among: builder.store(rows.larger(builder.load(most[v]), among(rows.load(a, place), low)), most[v]))
        top = rows.splat(rows.reduced("fmax", rows.larger(*map(builder.load, most))))

        def raise_two(place, v, among) -> None:
            x = rows.larger(builder.fsub(rows.load(a, place), top), least)
            whole = builder.fptosi(x, number)
            f = builder.fsub(x, builder.sitofp(whole, rows.vector))
            p = rows.splat(ir.Constant(_FLOAT, _POWER[-1]))
            for c in _POWER[-2::-1]:
                p = rows.fma(p, f, rows.splat(ir.Constant(_FLOAT, c)))
            exponent = builder.shl(whole, rows.splat(ir.Constant(_INDEX, 23)))  # is added where a float keeps its own
            p = among(builder.bitcast(builder.add(builder.bitcast(p, number), exponent), rows.vector), rows.zeros)
            rows.store(p, a, place)
            builder.store(builder.fadd(builder.load(total[v]), p), total[v])

        each_vector(raise_two)
        return builder.fdiv(ir.Constant(_FLOAT, 1.0), rows.reduced("fadd", builder.fadd(*map(builder.load, total))))

    return types.float32(a, types.uint64, types.uint64, bits), codegen


@intrinsic(prefer_literal=True)
def reaching(typingctx, a, at, bar, bars, bt, bits):
    """Two vectors of numbers as bits of a uint64: which of a from `at` on are not below the lower of bar and of bars from bt on."""
    if not all_known(bits):
        return None

    def codegen(context, builder, signature, arguments):
        rows = Vectors(context, builder, signature, arguments, *_constants(signature, 1))
        (a, at), bar, (bars, bt) = (rows.array(0), arguments[1]), rows.splat(arguments[2]), (rows.array(3), arguments[4])
        found = ir.Constant(_WORD, 0)
        for v in range(2):
            theirs = rows.load(bars, rows.plus(bt, v * rows.lanes))
            enough = builder.fcmp_ordered(">=", rows.load(a, rows.plus(at, v * rows.lanes)), rows.smaller(bar, theirs))
            own = builder.zext(builder.bitcast(enough, ir.IntType(rows.lanes)), _WORD)
            found = builder.or_(found, builder.shl(own, ir.Constant(_WORD, v * rows.lanes)))
        return found

    return types.uint64(a, types.uint64, types.float32, bars, types.uint64, bits), codegen


@intrinsic
def lowest(typingctx, bits):
    """The place of the lowest bit that is set in a uint64 that is not 0."""

    def codegen(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(_BIT, 1))

    return types.uint64(types.uint64), codegen


@intrinsic
def from_bits(typingctx, bits):
    """The float32 that is kept as this int32."""

    def codegen(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], _FLOAT)

    return types.float32(types.int32), codegen


def all_known(*kinds) -> bool:
    return all(isinstance(kind, types.IntegerLiteral) for kind in kinds)


def _constants(signature, n: int) -> list[int]:
    return [kind.literal_value for kind in signature.args[-n:]]


class Vectors:
    """The code of rows taken a vector at a time.

    A class because all its parts are about one place in the code that is being made.
    """

    def __init__(self, context, builder, signature, arguments, bits: int):
        self.context, self.builder, self.signature, self.arguments = context, builder, signature, arguments
        self.lanes = bits // 32
        self.vector = ir.VectorType(_FLOAT, self.lanes)
        self.zeros = ir.Constant(self.vector, [0.0] * self.lanes)

    def array(self, k: int):
        """Where the data of the array that is argument k begins."""
        return self.context.make_array(self.signature.args[k])(self.context, self.builder, self.arguments[k]).data

    def numbers(self, k: int, first, n: int) -> list:
        """n whole numbers of the array that is argument k."""
        data = self.array(k)
        return [self.builder.load(self.builder.gep(data, [self.plus(first, t)])) for t in range(n)]

    def of_left(self, data, n: int, d) -> list:
        """The vectors at d of the rows on the left, which begin where the two arguments behind their array say."""
        return [self.load(data, self.builder.add(start, d)) for start in self.arguments[1:1 + n]]

    def plus(self, at, n: int):
        return self.builder.add(at, ir.Constant(_WORD, n)) if n else at

    def at_row(self, start, step, r: int):
        return self.builder.add(start, self.builder.mul(step, ir.Constant(_WORD, r)))

    def load(self, data, at):
        return self.builder.load(self.pointer(data, at, self.vector), align=4)

    def store(self, value, data, at) -> None:
        self.builder.store(value, self.pointer(data, at, value.type), align=4)

    def pointer(self, data, at, kind):
        return self.builder.bitcast(self.builder.gep(data, [at]), kind.as_pointer())

    def gathered(self, data, index, kind=_FLOAT):
        """What `data`, an array of that kind, holds at an index for each lane, int32 and not negative."""
        b, found = self.builder, ir.VectorType(kind, self.lanes)
        places = b.gep(self.splat(data), [index], source_etype=kind)
        every = ir.Constant(ir.VectorType(_BIT, self.lanes), [1] * self.lanes)
        gather = cgutils.get_or_insert_function(b.module, ir.FunctionType(found, [places.type, _INDEX, every.type, found]),
                                                f"llvm.masked.gather.v{self.lanes}{kind.intrinsic_name}.v{self.lanes}p0")
        return b.call(gather, [places, ir.Constant(_INDEX, 4), every, ir.Constant(found, ir.Undefined)])

    def gathered_pairs(self, data, index) -> list:
        """The floats of `data` at twice the index of each lane, and those behind them; read two at a time."""
        both = self.builder.bitcast(self.gathered(data, index, _WORD), ir.VectorType(_FLOAT, 2 * self.lanes))
        return [self.shuffled(both, both, range(k, 2 * self.lanes, 2)) for k in range(2)]

    def larger(self, x, y):
        return self.builder.select(self.builder.fcmp_ordered(">", x, y), x, y)

    def smaller(self, x, y):
        return self.builder.select(self.builder.fcmp_ordered("<", x, y), x, y)

    def variable(self):
        """A vector that the code may change, zeros at first; the compiler keeps it in a register."""
        made = cgutils.alloca_once(self.builder, self.vector)
        self.builder.store(self.zeros, made)
        return made

    def each(self, end, step: int):
        """A loop over 0, step, 2 step ... below `end`."""
        end = ir.Constant(_WORD, end) if isinstance(end, int) else end
        return cgutils.for_range_slice(self.builder, ir.Constant(_WORD, 0), end, ir.Constant(_WORD, step), intp=_WORD, inc=True)

    def fma(self, x, y, z):
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fmuladd.v{self.lanes}f32"), [x, y, z])

    def filled(self, data, at):
        """A vector of one number."""
        return self.splat(self.builder.load(self.builder.gep(data, [at])))

    def splat(self, value):
        """A vector of one value."""
        kind = ir.VectorType(value.type, self.lanes)
        one = self.builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_INDEX, 0))
        return self.shuffled(one, one, [0] * self.lanes)

    def reduced(self, how: str, vector):
        """"fmax" or "fadd" over the lanes."""
        starts = [ir.Constant(_FLOAT, -0.0)] if how == "fadd" else []
        kind = ir.FunctionType(_FLOAT, [start.type for start in starts] + [self.vector])
        made = cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.vector.reduce.{how}.v{self.lanes}f32")
        return self.builder.call(made, [*starts, vector], fastmath=("reassoc",))

    def added_up(self, vectors: list):
        """A vector whose lane i is the sum of the lanes of vectors[i]; at most as many of them as lanes."""
        n = 1
        while n < len(vectors):
            n *= 2
        vectors, size = vectors + [self.zeros] * (n - len(vectors)), self.lanes
        while len(vectors) > 1:  # two vectors become one in which each of their sums takes half the lanes
            size, m = size // 2, len(vectors) // 2
            low = [part + k for first in range(0, self.lanes, 2 * size) for part in (first, self.lanes + first) for k in range(size)]
            vectors = [self.builder.fadd(self.shuffled(x, y, low), self.shuffled(x, y, [k + size for k in low]))
                       for x, y in zip(vectors[:m], vectors[m:], strict=True)]
        found, n_lanes = vectors[0], self.lanes
        while size > 1:
            found = self.builder.fadd(self.shuffled(found, found, range(0, n_lanes, 2)), self.shuffled(found, found, range(1, n_lanes, 2)))
            size, n_lanes = size // 2, n_lanes // 2
        return found

    def shuffled(self, x, y, places):
        places = list(places)
        return self.builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_INDEX, len(places)), places))
