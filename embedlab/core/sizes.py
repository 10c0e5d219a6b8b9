"""Sizes, durations and counts as people read them; the one place that writes them."""


def size(n_bytes: float) -> str:
    """A number of bytes: "530 bytes", "2.7 GB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < 1000 or unit == "GB":
            return f"{n_bytes:,.0f} {unit}" if unit == "bytes" or n_bytes >= 100 else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return ""


def duration(seconds: float) -> str:
    """A time in words, the same everywhere: "under a second", "12 s", "3 min", "1 h 20 min"."""
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def an(noun: str) -> str:
    """A noun with its article: "a word", "an item"."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def count_of(n: int, noun: str, plural: str = "") -> str:
    """A number of things with its noun: "1 document", "2,000 documents"."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
