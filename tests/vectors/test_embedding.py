"""Embedding: neighbours, analogies, axes and files, against plain formulas and against gensim."""

import json
import os

import numpy as np
import pytest

from embedlab.core.errors import BadInput, BadSetting, NotFound, UnknownWord
from embedlab.data.spelling import closest, edit_distances
from embedlab.vectors.embedding import EPSILON, Embedding, Neighbour, beside_random, nearest_rows, top_rows


@pytest.fixture(scope="module")
def random() -> Embedding:
    vectors = np.random.default_rng(1).standard_normal((500, 20), np.float32)
    return Embedding([f"w{i}" for i in range(500)], vectors, np.arange(500, 0, -1))


@pytest.fixture(scope="module")
def keyed(random):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(20)
    keyed.add_vectors(random.words, random.vectors)
    return keyed


def plane() -> Embedding:
    """Words on a plane: left and right are opposite, up and top the same, nothing is the origin."""
    return Embedding(
        ["right", "left", "up", "top", "nothing"],
        np.array([[2, 0], [-1, 0], [0, 1], [0, 3], [0, 0]], np.float32),
        np.array([5, 4, 3, 2, 1]),
    )


def test_neighbours_of_a_word():
    assert plane().neighbours("up", k=3) == [
        Neighbour("top", 1.0, 2),
        Neighbour("right", 0.0, 5),
        Neighbour("left", 0.0, 4),
    ]


def test_neighbours_of_a_vector_do_not_leave_out_the_nearest():
    assert plane().neighbours(np.array([0, 9.0]), k=2) == [Neighbour("up", 1.0, 3), Neighbour("top", 1.0, 2)]


def test_neighbours_without_excluded_and_unknown_words():
    found = plane().neighbours("up", k=9, exclude=["top", "left", "never seen"])
    assert [n.word for n in found] == ["right", "nothing"]


def test_neighbours_equal_gensim(random, keyed):
    ours = random.neighbours("w7", k=25)
    theirs = keyed.most_similar("w7", topn=25)
    assert [n.word for n in ours] == [word for word, _ in theirs]
    np.testing.assert_allclose([n.score for n in ours], [score for _, score in theirs], rtol=1e-5)
    assert ours[0].count == 500 - int(ours[0].word[1:])


def test_counts_are_none_when_the_embedding_has_none(random):
    assert Embedding(random.words, random.vectors).neighbours("w1", k=1)[0].count is None


@pytest.mark.parametrize(
    "query, match",
    [(np.zeros(20), "not all zero"), (np.ones(19), r"20 numbers.*shape \(19,\)"), (np.full(20, np.nan), "20 numbers")],
)
def test_neighbours_of_a_vector_that_is_no_direction(random, query, match):
    with pytest.raises(BadInput, match=match):
        random.neighbours(query)


def test_neighbours_of_a_zero_vector():
    with pytest.raises(BadInput, match="vector of 'nothing' is zero"):
        plane().neighbours("nothing")


def test_neighbours_zero_asked_for():
    with pytest.raises(BadSetting, match="at least 1; got 0"):
        plane().neighbours("up", k=0)


def test_analogy_add_equals_gensim(random, keyed):
    for a, b, c in [("w1", "w2", "w3"), ("w10", "w400", "w77"), ("w5", "w5", "w6")]:
        ours = random.analogy(a, b, c, k=12)
        theirs = keyed.most_similar(positive=[b, c], negative=[a], topn=12)
        assert [n.word for n in ours] == [word for word, _ in theirs]
        np.testing.assert_allclose([n.score for n in ours], [score for _, score in theirs], rtol=1e-4)


def test_analogy_mul_equals_gensim_up_to_its_smaller_epsilon(random, keyed):
    ours = {n.word: n.score for n in random.analogy("w1", "w2", "w3", k=500, method="mul")}
    theirs = dict(keyed.most_similar_cosmul(positive=["w2", "w3"], negative=["w1"], topn=500))
    assert set(ours) == set(theirs)
    cosine = {n.word: n.score for n in random.neighbours("w1", k=500)}
    for word, score in ours.items():  # gensim adds 1e-6 where the paper adds 0.001
        shifted = (1 + cosine[word]) / 2
        assert score == pytest.approx(theirs[word] * (shifted + 1e-6) / (shifted + EPSILON), rel=1e-4)


def test_analogy_on_planted_offsets():
    words = ["man", "woman", "king", "queen", "apple"]
    vectors = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [0.2, -1, 0.1]], np.float32)
    for method in ("add", "mul"):
        assert Embedding(words, vectors).analogy("man", "woman", "king", k=1, method=method)[0].word == "queen"


