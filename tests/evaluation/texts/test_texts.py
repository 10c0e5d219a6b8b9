"""Benchmarks of texts: word vectors and encoders read them, planted meaning is found, metrics equal scikit-learn's."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus
from scipy import stats
from sklearn.metrics import average_precision_score, f1_score, ndcg_score

from embedlab.core.progress import Cancelled, silent
from embedlab.evaluation import Scored, evaluate, systems_beside
from embedlab.evaluation.files.text_tables import LabelledTexts
from embedlab.evaluation.scoring import Scoring
from embedlab.evaluation.texts.retrieval import fused, metrics_of, ranks_of
from embedlab.evaluation.texts.sentences import macro_f1, score_probe
from embedlab.evaluation.texts.text_vectors import encoder_reader, word_reader
from embedlab.models.encoders.encoder import Encoder
from embedlab.vectors.embedding import Embedding

TOPICS = {
    "sport": "ball goal team match win".split(),
    "food": "bread soup cook taste oven".split(),
    "law": "court judge trial law jury".split(),
}
GLUE = ["the", "of", "and", "to"]


def topic_of(text: str) -> np.ndarray:
    """What a perfect encoder sees: how many words of each topic."""
    return np.array([sum(word in words for word in text.split()) for words in TOPICS.values()] + [0.1], np.float32)


def encoder(meaning=topic_of, calls=None):
    """A stand-in for a trained encoder, with its interface."""

    def encode(n, text, *, tick):
        if calls is not None:
            calls.append(n)
        tick(n)
        return np.array([meaning(text(i)) for i in range(n)], np.float32)

    return lambda: SimpleNamespace(encode=encode)


@pytest.fixture
def embedding() -> Embedding:
    rng = np.random.default_rng(1)
    words = GLUE + [word for words in TOPICS.values() for word in words]
    means = np.concatenate([np.ones((4, 12)), np.repeat(np.eye(12)[:3], 5, axis=0)])
    return Embedding(
        words, means + 0.1 * rng.standard_normal(means.shape), np.array([4000, 3000, 2000, 1000] + [50] * 15)
    )


def sentence(rng, topic: str, n=4) -> str:
    return " ".join([*rng.choice(GLUE, 3), *rng.choice(TOPICS[topic], n)])


@pytest.fixture
def pairs(tmp_path):
    """Pairs of sentences of one topic (5), two topics (0), or half and half (2.5)."""
    rng, lines = np.random.default_rng(1), []
    for i in range(120):
        one, other = rng.choice(list(TOPICS), 2, replace=False)
        second = {
            0: sentence(rng, one),
            1: sentence(rng, other),
            2: sentence(rng, one, 2) + " " + sentence(rng, other, 2),
        }[i % 3]
        lines.append(f"{sentence(rng, one)}\t{second}\t{[5, 0, 2.5][i % 3]}")
    path = tmp_path / "sts.tsv"
    path.write_text("\n".join([*lines, lines[0], "unheard words no vector\tmore of these here\t3"]))
    return path


# How texts become vectors


def test_word_reader_means_known_words(embedding):
    read = word_reader(embedding)([["ball goal nowhere", "nothing here"], ["BALL"]], seed=1, report=silent)
    np.testing.assert_allclose(read.vectors[0][0], (embedding["ball"] + embedding["goal"]) / 2, rtol=1e-5)
    assert not read.vectors[0][1].any() and not read.random[0][1].any()
    np.testing.assert_allclose(
        read.vectors[1][0], embedding["ball"], rtol=1e-5
    )  # case ignored where the spelling is not there
    assert read.unknown == pytest.approx(3 / 6)


def test_sif_reader_equals_the_slow_twin(embedding):
    texts, others = ["the ball of the team", "to cook bread", "the judge"], ["and the goal"]
    read = word_reader(embedding, weighting="sif")([texts, others], seed=1, report=silent)
    share = dict(zip(embedding.words, embedding.counts / embedding.counts.sum()))
    slow = [
        np.array([np.mean([1e-3 / (1e-3 + share[w]) * embedding[w] for w in text.split()], axis=0) for text in group])
        for group in (texts, others)
    ]
    common = np.linalg.svd(slow[0])[2][0]
    for ours, theirs in zip(read.vectors, slow, strict=True):
        np.testing.assert_allclose(ours, theirs - np.outer(theirs @ common, common), atol=1e-5)


# Sentence pairs


def test_planted_sentence_pairs_are_ranked(embedding, pairs):
    result = evaluate(embedding, pairs)
    assert (result.task, result.metric, result.n_used, result.n_total) == ("sts", "Spearman", 121, 122)
    human, cosine = ([row[key] for row in result.rows] for key in ("human", "cosine"))
    assert result.score == pytest.approx(stats.spearmanr(human, cosine)[0])
    assert result.metrics[0]["score"] == pytest.approx(stats.pearsonr(human, cosine)[0])
    assert result.score > 0.9 and result.beats_chance  # seen over 6 seeds: 0.94
    assert result.references[0]["name"] == "word counts"
    assert "The run has no vector for" in result.note
    sif = evaluate(embedding, pairs, options={"weighting": "sif"})
    assert sif.score > 0.8  # seen over 6 seeds: 0.87 to 0.94
    assert sif.title == "sts, SIF"


def test_encoder_reads_sentence_pairs_once_each(embedding, pairs):
    calls = []
    result = evaluate(Scored(embedding, encoder=encoder(calls=calls)), pairs)
    assert result.score > 0.9 and result.n_used == 122
    assert len(calls) == 1 and calls[0] < 244  # equal sentences are read once
    assert "Texts are read by the run's own encoder." in result.note


def test_random_vectors_fail_on_sentence_pairs_without_shared_words(embedding, pairs):
    """An encoder of noise: each text a random vector."""
    rng = np.random.default_rng(0)
    result = evaluate(Scored(embedding, encoder=encoder(lambda text: rng.standard_normal(10))), pairs)
    assert result.low < 0 < result.high and not result.beats_chance


def test_sentence_pairs_of_which_none_is_known(pairs):
    result = evaluate(Embedding(["zzz", "yyy"], np.eye(2)), pairs)
    assert (result.score, result.n_used, result.n_total) == (None, 0, 122)


# Texts with labels


def labelled(rng, n, noise=0.0):
    rows = []
    for i in range(n):
        topic = list(TOPICS)[i % 3]
        shown = topic if rng.random() >= noise else rng.choice(list(TOPICS))
        rows.append(f"{sentence(rng, topic)}\t{shown}")
    return "\n".join(rows) + "\n"


def test_probe_reads_planted_topics(embedding, tmp_path):
    rng = np.random.default_rng(1)
    (tmp_path / "train.tsv").write_text("sentence\tlabel\n" + labelled(rng, 90))
    (tmp_path / "dev.tsv").write_text("sentence\tlabel\n" + labelled(rng, 45))
    result = evaluate(embedding, tmp_path)
    assert (result.task, result.score, result.n_used, result.n_total) == ("probe", 1, 45, 45)
    assert result.note.startswith("Trained on train.tsv, tested on dev.tsv.")
    assert [reference["name"] for reference in result.references] == ["word counts", "most frequent label"]
    assert result.references[1]["score"] == pytest.approx(1 / 3)
    assert [(part["name"], part["n_used"]) for part in result.parts] == [("food", 15), ("law", 15), ("sport", 15)]
    rng = np.random.default_rng(0)
    noise = evaluate(Scored(embedding, encoder=encoder(lambda text: rng.standard_normal(10))), tmp_path)
    assert 0.1 < noise.score < 0.6  # a third by chance; seen over 6 seeds: 0.36 to 0.44


def test_probe_is_not_behind_plain_logistic_regression():
    """What tells the labels apart lies in two strong directions; standardising 200 weak ones would drown it."""
    from sklearn.linear_model import LogisticRegression

    rng, gaps = np.random.default_rng(1), []
    for seed in range(3):
        vectors = rng.standard_normal((900, 202)) * np.append([1.0, 1.0], np.full(200, 0.05))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        labels = np.where(vectors[:, 0] + 0.5 * rng.standard_normal(900) > 0, "up", "down")
        texts = LabelledTexts(
            [(f"t{i}", "", label) for i, label in enumerate(labels)], np.arange(900) >= 300, "split", f"d{seed}"
        )
        read = encoder_reader(
            lambda vectors=vectors: SimpleNamespace(
                encode=lambda n, text, tick: vectors[[int(text(i)[1:]) for i in range(n)]]
            )
        )
        found = score_probe(read, texts, Scoring("p", "P"))
        plain = LogisticRegression(max_iter=1000).fit(vectors[:300], labels[:300]).score(vectors[300:], labels[300:])
        gaps.append(found.score - plain)
        assert "C = 0." in found.note and "three-fold cross-validation" in found.note
    assert np.mean(gaps) > -0.01  # seen over five draws: -.003 to .005; standardised at C = 0.1 it was -.11 to -.08


def test_probe_of_two_texts_sees_whether_they_agree(embedding, tmp_path):
    """Whether two sentences have one topic cannot be read off either alone."""
    rng, lines = np.random.default_rng(1), ["sentence1\tsentence2\tlabel"]
    for i in range(300):
        one, other = rng.choice(list(TOPICS), 2, replace=False)
        lines.append(f"{sentence(rng, one)}\t{sentence(rng, one if i % 2 else other)}\t{'same' if i % 2 else 'other'}")
    (tmp_path / "rte.tsv").write_text("\n".join(lines))
    result = evaluate(embedding, tmp_path / "rte.tsv")
    assert result.n_total == 60 and result.score > 0.9  # seen over 6 seeds: 1
    assert " | " in result.rows[0]["text"] and "held out for the test" in result.note


def test_probe_without_two_labels_it_can_read(tmp_path):
    (tmp_path / "train.tsv").write_text("sentence\tlabel\n" + labelled(np.random.default_rng(1), 30))
    result = evaluate(Embedding(["zzz", "yyy"], np.eye(2)), tmp_path / "train.tsv")
    assert result.score is None and "It can read 0 training texts of 0 labels" in result.note


def testmacro_f1_equals_scikit_learns():
    rng = np.random.default_rng(1)
    y = rng.choice(["a", "b", "c"], 200, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random(200) < 0.6, y, rng.choice(["a", "b", "c", "d"], 200))
    score, low, high = macro_f1(y, predicted, 1)
    assert score == pytest.approx(f1_score(y, predicted, average="macro", labels=["a", "b", "c"]))
    assert low < score < high


# Retrieval


def test_retrieval_metrics_equal_scikit_learns():
    """nDCG and average precision over whole rankings, with graded judgements and distinct scores."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        scores, n_relevant = rng.standard_normal(60), int(rng.integers(1, 15))
        relevant, grades = rng.choice(60, n_relevant, replace=False), rng.integers(1, 4, n_relevant).astype(float)
        truth = np.zeros(60)
        truth[relevant] = grades
        found = metrics_of([ranks_of(scores, relevant)], [grades])
        assert found["nDCG@10"][0] == pytest.approx(ndcg_score([truth], [scores], k=10))
        assert found["MAP"][0] == pytest.approx(average_precision_score(truth > 0, scores))
        best = np.argsort(-scores)
        assert found["MRR"][0] == pytest.approx(1 / (1 + np.flatnonzero(truth[best] > 0)[0]))
        assert found["recall@10"][0] == pytest.approx((truth[best[:10]] > 0).sum() / n_relevant)


