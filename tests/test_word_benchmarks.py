"""Benchmarks of words: equal to gensim's, planted structure is found, noise is not."""

from dataclasses import replace

import numpy as np
import pytest

from embedlab.errors import NotFound
from embedlab.evaluation import BENCHMARKS, evaluate, load_benchmark
from embedlab.progress import Cancelled
from embedlab.vectors import Embedding


def keyed_vectors(embedding):
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(embedding.dim)
    keyed.add_vectors(embedding.words, embedding.vectors)
    return keyed


@pytest.fixture(scope="module")
def words() -> list[str]:
    """Most words of the three word benchmarks, some with capitals, some twice in different case, and fillers."""
    items = [load_benchmark(_path(name)) for name in ("wordsim353", "simlex999", "google-analogies")]
    found = list(dict.fromkeys(word for item in items for row in item.rows for word in row if isinstance(word, str)))
    rng = np.random.default_rng(1)
    found = [word for word in found if rng.random() < 0.9]
    upper = [word.upper() for word in found[::7]]
    mixed = found + upper + [f"filler{i}" for i in range(500)]
    return list(dict.fromkeys(mixed[i] for i in rng.permutation(len(mixed))))


@pytest.fixture(scope="module")
def noise(words) -> Embedding:
    return Embedding(words, np.random.default_rng(2).standard_normal((len(words), 12), np.float32))


def _path(name):
    return str(BENCHMARKS[name].path)


# Word pairs


@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
def test_word_pairs_equal_gensim(noise, name):
    result = evaluate(noise, name)
    _, (rho, _), missing = keyed_vectors(noise).evaluate_word_pairs(_path(name))
    assert result.score == pytest.approx(rho, abs=1e-6)
    assert 1 - result.n_used / result.n_total == pytest.approx(missing / 100)
    assert result.n_total == {"wordsim353": 353, "simlex999": 999}[name]
    assert len(result.rows) == result.n_used < result.n_total and result.missing
    assert result.low < 0 < result.high and result.baseline_low < 0 < result.baseline_high
    assert (result.task, result.metric, result.seed) == ("similarity", "Spearman", 1)


def test_planted_pairs_get_one(tmp_path):
    """Word i is turned away from word 0 by i degrees, and judged accordingly."""
    angles = np.radians(np.arange(20))
    embedding = Embedding([f"W{i}" for i in range(20)], np.stack([np.cos(angles), np.sin(angles)], axis=1))
    lines = [f"w0\tw{i}\t{20 - i}" for i in range(1, 20)] + ["w0\tunseen\t3"]
    (tmp_path / "mine.tsv").write_text("\n".join(lines))
    result = evaluate(embedding, tmp_path / "mine.tsv", seed=5)
    assert (result.benchmark, result.title, result.score, result.low, result.high) == ("mine.tsv", "mine", 1, 1, 1)
    assert (result.n_used, result.n_total, result.missing) == (19, 20, ["unseen"])
    assert result.baseline < 0.9
    assert result.note == "Only 19 items could be used: the score means little, whatever its interval."
    cosine = pytest.approx(np.cos(np.radians(1)))
    assert result.rows[0] == {"item": 0, "word1": "w0", "word2": "w1", "human": 19.0, "cosine": cosine}


def test_pairs_of_which_none_is_known():
    result = evaluate(Embedding(["zzz"], np.ones((1, 3))), "wordsim353")
    assert (result.score, result.low, result.high, result.baseline) == (None,) * 4
    assert (result.n_used, result.n_total) == (0, 353)
    assert result.note.startswith("The run has both words of 0 of the 353 pairs; a rank correlation needs at least 3")


# Analogies


