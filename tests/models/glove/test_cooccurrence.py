"""Counts of words that occur together against their slow twin, on any threads, in any memory."""

import numpy as np
import pytest
import reference
from helpers.corpus_factory import as_ids, make_corpus, random_sentences
from helpers.counts import count
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab.core.spill import Space
from embedlab.data.held_out import held_out_mask
from embedlab.models.glove import cooccurrence
from embedlab.models.glove.counts import Counting
from embedlab.models.glove.shards import count_corpus


def dense(counts) -> np.ndarray:
    full = np.zeros((counts.blocks[-1],) * 2)
    np.add.at(
        full, (counts.entries["row"], counts.entries["column"]), np.exp(counts.entries["log_x"].astype(np.float64))
    )
    return full


@pytest.mark.parametrize("window", [1, 4, 40])
@pytest.mark.parametrize("n_words", [30, 11])
def test_counts_equal_twin(tmp_path, window, n_words):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(0)))
    counts = count(corpus, n_words, window)
    np.testing.assert_allclose(dense(counts), reference.cooccurrences(as_ids(corpus), n_words, window), rtol=1e-6)
    assert np.array_equal(dense(counts) > 0, dense(counts).T > 0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=8), min_size=1, max_size=6),
    st.integers(1, 9),
    st.integers(1, 7),
)
def test_counts_of_any_sentences_equal_twin(tmp_path_factory, sentences, window, n_words):
    corpus = make_corpus(tmp_path_factory.mktemp("any"), [[f"w{word}" for word in s] for s in sentences])
    n_words = min(n_words, corpus.n_types)
    found = dense(count(corpus, n_words, window))
    np.testing.assert_allclose(found, reference.cooccurrences(as_ids(corpus), n_words, window), rtol=1e-6)


def test_counts_in_float64_inside_sum_tiny_weights(tmp_path):
    # 40,000 times 1/3 in float32 would end 0.02 off.
    corpus = make_corpus(tmp_path, [["a", "x", "y", "b"]] * 40_000)
    ids = corpus.vocabulary.ids
    entries = count(corpus, 4, 3).entries
    found = entries["log_x"][(entries["row"] == ids["a"]) & (entries["column"] == ids["b"])]
    assert found.tolist() == [np.float32(np.log(np.float32(40_000 / 3)))]


def test_counts_do_not_depend_on_threads_or_memory(tmp_path, monkeypatch):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(1)))
    monkeypatch.setattr(cooccurrence, "BLOCK_ROWS", 7)
    whole = count(corpus, 30, 5)
    monkeypatch.setattr(cooccurrence, "BLOCK_TOKENS", 64)
    cut = count(corpus, 30, 5, budget=2000, workers=3)
    shifts = np.arange(len(whole.cuts))
    for (a, b), (c, d) in zip(whole.round(shifts), cut.round(shifts), strict=True):
        assert np.array_equal(whole.entries[a:b], cut.entries[c:d])


def test_weights_are_those_of_equation_9(tmp_path):
    entries = count(
        make_corpus(tmp_path, random_sentences(np.random.default_rng(2))), 30, 5, x_max=4.0, alpha=0.6
    ).entries
    x = np.exp(entries["log_x"].astype(np.float64))
    np.testing.assert_allclose(entries["weight"], np.minimum((x / 4) ** 0.6, 1), rtol=1e-5)
    assert 0 < (entries["weight"] < 1).mean() < 1


def test_tiles_hold_their_blocks_and_rounds_share_no_word(tmp_path, monkeypatch):
    monkeypatch.setattr(cooccurrence, "BLOCK_ROWS", 7)
    counts = count(make_corpus(tmp_path, random_sentences(np.random.default_rng(4))), 30, 5)
    n, blocks = len(counts.cuts), counts.blocks
    seen = np.zeros(len(counts), int)
    for shift in range(n):
        rows, columns = set(), set()
        for b, (first, last) in enumerate(counts.round(np.array([shift]))):
            part, c = counts.entries[first:last], (b + shift) % n
            assert ((part["row"] >= blocks[b]) & (part["row"] < blocks[b + 1])).all()
            assert ((part["column"] >= blocks[c]) & (part["column"] < blocks[c + 1])).all()
            assert not rows & set(part["row"].tolist()) and not columns & set(part["column"].tolist())
            rows |= set(part["row"].tolist())
            columns |= set(part["column"].tolist())
            seen[first:last] += 1
    assert (seen == 1).all() and n >= 5


def test_held_out_counts_are_those_of_the_held_out_sentences(tmp_path):
    corpus = make_corpus(tmp_path, random_sentences(np.random.default_rng(3)))
    with Space(1e9) as space:
        seen, unseen = count_corpus(corpus, Counting(30, 5), space, held_out=0.2)
    mask, sentences = held_out_mask(0, corpus.n_sentences, 0.2), as_ids(corpus)
    kept, held = ([s for s, out in zip(sentences, mask, strict=True) if out == which] for which in (False, True))
    np.testing.assert_allclose(dense(seen), reference.cooccurrences(kept, 30, 5), rtol=1e-6)
    np.testing.assert_allclose(dense(unseen), reference.cooccurrences(held, 30, 5), rtol=1e-6)
