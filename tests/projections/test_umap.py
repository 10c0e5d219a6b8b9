"""UMAP: kernels against slow twins, forces against finite differences, planted groups, seeds, and new points."""

import sys
from functools import partial

import numpy as np
import pytest
import reference
from helpers.planted import planted, share_of_nearest_in_own_group

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Cancelled
from embedlab.kernels import umap as kernels
from embedlab.projections import Layout, LayoutOptions, layout, project
from embedlab.projections.graph import Neighbours
from embedlab.projections.umap import UMAPConfig, fuzzy_graph, memberships, optimised, scheduled
from embedlab.projections.umap import project as umap_project
from embedlab.projections.umap_forces import curve, force_tables

QUICK = {"epochs": 200}


def looked_up(table, square):
    return table[int(np.float32(square).view(np.int32)) >> kernels.SHIFT]


def test_memberships_equal_slow_twin():
    distances = np.sort(np.random.default_rng(0).uniform(0.1, 2, (20, 9)), axis=1).astype(np.float32)
    distances[0, :2] = 0  # points in the same place
    expected = [reference.membership_strengths(row, np.log2(10)) for row in distances.astype(float)]
    np.testing.assert_allclose(memberships(distances), expected, atol=1e-4)


def test_memberships_of_points_that_are_all_in_one_place_are_one():
    np.testing.assert_array_equal(memberships(np.zeros((3, 4), np.float32)), 1)


@pytest.mark.parametrize("dims", [2, 3])
def test_layout_step_equals_slow_twin(dims):
    rng = np.random.default_rng(dims)
    n, epochs = 12, 6
    indices = np.stack([rng.permutation([j for j in range(n) if j != i])[:3] for i in range(n)])
    graph = fuzzy_graph(indices, np.sort(rng.uniform(0.1, 1, (n, 3)), axis=1).astype(np.float32))
    edges = list(zip(np.repeat(np.arange(n), np.diff(graph[0])).tolist(), graph[1].tolist(), strict=True))
    starts, columns, shares = scheduled(*graph)
    tables = force_tables(*curve(1.0, 0.1))
    places = (rng.normal(size=(n, dims)) * 3).astype(np.float32)
    expected, moved = places.astype(float), places.copy()
    for epoch in range(epochs):
        expected = reference.umap_epoch(
            expected,
            edges,
            shares[: len(edges)].tolist(),
            epoch,
            1 - epoch / epochs,
            *(partial(looked_up, table) for table in tables),
            5,
            7,
        )
        kernels.layout_step(dims)(
            places,
            moved,
            starts,
            columns,
            shares,
            0,
            n,
            epoch,
            np.float32(1 - epoch / epochs),
            *tables,
            5,
            np.uint64(7),
        )
        places, moved = moved, places
        np.testing.assert_allclose(places, expected, rtol=1e-4, atol=1e-4)
        expected = places.astype(float)  # the next step is compared on its own, not what became of this one


def test_layout_step_does_not_depend_on_the_order_of_the_points():
    rng = np.random.default_rng(0)
    n, order = 40, rng.permutation(40)
    vectors, begin = rng.normal(size=(n, 5)).astype(np.float32), rng.normal(size=(n, 2))
    moved = {}
    for name, rows in (("given", np.arange(n)), ("shuffled", order)):
        indices, distances = Neighbours(vectors[rows], "euclidean").nearest(6)
        places = begin[rows].astype(np.float32)
        after = np.empty_like(places)
        kernels.layout_step(2)(
            places,
            after,
            *scheduled(*fuzzy_graph(indices, distances)),
            0,
            n,
            1,
            np.float32(1),
            *force_tables(*curve(1.0, 0.1)),
            0,
            np.uint64(1),
        )
        moved[name] = after
    assert np.abs(moved["given"] - begin).max() > 0.1
    np.testing.assert_allclose(moved["given"][order], moved["shuffled"], atol=1e-4)


