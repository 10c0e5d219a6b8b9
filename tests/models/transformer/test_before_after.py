"""Scores before and after a fine-tune: the partner among many distractors, and sentences from elsewhere."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus
from helpers.frames import planted

from embedlab.models.encoders.model_card import start_and_end as card_lines
from embedlab.models.transformer import elsewhere
from embedlab.models.transformer.before_after import begin
from embedlab.models.transformer.objectives import Texts
from embedlab.models.transformer.retrieval import EASY, beginning, retrieval_of
from embedlab.models.transformer.start_and_end import Dev, resampled
from embedlab.models.transformer.train import TransformerConfig, choose_texts, train

DIM = 64


def bag_of_words(weights: np.ndarray | None = None):
    """A fake encoder: the sum of a fixed random vector for each word, times `weights` (dim, dim) if given."""
    known: dict[str, np.ndarray] = {}

    def word(text):
        return known.setdefault(text, np.random.default_rng(list(text.encode())).normal(size=DIM))

    def encode(n, text):
        found = np.array([sum((word(w) for w in text(i).lower().split()), np.zeros(DIM)) for i in range(n)])
        found = found.reshape(n, DIM).astype(np.float32)
        return found if weights is None else found @ weights

    return encode


def texts_of(first, second, held_out, third=None):
    sides = tuple(side.__getitem__ for side in (first, second, third) if side is not None)
    rows = np.arange(len(first))
    return Texts("document", rows, np.ones(len(first), int), sides, train=rows[held_out:], dev=rows[:held_out])


def retrieval(first, second, held_out, third=None):
    dev = Dev("pairs", held_out, first.__getitem__, second.__getitem__, None, "planted")
    return retrieval_of(dev, texts_of(first, second, held_out, third), np.arange(held_out))


def test_reciprocal_ranks_equal_a_loop_over_all_partners():
    rng, words = np.random.default_rng(2), [f"w{i}" for i in range(30)]
    first, second = ([" ".join(rng.choice(words, 5)) for _ in range(80)] for _ in range(2))
    task, encode = retrieval(first, second, 20), bag_of_words()
    asked, pool = encode(80, first.__getitem__), encode(80, second.__getitem__)
    cosines = asked @ pool.T / np.linalg.norm(asked, axis=1)[:, None] / np.linalg.norm(pool, axis=1)
    slow = [1 / (1 + sum(cosines[i, k] > cosines[i, i] + 1e-6 for k in range(80))) for i in range(20)]
    np.testing.assert_allclose(task.ranks(encode, task.dev.vectors(encode)), slow, rtol=1e-12)
    assert task.compare(np.ones(20), np.ones(20))["distractors"] == 79


def test_right_partners_and_equal_texts_are_no_distractors():
    first = ["which one", "which one", "what else", "which one", "far off"]
    second = ["this", "that", "this", "those", "no"]
    task = retrieval(first, second, 3)
    assert task.distractors == ["no"]  # "those" answers a held-out text too
    assert task.candidates.tolist() == [0, 1] and task.right.tolist() == [0, 1, 0]
    assert task.allowed.tolist() == [[False, False, True], [False, False, True], [False, True, True]]


def test_counter_examples_of_held_out_triplets_are_distractors():
    first, second, third = ([f"{kind} {i}" for i in range(4)] for kind in ("ask", "answer", "wrong"))
    assert retrieval(first, second, 2, third).distractors[:2] == ["wrong 0", "wrong 1"]


def test_texts_that_find_their_partner_easily_ask_by_fewer_words():
    first = [f"one{i} two{i} the rest" for i in range(40)]
    second = [f"two{i} one{i}" for i in range(40)]
    task, encode = retrieval(first, second, 10), bag_of_words()
    sides = task.dev.vectors(encode)
    assert task.ranks(encode, sides).mean() > EASY
    asked, ranks = task.begin(encode, sides)
    assert asked.share == 0.25 and np.array_equal(ranks, asked.ranks(encode, sides))
    assert "39 distractors, by the first quarter of its words" in asked.compare(ranks, ranks)["evaluator"]
    assert beginning("one two three four", 0.25) == "one two" and beginning("a b c d e f g h", 0.5) == "a b c d"


def test_labels_have_no_partners_to_find(tmp_path):
    config = TransformerConfig(objective="labels")
    corpus = planted(tmp_path)
    found = begin(corpus, config, choose_texts(corpus, config), bag_of_words()).finish(bag_of_words())["start_end"]
    assert [entry["evaluator"] for entry in found] == ["nearest text has the label", "sentences from elsewhere"]


def test_sentences_from_elsewhere_are_distinct_groups_of_four():
    groups = elsewhere.sentences()
    assert len(groups) == 64 and {len(group) for group in groups} == {4}
    assert len({text for group in groups for text in group}) == 256
    dev = elsewhere.foreign()
    assert dev.n == 448 and dev.together == 7 and dev.gold[:7].tolist() == [3, 2, 2, 1, 1, 0, 0]


def test_untouched_encoder_has_no_change_on_sentences_from_elsewhere():
    dev = elsewhere.foreign()
    vectors = dev.vectors(bag_of_words())
    entry = elsewhere.compared(dev, vectors, vectors)
    assert entry["difference"] == [0, 0, 0] and not entry["worse"]
    assert "no change can be told from chance" in entry["verdict"]


@pytest.mark.slow
def test_encoder_narrowed_to_few_directions_is_worse_on_sentences_from_elsewhere():
    dev, narrow = elsewhere.foreign(), np.diag((np.arange(DIM) < 4).astype(np.float32))
    start, end = dev.vectors(bag_of_words()), dev.vectors(bag_of_words(narrow))
    entry = elsewhere.compared(dev, start, end)
    assert entry["worse"] and entry["difference"][2] < 0
    assert entry["verdict"].startswith("Sentences from elsewhere are told apart less well than before")
    assert elsewhere.compared(dev, end, start)["verdict"].startswith("Sentences from elsewhere are told apart better")


def test_items_that_belong_together_are_resampled_as_one():
    groups = np.random.default_rng(1).random(50)
    mean = lambda values, rows: values[rows].mean(1)  # noqa: E731
    whole, alone = resampled(groups, groups, mean), resampled(np.repeat(groups, 7), np.repeat(groups, 7), mean)
    together = resampled(np.repeat(groups, 7), np.repeat(groups, 7), mean, together=7)
    assert together == whole and np.ptp(alone["start"][1:]) < 0.5 * np.ptp(together["start"][1:])


def test_overfitted_encoder_warns_in_notes_and_card(tmp_path, tiny):
    pytest.importorskip("torch")
    config = TransformerConfig(base=tiny, objective="labels", epochs=8, learning_rate=1e-2, train_embeddings=True)
    trained = train(planted(tmp_path), config)
    entry = trained.notes["start_end"][-1]
    assert entry["evaluator"] == "sentences from elsewhere" and entry["worse"]
    assert entry["verdict"] in trained.encoder.card and "| change |" in trained.encoder.card


def test_pairs_are_scored_on_their_own_among_distractors_and_elsewhere(tmp_path, tiny):
    pytest.importorskip("torch")
    things = ["bread", "hammer", "river", "theorem", "violin"]
    first, second = ([f"{what} {things[i % 5]} number {i}" for i in range(240)] for what in ("old", "new"))
    trained = train(make_corpus(tmp_path, first, pairs=second), TransformerConfig(base=tiny, objective="pairs"))
    own, harder, foreign = trained.notes["start_end"]
    assert (own["evaluator"], own["metric"], own["n"]) == ("finding the partner", "accuracy", 25)
    assert harder["metric"] == "mean reciprocal rank" and harder["distractors"] == 239 and harder["n"] == 25
    assert foreign["n"] == 448


def test_card_of_notes_without_changes_keeps_its_columns():
    old = {"evaluator": "linear probe", "metric": "accuracy", "on": "test part", "n": 5}
    lines = card_lines({"start_end": [old | {"start": [0.5, 0.4, 0.6], "end": [0.7, 0.6, 0.8]}]})
    assert "| size | start | end |" in lines and "| all | 0.500 (0.400 to 0.600) | 0.700 (0.600 to 0.800) |" in lines
