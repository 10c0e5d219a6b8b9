"""What lies between the eight-bit products of an encoder: kernels against slow twins, the whole against float32."""

import os
import subprocess
import sys

import numpy as np
import pytest
import reference
import torch

from embedlab.core.errors import TrainingFailed
from embedlab.kernels import bert
from embedlab.models.encoders import int8
from embedlab.models.encoders.encoder import load_encoder
from embedlab.models.encoders.unpadded import embed, layers_of, pack
from embedlab.models.encoders.unpadded import run_layers as exact_layers

RNG = np.random.default_rng(5)


def normal(*shape) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def decoded(codes, scales, top=127):
    return (codes.astype(np.float64) - top - 1) * scales[:, None]


@pytest.mark.parametrize("top", [127, 63])
@pytest.mark.parametrize("width", [1, 16, 37, 384])
def test_rounded_is_within_half_a_step_of_each_row(top, width):
    x = normal(9, width) * 10.0 ** RNG.integers(-4, 4, (9, 1)).astype(np.float32)
    x[3] = 0
    codes, scales = np.empty(x.shape, np.uint8), np.empty(9, np.float32)
    bert.rounded(x, top, codes, scales)
    assert 1 <= codes.min() and codes.max() <= 2 * top + 1
    assert (np.abs(decoded(codes, scales, top) - x) <= 0.501 * scales[:, None]).all()
    np.testing.assert_allclose(scales, np.maximum(np.abs(x).max(1), 1e-30) / top, rtol=1e-6)


@pytest.mark.parametrize("width", [16, 37, 384])
def test_activated_is_gelu(width):
    x, scales, bias = normal(7, width) * 3, RNG.uniform(0.1, 2, 7).astype(np.float32), normal(width)
    exact = reference.gelu(x * scales[:, None].astype(np.float64) + bias)
    codes, made = np.empty(x.shape, np.uint8), np.empty(7, np.float32)
    bert.activated(x, scales, bias, 127, codes, made)
    assert (np.abs(decoded(codes, made) - exact) <= 0.501 * made[:, None] + 3.5e-4).all()


@pytest.mark.parametrize("width", [16, 37, 384])
def test_normalised_is_the_norm_of_the_sum(width):
    x, scales, bias, state = (
        normal(7, width),
        RNG.uniform(0.1, 2, 7).astype(np.float32),
        normal(width),
        normal(7, width),
    )
    weight, shift = normal(width), normal(width)
    exact = reference.layer_norm(
        state.astype(np.float64) + x * scales[:, None].astype(np.float64) + bias, weight, shift, 1e-5
    )
    codes, made = np.empty(x.shape, np.uint8), np.empty(7, np.float32)
    bert.normalised(x, scales, bias, state, weight, shift, np.float32(1e-5), 127, codes, made)
    np.testing.assert_allclose(state, exact, atol=2e-5)
    assert (np.abs(decoded(codes, made) - state) <= 0.501 * made[:, None]).all()


def test_scaled_puts_in_scales_and_bias():
    x, scales, bias = normal(5, 37), normal(5), normal(37)
    exact = x * scales[:, None] + bias
    rows = np.concatenate([x, np.ones((2, 37), np.float32)])  # spare rows stay
    bert.scaled(rows, scales, bias)
    np.testing.assert_allclose(rows[:5], exact, atol=1e-5)
    assert (rows[5:] == 1).all()


@pytest.mark.parametrize("bits", [256, pytest.param(512, marks=pytest.mark.slow)])
@pytest.mark.parametrize("size", [16, 32, 48, 64])
def test_attention_equals_twin(size, bits):
    lengths, n_heads = [70, 33, 32, 31, 9, 8, 3, 1], 3
    starts = np.cumsum([0, *lengths])
    qkv = normal(starts[-1] + int8.SPARE, 3 * n_heads * size) * 2
    out = np.zeros((len(qkv), n_heads * size), np.float32)
    qkv[starts[-1] :] = np.nan  # spare rows may hold anything
    bert.attention(size, bits)(qkv, starts, n_heads, out)
    for a, b in zip(starts[:-1], starts[1:], strict=True):
        for head in range(n_heads):
            q, k, v = (qkv[a:b, (part * n_heads + head) * size :][:, :size].astype(np.float64) for part in range(3))
            np.testing.assert_allclose(
                out[a:b, head * size : (head + 1) * size], reference.attention(q, k, v), rtol=1e-4, atol=2e-5
            )


@pytest.mark.parametrize("height", [1.0, 300.0, 1e5])
def test_attention_of_high_scores_stays_a_mean_of_values(height):
    qkv = normal(20 + int8.SPARE, 48)
    qkv[:, :16] *= height
    out = np.zeros((len(qkv), 16), np.float32)
    bert.attention(16)(qkv, np.array([0, 20]), 1, out)
    q, k, v = (qkv[:20, part * 16 : (part + 1) * 16].astype(np.float64) for part in range(3))
    np.testing.assert_allclose(out[:20], reference.attention(q, k, v), rtol=2e-3, atol=2e-3)