def test_ranks_of_equal_scores_keep_their_order():
    assert ranks_of(np.array([1.0, 2, 2, 0, 2]), np.array([4, 0, 1])).tolist() == [3, 4, 1]


@pytest.fixture
def collection(tmp_path):
    """Documents of three topics. A query names two words of its topic that no document contains."""
    rng, folder = np.random.default_rng(1), tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    documents, judged, queries = [], ["query-id\tcorpus-id\tscore"], []
    for t, (topic, words) in enumerate(TOPICS.items()):
        queries.append({"_id": f"q{t}", "text": f"the {words[0]} {words[1]}"})
        for i in range(8):
            documents.append(
                {"_id": f"{topic}{i}", "text": " ".join([*rng.choice(GLUE, 4), *rng.choice(words[2:], 4)])}
            )
            judged.append(f"q{t}\t{topic}{i}\t1")
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, documents)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, [*queries, {"_id": "q3", "text": "unheard"}])))
    (folder / "qrels" / "test.tsv").write_text("\n".join([*judged, "q3\tsport0\t1"]))
    return folder


def test_meaning_finds_what_words_do_not(embedding, collection):
    """Queries share no telling word with their documents: BM25 is lost, vectors are not."""
    perfect = evaluate(Scored(embedding, encoder=encoder()), collection)
    assert {metric["name"]: metric["score"] for metric in perfect.metrics} == {
        "nDCG@10": 1,
        "recall@10": 1,
        "recall@100": 1,
        "MRR": 1,
        "MAP": 1,
    }
    result = evaluate(embedding, collection, options={"weighting": "sif"})
    assert (result.task, result.metric, result.n_used, result.n_total) == ("search", "nDCG@10", 3, 4)
    assert result.score > 0.9
    assert result.references[0]["name"] == "BM25" and result.references[0]["score"] < 0.7
    assert (
        "BM25, which only counts words, is not shown to differ" in result.note
    )  # of three queries, nothing can be said
    assert result.rows[0]["query"] == "the ball goal" and result.rows[0]["relevant"] == 8