def test_forces_equal_finite_differences_of_the_loss():
    a, b = curve(1.0, 0.1)
    attraction, repulsion = force_tables(a, b)
    other, h = np.zeros(2), 1e-6
    for distance in (0.3, 0.9, 1.7, 4.0, 12.0):
        point = distance * np.array([0.6, 0.8])
        # Pull is doubled (both ends of an edge move), and repulsion has 0.001 added to d^2: hence the factor.
        for joined, table, factor in ((True, attraction, 2), (False, repulsion, distance**2 / (0.001 + distance**2))):
            gradient = [
                (
                    reference.umap_loss(point + h * axis, other, a, b, joined=joined)
                    - reference.umap_loss(point - h * axis, other, a, b, joined=joined)
                )
                / (2 * h)
                for axis in np.eye(2)
            ]
            # The table has 64 steps an octave of d^2, so it is within a hundredth.
            np.testing.assert_allclose(-factor * np.array(gradient), looked_up(table, distance**2) * point, rtol=0.015)


@pytest.mark.parametrize(("spread", "min_dist"), [(1.0, 0.1), (1.0, 0.0), (1.0, 0.9), (3.0, 0.5), (0.5, 0.25)])
def test_curve_equals_that_of_a_general_least_squares_fit(spread, min_dist):
    from scipy.optimize import curve_fit

    d = np.linspace(0, 3 * spread, 300)
    wanted = np.where(d < min_dist, 1.0, np.exp(-(d - min_dist) / spread))
    expected, _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), d, wanted)
    np.testing.assert_allclose(curve(spread, min_dist), expected, rtol=1e-3)


@pytest.mark.parametrize(("n_components", "init"), [(2, "pca"), (3, "pca"), (2, "spectral")])
def test_umap_finds_planted_groups_that_a_random_map_lacks(n_components, init):
    vectors, groups = planted(spread=0.6)
    random = np.random.default_rng(0).normal(size=(len(vectors), n_components))
    assert share_of_nearest_in_own_group(random, groups) < 0.6
    # Seeds 1 to 5 gave 1.0 throughout.
    coords = project(vectors, "umap", QUICK | {"init": init}, n_components=n_components)
    assert coords.dtype == np.float32
    assert share_of_nearest_in_own_group(coords, groups) > 0.95


@pytest.mark.parametrize("n_components", [2, 3])
def test_umap_is_the_same_bit_by_bit_with_one_thread_and_three(n_components):
    vectors, _ = planted()
    made = [
        umap_project(vectors, UMAPConfig(epochs=60), LayoutOptions(n_components, 5, threads=threads)).coords
        for threads in (1, 2, 3)
    ]
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[0], made[2])
    assert (made[0] != umap_project(vectors, UMAPConfig(epochs=60), LayoutOptions(n_components, 6)).coords).any()