def test_analogies_equal_gensim(noise, tmp_path):
    # Vectors that answer some questions: each word leans to the sum of its questions' offsets.
    questions = load_benchmark(_path("google-analogies"))
    lines, category = [], None
    for row, name in list(zip(questions.rows, questions.categories, strict=True))[::9]:
        lines += [f": {name}"] * (name != category) + [" ".join(row)]
        category = name
    (tmp_path / "some.txt").write_text("\n".join(lines))
    vectors = noise.vectors.copy()
    for a, b, c, d in questions.rows[::9]:
        if all(word in noise for word in (a, b, c, d)):
            vectors[noise.ids[d]] += 0.5 * (vectors[noise.ids[b]] - vectors[noise.ids[a]] + vectors[noise.ids[c]])
    embedding = replace(noise, vectors=vectors)
    result = evaluate(embedding, tmp_path / "some.txt")
    keyed = keyed_vectors(embedding)
    score, sections = keyed.evaluate_word_analogies(str(tmp_path / "some.txt"), restrict_vocab=30_000)
    theirs = {s["section"]: (len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections}
    ours = {p["name"]: (round((p["score"] or 0) * p["n_used"]), p["n_used"]) for p in result.parts}
    assert 0.05 < score < 0.95
    assert result.score == pytest.approx(score)
    assert ours.pop("Semantic")[1] + ours.pop("Syntactic")[1] == result.n_used
    assert theirs.pop("Total accuracy") == (round(result.score * result.n_used), result.n_used)
    assert ours == theirs
    wrong = next(row for row in result.rows if not row["right"])
    assert set(wrong) == {"item", "category", "question", "expected", "got", "right"}


def test_planted_analogies_get_one_and_noise_none():
    questions = load_benchmark(_path("google-analogies"))
    rows = questions.rows[:506]  # capital-common-countries
    rng = np.random.default_rng(1)
    step = rng.standard_normal(50)
    vectors = {}
    for capital, country in sorted({row[:2] for row in rows}):
        vectors[capital.lower()] = rng.standard_normal(50)
        vectors[country.lower()] = vectors[capital.lower()] + step
    embedding = Embedding(list(vectors), np.array(list(vectors.values())))
    result = evaluate(embedding, "google-analogies")
    first = result.parts[0]
    assert (first["name"], first["score"]) == ("capital-common-countries", 1)
    assert first["n_used"] == first["n_total"] == 506
    assert result.n_total == 19_544 and result.n_used >= 506 and result.score == 1
    assert result.baseline < 0.2  # chance among 43 candidates is 0.02
    assert result.parts[-1]["name"] == "Syntactic" and result.parts[-1]["score"] is None
    assert [p["n_total"] for p in result.parts[-2:]] == [8869, 10675]


def test_analogies_restricted_to_frequent_words(tmp_path):
    from embedlab.evaluation.analogies import score_analogies

    (tmp_path / "q.txt").write_text("a b c d\na b c e\n")
    embedding = Embedding(list("abcde"), np.eye(5))
    questions = load_benchmark(tmp_path / "q.txt")
    result = score_analogies(embedding, questions, name="q", title="q", seed=1, restrict_vocab=4)
    assert (result.n_used, result.n_total, result.missing, result.score) == (1, 2, ["e"], 1)
    assert result.parts[0]["name"] == "questions"


def test_analogies_leave_out_other_spellings_of_the_question_words(tmp_path):
    (tmp_path / "q.txt").write_text(": x\nA b c d\n")
    words = ["a", "b", "c", "B", "d", "C"]
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0.1], [-1, 0.3, 0.3], [0, 0, 1]])
    result = evaluate(Embedding(words, vectors), tmp_path / "q.txt")
    assert result.rows == [{"item": 0, "category": "x", "question": "A b c", "expected": "d", "got": "d", "right": True}]


def test_analogies_of_which_none_is_known():
    result = evaluate(Embedding(["zzz"], np.ones((1, 3))), "google-analogies")
    assert (result.score, result.n_used, result.baseline) == (None, 0, None)
    assert result.note.startswith("None of the 19,544 questions")


def test_analogies_report_and_can_be_cancelled(noise):
    seen = []

    def stop(progress):
        seen.append(progress.fraction)
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(noise, "google-analogies", report=stop)
    assert len(seen) == 1


def test_unknown_benchmark(noise):
    with pytest.raises(NotFound, match="no benchmark 'wordsim'. Choose wordsim353, .*or a file"):
        evaluate(noise, "wordsim")


@pytest.mark.parametrize("method", ["add", "mul", "plain"])
def test_answers_equal_the_slow_twin(method):
    """Every question by itself in double precision; words 7 and 8 are two spellings of one, so 8 is left out with 7."""
    from embedlab.evaluation.analogies import answers

    rng = np.random.default_rng(1)
    unit = rng.standard_normal((800, 10))
    unit = (unit / np.linalg.norm(unit, axis=1, keepdims=True)).astype(np.float32)
    unit[8] = unit[7]
    group = np.arange(800)
    group[8] = 7
    asked = rng.integers(800, size=(300, 3))
    asked[:50, 1] = 7
    asked = group[asked]
    cosines, slow = unit.astype(float) @ unit.T.astype(float), []
    for a, b, c in asked:
        sim = (1 + cosines) / 2
        score = sim[b] * sim[c] / (sim[a] + 0.001) if method == "mul" else cosines[b] - cosines[a] + cosines[c]
        if method != "plain":
            score[np.isin(group, (a, b, c))] = -np.inf
        slow.append(group[score.argmax()])
    assert (group[answers(unit, asked, group, method)] == slow).all()


