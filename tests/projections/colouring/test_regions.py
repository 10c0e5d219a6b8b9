"""Regions of a map: planted groups are found where they stand, in two layers, the same every time."""

from dataclasses import replace

import numpy as np
import pytest

from embedlab.core.errors import BadSetting
from embedlab.data.points import Points
from embedlab.projections.colouring import clusters
from embedlab.projections.colouring.colours import colour_points
from embedlab.projections.colouring.drawn import Drawn
from embedlab.projections.colouring.regions import map_regions

TOPICS = ("sea", "law", "art", "war")


def planted(n_each=150, seed=0, dims=2, sub=2):
    """Four topics of `sub` subtopics each: words, vectors around their topic and subtopic, and a map that shows both.

    Returns (coords, drawn, topic of each word, subtopic of each word).
    """
    rng = np.random.default_rng(seed)
    topic = np.repeat(np.arange(4), n_each * sub)
    small = np.repeat(np.arange(4 * sub), n_each)
    vectors = np.eye(20)[topic] + 0.7 * np.eye(20)[4 + small] + 0.1 * rng.normal(size=(len(topic), 20))
    middles = np.array([[0, 0, 0], [20, 0, 5], [0, 20, -5], [20, 20, 0]])[:, :dims]
    aside = np.tile([[0, 3, 0], [0, -3, 0]], (4, 1))[:, :dims] if sub == 2 else np.zeros((4 * sub, dims))
    coords = middles[topic] + aside[small] + rng.normal(scale=0.8, size=(len(topic), dims))
    order = rng.permutation(len(topic))
    words = [f"{TOPICS[topic[i]]}{'ABCDEFGH'[small[i]].lower() * 2}{_letters(n)}" for n, i in enumerate(order)]
    drawn = Drawn(vectors[order].astype(np.float32), Points("words", words), counts=np.arange(len(words))[::-1] + 5)
    return coords[order], drawn, topic[order], small[order]


def _letters(n):
    return "".join("bcdfghjklm"[int(digit)] for digit in f"{n:04}")


@pytest.mark.parametrize(("seed", "dims"), [(0, 2), (1, 2), (2, 3)])
def test_no_region_mixes_two_planted_topics_and_each_is_named_by_its_own(seed, dims):
    coords, drawn, topic, small = planted(seed=seed, dims=dims)
    found = map_regions(coords, drawn)
    for layer, of in ((found.coarse, topic), (found.fine, small)):
        mixed = [len(set(of[layer.codes == code])) for code in range(len(layer.names))]
        assert np.mean(np.array(mixed) == 1) >= 0.9
    for code, name in enumerate(found.coarse.names):
        assert name.startswith(TOPICS[np.bincount(topic[found.coarse.codes == code]).argmax()])
    assert len(found.coarse.names) >= 4 and found.coarse.places.shape == (len(found.coarse.names), dims)


def test_small_regions_lie_within_large_ones_and_both_are_largest_first():
    found = map_regions(*planted()[:2])
    coarse, fine = found.coarse, found.fine
    assert 8 <= len(coarse.names) <= 14 and 30 <= len(fine.names) <= 60
    assert all(len(set(coarse.codes[fine.codes == code])) == 1 for code in range(len(fine.names)))
    for layer in (coarse, fine):
        assert list(layer.sizes) == sorted(layer.sizes, reverse=True) and sum(layer.sizes) == len(layer.codes)
        assert len(set(layer.names)) == len(layer.names)


def test_place_of_a_torn_region_is_among_its_points():
    coords, drawn, topic, _ = planted(sub=1)
    torn = topic == 0
    coords[torn & (np.arange(len(topic)) % 3 == 0)] += 60  # a third of one topic lies far away
    layer = map_regions(coords, drawn).coarse
    gaps = np.array(
        [
            np.linalg.norm(coords[layer.codes == code] - layer.places[code], axis=1).min()
            for code in range(len(layer.names))
        ]
    )
    assert gaps.max() < 2


def test_regions_of_a_map_are_the_same_every_time():
    coords, drawn, *_ = planted()
    a, b = map_regions(coords, drawn), map_regions(coords, drawn)
    assert a.coarse.names == b.coarse.names and a.fine.names == b.fine.names
    np.testing.assert_array_equal(a.fine.codes, b.fine.codes)


def test_small_regions_spread_over_the_map_have_no_name_on_it():
    coords, drawn, *_ = planted()
    found = map_regions(coords, drawn)
    places = found.named()
    assert {place[-1] for place in places} == {0, 1} and len(places[0]) == 5
    spread = map_regions(np.random.default_rng(0).permutation(coords), drawn)
    assert len([place for place in spread.named() if place[-1]]) < len([place for place in places if place[-1]])


def test_regions_without_words_are_numbered():
    coords, drawn, *_ = planted()
    rows = Drawn(drawn.vectors, Points("rows", range(len(coords))))
    assert map_regions(coords, rows).coarse.names[:2] == ("Region 1", "Region 2")


def test_a_map_of_few_points_has_no_regions():
    found = map_regions(np.random.default_rng(0).normal(size=(6, 3)), Drawn(np.eye(6), Points("rows", range(6))))
    assert found.coarse.names == found.fine.names == () and found.named() == []


def test_a_map_too_small_for_regions_is_not_coloured_by_them():
    drawn = Drawn(np.eye(6), Points("words", list("abcdef")))
    with pytest.raises(BadSetting, match="too few points for regions"):
        colour_points("region", replace(drawn, regions=map_regions(np.eye(6)[:, :2], drawn)))


def test_groups_of_a_sample_are_those_of_all_points(monkeypatch):
    coords, drawn, topic, _ = planted()
    monkeypatch.setattr(clusters, "FITTED", 200)
    codes = map_regions(coords, drawn).coarse.codes
    assert all((np.bincount(topic[codes == code]).max() / (codes == code).sum()) > 0.95 for code in set(codes.tolist()))