def test_analogy_with_an_unknown_method():
    with pytest.raises(BadSetting, match="'add' or 'mul'; got 'div'"):
        plane().analogy("up", "top", "left", method="div")


def test_odd_one_out_equals_gensim(random, keyed):
    for words in (["w1", "w2", "w3"], ["w9", "w8", "w7", "w6", "w5"]):
        word, scores = random.odd_one_out(words)
        assert word == keyed.doesnt_match(words)
        assert list(scores) == words
        np.testing.assert_allclose(
            sorted(scores.values(), reverse=True),
            [score for score, _ in keyed.rank_by_centrality(words)],
            rtol=1e-4,
            atol=1e-6,
        )


def test_odd_one_out_of_two():
    with pytest.raises(BadInput, match="at least three different words; got 2"):
        plane().odd_one_out(["up", "top", "up"])


def test_similarity_matrix_is_symmetric_cosine(random, keyed):
    matrix = random.similarity_matrix(["w3", "w4", "w3"])
    expected = keyed.similarity("w3", "w4")
    np.testing.assert_allclose(matrix, [[1, expected, 1], [expected, 1, expected], [1, expected, 1]], rtol=1e-4)


def test_axis_points_from_first_to_second():
    embedding = plane()
    axis = embedding.axis([("left", "right")])
    np.testing.assert_allclose(axis, [1, 0])
    np.testing.assert_allclose(embedding.positions(["right", "left", "top", "nothing"], axis), [1, -1, 0, 0], atol=1e-7)


def test_axis_weighs_pairs_alike():
    vectors = np.array([[1, 0.01], [1, -0.01], [1, 0], [0, 1]], np.float32)
    axis = Embedding(["a", "b", "c", "d"], vectors).axis([("a", "b"), ("c", "d")])
    long = np.array([-1, 1]) / np.sqrt(2)
    expected = long + [0, -1]  # a -> b is a hundred times shorter than c -> d, and counts as much
    np.testing.assert_allclose(axis, expected / np.linalg.norm(expected), atol=1e-3)


def test_project_on_two_axes():
    embedding = plane()
    found = embedding.project_on_axes(["right", "top"], [[("left", "right")], [("nothing", "up")]])
    np.testing.assert_allclose(found, [[1, 0], [0, 1]], atol=1e-7)


@pytest.mark.parametrize(
    "pairs, match",
    [
        ([], "at least one pair"),
        ([("up", "top")], "'up' and 'top' point the same way"),
        ([("left", "right"), ("right", "left")], "cancel out"),
    ],
)
def test_axis_that_is_none(pairs, match):
    with pytest.raises(BadInput, match=match):
        plane().axis(pairs)


def test_unknown_word_names_the_closest_spellings():
    embedding = Embedding(["the", "berlin", "new_york", "ten"], np.eye(4, dtype=np.float32))
    with pytest.raises(UnknownWord, match="'teh' is not among the 4 words .*Closest spellings: the, ten.") as error:
        embedding.id("teh")
    assert error.value.suggestions == ("the", "ten")
    assert embedding.closest_spellings("BERLIN") == ("berlin",)
    assert embedding.closest_spellings("New  York") == ("new_york",)
    with pytest.raises(UnknownWord, match="No word is spelled like it") as error:
        embedding["internationalisation"]
    assert error.value.suggestions == ()


def slow_distance(a: str, b: str) -> int:
    """Optimal string alignment distance, cell by cell."""
    table = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(a), len(b)]


def test_edit_distances_equal_the_slow_twin():
    rng = np.random.default_rng(1)
    words = ["".join(rng.choice(list("abcé"), rng.integers(0, 7))) for _ in range(60)]
    for word in words[:20]:
        if word:
            assert edit_distances(word, words).tolist() == [slow_distance(word, other) for other in words]


def test_closest_of_nothing():
    assert closest("", ["a", "b"]) == []
    assert closest("word", []) == []
    assert closest("x" * 500, ["a"]) == []


def test_closest_spelling_is_found_among_100_000_words():
    rng = np.random.default_rng(1)
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyz"), (100_000, 12))
    words = ["".join(row[:n]) for row, n in zip(letters, rng.integers(3, 12, 100_000), strict=True)]
    words[70_000] = "wonderful"
    assert closest("wonderfl", words)[0] == 70_000