def test_plain_analogies_may_answer_with_their_own_words(tmp_path):
    """The true answer is near, but c is nearer: only leaving c out makes the question right."""
    (tmp_path / "q.txt").write_text("a b c d\n")
    vectors = np.array([[1, 0, 0.1], [1, 0, 0.2], [0, 1, 0], [0, 0.9, 0.5], [-1, 0, 0]])
    embedding = Embedding(list("abcde"), vectors)
    add, plain = (evaluate(embedding, tmp_path / "q.txt", options={"analogy": method}) for method in ("add", "plain"))
    assert (add.score, add.rows[0]["got"]) == (1, "d")
    assert (plain.score, plain.rows[0]["got"]) == (0, "c")
    assert "The words of the question may be answers here." in plain.note


def test_frequency_answers_nothing_but_frequency(tmp_path):
    """d is as much more frequent than c as b than a, so frequency alone is right, and the vectors, all one direction but d, are too."""
    (tmp_path / "q.txt").write_text("a b c d\n")
    embedding = Embedding(list("bdacef"), np.eye(6), np.array([1000, 500, 100, 50, 7, 1]))
    [reference] = evaluate(embedding, tmp_path / "q.txt").references
    assert (reference["name"], reference["score"]) == ("word frequency", 1)


def test_pairs_that_follow_frequency_are_found_out(tmp_path):
    """Judgements that are nothing but likeness of frequency: the reference gets 1, and the run, whose vectors are noise, does not."""
    counts = 2 ** np.arange(12, 0, -1)
    words = [f"w{i}" for i in range(12)]
    lines = [f"w0 w{i} {12 - i}" for i in range(1, 12)]
    (tmp_path / "f.txt").write_text("\n".join(lines))
    result = evaluate(Embedding(words, np.random.default_rng(1).standard_normal((12, 20)), counts), tmp_path / "f.txt")
    assert result.references == [{"name": "word frequency", "score": 1, "low": 1, "high": 1}]
    assert result.score < 0.9


# Word classes


KINDS = {"sport": "ball goal team match win", "food": "bread soup cook taste oven", "law": "court judge trial law jury"}


@pytest.fixture
def classes(tmp_path):
    path = tmp_path / "kinds.tsv"
    path.write_text("word\tclass\n" + "".join(f"{word}\t{kind}\n" for kind, words in KINDS.items() for word in words.split()) + "unseen\tlaw\n")
    return path


def kinds_embedding(spread: float) -> Embedding:
    words = [word for kind in KINDS.values() for word in kind.split()]
    return Embedding(words, np.repeat(np.eye(8)[:3], 5, axis=0) + spread * np.random.default_rng(1).standard_normal((15, 8)))


def test_planted_classes_are_pure_and_noise_is_not(classes):
    result = evaluate(kinds_embedding(0.05), classes)
    assert (result.task, result.metric, result.score, result.n_used, result.n_total) == ("classes", "purity", 1, 15, 16)
    assert result.baseline < 0.8  # seen over 8 seeds: 0.33 to 0.6
    assert result.missing == ["unseen"]
    assert result.rows[0] == {"item": 0, "word": "ball", "class": "sport", "cluster of": "sport", "right": True}
    assert [(part["name"], part["score"], part["n_used"], part["n_total"]) for part in result.parts] == [
        ("sport", 1, 5, 5), ("food", 1, 5, 5), ("law", 1, 5, 6)]


def test_purity_equals_its_definition(classes):
    """Sum over clusters of their largest class, by way of scikit-learn's contingency table."""
    from sklearn.cluster import KMeans
    from sklearn.metrics.cluster import contingency_matrix

    embedding = kinds_embedding(0.6)
    labels = [kind for kind, words in KINDS.items() for _ in words.split()]
    clusters = KMeans(3, n_init=10, random_state=1).fit_predict(embedding.unit)
    purity = contingency_matrix(labels, clusters).max(axis=0).sum() / 15
    assert evaluate(embedding, classes, seed=1).score == pytest.approx(purity) and purity < 1


