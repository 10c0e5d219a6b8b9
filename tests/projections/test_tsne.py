"""t-SNE: kernels and grid against slow twins, the gradient against finite differences, planted groups."""

import sys

import numpy as np
import pytest
import reference
from helpers.planted import planted, share_of_nearest_in_own_group

from embedlab.core.parallel import team
from embedlab.core.progress import Cancelled
from embedlab.kernels import tsne as kernels
from embedlab.projections import Layout, LayoutOptions, layout, project, tsne_gradient
from embedlab.projections.graph import Neighbours
from embedlab.projections.tsne import Stage, TSNEConfig, affinities, optimised, stages
from embedlab.projections.tsne_gradient import Gradient, grid_spacing

QUICK = {"iterations": 100, "perplexity": 10.0}


def edges_of(n=40, perplexity=5.0, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    indices, distances = Neighbours(vectors, "euclidean").nearest(min(n - 1, int(3 * perplexity)))
    return affinities(indices, distances**2, perplexity)


def dense(edges):
    starts, columns, strengths = edges
    p = np.zeros((len(starts) - 1,) * 2)
    p[np.repeat(np.arange(len(p)), np.diff(starts)), columns] = strengths
    return p


def gradient_at(edges, places):
    with team(1) as run:
        at = Gradient(edges, places.shape[1], run, 1)
        lines = np.ascontiguousarray(places.T, np.float32)
        pulls, pushes, norm = at(lines)
        return pulls.T.copy(), pushes.T.copy(), norm, at.divergence(lines, norm)


def test_affinities_equal_slow_twin():
    squares = np.sort(np.random.default_rng(0).uniform(0.5, 4, (20, 15)), axis=1).astype(np.float32)
    rows = np.empty_like(squares)
    kernels.affinities(squares, 5.0, 0, 20, rows)
    np.testing.assert_allclose(
        rows, [reference.conditional_affinities(row, 5.0) for row in squares.astype(float)], atol=1e-5
    )


def test_affinities_are_symmetric_and_sum_to_one_also_for_equal_vectors():
    p = dense(edges_of())
    np.testing.assert_allclose(p, p.T, rtol=1e-6)
    assert p.sum() == pytest.approx(1, rel=1e-5)
    rows = np.empty((2, 4), np.float32)
    kernels.affinities(np.zeros((2, 4), np.float32), 3.0, 0, 2, rows)
    np.testing.assert_allclose(rows, 0.25)


@pytest.mark.parametrize("dims", [2, 3])
def test_both_halves_of_the_gradient_equal_slow_twin(dims):
    edges = edges_of()
    places = np.random.default_rng(1).normal(size=(40, dims)) * 3
    pulls, pushes, norm, divergence = gradient_at(edges, places)
    slow_pulls, slow_pushes, slow_norm = reference.tsne_gradient(places, dense(edges))
    np.testing.assert_allclose(pulls, slow_pulls, atol=1e-6)
    np.testing.assert_allclose(pushes, slow_pushes, rtol=1e-4, atol=1e-5)
    assert norm == pytest.approx(slow_norm, rel=1e-5)
    assert divergence == pytest.approx(reference.tsne_divergence(places, dense(edges)), rel=1e-5)


def test_gradient_equals_finite_differences_of_the_divergence():
    edges = edges_of(n=15, perplexity=3.0)
    p, places, h = dense(edges), np.random.default_rng(1).normal(size=(15, 2)), 1e-5
    pulls, pushes, norm, _ = gradient_at(edges, places)
    for at in ((0, 0), (4, 1), (9, 0), (14, 1)):
        step = np.zeros_like(places)
        step[at] = h
        slope = (reference.tsne_divergence(places + step, p) - reference.tsne_divergence(places - step, p)) / (2 * h)
        assert 4 * (pulls[at] - pushes[at] / norm) == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize(("scale", "most"), [(1e-4, 0.001), (0.1, 0.001), (1.0, 0.0001), (8.0, 0.04)])
def test_repulsion_by_grid_is_close_to_that_of_all_pairs(scale, most, monkeypatch):
    edges = edges_of(n=700)
    places = np.random.default_rng(1).normal(size=(700, 2)) * scale
    _, exact, norm, _ = gradient_at(edges, places)
    monkeypatch.setattr(tsne_gradient, "EXACT_UP_TO", 0)
    _, found, found_norm, _ = gradient_at(edges, places)
    # Seeds 1 to 5: at most 0.00033, 0.00025, 0.00001 and 0.029; the norm within 0.0011.
    assert np.linalg.norm(found - exact) < most * np.linalg.norm(exact)
    assert found_norm == pytest.approx(norm, rel=0.01)


def test_grid_is_finer_for_small_maps_and_bounded_for_huge_ones():
    assert grid_spacing(1e-3) == tsne_gradient.FINEST
    assert grid_spacing(100) == tsne_gradient.COARSEST
    assert grid_spacing(1e6) * tsne_gradient.MOST_NODES == pytest.approx(1e6)
    assert tsne_gradient.FINEST < grid_spacing(10.0) < tsne_gradient.COARSEST


def test_descend_equals_slow_twin():
    rng = np.random.default_rng(0)
    places, pulls, pushes, velocity = (rng.normal(size=(2, 9)).astype(np.float32) for _ in range(4))
    gains = np.ones((2, 9), np.float32)
    slow = [array.astype(float) for array in (places, velocity, gains)]
    for _ in range(3):
        kernels.descend(places, pulls, pushes, 12.0, 2.0, velocity, gains, 0.5, 0.3, 2.0)
        reference.tsne_step(slow[0], 4 * (12.0 * pulls.astype(float) - pushes / 2.0), slow[1], slow[2], 0.5, 0.3, 2.0)
    for found, expected in zip((places, velocity, gains), slow, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("exact_up_to", [10_000, 0])
def test_tsne_is_the_same_bit_by_bit_with_one_thread_and_three(exact_up_to, monkeypatch):
    monkeypatch.setattr(tsne_gradient, "EXACT_UP_TO", exact_up_to)
    edges, start = edges_of(n=300), np.random.default_rng(0).normal(size=(300, 2)) * 1e-4
    one, three = (
        optimised(start, edges, [Stage(100, 12.0, 0.5), Stage(100, 1.0, 0.8)], LayoutOptions(threads=threads))
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one, three)


def test_tsne_by_grid_finds_planted_groups_at_a_divergence_as_low_as_by_pairs(monkeypatch):
    vectors, groups = planted(n_each=150, spread=0.6)
    lowest = {}
    for exact_up_to in (10_000, 0):
        monkeypatch.setattr(tsne_gradient, "EXACT_UP_TO", exact_up_to)
        seen = []
        coords = project(vectors, "tsne", {"iterations": 150}, report=seen.append)
        assert share_of_nearest_in_own_group(coords, groups) > 0.95
        lowest[exact_up_to] = [p.metrics["divergence"] for p in seen if p.metrics][-1]
    # Seeds 1 to 5 of the vectors: they end in slightly different places, at most 0.017 apart, either one the lower.
    assert lowest[0] == pytest.approx(lowest[10_000], abs=0.05)


@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize("engine", ["embedlab", "opentsne"])
def test_tsne_finds_planted_groups_that_a_random_map_lacks(engine, n_components):
    vectors, groups = planted()
    random = np.random.default_rng(0).normal(size=(len(vectors), n_components))
    assert share_of_nearest_in_own_group(random, groups) < 0.6
    # Seeds 1 to 5 gave 1.0 throughout.
    coords = project(vectors, "tsne", QUICK | {"engine": engine}, n_components=n_components)
    assert share_of_nearest_in_own_group(coords, groups) > 0.95


@pytest.mark.parametrize("n", [4, 5, 50])
def test_tsne_of_few_points_does_not_collapse_and_notes_the_lower_perplexity(n):
    vectors = np.random.default_rng(0).normal(size=(n, 5))
    made = layout(vectors, "tsne")
    assert made.coords.std(axis=0).min() > 0.01
    assert made.notes == (f"Perplexity was lowered from 30 to {(n - 1) / 3:g}: {n} points allow no more.",)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_tsne_of_vectors_that_occur_several_times(metric):
    vectors = np.repeat(np.random.default_rng(0).normal(size=(6, 4)), 5, axis=0)
    assert np.isfinite(project(vectors, "tsne", {"metric": metric, "iterations": 100})).all()


@pytest.mark.parametrize("engine", ["embedlab", "opentsne"])
def test_tsne_reports_steps_and_stops_when_asked(engine):
    vectors, _ = planted(n_each=20)
    seen = []
    project(vectors, "tsne", QUICK | {"engine": engine}, report=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert {"divergence"} == set(seen[-2].metrics)
    assert seen[-2].message == "t-SNE step 350 of 350"

    def stop(progress):
        if progress.fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        project(vectors, "tsne", QUICK | {"engine": engine}, report=stop)


@pytest.mark.parametrize("engine", ["embedlab", "opentsne"])
def test_tsne_shows_layouts_on_the_way(engine, monkeypatch):
    monkeypatch.setattr(sys.modules[Layout.__module__], "SHOW_EVERY", 0.0)
    vectors, _ = planted(n_each=20)
    shown = []
    coords = project(
        vectors, "tsne", QUICK | {"engine": engine}, show=lambda share, places: shown.append((share, places))
    )
    shares = [share for share, _ in shown]
    assert shares == sorted(shares) and shares[-1] == 1
    assert shown[0][1].shape == coords.shape and shown[0][1].dtype == np.float32
    assert (shown[0][1] != shown[-1][1]).any()


def test_tsne_from_a_given_start_keeps_its_arrangement():
    vectors, groups = planted(spread=0.6)
    before = project(vectors, "tsne", QUICK)
    after = project(vectors, "tsne", QUICK | {"perplexity": 20.0}, start=-before)
    middles = [np.stack([coords[groups == group].mean(axis=0) for group in range(3)]) for coords in (before, after)]
    left, right = ((m - m.mean(axis=0)).ravel() / np.linalg.norm(m - m.mean(axis=0)) for m in middles)
    assert left @ right < -0.9  # seeds 1 to 5 of the vectors: -0.966 to -1


def test_many_points_go_without_early_exaggeration_unless_asked_for():
    assert [(s.steps, s.exaggeration) for s in stages(TSNEConfig(), 5_000, warm=False)] == [(250, 2.0), (500, 1.0)]
    assert [(s.steps, s.exaggeration) for s in stages(TSNEConfig(), 5_001, warm=False)] == [(750, 1.0)]
    assert [(s.steps, s.exaggeration) for s in stages(TSNEConfig(exaggeration=4), 5_001, warm=False)] == [
        (250, 4.0),
        (500, 1.0),
    ]
    assert [s.steps for s in stages(TSNEConfig(exaggeration=4), 10, warm=True)] == [500]
