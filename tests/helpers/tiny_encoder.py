"""A small, untrained sentence encoder with the bundled model's tokeniser: quick to load and to train."""

from pathlib import Path


def save_tiny(folder: Path, n_layers: int) -> str:
    """Write one of 32 dimensions into the folder; its name."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import BertConfig, BertModel

    from embedlab.models.encoders.hub import bundled_folder

    torch.manual_seed(0)
    model = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    model[0].model = BertModel(
        BertConfig(
            vocab_size=30522, hidden_size=32, num_hidden_layers=n_layers, num_attention_heads=2, intermediate_size=64
        )
    )
    model[1].embedding_dimension = 32
    model.save(str(folder), create_model_card=False)
    return str(folder)
