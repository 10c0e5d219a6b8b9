"""Regions of a map: planted blobs are found and named, uniform noise and tiny maps have none, samples agree."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.data.points import Points
from embedlab.projections.colouring import clusters
from embedlab.projections.colouring.clusters import class_tf_idf, map_regions, region_codes
from embedlab.projections.colouring.drawn import Drawn


def blobs(n_each=(80, 60, 40), seed=0):
    """A map of three dense blobs in thin noise, and the blob of each point, -1 for noise."""
    rng = np.random.default_rng(seed)
    middles = np.array([[0, 0], [10, 0], [0, 10]])
    codes = np.concatenate([np.repeat(np.arange(3), n_each), np.full(12, -1)])
    coords = np.where(
        codes[:, None] >= 0,
        middles[codes] + rng.normal(scale=0.5, size=(len(codes), 2)),
        rng.uniform(-15, 25, (len(codes), 2)),
    )
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
    regions = map_regions(coords, Drawn(vectors, Points("words", words), counts=np.arange(len(words))[::-1]))
    assert [name[0] for name in regions.names] == ["a", "b", "c"]
    assert all(len(name.split(", ")) == 3 for name in regions.names)
    np.testing.assert_allclose(regions.centres, [[0, 0], [10, 0], [0, 10]], atol=0.5)
    assert regions.sizes == tuple(np.bincount(regions.codes[regions.codes >= 0]))


def topical(rng, codes, words_of, common, share=0.6):
    """Documents of 40 words: most are common to all topics, the rest of one topic, and a name occurs once."""
    texts = []
    for i, code in enumerate(codes):
        words = rng.choice(common, 40, p=np.arange(len(common), 0, -1) / np.arange(len(common) + 1).sum())
        topic = words_of[code] if code >= 0 else common
        texts.append([*np.where(rng.random(40) > share, rng.choice(topic, 40), words), f"name{i}"])
    return texts


@pytest.mark.parametrize("seed", range(3))
def test_regions_of_documents_are_named_by_the_words_of_their_topic(tmp_path, seed):
    coords, codes = blobs(seed=seed)
    words_of = [[f"{topic}{i}" for i in range(15)] for topic in ("sea", "law", "art")]
    corpus = make_corpus(
        tmp_path, topical(np.random.default_rng(seed), codes, words_of, ["the", "of", "and", "to", "in", "was"])
    )
    regions = map_regions(
        coords, Drawn(coords, Points("documents", [""] * len(codes)), corpus=corpus, ids=np.arange(len(codes)))
    )
    assert len(regions.names) == 3
    for name, topic in zip(regions.names, words_of, strict=True):
        assert set(name.split(", ")) <= set(topic)


def test_regions_of_documents_are_not_named_by_function_words(tmp_path):
    coords, codes = blobs(n_each=(40, 40, 40))
    texts = [
        "the of to and " * 3 + "bread oven flour"
        if code == 0
        else "ship sea harbour"
        if code == 1
        else "law court judge"
        for code in codes
    ]
    corpus = make_corpus(tmp_path, texts)
    found = map_regions(
        coords,
        Drawn(
            np.ones((len(codes), 2)), Points("documents", [""] * len(codes)), corpus=corpus, ids=np.arange(len(codes))
        ),
    )
    assert {frozenset(name.split(", ")) for name in found.names} == {
        frozenset({"bread", "oven", "flour"}),
        frozenset({"ship", "sea", "harbour"}),
        frozenset({"law", "court", "judge"}),
    }


def test_class_tf_idf_is_share_times_rarity():
    counts, totals = np.array([[8, 8], [2, 0], [0, 1]]), np.array([20, 10])
    # The mean class has 15 tokens; the words occur 16, 2 and 1 times.
    expected = [
        [8 / 20 * np.log(1 + 15 / 16), 8 / 10 * np.log(1 + 15 / 16)],
        [2 / 20 * np.log(1 + 15 / 2), 0],
        [0, 1 / 10 * np.log(16)],
    ]
    np.testing.assert_allclose(class_tf_idf(counts, totals), expected)


def test_regions_without_names_are_numbered():
    coords, _ = blobs()
    assert map_regions(coords, Drawn(coords, Points("rows", range(len(coords))))).names == (
        "Region 1",
        "Region 2",
        "Region 3",
    )


def test_regions_of_few_points_are_none():
    regions = map_regions(np.random.default_rng(0).normal(size=(6, 3)), Drawn(np.eye(6), Points("rows", range(6))))
    assert regions.codes.tolist() == [-1] * 6
    assert regions.centres.shape == (0, 3) and regions.names == regions.sizes == ()


def test_regions_of_a_sample_are_those_of_all_points(monkeypatch):
    coords, codes = blobs(n_each=(400, 300, 200))
    monkeypatch.setattr(clusters, "DENSITY_SAMPLE", 300)
    found = region_codes(coords)
    assert (found[codes >= 0] == codes[codes >= 0]).mean() > 0.9
