"""Which parts of an encoder learn: all of it, its top layers, or LoRA adapters beside it; and what frozen layers give, kept."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from embedlab.errors import BadSetting
from embedlab.models.classifier_config import ClassifierConfig
from embedlab.models.encoder import Encoder

PLACES = ("encoder.layer", "encoder.layers", "transformer.layer", "layers", "encoder.block")  # of layers in the models of the field
LORA_RATE = 10.0  # the best learning rate of LoRA over that of full fine-tuning, at any rank
MOST_KEPT = 1.5e9  # bytes of frozen layers' activations held in memory


def open_for_training(encoder: Encoder, config: ClassifierConfig, *, seed: int):
    """Make the chosen part of the encoder learn, and nothing else; what `close_after_training` needs to undo it.

    BadSetting when the model has no layers of the kind that is asked for.
    """
    import torch

    encoder.model.requires_grad_(config.mode == "full")
    if config.mode == "top":
        for layer in layers_of(encoder)[-config.top_layers:]:
            layer.requires_grad_(True)
    if config.mode == "lora":
        from peft import LoraConfig, get_peft_model

        layers_of(encoder)
        network = encoder.model[0].model
        targets = [name for name, part in network.named_modules() if isinstance(part, torch.nn.Linear) and "pooler" not in name]
        torch.manual_seed(seed)
        return get_peft_model(network, LoraConfig(r=config.lora_rank, lora_alpha=2 * config.lora_rank, target_modules=targets))
    return None


def close_after_training(encoder: Encoder, opened) -> None:
    """Merge adapters into the matrices they stand beside, so that a plain model is left, and stop learning."""
    if opened is not None:
        opened.merge_and_unload()
    encoder.model.requires_grad_(False)
    encoder.model.eval()


def layers_of(encoder: Encoder):
    """The transformer layers, bottom first, as the module that holds them; BadSetting if there are none."""
    network = getattr(encoder.model[0], "model", None)
    for place in PLACES if network is not None else ():
        found = network
        for name in place.split("."):
            found = getattr(found, name, None)
        if found is not None and hasattr(found, "__len__"):
            return found
    raise BadSetting("The base model has no transformer layers that could be told apart. Train all layers, or the head alone.")


def learning(encoder: Encoder) -> list:
    """The parameters that learn."""
    return [p for p in encoder.model.parameters() if p.requires_grad]


def training_mode(encoder: Encoder, config: ClassifierConfig) -> None:
    """Dropout in the layers that learn; none below them, so that what they give is the same every time."""
    encoder.model.train(config.mode != "top")
    if config.mode == "top":
        for layer in layers_of(encoder)[-config.top_layers:]:
            layer.train()


class Reader:
    """Sentence vectors of documents for training, (n, dim) tensors that gradients flow through.

    A class because it guards what it keeps: the activations below the lowest layer that learns, computed when a
    document is first read. Nothing is kept where all layers learn, where memory is short, or where the model's parts
    cannot be run one after the other with the same result.
    """

    def __init__(self, encoder: Encoder, config: ClassifierConfig, text, n_tokens: int):
        self.encoder, self.text = encoder, text
        self.kept: dict[int, object] | None = None
        if config.mode == "top" and config.epochs > 1 and 4.0 * n_tokens * encoder.dim < MOST_KEPT and self._can_part(config):
            layers = list(layers_of(encoder))
            n_low = max(len(layers) - config.top_layers, 0)
            self.kept, self.low, self.top = {}, layers[:n_low], layers[n_low:]

    def forward(self, rows: np.ndarray):
        """Vectors of the documents `rows`."""
        texts = [self.text(row) for row in rows.tolist()]
        if self.kept is None:
            return self.encoder.forward(texts)
        features = self.encoder.features(texts)
        missing = [i for i, row in enumerate(rows.tolist()) if row not in self.kept]
        if missing:
            self._keep(rows[missing], [texts[i] for i in missing])
        return self._above(features, [self.kept[row] for row in rows.tolist()])

    def _keep(self, rows: np.ndarray, texts: list[str]) -> None:
        for row, states in zip(rows.tolist(), self._below(texts, self.low), strict=True):
            self.kept[row] = states

    def _below(self, texts: list[str], low: list) -> list:
        """For each text what the layers `low` give, (n_tokens, dim)."""
        import torch

        features = self.encoder.features(texts)
        mask = features["attention_mask"].bool()
        with torch.no_grad(), _only(self.encoder, low):
            states = self.encoder.model[0](features)["token_embeddings"]
        return [own[seen].clone() for own, seen in zip(states, mask, strict=True)]

    def _above(self, features: dict, kept: list):
        """Vectors from what the lower layers gave, through the layers above them."""
        import torch

        mask = features["attention_mask"].bool()
        states = kept[0].new_zeros(*mask.shape, kept[0].shape[1])
        states[mask] = torch.cat(kept)
        with _only(self.encoder, self.top, start=states):
            return self.encoder.model(features)["sentence_embedding"]

    def _can_part(self, config: ClassifierConfig) -> bool:
        """Whether the lower and then the upper layers give what the whole model gives, tried on two texts."""
        import torch

        layers = list(layers_of(self.encoder))
        self.low, self.top = layers[:-config.top_layers], layers[-config.top_layers:]
        texts = ["One short text.", "Another text that is somewhat longer than the first."]
        self.encoder.model.eval()
        if not self.low or not hasattr(self.encoder.model[0].model, "embeddings"):
            return False
        with torch.no_grad():
            whole = self.encoder.forward(texts)
            parted = self._above(self.encoder.features(texts), self._below(texts, self.low))
        return bool(torch.allclose(whole, parted, rtol=1e-3, atol=1e-5))


@contextmanager
def _only(encoder: Encoder, layers: list, *, start=None) -> Iterator[None]:
    """The network has these layers alone inside; with `start` they begin from it and not from the text."""
    import torch

    network = encoder.model[0].model
    place = next(p for p in PLACES if _at(network, p) is not None)
    holder, _, name = place.rpartition(".")
    holder = _at(network, holder) if holder else network
    whole, embeddings = getattr(holder, name), network.embeddings
    setattr(holder, name, torch.nn.ModuleList(layers))
    if start is not None:
        network.embeddings = _given(start)
    try:
        yield
    finally:
        setattr(holder, name, whole)
        network.embeddings = embeddings


def _at(network, place: str):
    for name in place.split("."):
        network = getattr(network, name, None)
    return network


def _given(states):
    """A module in the place of the embeddings that gives `states`, whatever it is asked."""
    import torch

    class Given(torch.nn.Module):
        def forward(self, *_, **__):
            return states

    return Given()
