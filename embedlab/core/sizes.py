"""Sizes and durations as people read them; the one place that writes them."""


def size(n_bytes: float) -> str:
    """A number of bytes: "530 bytes", "2.7 GB"."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < 1000 or unit == "GB":
            return f"{n_bytes:,.0f} {unit}" if unit == "bytes" or n_bytes >= 100 else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return ""
