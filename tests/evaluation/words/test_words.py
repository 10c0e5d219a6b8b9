"""Word pairs and analogies: equal to gensim's, planted structure is found, noise is not, frequency is seen through."""

from dataclasses import replace

import numpy as np
import pytest

from embedlab.core.errors import NotFound
from embedlab.core.progress import Cancelled
from embedlab.evaluation import BENCHMARKS, evaluate, load_benchmark
from embedlab.vectors.embedding import Embedding


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


def of_one_spelling(embedding: Embedding) -> Embedding:
    """The first spelling of each word: where there are several, gensim takes any and we take the exact one."""
    rows = list({word.upper(): i for i, word in reversed(list(enumerate(embedding.words)))}.values())[::-1]
    return Embedding([embedding.words[i] for i in rows], embedding.vectors[rows])


@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
def test_word_pairs_equal_gensim(noise, name):
    run = of_one_spelling(noise)
    result = evaluate(run, name)
    _, (rho, _), missing = keyed_vectors(run).evaluate_word_pairs(_path(name))
    assert result.score == pytest.approx(rho, abs=1e-6)
    assert 1 - result.n_used / result.n_total == pytest.approx(missing / 100)
    assert result.n_total == {"wordsim353": 353, "simlex999": 999}[name]
    assert len(result.rows) == result.n_used < result.n_total and result.missing
    assert result.low < result.score < result.high
    assert result.baseline_low < result.baseline < result.baseline_high
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
    assert result.note == "Only 19 items could be used, so the score is unreliable whatever its interval says."
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
    from embedlab.evaluation.scoring import Scoring
    from embedlab.evaluation.words.analogies import Rule, score_analogies

    (tmp_path / "q.txt").write_text("a b c d\na b c e\n")
    embedding = Embedding(list("abcde"), np.eye(5))
    questions = load_benchmark(tmp_path / "q.txt")
    result = score_analogies(embedding, questions, Scoring("q", "q"), rule=Rule(candidates=4))
    assert (result.n_used, result.n_total, result.missing, result.score) == (1, 2, ["e"], 1)
    assert result.parts[0]["name"] == "questions"


def test_analogies_leave_out_other_spellings_of_the_question_words(tmp_path):
    (tmp_path / "q.txt").write_text(": x\nA b c d\n")
    words = ["a", "b", "c", "B", "d", "C"]
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0.1], [-1, 0.3, 0.3], [0, 0, 1]])
    result = evaluate(Embedding(words, vectors), tmp_path / "q.txt")
    assert result.rows == [
        {"item": 0, "category": "x", "question": "A b c", "expected": "d", "got": "d", "right": True}
    ]


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
    from embedlab.evaluation.words.analogies import answers

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
    """d : c = b : a in frequency, so the frequency reference answers rightly, whatever the vectors are."""
    (tmp_path / "q.txt").write_text("a b c d\n")
    embedding = Embedding(list("bdacef"), np.eye(6), np.array([1000, 500, 100, 50, 7, 1]))
    [reference] = evaluate(embedding, tmp_path / "q.txt").references
    assert (reference["name"], reference["score"]) == ("word frequency", 1)


def test_pairs_that_follow_frequency_are_found_out(tmp_path):
    """Judgements are likeness of frequency: the reference gets 1, and a run of random vectors does not."""
    counts = 2 ** np.arange(12, 0, -1)
    words = [f"w{i}" for i in range(12)]
    lines = [f"w0 w{i} {12 - i}" for i in range(1, 12)]
    (tmp_path / "f.txt").write_text("\n".join(lines))
    result = evaluate(Embedding(words, np.random.default_rng(1).standard_normal((12, 20)), counts), tmp_path / "f.txt")
    assert result.references == [{"name": "word frequency", "score": 1, "low": 1, "high": 1}]
    assert result.score < 0.9


def test_equal_judgements_are_said_to_be_equal(tmp_path):
    """More text would not help: there is nothing to rank."""
    path = tmp_path / "equal.txt"
    path.write_text("".join(f"a{i} b{i} 3.0\n" for i in range(5)))
    words = [f"{side}{i}" for side in "ab" for i in range(5)]
    result = evaluate(Embedding(words, np.random.default_rng(1).standard_normal((10, 4))), path)
    assert result.score is None and result.n_used == 5
    assert result.note == "All 5 judgements that could be used are 3, so there is nothing to rank."
