"""Rows as the processor likes them, and two hints to the compiler that numba has no words for."""

import numpy as np
from llvmlite.binding import get_host_cpu_features
from numba import njit, types, uint64
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def wide_vectors(typingctx):
    """Let the function that calls this use 512-bit vectors.

    By default LLVM keeps to 256 bits on processors that have 512, because older ones ran slower with them.
    """

    def codegen(context, builder, signature, arguments):
        # The attribute is one that LLVM knows and numba does not; the set's own `add` refuses it.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), codegen


@intrinsic
def fetch_line(typingctx, array, row, column):
    """Ask for the cache line that holds array[row, column]; nothing is read and nothing waits. No bounds are
    checked."""

    def codegen(context, builder, signature, arguments):
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = cgutils.get_item_pointer(
            context, builder, signature.args[0], view, list(arguments[1:]), wraparound=False
        )
        takes = [cgutils.voidptr_t, cgutils.int32_t, cgutils.int32_t, cgutils.int32_t]
        prefetch = cgutils.get_or_insert_function(
            builder.module, cgutils.ir.FunctionType(cgutils.ir.VoidType(), takes), "llvm.prefetch.p0"
        )
        for_writing, keep, data = cgutils.int32_t(1), cgutils.int32_t(3), cgutils.int32_t(1)
        builder.call(prefetch, [builder.bitcast(place, cgutils.voidptr_t), for_writing, keep, data])
        return context.get_dummy_value()

    return types.void(array, row, column), codegen


@njit(inline="always")
def fetch_row(matrix, row, width):
    """Ask for a row that is needed soon, while other work goes on."""
    for d in range(uint64(0), uint64(width), uint64(16)):
        fetch_line(matrix, uint64(row), d)


def widest_vectors() -> int:
    """512 or 256, the widest vectors in bits that this processor has and the kernels are made for."""
    return 512 if get_host_cpu_features().get("avx512f") else 256


def aligned(n_rows: int, width: int) -> np.ndarray:
    """Zeros, float32 (n_rows, width), that begin at a cache line, so that rows of 16 floats straddle none."""
    raw = np.zeros(n_rows * width + 16, np.float32)
    first = -(raw.ctypes.data // 4) % 16
    return raw[first : first + n_rows * width].reshape(n_rows, width)


def padded(dim: int) -> int:
    """The row width, in floats, of vectors of `dim`: whole cache lines, and few widths, since each is compiled once."""
    step = next(step for step, limit in ((16, 128), (32, 320), (64, 1024), (128, 2048)) if dim <= limit)
    return -(-dim // step) * step
