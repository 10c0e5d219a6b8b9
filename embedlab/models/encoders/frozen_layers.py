"""Layers that stay as they are: which they are, and what they make of each text, computed once and kept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.models.encoders.encoder import Encoder

PLACES = (
    "encoder.layer",
    "encoder.layers",
    "transformer.layer",
    "layers",
    "encoder.block",
)  # of layers in the models of the field
MOST_KEPT = 1.5e9  # bytes of the states of frozen layers held in memory


def layers_of(encoder: Encoder) -> list:
    """The transformer layers, bottom first; BadSetting if they cannot be told apart."""
    found = _place_of(encoder)
    if found is None:
        raise BadSetting(
            "The base model has no transformer layers that could be told apart. Train all layers, or choose another "
            "model."
        )
    return list(_at(encoder.model[0].model, found))


def _place_of(encoder: Encoder) -> str | None:
    import torch

    network = encoder.model[0].model if encoder.is_transformer else None
    return next((place for place in PLACES if isinstance(_at(network, place), torch.nn.ModuleList)), None)


def _at(network, place: str):
    for name in place.split("."):
        network = getattr(network, name, None)
    return network


def freeze(encoder: Encoder, n_layers: int) -> None:
    """Nothing of the network learns but the layers above the lowest `n_layers`; what comes after the network does."""
    encoder.model.requires_grad_(True)
    encoder.model[0].requires_grad_(False)
    for layer in layers_of(encoder)[n_layers:]:
        layer.requires_grad_(True)


def training_mode(encoder: Encoder, n_layers: int, *, dropout: bool = True) -> None:
    """Switch dropout on in the layers that are trained, and off in frozen ones, whose output stays the same."""
    encoder.model.train(dropout and not n_layers)
    for layer in layers_of(encoder)[n_layers:] if dropout and n_layers else ():
        layer.train()


class Reader:
    """Sentence vectors of texts by their numbers, (n, dim) tensors that gradients flow through.

    A class because it guards what it keeps: the states of tokens after the frozen layers, computed when a text is first
    read. Nothing is kept where no layer is frozen, where memory is short, or where a model's parts cannot be run one
    after the other with the same result.
    """

    def __init__(self, encoder: Encoder, tokens: Callable[[int], np.ndarray], n_layers: int, *, n_tokens: int):
        """tokens(i): the tokens of a text; n_tokens: of all texts, for the memory needed; n_layers: frozen layers."""
        self.encoder, self.tokens, self.n_layers = encoder, tokens, n_layers
        self.kept: dict[int, object] | None = None
        if n_layers and 4.0 * n_tokens * encoder.dim < MOST_KEPT and (encoder.pooling or self._can_part()):
            self.kept = {}

    def __call__(self, ids: list[int]):
        """Vectors of these texts."""
        import torch

        tokens = [self.tokens(i) for i in ids]
        if self.kept is None:
            return self.encoder.forward(tokens)
        missing = [i for i in dict.fromkeys(ids) if i not in self.kept]
        if missing:
            with torch.no_grad(), _still(self.encoder), torch.autocast(self.encoder.model.device.type, enabled=False):
                self.kept |= zip(missing, self._below([self.tokens(i) for i in missing]), strict=True)
        return self._above(tokens, [self.kept[i] for i in ids])

    def _below(self, tokens: list[np.ndarray]) -> list:
        """The states of each text's tokens after the frozen layers, (n_tokens, width)."""
        if self.encoder.pooling:
            x, batch, _ = self.encoder.hidden(tokens, self.n_layers)
            states = dict(zip(batch.order.tolist(), x.split(batch.lengths.tolist()), strict=True))
            return [states[i].clone() for i in range(len(tokens))]
        features = self.encoder.padded(tokens)
        with _only(self.encoder, layers_of(self.encoder)[: self.n_layers]):
            states = self.encoder.model[0](features)["token_embeddings"]
        return [own[: len(t)].clone() for own, t in zip(states, tokens, strict=True)]

    def _above(self, tokens: list[np.ndarray], kept: list):
        """Vectors from the states, through the layers above."""
        import torch

        if self.encoder.pooling:
            from embedlab.models.encoders.unpadded import pack

            batch = pack(tokens, self.encoder.model.device)
            return self.encoder.from_hidden(torch.cat([kept[i] for i in batch.order]), batch, self.n_layers)
        states = torch.nn.utils.rnn.pad_sequence(kept, batch_first=True)
        with _only(self.encoder, layers_of(self.encoder)[self.n_layers :], start=states):
            return self.encoder.model(self.encoder.padded(tokens))["sentence_embedding"]

    def _can_part(self) -> bool:
        """Whether the lower and then the upper layers give what the whole model gives, tried on two texts."""
        import torch

        if _at(self.encoder.model[0].model, "embeddings") is None:
            return False
        tokens = self.encoder.tokenise(["One short text.", "Another text that is somewhat longer than the first."])
        with torch.no_grad(), _still(self.encoder):
            whole, parted = self.encoder.forward(tokens), self._above(tokens, self._below(tokens))
        return bool(torch.allclose(whole, parted, rtol=1e-3, atol=1e-5))


@contextmanager
def _still(encoder: Encoder) -> Iterator[None]:
    """No dropout inside; every part as before after."""
    before = {part: part.training for part in encoder.model.modules()}
    encoder.model.eval()
    try:
        yield
    finally:
        for part, training in before.items():
            part.training = training


@contextmanager
def _only(encoder: Encoder, layers: list, *, start=None) -> Iterator[None]:
    """The network has these layers alone inside; with `start` they begin from it and not from the text."""
    import torch

    network = encoder.model[0].model
    place, _, name = (_place_of(encoder) or "").rpartition(".")
    holder = _at(network, place) if place else network
    whole, embeddings = getattr(holder, name), network.embeddings
    setattr(holder, name, torch.nn.ModuleList(layers))
    if start is not None:
        network.embeddings = _given(start)
    try:
        yield
    finally:
        setattr(holder, name, whole)
        network.embeddings = embeddings


def _given(states):
    """A module in the place of the embeddings that gives `states`, whatever it is asked."""
    import torch

    class Given(torch.nn.Module):
        def forward(self, *_, **__):
            return states

    return Given()
