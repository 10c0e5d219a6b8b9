"""How pages write durations, sizes and text that users typed."""


def duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 3 min, 1 h 20 min."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    if seconds < 3600:
        return f"{round(seconds / 60)} min"
    return f"{int(seconds // 3600)} h {round(seconds % 3600 / 60)} min"


def memory(n_bytes: float) -> str:
    """Bytes as people say them."""
    return f"{n_bytes / 2**30:.1f} GB" if n_bytes >= 2**30 else f"{max(1, round(n_bytes / 2**20)):,} MB"


def plain(text: str) -> str:
    """User text without the characters Markdown would act on."""
    for mark in "\\`*_[]<>$:#~|":
        text = text.replace(mark, "\\" + mark)
    return text
