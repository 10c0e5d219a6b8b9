"""Distilling a transformer into a table: what it says of each token alone, turned to few dimensions and weighted.

The recipe is that of Model2Vec (Tulkens and van Dongen 2024): encode every token of the vocabulary by itself, keep the
principal components, and let frequent tokens count less by smooth inverse frequency (Arora, Liang and Ma 2017).
"""

import json
from collections.abc import Callable

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.data.corpus import Corpus
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.static_encoder import TOGETHER, token_ids
from embedlab.models.static.config import StaticConfig

BATCH = 512


def tokenizer_of(encoder: Encoder, base: str):
    """A copy of the transformer's tokenizer, of the tokenizers library; BadSetting if it has none of that kind."""
    from tokenizers import Tokenizer

    found = getattr(encoder.model.tokenizer, "_tokenizer", None)
    if found is None:
        raise BadSetting(
            f"The tokenizer of {base!r} is not of the fast kind, which a static model needs. Choose another base model."
        )
    copied = Tokenizer.from_str(found.to_str())
    copied.no_truncation()
    copied.no_padding()
    return copied


def with_words(tokenizer, words: list[str], base: str) -> tuple[object, list[str]]:
    """(the tokenizer that also knows `words` as tokens, the words it has gained); BadSetting if it does not split by
    WordPiece.

    WordPiece takes the longest token that fits, so a word it knows is one token, and one it lacks is split as before.
    """
    from tokenizers import Tokenizer

    whole = json.loads(tokenizer.to_str())
    if whole["model"]["type"] != "WordPiece":
        raise BadSetting(
            f"Words can join the tokens of a WordPiece tokenizer only; that of {base!r} is {whole['model']['type']}. "
            "Choose word pieces alone as the vocabulary."
        )
    known, gained = whole["model"]["vocab"], []
    free = max(known.values()) + 1
    for word in words:
        text = tokenizer.normalizer.normalize_str(word) if tokenizer.normalizer else word
        parts = tokenizer.pre_tokenizer.pre_tokenize_str(text) if tokenizer.pre_tokenizer else [(text, ())]
        if len(parts) == 1 and parts[0][0] not in known:
            known[parts[0][0]] = free + len(gained)
            gained.append(parts[0][0])
    return Tokenizer.from_str(json.dumps(whole)), gained


def token_vectors(encoder: Encoder, n_tokens: int, *, tick: Callable[[int], None]) -> np.ndarray:
    """What the transformer says of each token by itself, float32 (n_tokens, dim).

    Zeros for tokens that stand for no text.
    """
    import torch

    tokenizer = encoder.model.tokenizer
    alone = tokenizer("a", add_special_tokens=False)["input_ids"]
    framed = tokenizer("a")["input_ids"]
    at = next(i for i in range(len(framed)) if framed[i : i + len(alone)] == alone)
    before, after = framed[:at], framed[at + len(alone) :]
    vectors = np.empty((n_tokens, encoder.dim), np.float32)
    encoder.model.eval()
    for first in range(0, n_tokens, BATCH):
        texts = [np.array([*before, i, *after]) for i in range(first, min(first + BATCH, n_tokens))]
        with torch.inference_mode():
            vectors[first : first + len(texts)] = encoder.forward(texts).float().cpu().numpy()
        tick(first + len(texts))
    silent = [
        *tokenizer.all_special_ids,
        *(i for token, i in tokenizer.get_vocab().items() if token.startswith("[unused")),
    ]
    vectors[[i for i in silent if i < n_tokens]] = 0
    return vectors


def principal_components(vectors: np.ndarray, dim: int) -> tuple[np.ndarray, float]:
    """(the rows less their mean on their first `dim` principal axes, float32; the share of their variance that this
    keeps).
    """
    centred = vectors - vectors.mean(0)
    values, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    kept = axes[:, ::-1][:, :dim].astype(np.float32)
    return centred @ kept, float(values[::-1][:dim].sum() / values.sum())


def token_weights(
    corpus: Corpus, tokenizer, n_tokens: int, config: StaticConfig, *, tick: Callable[[int], None]
) -> np.ndarray:
    """Weight of each token, float32 (n_tokens,): a / (a + share of the text)."""
    if config.weighting == "none":
        return np.ones(n_tokens, np.float32)
    if config.weighting == "zipf":
        share = 1 / np.arange(1, n_tokens + 1)
    else:
        share = np.zeros(n_tokens)
        for first in range(0, corpus.n_documents, TOGETHER):
            last = min(first + TOGETHER, corpus.n_documents)
            ids, _ = token_ids(tokenizer, [corpus.text(i) for i in range(first, last)])
            share += np.bincount(ids, minlength=n_tokens)[:n_tokens]
            tick(last)
    share = share / max(share.sum(), 1)
    return (config.sif / (config.sif + share)).astype(np.float32)
