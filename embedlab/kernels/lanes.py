"""Products of one or two rows with several others, written out in vectors of the processor.

Left to itself the compiler adds up the lanes of one dot product after the other, and that takes longer than the products
where rows hold a hundred numbers. Here the lanes of all sums of a group are added up together. Constants (width, bits
and the numbers of rows) are part of the code that is made: rows of `width` floats, a multiple of 16, in vectors of
`bits`. Arrays are float32 and contiguous, places are counted in floats from their beginning; no bounds are checked.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FLOAT, _INDEX, _WORD = ir.FloatType(), ir.IntType(32), ir.IntType(64)


@intrinsic(prefer_literal=True)
def dots(typingctx, left, a, b, right, places, first, out, to, width, bits, n_left, n_right):
    """out[to + r n_right + t] = the row of `left` that begins at a (r = 0) or b (r = 1) times that of `right` at places[first + t].

    n_left is 1 or 2. Up to the next power of two of n_left n_right places of `out` are overwritten.
    """
    if not _all_known(width, bits, n_left, n_right):
        return None

    def codegen(context, builder, signature, arguments):
        rows = _Rows(context, builder, signature, arguments)
        n_left, n_right = rows.n_left, rows.n_right
        left, right, out = (rows.array(k) for k in (0, 3, 6))
        theirs = rows.numbers(4, arguments[5], n_right)
        sums = [rows.variable() for _ in range(n_left * n_right)]
        with rows.each_vector() as (d, _):
            mine = rows.of_left(left, d)
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
    if not _all_known(width, bits, n_left, n_right):
        return None

    def codegen(context, builder, signature, arguments):
        rows = _Rows(context, builder, signature, arguments)
        n_left, n_right = rows.n_left, rows.n_right
        left, gained, right, slopes = (rows.array(k) for k in (0, 3, 4, 7))
        theirs, to = rows.numbers(5, arguments[6], n_right), arguments[8]
        slope = [[rows.filled(slopes, rows.plus(to, r * n_right + t)) for t in range(n_right)] for r in range(n_left)]
        with rows.each_vector() as (d, _):
            mine = rows.of_left(left, d)
            new = [rows.load(gained, rows.plus(d, r * rows.width)) for r in range(n_left)]
            for t, start in enumerate(theirs):
                at = builder.add(start, d)
                moved = other = rows.load(right, at)
                for r in range(n_left):
                    new[r] = rows.fma(slope[r][t], other, new[r])
                    moved = rows.fma(slope[r][t], mine[r], moved)
                rows.store(moved, right, at)
            for r in range(n_left):
                rows.store(new[r], gained, rows.plus(d, r * rows.width))
        return context.get_dummy_value()

    return types.void(left, types.uint64, types.uint64, gained, right, places, types.uint64, slopes, types.uint64, width, bits, n_left,
                      n_right), codegen


def _all_known(*kinds) -> bool:
    return all(isinstance(kind, types.IntegerLiteral) for kind in kinds)


class _Rows:
    """The code of rows taken a vector at a time; the last four arguments are constants.

    A class because all its parts are about one place in the code that is being made.
    """

    def __init__(self, context, builder, signature, arguments):
        self.context, self.builder, self.signature, self.arguments = context, builder, signature, arguments
        self.width, bits, self.n_left, self.n_right = (kind.literal_value for kind in signature.args[-4:])
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

    def of_left(self, data, d) -> list:
        """The vectors at d of the rows on the left, which begin where the two arguments behind their array say."""
        return [self.load(data, self.builder.add(start, d)) for start in self.arguments[1:1 + self.n_left]]

    def plus(self, at, n: int):
        return self.builder.add(at, ir.Constant(_WORD, n)) if n else at

    def load(self, data, at):
        return self.builder.load(self._pointer(data, at, self.vector), align=4)

    def store(self, value, data, at) -> None:
        self.builder.store(value, self._pointer(data, at, value.type), align=4)

    def _pointer(self, data, at, kind):
        return self.builder.bitcast(self.builder.gep(data, [at]), kind.as_pointer())

    def variable(self):
        """A vector that the code may change, zeros at first; the compiler keeps it in a register."""
        made = cgutils.alloca_once(self.builder, self.vector)
        self.builder.store(self.zeros, made)
        return made

    def each_vector(self):
        """A loop over the places of a row at which its vectors begin."""
        return cgutils.for_range_slice(self.builder, ir.Constant(_WORD, 0), ir.Constant(_WORD, self.width),
                                       ir.Constant(_WORD, self.lanes), intp=_WORD, inc=True)

    def fma(self, x, y, z):
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fmuladd.v{self.lanes}f32"), [x, y, z])

    def filled(self, data, at):
        """A vector of one number."""
        one = self.builder.insert_element(self.zeros, self.builder.load(self.builder.gep(data, [at])), ir.Constant(_INDEX, 0))
        return self._shuffled(one, one, [0] * self.lanes)

    def added_up(self, vectors: list):
        """A vector whose lane i is the sum of the lanes of vectors[i]; at most as many of them as lanes."""
        n = 1
        while n < len(vectors):
            n *= 2
        vectors, size = vectors + [self.zeros] * (n - len(vectors)), self.lanes
        while len(vectors) > 1:  # two vectors become one in which each of their sums takes half the lanes
            size, m = size // 2, len(vectors) // 2
            low = [part + k for first in range(0, self.lanes, 2 * size) for part in (first, self.lanes + first) for k in range(size)]
            vectors = [self.builder.fadd(self._shuffled(x, y, low), self._shuffled(x, y, [k + size for k in low]))
                       for x, y in zip(vectors[:m], vectors[m:], strict=True)]
        found, n_lanes = vectors[0], self.lanes
        while size > 1:
            found = self.builder.fadd(self._shuffled(found, found, range(0, n_lanes, 2)), self._shuffled(found, found, range(1, n_lanes, 2)))
            size, n_lanes = size // 2, n_lanes // 2
        return found

    def _shuffled(self, x, y, places):
        places = list(places)
        return self.builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_INDEX, len(places)), places))