def test_odd_one_out_of_planted_classes(classes):
    result = evaluate(kinds_embedding(0.05), classes, options={"classes": "odd"})
    assert (result.score, result.metric, result.n_total) == (1, "accuracy", 60)
    assert result.n_used < 60 and "unseen" in result.missing
    assert all(row["expected"] == row["words"].split(", ")[-1] == row["got"] for row in result.rows)
    assert result.baseline < 0.55  # one in five by chance, but few words; seen over 8 seeds: 0 to 0.38


def test_odd_one_out_equals_the_embeddings_own_answer(classes):
    embedding = kinds_embedding(0.7)
    result = evaluate(embedding, classes, options={"classes": "odd"})
    assert 0 < result.score < 1
    assert [row["got"] for row in result.rows] == [embedding.odd_one_out(row["words"].split(", "))[0] for row in result.rows]


def test_classes_of_which_too_few_are_known(classes):
    result = evaluate(Embedding(["ball", "x", "y"], np.eye(3)), classes)
    assert (result.score, result.n_used) == (None, 1)
    assert result.note.startswith("The run has vectors for 1 of the 16 words, too few of two classes.")


# Association tests


def association_file(tmp_path, n=8):
    path = tmp_path / "test.txt"
    path.write_text("".join(f"{kind}: {name} = {', '.join(f'{name}{i}' for i in range(n))}\n"
                            for kind, name in (("target", "x"), ("target", "y"), ("attribute", "a"), ("attribute", "b"))))
    return path


def association_words(strength, seed=1, n=8):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((2, 30))
    means = {"x": strength * a, "y": strength * b, "a": 2 * a, "b": 2 * b}
    words = [f"{name}{i}" for name in means for i in range(n)]
    return Embedding(words, np.concatenate([means[name] + rng.standard_normal((n, 30)) for name in means]))


def slow_weat(embedding, n=8):
    """Every cosine, sum and partition by itself (Caliskan et al. 2017, equations on page 2 of the supplement)."""
    from itertools import combinations

    def cosine(u, v):
        return float(np.dot(embedding[u], embedding[v]) / np.linalg.norm(embedding[u]) / np.linalg.norm(embedding[v]))

    lists = {name: [f"{name}{i}" for i in range(n)] for name in "xyab"}
    s = {w: np.mean([cosine(w, v) for v in lists["a"]]) - np.mean([cosine(w, v) for v in lists["b"]]) for w in lists["x"] + lists["y"]}
    d = (np.mean([s[w] for w in lists["x"]]) - np.mean([s[w] for w in lists["y"]])) / np.std(list(s.values()), ddof=1)
    total, observed = list(s), sum(s[w] for w in lists["x"]) - sum(s[w] for w in lists["y"])
    greater = [sum(s[total[i]] for i in half) * 2 - sum(s.values()) >= observed - 1e-9 for half in combinations(range(2 * n), n)]
    return d, np.mean(greater)


def test_association_equals_the_slow_twin(tmp_path):
    embedding = association_words(0.3, n=5)
    result = evaluate(embedding, association_file(tmp_path, n=5))
    d, p = slow_weat(embedding, n=5)
    assert result.score == pytest.approx(d, abs=1e-5)
    assert result.metrics[0]["score"] == pytest.approx(p, abs=1e-12)  # 252 partitions, all of them


def test_planted_association_is_shown_and_noise_is_not(tmp_path):
    path = association_file(tmp_path)
    for seed in range(5):
        strong = evaluate(association_words(1.0, seed), path)
        assert strong.score > 1.5 and strong.metrics[1]["score"] < 0.01  # seen over 20 seeds: d 1.79 to 1.92, p under 0.0003
        assert strong.note.endswith("The corpus says so, not the world.") and strong.low > 0.9
        assert abs(strong.baseline) < 1.2  # seen over 20 seeds: up to 0.54
    noise = [evaluate(association_words(0, seed), path) for seed in range(20)]
    assert sum(result.metrics[1]["score"] < 0.05 for result in noise) <= 4  # 1 in 20 by design; seen over 5 ranges of seeds: 0 to 2
    assert "No association is shown" in max(noise, key=lambda result: result.metrics[1]["score"]).note


def test_association_drawn_and_tried_partitions_agree(monkeypatch):
    from embedlab.evaluation import bias

    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(7) + 0.8, rng.standard_normal(7)
    exact = bias.permutation_p(x, y, seed=1)
    monkeypatch.setattr(bias, "comb", lambda n, k: 10 ** 9)
    np.testing.assert_allclose(bias.permutation_p(x, y, seed=1), exact, atol=0.015)


