"""Transformer: losses against slow twins, batches, planted classes separated, errors of unsuitable corpora."""

import os
import socket
import threading

import numpy as np
import pytest
import reference
from helpers.corpus_factory import make_corpus
from helpers.frames import FRAMES, THINGS, planted

from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.progress import Cancelled
from embedlab.models.encoders.batches import even_batches, label_batches
from embedlab.models.encoders.encoder import Encoder, load_encoder
from embedlab.models.transformer.train import (
    TransformerConfig,
    choose_texts,
    easy_from_the_start,
    nothing_learned,
    train,
)


def separation(vectors, labels) -> float:
    """Mean cosine within classes minus between them."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    same = labels[:, None] == labels[None, :]
    cosines = unit @ unit.T
    return float(cosines[same & ~np.eye(len(unit), dtype=bool)].mean() - cosines[~same].mean())


# Losses and batches


def test_info_nce_equals_twin_and_is_invariant_to_length():
    torch = pytest.importorskip("torch")
    from embedlab.models.encoders.losses import info_nce

    a, b = np.random.default_rng(0).normal(size=(2, 6, 5))
    slow = reference.info_nce(a, b, 0.1)
    assert float(info_nce(torch.tensor(a), torch.tensor(b), temperature=0.1)) == pytest.approx(slow, rel=1e-10)
    assert float(info_nce(torch.tensor(3 * a), torch.tensor(b / 2), temperature=0.1)) == pytest.approx(slow, rel=1e-10)


def test_info_nce_does_not_push_equal_texts_apart():
    torch = pytest.importorskip("torch")
    from embedlab.models.encoders.losses import info_nce

    a, b = np.random.default_rng(1).normal(size=(2, 3, 4))
    same = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    found = info_nce(torch.tensor(a), torch.tensor(b), temperature=0.5, same=same)
    scores = np.array([[reference.cosine(x, y) / 0.5 for y in b] for x in a])
    kept = [[0, 2], [1, 2], [0, 1, 2]]  # rows 0 and 1 hold one text: neither is a negative of the other
    slow = np.mean([np.log(np.exp(scores[i, kept[i]]).sum()) - scores[i, i] for i in range(3)])
    assert float(found) == pytest.approx(slow, rel=1e-10)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 4, 5], [0, 0, 0, 0, 0, 0]])
def test_supervised_contrastive_equals_twin(labels):
    torch = pytest.importorskip("torch")
    from embedlab.models.encoders.losses import supervised_contrastive

    vectors = np.random.default_rng(2).normal(size=(6, 4))
    found = supervised_contrastive(torch.tensor(vectors), torch.tensor(labels), temperature=0.2)
    assert float(found) == pytest.approx(reference.supervised_contrastive(vectors, labels, 0.2), rel=1e-10)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 1, 2], [0, 1, 2, 3, 4, 5]])
def test_gradient_of_supervised_contrastive_equals_finite_differences(labels):
    torch = pytest.importorskip("torch")
    from embedlab.models.encoders.losses import supervised_contrastive

    vectors = torch.tensor(np.random.default_rng(3).normal(size=(6, 3)), requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda v: supervised_contrastive(v, torch.tensor(labels), temperature=0.5), vectors, rtol=1e-4
    )


def test_even_batches_leave_no_short_tail():
    assert [len(batch) for batch in even_batches(np.arange(33), 32)] == [17, 16]
    assert [len(batch) for batch in even_batches(np.arange(5), 32)] == [5]


def test_label_batches_give_every_row_company_of_its_label():
    labels = np.repeat([0, 1, 2, 3], [50, 7, 1, 2])
    rows = np.arange(60) + 100
    batches = label_batches(rows, labels, 16, np.random.default_rng(4))
    assert set(np.concatenate(batches)) == set(rows) and max(map(len, batches)) <= 16
    assert sum(map(len, batches)) == 61  # the seventh of label 1 takes a partner that is drawn again
    for batch in batches:
        own = labels[batch - 100].tolist()
        assert all(own.count(label) >= 2 for label in own if label != 2)


# Training


@pytest.mark.slow
def test_labels_separate_planted_classes(tmp_path):
    corpus = planted(tmp_path)
    labels = np.asarray(corpus.labels)
    config = TransformerConfig(objective="labels", epochs=6, batch_size=16, learning_rate=1e-4, max_length=16)
    before = train(corpus, TransformerConfig(objective="none", max_length=16))
    assert separation(before.documents, labels) < 0.25  # the frames say as much as the things: 0.19
    assert before.loss == () and before.seconds == 0 and before.raw_words == 0
    trained = train(corpus, config)
    assert (
        separation(trained.documents, labels) > separation(before.documents, labels) + 0.12
    )  # over six seeds: 0.40 to 0.47
    assert trained.documents.shape == (40, 384) and trained.documents.dtype == np.float32
    assert trained.embedding.words == corpus.vocabulary.words
    assert len(trained.loss) == 6 and trained.loss[5] < trained.loss[0] and trained.seconds > 0
    assert trained.raw_words == 6 * corpus.n_tokens


def test_simcse_learns_to_recognise_a_text_and_uses_dropout(tmp_path, tiny):
    corpus = planted(tmp_path)
    trained = train(corpus, TransformerConfig(base=tiny, epochs=8, batch_size=20, learning_rate=1e-3, warmup=0.0))
    assert trained.loss[0] > 0.05 and trained.loss[-1] < trained.loss[0]
    assert trained.notes["unit"] == "document" and trained.notes["texts"] == 40


def test_simcse_without_dropout_says_so(tmp_path, tiny):
    encoder = load_encoder(tiny, 32)
    config = encoder.model[0].model.config
    config.attention_probs_dropout_prob = config.hidden_dropout_prob = 0.0
    encoder.save(tmp_path / "still")
    with pytest.raises(TrainingFailed, match="has no dropout, so SimCSE cannot read a text in two ways"):
        train(planted(tmp_path), TransformerConfig(base=str(tmp_path / "still")))


def test_pairs_are_pulled_together(tmp_path, tiny):
    texts = [f"{frame.format(thing)}" for things in THINGS.values() for thing in things for frame in FRAMES]
    partners = [text.split()[0] + " said so" if i % 7 else "" for i, text in enumerate(texts)]
    corpus = make_corpus(tmp_path, texts, pairs=partners)
    trained = train(
        corpus, TransformerConfig(base=tiny, objective="pairs", epochs=6, batch_size=20, learning_rate=1e-3)
    )
    assert trained.loss[-1] < trained.loss[0]


def test_training_repeats_with_the_same_seed(tmp_path, tiny):
    corpus, config = (
        planted(tmp_path),
        TransformerConfig(base=tiny, objective="labels", batch_size=8, learning_rate=1e-3),
    )
    first, again, other = (train(corpus, config, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_allclose(first.documents, again.documents, rtol=1e-5, atol=1e-6)
    assert np.abs(first.documents - other.documents).max() > 1e-3


def test_saved_encoder_gives_the_same_vectors_and_is_safetensors(tmp_path, tiny):
    corpus = planted(tmp_path)
    trained = train(corpus, TransformerConfig(base=tiny, objective="labels", learning_rate=1e-3))
    trained.encoder.save(tmp_path / "model")
    names = {path.name for path in (tmp_path / "model").rglob("*") if path.is_file()}
    assert "model.safetensors" in names and "modules.json" in names
    assert not any(name.endswith((".bin", ".pt", ".pkl", ".py")) for name in names)
    again = load_encoder(str(tmp_path / "model"), 64)
    vectors = again.encode(corpus.n_documents, corpus.text, tick=lambda done: None)
    np.testing.assert_allclose(vectors, trained.documents, rtol=1e-5, atol=1e-6)


def test_encoding_keeps_the_order_of_texts_of_any_length(tiny):
    encoder, texts = load_encoder(tiny, 16), [f"{i} " + "word " * (1 + (7 * i) % 50) for i in range(150)] + ["", ""]
    done = []
    vectors = encoder.encode(len(texts), texts.__getitem__, tick=done.append)
    alone = encoder.encode(1, lambda i: texts[3], tick=done.append)
    np.testing.assert_allclose(vectors[3], alone[0], rtol=1e-4, atol=1e-5)
    assert np.array_equal(vectors[150], vectors[151])
    assert (
        done[-2:] == [152, 1] and len(done) > 2 and done[:-1] == sorted(done[:-1])
    )  # batch by batch, in whatever order they end


def test_texts_past_the_limit_are_noted(tmp_path, tiny):
    config = TransformerConfig(base=tiny, max_documents=10, max_words=7)
    trained = train(planted(tmp_path), config)
    assert trained.notes["warnings"] == ["Each epoch trained on 10 of 40 texts, drawn at random."]
    assert len(trained.embedding) == 7 and len(trained.documents) == 40


def test_sentences_are_taken_when_documents_are_few(tmp_path):
    corpus = make_corpus(tmp_path, ["one two\nthree four\nfive six", "seven eight"])
    chosen = choose_texts(corpus, TransformerConfig())
    assert chosen.unit == "sentence" and [chosen.read(i) for i in chosen.rows] == [
        "one two",
        "three four",
        "five six",
        "seven eight",
    ]
    assert chosen.n_tokens.tolist() == [2, 2, 2, 2]
    whole = choose_texts(corpus, TransformerConfig(unit="document"))
    assert whole.unit == "document" and whole.n_tokens.tolist() == [6, 2]


def test_labels_with_one_document_are_noted_and_missing_ones_left_out(tmp_path, tiny):
    corpus = make_corpus(tmp_path, ["a b", "a c", "b d", "b e", "z", "q"], ["x", "x", "y", "y", "rare", None])
    chosen = choose_texts(corpus, TransformerConfig(objective="labels"))
    assert chosen.rows.tolist() == [0, 1, 2, 3, 4]
    trained = train(corpus, TransformerConfig(base=tiny, objective="labels"))
    assert trained.notes["warnings"][0].startswith("1 of 3 labels have one document only")


@pytest.mark.parametrize("word", ["Loading", "Epoch 1", "Encoding words", "Encoding documents"])
def test_cancelling_stops_there(tmp_path, tiny, word):
    seen = []

    def report(progress):
        seen.append(progress.message)
        if word in progress.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(planted(tmp_path), TransformerConfig(base=tiny), report=report)
    assert word in seen[-1]


def test_cancelling_does_not_wait_for_a_long_step(tmp_path, tiny, monkeypatch):
    torch = pytest.importorskip("torch")
    real, go_on, ended = Encoder.forward, threading.Event(), threading.Event()

    def slow(self, texts):
        if torch.is_grad_enabled():  # training, not encoding
            go_on.wait(60)
            ended.set()
        return real(self, texts)

    def report(progress):
        if "Epoch 1" in progress.message:
            raise Cancelled

    monkeypatch.setattr(Encoder, "forward", slow)
    with pytest.raises(Cancelled):
        train(planted(tmp_path), TransformerConfig(base=tiny, batch_size=8), report=report)
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(60)


# What does not fit


@pytest.mark.parametrize(
    ("objective", "options", "sentence"),
    [
        ("labels", {}, "has no labels. Choose SimCSE"),
        ("labels", {"labels": [None, None]}, "has no labels. Choose SimCSE"),
        ("labels", {"labels": ["x", "x"]}, "All labelled documents of 'planted' have the label 'x'"),
        ("labels", {"labels": ["x", "y"]}, "No label of 'planted' has two documents"),
        ("pairs", {}, "has no pairs of texts. Choose SimCSE"),
    ],
)
def test_corpus_that_lacks_what_the_objective_needs_fails_with_a_sentence(tmp_path, objective, options, sentence):
    with pytest.raises(TrainingFailed, match=sentence):
        train(make_corpus(tmp_path, ["a b", "c d"], **options), TransformerConfig(objective=objective))


def test_single_text_fails_with_a_sentence(tmp_path):
    with pytest.raises(TrainingFailed, match="has 1 documents to train on; contrasting needs two or more"):
        train(make_corpus(tmp_path, ["a b"]), TransformerConfig())


def test_loss_that_is_not_finite_fails_with_a_sentence(tmp_path, tiny, monkeypatch):
    real = Encoder.forward
    monkeypatch.setattr(
        Encoder, "forward", lambda self, texts: real(self, texts) * (float("nan") if self.model.training else 1)
    )
    with pytest.raises(TrainingFailed, match="The loss is not a finite number with a learning rate of 2e-05"):
        train(planted(tmp_path), TransformerConfig(base=tiny, objective="labels"))


def test_memory_that_runs_out_fails_with_a_sentence(tmp_path, tiny, monkeypatch):
    def full(self, texts):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.")

    monkeypatch.setattr(Encoder, "forward", full)
    with pytest.raises(TrainingFailed, match="Memory ran out with batches of 32 texts of up to 64 tokens"):
        train(planted(tmp_path), TransformerConfig(base=tiny))


def test_base_that_is_neither_folder_nor_name_fails_with_a_sentence():
    with pytest.raises(BadSetting, match="is neither a folder with a model nor a model name"):
        load_encoder("no such/folder/here", 64)


def test_folder_without_safetensors_fails_with_a_sentence(tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadSetting, match="holds no safetensors weights"):
        load_encoder(str(tmp_path), 64)


def test_a_path_that_holds_no_model_says_the_same_whether_it_is_there_or_not(tmp_path):
    (tmp_path / "there").mkdir()
    said = []
    for name in ("there", "missing"):
        with pytest.raises(BadSetting) as found:
            load_encoder(str(tmp_path / name), 64)
        said.append(str(found.value).replace(name, ""))
    assert said[0] == said[1]


def test_folder_that_wants_its_own_code_is_refused(tmp_path, tiny):
    import shutil

    folder = tmp_path / "own"
    shutil.copytree(tiny, folder)
    (folder / "modules.json").write_text('[{"idx": 0, "name": "0", "path": "", "type": "own_code.Module"}]')
    (folder / "own_code.py").write_text("raise SystemExit('this must never run')")
    with pytest.raises(BadSetting, match="could not be loaded as a sentence encoder"):
        load_encoder(str(folder), 64)


def test_hub_name_without_network_fails_soon_with_a_sentence(tmp_path, monkeypatch):
    def no_network(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setitem(os.environ, "HF_HOME", str(tmp_path))
    with pytest.raises(BadSetting, match="The model 'some-team/some-model' could not be fetched: no network"):
        load_encoder("some-team/some-model", 64)


def test_a_tiny_loss_of_simcse_is_explained():
    assert "A loss of 3e-05 is usual for SimCSE and no sign of quality" in easy_from_the_start((0.00003,), "simcse")[0]
    assert easy_from_the_start((0.4,), "simcse") == easy_from_the_start((0.00003,), "pairs") == []
    assert easy_from_the_start((0.0,), "simcse") == []  # which nothing_learned explains


def test_a_loss_of_zero_throughout_is_no_success():
    assert nothing_learned((0.4, 0.0), "pairs") == [] and nothing_learned((), "none") == []
    assert nothing_learned((0.0, 0.0), "pairs")[0].startswith(
        "The loss was 0 throughout: no pair has a counter-example"
    )
    assert "no two pairs differ in their score" in nothing_learned((0.0,), "graded")[0]
