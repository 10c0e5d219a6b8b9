"""The gradient of t-SNE: attraction along the edges of the graph, repulsion pair by pair or on a grid.

Repulsion is summed pair by pair up to EXACT_UP_TO points (EXACT_3D_UP_TO in three dimensions). Beyond that it comes
from a grid and Fourier transforms as in Linderman et al. 2019, with two changes. The grid holds the two force fields
themselves, so one forward and three inverse transforms suffice. Cubic splines carry points to and from the grid, and
the kernel's transform is divided by their smoothing.
"""

from collections.abc import Callable

import numpy as np

from embedlab.core.parallel import even_ranges

EXACT_UP_TO, EXACT_3D_UP_TO = 1_500, 4_000
COARSEST, FINEST, FEWEST_NODES, MOST_NODES = 0.5, 0.125, 48, 1_500
MARGIN = 32  # nodes between the grid and its periodic image, where splines ring

Edges = tuple[np.ndarray, np.ndarray, np.ndarray]


class Gradient:
    """The two halves of the gradient at given places.

    A class because it keeps its arrays and the transform of the kernel.

    Calling it gives (pulls, pushes, norm): the gradient is 4 (pulls - pushes / norm), norm the sum of q over all pairs.
    """

    def __init__(self, edges: Edges, dims: int, run: Callable, threads: int):
        starts, _, strengths = edges
        n = len(starts) - 1
        self.edges, self.run, self.threads = edges, run, threads
        self.by_edges, self.by_points = even_ranges(starts, threads), even_ranges(np.arange(n + 1), threads)
        self.pulls, self.pushes = np.empty((dims, n), np.float32), np.empty((dims, n), np.float32)
        self.parts = np.empty(n)
        positive = strengths[strengths > 0].astype(np.float64)
        self.entropy = float((positive * np.log(positive)).sum())
        self.exact = n <= (EXACT_UP_TO if dims == 2 else EXACT_3D_UP_TO)
        self.kernel = None, None, None

    def __call__(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        from embedlab.kernels.tsne import attract

        self.run(lambda first, last: attract(places, *self.edges, first, last, self.pulls), self.by_edges)
        total = self._repel_by_pairs(places) if self.exact else self._repel_by_grid(places)
        return self.pulls, self.pushes, max(total - places.shape[1], 1e-12)  # without each point's own q, which is 1

    def divergence(self, places: np.ndarray, norm: float) -> float:
        """KL(P || Q) at `places`, the smaller the better (eq. 2)."""
        from embedlab.kernels.tsne import stretch

        self.run(lambda first, last: stretch(places, *self.edges, first, last, self.parts), self.by_edges)
        return self.entropy + float(self.parts.sum()) + float(np.log(norm))

    def _repel_by_pairs(self, places: np.ndarray) -> float:
        from embedlab.kernels.tsne import repel

        self.run(lambda first, last: repel(places, first, last, self.pushes, self.parts), self.by_points)
        return float(self.parts.sum())

    def _repel_by_grid(self, places: np.ndarray) -> float:
        from scipy import fft

        from embedlab.kernels.tsne import gather, spread

        low = places.min(axis=1)
        extent = float((places.max(axis=1) - low).max())
        spacing = grid_spacing(extent)
        size = grid_size(int(extent / spacing) + 6)  # splines reach one node below and two above
        nodes = (size - MARGIN) // 2
        if self.kernel[0] != (size, spacing):
            self.kernel = (size, spacing), *kernel_transform(size, spacing, self.threads)
        _, for_sum, for_forces = self.kernel
        corner = (low - 1.5 * spacing).astype(np.float32)
        grid = np.zeros((nodes, nodes), np.float32)
        spread(places, corner, spacing, grid)
        options = {"workers": self.threads, "overwrite_x": True}
        waves = fft.fft(fft.rfft(grid, size, axis=1, **options), size, axis=0, **options)
        # What the potential sums to over all points needs no way back (Parseval); the forces do.
        total = float(((waves.real**2 + waves.imag**2) * for_sum).sum(dtype=np.float64))
        waves *= np.complex64(1j)
        fields = fft.ifft(waves * for_forces, axis=1, **options)[:, :nodes]
        fields = np.ascontiguousarray(fft.irfft(fields, size, axis=2, **options)[:, :, :nodes])
        self.run(lambda first, last: gather(places, corner, spacing, fields, first, last, self.pushes), self.by_points)
        return total


def grid_spacing(extent: float) -> float:
    """Distance of grid nodes for a map of this extent: COARSEST for most, finer for small maps, coarser for huge ones.

    In steps of a factor of the square root of two, so that the kernel's transform serves many iterations.
    """
    wanted = extent / FEWEST_NODES
    finer = float(np.exp2(np.floor(2 * np.log2(max(wanted, 1e-9))) / 2))
    return max(min(max(finer, FINEST), COARSEST), extent / MOST_NODES)


def grid_size(nodes: int) -> int:
    """Side of a periodic grid with room for twice `nodes`, in steps of a tenth, so that its kernel can be reused."""
    from scipy import fft

    steps = np.ceil(np.log(2 * nodes + MARGIN) / np.log(1.1))
    return fft.next_fast_len(int(1.1**steps), real=True)


def kernel_transform(size: int, spacing: float, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(for_sum (size, size // 2 + 1), for_forces (2, ...)): transforms of q = 1 / (1 + d^2), of q^2 dx and of q^2 dy.

    On a periodic grid, as float32: q is even, so its transform is real; the others are odd, so theirs are imaginary.
    Divided by what cubic splines do on the way to the grid and back, so that fields are right at the nodes. for_sum
    weighs the squared transform of the points such that all of it adds up to the sum of q over all pairs.
    """
    from scipy import fft

    offsets = (spacing * np.concatenate([np.arange(size - size // 2), np.arange(-(size // 2), 0)])).astype(np.float32)
    q = 1 / (1 + offsets[:, None] ** 2 + offsets**2)
    fields = np.stack([q, q**2 * offsets[:, None], q**2 * offsets])
    if size % 2 == 0:  # as far one way as the other
        fields[1, size // 2], fields[2, :, size // 2] = 0, 0
    smoothing = (2 + np.cos(2 * np.pi * np.arange(size) / size)) / 3
    waves = fft.rfft2(fields, workers=threads, overwrite_x=True)
    waves /= ((smoothing[:, None] * smoothing[: size // 2 + 1]) ** 2).astype(np.float32)
    twice = np.full(
        size // 2 + 1, 2.0
    )  # half of the transform is left out, but for the columns that are their own mirror
    twice[0] = 1
    twice[-1] = 1 if size % 2 == 0 else 2
    return (waves[0].real * (twice / size**2)).astype(np.float32), np.ascontiguousarray(waves[1:].imag)
