"""The neighbour graph: kernels against their slow twins, any number of threads, and the copy kept on disk."""

import numpy as np
import pytest
import reference

from embedlab.core import parallel
from embedlab.core.parallel import each, even_ranges, team
from embedlab.kernels import knn as kernels
from embedlab.projections import graph
from embedlab.projections.graph import Neighbours, knn, nearest_among, two_sided, vectors_digest


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "k"), [(5, 1), (40, 7), (100, 33), (70, 70)])
def test_best_of_block_equals_slow_twin_also_with_ties_and_in_tiles(dtype, n, k):
    scores = np.random.default_rng(n).integers(0, 30, (6, n)).astype(dtype)
    best, where = np.full((6, k), -np.inf, dtype), np.full((6, k), -1, np.int32)
    for first in range(0, n, 33):
        kernels.best_of_block(np.ascontiguousarray(scores[:, first : first + 33]), first, best, where)
    kernels.sort_heaps(best, where)
    assert where.tolist() == reference.best_columns(scores.tolist(), k)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, where, axis=1))


def test_best_of_tile_serves_rows_and_columns_in_any_order_of_tiles_also_with_ties():
    n, k, side = 150, 11, 40
    rng = np.random.default_rng(1)
    scores = rng.integers(0, 30, (n, n)).astype(float)
    scores = np.maximum(scores, scores.T)
    best, where = np.full((n, k), -np.inf), np.full((n, k), -1, np.int32)
    tiles = [(i, j) for i in range(0, n, side) for j in range(i, n, side)]
    for i, j in rng.permutation(tiles).tolist():
        mine, theirs = slice(i, i + side), slice(j, j + side)
        down = (best[theirs], where[theirs]) if i < j else (best[:0], where[:0])
        kernels.best_of_tile(np.ascontiguousarray(scores[mine, theirs]), i, j, best[mine], where[mine], *down)
    kernels.sort_heaps(best, where)
    assert where.tolist() == reference.best_columns(scores.tolist(), k)


@pytest.mark.parametrize(("n", "dim", "k"), [(150, 5, 11), (97, 1, 3), (33, 20, 32)])
def test_best_products_serve_rows_and_columns_in_any_order_of_tiles_also_with_ties(n, dim, k):
    rng, width, side = np.random.default_rng(1), kernels.PANEL, 2 * kernels.PANEL
    vectors = rng.integers(-3, 4, (n, dim)).astype(
        np.float32
    )  # of small whole numbers, so that products are exact and often equal
    rows = np.zeros((-(-(n + kernels.TOGETHER) // width) * width, dim), np.float32)
    rows[:n] = vectors
    panels = np.ascontiguousarray(rows.reshape(-1, width, dim).transpose(0, 2, 1))
    best, where = np.full((n, k), -np.inf, np.float32), np.full((n, k), -1, np.int32)
    tiles = [(i, j) for i in range(0, n, side) for j in range(i, n, side)]
    for i, j in rng.permutation(tiles).tolist():
        kernels.best_products(rows, i, min(i + side, n), panels, j, min(j + side, n), best, where)
    kernels.sort_heaps(best, where)
    scores = (vectors @ vectors.T).astype(float)
    np.fill_diagonal(scores, -np.inf)
    assert where.tolist() == reference.best_columns(scores.tolist(), k)
    np.testing.assert_array_equal(best, np.take_along_axis(scores, where, axis=1))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_of_all_are_those_of_each_also_on_a_grid_full_of_ties(metric, monkeypatch):
    monkeypatch.setattr(graph, "TILE", 64)
    vectors = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float32)
    if metric == "euclidean":  # its middle lies on a point, so that all distances are exact
        vectors = np.stack(np.meshgrid(np.arange(25.0), np.arange(8.0) * 2), axis=-1).reshape(-1, 2)
    found = knn(vectors, 9, metric=metric)
    one_by_one = [part[:, 1:] for part in nearest_among(vectors, vectors, 10, metric=metric)]  # without itself
    np.testing.assert_array_equal(found[0], one_by_one[0])
    np.testing.assert_allclose(found[1], one_by_one[1], atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_excess_ranks_equals_slow_twin(dtype):
    rng = np.random.default_rng(0)
    distances, chosen = rng.integers(0, 25, (8, 40)).astype(dtype), rng.integers(0, 40, (8, 6)).astype(np.int32)
    assert kernels.excess_ranks(distances, chosen, 6) == reference.excess_ranks(distances.tolist(), chosen, 6)


@pytest.mark.parametrize(("scale", "both"), [(1.0, 1.0), (1 / 60, 0.0)])
def test_two_sided_equals_slow_twin(scale, both):
    rng = np.random.default_rng(0)
    indices = np.stack([rng.permutation([j for j in range(30) if j != i])[:4] for i in range(30)])
    values = rng.uniform(size=(30, 4)).astype(np.float32)
    starts, columns, joined = two_sided(indices, values, scale=scale, both=both)
    rows = np.repeat(np.arange(30), np.diff(starts))
    expected = reference.both_ways(indices, values, scale, both)
    assert list(zip(rows.tolist(), columns.tolist(), strict=True)) == sorted(expected)
    np.testing.assert_allclose(joined, [expected[edge] for edge in sorted(expected)], rtol=1e-5)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_knn_is_the_same_bit_by_bit_with_one_thread_and_two(metric, monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(1300, 24)).astype(np.float32)
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(parallel, "n_threads", lambda threads=threads: threads)
        found.append(knn(vectors, 9, metric=metric))
    for left, right in zip(*found, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_approximate_knn_finds_nearly_all_neighbours(metric, monkeypatch):
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(40, 30))[rng.integers(0, 40, 3000)] + 0.5 * rng.normal(size=(3000, 30))).astype(
        np.float32
    )
    exact = knn(vectors, 10, metric=metric)
    monkeypatch.setattr(graph, "EXACT_UP_TO", 1000)
    found, distances = knn(vectors, 10, metric=metric)
    shared = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), exact[0].tolist(), strict=True)])
    assert shared > 0.9
    assert not (found == np.arange(3000)[:, None]).any()
    assert (np.diff(distances, axis=1) >= 0).all()
    np.testing.assert_allclose(distances[:, 0].mean(), exact[1][:, 0].mean(), rtol=0.05)


