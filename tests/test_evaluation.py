"""Benchmarks: scores equal scipy's and gensim's, planted structure is found, noise is not, and intervals cover."""

import json
from dataclasses import replace

import numpy as np
import pytest
from corpus_factory import make_corpus
from scipy import stats

from embedlab.errors import BadInput, BadSetting, NotFound
from embedlab.evaluation import BENCHMARKS, BenchmarkResult, applicable, document_vectors, evaluate, load_benchmark
from embedlab.evaluation import documents as documents_module
from embedlab.evaluation.results import bootstrap_mean, bootstrap_spearman, spearman
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
    from gensim.test.utils import datapath

    return datapath(BENCHMARKS[name].file)


# Intervals and correlation


def test_spearman_equals_scipy_with_ties():
    rng = np.random.default_rng(1)
    for n in (3, 10, 300):
        x, y = rng.integers(0, 8, n) + 0.0, rng.standard_normal(n).round(1)
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0], abs=1e-12)


def test_spearman_that_is_not_defined():
    assert spearman(np.array([1.0, 2]), np.array([1.0, 2])) is None
    assert spearman(np.ones(5), np.arange(5.0)) is None


def test_bootstrap_of_spearman_equals_the_slow_twin():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(80).round(1)
    y = (x + rng.standard_normal(80)).round(1)
    draws = np.random.default_rng(7).integers(80, size=(1000, 80))
    slow = np.percentile([stats.spearmanr(x[i], y[i])[0] for i in draws], (2.5, 97.5))
    np.testing.assert_allclose(bootstrap_spearman(x, y, seed=7), slow, rtol=1e-10)


def test_bootstrap_in_blocks_equals_one_block(monkeypatch):
    from embedlab.evaluation import results

    x = np.random.default_rng(1).standard_normal(50)
    whole = bootstrap_mean(x, seed=1)
    monkeypatch.setattr(results, "BLOCK", 50 * 7)
    assert bootstrap_mean(x, seed=1) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("draw", [lambda rng: rng.random(60) < 0.3, lambda rng: rng.gamma(2, 0.15, 60)])
def test_bootstrap_interval_covers_the_truth(draw):
    """The true mean is 0.3 for both; 95 % intervals of 200 samples should hold it about 190 times."""
    covered = 0
    for seed in range(200):
        low, high = bootstrap_mean(draw(np.random.default_rng(seed)), seed=seed)
        covered += low <= 0.3 <= high
    assert 176 <= covered <= 197  # seen over six ranges of seeds: 189 to 193 and, for the skewed gamma, 180 to 189


def test_bootstrap_of_spearman_covers_the_truth():
    """Normal pairs with Pearson 0.5 have Spearman 6/pi asin(0.25) = 0.4826."""
    covered = 0
    for seed in range(100):
        x, e = np.random.default_rng(seed).standard_normal((2, 100))
        low, high = bootstrap_spearman(x, 0.5 * x + np.sqrt(0.75) * e, seed=seed)
        covered += low <= 0.4826 <= high
    assert 89 <= covered <= 100  # seen over six ranges of seeds: 92 to 99


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
    assert result.rows[0] == {"word1": "w0", "word2": "w1", "human": 19.0, "cosine": cosine}


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
    assert set(wrong) == {"category", "question", "expected", "got", "right"}


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
    from embedlab.evaluation.words import score_analogies

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
    assert result.rows == [{"category": "x", "question": "A b c", "expected": "d", "got": "d", "right": True}]


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


# Files of the user


@pytest.mark.parametrize("text, expected", [
    ("a\tb\t1.5\nc\td\t2\n", [("a", "b", 1.5), ("c", "d", 2.0)]),
    ("word1,word2,score\na,b,1.5\n\"c\",d,-2e0\n", [("a", "b", 1.5), ("c", "d", -2.0)]),
    ("# a comment\na b 1\r\n\r\nc d 2\r\n", [("a", "b", 1.0), ("c", "d", 2.0)]),
    ("word1\tword2\tPOS\tSimLex999\told\nold\tnew\tA\t1.58\t9\nnew york\tcity\tN\t3\t9\n",
     [("old", "new", 1.58), ("new york", "city", 3.0)]),
    ("\ufeffa;b;1\n", [("a", "b", 1.0)])])
def test_word_pair_files(tmp_path, text, expected):
    (tmp_path / "f").write_bytes(text.encode())
    assert load_benchmark(tmp_path / "f").rows == expected


def test_analogy_files(tmp_path):
    (tmp_path / "f").write_text("# c\n: one two\na b c d\n:\ne f g h\n")
    found = load_benchmark(tmp_path / "f")
    assert found.rows == [("a", "b", "c", "d"), ("e", "f", "g", "h")]
    assert found.categories == ["one two", "questions"]


def test_latin_1_files(tmp_path):
    (tmp_path / "f").write_bytes("café\tthé\t1\n".encode("latin-1"))
    assert load_benchmark(tmp_path / "f").rows == [("café", "thé", 1.0)]


