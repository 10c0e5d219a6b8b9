"""The inverted index: every position of every word, in bounded memory, there whole or not at all."""

import os

import numpy as np
import pytest
from helpers.corpus_factory import as_ids, make_corpus, random_sentences
from reference import context_matrix

import embedlab.data.inverted_index
from embedlab.core.errors import BadSetting
from embedlab.core.progress import Cancelled
from embedlab.data.inverted_index import Window, build_index, context_totals, has_index, has_totals, open_index


@pytest.fixture
def corpus(tmp_path):
    return make_corpus(tmp_path, random_sentences(np.random.default_rng(1), n_words=40, n_sentences=300))


def by_word(corpus) -> list[list[int]]:
    return [np.flatnonzero(np.asarray(corpus.tokens) == row).tolist() for row in range(corpus.n_types)]


def test_positions_of_every_word_in_reading_order(corpus):
    index = open_index(corpus)
    assert [index.of(row).tolist() for row in range(corpus.n_types)] == by_word(corpus)
    assert index.positions.dtype == np.int32


@pytest.mark.parametrize("block, chunk", [(1, 1), (97, 50), (10**6, 7)])
def test_small_blocks_and_chunks_give_the_same_index(corpus, monkeypatch, block, chunk):
    if block == 1:  # as many walks as tokens: a few sentences do
        corpus = make_corpus(corpus.folder.parent, ["a b a", "b c a"], name="tiny")
    monkeypatch.setattr(embedlab.data.inverted_index, "BLOCK_POSITIONS", block)
    monkeypatch.setattr(embedlab.data.inverted_index, "CHUNK_TOKENS", chunk)
    index = open_index(corpus)
    assert [index.of(row).tolist() for row in range(corpus.n_types)] == by_word(corpus)


def test_index_is_built_once(corpus):
    open_index(corpus)
    before = os.stat(corpus.folder / "index" / "positions.npy").st_mtime_ns
    open_index(corpus)
    assert os.stat(corpus.folder / "index" / "positions.npy").st_mtime_ns == before


def test_second_builder_of_the_same_index_yields(corpus):
    build_index(corpus)
    build_index(corpus)
    assert has_index(corpus) and not list(corpus.folder.glob(".index-*"))


def test_cancelled_building_leaves_nothing(corpus):
    def stop(progress):
        raise Cancelled

    with pytest.raises(Cancelled):
        open_index(corpus, report=stop)
    assert not has_index(corpus) and not list(corpus.folder.glob(".index-*"))


def test_what_a_killed_process_left_is_removed_later(corpus):
    left, fresh = corpus.folder / ".index-old", corpus.folder / ".index-new"
    for folder in (left, fresh):
        folder.mkdir()
    os.utime(left, (0, 0))
    build_index(corpus)
    assert not left.exists() and fresh.exists()


@pytest.mark.parametrize("window", [Window(1), Window(3, "linear"), Window(5, "harmonic", min_count=40)])
def test_totals_equal_the_margin_of_the_context_matrix(corpus, monkeypatch, window):
    monkeypatch.setattr(embedlab.data.inverted_index, "CHUNK_TOKENS", 100)
    assert not has_totals(corpus, window)
    expected = context_matrix(as_ids(corpus), window.n_words(corpus), window.weights().tolist()).sum(axis=1)
    np.testing.assert_allclose(context_totals(corpus, window), expected, rtol=1e-10)
    assert has_totals(corpus, window)
    np.testing.assert_array_equal(context_totals(corpus, window), context_totals(corpus, window))


def test_weights_fall_with_distance_as_each_model_has_it():
    assert Window(4).weights().tolist() == [1, 1, 1, 1]
    assert Window(4, "linear").weights().tolist() == [1, 0.75, 0.5, 0.25]
    assert Window(4, "harmonic").weights().tolist() == [1, 1 / 2, 1 / 3, 1 / 4]


@pytest.mark.parametrize(
    "settings, message", [({"size": 0}, "got 0"), ({"weighting": "square"}, "'square'"), ({"min_count": 0}, "got 0")]
)
def test_window_settings_are_checked(settings, message):
    with pytest.raises(BadSetting, match=message):
        Window(**settings)
