"""BERT with products of whole numbers of eight bits, for encoding on a processor.

Weights have a scale for each output, and what is multiplied by them a scale for each token, found as it goes (dynamic
quantisation; after LLM.int8(), Dettmers et al. 2022, equation 3): a token with one large number in it does not cost the
others their precision. oneDNN multiplies, `kernels.blocks` does the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.kernels import bert
from embedlab.models.encoders.unpadded import Pack

SPARE = 16  # rows behind the last token, which attention may look at and write to


@dataclass(frozen=True, eq=False)
class Product:
    """Weights of one linear layer as oneDNN takes them, the scale of each output, their zeros (none), and the bias,
    float32.
    """

    weight: object
    scales: object
    zeros: object
    bias: np.ndarray

    def __call__(self, codes: np.ndarray, top: int) -> np.ndarray:
        """float32 (n, n_out), without the scale of each row and without the bias; top: see `kernels.blocks`."""
        import torch

        return torch.ops.onednn.qlinear_pointwise(
            torch.from_numpy(codes),
            1.0,
            top + 1,
            self.weight,
            self.scales,
            self.zeros,
            None,
            1.0,
            0,
            torch.float32,
            "none",
            [],
            "",
        ).numpy()


@dataclass(frozen=True, eq=False)
class Norm:
    weight: np.ndarray
    shift: np.ndarray
    eps: float


@dataclass(frozen=True, eq=False)
class Layer:
    """One block of BERT, named as the paper names its parts; queries, keys and values come of one product."""

    qkv: Product
    project: Product
    norm_attention: Norm
    inner: Product
    outer: Product
    norm_output: Norm


def can_run(model) -> bool:
    """Whether this processor, and the shape of this sentence-transformers model that needs no padding, allow for it."""
    import torch

    config = model[0].model.config
    size = config.hidden_size // config.num_attention_heads
    return (
        model.device.type == "cpu"
        and hasattr(torch.ops.onednn, "qlinear_pointwise")
        and "onednn" in torch.backends.quantized.supported_engines
        and config.hidden_act == "gelu"
        and size % 16 == 0
    )


def quantised(bert) -> list[Layer]:
    """The blocks of a BertModel. TrainingFailed if a weight is not a number."""
    made = []
    for block in bert.encoder.layer:
        own = block.attention.self
        made.append(
            Layer(
                product_of(own.query, own.key, own.value),
                product_of(block.attention.output.dense),
                _norm(block.attention.output.LayerNorm),
                product_of(block.intermediate.dense),
                product_of(block.output.dense),
                _norm(block.output.LayerNorm),
            )
        )
    return made


def product_of(*parts) -> Product:
    import torch

    weight = torch.cat([p.weight.detach().float() for p in parts])
    bias = torch.cat([p.bias.detach().float() for p in parts])
    if not (torch.isfinite(weight).all() and torch.isfinite(bias).all()):
        raise TrainingFailed(
            "Weights of the model are not numbers. Train with a lower learning rate, or start from another base model."
        )
    scales = (weight.abs().amax(1) / 127).clamp_min(torch.finfo(torch.float32).tiny)
    codes = (weight / scales[:, None]).round().to(torch.int8)
    zeros = torch.zeros(len(weight), dtype=torch.int32)
    return Product(torch.ops.onednn.qlinear_prepack(codes, None), scales, zeros, bias.numpy())


def _norm(norm) -> Norm:
    return Norm(norm.weight.detach().float().numpy(), norm.bias.detach().float().numpy(), norm.eps)


def run_layers(layers: Sequence[Layer], x, batch: Pack, config):
    """x, float32 (n_tokens, width), after these blocks, as `packed.run_layers` gives it within rounding."""
    import torch

    state, n, top = np.array(x.numpy()), len(x), top_code()
    rows = -(-(n + SPARE) // SPARE) * SPARE
    n_heads, starts = config.num_attention_heads, np.concatenate([[0], np.cumsum(batch.lengths.numpy())])
    attend = bert.attention(state.shape[1] // n_heads)
    codes, more_codes = (
        np.full((rows, width), top + 1, np.uint8) for width in (state.shape[1], config.intermediate_size)
    )
    mixed, scales, others = (
        np.zeros((rows, state.shape[1]), np.float32),
        np.empty(n, np.float32),
        np.empty(n, np.float32),
    )

    def normalised(product: Product, given: np.ndarray, its_scales: np.ndarray, norm: Norm, new: np.ndarray) -> None:
        """Add the product of `given` to the state, normalise, and round the result into `codes` with scales `new`."""
        parts = (norm.weight, norm.shift, norm.eps)
        bert.normalised(product(given, top)[:n], its_scales, product.bias, state, *parts, top, codes, new)

    bert.rounded(state, top, codes, scales)
    for layer in layers:
        qkv = layer.qkv(codes, top)
        bert.scaled(qkv, scales, layer.qkv.bias)
        attend(qkv, starts, n_heads, mixed)
        bert.rounded(mixed[:n], top, codes, scales)
        normalised(layer.project, codes, scales, layer.norm_attention, others)
        bert.activated(layer.inner(codes, top)[:n], others, layer.inner.bias, top, more_codes, scales)
        normalised(layer.outer, more_codes, scales, layer.norm_output, others)
        scales, others = others, scales
    return torch.from_numpy(state)


def top_code() -> int:
    """The largest number that tokens are rounded to: 127, or 63 where the processor would overflow adding up eight-bit
    products (no VNNI).
    """
    import torch

    return 127 if getattr(torch.cpu, "_is_vnni_supported", bool)() else 63