def test_association_of_words_the_run_does_not_have(tmp_path):
    result = evaluate(Embedding(["x0", "x1", "y0"], np.eye(3)), association_file(tmp_path))
    assert result.score is None and result.note.startswith("Each list needs 2 words that the run has; it has 2 of x, 1 of y, 0 of a")


# The shape of the space


def test_skewness_equals_scipy():
    from scipy import stats

    from embedlab.evaluation.geometry import skewness

    values = np.random.default_rng(1).gamma(1, 2, 500)
    assert skewness(values) == pytest.approx(stats.skew(values), rel=1e-12)
    assert skewness(np.ones(5)) == 0


def shape(vectors, counts=None):
    words = [f"w{i}" for i in range(len(vectors))]
    result = evaluate(Embedding(words, vectors, counts), "geometry")
    return result, {m["name"]: m for m in result.metrics}


def test_shape_of_a_ball_and_of_a_cone():
    rng = np.random.default_rng(1)
    ball = rng.standard_normal((600, 20))
    result, of_ball = shape(ball)
    _, of_cone = shape(ball + 4)
    assert result.score == of_ball["isotropy"]["score"] > 0.9 > 0.3 > of_cone["isotropy"]["score"]
    assert abs(of_ball["mean cosine"]["score"]) < 0.01 and of_cone["mean cosine"]["score"] > 0.8
    assert of_ball["effective dimension"]["score"] > 17  # at most 20; seen over 6 seeds: 19.2 to 19.4
    for m in of_ball.values():
        assert m["low"] <= m["score"] <= m["high"] and m["about"]


def test_shape_knows_a_flat_space():
    flat = np.random.default_rng(1).standard_normal((400, 20))
    flat[:, 3:] *= 0.01
    assert 2.5 < shape(flat)[1]["effective dimension"]["score"] < 3.1


def test_planted_hubs_are_seen():
    """Words on a shell and ten near its middle: the middle is among the nearest of all once the mean is not zero."""
    rng = np.random.default_rng(1)
    plain = rng.standard_normal((500, 40))
    hubs = plain + 2.0
    hubs[:10] = 2.0 + 0.2 * rng.standard_normal((10, 40))
    _, without = shape(plain)
    result, with_hubs = shape(hubs)
    # Seen over 6 seeds: from 5.2 with hubs, up to 0.8 without.
    assert with_hubs["hubness"]["low"] > 3 > without["hubness"]["high"]
    assert {row["word"] for row in result.rows[:10]} == {f"w{i}" for i in range(10)}


def test_planted_duplicates_and_frequency_bias():
    rng = np.random.default_rng(1)
    vectors, counts = rng.standard_normal((400, 30)), np.sort(rng.integers(1, 10_000, 400))[::-1]
    _, plain = shape(vectors, counts)
    vectors[:, 0] = 8 * (np.log(counts) - np.log(counts).mean())
    vectors[350:375] = vectors[375:]
    _, planted = shape(vectors, counts)
    assert plain["duplicates"]["score"] == 0 and planted["duplicates"]["score"] == 50 / 400
    assert plain["frequency bias"]["score"] < 0.1 and planted["frequency bias"]["score"] > 0.6


def test_mean_cosine_and_participation_equal_their_definitions():
    from embedlab.evaluation import geometry

    vectors = np.random.default_rng(1).standard_normal((60, 7)) * np.arange(1, 8) + 0.5
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[~np.eye(60, dtype=bool)]
    assert geometry._mean_cosine(np.append(unit.sum(axis=0), 60)) == pytest.approx(cosines.mean())
    eigenvalues = np.linalg.eigvalsh(np.cov(vectors.T, ddof=0))
    assert geometry._participation(geometry._moments(vectors)) == pytest.approx(eigenvalues.sum() ** 2 / (eigenvalues ** 2).sum())


def test_jackknife_of_a_mean_is_the_standard_error():
    from embedlab.evaluation.geometry import jackknife

    values = np.random.default_rng(1).standard_normal(200)
    each = [np.array([i]) for i in range(200)]
    middle, low, high = jackknife(each, lambda rows: np.array([values[rows].sum(), len(rows)]), lambda sums: sums[0] / sums[1])
    assert middle == pytest.approx(values.mean())
    assert (high - low) / 2 == pytest.approx(1.96 * values.std(ddof=1) / np.sqrt(200))


def test_shape_of_too_few_vectors():
    result, _ = shape(np.eye(5))
    assert result.score is None and "needs 30 vectors" in result.note
