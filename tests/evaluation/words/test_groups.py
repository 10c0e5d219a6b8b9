"""Benchmarks of groups of words: classes, the odd one out, and associations; planted ones are found, noise is not."""

import numpy as np
import pytest
from helpers.associations import association_file, association_words, slow_weat

from embedlab.evaluation import evaluate
from embedlab.vectors.embedding import Embedding

# Word classes


KINDS = {"sport": "ball goal team match win", "food": "bread soup cook taste oven", "law": "court judge trial law jury"}


@pytest.fixture
def classes(tmp_path):
    path = tmp_path / "kinds.tsv"
    path.write_text(
        "word\tclass\n"
        + "".join(f"{word}\t{kind}\n" for kind, words in KINDS.items() for word in words.split())
        + "unseen\tlaw\n"
    )
    return path


def kinds_embedding(spread: float) -> Embedding:
    words = [word for kind in KINDS.values() for word in kind.split()]
    return Embedding(
        words, np.repeat(np.eye(8)[:3], 5, axis=0) + spread * np.random.default_rng(1).standard_normal((15, 8))
    )


def test_planted_classes_are_pure_and_noise_is_not(classes):
    result = evaluate(kinds_embedding(0.05), classes)
    assert (result.task, result.metric, result.score, result.n_used, result.n_total) == ("classes", "purity", 1, 15, 16)
    assert result.baseline < 0.8  # seen over 8 seeds: 0.33 to 0.6
    assert result.missing == ["unseen"]
    assert result.rows[0] == {"item": 0, "word": "ball", "class": "sport", "cluster of": "sport", "right": True}
    assert [(part["name"], part["score"], part["n_used"], part["n_total"]) for part in result.parts] == [
        ("sport", 1, 5, 5),
        ("food", 1, 5, 5),
        ("law", 1, 5, 6),
    ]


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
    assert [row["got"] for row in result.rows] == [
        embedding.odd_one_out(row["words"].split(", "))[0] for row in result.rows
    ]


def test_classes_of_which_too_few_are_known(classes):
    result = evaluate(Embedding(["ball", "x", "y"], np.eye(3)), classes)
    assert (result.score, result.n_used) == (None, 1)
    assert result.note.startswith("The run has vectors for 1 of the 16 words, which is too few")


# Association tests


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
        assert (
            strong.score > 1.5 and strong.metrics[1]["score"] < 0.01
        )  # seen over 20 seeds: d 1.79 to 1.92, p under 0.0003
        assert strong.note.endswith("This describes the corpus, not the world.") and strong.low > 0.9
        assert abs(strong.baseline) < 0.1  # the mean of 200 draws, of which each is up to 1.2
        assert strong.baseline_low < -0.6 and strong.baseline_high > 0.6
    noise = [evaluate(association_words(0, seed), path) for seed in range(20)]
    assert (
        sum(result.metrics[1]["score"] < 0.05 for result in noise) <= 4
    )  # 1 in 20 by design; seen over 5 ranges of seeds: 0 to 2
    assert "No association is shown" in max(noise, key=lambda result: result.metrics[1]["score"]).note


def test_association_drawn_and_tried_partitions_agree(monkeypatch):
    from embedlab.evaluation.words import bias

    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(7) + 0.8, rng.standard_normal(7)
    exact = bias.permutation_p(x, y, seed=1)
    monkeypatch.setattr(bias, "comb", lambda n, k: 10**9)
    np.testing.assert_allclose(bias.permutation_p(x, y, seed=1), exact, atol=0.015)


def test_association_of_words_the_run_does_not_have(tmp_path):
    result = evaluate(Embedding(["x0", "x1", "y0"], np.eye(3)), association_file(tmp_path))
    assert result.score is None and result.note.startswith(
        "Each list needs 2 words that the run has; it has 2 of x, 1 of y, 0 of a"
    )
