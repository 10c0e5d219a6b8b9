"""Classifier: planted labels in every mode, splits, scores against scikit-learn, pauses, saving and refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.core.errors import BadInput, BadSetting, TrainingFailed
from embedlab.core.progress import Cancelled
from embedlab.models.classifier import tune
from embedlab.models.classifier.head import HeadFit, Labelled, fit_head, load_classifier
from embedlab.models.classifier.layers import close_after_training, learning, n_frozen, open_for_training
from embedlab.models.classifier.scores import accuracy, confusion_matrix, macro_f1, precision_recall_f1, with_interval
from embedlab.models.classifier.split import split_corpus, stratified
from embedlab.models.classifier.train import ClassifierConfig, train
from embedlab.models.encoders.encoder import load_encoder
from embedlab.models.encoders.frozen_layers import Reader
from embedlab.models.training.session import Paused, Session

MARKS = {"yes": ["north", "river"], "no": ["stone", "paper"]}
FILLER = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
QUICK = dict(max_length=16, max_words=5, batch_size=16, head_epochs=1)


def planted(tmp_path, n=120, shuffled=False):
    """Texts of random words, where every second word depends on the label. shuffled: labels without meaning."""
    rng = np.random.default_rng(0)
    labels = ["yes" if i % 2 else "no" for i in range(n)]
    texts = [
        " ".join(rng.permutation([*rng.choice(FILLER, 5), rng.choice(MARKS[label])]).tolist()) + f" {i}"
        for i, label in enumerate(labels)
    ]
    return make_corpus(tmp_path, texts, rng.permutation(labels).tolist() if shuffled else labels)


@pytest.fixture(scope="module")
def tiny(tiny_of_three) -> str:
    return tiny_of_three


# The split


def test_split_is_stratified_disjoint_and_repeats_with_its_seed(tmp_path):
    labels = ["a"] * 70 + ["b"] * 25 + ["c"] * 5 + [None] * 20
    corpus = make_corpus(tmp_path, [f"text {i}" for i in range(120)], labels)
    split = split_corpus(corpus, ClassifierConfig(), seed=3)
    parts = (split.train, split.validation, split.test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(100))
    assert [np.bincount(split.labels[part]).tolist() for part in parts] == [[49, 18, 3], [7, 2, 1], [14, 5, 1]]
    again, other = (split_corpus(corpus, ClassifierConfig(), seed=seed) for seed in (3, 4))
    assert again.test.tolist() == split.test.tolist() != other.test.tolist()
    assert split.said.startswith("The corpus names no split, so 100 of 100 labelled documents were split at random")


def test_stratified_leaves_every_part_something_of_three():
    for shares in ((0.4, 0.4), (0.02, 0.02)):
        train_part, validation, test = stratified(np.array([0, 0, 0, 1, 1, 1, 1]), *shares, np.random.default_rng(0))
        labels = np.array([0, 0, 0, 1, 1, 1, 1])
        assert all(set(labels[part]) == {0, 1} for part in (train_part, validation, test))


def test_repeated_texts_are_in_no_second_part(tmp_path):
    texts = [f"text {i}" for i in range(20)] + ["Text  3", "text 4", " "]
    split = split_corpus(make_corpus(tmp_path, texts, ["a", "b"] * 10 + ["b", "a", "a"]), ClassifierConfig(), seed=1)
    assert max(np.concatenate([split.train, split.validation, split.test])) == 19
    assert split.warnings[0].startswith("3 labelled documents are blank or have the text of an earlier one")


def test_more_documents_than_asked_for_are_drawn_in_proportion(tmp_path):
    corpus = make_corpus(tmp_path, [f"text {i}" for i in range(200)], ["a"] * 150 + ["b"] * 50)
    split = split_corpus(corpus, ClassifierConfig(max_documents=40), seed=1)
    used = np.concatenate([split.train, split.validation, split.test])
    assert np.bincount(split.labels[used]).tolist() == [30, 10] and (split.labels >= 0).sum() == 40


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (None, "has no labels, so there is nothing to learn"),
        ([None] * 8, "has no labels, so there is nothing to learn"),
        (["x"] * 8, "All labelled documents of 'planted' have the label 'x'; a classifier needs two labels"),
        (["x"] * 6 + ["y"] * 2, "The label 'y' has 2 different documents; training, validation and test need one each"),
    ],
)
def test_labels_that_allow_no_split_fail_with_a_sentence(tmp_path, labels, sentence):
    with pytest.raises(TrainingFailed, match=sentence):
        train(make_corpus(tmp_path, [f"text {i}" for i in range(8)], labels), ClassifierConfig())


def test_rare_labels_can_be_left_out(tmp_path):
    corpus = make_corpus(tmp_path, [f"text {i}" for i in range(14)], ["x"] * 6 + ["rare"] * 2 + ["y"] * 6)
    split = split_corpus(corpus, ClassifierConfig(leave_out_rare=True), seed=1)
    assert split.names == ["x", "y"] and split.labels.tolist() == [0] * 6 + [-1] * 2 + [1] * 6
    assert split.warnings == ("Left out, with fewer than 3 documents: rare.",)


# Scores


def test_scores_equal_those_of_scikit_learn():
    from sklearn import metrics

    rng = np.random.default_rng(1)
    true, predicted = rng.integers(0, 4, 300), rng.integers(0, 3, 300)  # label 3 is never answered
    matrix = confusion_matrix(true, predicted, 5)  # label 4 does not occur
    np.testing.assert_array_equal(matrix[:4, :4], metrics.confusion_matrix(true, predicted))
    p, r, f, _ = metrics.precision_recall_fscore_support(true, predicted, labels=range(5), zero_division=0)
    for mine, theirs in zip(precision_recall_f1(matrix), (p, r, f), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    assert macro_f1(matrix) == pytest.approx(metrics.f1_score(true, predicted, average="macro"), rel=1e-12)
    assert accuracy(matrix) == pytest.approx(metrics.accuracy_score(true, predicted), rel=1e-12)


def test_interval_of_accuracy_is_that_of_a_share():
    score, low, high = with_interval(accuracy, np.array([[80, 20], [20, 80]]), seed=1)
    reach = 1.96 * np.sqrt(0.8 * 0.2 / 200)
    assert score == 0.8 and low == pytest.approx(0.8 - reach, abs=0.01) and high == pytest.approx(0.8 + reach, abs=0.01)


# Training


# Accuracy over seeds 1 to 5: probe .958 to 1, top and lora 1, full .958 to 1; a new probe before .771 to .875, after
# .958 to 1.
RATES = {"probe": 1e-3, "top": 3e-3, "lora": 1e-3, "full": 3e-3}


def learned(corpus, tiny: str, mode: str):
    """What training on planted labels gives, after the checks that every mode has to pass."""
    options = QUICK | {"head_epochs": 200 if mode == "probe" else 1}
    config = ClassifierConfig(base=tiny, mode=mode, epochs=8, learning_rate=RATES[mode], **options)
    trained = train(corpus, config, seed=1)
    found = trained.notes["classification"]
    assert found["accuracy"][0] > 0.85
    assert found["majority"]["accuracy"][0] == 0.5
    assert trained.loss[-1] < trained.loss[0] and len(trained.validation) == len(trained.loss)
    assert trained.documents.shape == (240, 32)
    return trained


def test_planted_labels_are_learned_by_a_probe_which_leaves_the_encoder_alone(tmp_path, tiny):
    trained = learned(planted(tmp_path, 240), tiny, "probe")
    assert trained.before == {} and "start_end" not in trained.notes


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["top", "lora", "full"])
def test_planted_labels_are_learned_by_training_the_encoder(tmp_path, tiny, mode):
    corpus = planted(tmp_path, 240)
    before = np.abs(load_encoder(tiny, 16).encode(240, corpus.text, tick=lambda n: None))
    trained = learned(corpus, tiny, mode)
    start_end = trained.notes["start_end"][0]
    assert start_end["end"][0] > start_end["start"][0] + 0.05 and start_end["n"] == 48
    assert (
        trained.before["documents"].shape == trained.documents.shape
        and trained.before["words"].shape == trained.embedding.vectors.shape
    )
    np.testing.assert_allclose(np.abs(trained.before["documents"]), before, rtol=1e-4, atol=1e-5)
    assert np.abs(trained.before["documents"] - trained.documents).max() > 0.01


@pytest.mark.slow
def test_labels_that_say_nothing_of_the_text_are_answered_by_chance(tmp_path, tiny):
    corpus = planted(tmp_path, 240, shuffled=True)
    trained = train(corpus, ClassifierConfig(base=tiny, mode="full", epochs=8, learning_rate=3e-3, **QUICK), seed=1)
    assert trained.loss[-1] < trained.loss[0]  # learned by heart
    assert trained.notes["classification"]["accuracy"][0] < 0.65  # over seeds 1 to 5: .458 to .542


def test_mistakes_carry_their_text_the_surest_first(tmp_path, tiny):
    corpus = planted(tmp_path)
    trained = train(corpus, ClassifierConfig(base=tiny, mode="probe", **QUICK), seed=1)
    found = trained.notes["classification"]
    mistakes, matrix = found["mistakes"], np.array(found["confusion"])
    assert len(mistakes) == matrix.sum() - np.trace(matrix) > 0
    assert [m["probability"] for m in mistakes] == sorted((m["probability"] for m in mistakes), reverse=True)
    for mistake in mistakes:
        row = mistake["document"] - 1
        assert (
            mistake["text"] == corpus.text(row)
            and mistake["label"] == corpus.label_names[corpus.labels[row]] != mistake["predicted"]
        )


def test_lora_trains_few_numbers_and_leaves_a_plain_model(tmp_path, tiny):
    encoder, config = load_encoder(tiny, 16), ClassifierConfig(mode="lora", lora_rank=2)
    n_all = sum(p.numel() for p in encoder.model.parameters())
    opened = open_for_training(encoder, config, seed=1)
    assert 0 < sum(p.numel() for p in learning(encoder)) < 0.01 * n_all
    for p in learning(encoder):
        p.data.add_(0.05)
    encoder.model.eval()
    texts = ["north river stone", "one two"]
    adapted = encoder.forward(texts).detach().numpy()
    close_after_training(encoder, opened)
    encoder.save(tmp_path / "merged")
    plain = load_encoder(str(tmp_path / "merged"), 16)
    assert not any("lora" in name for name, _ in plain.model.named_parameters())
    np.testing.assert_allclose(plain.forward(texts).detach().numpy(), adapted, rtol=1e-4, atol=1e-5)
    assert np.abs(adapted - load_encoder(tiny, 16).forward(texts).detach().numpy()).max() > 1e-3


@pytest.mark.parametrize("parted", ["without padding", "with padding"])
def test_kept_activations_give_what_the_whole_model_gives(tmp_path, tiny, parted, monkeypatch):
    corpus, config = planted(tmp_path, 20), ClassifierConfig(mode="top", top_layers=1)
    encoder = load_encoder(tiny, 16)
    if parted == "with padding":  # as for models that are not run layer by layer here
        monkeypatch.setattr(type(encoder), "pooling", None)
    open_for_training(encoder, config, seed=1)
    encoder.model.eval()
    tokens = encoder.tokenise([corpus.text(i) for i in range(20)])
    reader, rows = Reader(encoder, tokens.__getitem__, n_frozen(encoder, config), n_tokens=100), [3, 11, 4, 3]
    assert reader.kept == {}
    for _ in range(2):
        np.testing.assert_allclose(
            reader(rows).detach().numpy(),
            encoder.forward([tokens[i] for i in rows]).detach().numpy(),
            rtol=1e-4,
            atol=1e-6,
        )
    assert sorted(reader.kept) == [3, 4, 11] and len(encoder.model[0].model.encoder.layer) == 3
    reader(rows).sum().backward()
    learned = {name for name, p in encoder.model.named_parameters() if p.grad is not None}
    assert learned and all("encoder.layer.2." in name for name in learned) and len(learning(encoder)) == len(learned)


def test_labels_that_count_the_same_raise_the_recall_of_the_rare_one():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [180, 20])
    vectors = rng.normal(size=(200, 6)).astype(np.float32)
    vectors[:, 0] += 1.5 * labels
    recalls = []
    for weights in (None, 200 / (2 * np.bincount(labels))):
        both = Labelled(vectors, labels)
        head, _ = fit_head(both, both, 2, HeadFit(epochs=20, rate=1e-2, seed=1, weights=weights))
        weight, bias = head.folded()
        recalls.append(((vectors @ weight.T + bias).argmax(1) == 1)[labels == 1].mean())
    assert recalls[1] > recalls[0] + 0.2


def test_a_batch_in_pieces_learns_as_a_whole_one(tmp_path, tiny, monkeypatch):
    import torch

    corpus = planted(tmp_path, 60)
    encoder = load_encoder(tiny, 16)
    for part in encoder.model.modules():  # without dropout, whose draws depend on the shape of a batch
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    config = encoder.model[0].model.config
    config.attention_probs_dropout_prob = config.hidden_dropout_prob = 0.0
    encoder.save(tmp_path / "still")
    config = ClassifierConfig(
        base=str(tmp_path / "still"), mode="full", epochs=1, learning_rate=1e-3, balanced=True, **QUICK
    )
    whole = train(corpus, config, seed=1)
    monkeypatch.setattr(tune, "PIECE_TOKENS", 60)
    parted = train(corpus, config, seed=1)
    assert parted.loss[0] == pytest.approx(whole.loss[0], rel=1e-5)
    np.testing.assert_allclose(parted.documents, whole.documents, rtol=1e-3, atol=1e-4)


# Rests


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["full", "lora"])
def test_resumed_training_equals_an_uninterrupted_one(tmp_path, tiny, mode):
    corpus = planted(tmp_path, 60)
    config = ClassifierConfig(base=tiny, mode=mode, epochs=3, learning_rate=1e-3, **QUICK)
    whole = train(corpus, config, seed=2)
    kept = []

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
            session=Session(save=save, pause_asked=lambda: len(kept) == 5, save_due=lambda: True),
        )
    assert kept[-1].state["epoch"] == 1 and kept[-1].state["batch"] > 0
    assert kept[0].state["begun"] is False and set(kept[0].arrays) == {"before_words", "before_documents"}
    for saved in (kept[0], kept[-1]):
        resumed = train(corpus, config, seed=2, session=Session(saved=saved))
        assert resumed.loss == pytest.approx(whole.loss, rel=1e-5) and resumed.validation == pytest.approx(
            whole.validation, rel=1e-5
        )
        np.testing.assert_allclose(resumed.documents, whole.documents, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(resumed.encoder.weight, whole.encoder.weight, rtol=1e-4, atol=1e-5)


def test_checkpoint_of_another_training_is_refused(tmp_path, tiny):
    corpus, kept = planted(tmp_path, 30), []
    config = ClassifierConfig(base=tiny, mode="probe", **QUICK)
    train(corpus, config, session=Session(save=kept.append, save_due=lambda: True))
    with pytest.raises(BadInput, match="saved by another training"):
        train(corpus, replace(config, head_rate=0.5), session=Session(saved=kept[0]))


@pytest.mark.parametrize("word", ["Encoding words", "Fitting the head", "Epoch 2"])
def test_cancelling_stops_there(tmp_path, tiny, word):
    seen = []

    def report(progress):
        seen.append(progress.message)
        if word in progress.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(planted(tmp_path, 30), ClassifierConfig(base=tiny, epochs=2, **QUICK), report=report)
    assert word in seen[-1]


# What is saved


@pytest.fixture(scope="module")
def saved(tmp_path_factory, tiny):
    folder = tmp_path_factory.mktemp("saved")
    corpus = planted(folder, 60)
    trained = train(corpus, ClassifierConfig(base=tiny, mode="full", epochs=1, learning_rate=1e-3, **QUICK))
    trained.encoder.save(folder / "model")
    return corpus, trained, folder / "model"


def test_saved_model_loads_by_plain_libraries_and_holds_no_pickle(saved):
    from safetensors.numpy import load_file
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel

    corpus, trained, folder = saved
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"model.safetensors", "classifier.safetensors", "classifier.json", "README.md"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pkl", ".py")) for name in names)
    vectors = SentenceTransformer(str(folder), device="cpu").encode([corpus.text(i) for i in range(6)])
    np.testing.assert_allclose(vectors, trained.documents[:6], rtol=1e-4, atol=1e-5)
    assert AutoModel.from_pretrained(folder).config.num_hidden_layers == 3
    head = load_file(folder / "classifier.safetensors")
    again = load_classifier(folder, 16)
    answers = again.answers([corpus.text(i) for i in range(6)])
    logits = vectors @ head["weight"].T + head["bias"]
    assert [a["label"] for a in answers] == [again.labels[i] for i in logits.argmax(1)]
    assert all(sum(a["probabilities"].values()) == pytest.approx(1, abs=1e-5) for a in answers)


@pytest.mark.parametrize(
    ("file", "content"), [("classifier.json", "{"), ("classifier.json", "[]"), ("classifier.safetensors", "no header")]
)
def test_damaged_head_is_a_sentence(tmp_path, file, content):
    from safetensors.numpy import save_file

    (tmp_path / "classifier.json").write_text('{"labels": ["a", "b"]}')
    save_file(
        {"weight": np.zeros((2, 3), np.float32), "bias": np.zeros(2, np.float32)}, tmp_path / "classifier.safetensors"
    )
    (tmp_path / file).write_text(content)
    with pytest.raises(BadInput, match="The head of .* cannot be read: .*. Train the run again."):
        load_classifier(tmp_path, 64)


def test_model_card_says_data_settings_and_scores(saved):
    corpus, trained, folder = saved
    card = (folder / "README.md").read_text()
    score = trained.notes["classification"]["accuracy"]
    assert f"`{corpus.id}`" in card and f"| Accuracy | {score[0]:.3f} | {score[1]:.3f} to {score[2]:.3f} |" in card
    assert '"mode": "full"' in card and "42 / 6 / 12" in card


# What does not fit


def test_memory_that_runs_out_fails_with_a_sentence(tmp_path, tiny, monkeypatch):
    def full(self, ids):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.")

    monkeypatch.setattr(Reader, "__call__", full)
    with pytest.raises(TrainingFailed, match="Memory ran out with batches of 16 texts of up to 16 tokens"):
        train(planted(tmp_path, 30), ClassifierConfig(base=tiny, **QUICK))


def test_hub_name_without_network_fails_with_a_sentence(tmp_path, monkeypatch):
    import socket

    def no_network(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    with pytest.raises(BadSetting, match="could not be fetched: no network"):
        train(planted(tmp_path, 30), ClassifierConfig(base="some-team/some-model"))


def test_lab_classifies_with_a_classifier_only(lab, tmp_path, tiny):
    corpus = planted(tmp_path, 60)
    (lab.corpora_folder / corpus.id).symlink_to(corpus.folder)
    lab.register_corpus(corpus)
    run = lab.train(corpus, "classifier", base=tiny, mode="probe", **QUICK)
    answers = lab.classify(run, ["north one", "stone two"])
    assert [set(a["probabilities"]) for a in answers] == [{"yes", "no"}] * 2 and answers[0]["text"] == "north one"
    assert lab.search(run, "north one", k=2)[0]["label"] in ("yes", "no")
    with pytest.raises(BadInput, match="nothing to classify"):
        lab.classify(run, [" "])
    words = lab.train(corpus, "word2vec", dim=8, epochs=1, min_count=1)
    with pytest.raises(BadInput, match="is no finished classifier"):
        lab.classify(words, ["north"])
    again = lab.train(corpus, "classifier", mode="probe", from_run=run, **QUICK)
    assert again.spec.config["base"] == run.name and again.summary["dim"] == 32
    with pytest.raises(BadSetting, match="has no transformer to initialise from"):
        lab.train(corpus, "classifier", from_run=words)
