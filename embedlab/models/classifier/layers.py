"""The parts of an encoder trained with a head: all of it, its top layers, or LoRA adapters (Hu et al. 2021)."""

from embedlab.models.classifier.config import ClassifierConfig
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.frozen_layers import freeze, layers_of

LORA_RATE = 10.0  # the best learning rate of LoRA over that of full fine-tuning, at any rank


def open_for_training(encoder: Encoder, config: ClassifierConfig, *, seed: int):
    """Make the chosen part of the encoder learn, and nothing else; what `close_after_training` needs to undo it.

    BadSetting when the model has no layers of the kind that is asked for.
    """
    import torch

    encoder.model.requires_grad_(config.mode == "full")
    if config.mode == "top":
        freeze(encoder, n_frozen(encoder, config))
    if config.mode != "lora":
        return None
    from peft import LoraConfig, get_peft_model

    layers_of(encoder)
    network = encoder.model[0].model
    targets = [
        name for name, part in network.named_modules() if isinstance(part, torch.nn.Linear) and "pooler" not in name
    ]
    torch.manual_seed(seed)
    return get_peft_model(
        network, LoraConfig(r=config.lora_rank, lora_alpha=2 * config.lora_rank, target_modules=targets)
    )


def close_after_training(encoder: Encoder, opened) -> None:
    """Merge adapters into their matrices, so that a plain model is left, and freeze it."""
    if opened is not None:
        opened.merge_and_unload()
    encoder.model.requires_grad_(False)
    encoder.model.eval()


def n_frozen(encoder: Encoder, config: ClassifierConfig) -> int:
    """How many lower layers stay as they are; BadSetting where they cannot be told apart."""
    return max(len(layers_of(encoder)) - config.top_layers, 0) if config.mode == "top" else 0


def learning(encoder: Encoder) -> list:
    """The parameters that learn."""
    return [p for p in encoder.model.parameters() if p.requires_grad]