def test_neighbours_are_computed_once_for_the_most_asked_for_and_kept(tmp_path, monkeypatch):
    vectors = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    asked = []
    monkeypatch.setattr(graph, "knn", lambda vectors, k, **options: asked.append(k) or knn(vectors, k, **options))
    first = Neighbours(vectors, "cosine", tmp_path / "graphs")
    wide, narrow = first.nearest(8), first.nearest(3)
    again = Neighbours(vectors, "cosine", tmp_path / "graphs").nearest(8)
    assert asked == [8]
    for found, whole, stored in zip(narrow, wide, again, strict=True):
        np.testing.assert_array_equal(found, whole[:, :3])
        np.testing.assert_array_equal(stored, whole)
        assert stored.dtype == whole.dtype
    Neighbours(vectors, "euclidean", tmp_path / "graphs").nearest(3)
    Neighbours(vectors * 2, "cosine", tmp_path / "graphs").nearest(3)
    Neighbours(vectors, "cosine", tmp_path / "graphs").nearest(9)
    assert asked == [8, 3, 3, 9]
    assert len(list((tmp_path / "graphs").iterdir())) == 3


@pytest.mark.parametrize("content", [b"", b"not a graph", b"PK\x03\x04 cut short"])
def test_neighbours_of_a_damaged_file_are_computed_again(tmp_path, content):
    vectors = np.random.default_rng(0).normal(size=(20, 4))
    there = Neighbours(vectors, "cosine", tmp_path)
    there.path.write_bytes(content)
    np.testing.assert_array_equal(there.nearest(3)[0], knn(vectors, 3)[0])
    np.testing.assert_array_equal(Neighbours(vectors, "cosine", tmp_path).nearest(3)[0], knn(vectors, 3)[0])


def test_digest_of_vectors_depends_on_values_shape_and_metric():
    vectors = np.arange(12.0).reshape(4, 3)
    others = [vectors.reshape(3, 4), vectors + 1, vectors.astype(np.float32)]
    digests = {vectors_digest(other, "cosine") for other in [vectors, *others]} | {vectors_digest(vectors, "euclidean")}
    assert len(digests) == 5
    assert vectors_digest(np.asfortranarray(vectors), "cosine") in digests


def test_each_does_every_part_and_passes_on_what_goes_wrong():
    done, counts = [], []
    each(done.append, range(7), threads=2, told=counts.append)
    assert sorted(done) == list(range(7)) and counts == [1, 2, 3, 4, 5, 6, 7]

    def fail(part):
        raise ValueError(f"part {part}")

    with pytest.raises(ValueError, match="part 0"):
        each(fail, range(1), threads=2)


def test_even_ranges_share_out_edges_and_team_covers_them():
    starts = np.array([0, 10, 10, 11, 12, 20])
    assert even_ranges(starts, 2) == [(0, 1), (1, 5)]
    assert even_ranges(starts, 1) == [(0, 5)]
    with team(2) as run:
        assert run(lambda first, last, factor: (last - first) * factor, even_ranges(starts, 2), 10) == [10, 40]
