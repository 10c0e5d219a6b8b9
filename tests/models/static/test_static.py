"""Static embedding: means against a slow twin, distilling, pairs, training, rests, what is saved, what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.core.errors import BadInput, BadSetting, TrainingFailed
from embedlab.models.encoders.encoder import load_encoder
from embedlab.models.encoders.load import is_static, open_encoder
from embedlab.models.encoders.static_encoder import means, token_ids
from embedlab.models.static.distil import principal_components, token_vectors, token_weights, tokenizer_of, with_words
from embedlab.models.static.fidelity import agreement
from embedlab.models.static.pairs import find_pairs
from embedlab.models.static.train import StaticConfig, train
from embedlab.models.training.session import Paused, Session

FIRST, SECOND = ["north", "river", "water", "rain", "cloud"], ["stone", "paper", "iron", "gold", "steel"]


def topics(tmp_path, n=120, **options):
    """Texts of words of one of two topics, of two sentences each."""
    rng = np.random.default_rng(0)
    texts = [
        "\n".join(" ".join(rng.choice(words, 4)) for _ in range(2))
        for words in (FIRST if i % 2 else SECOND for i in range(n))
    ]
    return make_corpus(tmp_path, texts, **options)


def gap(trained) -> float:
    """Mean cosine of words within the topics less that between them."""
    same = [trained.embedding.similarity_matrix(words).mean() for words in (FIRST, SECOND)]
    across = trained.embedding.similarity_matrix(FIRST + SECOND)[:5, 5:].mean()
    return float(np.mean(same) - across)


@pytest.fixture(scope="module")
def tiny(tiny_of_three) -> str:
    return tiny_of_three


# Parts


def test_means_equal_a_slow_twin():
    rng = np.random.default_rng(0)
    table, ids = rng.normal(size=(20, 4)).astype(np.float32), rng.integers(0, 20, 12)
    starts = np.array([0, 5, 5, 6, 12])
    slow = [table[ids[a:b]].mean(0) if b > a else np.zeros(4) for a, b in zip(starts, starts[1:], strict=False)]
    np.testing.assert_allclose(means(table, ids, starts), slow, rtol=1e-5, atol=1e-6)


def test_principal_components_keep_the_plane_that_vectors_lie_in():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 9)) + 3
    found, share = principal_components(flat.astype(np.float32), 2)
    assert share == pytest.approx(1, abs=1e-6) and found.shape == (50, 2)
    gaps = [np.linalg.norm(rows[:, None] - rows[None], axis=2) for rows in (flat, found)]
    np.testing.assert_allclose(gaps[1], gaps[0], rtol=1e-3, atol=1e-3)


def test_token_vectors_are_what_the_transformer_says_of_each_alone(tiny):
    encoder = load_encoder(tiny, 16)
    tokenizer = tokenizer_of(encoder, tiny)
    found = token_vectors(encoder, 3000, tick=lambda n: None)
    word = tokenizer.id_to_token(2200)
    assert not word.startswith("##")
    np.testing.assert_allclose(
        found[2200], encoder.encode(1, lambda i: word, tick=lambda n: None)[0], rtol=1e-4, atol=1e-5
    )
    assert not found[tokenizer.token_to_id("[CLS]")].any() and not found[tokenizer.token_to_id("[unused5]")].any()


def test_words_join_the_tokens_and_others_are_still_split(tiny):
    tokenizer = tokenizer_of(load_encoder(tiny, 16), tiny)
    n = tokenizer.get_vocab_size()
    made, gained = with_words(tokenizer, ["Zyxwv", "river", "two words", "rock-n-roll"], tiny)
    assert gained == ["zyxwv"] and made.get_vocab_size() == n + 1
    assert made.encode("a zyxwv river", add_special_tokens=False).tokens == ["a", "zyxwv", "river"]
    assert made.encode("zyxwvut", add_special_tokens=False).tokens[0] == "zyxwv"
    assert tokenizer.encode("qqxzj", add_special_tokens=False).ids == made.encode("qqxzj", add_special_tokens=False).ids


def test_frequent_tokens_weigh_less(tmp_path, tiny):
    corpus = make_corpus(tmp_path, ["the the the river"])
    tokenizer = tokenizer_of(load_encoder(tiny, 16), tiny)
    weights = token_weights(corpus, tokenizer, tokenizer.get_vocab_size(), StaticConfig(sif=0.25), tick=lambda n: None)
    share = [weights[tokenizer.token_to_id(word)] for word in ("the", "river", "stone")]
    assert share == pytest.approx([0.25, 0.5, 1.0])  # a / (a + p) with p = .75, .25, 0


def test_agreement_is_one_with_itself_and_none_with_noise():
    a, b = np.random.default_rng(0).normal(size=(2, 80, 5)).astype(np.float32)
    assert agreement(a, 3 * a)[0] == pytest.approx(1)
    score, low, high = agreement(a, b)
    assert abs(score) < 0.15 and low < 0 < high
    assert agreement(a[:3], b[:3]) is None


# Pairs


def test_pairs_are_of_the_corpus_else_neighbours_else_halves(tmp_path, tiny):
    tokenizer = tokenizer_of(load_encoder(tiny, 16), tiny)

    def found(name, texts, **options):
        return find_pairs(
            make_corpus(tmp_path, texts, name=name, **options),
            tokenizer,
            StaticConfig(),
            seed=1,
            tick=lambda done, n: None,
        )

    pairs = found("p", ["one", "two", "three"], pairs=["first", "", "third"])
    assert pairs.what == "pairs" and pairs.first.tolist() == pairs.second.tolist() == [0, 2]  # one has no second text
    pairs = found("n", ["one\ntwo\nthree", "four\nfive"])
    assert pairs.what == "neighbours" and list(zip(pairs.first.tolist(), pairs.second.tolist())) == [
        (0, 1),
        (1, 2),
        (3, 4),
    ]
    pairs = found("h", ["one two three four", "five six seven", "eight"])
    assert pairs.what == "halves" and pairs.first.tolist() == [0, 1]
    (left, left_at), (right, right_at), _ = pairs.batch(np.array([0, 1]), np.random.default_rng(0))
    whole, starts = token_ids(tokenizer, ["one two three four", "five six seven"])
    for i, (a, b) in enumerate(((slice(0, 2), slice(0, 2)), (slice(2, None), slice(2, None)))):
        assert sorted([*left[a], *right[b]]) == sorted(whole[starts[i] : starts[i + 1]])
    assert left_at.tolist() == right_at.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("texts", "objective", "sentence"),
    [
        (["a b", "c d"], "pairs", "has no pairs of texts. Choose neighbouring sentences or halves"),
        (["a b", "c d"], "neighbours", "Every document of 'planted' is one sentence"),
        (["a", "b c"], "halves", "gives 1 pairs of texts"),
    ],
)
def test_corpus_without_such_pairs_fails_with_a_sentence(tmp_path, tiny, texts, objective, sentence):
    with pytest.raises(TrainingFailed, match=sentence):
        train(make_corpus(tmp_path, texts), StaticConfig(base=tiny, mode="train", objective=objective))


# Training


def test_planted_topics_are_learned_from_neighbouring_sentences(tmp_path, tiny):
    corpus = topics(tmp_path)
    config = StaticConfig(base=tiny, mode="train", dim=16, epochs=20, batch_size=40, learning_rate=2e-2)
    trained = train(corpus, config, seed=1)
    assert gap(trained) > 0.3  # over seeds 1 to 5: .433 to .852
    before = replace(trained, embedding=replace(trained.embedding, vectors=np.asarray(trained.before["words"])))
    assert gap(before) < 0.25  # over seeds 1 to 5: .099 to .185; a word with itself gives .2
    assert trained.loss[-1] < trained.loss[0] and trained.notes["trained_on"] == "neighbouring sentences of a document"


def test_distilled_model_agrees_with_its_transformer(tmp_path, tiny):
    trained = train(topics(tmp_path), StaticConfig(base=tiny, dim=24, vocabulary="words"))
    kept = trained.notes["kept"]
    assert trained.loss == () and kept["agreement"][0] > 0.75  # .905 with seeds 1 to 5, as distilling draws nothing
    assert (
        kept["times_faster"] > 1
    )  # on a busy machine 7 to 48 over seeds 1 to 5, and once 1,269: no more than the direction is asked for
    assert trained.embedding.dim == 24 and 0.5 < trained.notes["variance_kept"] <= 1 and trained.before == {}


def test_resumed_training_equals_an_uninterrupted_one(tmp_path, tiny):
    corpus, kept = topics(tmp_path), []
    config = StaticConfig(base=tiny, mode="train", objective="halves", dim=8, epochs=3, batch_size=30)
    whole = train(corpus, config, seed=2)

    def save(checkpoint):
        kept.append(
            replace(
                checkpoint,
                state=json.loads(json.dumps(checkpoint.state)),
                arrays={name: array.copy() for name, array in checkpoint.arrays.items()},
            )
        )

    with pytest.raises(Paused):
        train(
            corpus,
            config,
            seed=2,
            session=Session(save=save, save_due=lambda: True, pause_asked=lambda: len(kept) == 5),
        )
    assert kept[-1].state["epoch"] == 1 and kept[-1].state["batch"] > 0
    resumed = train(corpus, config, seed=2, session=Session(saved=kept[-1]))
    assert resumed.loss == pytest.approx(whole.loss, rel=1e-5)
    np.testing.assert_allclose(resumed.documents, whole.documents, rtol=1e-4, atol=1e-6)
    with pytest.raises(BadInput, match="saved by another training"):
        train(corpus, replace(config, epochs=4), seed=2, session=Session(saved=kept[-1]))


def test_saved_model_loads_by_the_plain_library_and_gives_the_same_vectors(tmp_path, tiny):
    from sentence_transformers import SentenceTransformer

    corpus = topics(tmp_path, 20)
    trained = train(corpus, StaticConfig(base=tiny, mode="train", dim=8, epochs=1))
    folder = tmp_path / "model"
    trained.encoder.save(folder)
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} <= {".json", ".safetensors", ".md"}
    texts = [corpus.text(i) for i in range(20)]
    np.testing.assert_allclose(
        SentenceTransformer(str(folder), device="cpu").encode(texts), trained.documents, rtol=1e-4, atol=1e-6
    )
    assert is_static(str(folder)) and not is_static(tiny)
    again = open_encoder(str(folder), 16)
    np.testing.assert_allclose(again.encode(20, texts.__getitem__, tick=lambda n: None), trained.documents, rtol=1e-5)
    assert not again.encode(1, lambda i: "", tick=lambda n: None).any()
    with pytest.raises(BadSetting, match="is static itself"):
        train(corpus, StaticConfig(base=str(folder)))


def test_more_dimensions_than_the_transformer_fail_with_a_sentence(tmp_path, tiny):
    with pytest.raises(BadSetting, match="The base model has 32 dimensions, so no more can be distilled; got 64"):
        train(topics(tmp_path, 20), StaticConfig(base=tiny, dim=64))


def test_lab_searches_with_a_static_model(lab, tmp_path, tiny):
    corpus = topics(tmp_path, 20)
    (lab.corpora_folder / corpus.id).symlink_to(corpus.folder)
    lab.register_corpus(corpus)
    run = lab.train(corpus, "static", base=tiny, mode="train", dim=8, epochs=3)
    assert len(lab.search(run, "north river", k=3)) == 3 and run.before("words").shape == run.embedding.vectors.shape
    exported = lab.export(run, "sentence-transformers", tmp_path / "out")
    assert is_static(str(exported))