@pytest.mark.parametrize("content, match", [
    (b"", "holds no lines"),
    (b"# only\n", "holds no lines"),
    (b"\0\1\2", "not a text file"),
    (b": x\na b c\n", "Line 2 of f has 3 words; a question has four: 'a b c'"),
    (b": x\n", "names categories but holds no question"),
    (b"a b c d e\nf g h i j\n", "neither word pairs .* nor analogies .*: line 2 reads 'f g h i j'"),
    (b"just one\n", "neither word pairs"),
    (b"a\tb\t1\nc\td\n", "Line 2 of f needs two words and a score in column 3; it reads 'c d'"),
    (b"a\tb\t1\nc\td\tnan\n", "Line 2 of f needs two words and a score"),
    (b"a\tb\t1\nc\t\t1\n", "Line 2 of f needs two words and a score")])
def test_files_that_are_no_benchmark(tmp_path, content, match):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(BadInput, match=match):
        load_benchmark(tmp_path / "f")


def test_unknown_benchmark(noise):
    with pytest.raises(NotFound, match="no benchmark 'wordsim'. Choose wordsim353, .*or a file"):
        evaluate(noise, "wordsim")


# Documents


TOPICS = {"sport": "ball goal team match win", "food": "bread soup cook taste oven",
          "law": "court judge trial law jury"}


@pytest.fixture
def topics(tmp_path):
    """120 documents of three topics, each of ten words of its topic and ten that all share; two cannot be used."""
    rng = np.random.default_rng(1)
    documents, labels = [], []
    for i in range(120):
        label = list(TOPICS)[i % 3]
        common = rng.choice(["the", "of", "and"], 10)
        documents.append(" ".join(rng.choice(TOPICS[label].split(), 10)) + "\n" + " ".join(common))
        labels.append(label)
    return make_corpus(tmp_path, [*documents, "unheard", "ball"], [*labels, "sport", None], name="topics")


@pytest.fixture
def planted() -> Embedding:
    """Topic words stand near their topic's direction; "unheard" has no vector."""
    rng = np.random.default_rng(2)
    words = [word for topic in TOPICS.values() for word in topic.split()] + ["the", "of", "and"]
    means = np.repeat(np.eye(8)[:3], 5, axis=0)
    return Embedding(words, np.concatenate([means, np.ones((3, 8))]) + 0.1 * rng.standard_normal((18, 8)))


def slow_document_vectors(corpus, embedding, weight):
    rows = []
    for i in range(corpus.n_documents):
        words = [corpus.vocabulary.words[j] for j in corpus.document_ids(i)]
        known = [weight(word) * embedding[word] for word in words if word in embedding]
        rows.append(np.mean(known, axis=0) if known else np.zeros(embedding.dim))
    return np.array(rows)


def test_document_vectors_are_means_of_known_words(topics, planted, monkeypatch):
    expected = slow_document_vectors(topics, planted, lambda word: 1)
    np.testing.assert_allclose(document_vectors(topics, planted), expected, rtol=1e-5, atol=1e-6)
    monkeypatch.setattr(documents_module, "BATCH_TOKENS", 33)
    np.testing.assert_allclose(document_vectors(topics, planted), expected, rtol=1e-5, atol=1e-6)
    assert not expected[120].any()


def test_sif_vectors_equal_the_slow_twin(topics, planted):
    share = dict(zip(topics.vocabulary.words, topics.vocabulary.counts / topics.n_tokens, strict=True))
    slow = slow_document_vectors(topics, planted, lambda word: 1e-3 / (1e-3 + share[word]))
    common = np.linalg.svd(slow)[2][0]
    slow -= np.outer(slow @ common, common)
    np.testing.assert_allclose(document_vectors(topics, planted, weighting="sif"), slow, atol=1e-5)
    with pytest.raises(BadSetting, match="'mean' or 'sif'; got 'tfidf'"):
        document_vectors(topics, planted, weighting="tfidf")


def test_documents_of_a_corpus_with_an_empty_one(tmp_path):
    corpus = make_corpus(tmp_path, ["a b", "", "\nb"])
    embedding = Embedding(["a", "b"], np.array([[2, 0], [0, 2]]))
    np.testing.assert_array_equal(document_vectors(corpus, embedding), [[1, 1], [0, 0], [0, 2]])


def test_classification_of_planted_topics(topics, planted):
    result = evaluate(planted, "classification", corpus=topics)
    assert (result.score, result.n_used, result.n_total, result.metric) == (1, 120, 122, "accuracy")
    assert result.rows[0] == {"document": 0, "label": "sport", "predicted": "sport", "right": True}
    assert [(p["name"], p["score"], p["n_used"], p["n_total"]) for p in result.parts] == [
        ("food", 1, 40, 40), ("law", 1, 40, 40), ("sport", 1, 40, 41)]
    assert result.note == ("Always answering the most frequent label would score 0.333. The baseline gives each word a "
                           "random vector: it shows what the counts of words alone are worth.")
    assert result.digest != evaluate(planted, "document-recall", corpus=topics).digest


