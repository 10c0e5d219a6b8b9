"""Benchmarks of labelled texts by a fine-tuned head: a copy learns, the run stays, words are refused."""

import numpy as np
import pytest

from embedlab.core.errors import BadInput
from embedlab.evaluation import Scored, evaluate
from embedlab.evaluation.texts.fine_tuned import together
from embedlab.jobs import queue_of
from embedlab.models.encoders.encoder import load_encoder
from embedlab.vectors.embedding import Embedding

pytestmark = pytest.mark.slow  # trains transformers

WORDS = Embedding(["one", "two", "three"], np.eye(3, dtype=np.float32), None)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("minilm", 32)


def table(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def moods(n):
    rng = np.random.default_rng(1)
    said = {
        "good": ["a wonderful film", "a great joy", "superb acting"],
        "bad": ["an awful film", "a dull bore", "terrible acting"],
    }
    return [
        ("sentence", "label"),
        *((f"{rng.choice(said[label])} {rng.integers(1000)}", label) for label in ("good", "bad") for _ in range(n)),
    ]


def test_a_copy_learns_and_the_encoder_stays(tmp_path, encoder):
    path = table(tmp_path / "moods.tsv", moods(60))
    before = {name: value.clone() for name, value in encoder.model.state_dict().items()}
    probe, tuned = (
        evaluate(Scored(WORDS, encoder=lambda: encoder), path, options={"head": head}) for head in ("probe", "tuned")
    )
    assert tuned.score > 0.9 and tuned.n_used == probe.n_used == 24
    assert tuned.digest != probe.digest and "Fine-tuned head" in tuned.title  # so that only like is compared with like
    assert {"name": "linear probe", "score": probe.score, "low": probe.low, "high": probe.high} == tuned.references[0]
    assert [row["text"] for row in tuned.rows] == [row["text"] for row in probe.rows]
    assert np.mean([row["predicted"] == row["label"] for row in tuned.rows]) == tuned.score
    assert all(value.equal(before[name]) for name, value in encoder.model.state_dict().items())


def test_blank_texts_are_counted_like_any_other(tmp_path, encoder):
    """Rows and documents stay in step: a blank training text is left out, a blank test text is answered."""
    path = table(tmp_path / "moods.tsv", moods(60))
    lines = path.read_text(encoding="utf-8").splitlines()
    for row in (3, 4, 70, 71, 72, 73, 74, 75, 76, 77):
        lines[row] = f"{' ' * (row % 2)}\t{lines[row].split(chr(9))[1]}"
    path.write_text("\n".join(lines), encoding="utf-8")
    probe, tuned = (
        evaluate(Scored(WORDS, encoder=lambda: encoder), path, options={"head": head}) for head in ("probe", "tuned")
    )
    assert tuned.n_used == probe.n_used and len(tuned.rows) == tuned.n_used and tuned.score > 0.7
    assert [row["item"] for row in tuned.rows] == [row["item"] for row in probe.rows]


def test_two_texts_are_read_together(tmp_path, encoder):
    rng, animals = (
        np.random.default_rng(2),
        ["a cat sleeps", "the dog barks", "birds sing", "a horse runs", "fish swim"],
    )
    rows = [("sentence1", "sentence2", "label")]
    for n in range(80):
        a, b = rng.choice(len(animals), 2, replace=False)
        rows.append(
            (f"{animals[a]} {n}", f"{animals[a if n % 2 else b]} {rng.integers(99)}", "same" if n % 2 else "other")
        )
    found = evaluate(
        Scored(WORDS, encoder=lambda: encoder), table(tmp_path / "pairs.tsv", rows), options={"head": "tuned"}
    )
    ids, mark = (
        encoder.tokenise([together(encoder, "a cat", "a dog")])[0].tolist(),
        encoder.model.tokenizer.sep_token_id,
    )
    assert ids.count(mark) == 2 and ids[-1] == mark and together(encoder, "a cat", "") == "a cat"
    assert (
        found.n_used == 16
        and " | " in found.rows[0]["text"]
        and {row["predicted"] for row in found.rows} <= {"same", "other"}
    )


def test_words_have_no_head_to_tune(tmp_path):
    with pytest.raises(BadInput, match="Only a transformer"):
        evaluate(WORDS, table(tmp_path / "moods.tsv", moods(20)), options={"head": "tuned"})


def test_scoring_that_trains_waits_with_the_trainings():
    row = {"kind": "evaluate", "spec": {"run": "r", "options": {"head": "tuned"}}}
    assert queue_of(row) == "train" and queue_of(
        row | {"spec": {"run": "r", "options": {"head": "probe"}}}
    ) == "quick" == queue_of(row | {"spec": {"run": "r"}})