# The whole


@pytest.fixture
def encoder():
    """The bundled encoder, where this processor runs it in eight bits."""
    found = load_encoder("minilm", 64)
    if not found.has_eight_bits:
        pytest.skip("torch multiplies no eight-bit numbers on this processor")
    return found


LARGEST = """
import numpy as np, torch
from embedlab.models.encoders.int8 import product_of, top_code
top, layer = top_code(), torch.nn.Linear(64, 16)
torch.nn.init.constant_(layer.weight, 2.0)
made = product_of(layer)(np.full((16, 64), 2 * top + 1, np.uint8), top)
print(float(np.abs(made - 64 * top * 2.0).max()))
"""


@pytest.mark.parametrize(
    "most", ["", *(pytest.param(name, marks=pytest.mark.slow) for name in ("AVX512_CORE", "AVX2"))]
)
def test_products_of_the_largest_numbers_are_exact_whatever_the_processor_adds_up_in(encoder, most):
    environment = os.environ | ({"ONEDNN_MAX_CPU_ISA": most} if most else {})
    program = LARGEST.replace("top, layer = top_code(),", "top, layer = 63,") if most else LARGEST
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 0.01


@pytest.mark.parametrize("top", [127, 63])
def test_layers_of_eight_bits_stay_close_to_exact_ones(encoder, monkeypatch, top):
    if top > int8.top_code():
        pytest.skip("this processor would overflow")
    monkeypatch.setattr(int8, "top_code", lambda: top)
    bert, texts = (
        encoder.model[0].model.eval(),
        ["bread", "There is no theorem", "a river in the north of a country " * 4],
    )
    batch = pack(encoder.tokenise(texts))
    with torch.no_grad():
        x = embed(bert, batch)
        exact = exact_layers(layers_of(bert), x, batch, bert.config).numpy()
    made = int8.run_layers(int8.quantised(bert), x, batch, bert.config).numpy()
    cosines = (made * exact).sum(1) / np.linalg.norm(made, axis=1) / np.linalg.norm(exact, axis=1)
    assert cosines.min() > (0.99 if top == 127 else 0.97)  # .979 with seven bits, .992 with eight


def test_eight_bits_stay_close_to_float32(encoder):
    texts = [
        f"{frame} {thing}"
        for frame in ("He saw a", "There is no")
        for thing in ("hammer", "bread", "theorem", "river in the north")
    ]
    exact, fast = (
        encoder.encode(8, texts.__getitem__, tick=lambda done: None, precision=p) for p in ("float32", "int8")
    )
    cosines = (exact * fast).sum(1) / np.linalg.norm(fast, axis=1)
    assert cosines.min() > (0.985 if int8.top_code() == 127 else 0.95) and not np.array_equal(exact, fast)


def test_eight_bits_follow_a_weight_that_has_learned(tiny):
    from embedlab.models.encoders.optimiser import Descent, Schedule

    encoder, texts = load_encoder(tiny, 16), ["A man plays.", "Bread"]
    if not encoder.has_eight_bits:
        pytest.skip("torch multiplies no eight-bit numbers on this processor")
    encoded = lambda one: one.encode(2, texts.__getitem__, tick=lambda done: None, precision="int8")  # noqa: E731
    before, layers = encoded(encoder), encoder.eight_bits()
    assert encoder.eight_bits() is layers  # made once
    descent = Descent([(list(encoder.model.parameters()), 0.1)], Schedule(2, 0.0))
    encoder.forward(encoder.tokenise(texts)).square().sum(1).mean().backward()
    encoder.forward(encoder.tokenise(texts))[0, :4].sum().backward()
    descent.step()
    again = load_encoder(tiny, 16)
    again.model.load_state_dict(encoder.model.state_dict())
    assert np.abs(encoded(encoder) - before).max() > 0.01
    np.testing.assert_array_equal(encoded(encoder), encoded(again))


def test_a_model_that_cannot_be_run_in_eight_bits_is_encoded_in_float32(tiny):
    encoder, texts = load_encoder(tiny, 16), ["A man plays.", "Bread"]
    encoder.model[0].model.config.hidden_act = "relu"
    assert not encoder.has_eight_bits
    encoder.encode(2, texts.__getitem__, tick=lambda done: None, precision="int8")


@pytest.mark.parametrize("part", ["weight", "bias"])
def test_weights_that_are_not_numbers_are_refused(tiny, part):
    encoder = load_encoder(tiny, 16)
    with torch.no_grad():
        getattr(encoder.model[0].model.encoder.layer[0].intermediate.dense, part).view(-1)[0] = float("nan")
    with pytest.raises(TrainingFailed, match="lower learning rate"):
        encoder.encode(1, ["Bread"].__getitem__, tick=lambda done: None, precision="int8")
