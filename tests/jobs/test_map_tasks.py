"""Maps as jobs: layouts on the way, graphs stored with the run, a start from another map, and both checks."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from helpers.planted import planted

from embedlab import jobs
from embedlab.core.errors import NotFound
from embedlab.jobs.map_specs import MapSpec
from embedlab.jobs.map_tasks import LAYOUT
from embedlab.projections import Layout, Projection
from embedlab.projections.stability import jitter


@pytest.fixture
def run(lab, tmp_path):
    """A run of planted vectors, imported from a text file."""
    vectors, _ = planted(n_each=30)
    lines = [f"w{i} " + " ".join(f"{value:.5f}" for value in row) for i, row in enumerate(vectors)]
    (tmp_path / "planted.txt").write_text("\n".join([f"{len(vectors)} {vectors.shape[1]}", *lines]), encoding="utf-8")
    return lab.import_vectors(tmp_path / "planted.txt")


def do(lab, kind, spec):
    id = jobs.create(lab, kind, spec, title=kind)
    return jobs.run_here(lab, id), jobs.get(lab, id)


def test_map_job_leaves_its_layout_and_keeps_the_graph(lab, run, monkeypatch):
    monkeypatch.setattr(sys.modules[Layout.__module__], "SHOW_EVERY", 0.0)
    result, job = do(lab, "map", MapSpec(run.id, "umap", params={"epochs": 50}).json)
    left = np.load(job.folder / LAYOUT)
    np.testing.assert_array_equal(left, lab.stored_map(run.id, result["map"]).coords)
    assert len(list((run.folder / "graphs").glob("*.npz"))) == 1


def test_map_job_begins_from_another_map_and_has_an_id_of_its_own(lab, run):
    first = MapSpec(run.id, "umap", params={"epochs": 50})
    do(lab, "map", first.json)
    second = MapSpec(run.id, "umap", params={"epochs": 10})
    warm = replace(second, start=first.id)
    assert warm.id != second.id
    cold_result, warm_result = do(lab, "map", second.json)[0], do(lab, "map", warm.json)[0]
    maps = [lab.stored_map(run.id, result["map"]).coords for result in (cold_result, warm_result)]
    before = lab.stored_map(run.id, first.id).coords
    moved = [jitter([before, coords]).mean() for coords in maps]
    assert moved[1] < moved[0], "points stay nearer to where they were"
    np.testing.assert_array_equal(lab.map(run, "umap", epochs=10, start=first.id).coords, maps[1])


def test_checks_are_stored_beside_the_map(lab, run):
    spec = MapSpec(run.id, "umap", params={"epochs": 50})
    with pytest.raises(NotFound, match="has not been drawn yet"):
        do(lab, "stability", spec.json)
    made, _ = do(lab, "map", spec.json)
    path = lab.map_path(run.id, made["map"])
    found, _ = do(lab, "stability", spec.json)
    assert found["seeds"] == [1, 2, 3] and 0 < found["jitter"]["median"] <= found["jitter"]["most"]
    assert np.load(path.with_suffix(".jitter.npy")).shape == (90,)
    noise, _ = do(lab, "noise", spec.json)
    assert Projection.load(path.with_suffix(".noise.npz")).scores == noise["scores"]
    assert noise["scores"]["distance_correlation"] < made["scores"]["distance_correlation"] - 0.1, (noise, made)
