"""Advice and estimates of the families, on corpora that suit them and on others."""

from dataclasses import replace

import numpy as np
import pytest

from embedlab.data.build import encode_corpus
from embedlab.data.reading.readers import Document
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.models import DEFAULT, MODELS, advice_of, estimate_of


def advise(corpus, model=DEFAULT, **settings):
    return advice_of(MODELS[model], corpus, settings)


def estimate(corpus, model=DEFAULT, **settings):
    return estimate_of(MODELS[model], corpus, settings)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    documents = [Document("the cat and the dog"), Document("the dog ran"), Document("a cat")]
    return encode_corpus(documents, tmp_path_factory.mktemp("corpora"), name="tiny")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    rng = np.random.default_rng(1)
    words = [f"word{i}" for i in np.minimum(rng.zipf(1.3, 300_000), 20_000)]
    documents = [Document(" ".join(words[i : i + 20])) for i in range(0, len(words), 20)]
    return encode_corpus(
        documents, tmp_path_factory.mktemp("corpora"), name="zipf", preprocessing=Preprocessing(tokenizer="whitespace")
    )


def test_advise_a_tiny_corpus(corpus):
    [nothing] = advise(corpus, min_count=5)
    assert (nothing.level, nothing.setting, nothing.value, nothing.stops) == ("warning", "min_count", 2, True)
    assert nothing.sentence == (
        "No word occurs 5 times, so nothing would be trained. The most frequent one, "
        "'the', occurs 3 times: lower the minimum count."
    )
    text = " ".join(advice.sentence for advice in advise(corpus, min_count=2, dim=50, window=9, epochs=5))
    for part in (
        "50 dimensions are more than the 3 words",
        "7 tokens are few",
        "is longer than most sentences",
        "3.3 tokens on average",
        "5 epochs are few, try 30",
    ):
        assert part in text
    assert "one word has no neighbours" in " ".join(a.sentence for a in advise(corpus, min_count=3))


def test_advise_puts_warnings_first(corpus):
    levels = [advice.level for advice in advise(corpus, min_count=1, dim=50, window=9)]
    assert levels == sorted(levels, reverse=True) and set(levels) == {"warning", "note"}


def test_advise_a_medium_corpus(large):
    found = advise(large, dim=50, epochs=20, min_count=1)
    assert [advice.level for advice in found] == ["note"]
    assert "300,000 tokens give useful neighbours for frequent words only" in found[0].sentence
    usual = MODELS[DEFAULT].automatic(large, {})
    many = next(a for a in advise(large, dim=500, min_count=1) if a.setting == "dim")
    assert many.sentence == f"500 dimensions need about 500,000 tokens; with 300,000 try {usual['dim']} dimensions."
    assert many.value == usual["dim"] and not many.stops
    assert "drops" in " ".join(a.sentence for a in advise(large, min_count=20))


@pytest.mark.parametrize("model", ["word2vec", "glove"])
def test_automatic_settings_are_not_advised_against(corpus, large, model):
    for each in (corpus, large):
        assert {advice.setting for advice in advise(each, model=model)} <= {"", "window"}


