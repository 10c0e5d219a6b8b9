"""Devices for torch: the choice, clock, memory, random numbers on a GPU, and reduced precision."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers.tiny_encoder import save_tiny

from embedlab.core import device
from embedlab.core.errors import BadSetting, TrainingFailed
from embedlab.models.encoders import inference
from embedlab.models.encoders.batches import token_batches
from embedlab.models.encoders.encoder import load_encoder
from embedlab.models.encoders.precision import try_precisions
from embedlab.models.transformer import fine_tune

on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


@pytest.fixture
def fresh():
    """The device is found anew, and again after the test."""
    device.device.cache_clear()
    yield
    device.device.cache_clear()


def test_device_is_what_the_variable_says(fresh, monkeypatch):
    monkeypatch.setenv("EMBEDLAB_DEVICE", "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: pytest.fail("nobody was to ask"))
    assert device.device() == "cpu"


def test_device_that_there_is_not_is_a_sentence(fresh, monkeypatch):
    monkeypatch.setenv("EMBEDLAB_DEVICE", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BadSetting, match="EMBEDLAB_DEVICE is 'cuda', but torch finds no GPU that answers"):
        device.device()
    monkeypatch.setenv("EMBEDLAB_DEVICE", "tpu")
    with pytest.raises(BadSetting, match="EMBEDLAB_DEVICE is 'tpu'. Set it to 'cpu' or 'cuda'"):
        device.device()


def test_gpu_that_is_listed_but_does_not_compute_is_not_taken(fresh, monkeypatch):
    def no_kernel(*args, **options):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.delenv("EMBEDLAB_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", no_kernel)
    assert device.device() == "cpu"
    assert device.named("cpu") == "cpu"


@pytest.mark.parametrize(
    "text",
    [
        "CUDA out of memory. Tried to allocate 20.00 GiB",
        "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.",
        "[enforce fail at alloc_cpu.cpp] . DefaultCPUAllocator: not enough memory: you tried to allocate 99 bytes.",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
    ],
)
def test_memory_that_runs_out_is_known_by_what_torch_says(text):
    assert device.is_out_of_memory(RuntimeError(text)) and device.is_out_of_memory(MemoryError())
    assert not device.is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with (
        pytest.raises(TrainingFailed, match="Memory ran out with much. Lower it."),
        device.memory_for("much", "Lower it."),
    ):
        raise RuntimeError(text)
    with pytest.raises(RuntimeError, match="shapes"), device.memory_for("much", "Lower it."):
        raise RuntimeError("shapes")


def test_trial_reads_the_clock_when_the_device_has_finished(monkeypatch):
    weight, seen = torch.ones(2, requires_grad=True), []
    monkeypatch.setattr(
        "embedlab.models.encoders.precision.wait_for", lambda place: seen.append(f"waited for {place.type}")
    )

    def loss_of(precision):
        seen.append(precision)
        return weight.sum()

    assert set(try_precisions(("float32",), loss_of, [weight], lambda: None)) == {"float32"}
    assert seen[:3] == ["waited for cpu", "float32", "waited for cpu"] and weight.grad is None


@pytest.mark.slow
def test_encoding_on_a_gpu_takes_larger_batches_and_a_cache_of_its_own(tiny, monkeypatch):
    encoder = load_encoder(tiny, 16)
    on_cpu = inference.model_digest(encoder, "float32")
    lengths = np.full(600, 100)
    assert max(len(rows) for rows in token_batches(lengths, inference.TOKENS["cpu"])) == 10
    assert [len(rows) for rows in token_batches(lengths, inference.TOKENS["cuda"])] == [600]
    monkeypatch.setattr(type(encoder.model), "device", SimpleNamespace(type="cuda"))
    assert inference.model_digest(encoder, "float32") != on_cpu


@on_gpu
def test_vectors_of_a_gpu_are_those_of_a_processor(fresh, monkeypatch, tmp_path):
    folder, texts = save_tiny(tmp_path, 4), [f"{i} " + "a word and another " * (1 + (7 * i) % 40) for i in range(400)]
    found = {}
    for kind in ("cpu", "cuda"):
        monkeypatch.setenv("EMBEDLAB_DEVICE", kind)
        device.device.cache_clear()
        found[kind] = load_encoder(folder, 64).encode(len(texts), texts.__getitem__, tick=lambda done: None)
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in found.values())
    assert (a * b).sum(1).min() > 0.999
    assert torch.get_float32_matmul_precision() == "highest"


@on_gpu
def test_random_states_of_a_gpu_go_on_where_they_stood():
    place = torch.device("cuda")
    kept = fine_tune.random_states(place)
    first = torch.rand(5, device=place)
    fine_tune.set_random_states(kept, place)
    assert torch.equal(torch.rand(5, device=place), first)


def test_random_states_of_a_processor_go_on_where_they_stood_and_hold_no_gpu():
    place = torch.device("cpu")
    kept = fine_tune.random_states(place)
    first = torch.rand(5)
    fine_tune.set_random_states(
        kept | {"rng_cuda": np.zeros(16, np.uint8)}, place
    )  # saved on a GPU, resumed without one
    assert torch.equal(torch.rand(5), first) and set(kept) == {"rng"}
