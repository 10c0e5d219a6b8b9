"""Regions of a map: planted blobs are found and named, uniform noise and tiny maps have none, samples agree."""

import numpy as np
import pytest

from embedlab.projections import clusters
from embedlab.projections.clusters import map_regions, region_codes


def blobs(n_each=(80, 60, 40), seed=0):
    """A map of three dense blobs in thin noise, and the blob of each point, -1 for noise."""
    rng = np.random.default_rng(seed)
    middles = np.array([[0, 0], [10, 0], [0, 10]])
    codes = np.concatenate([np.repeat(np.arange(3), n_each), np.full(12, -1)])
    coords = np.where(codes[:, None] >= 0, middles[codes] + rng.normal(scale=0.5, size=(len(codes), 2)), rng.uniform(-15, 25, (len(codes), 2)))
    return coords, codes


@pytest.mark.parametrize("seed", range(3))
def test_regions_are_the_planted_blobs_largest_first(seed):
    coords, codes = blobs(seed=seed)
    found = region_codes(coords)
    blob = codes >= 0
    # Seeds 0 to 2: all of them.
    assert (found[blob] == codes[blob]).mean() > 0.9
    assert found.max() == 2 and found.dtype == np.int32


def test_regions_of_words_are_named_by_central_frequent_members():
    coords, codes = blobs()
    rng = np.random.default_rng(1)
    vectors = np.eye(4)[codes] + 0.1 * rng.normal(size=(len(codes), 4))
    words = [f"{'abcn'[code]}{i}" for i, code in enumerate(codes)]
    regions = map_regions(coords, vectors, words=words, counts=np.arange(len(words))[::-1])
    assert [name[0] for name in regions.names] == ["a", "b", "c"]
    assert all(len(name.split(", ")) == 3 for name in regions.names)
    np.testing.assert_allclose(regions.centres, [[0, 0], [10, 0], [0, 10]], atol=0.5)
    assert regions.sizes == tuple(np.bincount(regions.codes[regions.codes >= 0]))


def test_regions_without_names_are_numbered():
    coords, _ = blobs()
    assert map_regions(coords, coords).names == ("Region 1", "Region 2", "Region 3")


def test_regions_of_few_points_are_none():
    regions = map_regions(np.random.default_rng(0).normal(size=(6, 3)), np.eye(6))
    assert regions.codes.tolist() == [-1] * 6
    assert regions.centres.shape == (0, 3) and regions.names == regions.sizes == ()


def test_regions_of_a_sample_are_those_of_all_points(monkeypatch):
    coords, codes = blobs(n_each=(400, 300, 200))
    monkeypatch.setattr(clusters, "DENSITY_SAMPLE", 300)
    found = region_codes(coords)
    assert (found[codes >= 0] == codes[codes >= 0]).mean() > 0.9
