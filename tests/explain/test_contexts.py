"""Why two words are near: equal to a brute-force PPMI, with true sentences, and honest about samples."""

import numpy as np
import pytest
from helpers.corpus_factory import as_ids, make_corpus, random_sentences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference import context_matrix, ppmi

from embedlab.core.errors import BadInput, BadSetting, UnknownWord
from embedlab.data.inverted_index import Window
from embedlab.explain.concordance import marked_sentence
from embedlab.explain.contexts import context_row, is_prepared, prepare, shared_contexts, shared_with_each, window_of

WINDOWS = [Window(1), Window(2, "linear"), Window(4, "harmonic"), Window(3, "flat", min_count=3)]


@pytest.fixture
def corpus(tmp_path):
    return make_corpus(tmp_path, random_sentences(np.random.default_rng(3), n_words=25, n_sentences=150))


def planted(folder, n=60, seed=5):
    """Sentences in which cat and dog share purr and bowl, stock shares nothing with them, and fillers stand between."""
    rng = np.random.default_rng(seed)
    fillers = [f"f{i}" for i in range(40)]
    said = []
    for _ in range(n):
        few = rng.choice(fillers, 4).tolist()
        said += [["cat", "purr", "bowl"] + few, ["dog", "bowl", "purr"] + few[::-1], ["stock", "bond", "share"] + few]
    said += [["cat", "dog", "bowl"], ["old", "dog", "new", "cat"]]
    return make_corpus(folder, said)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sentences=st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9), min_size=2, max_size=12),
    window=st.sampled_from(WINDOWS),
    smoothing=st.sampled_from([0.75, 1.0]),
)
def test_row_equals_brute_force_on_any_small_corpus(tmp_path_factory, sentences, window, smoothing):
    corpus = make_corpus(tmp_path_factory.mktemp("any"), sentences)
    n_words = window.n_words(corpus)
    expected = ppmi(context_matrix(as_ids(corpus), n_words, window.weights().tolist()), smoothing)
    for word in range(n_words):
        row = context_row(corpus, corpus.vocabulary.words[word], window=window, smoothing=smoothing)
        dense = np.zeros(n_words)
        dense[row.ids] = row.ppmi
        np.testing.assert_allclose(dense, expected[word], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("window", WINDOWS)
def test_cosine_and_contributions_equal_brute_force(corpus, window):
    matrix = ppmi(context_matrix(as_ids(corpus), window.n_words(corpus), window.weights().tolist()), 0.75)
    a, b = matrix[0], matrix[4]
    words = corpus.vocabulary.words
    found = shared_contexts(corpus, words[0], words[4], window=window, k=100)
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    assert found.cosine == pytest.approx(a @ b / lengths, rel=1e-10)
    assert sum(context.contribution for context in found.contexts) == pytest.approx(found.cosine, rel=1e-10)
    expected = {words[c]: a[c] * b[c] / lengths for c in np.flatnonzero(a * b)}
    assert {context.word: pytest.approx(context.contribution, rel=1e-10) for context in found.contexts} == expected
    assert found.n_shared == len(expected)
    ordered = [context.contribution for context in found.contexts]
    assert ordered == sorted(ordered, reverse=True)


def test_planted_contexts_come_first_with_a_sentence_for_each_word(tmp_path):
    found = shared_contexts(planted(tmp_path), "cat", "dog", window=3, k=2)
    assert {context.word for context in found.contexts} == {"purr", "bowl"}
    for context in found.contexts:
        for example, word, mark in ((context.example_a, "cat", "a"), (context.example_b, "dog", "b")):
            assert sorted(piece for piece in example.pieces if piece[1]) == sorted(
                [(word, mark), (context.word, "context")]
            )
    assert min(found.contexts[0].count_a, found.contexts[0].count_b) >= 60


def test_sentences_with_both_words_are_the_ones_there_are(tmp_path):
    found = shared_contexts(planted(tmp_path), "cat", "dog", window=3)
    assert found.n_together == 2
    assert [sentence.text for sentence in found.together] == ["cat dog bowl", "old dog new cat"]
    assert found.together[1].pieces == (("old ", ""), ("dog", "b"), (" new ", ""), ("cat", "a"))


def test_sentences_end_the_window(tmp_path):
    corpus = make_corpus(tmp_path, ["x cat\ndog y", "x cat\ndog y", "z z"])
    found = shared_contexts(corpus, "cat", "dog", window=5)
    assert (found.n_shared, found.n_together, found.cosine, found.contexts, found.together) == (0, 0, 0.0, (), ())


def test_words_without_shared_context_say_so(tmp_path):
    found = shared_contexts(planted(tmp_path), "purr", "bond", window=1)
    assert found.n_shared == 0 and found.cosine == 0.0 and found.contexts == ()


def test_word_that_never_has_company_shares_nothing(tmp_path):
    corpus = make_corpus(tmp_path, ["alone", "a b", "a b"])
    assert shared_contexts(corpus, "alone", "a", window=2).cosine == 0.0


def test_sample_is_even_and_stated(corpus):
    words = corpus.vocabulary.words
    n = int(corpus.vocabulary.counts[0])
    found = shared_contexts(corpus, words[0], words[9], window=2, sample=50)
    assert found.looked_at.startswith(f"Counted over 50 of {n:,} occurrences of “{words[0]}” and ")
    whole = shared_contexts(corpus, words[0], words[9], window=2)
    assert f"all {n:,} occurrences" in whole.looked_at
    places = context_row(corpus, words[0], window=Window(2), sample=50).places
    everywhere = np.flatnonzero(np.asarray(corpus.tokens) == 0)
    assert len(places) == 50 and places[0] == everywhere[0] and places[-1] == everywhere[-1]


def test_sampled_cosine_is_near_the_whole_one(tmp_path):
    rng = np.random.default_rng(8)
    near = {"cat": ["fur", "purr", "bowl", "sofa"], "dog": ["fur", "bark", "bowl", "lead"], "bond": ["rate", "share"]}
    corpus = make_corpus(tmp_path, [[word, *rng.choice(near[word], 2)] for word in rng.choice(list(near), 3000)])
    whole, sampled = (shared_contexts(corpus, "cat", "dog", window=2, sample=n).cosine for n in (20_000, 300))
    assert 0.2 < whole < 0.8 and sampled == pytest.approx(whole, abs=0.06)  # five seeds: off by 0.003 to 0.027


def test_words_below_the_minimum_count_are_skipped_over_and_refused(tmp_path):
    corpus = make_corpus(tmp_path, ["cat rare1 bowl"] * 1 + ["cat bowl", "dog bowl", "dog rare2 bowl"] * 1)
    found = shared_contexts(corpus, "cat", "dog", window=Window(1, min_count=2), smoothing=1.0)
    assert [(context.word, context.count_a, context.count_b) for context in found.contexts] == [("bowl", 2, 2)]
    with pytest.raises(UnknownWord, match="'rare1' occurs 1 times in the corpus, fewer than the minimum count of 2"):
        shared_contexts(corpus, "cat", "rare1", window=Window(1, min_count=2))


def test_unknown_word_has_suggestions_and_bad_numbers_are_refused(corpus):
    with pytest.raises(UnknownWord, match="'w1x' does not occur"):
        shared_contexts(corpus, "w1x", "w2")
    with pytest.raises(BadInput, match="'w1' was given twice"):
        shared_contexts(corpus, "w1", "w1")
    for wrong in ({"k": 0}, {"sample": 0}, {"smoothing": 0.0}, {"window": 0}):
        with pytest.raises(BadSetting):
            shared_contexts(corpus, "w1", "w2", **wrong)


def test_list_of_neighbours_gives_the_same_as_pairs_and_leaves_out_strangers(corpus):
    found = shared_with_each(corpus, "w1", ["w2", "stranger", "w1", "w3"], window=3, k=4)
    assert list(found) == ["w2", "w3"]
    pair = shared_contexts(corpus, "w1", "w2", window=3, k=4)
    cosine, contexts = found["w2"]
    assert cosine == pair.cosine
    assert [context.word for context in contexts] == [context.word for context in pair.contexts]


def test_window_of_a_run_follows_its_model():
    assert window_of("word2vec", {"window": 8, "min_count": 3}) == Window(8, "linear", 3)
    assert window_of("glove", {"window": 10, "min_count": 5}) == Window(10, "harmonic", 5)
    assert window_of("transformer", {}) == Window(5, "flat", 1)


def test_prepared_is_said_once_index_and_totals_are_there(corpus):
    assert not is_prepared(corpus, Window(2))
    prepare(corpus, Window(2))
    assert is_prepared(corpus, Window(2)) and not is_prepared(corpus, Window(3))


def test_long_sentence_is_cut_around_its_marks(tmp_path):
    words = [f"word{i}" for i in range(300)]
    corpus = make_corpus(tmp_path, [["many"] * 30 + ["cat"] + words + ["dog"] + ["more"] * 30])
    cat, dog = (
        int(np.flatnonzero(np.asarray(corpus.tokens) == corpus.vocabulary.ids[word])[0]) for word in ("cat", "dog")
    )
    sentence = marked_sentence(corpus, [(dog, "b"), (cat, "a")])
    assert [piece for piece in sentence.pieces if piece[1]] == [("cat", "a"), ("dog", "b")]
    assert len(sentence.text) < 300 and sentence.text.count("…") == 4