def test_noise_is_behind_bm25(embedding, tmp_path):
    """Every query is a line of its one document, so counting words is right and random vectors are not."""
    rng, folder = np.random.default_rng(1), tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    texts = [" ".join(f"w{j}" for j in rng.integers(0, 400, 12)) for _ in range(60)]
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps({"_id": str(i), "text": t}) for i, t in enumerate(texts)))
    (folder / "queries.jsonl").write_text(
        "\n".join(json.dumps({"_id": str(i), "text": " ".join(t.split()[:5])}) for i, t in enumerate(texts))
    )
    (folder / "qrels" / "test.tsv").write_text("q\td\ts\n" + "\n".join(f"{i}\t{i}\t1" for i in range(60)))
    result = evaluate(Scored(embedding, encoder=encoder(lambda text: rng.standard_normal(10))), folder)
    assert result.references[0]["score"] > 0.98 and result.score < 0.3  # chance: 0.075
    assert "BM25, which only counts words, is better than the run alone: +0." in result.note
    assert "The run fused with BM25 is better than the run alone: +0." in result.note


def test_reciprocal_ranks_are_fused_by_hand():
    found = fused(np.array([0.1, 0.9, 0.5, -np.inf]), np.array([2.0, 0.0, 3.0, 1.0]))
    expected = [1 / 63 + 1 / 62, 1 / 61, 1 / 62 + 1 / 61, 1 / 63]  # no BM25 for the second, no vector for the fourth
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_bm25_random_vectors_and_fusion_rank_beside_runs(embedding, collection):
    results = [evaluate(embedding, collection, options={"weighting": "sif"}, seed=seed) for seed in (1, 2)]
    beside = systems_beside([(f"run {i}", result, result.rows) for i, result in enumerate(results)])
    assert [name for name, _, _ in beside] == ["BM25", "Random vectors", "run 0 + BM25", "run 1 + BM25"]
    bm25 = beside[0][1]
    assert bm25.score == pytest.approx(results[0].references[0]["score"], abs=1e-6) and bm25.n_used == 3
    assert beside[1][1].score == pytest.approx(results[0].baseline, abs=1e-6)
    old = [{key: row[key] for key in ("item", "query", "nDCG@10", "BM25 nDCG@10")} for row in results[0].rows]
    assert [name for name, _, _ in systems_beside([("old", results[0], old)])] == ["BM25"]


