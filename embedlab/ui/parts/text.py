"""How pages write sizes and text that users typed."""


def memory(n_bytes: float) -> str:
    """Bytes as people say them."""
    return f"{n_bytes / 2**30:.1f} GB" if n_bytes >= 2**30 else f"{max(1, round(n_bytes / 2**20)):,} MB"


def plain(text: str) -> str:
    """User text without the characters Markdown would act on."""
    for mark in "\\`*_[]<>$:#~|":
        text = text.replace(mark, "\\" + mark)
    return text