def test_classification_of_noise_is_at_chance(topics, planted):
    """One third of answers is right by chance; seen over seeds 1 to 8: 0.21 to 0.44."""
    noise = np.random.default_rng(1).standard_normal((122, 8), np.float32)
    result = evaluate(planted, "classification", corpus=topics, documents=noise)
    assert 0.15 < result.score < 0.52 and 0.15 < result.baseline < 0.52
    assert result.low < result.score < result.high


def test_recall_of_planted_topics(topics, planted):
    result = evaluate(planted, "document-recall", corpus=topics)
    assert (result.score, result.low, result.high, result.n_used, result.n_total) == (1, 1, 1, 120, 122)
    assert result.rows[0] == {"document": 0, "label": "sport", "found": 10, "relevant": 10, "recall": 1.0}
    noise = np.random.default_rng(1).standard_normal((122, 8), np.float32)
    # Chance is one third; seen over 8 seeds: 0.30 to 0.35.
    assert 0.2 < evaluate(planted, "document-recall", corpus=topics, documents=noise).score < 0.45


def test_recall_by_hand(tmp_path):
    corpus = make_corpus(tmp_path, ["x"] * 4, ["a", "a", "b", "b"])
    vectors = np.array([[1, 0], [1, 0.1], [1, 0.2], [0, 1]], np.float32)
    result = documents_module.score_recall(vectors, vectors, corpus, name="r", title="R", seed=1, k=1)
    assert [row["found"] for row in result.rows] == [1, 0, 0, 1]  # documents 1 and 2 are nearest to each other
    assert (result.score, result.baseline, result.metric) == (0.5, 0.5, "recall@1")
    whole = documents_module.score_recall(vectors, vectors, corpus, name="r", title="R", seed=1, k=10)
    assert (whole.score, whole.rows[0]["relevant"]) == (1, 1)  # k reaches every document


def test_large_corpora_are_sampled(topics, planted, monkeypatch):
    monkeypatch.setattr(documents_module, "MAX_DOCUMENTS", 30)
    result = evaluate(planted, "document-recall", corpus=topics)
    assert (result.n_used, result.n_total) == (30, 122)
    assert "An even sample of 30 of 120 documents was scored." in result.note


def test_too_few_documents_of_a_label(tmp_path, planted):
    corpus = make_corpus(tmp_path, ["ball", "soup", "law"], ["a", "b", "c"])
    result = evaluate(planted, "classification", corpus=corpus)
    assert (result.score, result.n_used, result.n_total) == (None, 0, 3)
    assert "at least 5 documents each" in result.note
    result = evaluate(planted, "document-recall", corpus=corpus)
    assert result.score is None and "at least two documents each" in result.note


def test_document_benchmarks_need_labels_and_the_right_corpus(tmp_path, topics, planted):
    plain = make_corpus(tmp_path, ["ball"])
    for corpus in (None, plain):
        with pytest.raises(BadInput, match="Document classification needs a corpus with labels"):
            evaluate(planted, "classification", corpus=corpus)
    with pytest.raises(BadInput, match="vectors of 3 documents but the corpus has 122"):
        evaluate(planted, "classification", corpus=topics, documents=np.ones((3, 8), np.float32))


# The registry and the result


def test_applicable(tmp_path, topics):
    word_tasks = ["wordsim353", "simlex999", "google-analogies"]
    assert applicable(None) == applicable(make_corpus(tmp_path, ["x"])) == word_tasks
    assert applicable(topics) == list(BENCHMARKS)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_benchmark_contract(name, planted, topics):
    benchmark = BENCHMARKS[name]
    assert benchmark.name == name and benchmark.title and benchmark.about.endswith((".", "?"))
    result = evaluate(planted, name, corpus=topics, seed=3)
    assert (result.benchmark, result.title, result.task, result.metric) == (
        name, benchmark.title, benchmark.task, benchmark.metric)
    assert BenchmarkResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert evaluate(planted, name, corpus=topics, seed=3) == result


def test_result_of_a_newer_program_is_read(planted):
    result = evaluate(planted, "wordsim353")
    assert BenchmarkResult.from_dict(result.to_dict() | {"later": 1}) == result


@pytest.mark.data
def test_public_similarity_files_equal_gensims_and_scipy(data):
    """WordSim-353 as published equals the copy in gensim, and the related and similar parts are read whole."""
    folder = data / "similarity"
    sizes = {"EN-WS-353-ALL": 353, "EN-WS-353-SIM": 203, "EN-WS-353-REL": 252, "EN-SIMLEX-999": 999, "EN-RG-65": 65,
             "EN-MC-30": 30}
    for name, n in sizes.items():
        assert len(load_benchmark(folder / f"{name}.txt").rows) == n
    published = load_benchmark(folder / "EN-WS-353-ALL.txt")
    assert sorted(published.rows) == sorted(load_benchmark(_path("wordsim353")).rows)
    assert load_benchmark(folder / "EN-SIMLEX-999.txt").rows == load_benchmark(_path("simlex999")).rows