@pytest.mark.parametrize("name", ["pairs", "collection"])
def test_text_benchmarks_report_and_can_be_cancelled(embedding, name, request):
    path, seen = request.getfixturevalue(name), []

    def stop(progress):
        seen.append(progress.fraction)
        if len(seen) > 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(embedding, path, report=stop)
    assert seen == sorted(seen)


def test_scoring_twice_encodes_texts_once(lab, pairs, tmp_path, tiny, monkeypatch):
    corpus = make_corpus(tmp_path, ["the judge and the court", "the river and the rain"])
    (lab.corpora_folder / corpus.id).symlink_to(corpus.folder)
    lab.register_corpus(corpus)
    run, read, real = lab.train(corpus, "transformer", base=tiny, objective="none"), [], Encoder.tokenise
    monkeypatch.setattr(
        Encoder, "tokenise", lambda self, texts, length=None: read.extend(texts) or real(self, texts, length)
    )
    first = lab.evaluate(run, [str(pairs)])
    distinct = {text for line in pairs.read_text().splitlines() for text in line.split("\t")[:2]}
    assert sorted(read) == sorted(distinct)
    again = lab.evaluate(run, [str(pairs)])
    assert len(read) == len(distinct) and (again[0].score, again[0].rows) == (first[0].score, first[0].rows)