def test_top_rows_breaks_ties_by_row_also_at_the_cut():
    scores = np.array([1, 3, 2, 3, 2, 2], np.float32)
    assert top_rows(scores, 3).tolist() == [1, 3, 2]
    assert top_rows(scores, 99).tolist() == [1, 3, 2, 4, 5, 0]
    assert top_rows(scores, 0).tolist() == []


@pytest.mark.parametrize("k", [1, 7, 50])
@pytest.mark.parametrize("n", [60, 5_000, 200_001])
def test_top_rows_of_many_scores_are_those_of_sorting_all(n, k):
    rng = np.random.default_rng(0)
    for scores in (rng.standard_normal(n), rng.integers(0, 9, n), np.sort(rng.random(n))):
        scores = scores.astype(np.float32)
        np.testing.assert_array_equal(top_rows(scores, k), np.argsort(-scores, kind="stable")[:k])


def test_nearest_rows_of_documents():
    rows, scores = nearest_rows(np.array([[1, 0], [0, 0], [1, 1], [-1, 0]], np.float32), np.array([2, 0]), k=3)
    assert rows.tolist() == [0, 2, 1]
    np.testing.assert_allclose(scores, [1, np.sqrt(0.5), 0], rtol=1e-6)


def test_rows_words_and_counts_are_checked():
    with pytest.raises(BadInput, match=r"2 words need as many vectors; got an array of shape \(3, 2\)"):
        Embedding(["a", "b"], np.ones((3, 2)))
    with pytest.raises(BadInput, match="1 words occur more than once"):
        Embedding(["a", "a"], np.ones((2, 2)))
    with pytest.raises(BadInput, match="vector of 'b' holds a value that is no number"):
        Embedding(["a", "b"], np.array([[1, 2], [np.inf, 0]]))
    with pytest.raises(BadInput, match="2 words need as many counts; got 1"):
        Embedding(["a", "b"], np.ones((2, 2)), np.array([1]))


def test_the_callers_array_stays_writable():
    vectors = np.ones((2, 2), np.float32)
    embedding = Embedding(["a", "b"], vectors)
    assert vectors.flags.writeable and not embedding.vectors.flags.writeable


@pytest.mark.parametrize("counts", [None, np.array([3, 2, 1])])
def test_save_and_load(tmp_path, counts):
    words = ["naïve", "\u2028 odd", "日本"]
    embedding = Embedding(words, np.random.default_rng(1).standard_normal((3, 4), np.float32), counts)
    embedding.save(tmp_path / "run")
    loaded = Embedding.load(tmp_path / "run")
    assert loaded.words == words
    np.testing.assert_array_equal(loaded.vectors, embedding.vectors)
    assert (loaded.counts is None) if counts is None else loaded.counts.tolist() == [3, 2, 1]
    expected = {"words.json", "vectors.npy"} | ({"counts.npy"} if counts is not None else set())
    assert {file.name for file in (tmp_path / "run").iterdir()} == expected


def test_save_over_another_embedding_leaves_other_files_alone(tmp_path):
    (tmp_path / "history.jsonl").write_text("kept")
    plane().save(tmp_path)
    Embedding(["only"], np.ones((1, 2))).save(tmp_path)
    assert Embedding.load(tmp_path).words == ["only"]
    assert {file.name for file in tmp_path.iterdir()} == {"history.jsonl", "words.json", "vectors.npy"}


def test_load_where_nothing_is(tmp_path):
    with pytest.raises(NotFound, match="'run' holds no embedding"):
        Embedding.load(tmp_path / "run")


def test_load_never_unpickles(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "boom"),)

    (tmp_path / "words.json").write_text(json.dumps(["a"]))
    np.save(tmp_path / "vectors.npy", np.array([Bomb()], object), allow_pickle=True)
    with pytest.raises(BadInput, match="is damaged"):
        Embedding.load(tmp_path)
    assert not (tmp_path / "boom").exists()


def test_random_cosine_is_the_mean_over_all_pairs():
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((40, 5)) + 0.7
    vectors[3] = 0  # has no direction
    embedding = Embedding([f"w{i}" for i in range(40)], vectors)
    kept = np.delete(embedding.unit, 3, axis=0)
    slow = (kept @ kept.T)[np.triu_indices(39, 1)].mean()
    assert embedding.random_cosine == pytest.approx(slow, abs=1e-6)
    assert Embedding(["a"], np.ones((1, 2))).random_cosine == 0.0


def test_a_high_random_cosine_is_said():
    assert beside_random(0.03, 0.9) == "Two random words of this run have a cosine of 0.03 on average."
    assert beside_random(0.98, 0.99).startswith("0.99, but any two words of this run have 0.98 on average.")
