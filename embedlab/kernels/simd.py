"""Code written out in vectors of the processor, where the compiler left to itself takes numbers one by one.

`Vectors` makes the parts of such code; what is made of them stands beside the kernels that use it: `simd_products`
(blocks of dot products), `word2vec_simd`, `umap_simd`. Constants (widths, numbers of rows, bits of a vector) are part
of the code that is made. Arrays are contiguous, places are counted in numbers from their beginning; no bounds are
checked.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils

FLOAT, INDEX, WORD, BIT = ir.FloatType(), ir.IntType(32), ir.IntType(64), ir.IntType(1)


def all_known(*kinds) -> bool:
    return all(isinstance(kind, types.IntegerLiteral) for kind in kinds)


def constants(signature, n: int) -> list[int]:
    return [kind.literal_value for kind in signature.args[-n:]]


class Vectors:
    """The code of rows taken a vector at a time.

    A class because all its parts are about one place in the code that is being made.
    """

    def __init__(self, context, builder, signature, arguments, bits: int):
        self.context, self.builder, self.signature, self.arguments = context, builder, signature, arguments
        self.lanes = bits // 32
        self.vector = ir.VectorType(FLOAT, self.lanes)
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
        return [self.load(data, self.builder.add(start, d)) for start in self.arguments[1 : 1 + n]]

    def plus(self, at, n: int):
        return self.builder.add(at, ir.Constant(WORD, n)) if n else at

    def at_row(self, start, step, r: int):
        return self.builder.add(start, self.builder.mul(step, ir.Constant(WORD, r)))

    def load(self, data, at):
        return self.builder.load(self.pointer(data, at, self.vector), align=4)

    def store(self, value, data, at) -> None:
        self.builder.store(value, self.pointer(data, at, value.type), align=4)

    def pointer(self, data, at, kind):
        return self.builder.bitcast(self.builder.gep(data, [at]), kind.as_pointer())

    def gathered(self, data, index, kind=FLOAT):
        """What `data`, an array of that kind, holds at an index for each lane, int32 and not negative."""
        b, found = self.builder, ir.VectorType(kind, self.lanes)
        places = b.gep(self.splat(data), [index], source_etype=kind)
        every = ir.Constant(ir.VectorType(BIT, self.lanes), [1] * self.lanes)
        gather = cgutils.get_or_insert_function(
            b.module,
            ir.FunctionType(found, [places.type, INDEX, every.type, found]),
            f"llvm.masked.gather.v{self.lanes}{kind.intrinsic_name}.v{self.lanes}p0",
        )
        return b.call(gather, [places, ir.Constant(INDEX, 4), every, ir.Constant(found, ir.Undefined)])

    def gathered_pairs(self, data, index) -> list:
        """The floats of `data` at twice the index of each lane, and those behind them; read two at a time."""
        both = self.builder.bitcast(self.gathered(data, index, WORD), ir.VectorType(FLOAT, 2 * self.lanes))
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
        end = ir.Constant(WORD, end) if isinstance(end, int) else end
        return cgutils.for_range_slice(
            self.builder, ir.Constant(WORD, 0), end, ir.Constant(WORD, step), intp=WORD, inc=True
        )

    def fma(self, x, y, z):
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        return self.builder.call(
            cgutils.get_or_insert_function(self.builder.module, kind, f"llvm.fmuladd.v{self.lanes}f32"), [x, y, z]
        )

    def filled(self, data, at):
        """A vector of one number."""
        return self.splat(self.builder.load(self.builder.gep(data, [at])))

    def splat(self, value):
        """A vector of one value."""
        kind = ir.VectorType(value.type, self.lanes)
        one = self.builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(INDEX, 0))
        return self.shuffled(one, one, [0] * self.lanes)

    def reduced(self, how: str, vector):
        """ "fmax" or "fadd" over the lanes."""
        starts = [ir.Constant(FLOAT, -0.0)] if how == "fadd" else []
        kind = ir.FunctionType(FLOAT, [start.type for start in starts] + [self.vector])
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
            low = [
                part + k
                for first in range(0, self.lanes, 2 * size)
                for part in (first, self.lanes + first)
                for k in range(size)
            ]
            vectors = [
                self.builder.fadd(self.shuffled(x, y, low), self.shuffled(x, y, [k + size for k in low]))
                for x, y in zip(vectors[:m], vectors[m:], strict=True)
            ]
        found, n_lanes = vectors[0], self.lanes
        while size > 1:
            found = self.builder.fadd(
                self.shuffled(found, found, range(0, n_lanes, 2)), self.shuffled(found, found, range(1, n_lanes, 2))
            )
            size, n_lanes = size // 2, n_lanes // 2
        return found

    def shuffled(self, x, y, places):
        places = list(places)
        return self.builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(INDEX, len(places)), places))
