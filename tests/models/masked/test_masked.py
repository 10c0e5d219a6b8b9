"""Masked language models: a planted grammar, word pieces, resuming, loading, and errors of wrong settings."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus
from helpers.masked import SMALL

from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.core.progress import Cancelled
from embedlab.models.masked.config import PRESETS, MaskedConfig
from embedlab.models.masked.cost import estimate
from embedlab.models.masked.text import hide, learn_tokenizer, pieces_of, units_of
from embedlab.models.masked.train import train
from embedlab.models.training.session import Paused, Session

PLACES = {"farmer": "barn", "sailor": "boat", "teacher": "school", "doctor": "clinic"}


def grammar(folder, n=400, **options):
    """Sentences of eight pieces whose first noun determines the last; 11 pieces hold one with its special tokens."""
    rng = np.random.default_rng(0)
    nouns = [list(PLACES)[i] for i in rng.integers(4, size=n)]
    return make_corpus(
        folder,
        [f"the {rng.choice(['old', 'young', 'tall'])} {noun} went to the {PLACES[noun]} today" for noun in nouns],
        **options,
    )


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """(corpus, what a training on it ended in, folder of the saved model)."""
    folder = tmp_path_factory.mktemp("masked")
    corpus = grammar(folder)
    trained = train(corpus, MaskedConfig(**SMALL), seed=1)
    trained.encoder.save(folder / "model")
    return corpus, trained, folder / "model"


def guesses(model, tokenizer) -> list[str]:
    """What is filled in for the place of each noun, in a stretch like those of the training."""
    import torch

    model.eval()
    found = []
    for noun in PLACES:
        tokens = tokenizer(f"the old {noun} went to the [MASK] today [SEP]", return_tensors="pt")
        with torch.no_grad():
            scores = model(**tokens).logits[0][tokens["input_ids"][0] == tokenizer.mask_token_id]
        found.append(tokenizer.convert_ids_to_tokens(int(scores.argmax())))
    return found


@pytest.mark.slow
def test_hidden_words_of_a_planted_grammar_are_right_after_training_and_not_before(learned):
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    from embedlab.models.masked.model import new_model

    corpus, trained, folder = learned
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModelForMaskedLM.from_pretrained(folder)
    assert guesses(model, tokenizer) == list(PLACES.values())  # with each of the seeds 1 to 5
    start = new_model(tokenizer, MaskedConfig(**SMALL).shape, 16, seed=1)
    assert guesses(start, tokenizer) != list(PLACES.values())


def test_held_out_perplexity_falls_far_below_word_counts_alone(learned):
    notes = learned[1].notes
    found = notes["perplexity"]
    assert found["start"][0] > 1.5 * found["unigram"]
    assert found["end"][0] < 0.25 * found["unigram"]  # over seeds 1 to 5: .106 to .132
    assert (
        found["end"][0] < 1.55
    )  # over seeds 1 to 5: 1.07 to 1.42; not knowing what the noun says of the place, about (3 * 4 * 4)**(1/8) = 1.62
    assert found["end"][1] < found["end"][0] < found["end"][2]
    [pair] = notes["start_end"]
    assert (
        pair["evaluator"] == "held-out perplexity" and pair["start"] == found["start"] and pair["end"] == found["end"]
    )
    assert math.exp(learned[1].validation[-1]) == pytest.approx(found["end"][0], rel=1e-3)


@pytest.mark.slow
def test_saved_model_loads_as_every_kind_and_says_what_it_is(learned):
    from sentence_transformers import SentenceTransformer
    from transformers import AutoModel, AutoModelForMaskedLM

    corpus, trained, folder = learned
    model, told = AutoModelForMaskedLM.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"]
    assert AutoModel.from_pretrained(folder).config.hidden_size == 32
    vectors = SentenceTransformer(str(folder)).encode(corpus.vocabulary.words)
    np.testing.assert_allclose(vectors, trained.embedding.vectors, atol=1e-5)
    card = (folder / "README.md").read_text()
    assert corpus.id in card and "held-out perplexity after training" in card and "mask_share" in card
    assert not list(folder.rglob("*.bin"))


def test_before_holds_words_and_documents_as_they_were(learned):
    corpus, trained, _ = learned
    assert trained.before["words"].shape == trained.embedding.vectors.shape
    assert trained.before["documents"].shape == trained.documents.shape == (corpus.n_documents, 32)
    assert np.abs(trained.before["words"] - trained.embedding.vectors).max() > 0.1


def test_paused_and_resumed_training_equals_an_uninterrupted_one(tmp_path):
    corpus, config = grammar(tmp_path, n=120), MaskedConfig(**SMALL | {"epochs": 2, "dropout": 0.1})
    straight, kept = train(corpus, config, seed=4), []
    asked = iter([False] * 13 + [True] * 99)
    with pytest.raises(Paused):
        train(
            corpus,
            config,
            seed=4,
            session=Session(save=lambda checkpoint: kept.append(_copy(checkpoint)), pause_asked=lambda: next(asked)),
        )
    assert 0 < kept[-1].state["state"]["step"] < straight.notes["steps"]
    resumed = train(corpus, config, seed=4, session=Session(saved=kept[-1]))
    np.testing.assert_array_equal(resumed.embedding.vectors, straight.embedding.vectors)
    np.testing.assert_array_equal(resumed.before["words"], straight.before["words"])
    assert (resumed.loss, resumed.validation) == (straight.loss, straight.validation)


def test_one_epoch_tells_held_out_perplexity_on_its_way(tmp_path):
    seen = []
    trained = train(grammar(tmp_path), MaskedConfig(**SMALL | {"epochs": 1}), seed=1, report=seen.append)
    points = [p.metrics for p in seen if "at" in p.metrics]
    assert len(points) == 9 and points[0]["at"] == 0 and points[-1]["at"] == trained.notes["steps"]
    assert [[p["at"], p.get("loss"), p["validation"]] for p in points] == trained.notes["curve"]
    assert [p["perplexity"] for p in points] == pytest.approx([math.exp(p["validation"]) for p in points])
    assert (
        points[-1]["perplexity"] == pytest.approx(trained.notes["perplexity"]["end"][0], rel=1e-3)
        and trained.notes["device"] == "cpu"
    )
    assert sum("epoch" in p.metrics for p in seen) == 1 and not any({"at", "epoch"} <= set(p.metrics) for p in seen)


def _copy(checkpoint):
    """A checkpoint as it comes back from disk."""
    return type(checkpoint)(
        json.loads(json.dumps(dict(checkpoint.state))),
        {name: array.copy() for name, array in checkpoint.arrays.items()},
    )


# Text


@pytest.mark.parametrize("kind", ["wordpiece", "bpe"])
def test_word_pieces_come_back_as_the_text_they_were_cut_from(tmp_path, kind):
    units = units_of(grammar(tmp_path), 0.05)
    tokenizer = learn_tokenizer(units, kind=kind, vocabulary=300, lowercase=True, tick=lambda: None)
    text = "the old sailor went to the barn"
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True).strip() == text
    assert (
        tokenizer("x")["input_ids"][0] == tokenizer.cls_token_id
        and tokenizer("x")["input_ids"][-1] == tokenizer.sep_token_id
    )
    if kind == "bpe":
        assert tokenizer.decode(tokenizer("ž 漢 🙂")["input_ids"], skip_special_tokens=True).strip() == "ž 漢 🙂"


@pytest.mark.parametrize("kind", ["wordpiece", "bpe"])
def test_the_same_text_gives_the_same_word_pieces(tmp_path, kind):
    units = units_of(grammar(tmp_path), 0.05)
    first, *others = (
        learn_tokenizer(units, kind=kind, vocabulary=80, lowercase=True, tick=lambda: None).get_vocab()
        for _ in range(5)
    )
    assert all(other == first for other in others)


def test_blocks_hold_all_text_that_is_not_held_out_and_nothing_else(tmp_path):
    corpus = grammar(tmp_path, n=100)
    units = units_of(corpus, 0.1)
    tokenizer = learn_tokenizer(units, kind="wordpiece", vocabulary=300, lowercase=True, tick=lambda: None)
    pieces = pieces_of(units, tokenizer, 16, scratch=None, tick=lambda n: None)
    taken = pieces.train.take(np.arange(len(pieces.train)))
    kept = taken[~np.isin(taken, [tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id])]
    wanted = [
        id
        for i in np.flatnonzero(~units.held_out)
        for id in tokenizer(corpus.text(int(i)), add_special_tokens=False)["input_ids"]
    ]
    assert kept.tolist() == wanted and (taken[:, 0] == tokenizer.cls_token_id).all()
    assert 0 < units.held_out.sum() < 20 and pieces.counts.sum() == len(wanted)


def test_hide_spares_special_pieces_and_always_hides_one():
    ids = np.array([[1, 7, 8, 9, 2, 0]])
    for seed in range(20):
        hidden, chosen = hide(ids, 0.05, 3, np.array([0, 1, 2, 3]), np.random.default_rng(seed))
        assert chosen[0, 1:4].any() and not chosen[0, [0, 4, 5]].any()
        assert (hidden[chosen] == 3).all() and (hidden[~chosen] == ids[~chosen]).all()


def test_one_document_is_held_out_by_sentences(tmp_path):
    lines = "\n".join(f"the {noun} went to the {place}" for noun, place in [*PLACES.items()] * 15)
    units = units_of(make_corpus(tmp_path, [lines]), 0.1)
    assert units.name == "sentence" and units.n == 60 and 0 < units.held_out.sum() < 15


# What is said


def test_text_too_short_to_hold_out_is_said(tmp_path):
    trained = train(make_corpus(tmp_path, ["the cat sat on the mat"]), MaskedConfig(**SMALL | {"epochs": 1}))
    assert trained.validation == () and "Nothing was held out" in trained.notes["warnings"][0]


def test_width_that_heads_cannot_share_is_a_sentence():
    with pytest.raises(BadSetting, match="Width must be a multiple of twice the attention heads.*Try 128"):
        MaskedConfig(preset="custom", width=130, heads=4)


def test_folder_that_is_no_masked_model_is_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"embedding.weight": np.zeros((2, 2), np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(BadSetting, match="is neither a folder with a model nor a model name"):
        train(grammar(tmp_path, n=20), MaskedConfig(start="model", base=str(tmp_path)))


def test_model_goes_on_from_a_folder_and_begins_where_that_ended(tmp_path, learned):
    _, earlier, folder = learned
    corpus = grammar(tmp_path, n=80)
    trained = train(
        corpus, MaskedConfig(start="model", base=str(folder), length="steps", steps=3, max_length=11, workers=1)
    )
    assert trained.notes["fresh_head"] is False and trained.notes["warnings"] == []
    assert trained.notes["perplexity"]["start"][0] < 3 and trained.notes["steps"] == 3
    np.testing.assert_allclose(
        trained.before["words"],
        earlier.embedding.vectors[[earlier.embedding.ids[w] for w in trained.embedding.words]],
        atol=1e-5,
    )


def test_encoder_without_a_part_that_predicts_gets_a_new_one_and_says_so(tmp_path, learned):
    from transformers import AutoModel, AutoTokenizer

    AutoModel.from_pretrained(learned[2]).save_pretrained(tmp_path / "body")
    AutoTokenizer.from_pretrained(learned[2]).save_pretrained(tmp_path / "body")
    config = MaskedConfig(start="model", base=str(tmp_path / "body"), length="steps", steps=1, max_length=16, workers=1)
    trained = train(grammar(tmp_path, n=60), config)
    assert trained.notes["fresh_head"] and "began from random numbers" in trained.notes["warnings"][0]


def test_memory_that_runs_out_is_a_sentence(tmp_path, monkeypatch):
    def full(*args):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr("embedlab.models.masked.fit.loss_of_step", full)
    with pytest.raises(
        TrainingFailed, match="Memory ran out with batches of 8 stretches of 11 pieces. Lower the batch size"
    ):
        train(grammar(tmp_path, n=40), MaskedConfig(**SMALL))


def test_learning_rate_that_breaks_the_model_is_a_sentence(tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr("embedlab.models.masked.fit.loss_of_step", lambda *args: (torch.tensor(float("nan")), 1, 1))
    with pytest.raises(TrainingFailed, match="not a finite number with a learning rate of 0.002"):
        train(grammar(tmp_path, n=40), MaskedConfig(**SMALL))


def test_cancel_ends_a_training(tmp_path):
    def report(progress):
        if progress.message.startswith("Epoch 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train(grammar(tmp_path, n=60), MaskedConfig(**SMALL), report=report)


def test_presets_are_sized_for_their_minutes():
    million = SimpleNamespace(  # tokens, in 2,000 documents of 25 sentences each
        n_tokens=1_000_000,
        n_raw_tokens=1_000_000,
        n_types=30_000,
        n_documents=2_000,
        sentences=np.arange(0, 1_000_001, 20),
        documents=np.arange(0, 50_001, 25),
    )
    minutes = [estimate(million, MaskedConfig(preset=name)).seconds / 60 for name in PRESETS]
    assert 0.5 < minutes[0] < 3 and 5 < minutes[1] < 15 and 15 < minutes[2] < 45
