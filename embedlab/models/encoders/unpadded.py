"""BERT without padding: the tokens of all texts of a batch lie one after the other, and only attention sees texts
apart.

Linear layers, norms and dropout act on each token alone, so they need no rectangle; attention takes texts of nearly
equal length together. The result is that of the library's forward pass (Devlin et al. 2019), with its own parameters,
so gradients reach them. Left out: other architectures, which are padded as usual.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 128  # tokens of a group of equally long texts that is attended to on its own; fewer go with their neighbours
MOST_PADDING = 1.12  # a group of texts for attention holds at most so many places a token ...
SMALL_GROUP = 4096  # ... unless it is smaller than this many places, where one call more costs more than padding


@dataclass(frozen=True, eq=False)
class Pack:
    """Texts as tokens in a row, the longest first.

    tokens, places, texts: int64 (n_tokens,), the id, the position in its text and the text of each token. order: the
    row in the batch of each text; lengths: its tokens. groups: (first token, tokens, index, mask) of texts attended to
    together; index, int64 (n, longest), names their tokens and is None where all are equally long.
    """

    tokens: object
    places: object
    texts: object
    order: np.ndarray
    lengths: object
    groups: list


def pack(texts: Sequence[np.ndarray], device=None) -> Pack:
    """Token ids of texts, each (n,) and not empty, as one row."""
    import torch

    lengths = np.array([len(text) for text in texts])
    order = np.argsort(-lengths, kind="stable")
    lengths = lengths[order]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    owner = np.repeat(np.arange(len(order)), lengths)
    spans = (
        _spans(lengths.tolist())
        if torch.is_grad_enabled() or device is not None and device.type != "cpu"
        else _equal(lengths)
    )
    groups = [_group(starts, lengths, a, b, device) for a, b in spans]
    as_tensor = lambda array: torch.as_tensor(array, dtype=torch.long, device=device)  # noqa: E731
    return Pack(
        as_tensor(np.concatenate([texts[i] for i in order])),
        as_tensor(np.arange(starts[-1]) - starts[owner]),
        as_tensor(owner),
        order,
        as_tensor(lengths),
        groups,
    )


def _spans(lengths: list[int]) -> list[tuple[int, int]]:
    """Runs of texts, sorted by length, that are attended to together."""
    spans, first, tokens = [], 0, 0
    for i, n in enumerate(lengths):
        places = lengths[first] * (i + 1 - first)
        if i > first and places > SMALL_GROUP and places > MOST_PADDING * (tokens + n):
            spans.append((first, i))
            first, tokens = i, 0
        tokens += n
    return [*spans, (first, len(lengths))]


def _equal(lengths: np.ndarray) -> list[tuple[int, int]]:
    """Runs of equally long texts, which need no padding; a run of few tokens is joined to the next one.

    Many texts sorted by length have few lengths in a batch, and a call more on a processor costs less than gathering.
    """
    ends = [*np.flatnonzero(np.diff(lengths)) + 1, len(lengths)]
    spans, first = [], 0
    for end in ends:
        if lengths[first:end].sum() >= FEWEST or end == len(lengths):
            spans.append((first, int(end)))
            first = int(end)
    return spans


def _group(starts: np.ndarray, lengths: np.ndarray, a: int, b: int, device) -> tuple:
    import torch

    first, own, longest = int(starts[a]), lengths[a:b], int(lengths[a])
    n_tokens = int(own.sum())
    if longest == own[-1]:
        return first, n_tokens, (b - a, longest), None, None
    inside = np.arange(longest)[None, :] < own[:, None]
    index = np.where(inside, starts[a:b, None] - first + np.arange(longest)[None, :], 0)
    return (
        first,
        n_tokens,
        (b - a, longest),
        torch.as_tensor(index.ravel(), device=device),
        torch.as_tensor(inside, device=device),
    )


@dataclass(frozen=True, eq=False)
class Layer:
    """One block as functions of (n_tokens, width): queries, keys and values in one; the rest as the paper names it.

    block: the module of the library that it is, which says whether to drop out.
    """

    block: object
    qkv: Callable
    project: Callable
    norm_attention: Callable
    inner: Callable
    activate: Callable
    outer: Callable
    norm_output: Callable


def layers_of(bert) -> list[Layer]:
    """The blocks of a BertModel, sharing its parameters."""
    return [
        Layer(
            block,
            _joined(block.attention.self),
            block.attention.output.dense,
            block.attention.output.LayerNorm,
            block.intermediate.dense,
            block.intermediate.intermediate_act_fn,
            block.output.dense,
            block.output.LayerNorm,
        )
        for block in bert.encoder.layer
    ]


def _joined(attention) -> Callable:
    """Queries, keys and values by one product."""
    import torch

    parts = (attention.query, attention.key, attention.value)

    def qkv(x):
        return torch.nn.functional.linear(x, torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts]))

    return qkv


def embed(bert, batch: Pack):
    """What enters the first block, (n_tokens, width)."""
    e = bert.embeddings
    found = e.word_embeddings(batch.tokens) + e.position_embeddings(batch.places) + e.token_type_embeddings.weight[0]
    return e.dropout(e.LayerNorm(found))


def run_layers(layers: Sequence[Layer], x, batch: Pack, config):
    """x, (n_tokens, width), after these blocks."""
    from torch.nn.functional import dropout

    for layer in layers:
        training = layer.block.training
        drop = config.hidden_dropout_prob if training else 0.0
        drop_attention = config.attention_probs_dropout_prob if training else 0.0
        mixed = layer.project(_attend(layer.qkv(x), batch, config.num_attention_heads, drop_attention))
        x = layer.norm_attention(dropout(mixed, drop, training).add_(x))
        x = layer.norm_output(dropout(layer.outer(layer.activate(layer.inner(x))), drop, training).add_(x))
    return x


def _attend(qkv, batch: Pack, n_heads: int, drop: float):
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    width, learning = qkv.shape[1] // 3, torch.is_grad_enabled()
    parts, out = [], None if learning else qkv.new_empty(len(qkv), width)
    for first, n_tokens, (n, longest), index, inside in batch.groups:
        part = qkv[first : first + n_tokens]
        if index is not None:
            part = part.index_select(0, index)
        q, k, v = part.view(n, longest, 3, n_heads, width // n_heads).permute(2, 0, 3, 1, 4)
        mask = None if inside is None else inside[:, None, None, :]
        found = (
            scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=drop)
            .transpose(1, 2)
            .reshape(n * longest, width)
        )
        found = found if index is None else found[inside.flatten()]
        if learning:
            parts.append(found)
        else:
            out[first : first + n_tokens] = found
    return out if parts == [] else torch.cat(parts)


def pooled(x, batch: Pack, mode: str):
    """One vector a text, (n, width), in the order of the batch: the mean of its tokens, or its first ("cls")."""
    import torch

    if mode == "cls":
        found = x[torch.cumsum(batch.lengths, 0) - batch.lengths]
    else:
        sums = x.new_zeros(len(batch.order), x.shape[1]).index_add(0, batch.texts, x)
        found = sums / batch.lengths[:, None].to(x.dtype)
    back = np.empty_like(batch.order)
    back[batch.order] = np.arange(len(back))
    return found[torch.as_tensor(back, device=x.device)]


def pooling_of(model) -> str | None:
    """ "mean" or "cls" for a sentence-transformers model that can be run without padding; None for others."""
    from sentence_transformers.base.modules.transformer import Transformer
    from sentence_transformers.sentence_transformer.modules.pooling import Pooling
    from transformers import BertModel

    if (
        len(model) < 2
        or type(model[0]) is not Transformer
        or type(model[1]) is not Pooling
        or type(model[0].model) is not BertModel
    ):
        return None
    if model[0].model.config.is_decoder or model.default_prompt_name:
        return None
    if not all(_is_plain(block) for block in model[0].model.encoder.layer):
        return None
    mode = model[1].pooling_mode
    mode = mode[0] if isinstance(mode, (list, tuple)) and len(mode) == 1 else mode
    return mode if mode in ("mean", "cls") else None


def _is_plain(block) -> bool:
    """Whether all products of a block are plain ones, and no adapter has been put in their place."""
    from torch.nn import Linear

    inside = block.attention.self
    return all(
        type(part) is Linear
        for part in (
            inside.query,
            inside.key,
            inside.value,
            block.attention.output.dense,
            block.intermediate.dense,
            block.output.dense,
        )
    )