def test_umap_reports_epochs_and_stops_when_asked():
    vectors, _ = planted()
    seen = []
    project(vectors, "umap", QUICK, report=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert seen[-2].message == "UMAP epoch 200 of 200"

    def stop(progress):
        if progress.message.startswith("UMAP epoch"):
            raise Cancelled

    with pytest.raises(Cancelled):
        project(vectors, "umap", report=stop)
    assert np.isfinite(project(vectors, "umap", {"epochs": 20})).all()


def test_umap_shows_layouts_on_the_way(monkeypatch):
    monkeypatch.setattr(sys.modules[Layout.__module__], "SHOW_EVERY", 0.0)
    vectors, _ = planted()
    shown = []
    coords = project(vectors, "umap", QUICK, show=lambda share, places: shown.append((share, places)))
    shares = [share for share, _ in shown]
    assert shares == sorted(shares) and shares[-1] == 1
    assert shown[0][1].shape == coords.shape and shown[0][1].dtype == np.float32
    np.testing.assert_array_equal(shown[-1][1], coords)
    assert (shown[0][1] != shown[-1][1]).any()


def test_umap_from_a_given_start_keeps_its_arrangement():
    vectors, groups = planted(spread=0.6)
    before = project(vectors, "umap", QUICK)
    turned = before @ np.array([[0, 1], [-1, 0]], np.float32)
    after = project(vectors, "umap", {"epochs": 60, "min_dist": 0.5}, start=turned)

    def angles(coords):
        middles = np.stack([coords[groups == group].mean(axis=0) for group in range(3)]) - coords.mean(axis=0)
        return middles / np.linalg.norm(middles, axis=1, keepdims=True)

    # Seeds 1 to 5 of the vectors: cosines between the directions of the groups of 0.92 and more, against 0.23 and less.
    assert (angles(turned) * angles(after)).sum(axis=1).min() > 0.8
    assert (angles(before) * angles(after)).sum(axis=1).max() < 0.5
    with pytest.raises(BadInput, match=r"120 points in 2 dimensions cannot start from an array of shape \(3, 2\)"):
        project(vectors, "umap", QUICK, start=before[:3])


def test_umap_of_few_points_lowers_neighbours_and_says_so():
    vectors, _ = planted()
    few = layout(vectors[:5], "umap", {"epochs": 50, "init": "spectral"}, n_components=3)
    assert np.isfinite(few.coords).all()
    assert few.notes == (
        "The number of neighbours was lowered from 15 to 4: 5 points allow no more.",
        "The map starts from PCA: a spectral start needs 32 points, there are 5.",
    )


def test_umap_of_a_graph_in_pieces_starts_from_pca_and_says_so():
    vectors, groups = planted(spread=0.02)
    made = layout(vectors, "umap", QUICK | {"init": "spectral", "n_neighbors": 5})
    assert made.notes[0].startswith("The map starts from PCA: the neighbour graph falls into 3 pieces")
    assert share_of_nearest_in_own_group(made.coords, groups) == 1


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_umap_of_vectors_that_occur_several_times(metric):
    vectors = np.repeat(np.random.default_rng(0).normal(size=(6, 4)), 5, axis=0)
    assert np.isfinite(project(vectors, "umap", QUICK | {"metric": metric})).all()


def test_umap_spread_and_minimum_distance_make_groups_wider():
    vectors, groups = planted()
    for seed in (1, 2, 3):
        maps = [
            project(vectors, "umap", QUICK | setting, seed=seed)
            for setting in ({"min_dist": 0.0}, {"min_dist": 0.9}, {"spread": 3.0})
        ]
        sizes = [np.mean([coords[groups == g].std(axis=0).mean() for g in np.unique(groups)]) for coords in maps]
        assert sizes[1] > 1.5 * sizes[0] and sizes[2] > 2 * sizes[0]  # seen: 0.44, 1.06 to 1.08, 1.40 to 1.42


@pytest.mark.slow
def test_umap_learn_as_engine_finds_planted_groups_reports_stops_and_repeats():
    vectors, groups = planted()
    settings, seen = {"epochs": 50, "engine": "umap-learn"}, []
    coords = project(vectors, "umap", settings, seed=3, report=seen.append)
    assert coords.dtype == np.float32
    assert share_of_nearest_in_own_group(coords, groups) > 0.95
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert any(progress.message.startswith("UMAP epoch") for progress in seen)
    np.testing.assert_array_equal(coords, project(vectors, "umap", settings, seed=3))
    assert project(vectors, "umap", settings | {"init": "spectral", "metric": "euclidean"}, n_components=3).shape == (
        120,
        3,
    )

    def stop(progress):
        if progress.message.startswith("UMAP epoch"):
            raise Cancelled

    with pytest.raises(Cancelled):
        project(vectors, "umap", settings, report=stop)
    assert np.isfinite(project(vectors, "umap", settings)).all()


def test_umap_with_an_engine_there_is_not():
    with pytest.raises(BadSetting, match="Engine must be one of embedlab, umap-learn; got 'fast'"):
        UMAPConfig(engine="fast")


def test_optimised_leaves_points_before_first_where_they_are():
    vectors, _ = planted(n_each=10)
    edges = fuzzy_graph(*Neighbours(vectors).nearest(5))
    start = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    moved = optimised(start, edges, UMAPConfig(epochs=20), first=20)
    np.testing.assert_array_equal(moved[:20], start[:20])
    assert (moved[20:] != start[20:]).all()
