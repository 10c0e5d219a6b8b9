"""EmbedLab: train, map, question, score and compare embeddings. `Lab` is the way in."""

__version__ = "0.1.0"
__all__ = ["Lab", "__version__"]


def __getattr__(name: str):
    # Lab draws in the whole backend; whoever wants one module should not wait for it.
    if name == "Lab":
        from embedlab.lab import Lab

        return Lab
    raise AttributeError(f"module 'embedlab' has no attribute {name!r}")
