"""How a run was trained and encoded, in sentences."""

import pytest

from embedlab.models import MODELS, run_notes

INT8 = {
    "precision": "int8",
    "texts": 512,
    "texts_per_second": {"float32": 100.0, "int8": 390.0},
    "cosine_to_float32": {"mean": 0.99712, "lowest": 0.994},
}


def test_how_trained_says_precision_length_and_encoding_in_two_sentences():
    notes = {
        "precision": "bfloat16",
        "training_length": 118,
        "frozen_layers": 3,
        "device": "cuda: NVIDIA H100",
        "encoding": INT8,
    }
    assert run_notes.how_trained(notes, {"trim": True, "max_length": 256}) == (
        "Trained in bfloat16 on NVIDIA H100, on the first 118 tokens of each text (95 of 100 have no more), "
        "with the lowest 3 layers frozen. "
        "Encoded in eight bits, 3.9 times as fast as float32; cosine to float32 0.997 on average, 0.994 at the lowest."
    )


def test_how_trained_of_a_classifier_gives_the_times_of_the_trial():
    precision = {
        "used": "bfloat16",
        "trained_parameters": 5,
        "kept_activations": False,
        "float32_ms": 31.5,
        "bfloat16_ms": 18.0,
    }
    how_trained = MODELS["classifier"].how_trained
    assert how_trained({"precision": precision, "device": "cpu"}, {}) == (
        "Trained in bfloat16 on the processor (18 ms a step in a trial, float32 31.5 ms)."
    )
    assert how_trained({"precision": {"used": "float32"}}, {}) == "Trained in float32."


@pytest.mark.parametrize(
    ("notes", "config", "said"),
    [
        ({}, {}, ""),
        ({"device": "cpu"}, {}, ""),
        ({"encoding": {"precision": "float32"}}, {}, "Encoded in float32."),
        (
            {"encoding": INT8 | {"precision": "float32"}},
            {},
            "Encoded in float32; in a trial eight bits were 3.9 times as fast as float32; "
            "cosine to float32 0.997 on average, 0.994 at the lowest.",
        ),
        (
            {"precision": "float32", "training_length": 64, "frozen_layers": 1},
            {"trim": True, "max_length": 64},
            "Trained in float32, with the lowest layer frozen.",
        ),
        (
            {"precision": "float32", "training_length": 50, "frozen_layers": 0},
            {"trim": False, "max_length": 64},
            "Trained in float32.",
        ),
    ],
)
def test_how_trained_of_notes_that_lack_some(notes, config, said):
    assert run_notes.how_trained(notes, config) == said


@pytest.mark.parametrize(
    ("notes", "name"),
    [
        ({}, ""),
        ({"device": "cpu"}, ""),
        ({"device": "cuda: NVIDIA H100"}, "NVIDIA H100"),
        ({"device": "cuda"}, "the GPU"),
    ],
)
def test_on_gpu(notes, name):
    assert run_notes.on_gpu(notes) == name