def test_advise_for_a_transformer(corpus, large):
    assert "3 documents are too few" in advise(corpus, model="transformer", batch_size=4)[0].sentence
    assert advise(large, model="transformer")[0].level == "good"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Pairs with one score for all, labels of which one is rare, two sentences in no document."""
    documents = [
        Document(f"text {i}", pair=f"other {i}", score=1.0, label="rare" if i < 2 else "common") for i in range(300)
    ]
    return encode_corpus(documents, tmp_path_factory.mktemp("corpora"), name="graded")


@pytest.mark.parametrize(
    ("model", "objective", "said"),
    [
        ("transformer", "pairs", "tiny has no pairs of texts"),
        ("transformer", "graded", "tiny has no pairs of texts"),
        ("transformer", "labels", "tiny has no labels, so there is nothing to pull together"),
        ("static", "pairs", "tiny has no pairs of texts"),
        ("static", "neighbours", "tiny has one sentence a document"),
    ],
)
def test_advise_warns_where_the_corpus_lacks_what_the_objective_needs(corpus, model, objective, said):
    more = {"mode": "both"} if model == "static" else {}
    [advice] = advise(corpus, model=model, objective=objective, **more)
    assert advice.level == "warning" and advice.sentence.startswith(said)
    instead = "halves" if model == "static" else "simcse"
    assert (advice.setting, advice.value, advice.stops) == ("objective", instead, True)


@pytest.mark.parametrize(
    ("model", "settings"),
    [("transformer", {}), ("classifier", {"leave_out_rare": True}), ("static", {"mode": "train"}), ("masked", {})],
)
def test_a_batch_larger_than_the_data_stops_with_one_that_fits(tmp_path, model, settings):
    documents = [Document(f"text {i} of many", label="ab"[i % 2]) for i in range(12)]
    corpus = encode_corpus(documents, tmp_path, name="twelve")
    advice = next(a for a in advise(corpus, model=model, **settings) if a.setting == "batch_size")
    assert advice.stops and advice.value < 12 and "is more than the" in advice.sentence
    assert not any(a.stops for a in advise(corpus, model=model, batch_size=advice.value, **settings))


def test_advise_is_content_where_the_objective_has_what_it_needs(corpus, graded):
    assert advise(corpus, model="transformer", objective="none")[0].level == "good"
    assert "has no pairs" not in advise(graded, model="transformer", objective="pairs")[0].sentence
    assert (
        advise(graded, model="static", mode="both", objective="pairs")[0].level
        == advise(graded, model="static", mode="both", objective="auto")[0].level
        == "good"
    )
    assert advise(graded, model="transformer", objective="graded")[0].sentence.startswith(
        "graded has one score for all pairs"
    )


def test_advise_of_a_classifier_names_a_label_too_rare_to_be_split(graded):
    assert advise(graded, model="classifier")[0].sentence.startswith(
        "The label 'rare' has 2 documents; training, validation and test need one each."
    )
    rare = advise(graded, model="classifier")[0]
    assert (rare.setting, rare.value, rare.stops) == ("leave_out_rare", True, True)
    assert advise(graded, model="classifier", leave_out_rare=True)[0].sentence.startswith(
        "graded has fewer than two labels of 3 documents or more"
    )


@pytest.mark.parametrize("model", ["word2vec", "glove", "transformer"])
def test_estimate_grows_with_the_work(large, model):
    less, more = estimate(large, model=model, epochs=5), estimate(large, model=model, epochs=10)
    assert 0 < less.seconds < more.seconds and less.bytes > 1e8
    assert less.sentence.startswith("Rough estimate: ")
    if model != "transformer":
        assert estimate(large, model=model, dim=300).seconds > less.seconds
        assert estimate(large, model=model, window=10).seconds > less.seconds


def test_estimate_of_a_transformer_counts_what_is_trained_on(large):
    whole = estimate(large, model="transformer").seconds
    assert estimate(large, model="transformer", max_documents=1_000).seconds < whole / 4
    assert (
        estimate(large, model="transformer", max_documents=15_000).seconds > 1.2 * whole
    )  # more than the 10,000 of the default
    alone = estimate(large, model="transformer", objective="none")
    assert alone.seconds == estimate(large, model="transformer", objective="none", epochs=9).seconds < whole / 10
    assert alone.bytes < estimate(large, model="transformer").bytes
    assert (
        estimate(large, model="transformer", objective="none", encoding="float32").seconds > 2 * alone.seconds
    )  # where eight bits would be taken


def test_estimate_of_word2vec_at_the_measured_point(large):
    assert estimate(large, dim=100, epochs=250).seconds == pytest.approx(30)
    assert estimate(large, dim=100, epochs=250, workers=1).seconds == pytest.approx(60)
    assert estimate(large, dim=100, epochs=570, architecture="cbow").seconds == pytest.approx(30)


def test_estimate_of_an_empty_vocabulary(corpus):
    assert estimate(corpus, model="glove", min_count=99).seconds == 0


def test_estimate_of_a_family_that_makes_none(corpus):
    assert estimate_of(replace(MODELS["glove"], estimate=None), corpus, {}) is None
